"""The rows of one estimate: who belongs to it, who is left out and why, and the clock begun again at a landmark."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from analytics.estimators.arrays import Booleans
from analytics.estimators.errors import InputRefused, NoEstimate, Reason
from analytics.plans.measured import Measured
from analytics.plans.methods import Estimate, Timed
from analytics.plans.registry import columns_read
from analytics.plans.table import Table, Value

NOT_IN_SET = "not-in-set"
VALUE_MISSING = "value-missing"
GONE_BEFORE_LANDMARK = "gone-before-landmark"

SWITCHED = "switched"
"""The name of the column that a ``switch`` gives: whether the subject had come into the group."""


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """``columns`` hold the rows that are left, with no value missing but in ``switch``, where it means never.

    ``left_out`` counts the others by why. ``missing`` counts, of those in the set, how many lack each column's value.
    ``kept`` are the places of the rows in the table. ``measured`` has, of a marker that is cut where the plan says,
    what was measured of each row that is left.
    """

    columns: Mapping[str, tuple[Value, ...]]
    left_out: Mapping[str, int]
    missing: Mapping[str, int]
    kept: tuple[int, ...]
    measured: Mapping[str, Measured] = {}

    @property
    def rows(self) -> int:
        return len(self.kept)


def select(table: Table, estimate: Estimate) -> Selection:
    """Raises Refused where a value is missing and the estimate does not leave such subjects out, or nobody is left."""
    inside = _in_set(table, estimate)
    read = {name for field, name, _ in columns_read(estimate) if field != "set"}
    switch = estimate.switch if isinstance(estimate, Timed) else None
    needed = sorted(read - {switch})
    missing = {name: int((_is_missing(table, name) & inside).sum()) for name in needed}
    missing = {name: count for name, count in missing.items() if count}
    whole = inside.copy()
    for name in missing:
        whole &= ~_is_missing(table, name)
    if missing and estimate.missing == "refuse":
        said = ", ".join(f"{name} of {count}" for name, count in missing.items())
        raise InputRefused(
            Reason.VALUES_MISSING,
            f"Values are missing in {said} of {int(inside.sum())} subjects: complete them, or leave those subjects out "
            'with missing = "leave-out", which then counts them.',
        )
    left_out = {
        NOT_IN_SET: int((~inside).sum()),
        VALUE_MISSING: int(inside.sum() - whole.sum()),
    }
    kept = np.flatnonzero(whole)
    if not len(kept):
        raise NoEstimate(Reason.NOBODY, "There is nobody to estimate from yet.")
    columns: dict[str, tuple[Value, ...]] = {name: _taken(table.columns[name], kept) for name in sorted(read)}
    selection = Selection(columns=columns, left_out=left_out, missing=missing, kept=tuple(kept.tolist()))
    if isinstance(estimate, Timed) and estimate.landmark is not None:
        selection = _from_landmark(selection, estimate, estimate.landmark)
    return msgspec.structs.replace(selection, left_out={why: n for why, n in selection.left_out.items() if n})


def _in_set(table: Table, estimate: Estimate) -> Booleans:
    if estimate.set is None:
        return np.ones(table.rows, dtype=np.bool_)
    if _is_missing(table, estimate.set).any():
        raise InputRefused(
            Reason.VALUES_MISSING, f"The set {estimate.set} does not say of everybody whether they belong: say it."
        )
    return np.array(table.columns[estimate.set], dtype=np.bool_)


def _is_missing(table: Table, name: str) -> Booleans:
    return np.array([value is None for value in table.columns[name]], dtype=np.bool_)


def _taken(values: tuple[Value, ...], places: Any) -> tuple[Value, ...]:
    return tuple(values[place] for place in places)


def _from_landmark(selection: Selection, estimate: Timed, landmark: int) -> Selection:
    """Who was observed up to the landmark, with the clock at 0 there, and the group as it was then.

    Reference: J. R. Anderson, K. C. Cain, R. D. Gelber, Journal of Clinical Oncology 1 (1983) 710.
    """
    times = [float(time) for time in selection.columns[estimate.time] if time is not None]
    observed = [place for place, time in enumerate(times) if time >= landmark]
    if not observed:
        raise NoEstimate(
            Reason.FOLLOW_UP_TOO_SHORT, f"Nobody was observed up to the landmark at {landmark}: choose an earlier one."
        )
    columns = {name: _taken(values, observed) for name, values in selection.columns.items()}
    columns[estimate.time] = tuple(times[place] - landmark for place in observed)
    if estimate.switch is not None:
        columns[SWITCHED] = tuple(
            switched is not None and float(switched) <= landmark for switched in columns[estimate.switch]
        )
    left_out = {**selection.left_out, GONE_BEFORE_LANDMARK: selection.rows - len(observed)}
    return Selection(
        columns=columns,
        left_out=left_out,
        missing=selection.missing,
        kept=tuple(selection.kept[place] for place in observed),
    )
