"""Proportions with their intervals, and the difference of two.

Methods: C. J. Clopper, E. S. Pearson, Biometrika 26 (1934) 404, whose limits are quantiles of beta distributions: equal
to R's ``binom.test``. E. B. Wilson, JASA 22 (1927) 209, without and with continuity correction: equal to R's
``prop.test(correct=)``, which leaves the correction out where half of the subjects are counted, as its null hypothesis
of one half has it; here it stands. Difference: R. G. Newcombe, Statistics in Medicine 17 (1998) 873, method 10, from
the two Wilson intervals.
"""

import enum
import functools
import math

import msgspec
from scipy.stats import beta

from analytics.estimators.answers import normal_quantile
from analytics.estimators.errors import InputRefused, NoEstimate, Reason


class ProportionMethod(enum.StrEnum):
    CLOPPER_PEARSON = "Clopper-Pearson"
    WILSON = "Wilson"
    WILSON_CONTINUITY = "Wilson with continuity correction"


class Proportion(msgspec.Struct, frozen=True, kw_only=True):
    """``value`` is ``count / of``; the interval is two-sided, and never narrower than the value is exact."""

    method: ProportionMethod
    count: int
    of: int
    level: float
    value: float
    lower: float
    upper: float


class ProportionDifference(msgspec.Struct, frozen=True, kw_only=True):
    """The first proportion less the second, from -1 to 1."""

    method: str = "Newcombe, from Wilson's intervals"
    first: Proportion
    second: Proportion
    level: float
    value: float
    lower: float
    upper: float


@functools.lru_cache(maxsize=4_096)
def clopper_pearson(count: int, of: int, *, level: float = 0.95) -> Proportion:
    """The interval that holds the true proportion at least as often as its level says, whatever the proportion.

    Refuses nobody, a count beyond its whole, and a level that is none.

    >>> found = clopper_pearson(36, 72)
    >>> round(found.lower, 6), round(found.upper, 6)
    (0.379757, 0.620243)
    """
    _refuse(count, of, level)
    tail = (1 - level) / 2
    lower = float(beta.ppf(tail, count, of - count + 1)) if count > 0 else 0.0
    upper = float(beta.ppf(1 - tail, count + 1, of - count)) if count < of else 1.0
    return _proportion(ProportionMethod.CLOPPER_PEARSON, count, of, level, lower, upper)


def wilson(count: int, of: int, *, continuity: bool = False, level: float = 0.95) -> Proportion:
    """The interval of the score test: about right on average, where Clopper-Pearson's is never too short.

    Refuses what ``clopper_pearson`` refuses.
    """
    _refuse(count, of, level)
    reach = normal_quantile(level)
    shift = 0.5 / of if continuity else 0.0
    lower = _wilson_limit(count / of - shift, of, -reach) if count > 0 else 0.0
    upper = _wilson_limit(count / of + shift, of, reach) if count < of else 1.0
    method = ProportionMethod.WILSON_CONTINUITY if continuity else ProportionMethod.WILSON
    return _proportion(method, count, of, level, lower, upper)


def newcombe(count: int, of: int, second_count: int, second_of: int, *, level: float = 0.95) -> ProportionDifference:
    """How much greater the first proportion is. The groups are two, of different subjects.

    Refuses an empty group and what ``clopper_pearson`` refuses.
    """
    first, second = wilson(count, of, level=level), wilson(second_count, second_of, level=level)
    value = first.value - second.value
    return ProportionDifference(
        first=first,
        second=second,
        level=level,
        value=value,
        lower=value - math.hypot(first.value - first.lower, second.upper - second.value),
        upper=value + math.hypot(first.upper - first.value, second.value - second.lower),
    )


def _wilson_limit(proportion: float, of: int, reach: float) -> float:
    inside = min(max(proportion, 0.0), 1.0)
    half = reach**2 / (2 * of)
    return (inside + half + reach * math.sqrt(inside * (1 - inside) / of + half / (2 * of))) / (1 + 2 * half)


def _proportion(method: ProportionMethod, count: int, of: int, level: float, lower: float, upper: float) -> Proportion:
    return Proportion(method=method, count=count, of=of, level=level, value=count / of, lower=lower, upper=upper)


def _refuse(count: int, of: int, level: float) -> None:
    normal_quantile(level)
    if of == 0:
        raise NoEstimate(Reason.NOBODY, "A proportion of nobody is no number: there is nobody to count yet.")
    if not 0 <= count <= of:
        raise InputRefused(
            Reason.COUNT_OUT_OF_RANGE, "A count lies between 0 and the number of those counted: correct the two."
        )
