"""Queries: what opens, answers, closes and reopens one, drawn by hand."""

import datetime as dt

import msgspec
import pytest

from schemas import events as ev
from schemas.checks.queries import Query, QueryState, Turn, queries
from schemas.events.event import Event
from schemas.events.followup import Category
from schemas.events.lab import ResultStatus
from schemas.events.review import QueryClosing
from tests.checks.assessments import compare
from tests.checks.drawn import (
    STUDY,
    chemo,
    corrects,
    died,
    entry,
    marrow,
    response,
    result,
    visit_done,
    voids,
)
from tests.schemas.controls import at

ON = dt.date(2024, 12, 31)
FEW = marrow("2024-03-02", cells_counted=150)
ENOUGH = corrects(FEW, cells_counted=200)
STILL_FEW = corrects(FEW, cells_counted=160)

BEFORE_FIX, AFTER_FIX, LATER = "2024-12-19T09:00", "2024-12-21T09:00", "2024-12-22T09:00"
"""`corrects` and `voids` are recorded at 2024-12-20T09:00."""


def of_marrow(*facts: Event) -> Query:
    """The query of rule marrow-few-cells about the entry "marrow"; what is about other rules is left out."""
    events = [event for event in facts if not isinstance(event.facts, ev.OversightFacts)]
    oversight = [event for event in facts if isinstance(event.facts, ev.OversightFacts)]
    found = queries("S-001", reversed(events), reversed(oversight), STUDY, ON)
    (query,) = (query for query in found if query.rule == "marrow-few-cells")
    return query


QUERY = of_marrow(FEW).id


def says(id_: str, facts: ev.OversightFacts, recorded_at: str, subject: str = "S-001") -> Event:
    event = msgspec.structs.replace(entry(id_, "2024-12-01", facts, recorded_at), subject=subject)
    return msgspec.structs.replace(event, actor="manager-1", actor_role="data-manager")


def opened(recorded_at: str, query: str = QUERY, rule: str | None = "marrow-few-cells", id_: str = "opened") -> Event:
    facts = ev.QueryOpened(query=query, question="Please look at the slide again.", entries=("marrow",), rule=rule)
    return says(id_, facts, recorded_at)


def answered(recorded_at: str, query: str = QUERY, id_: str = "answered") -> Event:
    return says(id_, ev.QueryAnswered(query=query, answer="Counted again."), recorded_at)


def closed(why: QueryClosing, recorded_at: str, query: str = QUERY, id_: str = "closed") -> Event:
    return says(id_, ev.QueryClosed(query=query, why=why), recorded_at)


CONFIRMED, WITHDRAWN, CORRECTED = QueryClosing.CONFIRMED, QueryClosing.WITHDRAWN, QueryClosing.CORRECTED

BACK = voids(ENOUGH, id_="v", recorded_at=LATER)
FEW_AGAIN = corrects(FEW, cells_counted=170, id_="c2", recorded_at=LATER)
CORRECTED_BACK = msgspec.structs.replace(FEW_AGAIN, facts=msgspec.structs.replace(FEW_AGAIN.facts, target="fix"))

# the states that the query went through | why | what was recorded beside the marrow of 150 cells
COURSES = [
    ("open", "a finding opens its query", []),
    ("open, closed-by-correction", "a correction that puts it right closes it", [ENOUGH]),
    ("open, closed-by-correction", "a void closes it", [voids(FEW)]),
    ("open", "a correction that does not put it right leaves it open", [STILL_FEW]),
    ("open, closed-by-correction, reopened", "a void of the correction brings the finding back", [ENOUGH, BACK]),
    ("open, closed-by-correction, reopened", "a second correction brings the finding back", [ENOUGH, FEW_AGAIN]),
    ("open, closed-by-correction, reopened", "a correction of the correction does so too", [ENOUGH, CORRECTED_BACK]),
    ("open, answered", "an answer leaves it to whoever asked", [answered(BEFORE_FIX)]),
    ("open, answered, answered", "a second answer is one more", [answered(BEFORE_FIX), answered(LATER, id_="again")]),
    ("open, answered, closed-by-correction", "a correction closes an answered one", [answered(BEFORE_FIX), ENOUGH]),
    ("open, closed-by-correction", "an answer to a closed one changes nothing", [answered(AFTER_FIX), ENOUGH]),
    ("open, closed", "confirmed as entered holds", [closed(CONFIRMED, BEFORE_FIX)]),
    ("open, closed", "withdrawn holds", [closed(WITHDRAWN, BEFORE_FIX)]),
    ("open, closed, reopened", "corrected does not hold beside the finding", [closed(CORRECTED, BEFORE_FIX)]),
    ("open, closed-by-correction", "closed by itself is not closed again", [closed(CORRECTED, AFTER_FIX), ENOUGH]),
    (
        "open, closed, reopened, closed-by-correction",
        "called corrected before the correction was recorded",
        [closed(CORRECTED, BEFORE_FIX), ENOUGH],
    ),
    ("open, closed, reopened", "a change after the confirming reopens", [closed(CONFIRMED, BEFORE_FIX), STILL_FEW]),
    ("open, closed", "confirmed after the change stays closed", [closed(CONFIRMED, AFTER_FIX), STILL_FEW]),
    ("open, closed", "the finding goes, and it was closed already", [closed(CONFIRMED, BEFORE_FIX), ENOUGH]),
    ("open, closed", "the entry is back as confirmed", [closed(CONFIRMED, BEFORE_FIX), ENOUGH, BACK]),
    (
        "open, closed, reopened",
        "the finding is back on other facts than those confirmed",
        [closed(CONFIRMED, BEFORE_FIX), ENOUGH, FEW_AGAIN],
    ),
    ("open, closed", "corrected to the same facts as confirmed", [closed(CONFIRMED, BEFORE_FIX), corrects(FEW)]),
    ("open, closed, reopened", "a person opens it again", [closed(CONFIRMED, BEFORE_FIX), opened(LATER)]),
    (
        "open, closed-by-correction, reopened, closed-by-correction",
        "opened again by a person, and there is nothing to find",
        [ENOUGH, opened(LATER)],
    ),
    ("open", "an opening that is recorded too is the same opening", [opened(BEFORE_FIX)]),
    ("open, closed", "it is closed once", [closed(CONFIRMED, BEFORE_FIX), closed(CORRECTED, LATER, id_="again")]),
]


@pytest.mark.parametrize(("states", "fact", "beside"), COURSES, ids=[case[1] for case in COURSES])
def test_the_course_of_a_query(states: str, fact: str, beside: list[Event]) -> None:
    query = of_marrow(FEW, *beside)
    assert query.id == QUERY
    assert ", ".join(turn.state.value for turn in query.turns) == states


def test_a_query_names_its_rule_its_entries_the_field_and_the_day() -> None:
    query = of_marrow(FEW)
    assert (query.rule, query.entries, query.field, query.on) == (
        "marrow-few-cells",
        ("marrow",),
        "cells_counted",
        dt.date(2024, 3, 2),
    )
    assert query.question is None


def test_every_turn_names_who_and_when() -> None:
    """The check opens, so its turn has no actor, and the instant of the entry that completed the finding."""
    facts = [answered(BEFORE_FIX), closed(CORRECTED, "2024-12-19T10:00"), ENOUGH]
    turns = of_marrow(FEW, *facts).turns
    assert [(t.state.value, t.because, f"{t.at:%m-%d %H:%M}", t.actor, t.actor_role, t.why) for t in turns if t.at] == [
        ("open", "marrow", "12-01 12:00", None, None, None),
        ("answered", "answered", "12-19 09:00", "manager-1", "data-manager", None),
        ("closed", "closed", "12-19 10:00", "manager-1", "data-manager", CORRECTED),
        ("reopened", "closed", "12-19 10:00", None, None, None),
        ("closed-by-correction", "fix", "12-20 09:00", "monitor-1", "monitor", None),
    ]


@pytest.mark.parametrize("state", QueryState)
def test_open_answered_and_reopened_wait_for_somebody(state: QueryState) -> None:
    query = Query(id="q", subject="S-001", rule=None, entries=(), turns=(Turn(state=state),))
    assert query.is_open is (state in {"open", "answered", "reopened"})


def test_the_id_of_a_query_is_its_rule_and_a_hash_that_never_changes() -> None:
    # printf 'S-001\nmarrow-few-cells\n\nmarrow' | sha256sum (coreutils 9.1), the first 24 digits
    assert QUERY == "marrow-few-cells-5b32ee2bd42b4abd04fa8f45"


def test_the_id_stays_while_the_entry_is_corrected_and_is_another_for_another_subject() -> None:
    assert of_marrow(FEW, STILL_FEW).id == QUERY
    elsewhere = queries("S-002", [FEW], [], STUDY, ON)
    assert elsewhere[0].id != QUERY


def test_a_final_result_that_corrects_an_earlier_one_closes_its_query() -> None:
    wrong = result("2024-03-02", "r1", number=25_000, series="line", recorded_at="2024-03-02T10:00")
    right = result("2024-03-02", "r2", series="line", status=ResultStatus.CORRECTED, recorded_at="2024-03-02T12:00")
    (query,) = queries("S-001", [right, wrong], [], STUDY, ON)
    assert [(turn.state.value, turn.because) for turn in query.turns] == [
        ("open", "r1"),
        ("closed-by-correction", "r2"),
    ]


def test_a_preliminary_result_that_a_final_one_follows_was_never_asked_about() -> None:
    preliminary = result("2024-03-02", "r1", number=25_000, series="line", status=ResultStatus.PRELIMINARY)
    final = result("2024-03-02", "r2", series="line", recorded_at="2024-12-02T12:00")
    assert queries("S-001", [final, preliminary], [], STUDY, ON) == ()


def test_a_correction_alone_on_its_report_line_is_an_entry_like_any_other() -> None:
    alone = result("2024-03-02", number=25_000, status=ResultStatus.CORRECTED)
    (query,) = queries("S-001", [alone], [], STUDY, ON)
    assert [turn.because for turn in query.turns] == ["result"]


def test_a_correction_recorded_before_the_one_that_it_corrects_is_not_asked_about() -> None:
    early = msgspec.structs.replace(CORRECTED_BACK, recorded_at=at(BEFORE_FIX))
    assert [query.rule for query in queries("S-001", [FEW, early], [], STUDY, ON)] == [
        "action-held",
        "marrow-few-cells",
    ]
    assert [query.rule for query in queries("S-001", [FEW, early, ENOUGH], [], STUDY, ON)] == ["marrow-few-cells"]


def test_a_finding_that_a_correction_made_opens_with_it() -> None:
    enough = marrow("2024-03-02", cells_counted=500)
    turn = of_marrow(enough, corrects(enough, cells_counted=50)).turns[0]
    assert (turn.state, turn.because, turn.actor) == (QueryState.OPEN, "fix", None)


MISSED_WINDOW = [chemo("2024-01-10")]


def test_a_finding_that_a_late_entry_ended_leaves_a_trace_only_where_its_opening_was_recorded() -> None:
    late = [*MISSED_WINDOW, visit_done("2024-02-07"), marrow("2024-02-07"), result("2024-02-07")]
    missing = queries("S-001", MISSED_WINDOW, [], STUDY, ON)
    assert [query.rule for query in missing] == ["visit-missing"]
    assert queries("S-001", late, [], STUDY, ON) == ()
    recorded = opened("2024-02-20T09:00", query=missing[0].id, rule="visit-missing")
    (query,) = queries("S-001", late, [recorded], STUDY, ON)
    assert [(turn.state.value, turn.because, turn.at) for turn in query.turns] == [
        ("open", "opened", recorded.recorded_at),
        ("closed-by-correction", None, None),
    ]
    assert (query.rule, query.entries, query.field, query.on) == ("visit-missing", ("marrow",), None, None)


def test_a_query_opens_when_the_day_comes() -> None:
    assert queries("S-001", MISSED_WINDOW, [], STUDY, dt.date(2024, 2, 14)) == ()
    assert len(queries("S-001", MISSED_WINDOW, [], STUDY, dt.date(2024, 2, 15))) == 1


ASKED = opened(BEFORE_FIX, "q", None)
ASKED_LATE = opened(LATER, "q", None)

MANUAL = [
    ("open", "a person's question is open", [ASKED]),
    ("open", "no correction closes it", [ASKED, corrects(marrow("2024-03-02"), cells_counted=300)]),
    ("open, answered", "it is answered", [ASKED, answered(LATER, "q")]),
    ("open, closed", "corrected closes it for good", [ASKED, closed(CORRECTED, LATER, "q")]),
    (
        "open, closed, reopened",
        "it is opened again",
        [ASKED, closed(CONFIRMED, AFTER_FIX, "q"), opened(LATER, "q", None, "again")],
    ),
    ("open, answered", "an answer that a wrong clock put before it counts", [ASKED_LATE, answered(BEFORE_FIX, "q")]),
    (
        "open, answered, closed",
        "of two such, the order of their recording counts",
        [ASKED_LATE, closed(CONFIRMED, AFTER_FIX, "q"), answered(BEFORE_FIX, "q")],
    ),
    ("open", "a rule that is not known here closes nothing", [opened(BEFORE_FIX, "q", "rule-of-another-version")]),
    ("open", "a rule that is not asked here closes nothing", [opened(BEFORE_FIX, "q", "response-differs")]),
    ("open, closed-by-correction", "a rule that finds nothing closes it", [opened(BEFORE_FIX, "q", "died-twice")]),
]


@pytest.mark.parametrize(("states", "fact", "facts"), MANUAL, ids=[case[1] for case in MANUAL])
def test_the_course_of_a_query_that_somebody_opened(states: str, fact: str, facts: list[Event]) -> None:
    events = [marrow("2024-03-02"), *(each for each in facts if not isinstance(each.facts, ev.OversightFacts))]
    oversight = [each for each in facts if isinstance(each.facts, ev.OversightFacts)]
    (query,) = queries("S-001", events, oversight, STUDY, ON)
    assert ", ".join(turn.state.value for turn in query.turns) == states
    assert query.question == "Please look at the slide again."
    assert query.entries == ("marrow",)


def test_an_answer_to_a_query_that_nobody_opened_is_kept_out() -> None:
    assert queries("S-001", [], [answered(LATER, "q"), closed(CONFIRMED, LATER, "q")], STUDY, ON) == ()


def test_what_is_said_of_another_subject_or_of_no_query_is_passed_over() -> None:
    elsewhere = msgspec.structs.replace(closed(CONFIRMED, LATER), subject="S-002")
    signed = says("v", ev.SourceVerified(entry="marrow"), LATER)
    assert of_marrow(FEW, elsewhere, signed) == of_marrow(FEW)


def test_a_difference_from_the_derived_response_opens_a_query_where_it_is_derived() -> None:
    events = [chemo("2024-01-10"), marrow("2024-02-10"), response("2024-02-10"), visit_done("2024-02-10")]
    events.append(result("2024-02-10"))
    assert queries("S-001", events, [], STUDY, ON) == ()
    (query,) = queries("S-001", events, [], STUDY, ON, compare)
    assert (query.rule, query.about) == ("response-differs", "response")
    agreed = queries("S-001", [*events, corrects(events[2], category=Category.NR)], [], STUDY, ON, compare)
    assert [each.state for each in agreed] == [QueryState.CLOSED_BY_CORRECTION]
    recorded = opened("2024-12-19T09:00", query="gone", rule="response-differs")
    (gone,) = queries("S-001", [marrow("2024-02-10")], [recorded], STUDY, ON, compare)
    assert gone.state is QueryState.CLOSED_BY_CORRECTION


def test_queries_of_two_deaths_are_one_for_each_later_one() -> None:
    deaths = [died("2024-05-01", "one"), died("2024-05-02", "two"), died("2024-05-03", "three")]
    found = queries("S-001", deaths, [], STUDY, ON)
    assert sorted(query.entries for query in found) == [("one", "three"), ("one", "two")]
    assert [query.id for query in found] == sorted(query.id for query in found)
