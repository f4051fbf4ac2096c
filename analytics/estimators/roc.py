"""How well a marker tells who has the response: the ROC curve, its area, two areas compared, and the best cut.

Methods: the area is the share of pairs that the marker orders rightly, ties half. Its variance: E. R. DeLong, D. M.
DeLong, D. L. Clarke-Pearson, Biometrics 44 (1988) 837, by the ranks of X. Sun, W. Xu, IEEE Signal Processing Letters 21
(2014) 1389; the interval is normal and ends at 0 and 1. Equal to R's ``pROC::roc(direction=)``, ``ci.auc``,
``roc.test(method = "delong", paired = TRUE)`` and ``coords("best")`` by W. J. Youden, Cancer 3 (1950) 32.

Which way the marker points is said beforehand and not read from the data, as pROC does where it is not told: a
direction that the data chose makes an area above one half of chance alone.
"""

import dataclasses
import enum

import msgspec
import numpy as np
from scipy.stats import norm, rankdata

from analytics.estimators.answers import normal_quantile
from analytics.estimators.arrays import Booleans, Column, Floats, read_numbers, read_response, same_length
from analytics.estimators.errors import NoEstimate, Reason


class Direction(enum.StrEnum):
    """Which values of the marker speak for the response."""

    HIGHER = "higher"
    LOWER = "lower"


class RocCurve(msgspec.Struct, frozen=True, kw_only=True):
    """One element per cut, ascending. Who lies beyond the cut, in the direction, is called positive.

    A cut lies midway between two neighbouring values of the marker. The first is below and the last above all of them,
    and has no number: None.
    """

    direction: Direction
    cases: int
    controls: int
    cut: tuple[float | None, ...]
    sensitivity: tuple[float, ...]
    specificity: tuple[float, ...]


class Auc(msgspec.Struct, frozen=True, kw_only=True):
    """The area under the curve. ``interval_missing`` says why its standard error and limits are None."""

    method: str = "DeLong"
    direction: Direction
    cases: int
    controls: int
    level: float
    value: float
    std_err: float | None = None
    lower: float | None = None
    upper: float | None = None
    interval_missing: Reason | None = None


class AucDifference(msgspec.Struct, frozen=True, kw_only=True):
    """The first area less the second, of two markers of the same subjects; ``p`` is two-sided, of no difference."""

    method: str = "DeLong, correlated curves"
    first: Auc
    second: Auc
    level: float
    value: float
    std_err: float
    lower: float
    upper: float
    z: float
    p: float


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    cut: float
    sensitivity: float
    specificity: float


class BestCuts(msgspec.Struct, frozen=True, kw_only=True):
    """All cuts whose sensitivity and specificity add up to the most, ascending: more than one are tied.

    ``youden`` is that sum less 1. A cut found in the data that it is judged by looks better than it is.
    """

    method: str = "Youden"
    direction: Direction
    cases: int
    controls: int
    youden: float
    cuts: tuple[Cut, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class _Placements:
    """For each case the share of controls that it exceeds, for each control the share of cases that exceed it."""

    area: float
    cases: Floats
    controls: Floats


def roc_curve(response: Column, marker: Column, *, direction: Direction) -> RocCurve:
    """One row per subject. Refuses nobody, missing values, one response only, and a marker with one value."""
    case, values = read_marked(response, marker)
    distinct = np.unique(values)
    below_cases = np.searchsorted(np.sort(values[case]), distinct, side="right")
    below_controls = np.searchsorted(np.sort(values[~case]), distinct, side="right")
    cases, controls = int(case.sum()), int((~case).sum())
    true_below = np.concatenate(([0], below_cases)) / cases
    false_below = np.concatenate(([0], below_controls)) / controls
    higher = direction is Direction.HIGHER
    return RocCurve(
        direction=direction,
        cases=cases,
        controls=controls,
        cut=(None, *((distinct[1:] + distinct[:-1]) / 2).tolist(), None),
        sensitivity=tuple((1 - true_below if higher else true_below).tolist()),
        specificity=tuple((false_below if higher else 1 - false_below).tolist()),
    )


def auc(response: Column, marker: Column, *, direction: Direction, level: float = 0.95) -> Auc:
    """The area and its DeLong interval. Refuses what ``roc_curve`` refuses.

    An area of 0 or 1 has not varied, and one case or one control cannot: neither gets an interval, where pROC says from
    1 to 1 or nothing.
    """
    case, values = read_marked(response, marker)
    return _auc(_placements(case, values, direction), direction, level)


def compare_auc(
    response: Column,
    first: Column,
    second: Column,
    *,
    first_direction: Direction,
    second_direction: Direction,
    level: float = 0.95,
) -> AucDifference:
    """Two markers of the same subjects.

    Refuses what ``roc_curve`` refuses, one case or one control, and markers whose areas cannot differ because they
    order the pairs of case and control alike.
    """
    case, values = read_marked(response, first, "first")
    _, other = read_marked(response, second, "second")
    one, two = _placements(case, values, first_direction), _placements(case, other, second_direction)
    if min(case.sum(), (~case).sum()) < 2:
        raise NoEstimate(
            Reason.ONE_IN_A_GROUP, "A comparison of two areas needs at least two subjects with each response."
        )
    variance = _variance(one.cases - two.cases, one.controls - two.controls)
    if variance < _ROUNDING:
        raise NoEstimate(
            Reason.NOTHING_COMPARED, "The two markers differ equally for everybody: their areas have no test."
        )
    value, std_err, reach = one.area - two.area, float(np.sqrt(variance)), normal_quantile(level)
    return AucDifference(
        first=_auc(one, first_direction, level),
        second=_auc(two, second_direction, level),
        level=level,
        value=value,
        std_err=std_err,
        lower=value - reach * std_err,
        upper=value + reach * std_err,
        z=value / std_err,
        p=float(2 * norm.sf(abs(value / std_err))),
    )


def best_cuts(curve: RocCurve) -> BestCuts:
    """Compared as whole numbers of subjects, so that rounding parts no tie.

    Refuses a curve on which no cut is better than none.
    """
    hits = np.rint(np.asarray(curve.sensitivity) * curve.cases).astype(np.int64)
    spared = np.rint(np.asarray(curve.specificity) * curve.controls).astype(np.int64)
    pairs = hits * curve.controls + spared * curve.cases
    most = int(pairs.max())
    if most == curve.cases * curve.controls:
        raise NoEstimate(
            Reason.NOTHING_COMPARED, "No cut of the marker tells the responses apart, in this direction, at all."
        )
    found = zip(curve.cut, curve.sensitivity, curve.specificity, pairs, strict=True)
    return BestCuts(
        direction=curve.direction,
        cases=curve.cases,
        controls=curve.controls,
        youden=most / (curve.cases * curve.controls) - 1,
        cuts=tuple(
            Cut(cut=cut, sensitivity=sensitivity, specificity=specificity)
            for cut, sensitivity, specificity, sum_ in found
            if cut is not None and sum_ == most
        ),
    )


_ROUNDING = 1e-20
"""A variance below this is one of rounding: shares of a thousand subjects differ by a millionth at least."""


def read_marked(response: Column, marker: Column, name: str = "marker") -> tuple[Booleans, Floats]:
    """Who has the response, and the marker of each."""
    case, values = read_response(response), read_numbers(marker, name)
    same_length(len(case), **{name: len(values)})
    if values.min() == values.max():
        raise NoEstimate(Reason.CONSTANT, f"The {name} has one value for everybody: it cannot tell them apart.")
    return case, values


def area_under(case: Booleans, values: Floats) -> float:
    """The share of pairs of case and control in which the case has the greater value, ties half."""
    cases = int(case.sum())
    ranks = rankdata(values)
    return float((ranks[case].sum() - cases * (cases + 1) / 2) / (cases * (len(case) - cases)))


def _placements(case: Booleans, values: Floats, direction: Direction) -> _Placements:
    pointed = values if direction is Direction.HIGHER else -values
    cases, controls = pointed[case], pointed[~case]
    ranks = rankdata(pointed)
    return _Placements(
        area=area_under(case, pointed),
        cases=(ranks[case] - rankdata(cases)) / len(controls),
        controls=1 - (ranks[~case] - rankdata(controls)) / len(cases),
    )


def _variance(cases: Floats, controls: Floats) -> float:
    return float(cases.var(ddof=1) / len(cases) + controls.var(ddof=1) / len(controls))


def _auc(placed: _Placements, direction: Direction, level: float) -> Auc:
    reach = normal_quantile(level)
    cases, controls = len(placed.cases), len(placed.controls)
    why_none = Reason.ONE_IN_A_GROUP if min(cases, controls) < 2 else None
    variance = 0.0 if why_none else _variance(placed.cases, placed.controls)
    if not why_none and variance < _ROUNDING:
        why_none = Reason.NO_VARIATION
    std_err = None if why_none else float(np.sqrt(variance))
    return Auc(
        direction=direction,
        cases=cases,
        controls=controls,
        level=level,
        value=placed.area,
        std_err=std_err,
        lower=None if std_err is None else max(placed.area - reach * std_err, 0.0),
        upper=None if std_err is None else min(placed.area + reach * std_err, 1.0),
        interval_missing=why_none,
    )
