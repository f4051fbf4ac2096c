"""Whether the covariates separate who has the response from who has not: no finite coefficient is then the likeliest.

Method: A. Albert, J. A. Anderson, Biometrika 71 (1984) 1, by linear programming after K. Konis, Linear programming
algorithms for detecting separated data in binary logistic regression models (thesis, Oxford 2007): is there a direction
of the coefficients along which nobody's probability of what was seen falls, and somebody's rises? Equal to Python's
``firthmodels.detect_separation``, which follows R's ``detectseparation``.
"""

import enum

import msgspec
import numpy as np
from scipy.optimize import linprog

from analytics.estimators.arrays import Floats
from analytics.estimators.logistic_design import LogisticDesign


class SeparationKind(enum.StrEnum):
    """Complete: a line of the covariates has all of one response on one side. Quasi: some lie on the line itself."""

    NONE = "none"
    QUASI = "quasi"
    COMPLETE = "complete"


class Separation(msgspec.Struct, frozen=True, kw_only=True):
    """``covariates`` are those whose coefficients would be infinite: all of them where separation is complete.

    ``enough`` are some of them that separate by themselves, none of which can be spared.
    """

    method: str = "linear programming, Konis"
    subjects: int
    kind: SeparationKind
    covariates: tuple[str, ...]
    enough: tuple[str, ...]


_TOLERANCE = 1e-6
"""Ten times what the linear program takes for zero, of standard covariates and coefficients from -1 to 1."""


def separation(design: LogisticDesign) -> Separation:
    """Of the model with an intercept and all covariates of the design."""
    towards = np.where(design.response, 1.0, -1.0)[:, None] * design.matrix
    if not _separated(towards):
        return Separation(subjects=design.subjects, kind=SeparationKind.NONE, covariates=(), enough=())
    width = len(design.names) + 1
    moved = [
        place
        for place in range(1, width)
        if max(_greatest(towards, sign * np.eye(width)[place]) for sign in (1, -1)) > _TOLERANCE
    ]
    return Separation(
        subjects=design.subjects,
        kind=SeparationKind.COMPLETE if _margin(towards) > _TOLERANCE else SeparationKind.QUASI,
        covariates=tuple(design.names[place - 1] for place in moved),
        enough=tuple(design.names[place - 1] for place in _enough(towards, moved)),
    )


def _separated(towards: Floats) -> bool:
    return _greatest(towards, towards.sum(axis=0)) > _TOLERANCE


def _enough(towards: Floats, moved: list[int]) -> list[int]:
    """Left out one after the other, from the last, wherever the rest still separates."""
    kept = list(moved)
    for place in reversed(moved):
        rest = [each for each in kept if each != place]
        if rest and _separated(towards[:, [0, *rest]]):
            kept = rest
    return kept


def _greatest(towards: Floats, wanted: Floats) -> float:
    """The most of ``wanted`` along a direction by which nobody loses."""
    found = linprog(-wanted, A_ub=-towards, b_ub=np.zeros(len(towards)), bounds=(-1, 1), method="highs")
    assert found.fun is not None, "no direction at all is a solution, and the box bounds every other"
    return float(-found.fun)


def _margin(towards: Floats) -> float:
    """The most by which everybody gains along one direction."""
    subjects, width = towards.shape
    found = linprog(
        np.append(np.zeros(width), -1.0),
        A_ub=np.column_stack((-towards, np.ones(subjects))),
        b_ub=np.zeros(subjects),
        bounds=[(-1, 1)] * width + [(0, None)],
        method="highs",
    )
    assert found.fun is not None, "no direction at all is a solution, and the box bounds every other"
    return float(-found.fun)
