"""Read by analysis.py: proportions, agreement, logistic regression and ROC curves, by scipy and numpy."""

import math

import numpy as np
from analysis_table import Answer, Asked, Columns, chi_square, groups, labels, numbers, reach, wald
from scipy import optimize, special, stats


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


def logistic(rows: Columns, asked: Asked) -> Answer:
    """lifelines has no logistic regression: maximum likelihood, or Firth's, with Wald's and the profile's limits."""
    y, names, firth = numbers(rows, asked["outcome"]), list(asked["covariates"]), asked.get("penalty") == "firth"
    x = np.column_stack([np.ones(len(y)), *(numbers(rows, name) for name in names)])
    everything = list(range(x.shape[1]))
    best, high, info = climb(x, y, firth, everything, np.zeros(len(everything)))
    null = climb(x, y, firth, [0], np.zeros(len(everything)))[1]
    covariance = np.linalg.inv(info)

    def tested(place: int) -> Answer:
        others, error = [each for each in everything if each != place], math.sqrt(covariance[place, place])

        def fallen(steps: float) -> float:
            start = best + steps * covariance[place] / error
            start[place] = best[place] + steps * error
            return max(2 * (high - climb(x, y, firth, others, start)[1]), 0)

        def limit(sign: int) -> float:
            far = reach(asked)
            while fallen(sign * far) < reach(asked) ** 2:
                far *= 1.5
            steps = optimize.brentq(lambda steps: math.sqrt(fallen(sign * steps)) - reach(asked), 0, far, xtol=1e-11)
            return best[place] + sign * steps * error

        told = wald(best[place], error, reach(asked)) | {"profile_lower": limit(-1), "profile_upper": limit(1)}
        return told | {"likelihood_ratio": chi_square(fallen(-best[place] / error), 1)}

    intercept, *told = [tested(place) for place in everything]
    spans = ("wald_lower", "wald_upper", "profile_lower", "profile_upper")
    ratios = {
        name: {"value": math.exp(each["coefficient"])} | {span: math.exp(each[span]) for span in spans}
        for name, each in zip(names, told, strict=True)
    }
    fit = {"subjects": len(y), "responders": y.sum(), "intercept": intercept, "covariance": covariance}
    fit |= {"coefficients": [{"name": name} | each for name, each in zip(names, told, strict=True)]}
    fit |= {
        "log_likelihood_null": null,
        "log_likelihood": high,
        "likelihood_ratio": chi_square(2 * (high - null), len(names)),
    }
    return {"fit": fit, "odds_ratios": ratios, "separation": {"subjects": len(y)}}


def climb(
    x: np.ndarray, y: np.ndarray, firth: bool, free: list[int], start: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray]:
    """The greatest log-likelihood over the coefficients at ``free``, the others held; Firth's adds half of the
    logarithm of the information's determinant. Scoring steps, halved where they would go down."""

    def height(b: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        p = special.expit(x @ b)
        info = (x * (p * (1 - p))[:, None]).T @ x
        lean = (p * (1 - p) * (x @ np.linalg.pinv(info) * x).sum(1)) * (0.5 - p) if firth else 0.0
        high = -np.logaddexp(0, np.where(y == 1, -1, 1) * (x @ b)).sum() + (
            np.linalg.slogdet(info)[1] / 2 if firth else 0
        )
        return high, x.T @ (y - p + lean), info

    b, (high, score, info) = start.astype(float), height(start)
    for _ in range(500 if free else 0):
        step = np.zeros(len(b))
        step[free] = np.linalg.solve(info[np.ix_(free, free)], score[free])
        while not (there := height(b + step))[0] >= high - 1e-12 * abs(high):
            step /= 2
        b, gain = b + step, score @ step
        high, score, info = there
        if gain < 1e-18:
            break
    return b, high, info


def roc(rows: Columns, asked: Asked) -> Answer:
    case, directions = numbers(rows, asked["outcome"]) == 1, [asked["cases"], asked.get("second_cases", asked["cases"])]
    counts = {"cases": case.sum(), "controls": (~case).sum()}

    def placed(name: str, cases: str) -> tuple[np.ndarray, np.ndarray]:
        """For each case the share of controls below it, for each control the share of cases above it; DeLong's."""
        value = numbers(rows, name) * (1 if cases == "higher" else -1)
        above = (value[case][:, None] > value[~case]) + (value[case][:, None] == value[~case]) / 2
        return above.mean(1), above.mean(0)

    def area(name: str, cases: str) -> Answer:
        of_cases, of_controls = placed(name, cases)
        told = counts | {"value": of_cases.mean(), **dict.fromkeys(("std_err", "lower", "upper"))}
        error = spread(of_cases, of_controls) if min(counts.values()) > 1 else 0.0
        if error > 1e-10:
            low, high = told["value"] - reach(asked) * error, told["value"] + reach(asked) * error
            told |= {"std_err": error, "lower": max(low, 0), "upper": min(high, 1)}
        return told

    def spread(of_cases: np.ndarray, of_controls: np.ndarray) -> float:
        return float(np.sqrt(of_cases.var(ddof=1) / len(of_cases) + of_controls.var(ddof=1) / len(of_controls)))

    value, higher = numbers(rows, asked["marker"]), asked["cases"] == "higher"
    distinct = np.unique(value)
    middles = (distinct[1:] + distinct[:-1]) / 2
    cuts = np.concatenate(([-np.inf], middles, [np.inf]))
    positive = (value[:, None] > cuts) if higher else (value[:, None] < cuts)
    hits, spared = positive[case].sum(0), (~positive[~case]).sum(0)
    sensitivity, specificity = hits / counts["cases"], spared / counts["controls"]
    both = hits * counts["controls"] + spared * counts["cases"]
    columns = (np.where(np.isfinite(cuts), cuts, np.nan), sensitivity, specificity)
    best = [
        dict(zip(("cut", "sensitivity", "specificity"), (each[row] for each in columns), strict=True))
        for row in np.flatnonzero(both == both.max())
    ]
    youden = both.max() / (counts["cases"] * counts["controls"]) - 1
    told: Asked = {"auc": area(asked["marker"], asked["cases"]), "compared": None}
    if "second" in asked:
        pairs = [
            placed(name, cases) for name, cases in zip((asked["marker"], asked["second"]), directions, strict=True)
        ]
        error, difference = (
            spread(*(one - two for one, two in zip(*pairs, strict=True))),
            pairs[0][0].mean() - pairs[1][0].mean(),
        )
        test = {name.removeprefix("wald_"): each for name, each in wald(difference, error, reach(asked)).items()}
        test["value"] = test.pop("coefficient")
        told["compared"] = {"first": told["auc"], "second": area(asked["second"], directions[1])} | test
    told |= {"curve": counts | dict(zip(("cut", "sensitivity", "specificity"), columns, strict=True))}
    return told | {"cuts": counts | {"youden": youden, "cuts": best}}
