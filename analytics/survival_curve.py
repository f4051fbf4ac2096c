"""The Kaplan-Meier curve and what is read from it.

Method: product limit with Greenwood's variance and log-log intervals, by lifelines; equal to R's ``survfit(...,
conf.type="log-log")``, which likewise gives no interval where the curve is at 1 or at 0. The median follows R's
``print.survfit``: where the curve is flat at exactly one half, the middle between that time and the next drop
(lifelines takes the first time); its limits are the times at which the limits of the curve cross one half.
"""

import math
from collections import Counter
from collections.abc import Sequence

from lifelines import KaplanMeierFitter

from analytics.estimates import Estimate, Missing, not_given
from analytics.figures import Curve

_TOLERANCE = 2.0**-26  # R's, the square root of the spacing of doubles at 1


def kaplan_meier(days: Sequence[int], events: Sequence[bool], level: float) -> Curve:
    """The curve of subjects of whom each has a time in days and whether it ended in an event."""
    if not days:
        return Curve()
    fitted = KaplanMeierFitter(alpha=1 - level).fit(days, events)
    survival = [float(value) for value in fitted.survival_function_.iloc[:, 0]]
    limits = fitted.confidence_interval_survival_function_
    died = Counter(day for day, event in zip(days, events, strict=True) if event)
    left = Counter(days)
    times = sorted({0, *days})
    assert len(survival) == len(times), "one row a distinct time, and day 0"
    at_risk, remaining = [], len(days)
    for time in times:
        at_risk.append(remaining)
        remaining -= left[time]
    # The product is exactly 1 before the first event and exactly 0 once an event leaves nobody at risk.
    open_ = [_is_open(value) for value in survival]
    return Curve(
        days=tuple(times),
        at_risk=tuple(at_risk),
        events=tuple(died[time] for time in times),
        censored=tuple(left[time] - died[time] for time in times),
        survival=tuple(survival),
        lower=tuple(float(low) if ok else None for low, ok in zip(limits.iloc[:, 0], open_, strict=True)),
        upper=tuple(float(high) if ok else None for high, ok in zip(limits.iloc[:, 1], open_, strict=True)),
    )


def _is_open(survival: float) -> bool:
    assert math.isfinite(survival)
    return 0 < survival < 1


def survival_at(curve: Curve, day: int) -> Estimate:
    """The probability of being alive after this many days, where somebody was followed so long or nobody lives."""
    if not curve.days:
        return not_given(Missing.NOBODY_ENROLLED)
    row = max(index for index, time in enumerate(curve.days) if time <= day)
    value = curve.survival[row]
    if day > curve.days[-1] and value > 0:
        return not_given(Missing.FOLLOW_UP_TOO_SHORT)
    missing = None
    if curve.lower[row] is None:
        missing = Missing.NO_DEATHS_BY_THEN if value == 1 else Missing.NOBODY_ALIVE_BY_THEN
    return Estimate(value=value, lower=curve.lower[row], upper=curve.upper[row], interval_missing=missing)


def median(curve: Curve) -> Estimate:
    """The median time in days."""
    if not curve.days:
        return not_given(Missing.NOBODY_ENROLLED)
    if not any(curve.events):
        return not_given(Missing.NO_DEATHS)
    value = _half_time(curve.days, curve.survival)
    lower, upper = _half_time(curve.days, curve.lower), _half_time(curve.days, curve.upper)
    return Estimate(
        value=value,
        lower=lower,
        upper=upper,
        missing=Missing.NOT_REACHED if value is None else None,
        interval_missing=Missing.LIMIT_NOT_REACHED if lower is None or upper is None else None,
    )


def _half_time(days: Sequence[int], heights: Sequence[float | None]) -> float | None:
    """The first time at which a falling curve is at or below one half, None where it never is."""
    known = [(day, height) for day, height in zip(days, heights, strict=True) if height is not None]
    below = [(day, height) for day, height in known if height < 0.5 + _TOLERANCE]
    if not below:
        return None
    first_day, first_height = below[0]
    if abs(first_height - 0.5) < _TOLERANCE:
        later = next((day for day, height in below if height < first_height - _TOLERANCE), None)
        if later is not None:
            return (first_day + later) / 2
    return float(first_day)


def at_risk_on(curve: Curve, day: int) -> int:
    """How many were still followed just before this day."""
    return next((count for time, count in zip(curve.days, curve.at_risk, strict=True) if time >= day), 0)


def deaths_by(curve: Curve, day: int) -> int:
    """How many died on or before this day."""
    return sum(count for time, count in zip(curve.days, curve.events, strict=True) if time <= day)
