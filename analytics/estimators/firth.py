"""Logistic regression that stays finite where the covariates separate the responses.

Method: D. Firth, Biometrika 80 (1993) 27: the likelihood times the square root of the determinant of its expected
information. Equal to R's ``brglm2`` (``glm(method = "brglmFit", type = "AS_mean")``) in coefficients, standard errors
and Wald intervals. Where the data separate, Wald's are far too symmetric; the intervals and tests of the profile of the
penalised likelihood are those of G. Heinze, M. Schemper, Statistics in Medicine 21 (2002) 2409, as R's ``logistf`` and
Python's ``firthmodels`` have them: the penalty stays that of the whole model while one coefficient is held.
"""

import dataclasses
from collections.abc import Callable

import numpy as np

from analytics.estimators.answers import normal_quantile
from analytics.estimators.arrays import Booleans, Floats, Integers
from analytics.estimators.errors import NoEstimate, Reason
from analytics.estimators.logistic import CONDITION_MAX, CONVERGED, ITERATIONS_MAX, LogisticFit, fitted
from analytics.estimators.logistic_design import LogisticDesign, in_own_units, inverse, likelihood, uncentred

ON_A_SADDLE = 1e-6
"""So small a Newton's decrement where the penalised likelihood bends upward is a saddle, or soon leads onto one."""


@dataclasses.dataclass(frozen=True, eq=False)
class Penalised:
    """The penalised likelihood at one vector of coefficients.

    ``score`` is Firth's modified one, ``curvature`` minus its derivative, and ``information`` that of the likelihood
    alone, whose inverse the covariance is.
    """

    log_likelihood: float
    score: Floats
    information: Floats
    curvature: Floats


def fit_firth(design: LogisticDesign, *, level: float = 0.95) -> LogisticFit:
    """Every design has a fit: the penalised likelihood always has a maximum."""
    reach = normal_quantile(level)
    columns, scale = uncentred(design)
    everything = np.arange(columns.shape[1])
    standard, at = _climb(design.matrix, design.response, everything, np.zeros(len(everything)))
    values, covariance = in_own_units(design, standard, inverse(at.information))
    # Centring moves no determinant: what was highest among the standard columns is so among these.
    highest, scaled = at.log_likelihood, values * scale
    null = _climb(columns, design.response, everything[:1], np.zeros(len(everything)))[1].log_likelihood
    return fitted(
        design,
        method="Firth's penalised likelihood",
        level=level,
        reach=reach,
        scaled=scaled,
        covariance=covariance,
        profile=lambda place: _profile(columns, design.response, place, scaled, covariance[:, place] * scale),
        highest=highest,
        null=null,
        units=float(np.log(design.scale).sum()),  # what the units of the covariates add to the penalty
    )


def _penalised(columns: Floats, response: Booleans, coefficients: Floats) -> Penalised:
    at = likelihood(columns, response, coefficients)
    sign, log_determinant = np.linalg.slogdet(at.information)
    # So far out that every probability is 0 or 1 the penalty is endless; such a step is not taken.
    if sign <= 0 or np.linalg.cond(at.information) > CONDITION_MAX:
        return Penalised(-np.inf, np.zeros(len(coefficients)), at.information, at.information)
    weight = at.probability * (1 - at.probability)
    # Standard in the information: the squares of a row add up to its leverage per weight.
    standard = np.linalg.solve(np.linalg.cholesky(at.information), columns.T).T
    leverage = weight * (standard**2).sum(axis=1)
    lean = 0.5 - at.probability
    pairs = (standard[:, :, None] * standard[:, None, :]).reshape(len(columns), -1)
    # How the leverages move with the coefficients: by the own weight, less by the information that all have.
    tilt = 2 * weight * lean
    moved = (2 * lean * leverage)[:, None] * columns - weight[:, None] * (pairs @ (pairs.T @ (tilt[:, None] * columns)))
    return Penalised(
        log_likelihood=at.log_likelihood + float(log_determinant) / 2,
        score=columns.T @ (response - at.probability + leverage * lean),
        information=at.information,
        curvature=(columns * (weight * (1 + leverage))[:, None]).T @ columns - (columns * lean[:, None]).T @ moved,
    )


def _climb(columns: Floats, response: Booleans, free: Integers, start: Floats) -> tuple[Floats, Penalised]:
    """The greatest penalised likelihood over the coefficients at the places ``free``; the others stay as they start."""
    coefficients, at = start.copy(), _penalised(columns, response, start)
    for _ in range(ITERATIONS_MAX):
        if not len(free):
            return coefficients, at
        if not np.isfinite(at.log_likelihood):
            break
        score, curvature = at.score[free], at.curvature[np.ix_(free, free)]
        bends, ways = np.linalg.eigh(curvature)
        # Far from the maximum the penalised likelihood can curve the other way; the information never does.
        curved = curvature if bends[0] > 0 else at.information[np.ix_(free, free)]
        step = np.asarray(np.linalg.solve(curved, score), dtype=np.float64)
        decrement = float(score @ step)
        if bends[0] <= 0 and decrement < ON_A_SADDLE:
            coefficients, at = _off_the_saddle(columns, response, coefficients, free, ways[:, 0], at)
            continue
        coefficients, at = _uphill(columns, response, coefficients, free, step, at)
        if decrement < CONVERGED**2:
            return coefficients, at
    raise NoEstimate(
        Reason.SEPARATION,
        "Firth's regression did not settle: the covariates are too many, or in too unequal units, for these subjects.",
    )


def _off_the_saddle(
    columns: Floats, response: Booleans, coefficients: Floats, free: Integers, way: Floats, at: Penalised
) -> tuple[Floats, Penalised]:
    """Where symmetric data let a climb stand level between two summits, to the better side: Newton would stay there.

    ``way`` has the length of 1, and the likelihood bends upward along it, so that both sides are higher.
    """
    aside = way / np.sqrt(way @ at.information[np.ix_(free, free)] @ way)
    sides = [_uphill(columns, response, coefficients, free, sign * aside, at) for sign in (1.0, -1.0)]
    return max(sides, key=lambda side: side[1].log_likelihood)


def _uphill(
    columns: Floats, response: Booleans, coefficients: Floats, free: Integers, step: Floats, at: Penalised
) -> tuple[Floats, Penalised]:
    enough = at.log_likelihood - 1e-12 * abs(at.log_likelihood)
    while True:
        moved = coefficients.copy()
        moved[free] += step
        there = _penalised(columns, response, moved)
        if there.log_likelihood >= enough:
            return moved, there
        step = step / 2


def _profile(
    columns: Floats, response: Booleans, place: int, values: Floats, covariance: Floats
) -> Callable[[float], float]:
    """The greatest penalised likelihood with the coefficient of this place at a value.

    ``covariance`` is that of this coefficient with all: the others start from where they would go with it, seen from
    the nearest value that was asked before. Where that is too far off to climb from, the way there is gone by halves.
    """
    others = np.delete(np.arange(len(values)), place)
    along, least = covariance / covariance[place], float(np.sqrt(covariance[place])) / 1000
    solved = {float(values[place]): values}

    def highest(value: float) -> float:
        near = min(solved, key=lambda each: abs(each - value))
        start = solved[near] + (value - near) * along
        start[place] = value
        try:
            solved[value], at = _climb(columns, response, others, start)
        except NoEstimate:
            if abs(value - near) < least:
                raise
            highest((value + near) / 2)
            return highest(value)
        return at.log_likelihood

    return highest
