"""Is the effect of a marker a straight line? Logistic and Cox regression on a restricted cubic spline of it.

Method: F. E. Harrell, Regression Modeling Strategies (2015), section 2.4: the curved columns are tested together, by
Wald and by the likelihood ratio. Equal to R's ``glm`` and ``coxph`` on ``Hmisc::rcspline.eval(inclx = TRUE)``, and to
``anova`` of ``rms::lrm`` and ``rms::cph`` on ``rcs``.
"""

import enum
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
import pandas as pd

from analytics.estimators.answers import ChiSquare, chi_square, normal_quantile
from analytics.estimators.arrays import Column, Floats, read_covariates, read_times, same_length
from analytics.estimators.cox import fit_cox
from analytics.estimators.cox_design import cox_design
from analytics.estimators.errors import NoEstimate, Reason
from analytics.estimators.logistic import CONDITION_MAX, log_likelihood_of_share, maximum_likelihood
from analytics.estimators.logistic_design import in_own_units, inverse, logistic_design
from analytics.estimators.spline_basis import spline_basis, spline_knots


class SplineModel(enum.StrEnum):
    LOGISTIC = "logistic"
    COX = "Cox"


class SplineFit(msgspec.Struct, frozen=True, kw_only=True):
    """``coefficients`` and their ``covariance`` are of the marker's columns, the straight one first.

    ``events`` are subjects with the response, or events. The tests are of the curved columns (``non_linear``) and of
    all of the marker's columns (``overall``).
    """

    method: str = "restricted cubic spline"
    model: SplineModel
    subjects: int
    events: int
    knots: tuple[float, ...]
    coefficients: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    log_likelihood: float
    non_linear_wald: ChiSquare
    non_linear_ratio: ChiSquare
    overall_wald: ChiSquare
    overall_ratio: ChiSquare


class SplineCurve(msgspec.Struct, frozen=True, kw_only=True):
    """One element per value asked: the logarithm of the odds or hazard ratio to the marker's ``reference``."""

    model: SplineModel
    level: float
    reference: float
    at: tuple[float, ...]
    value: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]


Knots = int | Sequence[float]
"""How many, or where they lie."""


def logistic_spline(
    response: Column, marker: Column, *, knots: Knots = 4, covariates: Mapping[str, Column] | None = None
) -> SplineFit:
    """Refuses what ``logistic_design`` and ``fit_logistic`` refuse, and too few values of the marker for the knots."""
    places, columns, others = _columns(marker, knots, covariates)
    design = logistic_design(response, _named(columns, others))
    found = maximum_likelihood(design)
    values, covariance = in_own_units(design, found.coefficients, inverse(found.at.information))
    line = maximum_likelihood(logistic_design(response, _named(columns[:, :1], others))).at.log_likelihood
    without = (
        log_likelihood_of_share(design.response)
        if others.empty
        else maximum_likelihood(logistic_design(response, others)).at.log_likelihood
    )
    likelihoods = (found.at.log_likelihood, line, without)
    counts, own = (design.subjects, design.responders), slice(1, columns.shape[1] + 1)
    return _told(SplineModel.LOGISTIC, counts, places, values[own], covariance[own, own], likelihoods)


def cox_spline(
    time: Column, event: Column, marker: Column, *, knots: Knots = 4, covariates: Mapping[str, Column] | None = None
) -> SplineFit:
    """Refuses what ``cox_design`` and ``fit_cox`` refuse, and too few values of the marker for the knots."""
    places, columns, others = _columns(marker, knots, covariates)
    sample = read_times(time, event)
    same_length(sample.subjects, marker=len(columns))
    straight, back = _uncorrelated(columns)
    fit = fit_cox(cox_design(sample.time, sample.event, _named(straight, others)))
    line = fit_cox(cox_design(sample.time, sample.event, _named(columns[:, :1], others))).log_likelihood
    without = (
        fit.log_likelihood_null
        if others.empty
        else fit_cox(cox_design(sample.time, sample.event, others)).log_likelihood
    )
    width = columns.shape[1]
    coefficients = back @ np.array([each.coefficient for each in fit.coefficients])[:width]
    covariance = back @ np.array(fit.covariance)[:width, :width] @ back.T
    likelihoods = (fit.log_likelihood, line, without)
    return _told(SplineModel.COX, (fit.subjects, fit.events), places, coefficients, covariance, likelihoods)


def spline_curve(fit: SplineFit, at: Sequence[float], *, reference: float, level: float = 0.95) -> SplineCurve:
    """The fitted curve against its value at ``reference``, where it is 0 and has no width."""
    apart = spline_basis(at, fit.knots) - spline_basis([reference], fit.knots)
    values = apart @ np.asarray(fit.coefficients)
    variance = np.einsum("ij,jk,ik->i", apart, np.asarray(fit.covariance), apart)
    reach = normal_quantile(level) * np.sqrt(np.maximum(variance, 0))
    return SplineCurve(
        model=fit.model,
        level=level,
        reference=reference,
        at=tuple(float(each) for each in at),
        value=tuple(values.tolist()),
        lower=tuple((values - reach).tolist()),
        upper=tuple((values + reach).tolist()),
    )


def _columns(
    marker: Column, knots: Knots, covariates: Mapping[str, Column] | None
) -> tuple[tuple[float, ...], Floats, pd.DataFrame]:
    """The knots, the marker's columns, and the other covariates."""
    values = list(marker)
    places = spline_knots(values, knots) if isinstance(knots, int) else tuple(float(each) for each in knots)
    columns = spline_basis(values, places)
    if not covariates:
        return places, columns, pd.DataFrame(index=range(len(columns)))
    names, others = read_covariates(covariates)
    same_length(len(columns), covariates=len(others))
    return places, columns, pd.DataFrame(others, columns=list(names))


def _named(columns: Floats, others: pd.DataFrame) -> pd.DataFrame:
    marker = pd.DataFrame(columns, columns=["marker" + "'" * place for place in range(columns.shape[1])])
    return pd.concat([marker, others], axis=1)


def _uncorrelated(columns: Floats) -> tuple[Floats, Floats]:
    """Columns of standard size that say the same, and what takes their coefficients back to those of the columns.

    The hazard ratio of a unit of a curved column by itself can be beyond all numbers where that of the curve is not.
    """
    columns = columns - columns.mean(axis=0)
    size = columns.std(axis=0)
    if size.min() == 0:
        raise NoEstimate(
            Reason.CONSTANT, "The marker's curve has one value for everybody: choose knots among its values."
        )
    straight, mixed = np.linalg.qr(columns / size)
    if np.linalg.cond(mixed) > CONDITION_MAX:
        raise _like_a_line()
    root = np.sqrt(len(columns))
    return straight * root, np.linalg.solve(mixed, np.eye(len(size))) * root / size[:, None]


def _like_a_line() -> NoEstimate:
    return NoEstimate(Reason.COLLINEAR, "The marker's curve cannot be told from a line: choose fewer knots.")


def _told(
    model: SplineModel,
    counts: tuple[int, int],
    knots: tuple[float, ...],
    values: Floats,
    covariance: Floats,
    likelihoods: tuple[float, float, float],
) -> SplineFit:
    """``counts`` are subjects and events; ``likelihoods`` are with the curve, with a line, and without the marker."""
    width = len(values)
    curve, line, without = likelihoods
    return SplineFit(
        model=model,
        subjects=counts[0],
        events=counts[1],
        knots=knots,
        coefficients=tuple(values.tolist()),
        covariance=tuple(tuple(row) for row in covariance.tolist()),
        log_likelihood=curve,
        non_linear_wald=_wald(values, covariance, slice(1, width)),
        non_linear_ratio=chi_square(2 * (curve - line), width - 1),
        overall_wald=_wald(values, covariance, slice(0, width)),
        overall_ratio=chi_square(2 * (curve - without), width),
    )


def _wald(values: Floats, covariance: Floats, which: slice) -> ChiSquare:
    own, spread = values[which], covariance[which, which]
    # The columns of a spline have very unequal sizes: only their correlation says whether they can be told apart.
    unit = np.sqrt(np.diag(spread))
    if np.linalg.cond(spread / np.outer(unit, unit)) > CONDITION_MAX:
        raise _like_a_line()
    standard = own / unit
    return chi_square(float(standard @ np.linalg.solve(spread / np.outer(unit, unit), standard)), len(own))
