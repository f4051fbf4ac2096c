"""One number with its interval, the kinds of interval of a probability, and the result of a chi-square test."""

import enum
import functools
import math

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, norm

from analytics.estimators.errors import InputRefused, Reason


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """``missing`` says why ``value`` is None, ``interval_missing`` why a limit is None. Never NaN.

    One limit of a quantile can be given where the other, or the quantile itself, is not reached.
    """

    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    missing: Reason | None = None
    interval_missing: Reason | None = None


def not_given(reason: Reason) -> Answer:
    return Answer(missing=reason, interval_missing=reason)


class ChiSquare(msgspec.Struct, frozen=True, kw_only=True):
    """``p`` is the upper tail of the chi-square distribution with ``df`` degrees of freedom."""

    statistic: float
    df: int
    p: float


def chi_square(statistic: float, df: int) -> ChiSquare:
    """A statistic that rounding left a little below 0 is 0."""
    assert math.isfinite(statistic)
    return ChiSquare(statistic=max(statistic, 0.0), df=df, p=float(chi2.sf(max(statistic, 0.0), df)))


class Interval(enum.StrEnum):
    """The scale on which the interval of a probability is symmetric."""

    LOG_LOG = "log-log"
    LOG = "log"
    PLAIN = "plain"


@functools.cache
def normal_quantile(level: float) -> float:
    """How many standard errors a two-sided normal interval of this level reaches.

    >>> round(normal_quantile(0.95), 6)
    1.959964
    """
    if not 0 < level < 1:
        raise InputRefused(Reason.SETTING_OUT_OF_RANGE, "The level of an interval lies between 0 and 1, as 0.95 does.")
    return float(norm.isf((1 - level) / 2))


def probability_limits(
    probability: NDArray[np.float64], std_err: NDArray[np.float64], interval: Interval, level: float
) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    """The limits that `limits_of_probabilities` gives, with None for NaN."""
    low, high = limits_of_probabilities(probability, std_err, interval, level)
    return given(low), given(high)


def given(numbers: NDArray[np.float64]) -> tuple[float | None, ...]:
    """The numbers, with None where there is none."""
    there = np.flatnonzero(~np.isnan(numbers))
    if not len(there):
        return (None,) * len(numbers)
    first, last = int(there[0]), int(there[-1]) + 1
    if last - first == len(there):
        return (None,) * first + tuple(numbers[first:last].tolist()) + (None,) * (len(numbers) - last)
    return tuple(None if each != each else each for each in numbers.tolist())


def limits_of_probabilities(
    probability: NDArray[np.float64], std_err: NDArray[np.float64], interval: Interval, level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper limits of probabilities with their standard errors; NaN where the probability is 0 or 1.

    Equal to R's ``survfit(..., conf.type=)``, which gives 1 to 1 at a probability of 1 for ``plain`` and ``log``:
    an interval without width from an estimate that has not varied yet is not an interval, and is not given here.
    """
    reach = normal_quantile(level)
    open_ = (probability > 0) & (probability < 1) & np.isfinite(std_err)
    p, se = probability[open_], std_err[open_]
    if interval is Interval.LOG_LOG:
        log_p = np.log(p)
        low, high = log_log_limits(log_p, reach * se / (p * log_p))
    elif interval is Interval.LOG:
        low, high = p * np.exp(-reach * se / p), np.minimum(p * np.exp(reach * se / p), 1.0)
    else:
        low, high = np.maximum(p - reach * se, 0.0), np.minimum(p + reach * se, 1.0)
    lower, upper = np.full(len(probability), np.nan), np.full(len(probability), np.nan)
    lower[open_], upper[open_] = low, high
    return lower, upper


def log_log_limits(log_p: NDArray[np.float64], width: NDArray[np.float64]) -> NDArray[np.float64]:
    """Two rows, the lower and the upper limits of probabilities of these logarithms.

    ``width`` is half of the interval's on the scale of log(-log p), negative as the logarithms are.
    """
    limits = np.log(-log_p) + np.multiply.outer((-1.0, 1.0), width)
    return np.asarray(np.exp(-np.exp(limits)), dtype=np.float64)
