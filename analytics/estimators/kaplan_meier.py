"""The Kaplan-Meier curve and what is read from it: S(t), quantiles, restricted mean, follow-up.

Method: product limit, by lifelines, with Greenwood's variance. E. L. Kaplan, P. Meier, JASA 53 (1958) 457. Intervals on
the log-log scale after J. D. Kalbfleisch, R. L. Prentice, The Statistical Analysis of Failure Time Data (1980), section
1.3, or on the log or plain scale. Equal to R's ``survfit(Surv(time, event) ~ 1, conf.type=)``, and with entries to
``Surv(entry, time, event)``.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from lifelines import KaplanMeierFitter

from analytics.estimators.answers import (
    Answer,
    Interval,
    log_log_limits,
    normal_quantile,
    not_given,
    probability_limits,
)
from analytics.estimators.arrays import Booleans, Column, Floats, Integers, Times, at_risk, read_times
from analytics.estimators.errors import InputRefused, NoEstimate, Reason

TOLERANCE = 2.0**-26
"""How close a height is to be taken as equal; R's, the square root of the spacing of doubles at 1."""


class SurvivalCurve(msgspec.Struct, frozen=True, kw_only=True):
    """One element per distinct time, ascending; before the first the curve is at 1.

    ``at_risk`` is the number just before the time, ``events`` and ``censored`` that on it; who is censored on a time is
    at risk on it. ``survival`` holds from the time on, to the next. ``std_err`` is that of ``survival``, None where it
    is at 0. ``lower`` and ``upper`` are None where the curve is at 1 or at 0.
    """

    interval: Interval
    level: float
    time: tuple[float, ...]
    at_risk: tuple[int, ...]
    events: tuple[int, ...]
    censored: tuple[int, ...]
    survival: tuple[float, ...]
    std_err: tuple[float | None, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]


def kaplan_meier(
    time: Column,
    event: Column,
    *,
    entry: Column | None = None,
    interval: Interval = Interval.LOG_LOG,
    level: float = 0.95,
) -> SurvivalCurve:
    """The curve. Without any event it stays at 1, which is an answer; a time of zero is a time like others.

    Refuses nobody, missing values, times below zero, an entry not before its time, and entries that come after
    everybody at risk had the event: the product stays at 0 from there on, which says nothing of those who enter later.
    """
    sample = read_times(time, event, entry)
    times, place = np.unique(sample.time, return_inverse=True)
    followed = at_risk(sample, times)
    died = np.bincount(place, weights=sample.event, minlength=len(times)).astype(np.int64)
    left = np.bincount(place, minlength=len(times))
    _refuse_emptied(sample, times[died == followed])
    survival = _product_limit(sample, times, died, followed)
    std_err = _greenwood(survival, followed, died)
    lower, upper = probability_limits(survival, std_err, interval, level)
    return SurvivalCurve(
        interval=interval,
        level=level,
        time=tuple(times.tolist()),
        at_risk=tuple(followed.tolist()),
        events=tuple(died.tolist()),
        censored=tuple((left - died).tolist()),
        survival=tuple(survival.tolist()),
        std_err=tuple(error if height > 0 else None for error, height in zip(std_err.tolist(), survival, strict=True)),
        lower=lower,
        upper=upper,
    )


def heights_of_counts(followed: Integers, died: Integers, *, level: float = 0.95) -> Floats:
    """The same curve from its sufficient statistics: three rows, survival, its lower and its upper log-log limit.

    A limit is NaN where there is none: where the curve is at 1 or at 0.

    ``followed`` are at risk and ``died`` have the event at each distinct time, ascending, at least one. Whoever keeps
    them moves the curve by one subject without looking at the others. Refuses a risk set that was emptied.
    """
    survived = followed - died
    # Where the last of all dies the curve only ends.
    if not survived[:-1].all():
        raise _emptied()
    heights = np.empty((3, len(died)))
    survival = (1 - died / followed).cumprod(out=heights[0])
    # At 1 the variance and the logarithm are both 0, at 0 both infinite: neither has a quotient, nor then a limit.
    with np.errstate(divide="ignore", invalid="ignore"):
        std_err = np.sqrt((died / (followed * survived)).cumsum())
        log_p = np.log(survival)
        heights[1:] = log_log_limits(log_p, normal_quantile(level) * std_err / log_p)
    return heights


def _greenwood(survival: Floats, followed: Integers, died: Integers) -> Floats:
    """Standard errors; NaN or infinite where the curve is at 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(died / (followed * (followed - died).astype(np.float64)))
        return np.asarray(survival * np.sqrt(variance), dtype=np.float64)


def _product_limit(sample: Times, times: Floats, died: Integers, followed: Integers) -> Floats:
    """By lifelines where everybody was followed from the start; with entries it stops at data that R estimates."""
    if sample.entry is not None:
        return np.cumprod(1 - died / followed, dtype=np.float64)
    fitted = KaplanMeierFitter().fit(sample.time, sample.event).survival_function_.iloc[:, 0].loc[times]
    return np.asarray(fitted.to_numpy(), dtype=np.float64)


def _refuse_emptied(sample: Times, emptied: Floats) -> None:
    if sample.entry is not None and len(emptied) and (sample.entry >= emptied[0]).any():
        raise _emptied()


def _emptied() -> NoEstimate:
    return NoEstimate(
        Reason.RISK_SET_EMPTIED,
        "Everybody who had entered had the event before the others entered: the curve would stay at 0. "
        "Start it at a time by which more had entered.",
    )


def number_at_risk(curve: SurvivalCurve, times: Sequence[float]) -> tuple[int, ...]:
    """How many were still followed just before each of these times, as R's ``summary(fit, times=, extend=TRUE)``.

    With entries, between two times of the curve it is the number at the next one.
    """
    places = np.searchsorted(curve.time, times, side="left")
    return tuple(curve.at_risk[place] if place < len(curve.time) else 0 for place in places)


def survival_at(curve: SurvivalCurve, times: Sequence[float]) -> tuple[Answer, ...]:
    """The probability of no event up to and including each of these times, as R's ``summary(fit, times=)``.

    Not given after the last time, unless the curve is at 0 by then.
    """
    return tuple(_survival_at(curve, time) for time in times)


def _survival_at(curve: SurvivalCurve, time: float) -> Answer:
    row = int(np.searchsorted(curve.time, time, side="right")) - 1
    value = curve.survival[row] if row >= 0 else 1.0
    if time > curve.time[-1] and value > 0:
        return not_given(Reason.FOLLOW_UP_TOO_SHORT)
    if not 0 < value < 1:
        return Answer(
            value=value, interval_missing=Reason.NO_EVENTS_BY_THEN if value == 1 else Reason.NOBODY_LEFT_BY_THEN
        )
    return Answer(value=value, lower=curve.lower[row], upper=curve.upper[row])


def quantile(curve: SurvivalCurve, share: float) -> Answer:
    """The time by which this share had the event; its limits are where the limits of the curve cross.

    Where the curve is flat at exactly ``1 - share``, the middle between that time and the next drop, as R's
    ``quantile.survfit`` and ``print.survfit``. Flat to the very end it is the flat's beginning, as ``print.survfit``
    has it (``quantile.survfit`` takes the middle to the last time, which moves with every visit).
    """
    if not 0 < share < 1:
        raise InputRefused(Reason.SETTING_OUT_OF_RANGE, "A quantile's share lies between 0 and 1, as 0.5 does.")
    if not any(curve.events):
        return not_given(Reason.NO_EVENTS)
    value, lower, upper = (
        crossing_time(curve.time, heights, 1 - share) for heights in (curve.survival, curve.lower, curve.upper)
    )
    return Answer(
        value=value,
        lower=lower,
        upper=upper,
        missing=Reason.NOT_REACHED if value is None else None,
        interval_missing=Reason.LIMIT_NOT_REACHED if lower is None or upper is None else None,
    )


def median(curve: SurvivalCurve) -> Answer:
    """The time at which half had the event, by R's midpoint rule.

    Reference of the interval: R. Brookmeyer, J. Crowley, Biometrics 38 (1982) 29.

    >>> median(kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1])).value
    2.5
    """
    return quantile(curve, 0.5)


def crossing_time(times: Sequence[float], heights: Sequence[float | None], at: float) -> float | None:
    """The first time at which a falling curve is at or below a height, None where it never is.

    Exactly at it: the middle to the next drop, or the time itself where there is none. None among the heights is
    unknown.
    """
    below = [
        (time, height)
        for time, height in zip(times, heights, strict=True)
        if height is not None and height < at + TOLERANCE
    ]
    if not below:
        return None
    first_time, first_height = below[0]
    if abs(first_height - at) < TOLERANCE:
        later = next((time for time, height in below if height < first_height - TOLERANCE), None)
        if later is not None:
            return (first_time + later) / 2
    return float(first_time)


class RestrictedMean(msgspec.Struct, frozen=True, kw_only=True):
    """The mean time without event up to ``until``. ``std_err`` and the limits are None where ``interval_missing``."""

    until: float
    value: float
    std_err: float | None = None
    lower: float | None = None
    upper: float | None = None
    interval_missing: Reason | None = None


def restricted_mean(curve: SurvivalCurve, until: float) -> RestrictedMean:
    """The area under the curve from 0 to ``until``, with a plain normal interval.

    Reference: J. P. Klein, M. L. Moeschberger, Survival Analysis (2003), section 4.5. Equal to R's ``print(fit,
    rmean=until)``, which goes on at the last height where follow-up ends earlier: here that is refused. A time at which
    everybody left has the event adds nothing to the variance, as in R.
    """
    if not until > 0:
        raise InputRefused(Reason.SETTING_OUT_OF_RANGE, "The mean is restricted to a time above zero.")
    if until > curve.time[-1] and curve.survival[-1] > 0:
        raise NoEstimate(
            Reason.FOLLOW_UP_TOO_SHORT,
            "Nobody was followed up to the time that the mean is restricted to: choose an earlier one.",
        )
    times, heights = np.asarray(curve.time), np.asarray(curve.survival)
    within: Booleans = times <= until
    edges = np.concatenate(([0.0], times[within], [until]))
    rectangles = np.diff(edges) * np.concatenate(([1.0], heights[within]))
    after = rectangles[::-1].cumsum()[::-1][1:]
    died, followed = np.asarray(curve.events)[within], np.asarray(curve.at_risk)[within]
    survived = (followed - died).astype(np.float64)
    hazard_variance = np.divide(died, followed * survived, out=np.zeros(len(died)), where=survived > 0)
    value, std_err = float(rectangles.sum()), float(np.sqrt((after**2 * hazard_variance).sum()))
    if std_err == 0:
        some = bool(died[times[within] < until].any())
        reason = Reason.NOBODY_LEFT_BY_THEN if some else Reason.NO_EVENTS_BY_THEN
        return RestrictedMean(until=until, value=value, interval_missing=reason)
    reach = normal_quantile(curve.level) * std_err
    return RestrictedMean(until=until, value=value, std_err=std_err, lower=value - reach, upper=value + reach)


def reverse_kaplan_meier(
    time: Column, event: Column, *, interval: Interval = Interval.LOG_LOG, level: float = 0.95
) -> SurvivalCurve:
    """The curve of follow-up: a censoring ends it, an event hides how long it would have lasted. Its median is asked.

    Reference: M. Schemper, T. L. Smith, Controlled Clinical Trials 17 (1996) 343. Equal to R's ``survfit(Surv(time, 1 -
    event) ~ 1)``. Refuses what ``kaplan_meier`` refuses.
    """
    sample = read_times(time, event)
    return kaplan_meier(sample.time, ~sample.event, interval=interval, level=level)
