"""Cumulative incidence where another event can come first.

Method: Aalen-Johansen, O. O. Aalen, S. Johansen, Scandinavian Journal of Statistics 5 (1978) 141, on the tied times as
they are (lifelines moves tied times by chance, and gives other numbers every time). Variance: the infinitesimal
jackknife, the sum of the squared influences of the subjects; T. M. Therneau, P. M. Grambsch, Modeling Survival Data
(2000), section 8.6; without competing events it is Greenwood's. Equal to R's ``survfit(Surv(time, factor(cause)) ~ 1,
conf.type=)``, whose intervals are on the log scale by default.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from analytics.estimators.answers import Answer, Interval, not_given, probability_limits
from analytics.estimators.arrays import (
    Column,
    Floats,
    Integers,
    Times,
    at_risk,
    read_labels,
    read_numbers,
    read_times,
    same_length,
)
from analytics.estimators.errors import InputRefused, NoEstimate, Reason


class Incidence(msgspec.Struct, frozen=True, kw_only=True):
    """One cause's curve, one element per time of ``CumulativeIncidence``; before the first it is at 0.

    ``events`` are those of this cause. ``lower`` and ``upper`` are None where the incidence is 0 or 1.
    """

    cause: Any
    events: tuple[int, ...]
    incidence: tuple[float, ...]
    std_err: tuple[float, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]


class CumulativeIncidence(msgspec.Struct, frozen=True, kw_only=True):
    """One element per distinct time, ascending. ``event_free`` and all incidences add up to 1 at each."""

    interval: Interval
    level: float
    time: tuple[float, ...]
    at_risk: tuple[int, ...]
    event_free: tuple[float, ...]
    causes: tuple[Incidence, ...]


def cumulative_incidence(
    time: Column,
    cause: Column,
    *,
    censored: Any = 0,
    interval: Interval = Interval.LOG_LOG,
    level: float = 0.95,
) -> CumulativeIncidence:
    """The incidence of every cause that happened; ``cause`` is what ended each subject's time, ``censored`` nothing.

    Refuses nobody, no events, missing values and times below zero.
    """
    sample, labels, codes = read_causes(time, cause, censored)
    times, place = np.unique(sample.time, return_inverse=True)
    followed = at_risk(sample, times)
    died = np.zeros((len(labels), len(times)))
    np.add.at(died, (codes[sample.event], place[sample.event]), 1)
    hazards = died / followed
    before = np.concatenate(([1.0], np.cumprod(1 - hazards.sum(axis=0))))
    curves = (before[:-1] * hazards).cumsum(axis=1)
    errors = _std_errs(place, np.where(sample.event, codes, -1), followed, hazards)
    return CumulativeIncidence(
        interval=interval,
        level=level,
        time=tuple(times.tolist()),
        at_risk=tuple(followed.tolist()),
        event_free=tuple(before[1:].tolist()),
        causes=tuple(
            _incidence(label, died[code], curves[code], errors[code], interval, level)
            for code, label in enumerate(labels)
        ),
    )


def _incidence(label: Any, died: Floats, curve: Floats, std_err: Floats, interval: Interval, level: float) -> Incidence:
    lower, upper = probability_limits(curve, std_err, interval, level)
    return Incidence(
        cause=label,
        events=tuple(died.astype(np.int64).tolist()),
        incidence=tuple(curve.tolist()),
        std_err=tuple(std_err.tolist()),
        lower=lower,
        upper=upper,
    )


def read_causes(time: Column, cause: Column, censored: Any) -> tuple[Times, tuple[Any, ...], Integers]:
    """The times, the causes that happened, sorted, and the place of each subject's among them (-1: censored)."""
    times = read_numbers(time, "time")
    labels, codes = read_labels(cause, "cause")
    same_length(len(times), cause=len(codes))
    happened = tuple(label for label in labels if label != censored)
    if not happened:
        raise NoEstimate(Reason.NO_EVENTS, "No event of any cause has happened yet: every incidence is 0 so far.")
    renumbered = np.array([happened.index(label) if label != censored else -1 for label in labels])[codes]
    return read_times(times, renumbered >= 0), happened, renumbered


def _std_errs(place: NDArray[np.intp], ended: Integers, followed: Integers, hazards: Floats) -> Floats:
    """For each cause and time, from the influence of each kind of subject: same time, same end.

    At each time the influences on the event-free share and on the incidences move on by the derivative of the product.
    """
    kinds, counts = np.unique(np.column_stack((place, ended)), axis=0, return_counts=True)
    last, end = kinds[:, 0], kinds[:, 1]
    causes, moments = hazards.shape
    on_free, free = np.zeros(len(kinds)), 1.0
    on_incidence, variance = np.zeros((causes, len(kinds))), np.empty((causes, moments))
    for row in range(moments):
        hazard = hazards[:, row]
        own = (last == row) & (end == np.arange(causes)[:, None])
        on_hazard = (own - (last >= row) * hazard[:, None]) / followed[row]
        on_incidence += on_free * hazard[:, None] + free * on_hazard
        on_free = on_free * (1 - hazard.sum()) - free * on_hazard.sum(axis=0)
        free *= 1 - hazard.sum()
        variance[:, row] = on_incidence**2 @ counts
    return np.sqrt(variance)


def incidence_at(curves: CumulativeIncidence, cause: Any, times: Sequence[float]) -> tuple[Answer, ...]:
    """The probability that this cause came first, up to and including each of these times.

    Not given after the last time, unless nobody is event-free by then. R: ``summary(fit, times=)``.
    """
    found = [each for each in curves.causes if each.cause == cause]
    if not found:
        raise InputRefused(Reason.NAME_UNKNOWN, "No event of the cause that is asked for has happened.")
    return tuple(_incidence_at(curves, found[0], time) for time in times)


def _incidence_at(curves: CumulativeIncidence, own: Incidence, time: float) -> Answer:
    row = int(np.searchsorted(curves.time, time, side="right")) - 1
    if time > curves.time[-1] and curves.event_free[-1] > 0:
        return not_given(Reason.FOLLOW_UP_TOO_SHORT)
    value = own.incidence[row] if row >= 0 else 0.0
    if row < 0 or own.lower[row] is None:
        reason = Reason.NO_EVENTS_BY_THEN if value == 0 else Reason.NOBODY_LEFT_BY_THEN
        return Answer(value=value, interval_missing=reason)
    return Answer(value=value, lower=own.lower[row], upper=own.upper[row])
