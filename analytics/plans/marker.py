"""The marker and regression methods of a plan, each from its selection to its answer. Raises Refused."""

from typing import Any

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
from analytics.plans.selection import Selection


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
    """The optimisms are None where no resample was asked for.

    ``cuts`` is None where ``cuts_missing`` says that none is better than none; the area stands without it.
    """

    curve: RocCurve
    auc: Auc
    cuts: BestCuts | None
    cuts_missing: str | None
    compared: AucDifference | None
    auc_optimism: Optimism | None
    cut_optimism: CutOptimism | None


class CutpointAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``optimism`` is None where no resample was asked for."""

    selected: MaximallySelected
    optimism: CutOptimism | None


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
    cuts = missing = of_area = of_cut = None
    try:
        cuts = best_cuts(curve)
    except NoEstimate as none_is_better:
        missing = str(none_is_better)
    if asked.bootstraps:
        drawn = resamples(chosen.rows, asked.bootstraps, seed=asked.seed)
        of_area = auc_optimism(outcome, {asked.marker: marker}, drawn)
        if cuts is not None:
            of_cut = cut_optimism(outcome, marker, drawn, direction=direction, rule=CutRule.YOUDEN, level=level)
    return RocAnswer(
        curve=curve,
        auc=auc(outcome, marker, direction=direction, level=level),
        cuts=cuts,
        cuts_missing=missing,
        compared=_compared(chosen, asked, outcome, marker),
        auc_optimism=of_area,
        cut_optimism=of_cut,
    )


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
            return CutpointAnswer(selected=selected, optimism=None)
        # The side of the cut that the data speak for is that on which the area is above one half.
        upward = auc(outcome, marker, direction=Direction.HIGHER).value >= 0.5
        direction = Direction.HIGHER if upward else Direction.LOWER
        optimism = cut_optimism(outcome, marker, drawn, direction=direction, level=level, **shares)
        return CutpointAnswer(selected=selected, optimism=optimism)
    if asked.time is None or asked.event is None or asked.outcome is not None:
        raise _one_of_two("cutpoint")
    time, event = numbers(chosen, asked.time), numbers(chosen, asked.event)
    selected = cut_for_survival(time, event, marker, **shares)
    found = None if drawn is None else survival_cut_optimism(time, event, marker, drawn, level=level, **shares)
    return CutpointAnswer(selected=selected, optimism=found)


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
