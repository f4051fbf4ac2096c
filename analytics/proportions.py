"""Proportions with their exact interval.

Method: C. J. Clopper, E. S. Pearson, Biometrika 26 (1934) 404; the limits are quantiles of beta distributions. R's
``binom.test`` gives the same.
"""

from scipy.stats import beta

from analytics.estimates import Estimate


def clopper_pearson(count: int, of: int, level: float) -> Estimate:
    """The proportion ``count / of`` with its two-sided interval. ``of`` is at least 1.

    >>> estimate = clopper_pearson(36, 72, 0.95)
    >>> round(estimate.lower, 6), round(estimate.upper, 6)
    (0.379757, 0.620243)
    """
    assert 0 <= count <= of, "a part is not more than its whole"
    assert of > 0, "a proportion of nobody is not a number"
    tail = (1 - level) / 2
    lower = float(beta.ppf(tail, count, of - count + 1)) if count > 0 else 0.0
    upper = float(beta.ppf(1 - tail, count + 1, of - count)) if count < of else 1.0
    return Estimate(value=count / of, lower=lower, upper=upper)
