"""Logistic regression of a response of yes or no.

Method: Newton's method on the likelihood; P. McCullagh, J. A. Nelder, Generalized Linear Models (1989), chapter 4.
Intervals of two kinds, each named: Wald's, and those of the profile likelihood, which hold better where subjects are
few (D. J. Venzon, S. H. Moolgavkar, Applied Statistics 37 (1988) 87). Equal to R's ``glm(family = binomial)``,
``confint.default``, ``anova(test = "Chisq")``, and to the profile solved to the last digit, where R's ``confint`` reads
it off a spline.
"""

import dataclasses
import math
from collections.abc import Callable
from functools import partial

import msgspec
import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from analytics.estimators.answers import ChiSquare, chi_square, normal_quantile
from analytics.estimators.arrays import Booleans, Floats
from analytics.estimators.errors import NoEstimate, Reason
from analytics.estimators.logistic_design import (
    Likelihood,
    LogisticDesign,
    in_own_units,
    inverse,
    likelihood,
    uncentred,
)
from analytics.estimators.separation import SeparationKind, separation

ITERATIONS_MAX = 50
CONVERGED = 1e-8
"""Newton's last step, in standard errors; what is left after it is of the order of its square."""
CONDITION_MAX = 1e14
EXPONENT_MAX = 700.0


class LogisticCoefficient(msgspec.Struct, frozen=True, kw_only=True):
    """On the scale of the logarithm of odds, for one unit of the covariate.

    ``z`` and ``p`` are Wald's. ``likelihood_ratio`` tests this coefficient alone, the others fitted again. What is None
    of the profile is so for ``profile_missing``: the likelihood was too flat to follow so far; Wald's stand without it.
    """

    name: str
    coefficient: float
    std_err: float
    z: float
    p: float
    wald_lower: float
    wald_upper: float
    profile_lower: float | None
    profile_upper: float | None
    likelihood_ratio: ChiSquare | None
    profile_missing: Reason | None = None


class LogisticFit(msgspec.Struct, frozen=True, kw_only=True):
    """``covariance`` is that of the intercept and the coefficients, in their order.

    ``method`` names the likelihood whose maximum it is, whose profile gives the intervals and tests of that name.
    ``likelihood_ratio`` is of all coefficients but the intercept being 0.
    """

    method: str
    subjects: int
    responders: int
    level: float
    intercept: LogisticCoefficient
    coefficients: tuple[LogisticCoefficient, ...]
    covariance: tuple[tuple[float, ...], ...]
    log_likelihood_null: float
    log_likelihood: float
    likelihood_ratio: ChiSquare


class OddsRatio(msgspec.Struct, frozen=True, kw_only=True):
    """``profile_lower`` and ``profile_upper`` are None where the coefficient's are."""

    value: float
    wald_lower: float
    wald_upper: float
    profile_lower: float | None
    profile_upper: float | None


@dataclasses.dataclass(frozen=True, eq=False)
class Maximum:
    """The coefficients of some columns, and the likelihood there."""

    coefficients: Floats
    at: Likelihood


def fit_logistic(design: LogisticDesign, *, level: float = 0.95) -> LogisticFit:
    """Refuses covariates that separate the responses: R gives huge coefficients and a warning. Firth's fit has them."""
    reach = normal_quantile(level)
    found = maximum_likelihood(design)
    values, covariance = in_own_units(design, found.coefficients, inverse(found.at.information))
    columns, scale = uncentred(design)
    scaled = values * scale
    return fitted(
        design,
        method="maximum likelihood",
        level=level,
        reach=reach,
        scaled=scaled,
        covariance=covariance,
        profile=lambda place: _profile(columns, design.response, place, scaled, covariance[:, place] * scale),
        highest=found.at.log_likelihood,
        null=log_likelihood_of_share(design.response),
    )


def fitted(
    design: LogisticDesign,
    *,
    method: str,
    level: float,
    reach: float,
    scaled: Floats,
    covariance: Floats,
    profile: Callable[[int], Callable[[float], float]],
    highest: float,
    null: float,
    units: float = 0.0,
) -> LogisticFit:
    """A fit told in the covariates' own units, each coefficient tested.

    ``scaled`` are the intercept and the coefficients of the covariates divided by their scales; ``covariance`` is that
    of the covariates as they came in. ``profile`` gives, of the coefficient at a place, what `tested` takes.
    ``highest`` and ``null`` are log-likelihoods, to which the covariates' ``units`` add.
    """
    _, scale = uncentred(design)
    intercept, *coefficients = [
        tested(
            name,
            value=float(scaled[place]),
            std_err=float(np.sqrt(covariance[place, place]) * scale[place]),
            profile=profile(place),
            highest=highest,
            reach=reach,
            scale=float(scale[place]),
        )
        for place, name in enumerate(("intercept", *design.names))
    ]
    return LogisticFit(
        method=method,
        subjects=design.subjects,
        responders=design.responders,
        level=level,
        intercept=intercept,
        coefficients=tuple(coefficients),
        covariance=tuple(tuple(row) for row in covariance.tolist()),
        log_likelihood_null=null + units,
        log_likelihood=highest + units,
        likelihood_ratio=chi_square(2 * (highest - null), len(design.names)),
    )


def odds_ratio(coefficient: LogisticCoefficient) -> OddsRatio:
    """The odds of one unit more of the covariate to those without it. Refuses one beyond all numbers."""
    told = (
        coefficient.coefficient,
        coefficient.wald_lower,
        coefficient.wald_upper,
        coefficient.profile_lower,
        coefficient.profile_upper,
    )
    if max(abs(each) for each in told if each is not None) > EXPONENT_MAX:
        raise NoEstimate(
            Reason.UNIT_TOO_LARGE,
            f"The odds ratio of one unit of {coefficient.name} is beyond all numbers: give it a smaller unit.",
        )
    return OddsRatio(
        value=math.exp(coefficient.coefficient),
        wald_lower=math.exp(coefficient.wald_lower),
        wald_upper=math.exp(coefficient.wald_upper),
        profile_lower=None if coefficient.profile_lower is None else math.exp(coefficient.profile_lower),
        profile_upper=None if coefficient.profile_upper is None else math.exp(coefficient.profile_upper),
    )


def maximum_likelihood(design: LogisticDesign) -> Maximum:
    """The likeliest coefficients of ``design.matrix``. Refuses separation, and says its kind and its covariates."""
    found = separation(design)
    if found.kind is not SeparationKind.NONE:
        alone, how = (
            " and ".join(found.enough),
            "completely" if found.kind is SeparationKind.COMPLETE else "but for ties",
        )
        raise NoEstimate(
            Reason.SEPARATION,
            f"By {alone}, who has the response is told {how} from who has not: a coefficient would be infinite. Use "
            "Firth's regression and say so, or leave the covariate out.",
        )
    return climb(design.matrix, design.response)


def log_likelihood_of_share(response: Booleans) -> float:
    """That of an intercept alone."""
    share = response.mean()
    return float(response.sum() * np.log(share) + (~response).sum() * np.log1p(-share))


def climb(matrix: Floats, response: Booleans, start: Floats | None = None, offset: Floats | float = 0.0) -> Maximum:
    """Newton's method with halved steps where the likelihood would fall. The maximum exists: nothing is separated."""
    coefficients = np.zeros(matrix.shape[1]) if start is None else start
    at = likelihood(matrix, response, coefficients, offset)
    for _ in range(ITERATIONS_MAX):
        if np.linalg.cond(at.information) > CONDITION_MAX:
            break
        step = np.linalg.solve(at.information, at.score)
        decrement = float(at.score @ step)
        enough = at.log_likelihood - 1e-12 * abs(at.log_likelihood)
        there = likelihood(matrix, response, coefficients + step, offset)
        while there.log_likelihood < enough:
            step = step / 2
            there = likelihood(matrix, response, coefficients + step, offset)
        coefficients, at = coefficients + step, there
        if decrement < CONVERGED**2:
            return Maximum(coefficients, at)
    raise NoEstimate(
        Reason.SEPARATION,
        "The covariates all but separate who has the response from who has not: the likelihood is too flat to find its "
        "maximum. Use Firth's regression and say so.",
    )


def _profile(
    columns: Floats, response: Booleans, place: int, values: Floats, covariance: Floats
) -> Callable[[float], float]:
    """The greatest log-likelihood with the coefficient of this place at a value.

    ``covariance`` is that of this coefficient with all: the others start from where they would go with it.
    """
    others, own = np.delete(columns, place, axis=1), columns[:, place]
    along = np.delete(covariance, place) / covariance[place]

    def highest(value: float) -> float:
        start = np.delete(values, place) + (value - values[place]) * along
        return climb(others, response, start, own * value).at.log_likelihood

    return highest


def tested(
    name: str,
    value: float,
    std_err: float,
    profile: Callable[[float], float],
    highest: float,
    reach: float,
    scale: float,
) -> LogisticCoefficient:
    """A coefficient with its intervals and tests.

    ``value`` and ``std_err`` are of the covariate divided by ``scale``, as are the arguments of ``profile``, which
    gives the greatest log-likelihood with the coefficient held there; what is told is of the covariate's own unit.
    """
    lower, upper = (
        _followed(partial(profile_limit, profile, highest, value, sign * std_err, reach)) for sign in (-1, 1)
    )
    null = _followed(partial(profile, 0.0))
    return LogisticCoefficient(
        name=name,
        coefficient=value / scale,
        std_err=std_err / scale,
        z=value / std_err,
        p=float(2 * norm.sf(abs(value / std_err))),
        wald_lower=(value - reach * std_err) / scale,
        wald_upper=(value + reach * std_err) / scale,
        profile_lower=None if lower is None else lower / scale,
        profile_upper=None if upper is None else upper / scale,
        likelihood_ratio=None if null is None else chi_square(2 * (highest - null), 1),
        profile_missing=Reason.SEPARATION if None in (lower, upper, null) else None,
    )


def _followed(search: Callable[[], float]) -> float | None:
    """What a search along the profile finds; None where the likelihood is too flat to follow it so far.

    The estimate and Wald's interval do not need it, so it does not refuse them.
    """
    try:
        return search()
    except NoEstimate:
        return None


def profile_limit(profile: Callable[[float], float], highest: float, value: float, step: float, reach: float) -> float:
    """Where, going from ``value`` by steps of ``step``, the likelihood has fallen by half of ``reach`` squared."""

    def fallen(steps: float) -> float:
        # The square root is close to a straight line, which the search for its zero is quick on.
        return float(np.sqrt(max(2 * (highest - profile(value + steps * step)), 0.0))) - reach

    far = reach
    while fallen(far) < 0:
        far *= 1.5
    return value + float(brentq(fallen, 0.0, far, xtol=1e-12, rtol=1e-13)) * step
