"""The certified estimators of response and of markers, run as their certificates' arguments say."""

from collections.abc import Callable, Iterable
from typing import Any

from analytics.estimators.agreement import Weights, cohen_kappa
from analytics.estimators.proportions import clopper_pearson, newcombe, wilson
from analytics.estimators.roc import Direction, RocCurve, auc, best_cuts, compare_auc, roc_curve
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


RUN: dict[str, Callable[[Certificate], Found]] = {
    "clopper_pearson": _clopper_pearson,
    "wilson": _wilson,
    "newcombe": _newcombe,
    "cohen_kappa": _cohen_kappa,
    "roc_curve": _roc_curve,
    "auc": _auc,
    "best_cuts": _best_cuts,
    "compare_auc": _compare_auc,
}
