"""The tables of cases beside the rule sets: each row is a test, and its reason the test's name."""

import pytest

from schemas.rules.derivation import derive_by
from schemas.rules.derived import DerivedResponse
from schemas.rules.rule_sets import RULE_SETS
from tests.rules.cases import Case, cases, entries_of, of_the_case, settings_of, without_sources

WANTED_MIN = {"ELN2022": 150, "ELN2017": 40, "CN1987": 40}
CASES = [case for rule_set in RULE_SETS for case in cases(rule_set)]


def derived_of(case: Case) -> DerivedResponse:
    return of_the_case(derive_by(RULE_SETS[case.rule_set], entries_of(case), settings_of(case)))


def said(response: DerivedResponse) -> str:
    if response.category is None:
        return " ".join(["undetermined", *response.candidates])
    return response.category


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule_set}: {case['reason']}")
def test_a_case_has_the_category_that_was_signed(case: Case) -> None:
    assert said(derived_of(case)) == case["expected"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule_set}: {case['reason']}")
def test_the_log_of_a_case_names_what_decided(case: Case) -> None:
    log = [without_sources(step) for step in derived_of(case).log]
    assert [step for step in log if case["step"] in step] != [], log


@pytest.mark.parametrize("rule_set", RULE_SETS)
def test_a_table_has_enough_cases_and_no_two_alike(rule_set: str) -> None:
    table = cases(rule_set)
    inputs = [tuple(value for name, value in case.row.items() if name not in OUTPUTS) for case in table]
    assert len(set(inputs)) == len(table) >= WANTED_MIN[rule_set]
    assert len({case["reason"] for case in table}) == len(table)
    assert all(case["step"] and case["expected"] for case in table)
    assert all(list(case.row)[-1] == "reason" for case in table)


OUTPUTS = {"expected", "step", "reason"}
