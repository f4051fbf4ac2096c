"""The test of proportional hazards, and the residuals that its plot shows.

Method: the score test of a coefficient that changes with g(t), given the fitted model, as R's ``cox.zph`` has it since
survival 3.0: T. M. Therneau, P. M. Grambsch, Biometrika 81 (1994) 515, without the approximation of that paper (a
variance of the residuals that is constant over time), which older R and lifelines use. Equal to R's ``cox.zph(fit,
transform=)``.
"""

import enum
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from scipy.stats import rankdata

from analytics.estimators.answers import ChiSquare, chi_square
from analytics.estimators.arrays import Floats, Times
from analytics.estimators.cox import CoxFit, standard_coefficients
from analytics.estimators.cox_design import CoxDesign, Steps, schoenfeld_residuals, steps
from analytics.estimators.errors import InputRefused, NoEstimate, Reason
from analytics.estimators.kaplan_meier import kaplan_meier


class TimeTransform(enum.StrEnum):
    """g(t): one less the pooled Kaplan-Meier curve just before t, the time, its logarithm, its rank among all times."""

    KM = "km"
    IDENTITY = "identity"
    LOG = "log"
    RANK = "rank"


class TermTest(msgspec.Struct, frozen=True, kw_only=True):
    """``name`` is the term's: a covariate, or several that are one category."""

    name: str
    test: ChiSquare


class ScaledResiduals(msgspec.Struct, frozen=True, kw_only=True):
    """Schoenfeld residuals scaled to the coefficient: each about what ``name``'s coefficient is at its time.

    One element per event, in the order of ``ProportionalHazards.time``; None in a stratum in which the covariate has
    one value.
    """

    name: str
    scaled: tuple[float | None, ...]


class ProportionalHazards(msgspec.Struct, frozen=True, kw_only=True):
    """A test a term and one of all, and the plot: ``scaled`` against ``transformed`` or ``time``.

    ``time`` and ``transformed`` have one element per event, by stratum and time.
    """

    transform: TimeTransform
    terms: tuple[TermTest, ...]
    overall: ChiSquare
    time: tuple[float, ...]
    transformed: tuple[float, ...]
    residuals: tuple[ScaledResiduals, ...]


def proportional_hazards(
    design: CoxDesign,
    fit: CoxFit,
    *,
    transform: TimeTransform = TimeTransform.KM,
    terms: Mapping[str, Sequence[str]] | None = None,
) -> ProportionalHazards:
    """Does a coefficient change with time? ``terms`` names covariates that are tested together; None is each alone.

    Refuses a logarithm of a time of zero, a term of an unknown covariate, and fewer distinct event times than the test
    needs to tell a change.
    """
    at = steps(design, standard_coefficients(design, fit))
    moments = design.moments
    transformed = _transformed(design.sample, transform)[moments.subjects]
    centred = transformed - transformed.mean()
    schoenfeld = schoenfeld_residuals(design, at)
    slope = centred @ schoenfeld
    information = _information(at, centred)
    asked = {name: (name,) for name in design.names} if terms is None else {k: tuple(v) for k, v in terms.items()}
    return ProportionalHazards(
        transform=transform,
        terms=tuple(
            TermTest(name=name, test=_score_test(information, slope, _places(design, covariates)))
            for name, covariates in asked.items()
        ),
        overall=_score_test(information, slope, list(range(len(design.names)))),
        time=tuple(moments.time[moments.moment].tolist()),
        transformed=tuple(transformed.tolist()),
        residuals=_scaled(design, fit, at, schoenfeld),
    )


def _transformed(sample: Times, transform: TimeTransform) -> Floats:
    if transform is TimeTransform.IDENTITY:
        return sample.time
    if transform is TimeTransform.RANK:
        return np.asarray(rankdata(sample.time))
    if transform is TimeTransform.LOG:
        if (sample.time == 0).any():
            raise InputRefused(Reason.TIME_ZERO, "A time of zero has no logarithm: choose another transform of time.")
        return np.log(sample.time)
    curve = kaplan_meier(sample.time, sample.event, entry=sample.entry)
    before = np.concatenate(([1.0], curve.survival))
    return np.asarray(1 - before[np.searchsorted(curve.time, sample.time, side="left")])


def _places(design: CoxDesign, covariates: Sequence[str]) -> list[int]:
    unknown = [name for name in covariates if name not in design.names]
    if unknown or not covariates:
        raise InputRefused(Reason.NAME_UNKNOWN, "A term of the test names one or more covariates of the model.")
    return [design.names.index(name) for name in covariates]


def _information(at: Steps, centred: Floats) -> Floats:
    """Of the coefficients and, behind them, of their changes with time."""
    level, mixed, change = (np.tensordot(centred**power, at.variance, axes=1) for power in (0, 1, 2))
    return np.block([[level, mixed], [mixed, change]])


def _score_test(information: Floats, slope: Floats, places: list[int]) -> ChiSquare:
    width = len(slope)
    rows = [*range(width), *(width + place for place in places)]
    score = np.concatenate((np.zeros(width), slope[places]))
    asked = information[np.ix_(rows, rows)]
    unit = np.sqrt(np.diag(asked))
    if not unit.all() or np.linalg.eigvalsh(asked / np.outer(unit, unit))[0] < 1e-10:
        raise NoEstimate(
            Reason.TOO_FEW_EVENT_TIMES, "There are too few distinct event times to tell whether a coefficient changes."
        )
    return chi_square(float(score @ np.linalg.solve(asked, score)), len(places))


def _scaled(design: CoxDesign, fit: CoxFit, at: Steps, schoenfeld: Floats) -> tuple[ScaledResiduals, ...]:
    """Each stratum's residuals by the mean variance of one event, over the covariates that vary in the stratum."""
    moments, width = design.moments, len(design.names)
    stratum = moments.stratum[moments.moment]
    varies = np.array(
        [np.ptp(design.standard[design.stratum == code], axis=0) > 0 for code in range(len(design.strata))]
    )
    used = varies[stratum].astype(np.float64)
    shared = used.T @ used
    mean_variance = np.divide(at.variance.sum(axis=0), shared, out=np.zeros((width, width)), where=shared > 0)
    scaled = np.full(schoenfeld.shape, np.nan)
    for code in range(len(design.strata)):
        rows, columns = np.flatnonzero(stratum == code), np.flatnonzero(varies[code])
        part = np.linalg.solve(mean_variance[np.ix_(columns, columns)], schoenfeld[np.ix_(rows, columns)].T).T
        scaled[np.ix_(rows, columns)] = part
    coefficients = np.array([each.coefficient for each in fit.coefficients])
    values = coefficients + scaled / design.scale
    return tuple(
        ScaledResiduals(name=name, scaled=tuple(None if np.isnan(each) else float(each) for each in column))
        for name, column in zip(design.names, values.T, strict=True)
    )
