"""Questions to the projections, for pages, statistics and the command line: plain functions on a psycopg connection.

Any role that may read will do. None of them begins or ends a transaction: several answers belong together only where
the caller asks within one REPEATABLE READ transaction.
"""

from collections import defaultdict
from collections.abc import Sequence, Set
from typing import Any

import msgspec
import psycopg

from projections.rows import Head, LatestEvent, LedgerCounts, PositionRow, SubjectRow, WorkerRow
from projections.stored import ENTRY_COLUMNS, StatusRow, entry_of
from projections.summary import detail_of
from schemas.codec import decode
from schemas.events.event import Event
from schemas.records import Position
from schemas.settlement import Entry
from schemas.subject import SubjectState, decode_state
from schemas.subject import study_digest as digest_of_study
from schemas.topics import Topic

Connection = psycopg.Connection[Any]


def head(connection: Connection) -> Head:
    """The last commit."""
    row = connection.execute("SELECT number, committed_at FROM trial.commits ORDER BY number DESC LIMIT 1").fetchone()
    return Head(commit=0, committed_at=None) if row is None else Head(commit=row[0], committed_at=row[1])


def ledger_counts(connection: Connection) -> LedgerCounts:
    """Ledger rows by status and reason."""
    row = connection.execute(
        "SELECT coalesce(sum(accepted), 0)::bigint, coalesce(sum(duplicate), 0)::bigint, "
        "coalesce(sum(quarantined), 0)::bigint FROM trial.positions"
    ).fetchone()
    assert row is not None
    reasons = connection.execute(
        "SELECT split_part(reason, ' at ', 1) AS reason, count(*) FROM trial.ledger "
        "WHERE status <> 'accepted' AND status = 'quarantined' GROUP BY 1 ORDER BY 1"
    )
    return LedgerCounts(
        accepted=row[0], duplicate=row[1], quarantined=row[2], quarantined_by_reason=dict(reasons.fetchall())
    )


def subjects(connection: Connection) -> list[SubjectRow]:
    """All subjects, sorted by id."""
    rows = connection.execute(
        'SELECT subject, status, status_since, statuses, digest FROM trial.subjects ORDER BY subject COLLATE "C"'
    )
    return [
        SubjectRow(
            subject=subject,
            status=status,
            since_on=since_on,
            statuses=tuple(msgspec.convert(statuses, list[StatusRow])),
            digest=digest,
        )
        for subject, status, since_on, statuses, digest in rows
    ]


def state(connection: Connection, subject: str) -> SubjectState | None:
    """One subject's state, None where nothing was ever said of it."""
    row = connection.execute("SELECT state FROM trial.subjects WHERE subject = %s", (subject,)).fetchone()
    return None if row is None else decode_state(row[0])


def study_digest(connection: Connection) -> str:
    """One digest over the states of all subjects: the same for the same set of events."""
    return digest_of_study(connection.execute("SELECT subject, digest FROM trial.subjects"))


def entries_in_force(
    connection: Connection, subjects: Sequence[str] | None = None, types: Sequence[str] | None = None
) -> dict[str, list[Entry]]:
    """By subject, its entries that stand, in the one order. None means all; a subject without one is left out."""
    found: dict[str, list[Entry]] = defaultdict(list)
    rows = connection.execute(
        f"SELECT {ENTRY_COLUMNS}, subject FROM trial.entries "  # noqa: S608 - the columns are a constant
        "WHERE in_force AND subject IS NOT NULL AND (%(subjects)s::text[] IS NULL OR subject = ANY(%(subjects)s)) "
        "AND (%(types)s::text[] IS NULL OR type = ANY(%(types)s)) "
        'ORDER BY happened_at, happened_rank, recorded_at, event_id COLLATE "C"',
        {
            "subjects": None if subjects is None else list(subjects),
            "types": None if types is None else list(types),
        },
        binary=True,
    )
    for row in rows:
        found[row[9]].append(entry_of(row))
    return dict(found)


def events_of(connection: Connection, subject: str) -> list[Event]:
    """Every accepted event of one subject, each once, as it was sent; oversight events among them."""
    rows = connection.execute(
        """
        SELECT ledger.value
        FROM trial.entries AS entry JOIN trial.ledger AS ledger USING (topic, partition, "offset")
        WHERE entry.subject = %s
        ORDER BY topic, partition, "offset"
        """,
        (subject,),
    )
    events = []
    for (value,) in rows:
        event = decode(value)
        assert isinstance(event, Event), f"an accepted event of {subject} is unreadable now"
        events.append(event)
    return events


def latest_events(connection: Connection, most: int, analytes_shown: Set[str] = frozenset()) -> list[LatestEvent]:
    """The last ledger rows by commit, the newest first. No result has a value but those of ``analytes_shown``.

    Those of the topic ``oversight`` are passed over: pages and tables of their own have them, and one reader of the
    audit pages would fill a monitor's list.
    """
    rows = connection.execute(
        """
        SELECT made.number, record.topic, record.partition, record."offset", record.received_at, record.value,
               record.status, record.reason
        FROM (
            SELECT of_one.* FROM trial.positions AS place
            CROSS JOIN LATERAL (
                SELECT * FROM trial.commits WHERE topic = place.topic AND partition = place.partition
                ORDER BY first_offset DESC LIMIT %(most)s
            ) AS of_one
            WHERE place.topic NOT LIKE %(passed_over)s
            ORDER BY of_one.number DESC LIMIT %(most)s
        ) AS made
        CROSS JOIN LATERAL (
            SELECT * FROM trial.ledger
            WHERE topic = made.topic AND partition = made.partition
              AND "offset" BETWEEN made.first_offset AND made.last_offset
            ORDER BY "offset" DESC LIMIT %(most)s
        ) AS record
        ORDER BY made.number DESC, record."offset" DESC LIMIT %(most)s
        """,
        {"most": most, "passed_over": f"%.{Topic.OVERSIGHT}"},
        binary=True,
    )
    return [_latest(row, analytes_shown) for row in rows]


def oversight_counts(connection: Connection) -> dict[str, int]:
    """How many events of each type are about no subject, such as messages that wait or were refused."""
    rows = connection.execute("SELECT type, count(*) FROM trial.entries WHERE subject IS NULL GROUP BY type ORDER BY 1")
    return dict(rows.fetchall())


def positions(connection: Connection) -> list[PositionRow]:
    """Every partition that was ever applied from, sorted."""
    rows = connection.execute(
        "SELECT topic, partition, next_offset, log_end, moved_at FROM trial.positions ORDER BY topic, partition"
    )
    return [
        PositionRow(topic=topic, partition=partition, next_offset=next_offset, log_end=log_end, moved_at=moved_at)
        for topic, partition, next_offset, log_end, moved_at in rows
    ]


def workers(connection: Connection) -> list[WorkerRow]:
    """The last heartbeat of everyone, sorted by name."""
    rows = connection.execute("SELECT name, state, seen_at, detail FROM trial.workers ORDER BY name")
    return [WorkerRow(name=name, state=state, seen_at=seen_at, detail=detail) for name, state, seen_at, detail in rows]


def _latest(row: Sequence[Any], analytes_shown: Set[str]) -> LatestEvent:
    number, topic, partition, offset, received_at, value, status, reason = row
    event = _readable(value)
    return LatestEvent(
        position=str(Position(topic, partition, offset)),
        commit=number,
        received_at=received_at,
        subject=None if event is None else event.subject,
        type=None if event is None else event.type,
        source=None if event is None else event.source,
        actor_role=None if event is None else event.actor_role,
        status=status,
        reason=None if reason is None else reason.split(" at ", 1)[0],
        detail=() if event is None else detail_of(event.facts, analytes_shown),
    )


def _readable(value: bytes | None) -> Event | None:
    """The event in a ledger row of any status, None where it is none."""
    try:
        event = decode(value)
    except RecursionError:
        return None
    return event if isinstance(event, Event) else None
