"""The Kaplan-Meier curve of the pages, in whole days and from day 0, and what is read from it.

The estimate is that of ``analytics.estimators.kaplan_meier``, with log-log intervals, from counts by day.
"""

import dataclasses
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from analytics.day_counts import DayCounts, Integers, from_day_on
from analytics.estimates import Estimate, Missing, not_given
from analytics.estimators.answers import given
from analytics.estimators.arrays import Floats
from analytics.estimators.kaplan_meier import TOLERANCE, heights_of_counts
from analytics.figures import Curve
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

    def curve(self) -> Curve:
        return Curve(
            days=tuple(self.days.tolist()),
            at_risk=tuple(self.at_risk.tolist()),
            events=tuple(self.events.tolist()),
            censored=tuple(self.censored.tolist()),
            survival=tuple(self.survival.tolist()),
            lower=given(self.lower),
            upper=given(self.upper),
        )


def kaplan_meier(
    days: Sequence[int], events: Sequence[bool], level: float, entered: Sequence[int] | None = None
) -> Steps:
    """The curve of subjects of whom each has a time in days and whether it ended in an event.

    ``entered`` is the day from which on each is observed, None where that is day 0 for all. Raises
    `estimators.errors.NoEstimate` where everybody observed died before the others entered.
    """
    died, censored, entries = DayCounts(), DayCounts(), DayCounts()
    for day, event in zip(days, events, strict=True):
        (died if event else censored).add(day, 1)
    for day in entered or ():
        if day > 0:
            entries.add(day, 1)
    return steps_of(died, censored, entries, level)


def steps_of(
    died: DayCounts, censored: DayCounts, entered: DayCounts, level: float, digits: int | None = None
) -> Steps:
    """The same from its counts by day; ``entered`` counts only those who were not there on day 0.

    Without anybody it has no day. ``digits`` rounds its heights, None does not.
    """
    length = max(died.length, censored.length)
    if not length:
        return Steps.of(Curve())
    deaths, censorings, late = (counts.until(length) for counts in (died, censored, entered))
    ended = deaths + censorings
    days = np.flatnonzero(ended)
    followed = (from_day_on(ended) - from_day_on(late))[days]
    heights = heights_of_counts(followed, deaths[days], level=level)
    survival, lower, upper = heights if digits is None else (decimals(each, digits) for each in heights)
    steps = Steps(days, followed, deaths[days], censorings[days], survival, lower, upper)
    return steps if days[0] == 0 else _from_day_0(steps, int(ended.sum() - late.sum()))


def _from_day_0(steps: Steps, at_first: int) -> Steps:
    """With a row for day 0, on which nobody's time ends."""
    return Steps(
        days=_led_by(0, steps.days),
        at_risk=_led_by(at_first, steps.at_risk),
        events=_led_by(0, steps.events),
        censored=_led_by(0, steps.censored),
        survival=_led_by(1.0, steps.survival),
        lower=_led_by(np.nan, steps.lower),
        upper=_led_by(np.nan, steps.upper),
    )


def _led_by(first: float, values: NDArray[Number]) -> NDArray[Number]:
    led = np.empty(len(values) + 1, dtype=values.dtype)
    led[0], led[1:] = first, values
    return led


def survival_at(steps: Steps, day: int) -> Estimate:
    """The probability of being alive after this many days, where somebody was followed so long or nobody lives."""
    if not len(steps.days):
        return not_given(Missing.NOBODY_ENROLLED)
    row = int(np.searchsorted(steps.days, day, side="right")) - 1
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
    below = np.flatnonzero(heights < 0.5 + TOLERANCE)
    if not len(below):
        return None
    first = below[0]
    if abs(heights[first] - 0.5) < TOLERANCE:
        later = below[heights[below] < heights[first] - TOLERANCE]
        if len(later):
            return float(days[first] + days[later[0]]) / 2
    return float(days[first])


def _number(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)


def at_risk_on(steps: Steps, day: int) -> int:
    """How many were still followed just before this day."""
    row = int(np.searchsorted(steps.days, day, side="left"))
    return int(steps.at_risk[row]) if row < len(steps.days) else 0


def deaths_by(steps: Steps, day: int) -> int:
    """How many died on or before this day."""
    return int(steps.events[steps.days <= day].sum())
