"""The continuous job on a real database: live equals recomputed, and what wakes, survives and extends."""

import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import Notify

from analytics.computation import panel_of, timelines_of
from analytics.job import CHANNEL, Job
from analytics.load import Watch, one_view
from analytics.reading import StoredSnapshot, latest_snapshot
from analytics.snapshot import encode_snapshot
from projections.errors import DatabaseNotReady
from schemas.events.event import Event
from schemas.events.oversight import MessageWaiting
from schemas.rules.timeline import Timeline
from schemas.settlement import settle
from tests.analytics.ledgers import Ledger, corrected, held, recomputed, voided
from tests.analytics.trials import DRAWN, TREATED
from tests.rules.drawn import STUDY, events, on
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until

Connect = Callable[[], psycopg.Connection]


def story() -> list[list[Event]]:
    """The drawn trial in steps, with a late result, a correction that comes before its target, and a void."""
    drawn = {subject: events(history, subject) for subject, history in DRAWN.items()}
    early = [event for theirs in drawn.values() for event in theirs[:-1]]
    late = [theirs[-1] for theirs in drawn.values()]
    cr = next(event for event in drawn["S-001"] if event.id.endswith("-CR"))
    lost = next(event for event in drawn["S-003"] if event.id.endswith("-lost"))
    return [
        [corrected(cr, category="PR")],
        early,
        late,
        events("200 result", "S-001"),
        [voided(lost)],
        [voided(corrected(cr))],
    ]


def latest(database: Database) -> StoredSnapshot | None:
    with database.connect("trialog_read") as reader:
        return latest_snapshot(reader)


def enrolled(stored: StoredSnapshot | None) -> int | None:
    return None if stored is None else stored.snapshot.enrolment.enrolled


def holds(connection: psycopg.Connection) -> list[tuple[int, int, int]]:
    """(snapshot, first commit, last commit) in the order of commits."""
    return connection.execute(
        "SELECT snapshot_id, first_commit, last_commit FROM trial.snapshot_holds ORDER BY first_commit, snapshot_id"
    ).fetchall()


@contextmanager
def running(job: Job, database: Database) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=job.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        database.start()
        with database.connect(autocommit=True) as waker:
            while thread.is_alive():
                waker.execute("SELECT pg_notify(%s, '0')", (CHANNEL,))
                thread.join(0.1)


@pytest.mark.parametrize("cutoff", [None, 400], ids=["default cutoff", "explicit cutoff"])
def test_live_bytes_are_those_recomputed_from_the_ledger_at_every_commit(
    database: Database, ledger: Ledger, connection: psycopg.Connection, cutoff: int | None
) -> None:
    cutoff_on = None if cutoff is None else on(cutoff)
    job = Job(database.connect, STUDY, cutoff_on)
    job.refresh(connection)
    commits = [0]
    for step in story():
        for event in step:
            commits += ledger.commit([event])
        job.refresh(connection)
    seen = 0
    with database.connect("trialog_read", autocommit=True) as reader:
        for commit in commits:
            stored = held(reader, commit)
            if stored is not None:
                seen += 1
                assert stored == recomputed(reader, commit, cutoff_on)
    assert seen == len(story()) + 1


def test_whatever_the_job_claims_while_the_writer_works_is_what_the_ledger_gives(
    database: Database, ledger: Ledger, connection: psycopg.Connection
) -> None:
    duplicates = [event for step in story()[:3] for event in step[:4]]
    with running(Job(database.connect, STUDY), database):
        for event in [*(event for step in story() for event in step), *duplicates]:
            (newest,) = ledger.commit([event])
        wait_until(lambda: holds(connection)[-1][2] == newest, what="the job at the newest commit")
    claimed = 0
    for snapshot_id, first, last in holds(connection):
        row = connection.execute("SELECT body FROM trial.snapshots WHERE snapshot_id = %s", [snapshot_id]).fetchone()
        assert row is not None
        for commit in range(first, last + 1):
            claimed += 1
            assert recomputed(connection, commit) == row[0]
    assert claimed >= 2, "at least the first look and the last one"


def test_the_order_of_arrival_moves_no_byte(database: Database, ledger: Ledger, connection: psycopg.Connection) -> None:
    for step in reversed(story()):
        ledger.commit(reversed(step))
    found = Job(database.connect, STUDY).refresh(connection)
    expected = _computed_in_order()
    assert encode_snapshot(found) == expected


def _computed_in_order() -> bytes:
    by_subject: dict[str, list[Event]] = {}
    for event in (event for step in story() for event in step):
        assert event.subject is not None
        by_subject.setdefault(event.subject, []).append(event)
    in_force = {subject: settle(theirs).in_force() for subject, theirs in by_subject.items()}
    return encode_snapshot(panel_of(timelines_of(in_force, None, STUDY), STUDY, None).snapshot())


def test_a_notice_wakes_the_job(database: Database, ledger: Ledger) -> None:
    with running(Job(database.connect, STUDY, poll_seconds=3600), database):
        wait_until(lambda: enrolled(latest(database)) == 0, what="the first snapshot")
        ledger.commit(events(TREATED))
        wait_until(lambda: enrolled(latest(database)) == 1, what="the snapshot after the notice")


class Deaf(psycopg.Connection[tuple[object, ...]]):
    """A connection on which every notice is lost."""

    def notifies(self, *, timeout: float | None = None, stop_after: int | None = None) -> Generator[Notify, None, None]:
        assert timeout is not None
        time.sleep(timeout)
        yield from ()


def test_a_lost_notice_costs_one_poll(database: Database, ledger: Ledger) -> None:
    job = Job(lambda: Deaf.connect(database.url()), STUDY, poll_seconds=0.2)
    with running(job, database):
        wait_until(lambda: enrolled(latest(database)) == 0, what="the first snapshot")
        ledger.commit(events(TREATED))
        wait_until(lambda: enrolled(latest(database)) == 1, what="the snapshot after the poll")


def test_the_job_survives_a_database_that_is_away(database: Database) -> None:
    with running(Job(database.connect, STUDY), database):
        wait_until(lambda: enrolled(latest(database)) == 0, what="the first snapshot")
        database.kill()
        database.start()
        after = Ledger(database)
        after.commit(events(TREATED))
        wait_until(lambda: enrolled(latest(database)) == 1, what="the snapshot after the outage")
        after.close()


def test_the_job_waits_for_a_database_that_is_not_there_yet(database: Database) -> None:
    database.stop()
    with running(Job(database.connect, STUDY), database):
        database.start()
        wait_until(lambda: enrolled(latest(database)) == 0, what="the first snapshot")


def test_the_job_says_that_it_lives_and_that_it_stopped(database: Database, connection: psycopg.Connection) -> None:
    def state() -> tuple[object, ...] | None:
        return connection.execute("SELECT state, detail FROM trial.workers WHERE name = 'analyse'").fetchone()

    with running(Job(database.connect, STUDY), database):
        wait_until(lambda: state() == ("running", "commit 0"), what="the heartbeat")
    assert state() == ("stopped", "commit 0")


def test_a_commit_that_accepts_nothing_of_a_subject_extends_the_range(
    database: Database, ledger: Ledger, connection: psycopg.Connection
) -> None:
    job = Job(database.connect, STUDY)
    drawn = events(TREATED)
    ledger.commit(drawn)
    job.refresh(connection)
    ((snapshot_id, first, last),) = holds(connection)
    ledger.commit(drawn)
    ledger.commit([_oversight(drawn[0])])
    (newest,) = ledger.commit([_oversight(drawn[1])])
    job.refresh(connection)
    assert holds(connection) == [(snapshot_id, first, newest)], "looked at once, and nothing was accepted in between"
    assert newest > last


def _oversight(like: Event) -> Event:
    return Event(
        id=f"waiting-{like.id}",
        source="/hl7",
        subject=None,
        happened=like.happened,
        recorded_at=like.recorded_at,
        actor="intake",
        actor_role="device",
        protocol_version="1",
        facts=MessageWaiting(door="hl7", message="0" * 32),
    )


def test_commits_that_nobody_looked_at_are_claimed_by_no_snapshot(
    database: Database, ledger: Ledger, connection: psycopg.Connection
) -> None:
    job = Job(database.connect, STUDY)
    ledger.commit(events(TREATED))
    job.refresh(connection)
    before = holds(connection)[-1]
    (unseen,) = ledger.commit(events("100 specimen", "S-002"))
    (newest,) = ledger.commit(events("101 specimen", "S-003"))
    job.refresh(connection)
    assert held(connection, unseen) is None
    assert holds(connection)[-1][1:] == (newest, newest)
    assert holds(connection)[-2] == before


def test_what_comes_back_to_an_earlier_state_holds_again_and_is_stored_once(
    database: Database, ledger: Ledger, connection: psycopg.Connection
) -> None:
    job = Job(database.connect, STUDY)
    drawn = events(f"{TREATED}, 28 CR")
    ledger.commit(drawn)
    job.refresh(connection)
    correction = corrected(drawn[-1], category="NR")
    for action in (correction, voided(correction)):
        ledger.commit([action])
        job.refresh(connection)
    first, second, third = (snapshot_id for snapshot_id, _, _ in holds(connection))
    assert first == third != second
    assert connection.execute("SELECT count(*) FROM trial.snapshots").fetchone() == (2,)


def test_a_second_job_stores_nothing_twice(database: Database, ledger: Ledger, connection: psycopg.Connection) -> None:
    ledger.commit(events(TREATED))
    Job(database.connect, STUDY).refresh(connection)
    before = holds(connection)
    Job(database.connect, STUDY, name="analyse-2").refresh(connection)
    assert holds(connection) == before


def test_a_look_that_could_not_store_is_made_again(
    database: Database, ledger: Ledger, connection: psycopg.Connection
) -> None:
    job = Job(database.connect, STUDY)
    job.refresh(connection)
    ledger.commit(events(TREATED))
    with database.connect("trialog_read", autocommit=True) as reader, pytest.raises(psycopg.Error):
        job.refresh(reader)
    (newest,) = ledger.commit(events("100 specimen"))
    job.refresh(connection)
    assert holds(connection)[-1][1:] == (newest, newest)
    assert held(connection, newest) == recomputed(connection, newest)


def test_only_subjects_whose_state_changed_are_read_again(
    database: Database, ledger: Ledger, connection: psycopg.Connection
) -> None:
    def looked() -> Mapping[str, Timeline]:
        with one_view(connection):
            return watch.look(connection).timelines

    watch = Watch(STUDY, None)
    for subject in ("S-001", "S-002", "S-003"):
        ledger.commit(events(TREATED, subject))
    assert set(looked()) == {"S-001", "S-002", "S-003"}
    assert not looked()
    ledger.commit(events("9 result", "S-002"))
    (alone,) = looked().items()
    assert alone[0] == "S-002"
    alive = alone[1].alive
    assert alive is not None
    assert alive.mark.on == on(9)


def test_a_reader_without_any_snapshot_is_told_so(database: Database) -> None:
    assert latest(database) is None


def test_a_database_that_was_never_migrated_stops_the_job_with_what_to_do(empty_database: Database) -> None:
    with pytest.raises(DatabaseNotReady, match="trialog migrate"):
        Job(lambda: empty_database.connect("trialog_owner"), STUDY).run(threading.Event())
