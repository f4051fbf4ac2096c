"""Whether a Cox regression fits and whom it hangs on: residuals by subject, the form of each covariate, influence.

Reference: T. M. Therneau, P. M. Grambsch, T. R. Fleming, Biometrika 77 (1990) 147, for martingale residuals and the
smooth of those of the model without covariates against a covariate; D. A. Belsley, E. Kuh, R. E. Welsch, Regression
Diagnostics (1980), section 2.1, for influence in standard errors and its size cut 2 / sqrt(n). Where several rows of
the design are one subject (a covariate that changes, as who comes to respond), their residuals are added up, as R's
``residuals(fit, type=, collapse=id)`` does.

dfbeta is a first approximation, and it is at its worst where it matters most: a value far from all others keeps the fit
near to itself, and its dfbeta small. So whom a coefficient hangs on is told by fitting again without them.
"""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from analytics.estimators.arrays import Floats, Integers
from analytics.estimators.cox import CoxFit, fit_cox
from analytics.estimators.cox_design import CoxDesign, restricted
from analytics.estimators.cox_residuals import (
    dfbeta_residuals,
    in_standard_errors,
    martingale_residuals,
    null_martingale_residuals,
)
from analytics.estimators.errors import Reason, Refused
from analytics.estimators.lowess import Smooth, lowess

_VALUES_MIN = 3
"""A covariate of two values can have no other form than a straight one."""

_TIED = 1e-9
"""Numbers that differ by less than this share of the greatest are equal: of these the first subject is taken."""

_ENDS = 3
"""How many subjects at either end of a covariate's dfbetas, and of its values, are left out in turn."""


class WithoutOne(msgspec.Struct, frozen=True, kw_only=True):
    """One covariate's coefficient when the subject of ``row`` is left out, by fitting again.

    ``moved`` is by how many standard errors of the whole fit the subject moves the coefficient: above 0 where it raises
    it.
    """

    row: int
    moved: float
    coefficient: float
    std_err: float
    hazard_ratio: float
    p: float


class LeavingOneOut(msgspec.Struct, frozen=True, kw_only=True):
    """Of the coefficient of ``name``: without the subject that moves it ``most``, and without the one that moves it
    most the ``opposite`` way, None where nobody does.

    A subject without whom there is no estimate is passed over; where that is everybody, ``most_missing`` says why.
    """

    name: str
    most: WithoutOne | None
    opposite: WithoutOne | None
    most_missing: Reason | None = None


class Influence(msgspec.Struct, frozen=True, kw_only=True):
    """Of each subject on the coefficient of ``name``, about: ``dfbeta`` in its unit, ``dfbetas`` in standard errors.

    ``beyond`` counts those whose dfbetas is beyond the size cut.
    """

    name: str
    dfbeta: tuple[float, ...]
    dfbetas: tuple[float, ...]
    beyond: int


class CovariateForm(msgspec.Struct, frozen=True, kw_only=True):
    """The covariate of each subject, and the smooth of the null residuals over it: straight where the form is right."""

    name: str
    covariate: tuple[float, ...]
    smooth: Smooth


class CoxDiagnostics(msgspec.Struct, frozen=True, kw_only=True):
    """One element a subject, in the order of ``rows``, which are as they were given.

    ``martingale`` are events seen less events expected by the model, ``null_martingale`` the same by the model without
    covariates. ``cut`` is 2 / sqrt(subjects). ``forms`` has the covariates of three values or more that no subject
    changes.
    """

    rows: tuple[int, ...]
    martingale: tuple[float, ...]
    null_martingale: tuple[float, ...]
    cut: float
    forms: tuple[CovariateForm, ...]
    influences: tuple[Influence, ...]
    leaving_out: tuple[LeavingOneOut, ...]


def cox_diagnostics(design: CoxDesign, fit: CoxFit, rows: Sequence[int] | None = None) -> CoxDiagnostics:
    """``rows`` says of each row of the design which subject it is of; None is each its own, counted from 0."""
    whose = np.arange(design.sample.subjects) if rows is None else np.array(rows, dtype=np.int64)
    subjects, first, place = np.unique(whose, return_index=True, return_inverse=True)
    null = _added_up(null_martingale_residuals(design), place)
    dfbeta = _added_up(dfbeta_residuals(design, fit), place)
    scaled = in_standard_errors(dfbeta, fit)
    cut = 2 / float(np.sqrt(len(subjects)))
    # What could make a subject influential: a great dfbetas, or a value far out.
    candidates = sorted({*_ends(scaled), *_ends(design.covariates[first])})
    return CoxDiagnostics(
        rows=tuple(subjects.tolist()),
        martingale=tuple(_added_up(martingale_residuals(design, fit), place).tolist()),
        null_martingale=tuple(null.tolist()),
        cut=cut,
        forms=tuple(_forms(design, null, first, place)),
        influences=tuple(
            Influence(
                name=name,
                dfbeta=tuple(moved.tolist()),
                dfbetas=tuple(shares.tolist()),
                beyond=int((np.abs(shares) > cut).sum()),
            )
            for name, moved, shares in zip(design.names, dfbeta.T, scaled.T, strict=True)
        ),
        leaving_out=tuple(_leaving_out(design, fit, subjects[candidates], whose)),
    )


def _added_up(residuals: Sequence[float] | Sequence[Sequence[float]], place: Integers) -> Floats:
    values = np.array(residuals)
    sums = np.zeros((place.max() + 1, *values.shape[1:]))
    np.add.at(sums, place, values)
    return sums


def _forms(design: CoxDesign, null: Floats, first: Integers, place: Integers) -> Iterator[CovariateForm]:
    for name, column in zip(design.names, design.covariates.T, strict=True):
        values = column[first]
        if len(np.unique(values)) >= _VALUES_MIN and bool((values[place] == column).all()):
            yield CovariateForm(name=name, covariate=tuple(values.tolist()), smooth=lowess(values, null))


def _leaving_out(design: CoxDesign, fit: CoxFit, candidates: Integers, whose: Integers) -> Iterator[LeavingOneOut]:
    """``candidates`` are the subjects that are left out in turn."""
    fitted = {row: _fitted_without(design, whose, row, fit) for row in candidates.tolist()}
    there = {row: found for row, found in fitted.items() if isinstance(found, CoxFit)}
    why = next(iter(found for found in fitted.values() if isinstance(found, Reason)), None)
    for covariate, name in enumerate(design.names):
        if not there:
            yield LeavingOneOut(name=name, most=None, opposite=None, most_missing=why)
            continue
        found = [_without_one(row, rest, fit, covariate) for row, rest in there.items()]
        moved = np.array([each.moved for each in found])
        most = _first_greatest(np.abs(moved))
        other = _first_greatest(-np.sign(moved[most]) * moved)
        against = moved[most] * moved[other] < 0
        yield LeavingOneOut(name=name, most=found[most], opposite=found[other] if against else None)


def _ends(columns: Floats) -> set[int]:
    """The places of the least and the greatest of each column; of equal ones the first."""
    found = set[int]()
    for column in columns.T:
        for ordered in (np.argsort(column, kind="stable"), np.argsort(-column, kind="stable")):
            found.update(ordered[:_ENDS].tolist())
    return found


def _first_greatest(values: Floats) -> int:
    """The place of the greatest; of those that only rounding tells apart, the first."""
    greatest = values.max()
    return int(np.flatnonzero(values >= greatest - _TIED * abs(greatest))[0])


def _fitted_without(design: CoxDesign, whose: Integers, row: int, fit: CoxFit) -> CoxFit | Reason:
    try:
        return fit_cox(restricted(design, whose != row), level=fit.level)
    except Refused as refused:
        return refused.reason


def _without_one(row: int, found: CoxFit, fit: CoxFit, covariate: int) -> WithoutOne:
    whole, rest = fit.coefficients[covariate], found.coefficients[covariate]
    return WithoutOne(
        row=row,
        moved=(whole.coefficient - rest.coefficient) / whole.std_err,
        coefficient=rest.coefficient,
        std_err=rest.std_err,
        hazard_ratio=rest.hazard_ratio,
        p=rest.p,
    )
