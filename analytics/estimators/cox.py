"""Cox's proportional hazards regression with Efron's ties.

Method: Newton's method on the partial likelihood. D. R. Cox, JRSS B 34 (1972) 187; ties after B. Efron, JASA 72 (1977)
557. Intervals are Wald's, on the log scale of the hazard ratio. Equal to R's ``coxph(Surv(time, event) ~ x +
strata(stratum))``, and with entries ``Surv(entry, time, event)``.

Fitted here and not by lifelines, because the score test, the proportional hazards test and the residuals need its sums
over risk sets, which lifelines does not give; the tests hold it equal to lifelines as well as to R.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from scipy.stats import chi2

from analytics.estimators.answers import ChiSquare, chi_square, normal_quantile
from analytics.estimators.arrays import Floats, same_length
from analytics.estimators.cox_design import CoxDesign, Steps, steps
from analytics.estimators.errors import InputRefused, NoEstimate, Reason

ITERATIONS_MAX = 30
CONVERGED = 1e-7
"""Newton's last step, in standard errors; what is left after it is of the order of its square."""
SINGULAR = 1e-10
"""Of the information per event at zero, what rounding may leave where there is none."""
INFORMATION_MIN = 1e-8
"""Of the information at zero, what must be left at the maximum: along an infinite coefficient it fades to nothing."""

ROUNDING = 1e-13
"""Of the greatest eigenvalue of the information; what is less than this of it is not told from 0."""
EXPONENT_MAX = 700.0


class Coefficient(msgspec.Struct, frozen=True, kw_only=True):
    """``z`` and ``p`` are Wald's. ``lower`` and ``upper`` are the limits of ``hazard_ratio``."""

    name: str
    coefficient: float
    std_err: float
    z: float
    p: float
    hazard_ratio: float
    lower: float
    upper: float


class CoxFit(msgspec.Struct, frozen=True, kw_only=True):
    """``covariance`` is that of the coefficients, in their order. The three tests are of all coefficients being 0."""

    subjects: int
    events: int
    strata: int
    level: float
    coefficients: tuple[Coefficient, ...]
    covariance: tuple[tuple[float, ...], ...]
    log_likelihood_null: float
    log_likelihood: float
    likelihood_ratio: ChiSquare
    wald: ChiSquare
    score: ChiSquare


def fit_cox(design: CoxDesign, *, level: float = 0.95) -> CoxFit:
    """The regression of the hazard on all covariates.

    Refuses covariates of which one follows from the others, and a likelihood without maximum (separation): where, say,
    nobody in one group has the event, R gives a huge coefficient and a warning.
    """
    reach = normal_quantile(level)
    null = steps(design, np.zeros(len(design.names)))
    information_null = null.variance.sum(axis=0)
    least = _refuse_singular(information_null, design.sample.events)
    standard, at = _maximum(design, null, least)
    covariance_standard = np.linalg.inv(at.variance.sum(axis=0))
    coefficients = standard / design.scale
    covariance = covariance_standard / np.outer(design.scale, design.scale)
    score_null, df = _score(design, null), len(design.names)
    return CoxFit(
        subjects=design.sample.subjects,
        events=design.sample.events,
        strata=len(design.strata),
        level=level,
        coefficients=tuple(
            _coefficient(name, float(each), float(np.sqrt(variance)), reach)
            for name, each, variance in zip(design.names, coefficients, np.diag(covariance), strict=True)
        ),
        covariance=tuple(tuple(row) for row in covariance.tolist()),
        log_likelihood_null=null.log_likelihood,
        log_likelihood=at.log_likelihood,
        likelihood_ratio=chi_square(2 * (at.log_likelihood - null.log_likelihood), df),
        wald=chi_square(float(standard @ at.variance.sum(axis=0) @ standard), df),
        score=chi_square(float(score_null @ np.linalg.solve(information_null, score_null)), df),
    )


def _coefficient(name: str, coefficient: float, std_err: float, reach: float) -> Coefficient:
    if abs(coefficient) + reach * std_err > EXPONENT_MAX:
        raise NoEstimate(
            Reason.UNIT_TOO_LARGE,
            f"The hazard ratio of one unit of {name} is beyond all numbers: give it a smaller unit, or leave out "
            "what it nearly follows from.",
        )
    return Coefficient(
        name=name,
        coefficient=coefficient,
        std_err=std_err,
        z=coefficient / std_err,
        p=float(chi2.sf((coefficient / std_err) ** 2, 1)),
        hazard_ratio=float(np.exp(coefficient)),
        lower=float(np.exp(coefficient - reach * std_err)),
        upper=float(np.exp(coefficient + reach * std_err)),
    )


def _score(design: CoxDesign, at: Steps) -> Floats:
    return np.asarray((design.standard[design.moments.subjects] - at.mean).sum(axis=0))


def _refuse_singular(information: Floats, events: int) -> float:
    """The least eigenvalue of the information at zero; an event adds about 1 along each standard covariate."""
    least = float(np.linalg.eigvalsh(information)[0])
    if least < SINGULAR * events:
        raise NoEstimate(
            Reason.COLLINEAR,
            "Among those at risk at the events, a covariate does not vary or follows from the others: leave it out.",
        )
    return least


def _maximum(design: CoxDesign, null: Steps, least: float) -> tuple[Floats, Steps]:
    """Newton's method with halved steps where the likelihood would fall, as R's ``coxph``."""
    coefficients, at = np.zeros(len(design.names)), null
    for _ in range(ITERATIONS_MAX):
        information = at.variance.sum(axis=0)
        spread = np.linalg.eigvalsh(information)
        if spread[0] < max(INFORMATION_MIN * least, ROUNDING * spread[-1]):
            break
        score = _score(design, at)
        step = np.linalg.solve(information, score)
        coefficients, at = _uphill(design, coefficients, step, at)
        if score @ step < CONVERGED**2:
            return coefficients, at
    largest = design.names[int(np.argmax(np.abs(coefficients)))]
    raise NoEstimate(
        Reason.SEPARATION,
        f"The likelihood has no maximum along {largest}: it separates who has the event from who has not, so its "
        "coefficient would be infinite. Leave it out, or use a penalised regression and say so.",
    )


def _uphill(design: CoxDesign, coefficients: Floats, step: Floats, at: Steps) -> tuple[Floats, Steps]:
    # Near the maximum the likelihood moves by less than its rounding, and the step is still right.
    enough = at.log_likelihood - 1e-10 * abs(at.log_likelihood)
    while True:
        there = steps(design, coefficients + step)
        # A step so far that hazards underflow gives no finite likelihood.
        if enough <= there.log_likelihood < np.inf:
            return coefficients + step, there
        step = step / 2


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """One stratum's cumulative hazard and survival, one element per time with an event, ascending."""

    stratum: Any
    time: tuple[float, ...]
    cumulative_hazard: tuple[float, ...]
    survival: tuple[float, ...]


def baseline(design: CoxDesign, fit: CoxFit, at: Mapping[str, float] | None = None) -> tuple[Baseline, ...]:
    """The hazard and survival of a subject with the covariates ``at``, in each stratum; None is every one at its mean.

    Method: Efron's form of Breslow's estimate; survival is the exponential of minus the hazard. Equal to R's
    ``survfit(fit, newdata=)``.
    """
    wanted = dict(zip(design.names, design.centre.tolist(), strict=True)) if at is None else dict(at)
    if set(wanted) != set(design.names):
        raise InputRefused(Reason.NAME_UNKNOWN, "A baseline is asked at one value of each covariate of the model.")
    place = (np.array([wanted[name] for name in design.names]) - design.centre) / design.scale
    standard = standard_coefficients(design, fit)
    fitted, moments = steps(design, standard), design.moments
    hazard = np.bincount(moments.moment, weights=fitted.hazard) * np.exp(place @ standard - fitted.shift)
    curves = []
    for code, label in enumerate(design.strata):
        here = moments.stratum == code
        cumulative = hazard[here].cumsum()
        curves.append(
            Baseline(
                stratum=label,
                time=tuple(moments.time[here].tolist()),
                cumulative_hazard=tuple(cumulative.tolist()),
                survival=tuple(np.exp(-cumulative).tolist()),
            )
        )
    return tuple(curves)


def standard_coefficients(design: CoxDesign, fit: CoxFit) -> Floats:
    """The coefficients of the standard covariates. The fit must be of this design."""
    assert tuple(each.name for each in fit.coefficients) == design.names, "a fit goes with its own design"
    same_length(fit.subjects, design=design.sample.subjects)
    return np.array([each.coefficient for each in fit.coefficients]) * design.scale
