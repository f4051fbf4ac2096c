"""Read by analysis.py: data.csv as the plan declares it, the rows of one estimate, and Wald's intervals."""

import csv
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

Columns = dict[str, list[Any]]
Asked = dict[str, Any]
Answer = dict[str, Any]


def read_table(folder: Path, plan: Asked) -> Columns:
    """The columns of data.csv as the plan declares them, None where empty, and the logarithms that it adds."""
    with (folder / "data.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    readers: dict[str, Callable[[str], Any]] = {"number": float, "label": str, "yes-no": lambda text: text == "1"}
    table: Columns = {}
    for name, column in plan["columns"].items():
        if "log2_of" not in column:
            table[name] = [readers[column["kind"]](line[name]) if line[name] else None for line in lines]
    for name, column in plan["columns"].items():
        if "log2_of" in column:
            half = column.get("below_as", "half-of-limit") == "half-of-limit"
            kinds = table[column["limit"]] if "limit" in column else ["exact"] * len(lines)
            table[name] = [
                None if value is None or kind is None else math.log2(value / 2 if kind == "below" and half else value)
                for value, kind in zip(table[column["log2_of"]], kinds, strict=True)
            ]
    return table


def select(table: Columns, asked: Asked) -> tuple[Columns, dict[str, int], list[int]]:
    """The rows of one estimate: in its set, nothing missing that it reads; from the landmark on, where there is one."""
    named = ("time", "event", "entry", "by", "group", "strata", "cause", "outcome", "pending", "first", "second")
    read = {asked[name] for name in (*named, "marker", "value", "limit") if name in asked} | {
        *asked.get("covariates", ())
    }
    size = len(next(iter(table.values())))
    inside = [row for row in range(size) if "set" not in asked or table[asked["set"]][row]]
    kept = [row for row in inside if all(table[name][row] is not None for name in read)]
    left_out = {"not-in-set": size - len(inside), "value-missing": len(inside) - len(kept)}
    start = asked.get("landmark")
    if start is not None:
        seen = [row for row in kept if table[asked["time"]][row] >= start]
        left_out["gone-before-landmark"], kept = len(kept) - len(seen), seen
    switch = [asked["switch"]] if "switch" in asked else []
    rows = {name: [table[name][row] for row in kept] for name in [*read, *switch]}
    if start is not None:
        rows[asked["time"]] = [time - start for time in rows[asked["time"]]]
        if switch:
            rows["switched"] = [at is not None and at <= start for at in rows[asked["switch"]]]
    return rows, {why: count for why, count in left_out.items() if count}, kept


def labels(rows: Columns, name: str) -> np.ndarray:
    return np.array([{True: "yes", False: "no"}.get(each, each) for each in rows[name]], dtype=object)


def groups(rows: Columns, by: str | None) -> Iterator[tuple[str, np.ndarray]]:
    size = len(next(iter(rows.values())))
    said = np.full(size, "everybody", dtype=object) if by is None else labels(rows, by)
    return ((label, said == label) for label in sorted(set(said)))


def numbers(rows: Columns, name: str) -> np.ndarray:
    return np.array(rows[name], dtype=float)


def chi_square(statistic: float, df: int) -> Asked:
    return {"statistic": statistic, "df": df, "p": stats.chi2.sf(statistic, df)}


def reach(asked: Asked) -> float:
    return float(stats.norm.isf((1 - float(asked.get("level", 0.95))) / 2))


def wald(value: float, error: float, reach: float) -> Asked:
    told = {"coefficient": value, "std_err": error, "z": value / error, "p": 2 * stats.norm.sf(abs(value / error))}
    return told | {"wald_lower": value - reach * error, "wald_upper": value + reach * error}
