"""The marker and regression methods of a plan, each from its selection to its answer. Raises Refused."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import numpy as np

from analytics.estimators.agreement import Kappa, Weights, cohen_kappa, disagreements
from analytics.estimators.censored_normal import CensoredMeans as CensoredMeansAnswer
from analytics.estimators.censored_normal import censored_means
from analytics.estimators.errors import InputRefused, NoEstimate, Reason
from analytics.estimators.firth import fit_firth
from analytics.estimators.logistic import LogisticFit, OddsRatio, fit_logistic, odds_ratio
from analytics.estimators.logistic_design import logistic_design
from analytics.estimators.maximally_selected import MaximallySelected, cut_for_response, cut_for_survival
from analytics.estimators.optimism import (
    CutOptimism,
    CutRule,
    Optimism,
    auc_optimism,
    cut_optimism,
    resamples,
    survival_cut_optimism,
)
from analytics.estimators.prespecified_cut import CutAccuracy, cut_accuracy
from analytics.estimators.roc import (
    Auc,
    AucDifference,
    BestCuts,
    Direction,
    RocCurve,
    auc,
    best_cuts,
    compare_auc,
    roc_curve,
)
from analytics.estimators.separation import Separation, separation
from analytics.estimators.splines import SplineCurve, SplineFit, cox_spline, logistic_spline, spline_curve
from analytics.plans import methods
from analytics.plans.groups import labels, numbers
from analytics.plans.results import Refusal
from analytics.plans.selection import Selection

Judged = TypeVar("Judged")


class AgreementAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``differing`` are the rows of the table, counted from 0, in which the two readings differ."""

    kappa: Kappa
    differing: tuple[int, ...]


class LogisticAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``odds_ratios`` go with the coefficients, by name. ``separation`` says whether the covariates separate."""

    fit: LogisticFit
    odds_ratios: dict[str, OddsRatio]
    separation: Separation


class RocAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The optimisms are None where no resample was asked for, or where what is missing beside them says why; that of a
    cut also where none was chosen.

    ``cuts`` is None where ``cuts_missing`` says that none is better than none, or that the plan names the cut; the area
    stands without it. ``at_cut`` is what the plan's own cut does; None without one, or ``at_cut_missing`` says why.
    """

    curve: RocCurve
    auc: Auc
    cuts: BestCuts | None
    cuts_missing: str | None
    at_cut: CutAccuracy | None
    at_cut_missing: Refusal | None
    compared: AucDifference | None
    auc_optimism: Optimism | None
    auc_optimism_missing: Refusal | None
    cut_optimism: CutOptimism | None
    cut_optimism_missing: Refusal | None


class CutpointAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``optimism`` is None where no resample was asked for, or where ``optimism_missing`` says why."""

    selected: MaximallySelected
    optimism: CutOptimism | None
    optimism_missing: Refusal | None


class SplineAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``curve`` is the effect against the middle of the marker: a log odds ratio, or a log hazard ratio."""

    fit: SplineFit
    curve: SplineCurve


def agreed(chosen: Selection, asked: methods.Agreement) -> AgreementAnswer:
    first, second = labels(chosen, asked.first), labels(chosen, asked.second)
    kappa = cohen_kappa(
        first,
        second,
        categories=asked.categories or None,
        weights=Weights(asked.weights),
        level=float(asked.level),
    )
    return AgreementAnswer(kappa=kappa, differing=tuple(chosen.kept[row] for row in disagreements(first, second)))


def logistic(chosen: Selection, asked: methods.Logistic) -> LogisticAnswer:
    covariates = {name: numbers(chosen, name) for name in asked.covariates}
    design, level = logistic_design(numbers(chosen, asked.outcome), covariates), float(asked.level)
    fit = fit_firth(design, level=level) if asked.penalty == "firth" else fit_logistic(design, level=level)
    ratios = {each.name: odds_ratio(each) for each in fit.coefficients}
    return LogisticAnswer(fit=fit, odds_ratios=ratios, separation=separation(design))


def discriminated(chosen: Selection, asked: methods.Roc) -> RocAnswer:
    outcome, marker = numbers(chosen, asked.outcome), numbers(chosen, asked.marker)
    direction, level = Direction(asked.cases), float(asked.level)
    curve = roc_curve(outcome, marker, direction=direction)
    of_area = of_cut = area_missing = cut_missing = None
    cuts, missing = _chosen_cuts(curve, asked)
    at_cut, at_cut_missing = _at_cut(chosen, asked, outcome)
    if asked.bootstraps:
        drawn = resamples(chosen.rows, asked.bootstraps, seed=asked.seed)
        of_area, area_missing = _given(lambda: auc_optimism(outcome, {asked.marker: marker}, drawn))
        if cuts is not None:
            of_cut, cut_missing = _given(
                lambda: cut_optimism(outcome, marker, drawn, direction=direction, rule=CutRule.YOUDEN, level=level)
            )
    return RocAnswer(
        curve=curve,
        auc=auc(outcome, marker, direction=direction, level=level),
        cuts=cuts,
        cuts_missing=missing,
        at_cut=at_cut,
        at_cut_missing=at_cut_missing,
        compared=_compared(chosen, asked, outcome, marker),
        auc_optimism=of_area,
        auc_optimism_missing=area_missing,
        cut_optimism=of_cut,
        cut_optimism_missing=cut_missing,
    )


def _given(judge: Callable[[], Judged]) -> tuple[Judged | None, Refusal | None]:
    """What is found, or why nothing is: the rest of the answer stands without it."""
    try:
        return judge(), None
    except NoEstimate as nothing:
        return None, Refusal(reason=nothing.reason.value, sentence=str(nothing))


def _chosen_cuts(curve: RocCurve, asked: methods.Roc) -> tuple[BestCuts | None, str | None]:
    """Youden's, or why there is none. Beside a cut of the plan none is chosen: nothing looks better than it is."""
    if asked.cut is not None:
        return None, "The plan names the cut, so none is chosen from the data."
    try:
        return best_cuts(curve), None
    except NoEstimate as none_is_better:
        return None, str(none_is_better)


def _at_cut(chosen: Selection, asked: methods.Roc, outcome: list[float]) -> tuple[CutAccuracy | None, Refusal | None]:
    if asked.cut is None:
        return None, None
    cut, direction, level = float(asked.cut), Direction(asked.cases), float(asked.level)
    upper = chosen.measured[asked.marker]
    return _given(lambda: cut_accuracy(outcome, upper.at_or_above(cut), cut=cut, direction=direction, level=level))


def _compared(chosen: Selection, asked: methods.Roc, outcome: list[float], marker: list[float]) -> AucDifference | None:
    if asked.second is None:
        return None
    return compare_auc(
        outcome,
        marker,
        numbers(chosen, asked.second),
        first_direction=Direction(asked.cases),
        second_direction=Direction(asked.second_cases or asked.cases),
        level=float(asked.level),
    )


def cut(chosen: Selection, asked: methods.Cutpoint) -> CutpointAnswer:
    shares: dict[str, Any] = {"minprop": float(asked.minprop), "maxprop": float(asked.maxprop)}
    marker, level = numbers(chosen, asked.marker), float(asked.level)
    drawn = resamples(chosen.rows, asked.bootstraps, seed=asked.seed) if asked.bootstraps else None
    if asked.outcome is not None and asked.time is None:
        outcome = numbers(chosen, asked.outcome)
        selected = cut_for_response(outcome, marker, **shares)
        if drawn is None:
            return CutpointAnswer(selected=selected, optimism=None, optimism_missing=None)
        # The side of the cut that the data speak for is that on which the area is above one half.
        upward = auc(outcome, marker, direction=Direction.HIGHER).value >= 0.5
        direction = Direction.HIGHER if upward else Direction.LOWER
        optimism, missing = _given(
            lambda: cut_optimism(outcome, marker, drawn, direction=direction, level=level, **shares)
        )
        return CutpointAnswer(selected=selected, optimism=optimism, optimism_missing=missing)
    if asked.time is None or asked.event is None or asked.outcome is not None:
        raise _one_of_two("cutpoint")
    time, event = numbers(chosen, asked.time), numbers(chosen, asked.event)
    selected = cut_for_survival(time, event, marker, **shares)
    if drawn is None:
        return CutpointAnswer(selected=selected, optimism=None, optimism_missing=None)
    optimism, missing = _given(lambda: survival_cut_optimism(time, event, marker, drawn, level=level, **shares))
    return CutpointAnswer(selected=selected, optimism=optimism, optimism_missing=missing)


def means(chosen: Selection, asked: methods.CensoredMeans) -> CensoredMeansAnswer:
    return censored_means(
        numbers(chosen, asked.value),
        labels(chosen, asked.limit),
        None if asked.by is None else labels(chosen, asked.by),
        level=float(asked.level),
    )


def bent(chosen: Selection, asked: methods.Spline) -> SplineAnswer:
    marker = numbers(chosen, asked.marker)
    covariates = {name: numbers(chosen, name) for name in asked.covariates} or None
    if asked.outcome is not None and asked.time is None:
        fit = logistic_spline(numbers(chosen, asked.outcome), marker, knots=asked.knots, covariates=covariates)
    elif asked.time is not None and asked.event is not None and asked.outcome is None:
        time, event = numbers(chosen, asked.time), numbers(chosen, asked.event)
        fit = cox_spline(time, event, marker, knots=asked.knots, covariates=covariates)
    else:
        raise _one_of_two("spline")
    points = np.linspace(min(marker), max(marker), asked.points).tolist()
    return SplineAnswer(
        fit=fit, curve=spline_curve(fit, points, reference=float(np.median(marker)), level=float(asked.level))
    )


def _one_of_two(method: str) -> InputRefused:
    return InputRefused(
        Reason.SETTING_OUT_OF_RANGE, f"A {method} is for an outcome, or for a time and an event: name one of the two."
    )
