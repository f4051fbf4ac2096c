"""Residuals of a Cox regression: who departs from it, and who moves it.

Reference: T. M. Therneau, P. M. Grambsch, T. R. Fleming, Biometrika 77 (1990) 147; Modeling Survival Data (2000),
chapters 4 and 7. Equal to R's ``residuals(fit, type=)`` with Efron's ties. All are in the order of the design's rows.
"""

import numpy as np

from analytics.estimators.arrays import Floats
from analytics.estimators.cox import CoxFit, standard_coefficients
from analytics.estimators.cox_design import CoxDesign, Steps, per_moment, schoenfeld_residuals, steps


def martingale_residuals(design: CoxDesign, fit: CoxFit) -> tuple[float, ...]:
    """Events seen less events expected, one a subject; their sum is 0. R's ``type="martingale"``."""
    return tuple(_martingale(design, steps(design, standard_coefficients(design, fit))).tolist())


def null_martingale_residuals(design: CoxDesign) -> tuple[float, ...]:
    """Of the model without covariates, each stratum with its own baseline. R's ``residuals(coxph(Surv() ~ 1))``.

    Their smooth against a covariate has the form that the covariate wants in the regression, up to a factor.
    """
    return tuple(_martingale(design, steps(design, np.zeros(len(design.names)))).tolist())


def deviance_residuals(design: CoxDesign, fit: CoxFit) -> tuple[float, ...]:
    """Martingale residuals brought nearer to a normal distribution. R's ``type="deviance"``."""
    residual = _martingale(design, steps(design, standard_coefficients(design, fit)))
    expected = np.where(design.sample.event, 1 - residual, 1.0)
    squared = np.maximum(-2 * (residual + np.log(expected)), 0.0)  # at 0, rounding may leave a little less
    return tuple((np.sign(residual) * np.sqrt(squared)).tolist())


def dfbeta_residuals(design: CoxDesign, fit: CoxFit) -> tuple[tuple[float, ...], ...]:
    """By how much each subject moves each coefficient, about: one row a subject. R's ``type="dfbeta"``."""
    at = steps(design, standard_coefficients(design, fit))
    covariance = np.array(fit.covariance) * np.outer(design.scale, design.scale)
    return tuple(tuple(row) for row in (_score_residuals(design, at) @ covariance / design.scale).tolist())


def dfbetas_residuals(design: CoxDesign, fit: CoxFit) -> tuple[tuple[float, ...], ...]:
    """The same in standard errors of each coefficient. R's ``type="dfbetas"``."""
    moved = in_standard_errors(np.array(dfbeta_residuals(design, fit)), fit)
    return tuple(tuple(row) for row in moved.tolist())


def in_standard_errors(dfbeta: Floats, fit: CoxFit) -> Floats:
    """One column a coefficient, each in its own standard error."""
    return np.asarray(dfbeta / np.array([each.std_err for each in fit.coefficients]))


def _martingale(design: CoxDesign, at: Steps) -> Floats:
    return np.asarray(design.sample.event - at.risk * _felt(design, at.hazard[:, None])[:, 0])


def _score_residuals(design: CoxDesign, at: Steps) -> Floats:
    """Of the standard covariates: the part of each subject in the score, less its part in the expectation."""
    moments, standard = design.moments, design.standard
    hazard = _felt(design, at.hazard[:, None])
    mean = _felt(design, at.hazard[:, None] * at.mean)
    residual = -at.risk[:, None] * (standard * hazard - mean)
    residual[moments.subjects] += schoenfeld_residuals(design, at)
    return residual


def _felt(design: CoxDesign, step_values: Floats) -> Floats:
    """For each subject the sum of the steps' values over the time that it was at risk.

    At the time of its own event among d a subject stands in the k-th step from 0 with the weight 1 - k/d only.
    """
    moments, sample = design.moments, design.sample
    by_moment = per_moment(moments, step_values)
    felt = np.zeros((sample.subjects, step_values.shape[1]))
    for code in range(len(design.strata)):
        own, here = design.stratum == code, moments.stratum == code
        so_far = np.concatenate((np.zeros((1, step_values.shape[1])), by_moment[here].cumsum(axis=0)))
        felt[own] = so_far[np.searchsorted(moments.time[here], sample.time[own], side="right")]
        if sample.entry is not None:
            felt[own] -= so_far[np.searchsorted(moments.time[here], sample.entry[own], side="right")]
    felt[moments.subjects] -= per_moment(moments, moments.fraction[:, None] * step_values)[moments.moment]
    return felt
