"""Each certified estimator, run as its certificate's arguments say, under the names of the certified values."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from analytics.estimators.answers import Answer, ChiSquare, Interval
from analytics.estimators.competing_risks import cumulative_incidence, incidence_at
from analytics.estimators.cox import baseline, fit_cox
from analytics.estimators.cox_design import CoxDesign, cox_design
from analytics.estimators.cox_residuals import (
    deviance_residuals,
    dfbeta_residuals,
    dfbetas_residuals,
    martingale_residuals,
    null_martingale_residuals,
)
from analytics.estimators.gray import gray_test
from analytics.estimators.kaplan_meier import (
    SurvivalCurve,
    kaplan_meier,
    median,
    number_at_risk,
    quantile,
    restricted_mean,
    reverse_kaplan_meier,
    survival_at,
)
from analytics.estimators.log_rank import log_rank
from analytics.estimators.proportional_hazards import TimeTransform, proportional_hazards
from tests.certificates.reading import Certificate

Found = Mapping[str, Iterable[float | None]]

SMALL = {"aml", "all events, tied", "an outlier", "entries", "gehan"}
"""The sets of which cox.R certifies every single residual."""


def _curve(certificate: Certificate) -> SurvivalCurve:
    return kaplan_meier(
        **certificate.columns("time", "event", "entry"),
        interval=Interval(certificate.arguments.get("interval", "log-log")),
        **certificate.settings("level"),
    )


def _kaplan_meier(certificate: Certificate) -> Found:
    curve = _curve(certificate)
    names = ("time", "at_risk", "events", "censored", "survival", "std_err", "lower", "upper")
    return {name: getattr(curve, name) for name in names}


def _answers(answers: Iterable[Answer]) -> dict[str, list[float | None]]:
    found = list(answers)
    return {name: [getattr(each, name) for each in found] for name in ("value", "lower", "upper")}


def _quantile(certificate: Certificate) -> Found:
    curve = _curve(certificate)
    return _answers(quantile(curve, share) for share in certificate.arguments["shares"])


def _median(certificate: Certificate) -> Found:
    return _answers([median(_curve(certificate))])


def _follow_up(certificate: Certificate) -> Found:
    return _answers([median(reverse_kaplan_meier(**certificate.columns("time", "event")))])


def _survival_at(certificate: Certificate) -> Found:
    curve, times = _curve(certificate), certificate.arguments["times"]
    return {**_answers(survival_at(curve, times)), "at_risk": number_at_risk(curve, times)}


def _restricted_mean(certificate: Certificate) -> Found:
    found = restricted_mean(_curve(certificate), certificate.arguments["until"])
    return {name: [getattr(found, name)] for name in ("value", "std_err", "lower", "upper")}


def _log_rank(certificate: Certificate) -> Found:
    found = log_rank(**certificate.columns("time", "event", "group", "strata"), **certificate.settings("rho", "gamma"))
    return {
        **_chi_square(found.test),
        "observed": [group.observed for group in found.groups],
        "expected": [group.expected for group in found.groups],
        "covariance": np.ravel(found.covariance),
        "observed_last": [found.groups[-1].observed],
        "expected_last": [found.groups[-1].expected],
        "variance_last": [found.covariance[-1][-1]],
    }


def _chi_square(test: ChiSquare) -> dict[str, list[float | None]]:
    return {"statistic": [test.statistic], "df": [test.df], "p": [test.p]}


def design_of(certificate: Certificate) -> CoxDesign:
    columns = certificate.columns("time", "event", "entry", "strata")
    return cox_design(covariates=certificate.frame()[certificate.arguments["covariates"]], **columns)


def _cox(certificate: Certificate) -> Found:
    fit = fit_cox(design_of(certificate))
    names = ("coefficient", "std_err", "z", "p", "hazard_ratio", "lower", "upper")
    tests = {name: getattr(fit, name) for name in ("likelihood_ratio", "wald", "score")}
    return {
        **{name: [getattr(each, name) for each in fit.coefficients] for name in names},
        **{name: [test.statistic, test.df, test.p] for name, test in tests.items()},
        "covariance": np.ravel(fit.covariance),
        "log_likelihood": [fit.log_likelihood_null, fit.log_likelihood],
    }


def _cox_baseline(certificate: Certificate) -> Found:
    design = design_of(certificate)
    (curve,) = baseline(design, fit_cox(design))
    return {name: getattr(curve, name) for name in ("time", "cumulative_hazard", "survival")}


def _summed(certificate: Certificate, values: Any) -> list[float]:
    if certificate.data in SMALL:
        return list(values)
    return [np.abs(values).sum(), np.square(values).sum(), *values[:10]]


def _cox_residuals(certificate: Certificate) -> Found:
    design = design_of(certificate)
    fit = fit_cox(design)
    return {
        "martingale": _summed(certificate, martingale_residuals(design, fit)),
        "deviance": _summed(certificate, deviance_residuals(design, fit)),
        "dfbeta": _summed(certificate, np.ravel(dfbeta_residuals(design, fit), order="F")),
        "dfbetas": _summed(certificate, np.ravel(dfbetas_residuals(design, fit), order="F")),
    }


def _cox_null_residuals(certificate: Certificate) -> Found:
    return {"martingale": _summed(certificate, null_martingale_residuals(design_of(certificate)))}


def _proportional_hazards(certificate: Certificate) -> Found:
    design = design_of(certificate)
    found = proportional_hazards(
        design,
        fit_cox(design),
        transform=TimeTransform(certificate.arguments["transform"]),
        **certificate.settings("terms"),
    )
    scaled = sorted(value for each in found.residuals for value in each.scaled if value is not None)
    return {
        "statistic": [term.test.statistic for term in found.terms],
        "df": [term.test.df for term in found.terms],
        "p": [term.test.p for term in found.terms],
        "overall": [found.overall.statistic, found.overall.df, found.overall.p],
        "transformed": sorted(found.transformed),
        "time": sorted(found.time),
        "scaled": _summed(certificate, scaled),
    }


def _cumulative_incidence(certificate: Certificate) -> Found:
    found = cumulative_incidence(
        **certificate.columns("time", "cause"), interval=Interval(certificate.arguments["interval"])
    )
    names = ("events", "incidence", "std_err", "lower", "upper")
    return {
        "time": found.time,
        "at_risk": found.at_risk,
        "event_free": found.event_free,
        **{name: [value for cause in found.causes for value in getattr(cause, name)] for name in names},
    }


def _incidence_at(certificate: Certificate) -> Found:
    found = cumulative_incidence(
        **certificate.columns("time", "cause"), interval=Interval(certificate.arguments["interval"])
    )
    times = certificate.arguments["times"]
    return _answers(answer for cause in found.causes for answer in incidence_at(found, cause.cause, times))


def _gray(certificate: Certificate) -> Found:
    columns, rho = certificate.columns("time", "cause", "group", "strata"), certificate.arguments["rho"]
    tests = [_chi_square(gray_test(**columns, of=of, rho=rho).test) for of in (1, 2)]
    return {name: [value for test in tests for value in test[name]] for name in ("statistic", "df", "p")}


RUN: dict[str, Callable[[Certificate], Found]] = {
    "kaplan_meier": _kaplan_meier,
    "quantile": _quantile,
    "median": _median,
    "follow_up": _follow_up,
    "survival_at": _survival_at,
    "restricted_mean": _restricted_mean,
    "log_rank": _log_rank,
    "log_rank_weighted": _log_rank,
    "cox": _cox,
    "cox_baseline": _cox_baseline,
    "cox_residuals": _cox_residuals,
    "cox_null_residuals": _cox_null_residuals,
    "proportional_hazards": _proportional_hazards,
    "cumulative_incidence": _cumulative_incidence,
    "incidence_at": _incidence_at,
    "gray": _gray,
}
