"""The certified estimators of response and of markers, run as their certificates' arguments say."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from analytics.estimators.agreement import Weights, cohen_kappa
from analytics.estimators.censored_normal import censored_means
from analytics.estimators.firth import fit_firth
from analytics.estimators.logistic import LogisticFit, fit_logistic
from analytics.estimators.logistic_design import LogisticDesign, logistic_design
from analytics.estimators.lowess import lowess
from analytics.estimators.maximally_selected import MaximallySelected, cut_for_response, cut_for_survival
from analytics.estimators.optimism import (
    CutOptimism,
    CutRule,
    Optimism,
    auc_optimism,
    cut_optimism,
    survival_cut_optimism,
)
from analytics.estimators.prespecified_cut import at_or_above, cut_accuracy
from analytics.estimators.proportions import clopper_pearson, newcombe, wilson
from analytics.estimators.roc import Direction, RocCurve, auc, best_cuts, compare_auc, roc_curve
from analytics.estimators.separation import SeparationKind, separation
from analytics.estimators.spline_basis import spline_basis, spline_knots
from analytics.estimators.splines import SplineFit, cox_spline, logistic_spline, spline_curve
from tests.certificates.reading import Certificate
from tests.estimators.runners import Found

LIMITS = ("value", "lower", "upper")


def _each(found: Iterable[Any], *names: str) -> Found:
    """The fields of these names, of one struct after another."""
    structs = list(found)
    return {name: [getattr(each, name) for each in structs] for name in names}


def _counts(certificate: Certificate) -> list[tuple[int, int]]:
    columns = certificate.columns("count", "of")
    return list(zip(columns["count"].astype(int), columns["of"].astype(int), strict=True))


def _clopper_pearson(certificate: Certificate) -> Found:
    level = certificate.settings("level")
    return _each((clopper_pearson(count, of, **level) for count, of in _counts(certificate)), *LIMITS)


def _wilson(certificate: Certificate) -> Found:
    settings = certificate.settings("level", "continuity")
    return _each((wilson(count, of, **settings) for count, of in _counts(certificate)), *LIMITS)


def _newcombe(certificate: Certificate) -> Found:
    pairs = _counts(certificate)
    level = certificate.settings("level")
    found = (newcombe(*first, *second, **level) for first, second in zip(pairs, reversed(pairs), strict=True))
    return _each(found, *LIMITS)


def _cohen_kappa(certificate: Certificate) -> Found:
    found = cohen_kappa(
        **certificate.columns("first", "second"),
        **certificate.settings("categories", "level"),
        weights=Weights(certificate.arguments["weights"]),
    )
    return _each([found], "std_err", *LIMITS)


def _curve(certificate: Certificate) -> RocCurve:
    columns = certificate.columns("response", "marker")
    return roc_curve(**columns, direction=Direction(certificate.arguments["direction"]))


def _roc_curve(certificate: Certificate) -> Found:
    found = _curve(certificate)
    return {name: getattr(found, name) for name in ("cut", "sensitivity", "specificity")}


def _auc(certificate: Certificate) -> Found:
    direction = Direction(certificate.arguments["direction"])
    found = auc(**certificate.columns("response", "marker"), direction=direction, **certificate.settings("level"))
    return _each([found], *LIMITS)


def _best_cuts(certificate: Certificate) -> Found:
    return _each(best_cuts(_curve(certificate)).cuts, "cut", "sensitivity", "specificity")


def _compare_auc(certificate: Certificate) -> Found:
    found = compare_auc(
        **certificate.columns("response", "first", "second"),
        first_direction=Direction(certificate.arguments["first_direction"]),
        second_direction=Direction(certificate.arguments["second_direction"]),
    )
    return {**_each([found], "z", "p", *LIMITS), "areas": [found.first.value, found.second.value]}


def _cut_accuracy(certificate: Certificate) -> Found:
    columns, cut = certificate.columns("response", "marker"), certificate.arguments["cut"]
    upper = at_or_above(columns["marker"], ["exact"] * len(columns["marker"]), cut)
    direction = Direction(certificate.arguments["direction"])
    found = cut_accuracy(columns["response"], upper, cut=cut, direction=direction, **certificate.settings("level"))
    counts = (found.cases_positive, found.cases_negative, found.controls_positive, found.controls_negative)
    shares = ("sensitivity", "specificity", "positive_predictive", "negative_predictive")
    each = {name: getattr(found, name) for name in (*shares, "positive_likelihood", "negative_likelihood")}
    told = {name: [None if one is None else getattr(one, limit) for limit in LIMITS] for name, one in each.items()}
    return {"counts": counts, **told}


def _logistic_design(certificate: Certificate) -> LogisticDesign:
    covariates = certificate.frame()[certificate.arguments["covariates"]]
    return logistic_design(certificate.columns("response")["response"], covariates)


def _regression(fit: LogisticFit) -> Found:
    every = [fit.intercept, *fit.coefficients]
    ratios = [each.likelihood_ratio for each in every if each.likelihood_ratio is not None]
    return {
        **_each(every, "coefficient", "std_err", "z", "p", "wald_lower", "wald_upper"),
        "lower": [each.profile_lower for each in every],
        "upper": [each.profile_upper for each in every],
        "ratio": [each.statistic for each in ratios],
        "ratio_p": [each.p for each in ratios],
        "covariates_p": [each.p for each in ratios[1:]],
        "covariance": np.ravel(fit.covariance),
        "log_likelihood": [fit.log_likelihood],
        "likelihood_ratio": [fit.likelihood_ratio.statistic, fit.likelihood_ratio.df, fit.likelihood_ratio.p],
    }


def _logistic(certificate: Certificate) -> Found:
    return _regression(fit_logistic(_logistic_design(certificate), **certificate.settings("level")))


def _firth(certificate: Certificate) -> Found:
    return _regression(fit_firth(_logistic_design(certificate), **certificate.settings("level")))


def _separation(certificate: Certificate) -> Found:
    found = separation(_logistic_design(certificate))
    infinite = [name in found.covariates for name in certificate.arguments["covariates"]]
    return {"separated": [found.kind is not SeparationKind.NONE], "infinite": infinite}


def _selected(certificate: Certificate, found: MaximallySelected) -> Found:
    p = found.p_lau92 if certificate.arguments["pmethod"] == "Lau92" else found.p_lau94
    single = {"cut": [found.cut], "statistic": [found.statistic], "p": [p]}
    return {**single, "cuts": found.cuts, "statistics": found.statistics}


def _cut_for_response(certificate: Certificate) -> Found:
    columns, shares = certificate.columns("response", "marker"), certificate.settings("minprop", "maxprop")
    return _selected(certificate, cut_for_response(**columns, **shares))


def _cut_for_survival(certificate: Certificate) -> Found:
    columns, shares = certificate.columns("time", "event", "marker"), certificate.settings("minprop", "maxprop")
    return _selected(certificate, cut_for_survival(**columns, **shares))


def _censored_means(certificate: Certificate) -> Found:
    found = censored_means(**certificate.columns("value", "limit", "group"), **certificate.settings("level"))
    assert found.likelihood_ratio is not None
    return {
        **_each(found.groups, "mean", "std_err", "lower", "upper"),
        **_each([found], "std_dev", "log_std_dev_std_err", "log_likelihood"),
        "likelihood_ratio": [found.likelihood_ratio.statistic, found.likelihood_ratio.df, found.likelihood_ratio.p],
    }


def _spline_knots(certificate: Certificate) -> Found:
    return {"knots": spline_knots(certificate.columns("marker")["marker"], certificate.arguments["knots"])}


def _spline_basis(certificate: Certificate) -> Found:
    marker = certificate.columns("marker")["marker"]
    found = spline_basis(marker, spline_knots(marker, certificate.arguments["knots"]))
    return {"columns": [*found.sum(axis=0), *(found**2).sum(axis=0), *np.ravel(found[:5], order="F")]}


def _spline(certificate: Certificate, fit: SplineFit) -> Found:
    at = certificate.values.get("at", [1.0])
    values = [each for each in at if each is not None]
    curve = spline_curve(fit, values, reference=values[0])
    tests = ("non_linear_wald", "non_linear_ratio", "overall_wald", "overall_ratio")
    return {
        "coefficient": fit.coefficients,
        "covariance": np.ravel(fit.covariance),
        "log_likelihood": [fit.log_likelihood],
        **{name: [getattr(fit, name).statistic, getattr(fit, name).df, getattr(fit, name).p] for name in tests},
        "at": curve.at,
        "curve": curve.value,
        "curve_lower": curve.lower,
        "curve_upper": curve.upper,
    }


def _others(certificate: Certificate) -> dict[str, Any]:
    return {name: certificate.frame()[name] for name in certificate.arguments.get("covariates", [])}


def _logistic_spline(certificate: Certificate) -> Found:
    columns, knots = certificate.columns("response", "marker"), certificate.arguments["knots"]
    return _spline(certificate, logistic_spline(**columns, knots=knots, covariates=_others(certificate)))


def _cox_spline(certificate: Certificate) -> Found:
    columns, knots = certificate.columns("time", "event", "marker"), certificate.arguments["knots"]
    return _spline(certificate, cox_spline(**columns, knots=knots, covariates=_others(certificate)))


def _optimism(found: Optimism) -> Found:
    return _each([found], "apparent", "optimism", "corrected")


def _auc_optimism(certificate: Certificate) -> Found:
    drawn = np.array(certificate.arguments["drawn"])
    return _optimism(auc_optimism(certificate.columns("response")["response"], _others(certificate), drawn))


def _of_cut(found: CutOptimism) -> Found:
    return {**_optimism(found.optimism), "cut": [found.cut]}


def _cut_optimism(certificate: Certificate) -> Found:
    columns, drawn = certificate.columns("response", "marker"), np.array(certificate.arguments["drawn"])
    rule = CutRule(certificate.arguments["rule"])
    return _of_cut(cut_optimism(**columns, drawn=drawn, direction=Direction.HIGHER, rule=rule))


def _survival_cut_optimism(certificate: Certificate) -> Found:
    columns, drawn = certificate.columns("time", "event", "marker"), np.array(certificate.arguments["drawn"])
    return _of_cut(survival_cut_optimism(**columns, drawn=drawn))


def _lowess(certificate: Certificate) -> Found:
    found = lowess(**certificate.columns("across", "up"))
    at = certificate.values["at"]  # R has every distinct place, ours are those that a line begins or ends at
    assert {*found.at} <= {*at}
    return {"at": at, "height": np.interp(at, found.at, found.height)}  # type: ignore[arg-type]


RUN: dict[str, Callable[[Certificate], Found]] = {
    "clopper_pearson": _clopper_pearson,
    "wilson": _wilson,
    "newcombe": _newcombe,
    "cohen_kappa": _cohen_kappa,
    "roc_curve": _roc_curve,
    "auc": _auc,
    "best_cuts": _best_cuts,
    "compare_auc": _compare_auc,
    "cut_accuracy": _cut_accuracy,
    "logistic": _logistic,
    "logistic_profile": _logistic,
    "firth": _firth,
    "firth_profile": _firth,
    "separation": _separation,
    "censored_means": _censored_means,
    "spline_knots": _spline_knots,
    "spline_basis": _spline_basis,
    "logistic_spline": _logistic_spline,
    "cox_spline": _cox_spline,
    "auc_optimism": _auc_optimism,
    "cut_optimism": _cut_optimism,
    "survival_cut_optimism": _survival_cut_optimism,
    "lowess": _lowess,
    "cut_for_response": _cut_for_response,
    "cut_for_survival": _cut_for_survival,
}
