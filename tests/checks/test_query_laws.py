"""What must hold of findings and queries for every history: order, repetition, and that the two say the same."""

import datetime as dt
import random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import events as ev
from schemas.checks.catalogue import RULES_BY_NAME, check
from schemas.checks.queries import Query, QueryState, queries
from schemas.checks.replay import query_id
from schemas.events.event import Event
from schemas.events.lab import Matrix
from schemas.events.review import QueryClosing
from schemas.events.specimens import Unfit
from schemas.events.treatment import CourseEnding
from schemas.settlement import settle
from tests.checks.drawn import STUDY
from tests.schemas.controls import event
from tests.schemas.histories import MOMENTS, histories

ON = dt.date(2024, 3, 1)
COURSES = st.integers(1, 3)
SPECIMENS = st.sampled_from(["A1", "A2"])

# What the histories of the other laws do not draw, and the rules here read.
MORE_FACTS = st.one_of(
    st.builds(ev.DemographicsRecorded, year_of_birth=st.sampled_from([1900, 1970, 2024, 2025])),
    st.builds(ev.EnrolmentUndone, why=st.just("found ineligible")),
    st.builds(ev.CourseEnded, course=COURSES, why=st.sampled_from(CourseEnding)),
    st.builds(ev.SpecimenReceived, specimen=SPECIMENS, laboratory=st.just("central")),
    st.builds(ev.SpecimenRejected, specimen=SPECIMENS, why=st.sampled_from(Unfit)),
    st.builds(ev.SpecimenDestroyed, specimen=SPECIMENS, why=st.just("used up")),
    st.builds(ev.SpecimenProcessed, specimen=SPECIMENS, matrix=st.sampled_from(Matrix), derived=st.none() | SPECIMENS),
    st.builds(ev.VisitDone, visit=st.sampled_from(["day-28", "entry", "none"])),
    st.builds(ev.VisitMissed, visit=st.sampled_from(["day-28", "entry"])),
    st.builds(
        ev.MarrowAssessed, cells_counted=st.none() | st.sampled_from([0, 199, 200]), specimen=st.none() | SPECIMENS
    ),
)


@st.composite
def records(draw: st.DrawFn) -> list[Event]:
    """Histories with corrections and voids, and entries of further types beside them."""
    count = draw(st.integers(0, 8))
    more = [
        event(f"m{n}", draw(MORE_FACTS), happened=draw(MOMENTS), recorded_at=draw(MOMENTS).at) for n in range(count)
    ]
    return draw(st.permutations(draw(histories(entries_max=8, actions_max=6)) + more))


@st.composite
def reviewed(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """A record, and what people said of a few of its queries and of one of their own, in an arbitrary order."""
    record = draw(records())
    asked = [query.id for query in queries("S-001", record, [], STUDY, ON)]
    names = st.sampled_from([*asked[:3], "q1"])
    said = st.one_of(
        st.builds(
            ev.QueryOpened,
            query=names,
            question=st.sampled_from(["Is this right?", "Are you sure?"]),
            rule=st.none() | st.sampled_from(sorted(RULES_BY_NAME)),
        ),
        st.builds(ev.QueryAnswered, query=names, answer=st.just("It is.")),
        st.builds(ev.QueryClosed, query=names, why=st.sampled_from(QueryClosing)),
    )
    count = draw(st.integers(0, 8) | st.just(6))
    return record, [event(f"o{n}", draw(said), recorded_at=draw(MOMENTS).at) for n in range(count)]


def asked_of(record: list[Event], said: list[Event]) -> tuple[Query, ...]:
    return queries("S-001", record, said, STUDY, ON)


@given(records(), st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_findings(record: list[Event], shuffling: random.Random) -> None:
    shuffled = list(record)
    shuffling.shuffle(shuffled)
    assert check(settle(shuffled), STUDY, ON) == check(settle(record), STUDY, ON)


@settings(deadline=None)
@given(reviewed(), st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_queries(
    both: tuple[list[Event], list[Event]], shuffling: random.Random
) -> None:
    record, said = (list(each) for each in both)
    expected = msgspec.json.encode(asked_of(record, said))
    shuffling.shuffle(record)
    shuffling.shuffle(said)
    assert msgspec.json.encode(asked_of(record, said)) == expected


@settings(deadline=None)
@given(reviewed(), st.data())
def test_repeated_events_change_no_query(both: tuple[list[Event], list[Event]], data: st.DataObject) -> None:
    record, said = both
    again = data.draw(st.lists(st.sampled_from(record), max_size=4)) if record else []
    said_again = data.draw(st.lists(st.sampled_from(said), max_size=4)) if said else []
    assert asked_of(record + again, said + said_again) == asked_of(record, said)


@given(records())
def test_no_two_findings_open_one_query(record: list[Event]) -> None:
    ids = [query_id("S-001", finding) for finding in check(settle(record), STUDY, ON)]
    assert len(ids) == len(set(ids))


@settings(deadline=None)
@given(reviewed())
def test_every_finding_has_a_query_that_is_open_or_that_a_person_closed(both: tuple[list[Event], list[Event]]) -> None:
    record, said = both
    asked = {query.id: query for query in asked_of(record, said)}
    for finding in check(settle(record), STUDY, ON):
        query = asked[query_id("S-001", finding)]
        assert query.is_open or (query.state is QueryState.CLOSED and query.turns[-1].why is not QueryClosing.CORRECTED)


@settings(deadline=None)
@given(reviewed())
def test_a_query_of_a_rule_is_open_only_while_there_is_its_finding(both: tuple[list[Event], list[Event]]) -> None:
    record, said = both
    found = {query_id("S-001", finding) for finding in check(settle(record), STUDY, ON)}
    for query in asked_of(record, said):
        if query.rule is not None and query.rule != "response-differs" and query.is_open:
            assert query.id in found


@given(records())
def test_every_finding_is_about_entries_of_the_record(record: list[Event]) -> None:
    known = {each.id for each in record}
    for finding in check(settle(record), STUDY, ON):
        assert finding.entries
        assert set(finding.entries) <= known
