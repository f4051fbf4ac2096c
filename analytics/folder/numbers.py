"""Every number of an analysis as one line, and which of the folder's scripts recomputes it. Pure.

A number's quantity is its path in the answer, such as ``groups.everybody.median.value``; an element of a list is called
by its group, cause or name, and by its place from 1 where it has none. What the plan set, such as the level of an
interval, is no result and has no line. A number that could not be given is a line without a value.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from analytics.plans.results import Result

_SET_BY_THE_PLAN = frozenset({"level", "rho", "gamma", "until"})
_DATA = frozenset({"rows", "covariate"})
"""What an answer takes over from the table; it is in data.csv."""
_CALLED_BY = ("group", "cause", "name")
_COUNTS = ("subjects", "left_out")
"""Whom an estimate is made from: every script counts these anew."""

_NOT_BY_PYTHON = {
    "cox": ("fit.score", "proportional_hazards", "diagnostics.forms", "diagnostics.leaving_out"),
    "roc": ("auc_optimism", "cut_optimism"),
    "gray": ("",),
    "cutpoint": ("",),
    "censored-means": ("",),
    "spline": ("",),
}
_NOT_BY_R = {
    "roc": ("auc_optimism", "cut_optimism"),
    "gray": ("",),
    "cutpoint": ("",),
    "spline": ("",),
}
"""Beginnings of the quantities of a method that the script leaves alone; README.txt says why."""


_YES_NO = {True: "yes", False: "no", None: ""}


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """One line of results.csv. ``python`` and ``r`` say whether analysis.py and analysis.R recompute it.

    ``prespecified`` is whether the study's own plan has the estimate; None where no study is there to tell.
    """

    estimate: str
    quantity: str
    value: float | int | None
    python: bool
    r: bool
    prespecified: bool | None


def numbers(results: Iterable[Result]) -> Iterator[Number]:
    """In the order of the plan and of each answer; an estimate that was refused has none."""
    for result in results:
        if result.answer is None:
            continue
        told = {"subjects": result.subjects, "left_out": result.left_out, **result.answer}
        for quantity, value in _walked(told, ""):
            counted = quantity.partition(".")[0] in _COUNTS
            yield Number(
                estimate=result.id,
                quantity=quantity,
                value=value,
                python=counted or not quantity.startswith(_NOT_BY_PYTHON.get(result.method, ())),
                r=counted or not quantity.startswith(_not_by_r(result)),
                prespecified=result.prespecified,
            )


def write_numbers(found: Iterable[Number]) -> bytes:
    """results.csv; each number with all the digits that it has."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Number.__struct_fields__)
    for each in found:
        value = "" if each.value is None else repr(each.value)
        told = (each.python, each.r, each.prespecified)
        writer.writerow((each.estimate, each.quantity, value, *(_YES_NO[said] for said in told)))
    return text.getvalue().encode()


def _not_by_r(result: Result) -> tuple[str, ...]:
    """The weights of R's ``survdiff`` have no gamma."""
    return ("",) if float(result.settings.get("gamma", 0)) != 0 else _NOT_BY_R.get(result.method, ())


def _walked(told: Any, path: str) -> Iterator[tuple[str, float | int | None]]:
    if isinstance(told, dict):
        for name, each in told.items():
            if name not in _SET_BY_THE_PLAN | _DATA and not name.endswith("missing"):
                yield from _walked(each, f"{path}.{name}" if path else name)
    elif isinstance(told, list):
        for place, each in enumerate(told, start=1):
            keys = [key for key in _CALLED_BY if key in each] if isinstance(each, dict) else []
            yield from _walked(each, f"{path}.{each[keys[0]] if keys else place}")
    elif told is None or (isinstance(told, int | float) and not isinstance(told, bool)):
        yield path, told
