"""The scripts of the folder, as they stand beside this module; the one in R with its plan written in, as R has no TOML.

They are no part of Trialog's own code: nothing here imports them, and they import nothing of Trialog.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from importlib import resources
from typing import Any

import msgspec

from analytics.plans.methods import (
    Agreement,
    Cox,
    CumulativeIncidence,
    KaplanMeier,
    Logistic,
    LogRank,
    Proportion,
    Roc,
)
from analytics.plans.plan import Plan
from schemas.study import Text

PYTHON = ("analysis.py", "analysis_table.py")
PARTS = {
    "analysis_survival.py": (KaplanMeier, LogRank, Cox, CumulativeIncidence),
    "analysis_response.py": (Proportion, Agreement),
    "analysis_marker.py": (Logistic, Roc),
}
"""The parts of analysis.py by what they recompute, as it names them itself: a folder has those that its plan needs."""
R = "analysis.R"

_PLACE = "plan <- list(columns = list(), estimates = list())\n"


def scripts(plan: Plan) -> dict[str, bytes]:
    """By name of the file."""
    here = resources.files("analytics.folder")
    written = {name: (here / name).read_bytes() for name in (*PYTHON, *parts_of(plan))}
    text = (here / R).read_text(encoding="utf-8")
    before, place, after = text.partition(_PLACE)
    assert place, "the script in R has no place for the plan"
    return {**written, R: f"{before}{plan_in_r(plan)}{after}".encode()}


def parts_of(plan: Plan) -> tuple[str, ...]:
    """The parts that recompute an estimate of the plan."""
    return tuple(name for name, methods in PARTS.items() if any(isinstance(each, methods) for each in plan.estimates))


def plan_in_r(plan: Plan) -> str:
    """An assignment of what the script reads of a plan: the columns by name, and the estimates.

    >>> from analytics.plans.methods import LogRank
    >>> estimate = LogRank(id="a", time="days", event="died", group="arm")
    >>> print(plan_in_r(Plan(name="p", columns={}, estimates=(estimate,))), end="")
    plan <- list(columns = list(
    ), estimates = list(
      list("method" = "log-rank", "id" = "a", "time" = "days", "event" = "died", "group" = "arm")
    ))
    """
    columns = ",\n".join(f"  {_text(name)} = {_list(_said(column))}" for name, column in plan.columns.items())
    estimates = ",\n".join(
        f"  {_list({'method': str(type(each).__struct_config__.tag), **_said(each)})}" for each in plan.estimates
    )
    parts = (f"{part}\n" if part else "" for part in (columns, estimates))
    return "plan <- list(columns = list(\n{}), estimates = list(\n{}))\n".format(*parts)


def _said(struct: msgspec.Struct) -> dict[str, Any]:
    """Without what is the default; the script knows these."""
    told: Iterator[tuple[str, Any, Any]] = (
        (field.name, getattr(struct, field.name), field.default) for field in msgspec.structs.fields(struct)
    )
    return {name: value for name, value, default in told if value is not None and value != default}


def _list(said: Mapping[str, Any]) -> str:
    return f"list({', '.join(f'{_text(name)} = {_value(value)}' for name, value in said.items())})"


def _value(value: Any) -> str:
    if isinstance(value, Text):
        return _list({"en": value.en, "zh": value.zh})
    if isinstance(value, tuple):
        return f"c({', '.join(map(_value, value))})"
    return _text(value) if isinstance(value, str) else f"{value:f}" if isinstance(value, Decimal) else str(value)


def _text(text: str) -> str:
    """In ASCII, so that R reads it in any locale."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    shown = (each if " " <= each <= "~" else f"\\U{ord(each):08x}" for each in plain)
    return f'"{"".join(shown)}"'
