"""Recomputes the numbers of results.csv from data.csv and plan.toml, and says of each whether it is the same.

Run `python analysis.py`. It needs Python 3.11 and lifelines, with the numpy, pandas and scipy that lifelines brings,
and nothing of Trialog. It prints one line a number, OK or DIFFERS, and exits 1 where one differs by more than a
millionth. The column `python` of results.csv names the numbers that it recomputes; README.txt says why not the others.
"""

import csv
import importlib
import math
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True  # the folder stays as SHA256SUMS has it

import numpy as np
from analysis_table import Asked, Columns, read_table, select

TOLERANCE = 1e-6
"""Relative; and a billionth where a number is 0."""


PARTS = {
    "analysis_survival": ("kaplan-meier", "log-rank", "cox", "cumulative-incidence"),
    "analysis_response": ("proportion", "agreement"),
    "analysis_marker": ("logistic", "roc"),
}
"""Which module recomputes which methods. Those that the plan needs are beside this file."""


def main() -> int:
    folder = Path(__file__).resolve().parent
    plan = tomllib.loads((folder / "plan.toml").read_text(encoding="utf-8"))
    with (folder / "results.csv").open(encoding="utf-8", newline="") as file:
        results = list(csv.DictReader(file))
    table, ours, counts = read_table(folder, plan), {}, {"OK": 0, "DIFFERS": 0, "not recomputed here": 0}
    for asked in plan["estimates"]:
        if any(line["estimate"] == asked["id"] for line in results):
            ours[asked["id"]] = recomputed(table, asked)
    for line in results:
        theirs, found = float(line["value"]) if line["value"] else None, ours[line["estimate"]]
        own, verdict = found.get(line["quantity"]), "not recomputed here"
        if line["python"] == "yes":
            verdict = "OK" if line["quantity"] in found and same(theirs, own) else "DIFFERS"
        counts[verdict] += 1
        print(
            line["estimate"],
            line["quantity"],
            line["value"] or "none",
            verdict,
            *([own] if verdict == "DIFFERS" else []),
        )
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    return 1 if counts["DIFFERS"] or not counts["OK"] else 0


def recomputed(table: Columns, asked: Asked) -> dict[str, float | None]:
    rows, left_out, kept = select(table, asked)
    answer: Asked = {}
    for part, methods in PARTS.items():
        if asked["method"] in methods:
            recompute = getattr(importlib.import_module(part), asked["method"].replace("-", "_"))
            answer = recompute(rows, asked, kept) if asked["method"] == "agreement" else recompute(rows, asked)
    return dict(flat({"subjects": len(kept), "left_out": left_out} | answer))


def same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-9)


def flat(told: Any, path: str = "") -> Iterator[tuple[str, float | None]]:
    """Each number under its path; an element of a list by its group, cause or name, else by its place from 1."""
    if isinstance(told, dict):
        for name, each in told.items():
            yield from flat(each, f"{path}.{name}" if path else name)
    elif isinstance(told, (list, tuple, np.ndarray)):
        for place, each in enumerate(told, start=1):
            keys = ("group", "cause", "name") if isinstance(each, dict) else ()
            called = next((each[key] for key in keys if key in each), place)
            yield from flat(each, f"{path}.{called}")
    elif not isinstance(told, str):
        yield path, None if told is None or math.isnan(told) else float(told)


if __name__ == "__main__":
    sys.exit(main())
