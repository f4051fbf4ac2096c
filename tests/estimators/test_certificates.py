"""Every estimator gives R's numbers to 1e-6: estimates, standard errors, interval limits and p values."""

from collections import Counter

import pytest

from tests.certificates.named import NAMED, values_of
from tests.certificates.reading import Certificate, certificates, differences
from tests.estimators import response_runners, runners

NAMES = (
    "kaplan_meier",
    "log_rank",
    "cox",
    "competing_risks",
    "proportions",
    "agreement",
    "roc",
    "prespecified_cut",
    "logistic",
    "firth_profile",
    "maximally_selected",
    "censored_normal",
    "splines",
    "optimism",
    "lowess",
)
RUN = {**runners.RUN, **response_runners.RUN}
SHOWN = ("interval", "transform", "rho", "weights", "continuity", "level", "minprop", "pmethod", "rule", "knots", "cut")
ALL = [each for name in NAMES for each in certificates(name)]


def _id(certificate: Certificate) -> str:
    settings = {key: value for key, value in certificate.arguments.items() if key in SHOWN}
    return "-".join([certificate.estimator, certificate.data, *map(str, settings.values())])


@pytest.mark.parametrize("certificate", ALL, ids=_id)
def test_the_numbers_are_those_of_r(certificate: Certificate):
    said = differences(certificate, RUN[certificate.estimator](certificate))
    assert not said, "\n".join(said[:20])


def test_each_estimator_has_at_least_four_certified_values():
    values = Counter[str]()
    for each in ALL:
        values[each.estimator] += sum(value is not None for found in each.values.values() for value in found)
    assert set(values) == set(RUN)
    assert {name: count for name, count in values.items() if count < 4} == {}


@pytest.mark.parametrize("name", NAMED)
def test_each_named_estimator_has_at_least_four_certified_values(name: str):
    assert values_of([each for each in ALL if NAMED[name](each)]) >= 4


def test_at_least_eighty_values_are_certified_over_at_least_six_data_sets():
    assert values_of(ALL) >= 80
    assert len({each.data for each in ALL}) >= 6
    assert all(any(does(each) for does in NAMED.values()) for each in ALL)


def test_a_value_that_is_not_the_certified_one_is_named_with_its_call():
    certificate = next(each for each in ALL if each.estimator == "restricted_mean")
    (certified,) = certificate.values["std_err"]
    assert certified is not None
    found = {**RUN["restricted_mean"](certificate), "std_err": [certified * (1 + 2e-6)]}
    (said,) = differences(certificate, found)
    assert said.startswith("R 4.2.2, survival 3.5.3, lung: summary(survfit(Surv(time, status) ~ 1, data = d)")
    assert "std_err[0] is " in said


def test_a_number_where_none_is_certified_is_a_difference():
    certificate = next(each for each in ALL if each.data == "no events")
    found = {**RUN["kaplan_meier"](certificate), "lower": [1.0, 1.0, 1.0]}
    assert len(differences(certificate, found)) == 3
