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
    """The columns of data.csv as the plan declares them, None where empty, and what it makes of others: logarithms, the
    sides of a cut, and of each ROC analysis with a cut the sides of that one."""
    with (folder / "data.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    readers: dict[str, Callable[[str], Any]] = {"number": float, "label": str, "yes-no": lambda text: text == "1"}
    table: Columns = {}
    for name, column in plan["columns"].items():
        if "log2_of" not in column and "cut_of" not in column:
            table[name] = [readers[column["kind"]](line[name]) if line[name] else None for line in lines]
    for name, column in plan["columns"].items():
        if "log2_of" in column:
            half = column.get("below_as", "half-of-limit") == "half-of-limit"
            kinds = table[column["limit"]] if "limit" in column else ["exact"] * len(lines)
            table[name] = [
                None if value is None or kind is None else math.log2(value / 2 if kind == "below" and half else value)
                for value, kind in zip(table[column["log2_of"]], kinds, strict=True)
            ]
        if "cut_of" in column:
            table[name] = sides(table, plan, name, table[column["cut_of"]], column["cut_at"])
    for asked in plan["estimates"]:
        if "cut" in asked:
            table[side(asked)] = sides(table, plan, asked["marker"], table[asked["marker"]], asked["cut"])
    return table


def side(asked: Asked) -> str:
    """What the column is called that says of each row whether its marker lies at or above the cut of an estimate."""
    return f"{asked['marker']} >= {asked['cut']}"


def sides(table: Columns, plan: Asked, name: str, values: list[Any], cut: float) -> list[bool | None]:
    """At or above the cut; what lies beyond a limit by that limit. None without a value, or where its side is open."""
    column = plan["columns"][name]
    measured = plan["columns"][column.get("log2_of", column.get("cut_of", name))]
    limit, below = column.get("limit", measured.get("limit")), column.get("below", measured.get("below"))
    kinds: list[str | None] = ["exact"] * len(values)
    if limit or below:
        kinds = table[limit] if limit else [{True: "below", False: "exact"}.get(each) for each in table[below]]
    if "log2_of" in column:  # what was measured, with nothing put in place of a limit
        values = [None if each is None else math.log2(each) for each in table[column["log2_of"]]]
    told: list[bool | None] = []
    for value, kind in zip(values, kinds, strict=True):
        known = value is not None and kind is not None
        open_ = known and ((kind == "below" and value > cut) or (kind == "above" and value < cut))
        told.append(kind == "above" or (kind == "exact" and value >= cut) if known and not open_ else None)
    return told


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
    cut = [side(asked)] if "cut" in asked else []
    rows = {name: [table[name][row] for row in kept] for name in [*read, *switch, *cut]}
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
