"""The Kaplan-Meier curve of the pages, in whole days and from day 0, and what is read from it.

The estimate is that of ``analytics.estimators.kaplan_meier``, with log-log intervals, from counts by day.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from analytics.day_counts import DayCounts, Integers
from analytics.estimates import Estimate, Missing, not_given
from analytics.estimators.arrays import Floats
from analytics.estimators.kaplan_meier import TOLERANCE, heights_of_counts
from analytics.figures import AtRisk, Curve
from analytics.rounding import decimals


class Steps(NamedTuple):
    """A curve as arrays: what `Curve` is, with NaN for a limit that there is not.

    ``heights`` has three rows: survival, lower and upper limit.
    """

    days: Integers
    at_risk: Integers
    events: Integers
    censored: Integers
    heights: Floats

    @classmethod
    def empty(cls) -> "Steps":
        nothing = np.empty(0, dtype=np.int64)
        return cls(nothing, nothing, nothing, nothing, np.empty((3, 0)))

    def curve(self) -> Curve:
        survival, lower, upper = self.heights.tolist()
        # Both limits are given from the first event on, and not where the curve is at 0.
        given = np.isfinite(self.heights[1]).nonzero()[0]
        before, after = (int(given[0]), int(given[-1]) + 1) if len(given) else (0, 0)
        none_before, none_after = (None,) * before, (None,) * (len(survival) - after)
        return Curve(
            days=tuple(self.days.tolist()),
            at_risk=tuple(self.at_risk.tolist()),
            events=tuple(self.events.tolist()),
            censored=tuple(self.censored.tolist()),
            survival=tuple(survival),
            lower=(*none_before, *lower[before:after], *none_after),
            upper=(*none_before, *upper[before:after], *none_after),
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
        return Steps.empty()
    rows = counts.rows()
    if rows.at_risk[0]:
        heights = heights_of_counts(rows.at_risk, rows.events, level=level)
    else:
        # Everybody is observed from later on: the curve begins at 1, and with nobody at risk.
        later = heights_of_counts(rows.at_risk[1:], rows.events[1:], level=level)
        heights = np.concatenate(([[1.0], [np.nan], [np.nan]], later), axis=1)
    if digits is not None:
        heights = decimals(heights, digits)
    return Steps(rows.days, rows.at_risk, rows.events, rows.ended - rows.events, heights)


def survival_at(steps: Steps, day: int) -> Estimate:
    """The probability of being alive after this many days, where somebody was followed so long or nobody lives."""
    if not len(steps.days):
        return not_given(Missing.NOBODY_ENROLLED)
    row = int(steps.days.searchsorted(day, side="right")) - 1
    value, lower, upper = steps.heights[:, row].tolist()
    if day > steps.days[-1] and value > 0:
        return not_given(Missing.FOLLOW_UP_TOO_SHORT)
    if math.isnan(lower):
        missing = Missing.NO_DEATHS_BY_THEN if value == 1 else Missing.NOBODY_ALIVE_BY_THEN
        return Estimate(value=value, interval_missing=missing)
    return Estimate(value=value, lower=lower, upper=upper)


def median(steps: Steps) -> Estimate:
    """The median time in days, by R's midpoint rule: see `analytics.estimators.kaplan_meier.median`."""
    return median_read(steps)[0]


def median_read(steps: Steps) -> tuple[Estimate, int | None]:
    """The median, and the last day that it was read from: what happens later moves none of its numbers.

    None where all days were read.
    """
    if not len(steps.days):
        return not_given(Missing.NOBODY_ENROLLED), None
    if not steps.events.any():
        return not_given(Missing.NO_DEATHS), None
    (value, value_read), (lower, lower_read), (upper, upper_read) = (
        _crossing(steps.days, heights) for heights in steps.heights
    )
    estimate = Estimate(
        value=value,
        lower=lower,
        upper=upper,
        missing=Missing.NOT_REACHED if value is None else None,
        interval_missing=Missing.LIMIT_NOT_REACHED if lower is None or upper is None else None,
    )
    if value_read is None or lower_read is None or upper_read is None:
        return estimate, None
    return estimate, max(value_read, lower_read, upper_read)


def _crossing(days: Integers, heights: Floats) -> tuple[float | None, int | None]:
    """As `analytics.estimators.kaplan_meier.crossing_time` at one half, and the last day that was read for it.

    That one is None where all days were.
    """
    below = heights < 0.5 + TOLERANCE
    first = int(below.argmax())
    if not below[first]:
        return None, None
    day = int(days[first])
    if abs(heights[first] - 0.5) >= TOLERANCE:
        return float(day), day
    later = heights < heights[first] - TOLERANCE
    if not later.any():
        return float(day), None
    next_day = int(days[later.argmax()])
    return (day + next_day) / 2, next_day


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
