"""Means of a marker by group where some values are only known to lie beyond a limit.

Method: maximum likelihood of normal distributions of the logarithm to base 2, a mean for each group and one standard
deviation; a value below a limit counts with the probability of all that lies below it. J. Tobin, Econometrica 26 (1958)
24; in the parameters of R. J. Olsen, Econometrica 46 (1978) 1211, in which the likelihood has one maximum. Equal to R's
``survreg(Surv(low, high, type = "interval2") ~ factor(group) - 1, dist = "gaussian")``.
"""

import dataclasses
from typing import Any

import msgspec
import numpy as np
from scipy.special import log_ndtr

from analytics.estimators.answers import ChiSquare, chi_square, normal_quantile
from analytics.estimators.arrays import Booleans, Column, Floats, Integers, read_labels, same_length
from analytics.estimators.errors import NoEstimate, Reason
from analytics.estimators.limits import read_limits

ITERATIONS_MAX = 100
CONVERGED = 1e-9
"""Newton's last step, in standard errors; what is left after it is of the order of its square."""


class CensoredMean(msgspec.Struct, frozen=True, kw_only=True):
    """``mean``, its standard error and its limits are of the logarithm to base 2; two to its power is the median."""

    group: Any
    subjects: int
    below: int
    above: int
    mean: float
    std_err: float
    lower: float
    upper: float


class CensoredMeans(msgspec.Struct, frozen=True, kw_only=True):
    """``groups`` in the order of their labels, ``std_dev`` within each of them.

    ``likelihood_ratio`` is of all means being equal, None with one group.
    """

    method: str = "censored normal likelihood of log2 values, Wald intervals"
    subjects: int
    below: int
    above: int
    level: float
    groups: tuple[CensoredMean, ...]
    std_dev: float
    log_std_dev_std_err: float
    log_likelihood: float
    likelihood_ratio: ChiSquare | None


@dataclasses.dataclass(frozen=True, eq=False)
class _Sample:
    """``value`` is the logarithm of the value or limit; ``group`` its place among the groups."""

    value: Floats
    below: Booleans
    above: Booleans
    group: Integers


@dataclasses.dataclass(frozen=True, eq=False)
class _Maximum:
    """``means`` a group, one ``std_dev``; ``covariance`` of the means and of the logarithm of the latter."""

    means: Floats
    std_dev: float
    covariance: Floats
    log_likelihood: float


def censored_means(value: Column, limit: Column, group: Column | None = None, *, level: float = 0.95) -> CensoredMeans:
    """``value`` and ``limit`` as ``log2_values`` reads them; without ``group`` all are one.

    Refuses what ``log2_values`` refuses, a group all of whose values lie beyond limits on one side, and values that do
    not vary within the groups.
    """
    reach = normal_quantile(level)
    numbers, below, above = read_limits(value, limit)
    labels, codes = read_labels(["all"] * len(numbers) if group is None else group, "group")
    same_length(len(numbers), group=len(codes))
    sample = _Sample(np.log2(numbers), below, above, codes)
    _refuse(sample, labels)
    found = _maximum(sample, len(labels))
    test = None
    if len(labels) > 1:
        alone = _maximum(dataclasses.replace(sample, group=np.zeros_like(codes)), 1)
        test = chi_square(2 * (found.log_likelihood - alone.log_likelihood), len(labels) - 1)
    std_errs = np.sqrt(np.diag(found.covariance))
    return CensoredMeans(
        subjects=len(numbers),
        below=int(below.sum()),
        above=int(above.sum()),
        level=level,
        groups=tuple(
            CensoredMean(
                group=label,
                subjects=int((codes == code).sum()),
                below=int(below[codes == code].sum()),
                above=int(above[codes == code].sum()),
                mean=float(found.means[code]),
                std_err=float(std_errs[code]),
                lower=float(found.means[code] - reach * std_errs[code]),
                upper=float(found.means[code] + reach * std_errs[code]),
            )
            for code, label in enumerate(labels)
        ),
        std_dev=found.std_dev,
        log_std_dev_std_err=float(std_errs[-1]),
        log_likelihood=found.log_likelihood,
        likelihood_ratio=test,
    )


def _refuse(sample: _Sample, labels: tuple[Any, ...]) -> None:
    varies = False
    for code, label in enumerate(labels):
        own = sample.group == code
        if sample.below[own].all() or sample.above[own].all():
            side = "below" if sample.below[own].all() else "above"
            raise NoEstimate(
                Reason.ALL_BEYOND_LIMIT,
                f"All values of the group {label} lie {side} a limit: its mean has no likeliest value.",
            )
        measured = sample.value[own & ~sample.below & ~sample.above]
        # One value can be the mean of all that are known exactly or by a limit on its own side.
        low = np.concatenate((measured, sample.value[own & sample.above]))
        high = np.concatenate((measured, sample.value[own & sample.below]))
        varies = varies or bool(low.max(initial=-np.inf) > high.min(initial=np.inf))
    if not varies:
        raise NoEstimate(
            Reason.NO_VARIATION, "The values do not vary within the groups: there is no standard deviation to estimate."
        )


def _maximum(sample: _Sample, groups: int) -> _Maximum:
    """Newton's method in each mean over the standard deviation, and one over it; the likelihood is concave in these."""
    spread = float(sample.value.std()) or 1.0
    parameters = np.append(np.full(groups, sample.value.mean() / spread), 1 / spread)
    log_likelihood, score, information = _likelihood(sample, parameters)
    for _ in range(ITERATIONS_MAX):
        step = np.linalg.solve(information, score)
        decrement = float(score @ step)
        enough = log_likelihood - 1e-12 * abs(log_likelihood)
        there = _likelihood(sample, parameters + step)
        while not there[0] >= enough:
            step = step / 2
            there = _likelihood(sample, parameters + step)
        parameters, (log_likelihood, score, information) = parameters + step, there
        if decrement < CONVERGED**2:
            return _told(parameters, information, log_likelihood)
    raise NoEstimate(
        Reason.NO_VARIATION, "The censored likelihood is too flat to find its maximum: too few values are measured."
    )


def _likelihood(sample: _Sample, parameters: Floats) -> tuple[float, Floats, Floats]:
    """The log-likelihood, its slope and minus its curvature; minus infinity for a deviation that is not above 0."""
    means, precision = parameters[:-1], parameters[-1]
    if precision <= 0:
        return -np.inf, np.zeros(len(parameters)), np.eye(len(parameters))
    standard = precision * sample.value - means[sample.group]
    measured = ~(sample.below | sample.above)
    # Of the probability of all below, or of all above, by symmetry.
    turned = np.where(sample.above, -standard, standard)
    log_tail = log_ndtr(turned)
    ratio = np.exp(-(turned**2) / 2 - np.log(2 * np.pi) / 2 - log_tail)
    slope = np.where(measured, -standard, np.where(sample.above, -ratio, ratio))
    bend = np.where(measured, 1.0, ratio * (turned + ratio))
    exact = np.log(precision) - standard**2 / 2 - np.log(2 * np.pi) / 2
    along = np.column_stack((-np.eye(len(means))[sample.group], sample.value))
    score, information = along.T @ slope, (along * bend[:, None]).T @ along
    score[-1] += measured.sum() / precision
    information[-1, -1] += measured.sum() / precision**2
    return float(np.where(measured, exact, log_tail).sum()), score, information


def _told(parameters: Floats, information: Floats, log_likelihood: float) -> _Maximum:
    std_dev = 1 / parameters[-1]
    means = parameters[:-1] * std_dev
    # How the means and the logarithm of the deviation move with the parameters.
    back = np.zeros_like(information)
    back[:-1, :-1] = np.eye(len(means)) * std_dev
    back[:-1, -1] = -means * std_dev
    back[-1, -1] = -std_dev
    covariance = back @ np.linalg.inv(information) @ back.T
    return _Maximum(means, float(std_dev), covariance, log_likelihood)
