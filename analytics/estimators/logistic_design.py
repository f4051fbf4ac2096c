"""What a logistic regression is fitted to, and its likelihood.

Covariates are centred and scaled while fitting, and told in the units that came in.
"""

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import expit

from analytics.estimators.arrays import Booleans, Column, Floats, read_covariates, read_response, same_length
from analytics.estimators.errors import NoEstimate, Reason

COLLINEAR = 1e-10
"""Of the greatest singular value of the standard covariates, what rounding may leave of the least."""


@dataclasses.dataclass(frozen=True, eq=False)
class LogisticDesign:
    """One row per subject and one column per covariate, in the order given.

    ``matrix`` has a first column of 1 for the intercept and behind it the covariates less ``centre``, divided by
    ``scale``.
    """

    response: Booleans
    names: tuple[str, ...]
    covariates: Floats
    centre: Floats
    scale: Floats
    matrix: Floats

    @property
    def subjects(self) -> int:
        return len(self.response)

    @property
    def responders(self) -> int:
        return int(self.response.sum())


def logistic_design(response: Column, covariates: Mapping[str, Column] | pd.DataFrame) -> LogisticDesign:
    """The checked arrays of a regression of a response of 1 or 0.

    Refuses nobody, missing values, one response only, no covariates, and a covariate that has one value or follows from
    the others.
    """
    has = read_response(response)
    names, columns = read_covariates(covariates)
    same_length(len(has), covariates=len(columns))
    constant = [name for name, low, high in zip(names, columns.min(0), columns.max(0), strict=True) if low == high]
    if constant:
        raise NoEstimate(
            Reason.CONSTANT, f"The covariate {constant[0]} has one value for everybody: leave it out of the model."
        )
    centre, scale = columns.mean(axis=0), columns.std(axis=0)
    matrix = np.column_stack((np.ones(len(has)), (columns - centre) / scale))
    singular = np.linalg.svd(matrix, compute_uv=False)
    if len(has) < matrix.shape[1] or singular[-1] < COLLINEAR * singular[0]:
        raise NoEstimate(
            Reason.COLLINEAR,
            "A covariate follows from the others, or there are more of them than subjects: leave one out.",
        )
    return LogisticDesign(response=has, names=names, covariates=columns, centre=centre, scale=scale, matrix=matrix)


@dataclasses.dataclass(frozen=True, eq=False)
class Likelihood:
    """The regression at one vector of coefficients of ``matrix``.

    ``score`` has one element a coefficient, ``information`` is their expected information.
    """

    log_likelihood: float
    probability: Floats
    score: Floats
    information: Floats


def likelihood(matrix: Floats, response: Booleans, coefficients: Floats, offset: Floats | float = 0.0) -> Likelihood:
    predictor = matrix @ coefficients + offset
    probability = expit(predictor)
    # Of the log-odds towards what was seen; this form loses nothing where they are large.
    log_likelihood = -float(np.logaddexp(0, np.where(response, -predictor, predictor)).sum())
    weight = probability * expit(-predictor)
    return Likelihood(
        log_likelihood=log_likelihood,
        probability=probability,
        score=matrix.T @ (response - probability),
        information=(matrix * weight[:, None]).T @ matrix,
    )


def uncentred(design: LogisticDesign) -> tuple[Floats, Floats]:
    """A column of 1 and the covariates, each divided by its scale but not centred, and the scales.

    In these a coefficient that is held at a value is one of the model that is told, and so is the intercept.
    """
    return np.column_stack((np.ones(design.subjects), design.covariates / design.scale)), np.append(1.0, design.scale)


def inverse(information: Floats) -> Floats:
    return np.asarray(np.linalg.inv(information), dtype=np.float64)


def in_own_units(design: LogisticDesign, coefficients: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Intercept and coefficients, and their covariance, of the covariates as they came in."""
    back = np.eye(len(coefficients))
    back[0, 1:] = -design.centre / design.scale
    back[1:, 1:] = np.diag(1 / design.scale)
    return back @ coefficients, back @ covariance @ back.T
