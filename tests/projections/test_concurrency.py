"""Two workers on one subject's topics at once: nothing is lost, nothing deadlocks for good, commits have no gap."""

import itertools
import random
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from projections import reading
from projections.verify import verify_chain
from projections.writer import Writer
from schemas import events as ev
from schemas.events.event import Event
from schemas.events.lab import ResultStatus
from schemas.subject import digest, fold
from tests.projections.controls import (
    ENROLLMENT,
    FOLLOWUP,
    LAB,
    OVERSIGHT,
    MemoryLog,
    correction,
    platelets,
    rows,
    void,
    writer_on,
)
from tests.schemas.controls import event
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until

SUBJECTS = ("S-001", "S-002")
ROUNDS = 60


def story(subject: str) -> dict[str, list[Event]]:
    """By topic, what is said of one subject; actions and versions speak across topics."""
    said: dict[str, list[Event]] = {ENROLLMENT: [], LAB: [], FOLLOWUP: []}
    for n in range(ROUNDS):
        name = f"{subject}-{n}"
        said[LAB].append(platelets(f"{name}-p", str(n), series=f"line {n % 7}", subject=subject))
        said[ENROLLMENT].append(
            event(f"{name}-e", ev.SubjectEnrolled(site="FJMUUH"), happened=f"2024-01-{n % 28 + 1:02d}", subject=subject)
        )
        said[FOLLOWUP].append(event(f"{name}-c", ev.ContactedAlive(means="telephone"), subject=subject))
        # Each speaks of an entry on another topic, which may not have come yet.
        said[LAB].append(void(f"{name}-v", f"{name}-e", subject=subject))
        said[FOLLOWUP].append(
            correction(
                f"{name}-k",
                platelets(f"{name}-p", subject=subject),
                platelets("", "99", series="moved", status=ResultStatus.CORRECTED).facts,
                subject=subject,
            )
        )
        said[ENROLLMENT].append(void(f"{name}-vk", f"{name}-k", subject=subject))
    return said


@pytest.fixture
def whole_log() -> MemoryLog:
    log = MemoryLog()
    for topic in (ENROLLMENT, LAB, FOLLOWUP):
        told = [event for subject in SUBJECTS for event in story(subject)[topic]]
        random.Random(topic).shuffle(told)
        log.send(*told, topic=topic)
    log.send(
        *(event(f"o-{n}", ev.MessageWaiting(door="hl7", message="ab" * 16), subject=None) for n in range(40)),
        topic=OVERSIGHT,
    )
    return log


@pytest.fixture
def two_writers(database: Database) -> Iterator[list[Writer]]:
    writers = [writer_on(database), writer_on(database)]
    yield writers
    for writer in writers:
        writer.close()


def work(writer: Writer, log: MemoryLog, topics: tuple[str, ...], start: threading.Barrier, failed: list[Any]) -> None:
    """Brings its topics in turns, in batches of random size, until all is applied."""
    sizes = random.Random(str(topics))
    offsets = dict.fromkeys(topics, 0)
    try:
        start.wait(timeout=60)
        while waiting := [topic for topic in topics if offsets[topic] < len(log.records[topic])]:
            topic = sizes.choice(waiting)
            first = offsets[topic]
            offsets[topic] = writer.apply(log.batch(topic, first, first + sizes.randint(1, 9))).next_offset
    except BaseException as error:  # noqa: BLE001 - handed to the test
        failed.append(error)


def test_two_workers_on_four_topics_lose_no_update(
    two_writers: list[Writer], whole_log: MemoryLog, database: Database
) -> None:
    start, failed = threading.Barrier(2), list[Any]()
    shares = ((ENROLLMENT, OVERSIGHT), (LAB, FOLLOWUP))
    threads = [
        threading.Thread(target=work, args=(writer, whole_log, topics, start, failed))
        for writer, topics in zip(two_writers, shares, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    assert not any(thread.is_alive() for thread in threads)
    assert failed == []

    with database.connect("trialog_read") as connection:
        digests = {row.subject: row.digest for row in reading.subjects(connection)}
        for subject in SUBJECTS:
            told = [event for events in story(subject).values() for event in events]
            assert digests[subject] == digest(fold(subject, told)), subject
        numbers = [number for (number,) in rows(connection, "SELECT number FROM trial.commits ORDER BY number")]
        assert numbers == list(range(1, len(numbers) + 1))
        # Both had their turns: otherwise this test proves nothing.
        by_worker = rows(connection, "SELECT topic = ANY(%s) FROM trial.commits ORDER BY number", ([*shares[0]],))
        turns = sum(a != b for a, b in itertools.pairwise(by_worker))
        assert turns > 5
        assert verify_chain(connection) == []


def test_two_workers_with_the_same_partition_take_turns_and_apply_it_once(
    two_writers: list[Writer], database: Database
) -> None:
    """After a rebalance the old owner may still be writing: the position's row decides who was first."""
    log, start, failed = MemoryLog(), threading.Barrier(2), list[Any]()
    log.send(*(platelets(f"p-{n}") for n in range(200)))
    threads = [threading.Thread(target=work_whole, args=(writer, log, start, failed)) for writer in two_writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    assert failed == []
    with database.connect("trialog_read") as connection:
        assert reading.ledger_counts(connection).accepted == 200
        assert reading.ledger_counts(connection).duplicate == 0
        assert verify_chain(connection) == []


def work_whole(writer: Writer, log: MemoryLog, start: threading.Barrier, failed: list[Any]) -> None:
    """Brings the laboratory's topic from its beginning, whatever others have applied of it meanwhile."""
    try:
        for first in range(0, 200, 10):
            start.wait(timeout=60)
            writer.apply(log.batch(LAB, first, first + 10))
    except BaseException as error:  # noqa: BLE001 - handed to the test
        failed.append(error)
        start.abort()


def work_alone(writer: Writer, log: MemoryLog, topic: str, start: threading.Barrier, failed: list[Any]) -> None:
    """Brings one topic, record by record, each at the same moment as the other worker brings one of its own."""
    try:
        for n in range(len(log.records[topic])):
            start.wait(timeout=60)
            writer.apply(log.batch(topic, n, n + 1))
    except BaseException as error:  # noqa: BLE001 - handed to the test
        failed.append(error)
        start.abort()


def test_workers_that_share_no_subject_number_their_commits_without_a_gap(
    two_writers: list[Writer], database: Database
) -> None:
    """Nothing but the commit number is between these two."""
    log, start, failed = MemoryLog(), threading.Barrier(2), list[Any]()
    log.send(*(platelets(f"p-{n}", subject="S-001") for n in range(60)))
    log.send(*(event(f"c-{n}", ev.ContactedAlive(means="telephone"), subject="S-002") for n in range(60)))
    threads = [
        threading.Thread(target=work_alone, args=(writer, log, topic, start, failed))
        for writer, topic in zip(two_writers, (LAB, FOLLOWUP), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    assert failed == []
    with database.connect("trialog_read") as connection:
        assert reading.head(connection).commit == 120
        assert verify_chain(connection) == []


def test_deadlock_is_tried_again(writer: Writer, log: MemoryLog, database: Database) -> None:
    """Locks that somebody takes in another order deadlock with the writer, who is the victim and starts again."""
    log.send(platelets("p-1", subject="S-001"), platelets("p-2", subject="S-002"))
    writer.apply(log.batch(LAB))
    log.send(platelets("p-3", subject="S-001"), platelets("p-4", subject="S-002"))
    applied: list[Any] = []
    thread = threading.Thread(target=lambda: applied.append(writer.apply(log.batch(LAB, 2))))
    with database.connect("postgres") as other, database.connect("postgres", autocommit=True) as watcher:
        before = _deadlocks(watcher, database)
        # Whoever has waited this long looks for deadlocks and is the victim: not this one.
        other.execute("SET deadlock_timeout = '600s'")
        other.execute("SELECT FROM trial.subjects WHERE subject = 'S-002' FOR UPDATE")
        thread.start()
        wait_until(
            lambda: watcher.execute("SELECT FROM pg_locks WHERE NOT granted").fetchone() is not None,
            within_seconds=60,
            what="the writer to wait for the second subject",
        )
        other.execute("SELECT FROM trial.subjects WHERE subject = 'S-001' FOR UPDATE")
        other.rollback()
        thread.join(timeout=120)
        wait_until(lambda: _deadlocks(watcher, database) > before, within_seconds=60, what="the deadlock's statistics")
    assert [each.accepted for each in applied] == [2]


def _deadlocks(watcher: psycopg.Connection[Any], database: Database) -> int:
    found = watcher.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = %s", (database.name,)).fetchone()
    assert found is not None
    return int(found[0])
