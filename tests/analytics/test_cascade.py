"""Which numbers one event moved when it came, and what moved between two points; on a real database."""

from collections.abc import Iterator

import msgspec
import psycopg
import pytest

from analytics.cascade import Cascade, cascade, moved_from
from analytics.contributions import numbers_resting_on
from analytics.job import Job
from analytics.numbers import moved_between, said
from analytics.recompute import study_as_of
from projections.errors import UnknownEvent
from projections.knowledge import around, known_at_commit, known_at_head
from schemas.events import EntryCorrected, MessageWaiting
from schemas.events.event import Event
from schemas.moments import day
from tests.analytics.ledgers import Ledger, corrected, held, voided
from tests.analytics.trials import DRAWN
from tests.rules.drawn import STUDY, events, on
from tests.servers.postgres import Database

DRAWN_EVENTS = {subject: events(history, subject) for subject, history in DRAWN.items()}


def named(subject: str, word: str) -> Event:
    return next(event for event in DRAWN_EVENTS[subject] if event.id.endswith(f"-{word}"))


CR_TO_NR = corrected(named("S-001", "CR"), category="NR")
LOST_VOIDED = voided(named("S-003", "lost"))
DEAD = named("S-002", "dead")
DEATH_MOVED = msgspec.structs.replace(
    corrected(DEAD),
    facts=EntryCorrected(
        target=DEAD.id,
        target_type=DEAD.type,
        replacement=msgspec.to_builtins(DEAD.facts, str_keys=True),
        happened=day(on(450), STUDY.tzinfo),
    ),
)


@pytest.fixture
def reader(database: Database) -> Iterator[psycopg.Connection]:
    with database.connect("trialog_read", autocommit=True) as opened:
        yield opened


def tell(ledger: Ledger) -> int:
    """The drawn trial. Then, in one commit: a void, the correction of a response, the move of a death. Its number."""
    ledger.commit(event for theirs in DRAWN_EVENTS.values() for event in theirs)
    (commit,) = ledger.commit([LOST_VOIDED, CR_TO_NR, DEATH_MOVED])
    return commit


@pytest.fixture(scope="module")
def told(module_database: Database) -> int:
    ledger = Ledger(module_database)
    commit = tell(ledger)
    ledger.close()
    return commit


@pytest.fixture
def asked(module_database: Database, told: int) -> Iterator[psycopg.Connection]:
    """A reader of the told trial, which no test tells more."""
    with module_database.connect("trialog_read", autocommit=True) as opened:
        yield opened


def numbers(found: Cascade) -> dict[str, tuple[str, str]]:
    return {each.name: (said(each.old), said(each.new)) for each in found.numbers}


def test_one_correction_moved_these_numbers_and_no_others(asked: psycopg.Connection) -> None:
    found = cascade(asked, STUDY, CR_TO_NR.id)
    assert numbers(found) == {
        "response.responders": ("5", "4"),
        "response.non_responders": ("2", "3"),
        "response.by_best.CR": ("2", "1"),
        "response.by_best.NR": ("1", "2"),
        "response.rates.ORR": ("4/6, 66.7 % [22.3, 95.7]", "3/6, 50.0 % [11.8, 88.2]"),
        "response.rates.ORR.bounds": ("5 to 6 of 8", "4 to 5 of 8"),
        "response.rates.CR": ("2/6, 33.3 % [4.3, 77.7]", "1/6, 16.7 % [0.4, 64.1]"),
        "response.rates.CR.bounds": ("2 to 4 of 8", "1 to 3 of 8"),
        "response.evaluable": ("4/5, 80.0 % [28.4, 99.5]", "3/5, 60.0 % [14.7, 94.7]"),
    }
    assert (found.cutoff_before_on, found.cutoff_after_on) == (on(500), on(500))


def test_who_moved_them_when_and_why_is_named_with_the_endpoint_row(asked: psycopg.Connection) -> None:
    found = cascade(asked, STUDY, CR_TO_NR.id)
    assert found.event is not None
    assert (found.event.event, found.event.actor, found.event.reason) == (CR_TO_NR.id, "nurse-1", "transcription")
    (row,) = found.rows
    assert (row.subject, [origin.event for origin in row.origins]) == ("S-001", [CR_TO_NR.id])
    fields = {each.field: (each.old, each.new) for each in row.fields}
    assert fields["contribution"] == ("responder", "non-responder")
    assert fields["response.best"] == ("CR", "NR")
    assert fields["response.responded_entry"] == ("S-001-14-CR", None)


def test_a_moved_death_moves_survival(asked: psycopg.Connection) -> None:
    found = numbers(cascade(asked, STUDY, DEATH_MOVED.id))
    # Enrolled on day -5: dead on day 420 is 425 days, on day 450 it is 455.
    assert found["survival.median"] == ("425 [17, not given]", "455 [17, not given]")
    assert sorted(found) == ["survival.curve", "survival.median"]


def test_events_of_one_commit_are_told_apart(asked: psycopg.Connection, told: int) -> None:
    alone = [cascade(asked, STUDY, event.id) for event in (LOST_VOIDED, CR_TO_NR, DEATH_MOVED)]
    assert {each.after.commit for each in alone} == {told}
    assert alone[0].after == alone[1].before
    assert alone[1].after == alone[2].before
    together = moved_from(asked, STUDY, known_at_commit(asked, told - 1), known_at_commit(asked, told))
    assert {each.name for each in together.numbers} == {each.name for single in alone for each in single.numbers}
    assert {row.subject: [each.event for each in row.origins] for row in together.rows} == {
        "S-001": [CR_TO_NR.id],
        "S-002": [DEATH_MOVED.id],
        "S-003": [LOST_VOIDED.id],
    }


def test_before_and_after_are_what_the_whole_study_comes_to_at_those_points(asked: psycopg.Connection) -> None:
    """The subject alone is computed again; that must be as good as computing all."""
    _, before, after = around(asked, DEATH_MOVED.id)
    first, second = (study_as_of(asked, STUDY, point).snapshot for point in (before, after))
    encoded = [msgspec.json.encode(each) for each in (first, second)]
    assert cascade(asked, STUDY, DEATH_MOVED.id).numbers == moved_between(encoded[0], encoded[1])


def test_a_result_an_oversight_event_and_a_held_correction_move_no_number(
    ledger: Ledger, reader: psycopg.Connection
) -> None:
    tell(ledger)
    (result,) = events("200 result", "S-001")
    waiting = msgspec.structs.replace(
        result, id="waiting", subject=None, facts=MessageWaiting(door="hl7", message="0" * 32)
    )
    held = corrected(msgspec.structs.replace(named("S-001", "CR"), id="not-here"), category="PR")
    ledger.commit([result, waiting, held])
    for event in (result, waiting, held):
        found = cascade(reader, STUDY, event.id)
        assert (found.numbers, found.rows) == ((), ())


def test_a_correction_that_waited_moves_numbers_through_the_entry_that_it_waited_for(
    ledger: Ledger, reader: psycopg.Connection
) -> None:
    tell(ledger)
    (late,) = events("440 CR", "S-008")
    late = msgspec.structs.replace(late, id="late-CR")
    ledger.commit([corrected(late, category="NR")])
    ledger.commit([late])
    # The responder that it would have been, it never was: nothing but NR and MLFS stand, and MLFS is the better.
    assert cascade(reader, STUDY, "late-CR").numbers == ()
    ledger.commit([voided(corrected(late))])
    found = numbers(cascade(reader, STUDY, f"{late.id}-corrected-voided"))
    assert found["response.rates.ORR.bounds"] == ("4 to 5 of 8", "5 to 5 of 8")


def test_a_later_fact_moves_the_default_cutoff_and_an_explicit_one_holds(
    ledger: Ledger, reader: psycopg.Connection
) -> None:
    tell(ledger)
    (contact,) = events("501 alive", "S-005")
    contact = msgspec.structs.replace(contact, id="contact-501")
    ledger.commit([contact])
    found = cascade(reader, STUDY, contact.id)
    assert (found.cutoff_before_on, found.cutoff_after_on) == (on(500), on(501))
    by = {row.subject: [each.event for each in row.origins] for row in found.rows}
    # Who was alive at the old cutoff is last known alive before the new one, and no event of theirs did that.
    assert by == {"S-001": [], "S-005": [contact.id], "S-007": [], "S-008": []}
    explicit = cascade(reader, STUDY, contact.id, on(500))
    assert (explicit.numbers, explicit.rows) == ((), ())


def test_from_the_empty_ledger_every_number_comes_from_nothing(asked: psycopg.Connection) -> None:
    found = moved_from(asked, STUDY, known_at_commit(asked, 0), known_at_head(asked))
    assert {row.subject for row in found.rows} == set(DRAWN)
    assert all(row.origins for row in found.rows)
    assert numbers(found)["enrolment.enrolled"] == ("0", "9")


def test_numbers_rest_on_an_entry_that_stands_as_its_correction_says_and_on_none_that_was_voided(
    asked: psycopg.Connection,
) -> None:
    now = study_as_of(asked, STUDY, known_at_head(asked))
    assert "survival.median" in numbers_resting_on("S-002", frozenset({DEAD.id}), now, STUDY)
    assert "response.rates.ORR" in numbers_resting_on("S-001", frozenset({"S-001-14-CR"}), now, STUDY)
    assert numbers_resting_on("S-003", frozenset({named("S-003", "lost").id}), now, STUDY) == ()
    with pytest.raises(UnknownEvent):
        cascade(asked, STUDY, "nobody")


def test_snapshots_that_the_job_stored_differ_as_the_cascade_says(
    database: Database, ledger: Ledger, reader: psycopg.Connection
) -> None:
    """What was published is what moved."""
    ledger.commit(event for theirs in DRAWN_EVENTS.values() for event in theirs)
    job = Job(database.connect, STUDY)
    with database.connect(autocommit=True) as connection:
        job.refresh(connection)
        (commit,) = ledger.commit([CR_TO_NR])
        job.refresh(connection)
    before, after = (held(reader, number) for number in (commit - 1, commit))
    assert before is not None
    assert after is not None
    assert moved_between(before, after) == cascade(reader, STUDY, CR_TO_NR.id).numbers
