"""One look at the database and the log: what the page, ``/api/status`` and ``trialog status`` all show.

This is the shell around `monitor.view`: it reads, and leaves judging to `monitor.line` and saying to the pages.
"""

import datetime as dt
from collections.abc import Callable, Mapping

import psycopg

from analytics.prespecified import Prespecified
from analytics.reading import latest_snapshot
from eventlog.errors import LogError
from monitor.line import Watch, judge, with_ends, worker_seen
from monitor.view import Intake, PartitionLag, Statistics, Status
from projections import reading
from projections.quarantine import settled
from projections.verifying.carried_on import ChainSeen
from schemas.events import MessageRefused, MessageReleased, MessageWaiting
from schemas.study import StudyDefinition

LogEnds = Callable[[], Mapping[tuple[str, int], int]]
"""Asks the log for the end of each partition, by (topic, partition). Raises LogError where it does not answer."""

LATEST = 40
"""How many events one look brings; the overview shows the first few and the table all of them."""


def status(
    connection: psycopg.Connection,
    study: StudyDefinition,
    log_ends: LogEnds | None,
    *,
    prespecified: Prespecified,
    watch: Watch | None = None,
    chain: ChainSeen | None = None,
) -> Status:
    """One look, all of it from one view of the database. The connection must be in no transaction.

    ``prespecified`` says of the numbers what the study's plan asks for.
    ``log_ends`` None takes the ends that the workers saw last. ``watch`` remembers earlier looks, so that what stands
    still can be told from what has only just come; without it nothing is called stuck. ``chain`` is what the last
    verification came to. Raises psycopg.OperationalError where the database is away.
    """
    ends, log_away = _ends(log_ends)
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        now = _clock(connection)
        head = reading.head(connection)
        partitions = with_ends(_partitions(connection), ends)
        workers = tuple(worker_seen(row.name, row.state, row.seen_at, now) for row in reading.workers(connection))
        subjects = reading.subjects(connection)
        line = judge(
            partitions,
            workers,
            log_away_since=(watch or Watch()).log_away_since(log_away, now),
            waiting=watch.waiting(partitions, now) if watch is not None else None,
            now=now,
        )
        return Status(
            study=study.id,
            observed_at=now,
            commit=head.commit,
            committed_at=head.committed_at,
            state_digest=reading.study_digest(connection) if subjects else None,
            subjects=len(subjects),
            chain=chain,
            line=line,
            statistics=_statistics(connection, prespecified),
            intake=_intake(connection),
            latest=tuple(reading.latest_events(connection, LATEST, _shown(study))),
        )


def _ends(log_ends: LogEnds | None) -> tuple[Mapping[tuple[str, int], int] | None, bool]:
    """The log's own ends, asked for before the database is, so that no record counts as behind that is written by then;
    and whether the log is away."""
    if log_ends is None:
        return None, False
    try:
        return log_ends(), False
    except LogError:
        return None, True


def _clock(connection: psycopg.Connection) -> dt.datetime:
    """The database's clock, which also stamps commits and heartbeats: two machines' clocks are never compared."""
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    found: dt.datetime = row[0]
    return found


def _partitions(connection: psycopg.Connection) -> list[PartitionLag]:
    return [
        PartitionLag(
            topic=row.topic,
            partition=row.partition,
            next_offset=row.next_offset,
            log_end=row.log_end,
            moved_at=row.moved_at,
        )
        for row in reading.positions(connection)
    ]


def _statistics(connection: psycopg.Connection, prespecified: Prespecified) -> Statistics | None:
    stored = latest_snapshot(connection)
    if stored is None:
        return None
    return Statistics(
        first_commit=stored.first_commit,
        last_commit=stored.last_commit,
        computed_at=stored.computed_at,
        snapshot=stored.snapshot,
        prespecification=prespecified.of_snapshot(stored.body),
    )


def _intake(connection: psycopg.Connection) -> Intake:
    ledger = reading.ledger_counts(connection)
    oversight = reading.oversight_counts(connection)
    again = settled(connection)
    waited, released = (oversight.get(each.TYPE, 0) for each in (MessageWaiting, MessageReleased))
    return Intake(
        accepted=ledger.accepted,
        repeated=ledger.duplicate,
        quarantined=ledger.quarantined,
        quarantined_by_reason=ledger.quarantined_by_reason,
        # A release can be written before its waiting, for arrival order means nothing.
        waiting=max(waited - released, 0),
        refused=oversight.get(MessageRefused.TYPE, 0),
        redriven_by_reason=again.rows_by_reason,
        refused_redriven=again.messages,
    )


def _shown(study: StudyDefinition) -> frozenset[str]:
    """The analytes whose values a page may show: those that the study does not blind."""
    return frozenset(analyte.id for analyte in study.analytes if not analyte.blinded)
