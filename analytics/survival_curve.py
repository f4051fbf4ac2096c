"""The Kaplan-Meier curve of the pages, in whole days and from day 0, and what is read from it.

The estimate is that of ``analytics.estimators.kaplan_meier``, with log-log intervals.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np

from analytics.day_counts import DayCounts, from_day_on
from analytics.estimates import Estimate, Missing, not_given
from analytics.estimators import kaplan_meier as estimator
from analytics.figures import Curve


def kaplan_meier(
    days: Sequence[int], events: Sequence[bool], level: float, entered: Sequence[int] | None = None
) -> Curve:
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
    return curve_of(died, censored, entries, level)


def curve_of(died: DayCounts, censored: DayCounts, entered: DayCounts, level: float) -> Curve:
    """The same from its counts by day; ``entered`` counts only those who were not there on day 0."""
    length = max(died.length, censored.length)
    if not length:
        return Curve()
    deaths, censorings, late = (counts.until(length) for counts in (died, censored, entered))
    ended = deaths + censorings
    days = np.flatnonzero(ended)
    followed = (from_day_on(ended) - from_day_on(late))[days]
    at_first = int(ended.sum() - late.sum())
    fitted = estimator.curve_of_counts(days.astype(np.float64), followed, deaths[days], censorings[days], level=level)
    start = 0 if days[0] == 0 else 1  # a row for day 0, where nobody's time is 0
    return Curve(
        days=(0,) * start + tuple(days.tolist()),
        at_risk=(at_first,) * start + fitted.at_risk,
        events=(0,) * start + fitted.events,
        censored=(0,) * start + fitted.censored,
        survival=(1.0,) * start + fitted.survival,
        lower=(None,) * start + fitted.lower,
        upper=(None,) * start + fitted.upper,
    )


def survival_at(curve: Curve, day: int) -> Estimate:
    """The probability of being alive after this many days, where somebody was followed so long or nobody lives."""
    if not curve.days:
        return not_given(Missing.NOBODY_ENROLLED)
    row = bisect_right(curve.days, day) - 1
    value = curve.survival[row]
    if day > curve.days[-1] and value > 0:
        return not_given(Missing.FOLLOW_UP_TOO_SHORT)
    missing = None
    if curve.lower[row] is None:
        missing = Missing.NO_DEATHS_BY_THEN if value == 1 else Missing.NOBODY_ALIVE_BY_THEN
    return Estimate(value=value, lower=curve.lower[row], upper=curve.upper[row], interval_missing=missing)


def median(curve: Curve) -> Estimate:
    """The median time in days, by R's midpoint rule."""
    if not curve.days:
        return not_given(Missing.NOBODY_ENROLLED)
    if not any(curve.events):
        return not_given(Missing.NO_DEATHS)
    value, lower, upper = (
        estimator.crossing_time(curve.days, heights, 0.5) for heights in (curve.survival, curve.lower, curve.upper)
    )
    return Estimate(
        value=value,
        lower=lower,
        upper=upper,
        missing=Missing.NOT_REACHED if value is None else None,
        interval_missing=Missing.LIMIT_NOT_REACHED if lower is None or upper is None else None,
    )


def at_risk_on(curve: Curve, day: int) -> int:
    """How many were still followed just before this day."""
    row = bisect_left(curve.days, day)
    return curve.at_risk[row] if row < len(curve.days) else 0


def deaths_by(curve: Curve, day: int) -> int:
    """How many died on or before this day."""
    return sum(curve.events[: bisect_right(curve.days, day)])
