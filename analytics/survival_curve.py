"""The Kaplan-Meier curve of the pages, in whole days and from day 0, and what is read from it.

The estimate is that of ``analytics.estimators.kaplan_meier``, with log-log intervals, from counts by day.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from analytics.day_counts import DayCounts, Integers
from analytics.estimates import Estimate, Missing, not_given
from analytics.estimators.answers import given
from analytics.estimators.arrays import Floats
from analytics.estimators.kaplan_meier import TOLERANCE, heights_of_counts
from analytics.figures import AtRisk, Curve
from analytics.rounding import decimals

Number = TypeVar("Number", np.int64, np.float64)


@dataclasses.dataclass(frozen=True, eq=False)
class Steps:
    """A curve as arrays: what `Curve` is, with NaN for a limit that there is not."""

    days: Integers
    at_risk: Integers
    events: Integers
    censored: Integers
    survival: Floats
    lower: Floats
    upper: Floats

    @classmethod
    def of(cls, curve: Curve) -> "Steps":
        return cls(
            days=np.array(curve.days, dtype=np.int64),
            at_risk=np.array(curve.at_risk, dtype=np.int64),
            events=np.array(curve.events, dtype=np.int64),
            censored=np.array(curve.censored, dtype=np.int64),
            survival=np.array(curve.survival, dtype=np.float64),
            lower=np.array(curve.lower, dtype=np.float64),
            upper=np.array(curve.upper, dtype=np.float64),
        )

    def curve(self, before: "tuple[Steps, Curve] | None" = None) -> Curve:
        """With what stands of the curve ``before``, given both ways: one subject moves few of all days."""
        if before is None or len(before[0].days) != len(self.days):
            return Curve(**{name: given(getattr(self, name)) for name in Curve.__struct_fields__})
        steps, curve = before
        return Curve(
            **{
                name: _spliced(getattr(self, name), getattr(steps, name), getattr(curve, name))
                for name in Curve.__struct_fields__
            }
        )


def kaplan_meier(
    days: Sequence[int], events: Sequence[bool], level: float, entered: Sequence[int] | None = None
) -> Steps:
    """The curve of subjects of whom each has a time in days and whether it ended in an event.

    ``entered`` is the day from which on each is observed, before the one on which its time ends; None where that is day
    0 for all. Raises `estimators.errors.NoEstimate` where everybody observed died before the others entered.
    """
    counts = DayCounts()
    for day, event, since in zip(days, events, entered or [0] * len(days), strict=True):
        counts.add(day, 1, event=event, entered=since)
    return steps_of(counts, level)


def steps_of(counts: DayCounts, level: float, digits: int | None = None) -> Steps:
    """The same from its counts by day. Without anybody it has no day. ``digits`` rounds its heights, None does not."""
    if not counts.subjects:
        return Steps.of(Curve())
    rows = counts.rows()
    heights = heights_of_counts(rows.at_risk, rows.events, level=level)
    if digits is not None:
        heights = decimals(heights, digits)
    censored = rows.ended - rows.events
    if rows.days[0] == 0:
        return Steps(rows.days, rows.at_risk, rows.events, censored, *heights)
    # With a row for day 0, on which nobody's time ends.
    numbers = (_led_by(0, rows.days), _led_by(counts.at_first, rows.at_risk), _led_by(0, rows.events))
    limits = (_led_by(np.nan, limit) for limit in heights[1:])
    return Steps(*numbers, _led_by(0, censored), _led_by(1.0, heights[0]), *limits)


def _spliced(numbers: NDArray[Number], before: NDArray[Number], kept: tuple[Any, ...]) -> tuple[Any, ...]:
    """The numbers as `given` has them, of which ``kept`` has those from before."""
    # Compared by their bits, so that no number is equal to no number.
    changed = (numbers.view(np.int64) != before.view(np.int64)).nonzero()[0]
    if not len(changed):
        return kept
    first, after = int(changed[0]), int(changed[-1]) + 1
    return kept[:first] + given(numbers[first:after]) + kept[after:]


def _led_by(first: float, values: NDArray[Number]) -> NDArray[Number]:
    led = np.empty(len(values) + 1, dtype=values.dtype)
    led[0], led[1:] = first, values
    return led


def survival_at(steps: Steps, day: int) -> Estimate:
    """The probability of being alive after this many days, where somebody was followed so long or nobody lives."""
    if not len(steps.days):
        return not_given(Missing.NOBODY_ENROLLED)
    row = int(steps.days.searchsorted(day, side="right")) - 1
    value = float(steps.survival[row])
    if day > steps.days[-1] and value > 0:
        return not_given(Missing.FOLLOW_UP_TOO_SHORT)
    lower, upper = _number(steps.lower[row]), _number(steps.upper[row])
    missing = None
    if lower is None:
        missing = Missing.NO_DEATHS_BY_THEN if value == 1 else Missing.NOBODY_ALIVE_BY_THEN
    return Estimate(value=value, lower=lower, upper=upper, interval_missing=missing)


def median(steps: Steps) -> Estimate:
    """The median time in days, by R's midpoint rule: see `analytics.estimators.kaplan_meier.median`."""
    if not len(steps.days):
        return not_given(Missing.NOBODY_ENROLLED)
    if not steps.events.any():
        return not_given(Missing.NO_DEATHS)
    value, lower, upper = (_crossing(steps.days, heights) for heights in (steps.survival, steps.lower, steps.upper))
    return Estimate(
        value=value,
        lower=lower,
        upper=upper,
        missing=Missing.NOT_REACHED if value is None else None,
        interval_missing=Missing.LIMIT_NOT_REACHED if lower is None or upper is None else None,
    )


def _crossing(days: Integers, heights: Floats) -> float | None:
    """As `analytics.estimators.kaplan_meier.crossing_time` at one half, over arrays."""
    below = heights < 0.5 + TOLERANCE
    first = int(below.argmax())
    if not below[first]:
        return None
    if abs(heights[first] - 0.5) < TOLERANCE:
        later = heights < heights[first] - TOLERANCE
        if later.any():
            return float(days[first] + days[later.argmax()]) / 2
    return float(days[first])


def _number(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)


def risk_table(steps: Steps, days: Sequence[int]) -> tuple[AtRisk, ...]:
    """How many were still followed just before each of these days, and how many died on or before it."""
    died = steps.events.cumsum()
    first, after = steps.days.searchsorted(days), steps.days.searchsorted(days, side="right")
    return tuple(
        AtRisk(
            day=day,
            at_risk=int(steps.at_risk[row]) if row < len(steps.days) else 0,
            deaths=int(died[rows - 1]) if rows else 0,
        )
        for day, row, rows in zip(days, first, after, strict=True)
    )
