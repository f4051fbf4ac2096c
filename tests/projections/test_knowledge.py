"""Who knew what when, on a real database: what a system that was told no more had at Y, from the ledger alone."""

import datetime as dt
import random
from collections.abc import Iterator
from itertools import islice
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.mix import mixed_events
from projections import reading
from projections.errors import UnknownCommit, UnknownEvent
from projections.history import events_as_of
from projections.knowledge import (
    around,
    known_at_commit,
    known_at_head,
    resolve_known,
    subject_as_of,
    told_by_id,
    told_of,
)
from projections.writer import Writer
from schemas import events as ev
from schemas.events.event import Event
from schemas.knowledge import differences, field_line
from schemas.records import Batch
from schemas.subject import digest, encode_state
from schemas.two_times import EVER, KnownAt, TrueAt
from tests.projections.controls import (
    ENROLLED,
    ENROLLMENT,
    LAB,
    OVERSIGHT,
    SCREENED,
    STUDY,
    WAITING,
    MemoryLog,
    correction,
    moved_to,
    platelets,
    void,
    writer_on,
)
from tests.projections.test_states import Site, send
from tests.schemas.controls import event
from tests.schemas.histories import histories
from tests.servers.postgres import Database, DatabaseServer

Reader = psycopg.Connection[Any]
SITE_B = correction("c-1", ENROLLED, ev.SubjectEnrolled(site="B"))
ASKED = event("o-asked", ev.QueryOpened(query="q-1", question="Which site?", entries=("e-enrolled",)))


@pytest.fixture
def told(writer: Writer, log: MemoryLog) -> MemoryLog:
    """Commit 1 screened and enrolled, 2 a result, 3 a correction between two other results, 4 a query, 5 a void."""
    log.send(SCREENED, ENROLLED, platelets("p-1"))
    log.send(platelets("p-2"), SITE_B, platelets("p-3"), ASKED, WAITING, void("v-1", "c-1"))
    writer.apply(log.batch(ENROLLMENT))
    for first, last in ((0, 1), (1, 4)):
        writer.apply(log.batch(LAB, first, last))
    writer.apply(log.batch(OVERSIGHT))
    writer.apply(log.batch(LAB, 4))
    return log


def whole(commit: int) -> KnownAt:
    return KnownAt(commit=commit, committed_at=None)


def in_force(reader: Reader, known_at: KnownAt, true_at: TrueAt = EVER) -> list[str]:
    """The ids of the entries in force, and by which action."""
    then = subject_as_of(reader, STUDY, "S-001", true_at, known_at)
    return [f"{each.id} by {each.by}" if each.by else each.id for each in then.entries()]


@pytest.mark.usefixtures("told")
def test_what_was_known_grows_commit_by_commit(reader: Reader) -> None:
    results = ["p-1", "p-2", "p-3"]
    assert [in_force(reader, whole(commit)) for commit in range(6)] == [
        [],
        ["e-screened", "e-enrolled"],
        ["e-screened", "e-enrolled", "p-1"],
        ["e-screened", "e-enrolled by c-1", *results],
        ["e-screened", "e-enrolled by c-1", *results],
        ["e-screened", "e-enrolled", *results],
    ]
    assert in_force(reader, whole(5), TrueAt(on=dt.date(2024, 1, 4))) == ["e-screened"]


@pytest.mark.usefixtures("told")
def test_a_point_within_a_commit_lies_between_two_of_its_events(reader: Reader) -> None:
    found, before, after = around(reader, "c-1")
    assert (found.event.id, found.commit, found.position.offset) == ("c-1", 3, 2)
    assert in_force(reader, before) == ["e-screened", "e-enrolled", "p-1", "p-2"]
    assert in_force(reader, after) == ["e-screened", "e-enrolled by c-1", "p-1", "p-2"]
    first, second = (subject_as_of(reader, STUDY, "S-001", EVER, point) for point in (before, after))
    (difference,) = differences(first, second, STUDY)
    assert (difference.field, difference.old, difference.new) == ("e-enrolled.site", "FJMUUH", "B")
    assert difference.origin is not None
    assert (difference.origin.event, difference.origin.reason) == ("c-1", "transcription error")


@pytest.mark.usefixtures("told")
def test_the_whole_study_can_be_cut_within_a_commit_as_well(reader: Reader) -> None:
    assert [each.id for each in events_as_of(reader, 3, before=2)] == ["e-screened", "e-enrolled", "p-1", "p-2"]
    assert [each.id for each in events_as_of(reader, 3, before=0)] == ["e-screened", "e-enrolled", "p-1"]
    assert [each.id for each in events_as_of(reader, 3, before=99)][-1] == "p-3"


@pytest.mark.usefixtures("told")
def test_each_event_says_where_it_lies_and_since_which_commit_it_is_known(reader: Reader) -> None:
    found = told_of(reader, "S-001", whole(5))
    assert [(each.event.id, each.commit, each.position.offset) for each in found] == [
        ("e-screened", 1, 0),
        ("e-enrolled", 1, 1),
        ("p-1", 2, 0),
        ("p-2", 3, 1),
        ("c-1", 3, 2),
        ("p-3", 3, 3),
        ("o-asked", 4, 0),
        ("v-1", 5, 4),
    ]
    assert all(each.received_at <= each.committed_at for each in found)
    assert told_by_id(reader, "o-waiting").event == WAITING
    with pytest.raises(UnknownEvent, match="no event nobody was ever accepted"):
        around(reader, "nobody")


@pytest.mark.usefixtures("told")
def test_a_fields_history_is_read_from_the_ledger(reader: Reader) -> None:
    line = field_line(told_of(reader, "S-001", known_at_head(reader)), STUDY, "e-enrolled.site")
    assert [(each.value, each.origin.event, each.origin.commit, each.origin.reason) for each in line] == [
        ("FJMUUH", "e-enrolled", 1, None),
        ("B", "c-1", 3, "transcription error"),
        ("FJMUUH", "v-1", 5, "entered for the wrong subject"),
    ]
    assert field_line(told_of(reader, "S-001", whole(0)), STUDY, "e-enrolled.site") == []


@pytest.mark.usefixtures("told")
def test_an_instant_names_the_last_commit_at_or_before_it(reader: Reader) -> None:
    times = [known_at_commit(reader, commit).committed_at for commit in range(1, 6)]
    first, second, last = times[0], times[1], times[-1]
    assert first is not None
    assert second is not None
    assert last is not None
    tick = dt.timedelta(microseconds=1)
    found = {
        "its own time": resolve_known(reader, second.isoformat(), STUDY),
        "just before": resolve_known(reader, (second - tick).isoformat(), STUDY),
        "in the study's zone": resolve_known(reader, second.astimezone(STUDY.tzinfo).isoformat(), STUDY),
        "before the first": resolve_known(reader, (first - tick).isoformat(), STUDY),
        "ahead": resolve_known(reader, (last + dt.timedelta(days=1)).isoformat(), STUDY),
        "by number": resolve_known(reader, "2", STUDY),
    }
    assert {name: each.commit for name, each in found.items()} == {
        "its own time": 2,
        "just before": 1,
        "in the study's zone": 2,
        "before the first": 0,
        "ahead": 5,
        "by number": 2,
    }
    assert found["its own time"] == found["by number"]
    assert known_at_head(reader) == KnownAt(commit=5, committed_at=last)


def test_an_empty_ledger_knows_nothing(reader: Reader) -> None:
    nothing = KnownAt(commit=0, committed_at=None)
    assert known_at_head(reader) == resolve_known(reader, "0", STUDY) == nothing
    assert resolve_known(reader, "2024-01-01T00:00Z", STUDY) == nothing
    assert subject_as_of(reader, STUDY, "S-001", EVER, nothing).told == ()
    with pytest.raises(UnknownCommit, match="there is no commit 1: the last one is 0"):
        resolve_known(reader, "1", STUDY)


def test_a_repetition_and_a_bad_record_tell_nothing_new(writer: Writer, log: MemoryLog, reader: Reader) -> None:
    log.send(SCREENED, SCREENED)
    log.send_bytes(LAB, b"noise")
    writer.apply(log.batch(ENROLLMENT, 0, 1))
    writer.apply(log.batch(LAB))
    writer.apply(log.batch(ENROLLMENT, 1))
    assert [[each.commit for each in told_of(reader, "S-001", whole(commit))] for commit in range(4)] == [
        [],
        [1],
        [1],
        [1],
    ]


@pytest.mark.usefixtures("told")
def test_what_a_read_model_says_now_plays_no_part(database: Database, reader: Reader) -> None:
    expected = [subject_as_of(reader, STUDY, "S-001", EVER, whole(commit)) for commit in range(6)]
    reader.rollback()
    with database.connect("trialog_app") as forger:
        forger.execute(
            "UPDATE trial.entries SET in_force = false, facts = NULL, by = 'nobody', contested = true,"
            " happened_at = now(), happened_on = now()::date, recorded_at = now()"
        )
        forger.execute("UPDATE trial.subjects SET state = '{}', digest = '', statuses = '[]', status = 'dead'")
    assert [subject_as_of(reader, STUDY, "S-001", EVER, whole(commit)) for commit in range(6)] == expected


@pytest.fixture(scope="module")
def site(module_database: Database) -> Iterator[Site]:
    site = Site(module_database)
    yield site
    site.writer.close()
    site.connection.close()


@given(history=histories(), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_known_at_y_is_what_the_live_system_had_at_y(site: Site, history: list[Event], seed: int) -> None:
    # Drawn by a seed: an example that were given up in the middle would leave records behind for the next.
    number, chance = next(site.numbers), random.Random(seed)
    subject = f"K-{number}"
    send(site, moved_to(history, subject, f"{number}/"), chance)
    had = []
    for batch in _pieces(site.writer, site.log, chance):
        commit = site.writer.apply(batch).commit
        assert commit is not None
        state = reading.state(site.connection, subject)
        assert state is not None
        entries = reading.entries_in_force(site.connection, [subject]).get(subject, [])
        had.append((commit, encode_state(state), entries))
    for commit, state_bytes, entries in had:
        then = subject_as_of(site.connection, STUDY, subject, EVER, known_at_commit(site.connection, commit))
        assert encode_state(then.state) == state_bytes
        assert then.entries() == entries


def _pieces(writer: Writer, log: MemoryLog, chance: random.Random) -> Iterator[Batch]:
    """What waits, in batches of random size, from topics in random turns."""
    while waiting := [topic for topic, records in log.records.items() if writer.next_offset(topic, 0) < len(records)]:
        topic = chance.choice(sorted(waiting))
        first = writer.next_offset(topic, 0)
        yield log.batch(topic, first, first + chance.randint(1, 4))


@pytest.fixture
def fresh(database_server: DatabaseServer, migrated_template: str) -> Iterator[Database]:
    """A second database, of which nobody was told anything."""
    made = database_server.create("fresh_of_knowledge", template=migrated_template)
    yield made
    database_server.drop(made.name)


def test_known_at_y_is_what_a_fresh_system_has_that_is_fed_the_commits_up_to_y(
    database: Database, fresh: Database, log: MemoryLog
) -> None:
    for sent in islice(mixed_events(STUDY.id, seed=11, subjects=3), 240):
        log.send_bytes(sent.record.topic, sent.record.value, key=sent.record.key)
    chance = random.Random(5)
    old, new = writer_on(database), writer_on(fresh)
    batches = []
    for batch in _pieces(old, log, chance):
        old.apply(batch)
        batches.append(batch)
    y = 3 * len(batches) // 4
    for batch in batches[:y]:
        new.apply(batch)
    old.close()
    new.close()
    with database.connect("trialog_read") as reader, fresh.connect("trialog_read") as other:
        now = {row.subject: row.digest for row in reading.subjects(reader)}
        had = {row.subject: row.digest for row in reading.subjects(other)}
        assert sorted(had) == sorted(now) == ["B-0001", "B-0002", "B-0003"]
        assert all(had[subject] != now[subject] for subject in now)
        for subject in now:
            then = subject_as_of(reader, STUDY, subject, EVER, known_at_commit(reader, y))
            assert digest(then.state) == had[subject]
            assert then.entries() == reading.entries_in_force(other, [subject])[subject]
            head = subject_as_of(reader, STUDY, subject, EVER, known_at_head(reader))
            assert digest(head.state) == now[subject]
