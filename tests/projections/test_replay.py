"""Replay equals live: after everything that can happen to a ledger, and while it goes on happening."""

import random
from itertools import islice
from typing import Any

import psycopg
import pytest

import projections.replay.owning
from benchmarks.mix import mixed_events
from projections import reading
from projections.errors import DatabaseNotReady
from projections.replay.errors import LedgerDisagrees, RebuildRuns, Unreadable
from projections.replay.rebuild import replay
from projections.replay.shadow_rows import COLUMNS
from projections.replay.stages import Stage
from projections.tables import METADATA
from projections.writer import Writer
from schemas import events as ev
from schemas.codec import decode, encode
from schemas.events.event import Event
from tests.projections.controls import (
    ENROLLED,
    ENROLLMENT,
    FOLLOWUP,
    LAB,
    SCREENED,
    STUDY,
    WAITING,
    MemoryLog,
    platelets,
    rows,
    writer_on,
)
from tests.projections.rebuilding import folded, generation_schemas, generations, rebuild
from tests.projections.test_concurrency import SUBJECTS, story
from tests.projections.test_upgrades import CORRECTED, DIED, OLD_DIGESTS
from tests.schemas.controls import event
from tests.servers.postgres import Database

Reader = psycopg.Connection[Any]

CONTACT = event("f-contact", ev.ContactedAlive(means="telephone"), happened="2024-04-01")


def stories() -> dict[str, list[Event]]:
    """By topic, what is said of two subjects: versions, corrections, voids across topics, some before their targets."""
    both = [story(subject) for subject in SUBJECTS]
    said = {topic: [each for one in both for each in one[topic]] for topic in both[0]}
    for each in said.values():
        random.Random(5).shuffle(each)
    return said


def test_every_column_of_the_tables_is_rebuilt() -> None:
    assert {name: set(columns) for name, columns in COLUMNS.items()} == {
        name: set(METADATA.tables[f"trial.{name}"].columns.keys()) for name in ("entries", "subjects", "audit_trail")
    }


@pytest.mark.parametrize("batch", [1, 7, 500])
def test_corrections_and_voids_in_any_order_come_to_what_live_has(
    batch: int, writer: Writer, log: MemoryLog, database: Database
) -> None:
    said = stories()
    for topic, events in said.items():
        log.send(*events, topic=topic)
    ends = {topic: len(log.records[topic]) for topic in said}
    for first in range(0, max(ends.values()) if batch > 1 else 40, batch):
        for topic, end in ends.items():
            if first < end:
                writer.apply(log.batch(topic, first, first + batch))

    found = rebuild(database)

    applied = [event for topic in said for event in said[topic][: writer.next_offset(topic, 0)]]
    assert found.compared.count == 0
    assert found.state_digest == found.live_state_digest == folded(applied)
    assert (found.accepted, found.subjects) == (len(applied), 2)


def test_what_is_committed_meanwhile_is_followed_and_compared(
    writer: Writer, log: MemoryLog, database: Database, reader: Reader
) -> None:
    said = stories()
    for topic, events in said.items():
        log.send(*events, topic=topic)
    log.send(WAITING)
    left = [(topic, first) for first in range(0, 120, 5) for topic in said if first < len(log.records[topic])]
    for topic, first in left[:20]:
        writer.apply(log.batch(topic, first, first + 5))
    waiting = iter(left[20:])

    def live_goes_on(_stage: Stage, _more: int, _total: int) -> None:
        for topic, first in islice(waiting, 3):
            writer.apply(log.batch(topic, first, first + 5))

    found = rebuild(database, report=live_goes_on, swap=True)

    assert found.compared.count == 0
    assert found.commit > 20
    assert found.swapped_at is not None
    assert found.swapped_at > found.commit
    for topic, first in waiting:
        writer.apply(log.batch(topic, first, first + 5))
    log.apply_all(writer)
    assert reading.study_digest(reader) == folded([each for events in said.values() for each in events])
    reader.rollback()
    again = rebuild(database)
    assert (again.compared.count, again.live_generation) == (0, found.generation)


def test_shuffled_and_repeated_events_of_a_whole_trial_come_to_the_same(database: Database) -> None:
    sent = list(islice(mixed_events(STUDY.id, seed=3, subjects=6), 900))
    random.Random(8).shuffle(sent)
    log = MemoryLog()
    for each in sent:
        log.send_bytes(each.record.topic, each.record.value, key=each.record.key)
    writer = writer_on(database)
    log.apply_all(writer)
    writer.close()

    found = rebuild(database, workers=2)

    events = {each.event_id: decode(each.record.value) for each in sent}
    assert found.compared.count == 0
    assert found.state_digest == folded(event for event in events.values() if isinstance(event, Event))
    assert found.duplicate == len(sent) - len(events) > 0
    assert generation_schemas(database) == []


def test_what_was_quarantined_stays_so_and_later_good_records_count(
    writer: Writer, log: MemoryLog, database: Database, reader: Reader
) -> None:
    good = platelets("e-1")
    log.send_bytes(LAB, b"no event", key=b"S-001")
    log.send(good)
    log.send(platelets("e-1", "56"))  # other facts under a known id
    log.send_bytes(LAB, encode(platelets("e-2")).replace(b"report.v1", b"report.v9"), key=b"S-002")  # another's key
    log.send(platelets("e-3", happened="2024-02-02"), SCREENED, WAITING)
    log.apply_all(writer)
    before = rows(reader, 'SELECT topic, "offset", status, reason FROM trial.ledger ORDER BY 1, 2')

    found = rebuild(database, swap=True)

    assert (found.compared.count, found.quarantined, found.accepted) == (0, 3, 4)
    assert rows(reader, 'SELECT topic, "offset", status, reason FROM trial.ledger ORDER BY 1, 2') == before
    assert reading.study_digest(reader) == folded([good, platelets("e-3", happened="2024-02-02"), SCREENED])


def test_events_of_an_old_version_are_rebuilt_in_the_words_of_the_newest(
    writer: Writer, log: MemoryLog, database: Database, reader: Reader
) -> None:
    for value in (DIED, CORRECTED):
        log.send_bytes(FOLLOWUP, value, key=b"S-017")
    log.apply_all(writer)
    with database.connect("trialog_owner") as old_code:  # as the code of version 1 had stored them
        for event_id, digest in OLD_DIGESTS.items():
            old_code.execute(
                "UPDATE trial.entries SET facts_digest = %s WHERE event_id = %s", (bytes.fromhex(digest), event_id)
            )
        old_code.execute(
            "UPDATE trial.entries SET type = 'subject.died.v1', facts = %s WHERE event_id = 'evt-0406'",
            (b'{"cause":"leukaemia"}',),
        )

    found = rebuild(database, swap=True)

    assert (found.compared.count, found.compared.differences) == (0, ())
    assert rows(reader, "SELECT type, facts FROM trial.entries WHERE event_id = 'evt-0406'") == [
        ("subject.died.v2", b'{"cause":"leukaemia","certainty":"not-asked"}')
    ]


def test_an_accepted_record_that_is_unreadable_now_fails_the_rebuild_and_names_its_place(
    writer: Writer, log: MemoryLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.send(SCREENED, ENROLLED, platelets("e-1"), platelets("e-2"))
    log.apply_all(writer)
    with database.connect("postgres") as superuser:
        superuser.execute("ALTER TABLE trial.ledger DISABLE TRIGGER append_only")
        superuser.execute(
            'UPDATE trial.ledger SET value = %s WHERE topic = %s AND "offset" = 1', (b'{"id": "born 1958"}', LAB)
        )

    with pytest.raises(Unreadable, match=rf"{LAB}\[0\]@1 was accepted, and this code cannot read it") as failed:
        rebuild(database, swap=True)

    assert "1958" not in str(failed.value)
    assert generation_schemas(database) == []
    assert generations(database) == [(1, 2, "writer", "live"), (2, 2, "ledger", "dropped")]
    log.send(platelets("e-3"))
    assert writer.apply(log.batch(LAB, 2)).accepted == 1


@pytest.mark.parametrize(
    ("falsified", "error"),
    [
        ("UPDATE trial.ledger SET key = 'S-009' WHERE event_id = 'e-1'", "under another key"),
        ("UPDATE trial.ledger SET status = 'duplicate' WHERE event_id = 'e-1'", "positions count 3 accepted rows"),
        ("DELETE FROM trial.commits WHERE number = 2", "commits cover 1"),
        (
            """
            UPDATE trial.ledger SET value = (SELECT value FROM trial.ledger WHERE event_id = 'e-screened')
            WHERE event_id = 'e-enrolled'
            """,
            "accepted twice",
        ),
    ],
)
def test_a_ledger_that_contradicts_itself_is_not_rebuilt_from(
    falsified: str, error: str, writer: Writer, log: MemoryLog, database: Database
) -> None:
    log.send(SCREENED, ENROLLED)
    writer.apply(log.batch(ENROLLMENT, 0, 1))
    writer.apply(log.batch(ENROLLMENT, 1, 2))
    log.send(platelets("e-1"))
    writer.apply(log.batch(LAB))
    with database.connect("postgres") as superuser:
        for table in ("ledger", "commits"):
            superuser.execute(f"ALTER TABLE trial.{table} DISABLE TRIGGER append_only")
        superuser.execute(falsified)  # type: ignore[arg-type]
        if "commits" in falsified:
            superuser.execute("DELETE FROM trial.commits WHERE number = 3")

    with pytest.raises((LedgerDisagrees, Unreadable), match=error):
        rebuild(database)
    assert generation_schemas(database) == []


def test_an_empty_ledger_is_rebuilt_too(database: Database, writer: Writer, log: MemoryLog) -> None:
    found = rebuild(database, swap=True)
    assert (found.accepted, found.commit, found.compared.count, found.swapped_at) == (0, 0, 0, 0)
    log.send(SCREENED)
    assert writer.apply(log.batch(ENROLLMENT)).accepted == 1


def test_one_rebuild_at_a_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projections.replay.owning, "ALONE_MILLISECONDS", 50)
    refused: list[str] = []

    def another(_stage: Stage, _more: int, _total: int) -> None:
        if not refused:
            with pytest.raises(RebuildRuns) as error:
                rebuild(database)
            refused.append(str(error.value))

    assert rebuild(database, report=another).compared.count == 0
    assert refused == ["another rebuild is at work: wait for its end"]


@pytest.mark.parametrize("role", ["trialog_app", "trialog_read"])
def test_only_the_owner_rebuilds(role: str, database: Database) -> None:
    with pytest.raises(DatabaseNotReady, match="may not act as trialog_owner"):
        replay(lambda: database.connect(role), STUDY)


def test_progress_counts_every_event_once(writer: Writer, log: MemoryLog, database: Database) -> None:
    log.send(SCREENED, ENROLLED, *(platelets(f"e-{n}", subject=f"S-00{n}") for n in range(5)))
    log.apply_all(writer)
    told: list[tuple[Stage, int, int]] = []
    rebuild(database, report=lambda *said: told.append(said))
    assert sum(more for stage, more, _ in told if stage is Stage.FOLD) == 7
    assert {total for stage, _, total in told if stage is Stage.FOLD} == {7}
    assert {stage for stage, _, _ in told} == {Stage.FOLD, Stage.INDEX, Stage.COMPARE}
