"""Read by analysis.py: proportions and agreement, by scipy and numpy."""

import numpy as np
from analysis_table import Answer, Asked, Columns, groups, labels, numbers, reach
from scipy import stats


def proportion(rows: Columns, asked: Asked) -> Answer:
    def one(label: str, own: np.ndarray) -> Answer:
        pending = own & (numbers(rows, asked["pending"]) == 1) if "pending" in asked else np.zeros(len(own), dtype=bool)
        closed = own & ~pending
        count, of, open_ = int(numbers(rows, asked["outcome"])[closed].sum()), int(closed.sum()), int(pending.sum())
        told: Asked = {"group": label, "exact": None, "wilson": None, "bounds": None}
        for kind in ("exact", "wilson") if of else ():
            found = stats.binomtest(count, of).proportion_ci(float(asked.get("level", 0.95)), kind)
            told[kind] = {"count": count, "of": of, "value": count / of, "lower": found.low, "upper": found.high}
        if open_:
            told["bounds"] = {"certain": count, "possible": count + open_, "of": own.sum()}
            told["bounds"] |= {"lower": count / own.sum(), "upper": (count + open_) / own.sum()}
        return told

    return {"groups": [one(*each) for each in groups(rows, asked.get("by"))]}


def agreement(rows: Columns, asked: Asked, kept: list[int]) -> Answer:
    one, other = labels(rows, asked["first"]), labels(rows, asked["second"])
    names = [*asked.get("categories", ())] or sorted({*one, *other})
    table = np.array([[((one == a) & (other == b)).sum() for b in names] for a in names], dtype=float)
    apart = np.abs(np.subtract.outer(np.arange(len(names)), np.arange(len(names)))) / max(len(names) - 1, 1)
    weight = {"none": apart == 0, "linear": 1 - apart, "quadratic": 1 - apart**2}[asked.get("weights", "none")]
    p, n = table / table.sum(), table.sum()
    by_row, by_column = p.sum(1), p.sum(0)
    seen, chance = (weight * p).sum(), by_row @ weight @ by_column
    kappa = (seen - chance) / (1 - chance)
    lean = weight - (1 - kappa) * ((weight @ by_column)[:, None] + (by_row @ weight)[None, :])
    variance = (p * lean**2).sum() - (kappa - chance * (1 - kappa)) ** 2
    error = np.sqrt(variance / n) / (1 - chance) if variance > 1e-14 else 0.0
    around = [max(kappa - reach(asked) * error, -1), min(kappa + reach(asked) * error, 1)] if error else [None, None]
    told = {"subjects": n, "table": table, "observed": seen, "expected": chance, "value": kappa, "std_err": error}
    differing = [row for row, a, b in zip(kept, one, other, strict=True) if a != b]
    return {"kappa": told | {"lower": around[0], "upper": around[1]}, "differing": differing}
