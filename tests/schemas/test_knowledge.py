"""One subject at two times: stories in the order in which they came to be known, and what stands at X and Y.

Every story is one subject's events, the nth of them brought by commit n. A case names X (a date, an instant, or nothing
for ever) and Y (a commit), and what a reader of the record would say stood: the status with its day, and each entry in
force with its time, what it says, and the action that put that there.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from schemas import events as ev
from schemas.events.enrollment import ConsentScope
from schemas.events.event import Event
from schemas.events.followup import Category, Cause, Certainty
from schemas.events.lab import ResultStatus
from schemas.knowledge import FieldDifference, SubjectAsOf, differences, field_line, steps
from schemas.moments import Moment, Precision
from schemas.settlement import Entry
from schemas.two_times import EVER, TrueAt, parse_true_at
from tests.rules.drawn import STUDY
from tests.schemas.controls import at, event
from tests.schemas.histories import result
from tests.schemas.test_explanation import BEGUN
from tests.schemas.test_settlement import corrects, moves, rewrites, voids
from tests.schemas.told import as_of, told

SCREENED = event("s", ev.ScreeningStarted(site="A"), happened="2024-01-02")
ENROLLED = event("e", ev.SubjectEnrolled(site="A"), happened="2024-01-05")
BEGUN_LATE = event("b", BEGUN, happened="2024-01-08", recorded_at="2024-03-01T09:00")
DIED = event("d", ev.SubjectDied(cause=Cause.LEUKAEMIA, certainty=Certainty.DOCUMENTED), happened="2024-03-01")
PARTICIPATION = (ConsentScope.PARTICIPATION,)


def consent(id_: str, happened: str) -> Event:
    facts = ev.ConsentSigned(
        form_version="2", language="zh", signed_by_subject=True, signed_by_family=False, scope=PARTICIPATION
    )
    return event(id_, facts, happened=happened)


def contact(id_: str, instant: str, precision: Precision) -> Event:
    return event(id_, ev.ContactedAlive(means="telephone"), happened=Moment(at(instant), precision))


def line(id_: str, status: ResultStatus, number: str | None, recorded_at: str) -> Event:
    facts = result("line", status, None if number is None else Decimal(number))
    return event(id_, facts, happened="2024-02-01", recorded_at=recorded_at)


STORIES: dict[str, list[Event]] = {
    "late": [SCREENED, ENROLLED, BEGUN_LATE],
    "corrected": [
        BEGUN_LATE,
        moves("c1", "b", "2024-01-06", "2024-04-02T08:00", BEGUN),
        moves("c2", "b", "2024-01-07", "2024-04-01T08:00", BEGUN),
    ],
    "voided": [DIED, voids("v1", "d", "2024-04-01T08:00"), voids("v2", "v1", "2024-04-02T08:00")],
    "twice": [
        ENROLLED,
        corrects("c1", "e", "B", "2024-04-01T08:00"),
        corrects("c2", "c1", "C", "2024-04-02T08:00"),
        voids("v", "c2", "2024-04-03T08:00"),
    ],
    "early": [corrects("c", "e", "B", "2024-04-01T08:00"), ENROLLED],
    "consent": [
        SCREENED,
        consent("k1", "2024-01-03"),
        event("w", ev.ConsentWithdrawn(scope=PARTICIPATION), happened="2024-02-01"),
        consent("k2", "2024-02-10"),
    ],
    "midnight": [
        contact("last", "2024-01-05T23:59:59", Precision.SECOND),
        event("day", ev.ContactedAlive(means="telephone"), happened="2024-01-06"),
        contact("first", "2024-01-06T00:00", Precision.MINUTE),
    ],
    "precise": [
        contact("minute", "2024-01-06T08:30", Precision.MINUTE),
        contact("milli", "2024-01-06T08:30:00.250", Precision.MILLISECOND),
    ],
    "abroad": [
        event("noon", ev.ContactedAlive(means="telephone"), happened=Moment(at("2024-01-06T20:00"), Precision.MINUTE))
    ],
    "foreign": [
        event(
            "night",
            ev.ContactedAlive(means="telephone"),
            happened=Moment(dt.datetime(2024, 1, 5, 20, tzinfo=dt.UTC), Precision.MINUTE),
        )
    ],
    "versions": [
        line("p", ResultStatus.PRELIMINARY, "5", "2024-02-01T09:00"),
        line("f", ResultStatus.FINAL, "6", "2024-02-01T10:00"),
        line("x", ResultStatus.DELETED, None, "2024-02-01T11:00"),
    ],
    "moved": [
        event("c", ev.ContactedAlive(means="telephone"), happened="2024-02-01"),
        moves("m", "c", "2024-03-01", "2024-04-01T08:00", ev.ContactedAlive(means="telephone")),
    ],
    "undone": [
        SCREENED,
        ENROLLED,
        event("u", ev.EnrolmentUndone(why="entered by mistake"), happened="2024-01-09"),
        event("e2", ev.SubjectEnrolled(site="A"), happened="2024-01-12"),
    ],
    "responded": [
        ENROLLED,
        BEGUN_LATE,
        event("r", ev.ResponseAssessed(category=Category.CR, rule_set="ELN2022"), happened="2024-02-10"),
        rewrites("c", "r", ev.ResponseAssessed(category=Category.PR, rule_set="ELN2022"), "2024-05-01T08:00"),
    ],
}

NOTHING: tuple[str, ...] = ()
BY_MIDNIGHT = "last@2024-01-05T23:59:59+08:00"
ALL_OF_MIDNIGHT = (BY_MIDNIGHT, "day@2024-01-06", "first@2024-01-06T00:00+08:00")
BOTH_PRECISE = ("minute@2024-01-06T08:30+08:00", "milli@2024-01-06T08:30:00.250+08:00")

CASES: list[tuple[str, str, int, str, str | None, tuple[str, ...]]] = [
    # what is shown, story, Y, X ("" is ever), status, entries in force
    ("before the first commit nothing is known", "late", 0, "", None, NOTHING),
    ("one entry is known", "late", 1, "", "screened 2024-01-02", ("s@2024-01-02",)),
    ("a late entry is not known before it came", "late", 2, "", "enrolled 2024-01-05",
     ("s@2024-01-02", "e@2024-01-05")),
    ("a late entry counts at its own day once known", "late", 3, "2024-01-08", "on-treatment 2024-01-08",
     ("s@2024-01-02", "e@2024-01-05", "b@2024-01-08")),
    ("a late entry is not true before its day", "late", 3, "2024-01-07", "enrolled 2024-01-05",
     ("s@2024-01-02", "e@2024-01-05")),
    ("true then, and not known then", "late", 2, "2024-01-08", "enrolled 2024-01-05",
     ("s@2024-01-02", "e@2024-01-05")),
    ("known now, and nothing had happened yet", "late", 3, "2024-01-01", None, NOTHING),
    ("the last day of the past year is a day like any other", "late", 3, "2023-12-31", None, NOTHING),
    ("before a correction the entry stands as it was sent", "corrected", 1, "", "on-treatment 2024-01-08",
     ("b@2024-01-08",)),
    ("after a correction it stands as corrected", "corrected", 2, "", "on-treatment 2024-01-06",
     ("b@2024-01-06 by c1",)),
    ("a corrected day counts, not the day that was sent", "corrected", 2, "2024-01-06", "on-treatment 2024-01-06",
     ("b@2024-01-06 by c1",)),
    ("before the correction that day had nothing", "corrected", 1, "2024-01-06", None, NOTHING),
    ("a day before the corrected day has nothing", "corrected", 2, "2024-01-05", None, NOTHING),
    ("a correction recorded earlier changes nothing when it comes late", "corrected", 3, "", "on-treatment 2024-01-06",
     ("b@2024-01-06 by c1 contested",)),
    ("before a void the entry stands", "voided", 1, "", "dead 2024-03-01", ("d@2024-03-01",)),
    ("after a void it does not, at any time", "voided", 2, "", None, NOTHING),
    ("nor on a later day", "voided", 2, "2025-01-01", None, NOTHING),
    ("a void of the void gives it back", "voided", 3, "", "dead 2024-03-01", ("d@2024-03-01",)),
    ("given back, it is still not true on the day before", "voided", 3, "2024-02-29", None, NOTHING),
    ("a correction is in force", "twice", 2, "", "enrolled 2024-01-05", ("e@2024-01-05 by c1",)),
    ("a correction of the correction replaces it", "twice", 3, "", "enrolled 2024-01-05", ("e@2024-01-05 by c2",)),
    ("its void gives back the first correction", "twice", 4, "", "enrolled 2024-01-05", ("e@2024-01-05 by c1",)),
    ("and not what was sent, on no day", "twice", 4, "2024-01-05", "enrolled 2024-01-05", ("e@2024-01-05 by c1",)),
    ("a correction that came before its entry stands alone", "early", 1, "", None, NOTHING),
    ("and counts from the entry's coming on", "early", 2, "", "enrolled 2024-01-05", ("e@2024-01-05 by c",)),
    ("a signature gives no status of its own", "consent", 2, "", "screened 2024-01-02",
     ("s@2024-01-02", "k1@2024-01-03")),
    ("participation taken back", "consent", 3, "", "withdrawn 2024-02-01",
     ("s@2024-01-02", "k1@2024-01-03", "w@2024-02-01")),
    ("signed again, the subject is back", "consent", 4, "", "screened 2024-01-02",
     ("s@2024-01-02", "k1@2024-01-03", "w@2024-02-01", "k2@2024-02-10")),
    ("between withdrawal and the new consent it was withdrawn, as we know now", "consent", 4, "2024-02-09",
     "withdrawn 2024-02-01", ("s@2024-01-02", "k1@2024-01-03", "w@2024-02-01")),
    ("on the day of the new consent it was back", "consent", 4, "2024-02-10", "screened 2024-01-02",
     ("s@2024-01-02", "k1@2024-01-03", "w@2024-02-01", "k2@2024-02-10")),
    ("a date counts to its last second", "midnight", 3, "2024-01-05", None, (BY_MIDNIGHT,)),
    ("the next date has its midnight too", "midnight", 3, "2024-01-06", None, ALL_OF_MIDNIGHT),
    ("an instant counts itself", "midnight", 3, "2024-01-05T23:59:59+08:00", None, (BY_MIDNIGHT,)),
    ("one second earlier nothing had happened", "midnight", 3, "2024-01-05T23:59:58+08:00", None, NOTHING),
    ("at midnight a fact dated that day counts", "midnight", 3, "2024-01-06T00:00+08:00", None, ALL_OF_MIDNIGHT),
    ("midnight in the study's zone is four in the afternoon in London", "midnight", 3, "2024-01-05T16:00Z", None,
     ALL_OF_MIDNIGHT),
    ("a millisecond before it is the day before", "midnight", 3, "2024-01-05T15:59:59.999Z", None, (BY_MIDNIGHT,)),
    ("and eleven in the morning in New York", "midnight", 3, "2024-01-05T11:00-05:00", None, ALL_OF_MIDNIGHT),
    ("midnight in London is eight in the morning of the study", "precise", 2, "2024-01-06T00:00Z", None, NOTHING),
    ("a fact known to the minute counts from the minute's beginning", "precise", 2, "2024-01-06T08:30+08:00", None,
     BOTH_PRECISE[:1]),
    ("and not a millisecond earlier", "precise", 2, "2024-01-06T08:29:59.999+08:00", None, NOTHING),
    ("a fact known to the millisecond counts from that one on", "precise", 2, "2024-01-06T08:30:00.250+08:00", None,
     BOTH_PRECISE),
    ("and not one earlier", "precise", 2, "2024-01-06T08:30:00.249+08:00", None, BOTH_PRECISE[:1]),
    ("eight in the evening of the study is noon in London", "abroad", 1, "2024-01-06T12:00Z", None,
     ("noon@2024-01-06T20:00+08:00",)),
    ("and not a minute earlier", "abroad", 1, "2024-01-06T11:59Z", None, NOTHING),
    ("a date is the one that the fact's own text shows, also where a source wrote another zone", "foreign", 1,
     "2024-01-05", None, ("night@2024-01-05T20:00+00:00",)),
    ("an instant is an instant, whatever the text shows", "foreign", 1, "2024-01-06T03:59+08:00", None, NOTHING),
    ("in any zone", "foreign", 1, "2024-01-06T04:00+08:00", None, ("night@2024-01-05T20:00+00:00",)),
    ("a preliminary result stands until the final one is known", "versions", 1, "", None, ("p@2024-02-01",)),
    ("then the final one stands, whatever the day", "versions", 2, "2024-02-01", None, ("f@2024-02-01",)),
    ("and none once the laboratory took it back", "versions", 3, "2024-02-01", None, NOTHING),
    ("a contact is true on its day", "moved", 1, "2024-02-15", None, ("c@2024-02-01",)),
    ("moved to a later day, it had not happened then", "moved", 2, "2024-02-15", None, NOTHING),
    ("on that later day it had", "moved", 2, "2024-03-01", None, ("c@2024-03-01 by m",)),
    ("an enrolment stands until it is undone", "undone", 3, "2024-01-08", "enrolled 2024-01-05",
     ("s@2024-01-02", "e@2024-01-05")),
    ("undone, the subject is screened again", "undone", 3, "", "screened 2024-01-02",
     ("s@2024-01-02", "e@2024-01-05", "u@2024-01-09")),
    ("enrolled again, from the new day on", "undone", 4, "", "enrolled 2024-01-12",
     ("s@2024-01-02", "e@2024-01-05", "u@2024-01-09", "e2@2024-01-12")),
    ("a complete response is a remission", "responded", 3, "", "in-remission 2024-02-10",
     ("e@2024-01-05", "b@2024-01-08", "r@2024-02-10")),
    ("corrected to a partial one it never was, on no day", "responded", 4, "2024-02-10", "on-treatment 2024-01-08",
     ("e@2024-01-05", "b@2024-01-08", "r@2024-02-10 by c")),
]  # fmt: skip


def x(text: str) -> TrueAt:
    return parse_true_at(text, STUDY) if text else EVER


def entry_line(entry: Entry) -> str:
    by = "" if entry.by is None else f" by {entry.by}"
    return f"{entry.id}@{entry.happened}{by}{' contested' if entry.contested else ''}"


def status_line(then: SubjectAsOf) -> str | None:
    return None if then.status is None else f"{then.status.status.value} {then.status.since.on}"


def test_the_table_has_at_least_thirty_cases() -> None:
    assert len(CASES) >= 30
    assert {story for _, story, *_ in CASES} == set(STORIES)


@pytest.mark.parametrize(
    ("story", "known", "true", "status", "stands"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_stood(story: str, known: int, true: str, status: str | None, stands: tuple[str, ...]) -> None:
    then = as_of(STORIES[story], known, x(true))
    assert tuple(entry_line(each.entry) for each in then.standing) == stands
    assert status_line(then) == status


@pytest.mark.parametrize(
    ("known", "site", "said_by", "why"),
    [
        (1, "A", "e", None),
        (2, "B", "c1", "typed wrong"),
        (3, "C", "c2", "typed wrong"),
        (4, "B", "c1", "typed wrong"),
    ],
)
def test_an_entry_names_who_said_what_stands_of_it(known: int, site: str, said_by: str, why: str | None) -> None:
    (standing,) = as_of(STORIES["twice"], known).standing
    assert isinstance(standing.entry.facts, ev.SubjectEnrolled)
    assert standing.entry.facts.site == site
    assert (standing.said.event, standing.said.actor, standing.said.reason) == (said_by, "nurse-1", why)
    assert standing.said.commit == {"e": 1, "c1": 2, "c2": 3}[said_by]


@pytest.mark.parametrize(("known", "held", "received"), [(1, 1, 1), (2, 0, 2)])
def test_what_waits_is_counted_as_it_was_known(known: int, held: int, received: int) -> None:
    tallies = as_of(STORIES["early"], known, x("2023-01-01")).state.tallies
    assert (tallies.held, tallies.received, tallies.in_force) == (held, received, {})


def shown(found: list[FieldDifference]) -> list[tuple[str, Any, Any, list[str]]]:
    return [(each.field, each.old, each.new, [origin.event for origin in each.origins]) for each in found]


def between(story: str, first: int, second: int, true: str = "") -> list[tuple[str, Any, Any, list[str]]]:
    events = STORIES[story]
    return shown(differences(as_of(events, first, x(true)), as_of(events, second, x(true)), STUDY))


def test_a_difference_names_its_event() -> None:
    assert between("corrected", 1, 2) == [
        ("b.happened", "2024-01-08", "2024-01-06", ["c1"]),
        ("treated", "2024-01-08", "2024-01-06", ["c1"]),
        ("status", "on-treatment since 2024-01-08", "on-treatment since 2024-01-06", ["c1"]),
    ]


def test_a_difference_has_who_when_and_why() -> None:
    events = STORIES["twice"]
    (found,) = differences(as_of(events, 1), as_of(events, 3), STUDY)
    assert (found.field, found.entry, found.type) == ("e.site", "e", "subject.enrolled.v1")
    assert (found.old, found.new) == ("A", "C")
    assert [each.event for each in found.origins] == ["c1", "c2"]
    assert found.origin is not None
    assert (found.origin.actor, found.origin.actor_role, found.origin.reason) == ("nurse-1", "nurse", "typed wrong")
    assert (found.origin.commit, found.origin.position) == (3, "followup[0]@2")
    assert found.origin.recorded_at == at("2024-04-02T08:00")


def test_what_moved_and_moved_back_is_no_difference() -> None:
    assert between("voided", 1, 3) == []
    assert between("twice", 2, 4) == []


def test_the_same_point_twice_has_no_difference() -> None:
    assert all(between(story, known, known) == [] for story in STORIES for known in range(len(STORIES[story]) + 1))


def test_an_entry_that_came_brings_its_payload_and_what_follows_from_it() -> None:
    assert between("late", 1, 2) == [
        ("e", None, {"site": "A"}, ["e"]),
        ("enrolled", None, "2024-01-05", ["e"]),
        ("status", "screened since 2024-01-02", "enrolled since 2024-01-05", ["e"]),
    ]


def test_an_entry_that_came_and_was_corrected_names_both_events() -> None:
    assert between("twice", 0, 2)[0] == ("e", None, {"site": "B"}, ["e", "c1"])


def test_an_entry_that_went_and_came_back_otherwise_names_all_that_moved_it() -> None:
    events = [ENROLLED, voids("v1", "e", "2024-04-01T08:00"), corrects("c", "e", "B", "2024-04-02T08:00")]
    assert shown(differences(as_of(events, 1), as_of(events, 3), STUDY)) == [("e.site", "A", "B", ["v1", "c"])]


def test_differences_are_of_what_is_true_at_x() -> None:
    assert between("moved", 1, 2, "2024-02-15") == [
        ("c", {"means": "telephone"}, None, ["m"]),
        ("alive", "2024-02-01", None, ["m"]),
    ]
    assert between("late", 2, 3, "2024-01-07") == []


def test_a_difference_by_time_alone_has_no_event() -> None:
    events = STORIES["late"]
    found = differences(as_of(events, 3, x("2024-01-07")), as_of(events, 3, x("2024-01-08")), STUDY)
    assert [(each.field, each.origins) for each in found] == [("b", ()), ("treated", ()), ("status", ())]


def test_what_waits_for_its_target_is_a_difference() -> None:
    assert between("early", 0, 1) == [("held", 0, 1, ["c"])]
    assert ("held", 1, 0, ["e"]) in between("early", 1, 2)


def values(story: str, field: str, true: str = "") -> list[tuple[Any, str, int]]:
    line_ = field_line(told(STORIES[story]), STUDY, field, x(true))
    return [(each.value, each.origin.event, each.origin.commit) for each in line_]


def test_a_fields_history_is_a_line_of_values_with_who_said_them() -> None:
    assert values("twice", "e.site") == [("A", "e", 1), ("B", "c1", 2), ("C", "c2", 3), ("B", "v", 4)]
    assert values("corrected", "b.happened") == [("2024-01-08", "b", 1), ("2024-01-06", "c1", 2)]
    assert values("corrected", "treated") == [("2024-01-08", "b", 1), ("2024-01-06", "c1", 2)]
    assert values("voided", "status") == [
        ("dead since 2024-03-01", "d", 1),
        (None, "v1", 2),
        ("dead since 2024-03-01", "v2", 3),
    ]


def test_a_fields_history_is_of_what_is_true_at_x() -> None:
    assert values("corrected", "treated", "2024-01-07") == [("2024-01-06", "c1", 2)]


def test_a_field_that_nothing_ever_said_has_no_history() -> None:
    assert values("twice", "e.nothing") == []
    assert values("twice", "died") == []


def test_a_repeated_event_and_what_is_about_the_study_only_are_no_part() -> None:
    oversight = event("o", ev.MessageWaiting(door="hl7", message="ab" * 16))
    again = msgspec.structs.replace(ENROLLED, traceparent="another way")
    found = list(steps(told([oversight, ENROLLED, again]), STUDY))
    assert [step.told.event.id for step in found] == ["e"]
    assert as_of([oversight, ENROLLED, again]).told == (told([oversight, ENROLLED])[1],)
