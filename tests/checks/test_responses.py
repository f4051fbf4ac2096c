"""A derived response that differs opens a query by itself, and closes it when the facts are put right."""

from decimal import Decimal

import msgspec

from schemas.checks.catalogue import RESPONSE_DIFFERS, check
from schemas.checks.queries import QueryState, queries
from schemas.checks.responses import comparing
from schemas.codec import encode_facts
from schemas.events import EntryCorrected, ResultReported
from schemas.events.event import Event
from schemas.events.followup import Category
from schemas.settlement import settle
from tests.rules.drawn import IN_FULL_SET, STUDY, events, on
from tests.rules.test_endpoints import LOW_PLATELETS, assessed, counted, marrow, said

DAY = on(60)


def differing(*history: Event) -> list[tuple[str, ...]]:
    findings = check(settle([*events(IN_FULL_SET), *history]), STUDY, DAY, comparing(STUDY))
    return [each.entries for each in findings if each.rule == RESPONSE_DIFFERS]


def corrected_platelets(number: str) -> Event:
    facts = next(each.facts for each in LOW_PLATELETS if each.id == "platelets-28")
    assert isinstance(facts, ResultReported)
    right = msgspec.structs.replace(facts, number=Decimal(number), text=number)
    correction = EntryCorrected(
        target="platelets-28", target_type=ResultReported.TYPE, replacement=msgspec.json.decode(encode_facts(right))
    )
    return msgspec.structs.replace(said(30, "correction", correction), reason="typed wrong")


def test_cr_with_platelets_of_96_differs_and_names_what_it_rests_on() -> None:
    (entries,) = differing(*LOW_PLATELETS)
    assert {"assessed-28", "marrow-28", "platelets-28", "anc-28"} <= set(entries)


def test_cr_with_platelets_of_100_does_not_differ() -> None:
    assert differing(marrow(-3, "60"), marrow(28, "2"), *counted(28, "1.5", "100"), assessed(28, Category.CR)) == []


def test_a_missing_count_that_leaves_cr_possible_is_no_difference() -> None:
    assert differing(marrow(-3, "60"), marrow(28, "2"), assessed(28, Category.CR)) == []


def test_a_missing_count_that_leaves_pr_impossible_is_a_difference() -> None:
    assert len(differing(marrow(-3, "60"), marrow(28, "2"), assessed(28, Category.PR))) == 1


def test_the_query_closes_by_itself_when_the_count_is_corrected() -> None:
    history = [*events(IN_FULL_SET), *LOW_PLATELETS, corrected_platelets("102")]
    found = queries("S-001", history, [], STUDY, DAY, comparing(STUDY))
    (query,) = [each for each in found if each.rule == RESPONSE_DIFFERS]
    assert query.state is QueryState.CLOSED_BY_CORRECTION


def test_a_study_without_a_rule_set_compares_nothing() -> None:
    settings = msgspec.structs.replace(STUDY.response, rule_set=None)
    assert comparing(msgspec.structs.replace(STUDY, response=settings)) is None
