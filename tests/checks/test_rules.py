"""Every edit check: what raises it, what nearly does, and what closes its query by itself."""

import msgspec
import pytest

from schemas.checks.catalogue import RULES, RULES_BY_NAME
from schemas.checks.queries import QueryState, queries
from schemas.checks.replay import query_id
from schemas.checks.texts import TEXTS
from schemas.events import EntryCorrected, EntryVoided
from tests.checks import assessments, endings, entering, specimens, treatment, values, visits
from tests.checks.cases import Case, shown

CASES: list[Case] = [
    case for table in (entering, values, specimens, treatment, assessments, visits, endings) for case in table.CASES
]
RAISED = [case for case in CASES if case.finds]
NEAR = [case for case in CASES if not case.finds and case.by is None]
PUT_RIGHT = [case for case in CASES if case.by is not None]


@pytest.mark.parametrize("case", RAISED, ids=str)
def test_it_is_found(case: Case) -> None:
    assert [shown(finding) for finding in case.found()] == list(case.finds)


@pytest.mark.parametrize("case", NEAR, ids=str)
def test_it_is_near_and_nothing_is_found(case: Case) -> None:
    assert case.found() == []


@pytest.mark.parametrize("case", PUT_RIGHT, ids=str)
def test_it_is_put_right_and_the_query_closes_by_itself(case: Case) -> None:
    assert case.by is not None
    (finding,) = case.found()
    assert case.found(case.by) == []
    asked = query_id("S-001", finding)
    found = queries("S-001", [case.by, *case.history], [], case.study, case.on, case.compare)
    closed = {query.id: query for query in found}
    if not isinstance(case.by.facts, EntryCorrected | EntryVoided):
        assert asked not in closed, "what only came late was never wrong"
        return
    assert [turn.state for turn in closed[asked].turns] == [QueryState.OPEN, QueryState.CLOSED_BY_CORRECTION]
    last = closed[asked].turns[-1]
    assert (last.because, last.actor, last.actor_role) == ("fix", "monitor-1", "monitor")


@pytest.mark.parametrize("rule", [rule.name for rule in RULES])
def test_every_rule_has_a_case_of_each_kind_and_three_at_least(rule: str) -> None:
    counts = [sum(case.rule == rule for case in kind) for kind in (RAISED, NEAR, PUT_RIGHT)]
    assert min(counts) >= 1
    assert sum(counts) >= 3


def test_no_case_is_of_an_unknown_rule_and_no_two_have_one_name() -> None:
    assert {case.rule for case in CASES} == RULES_BY_NAME.keys()
    names = [str(case) for case in CASES]
    assert len(names) == len(set(names))


def test_every_rule_has_a_name_of_its_own_and_its_text_in_both_languages() -> None:
    assert len(RULES_BY_NAME) == len(RULES)
    assert TEXTS.keys() == RULES_BY_NAME.keys()
    assert all(rule.text.zh and rule.text.en and rule.text.zh != rule.text.en for rule in RULES)


def test_a_finding_has_no_place_for_a_value() -> None:
    """What it says is its rule's text, and where: ids, the name of a field, a day, a visit or an item of it."""
    for case in RAISED:
        for finding in case.found():
            fields = {name for event in case.history for name in _field_names(event.facts)}
            assert finding.field in fields | {"happened", "recorded_at", "by", "target", "visit"}
            assert finding.severity is RULES_BY_NAME[case.rule].severity


def _field_names(facts: msgspec.Struct) -> list[str]:
    return [field.name for field in msgspec.structs.fields(facts)]
