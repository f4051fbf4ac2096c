"""The five numbers of values by group, where some are only known to lie beyond a limit.

Method: quantiles linear between the two nearest values, number 7 of R. J. Hyndman, Y. Fan, The American Statistician 50
(1996) 361; equal to R's ``quantile(type = 7)``, its default. A value below a limit lies between 0 and the limit, one
above between the limit and no end. A quantile grows with every value, so it lies between those of the least and of the
greatest that the values can be: bounds that hold whatever the values are, and no interval of confidence.
"""

import math
from typing import Any

import msgspec
import numpy as np

from analytics.estimators.arrays import Booleans, Column, Floats, read_labels, same_length
from analytics.estimators.limits import read_limits


class Quantile(msgspec.Struct, frozen=True, kw_only=True):
    """``value`` is None where values beyond a limit leave it open between ``lower`` and ``upper``.

    ``upper`` is None where there is no end. Of a value that is known both are that value.
    """

    value: float | None
    lower: float
    upper: float | None


class GroupDistribution(msgspec.Struct, frozen=True, kw_only=True):
    """``below`` and ``above`` count the values that are only known to lie beyond a limit."""

    group: Any
    subjects: int
    below: int
    above: int
    least: Quantile
    lower_quartile: Quantile
    median: Quantile
    upper_quartile: Quantile
    greatest: Quantile


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """``groups`` in the order of their labels."""

    method: str = "linear between values, type 7; bounds where values lie beyond a limit"
    subjects: int
    groups: tuple[GroupDistribution, ...]


def distribution(value: Column, limit: Column | None = None, group: Column | None = None) -> Distribution:
    """``value`` and ``limit`` as ``log2_values`` reads them; without ``limit`` all are exact, without ``group`` one.

    Refuses what ``log2_values`` refuses.

    >>> (both,) = distribution([2, 8, 4, 16], ["below", "exact", "exact", "exact"]).groups
    >>> both.least, both.median.value
    (Quantile(value=None, lower=0.0, upper=2.0), 6.0)
    """
    values = list(value)
    numbers, below, above = read_limits(values, ["exact"] * len(values) if limit is None else limit)
    labels, codes = read_labels(["everybody"] * len(numbers) if group is None else group, "group")
    same_length(len(numbers), group=len(codes))
    least, greatest = np.where(below, 0.0, numbers), np.where(above, np.inf, numbers)
    groups = []
    for code, label in enumerate(labels):
        own = codes == code
        groups.append(_of_group(label, below[own], above[own], np.sort(least[own]), np.sort(greatest[own])))
    return Distribution(subjects=len(numbers), groups=tuple(groups))


def _of_group(label: Any, below: Booleans, above: Booleans, least: Floats, greatest: Floats) -> GroupDistribution:
    return GroupDistribution(
        group=label,
        subjects=len(below),
        below=int(below.sum()),
        above=int(above.sum()),
        least=_quantile(0, least, greatest),
        lower_quartile=_quantile(0.25, least, greatest),
        median=_quantile(0.5, least, greatest),
        upper_quartile=_quantile(0.75, least, greatest),
        greatest=_quantile(1, least, greatest),
    )


def _quantile(share: float, least: Floats, greatest: Floats) -> Quantile:
    lower, upper = _between(share, least), _between(share, greatest)
    return Quantile(value=lower if lower == upper else None, lower=lower, upper=None if math.isinf(upper) else upper)


def _between(share: float, ascending: Floats) -> float:
    """Where one of the two nearest values has no end, neither has what lies between them."""
    place = share * (len(ascending) - 1)
    first = math.floor(place)
    low, high = float(ascending[first]), float(ascending[min(first + 1, len(ascending) - 1)])
    if place == first or low == high:
        return low
    return low + (place - first) * (high - low)
