"""When the target will be reached: the Gamma-Poisson forecast of enrolment. Pure, in closed form, nothing is simulated.

Model: subjects arrive as a Poisson process with an unknown constant rate. The prior of the rate is Gamma(n P, T P): the
plan's n subjects in its T days, weighed as if the share P of the plan had been seen. After m subjects in t days it is
Gamma(n P + m, T P + t); subjects in the next d days are then negative binomial, and the days until r more divided by
T P + t follow a beta prime distribution with r and n P + m. Source: B. J. Gajewski, S. D. Simon, S. E. Carlson,
"Predicting accrual in clinical trials with Bayesian posterior predictive distributions", Statistics in Medicine 27
(2008) 2328; its example (72 planned in 36 months, P one half, 20 in 14 months) is a test.
"""

import datetime as dt
import math
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from scipy.stats import beta, binomtest, nbinom

from analytics.estimates import Missing
from analytics.figures import AccrualFigure, DateInterval, EnrolmentFigure, ForecastCurve

LEVELS = (0.80, 0.95)
"""The levels of the forecast's intervals, the narrower one first."""

DAYS_MAX = 36_525
"""A date more than a century ahead is no forecast: it is left out."""

POINTS_MAX = 60
"""The curve has at most this many points, in equal steps of whole days."""

UNEVEN_P = 0.01
"""Enrolment in the last third of the time that would be so rare at a constant rate puts the rate itself in doubt."""


def days_to_target(target: int, enrolled: int, shape: float, rate: float, share: float) -> float:
    """The days until the target within which it is reached with probability ``share``; infinite where beyond floats.

    ``shape`` and ``rate`` (per day) are the posterior's. ``enrolled`` is below ``target``.

    >>> round(14 + days_to_target(72, 20, 36 + 20, 18 + 14, 0.5), 1)
    43.7
    """
    part = float(beta.ppf(share, target - enrolled, shape))
    return rate * part / (1 - part) if part < 1 else math.inf


def probability_within(days: float, target: int, enrolled: int, shape: float, rate: float) -> float:
    """The probability that the target is reached within so many more days.

    >>> round(probability_within(22, 72, 20, 36 + 20, 18 + 14), 3)
    0.061
    """
    return float(beta.cdf(days / (days + rate), target - enrolled, shape)) if days > 0 else 0.0


def accrual_figure(enrolment: EnrolmentFigure, weight: Decimal, cutoff_on: dt.date) -> AccrualFigure:
    """The forecast at a data cutoff. ``weight`` is P of the prior, more than 0.

    Days are counted with both ends: the first day of enrolment and the day of the cutoff have both been watched.
    """
    begins_on, planned_on = enrolment.plan_on
    if enrolment.enrolled >= enrolment.target:
        reached_on = _reached_on(enrolment)
        return AccrualFigure(
            planned_on=planned_on, reached_on=reached_on, by_planned=float(reached_on <= planned_on), missing=None
        )
    watched = max((cutoff_on - begins_on).days + 1, 0)
    share = float(weight)
    shape = enrolment.target * share + enrolment.enrolled
    rate = ((planned_on - begins_on).days + 1) * share + watched
    ahead_of = max(cutoff_on, begins_on - dt.timedelta(days=1))
    return AccrualFigure(
        planned_on=planned_on,
        reached_on=None,
        rate_a_month=shape / rate * 365.25 / 12,
        median_on=_on(ahead_of, days_to_target(enrolment.target, enrolment.enrolled, shape, rate, 0.5)),
        intervals=tuple(_interval(enrolment, shape, rate, ahead_of, level) for level in LEVELS),
        by_planned=probability_within((planned_on - ahead_of).days, enrolment.target, enrolment.enrolled, shape, rate),
        curve=_curve(enrolment, shape, rate, ahead_of),
        uneven=_uneven(enrolment, begins_on, cutoff_on),
        missing=Missing.ENROLMENT_NOT_BEGUN if watched == 0 else None,
    )


def _reached_on(enrolment: EnrolmentFigure) -> dt.date:
    counted = zip(enrolment.on, enrolment.cumulative, strict=True)
    return next(on for on, enrolled in counted if enrolled >= enrolment.target)


def _interval(enrolment: EnrolmentFigure, shape: float, rate: float, ahead_of: dt.date, level: float) -> DateInterval:
    tail = (1 - level) / 2
    early = days_to_target(enrolment.target, enrolment.enrolled, shape, rate, tail)
    late = days_to_target(enrolment.target, enrolment.enrolled, shape, rate, 1 - tail)
    return DateInterval(level=level, lower_on=_on(ahead_of, early), upper_on=_on(ahead_of, late))


def _on(ahead_of: dt.date, days: float) -> dt.date | None:
    """The day on which a point in time lies, that many days after the end of another day."""
    return ahead_of + dt.timedelta(days=math.ceil(days)) if days <= DAYS_MAX else None


def _curve(enrolment: EnrolmentFigure, shape: float, rate: float, ahead_of: dt.date) -> ForecastCurve:
    """From the cutoff to the day by which the target is reached with the wider level; nothing is drawn above it."""
    last = days_to_target(enrolment.target, enrolment.enrolled, shape, rate, (1 + LEVELS[-1]) / 2)
    length = math.ceil(min(last, 3 * rate))
    step = max(1, math.ceil(length / POINTS_MAX))
    days = np.arange(0, length + step, step)
    remaining = enrolment.target - enrolment.enrolled
    bands = []
    for level in LEVELS:
        tail = (1 - level) / 2
        with np.errstate(all="ignore"):
            low, high = (np.asarray(nbinom.ppf(q, shape, rate / (rate + days))) for q in (tail, 1 - tail))
        bands.append((_capped(low, remaining, enrolment), _capped(high, remaining, enrolment)))
    return ForecastCurve(
        on=tuple(ahead_of + dt.timedelta(days=int(day)) for day in days),
        expected=tuple(enrolment.enrolled + min(shape / rate * float(day), float(remaining)) for day in days),
        lower=tuple(low for low, _ in bands),
        upper=tuple(high for _, high in bands),
    )


def _capped(more: np.ndarray, remaining: int, enrolment: EnrolmentFigure) -> tuple[int, ...]:
    return tuple(enrolment.enrolled + min(max(int(each), 0), remaining) for each in np.nan_to_num(more))


def _uneven(enrolment: EnrolmentFigure, begins_on: dt.date, cutoff_on: dt.date) -> bool:
    """Whether enrolment in the last third of the time watched is far from what a constant rate would give.

    Given their number, the arrivals of a Poisson process of constant rate are spread evenly; the test is the exact
    binomial one.
    """
    watched = (cutoff_on - begins_on).days + 1
    third = watched // 3
    if third == 0 or enrolment.enrolled == 0:
        return False
    recent = enrolment.enrolled - _enrolled_by(enrolment.on, enrolment.cumulative, cutoff_on - dt.timedelta(days=third))
    return bool(binomtest(recent, enrolment.enrolled, third / watched).pvalue < UNEVEN_P)


def _enrolled_by(on: Sequence[dt.date], cumulative: Sequence[int], day: dt.date) -> int:
    return max((enrolled for when, enrolled in zip(on, cumulative, strict=True) if when <= day), default=0)
