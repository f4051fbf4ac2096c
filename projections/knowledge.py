"""Who knew what when: one subject at two times, from the ledger's rows.

What was known is read from the ledger, by the commits that brought it. Of the read models only places are used, as an
index would be: which rows of the ledger speak of a subject or have an event's id. Places are written once and never
again; what a read model says of the present state is not read.

None of these functions begins or ends a transaction: several answers belong together only where the caller asks within
one REPEATABLE READ transaction.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import psycopg

from projections.errors import UnknownCommit, UnknownEvent
from schemas.codec import decode
from schemas.events.event import Event
from schemas.knowledge import SubjectAsOf, subject_at
from schemas.records import Position
from schemas.study import StudyDefinition
from schemas.two_times import KnownAt, Told, TrueAt, parse_known_at

Connection = psycopg.Connection[Any]

EMPTY = KnownAt(commit=0, committed_at=None)

_TOLD = """
SELECT record.topic, record.partition, record."offset", record.received_at, record.value,
       made.number, made.committed_at
FROM trial.entries AS place
JOIN trial.ledger AS record USING (topic, partition, "offset")
CROSS JOIN LATERAL (
    SELECT number, committed_at FROM trial.commits
    WHERE topic = place.topic AND partition = place.partition AND first_offset <= place."offset"
    ORDER BY first_offset DESC LIMIT 1
) AS made
WHERE record.status = 'accepted'
"""
_OF_A_SUBJECT = f"""
{_TOLD} AND place.subject = %(subject)s
  AND (made.number < %(commit)s
       OR made.number = %(commit)s AND (%(before)s::bigint IS NULL OR place."offset" < %(before)s))
ORDER BY made.number, place."offset"
"""
_BY_ID = f"{_TOLD} AND place.event_id = %s"


def resolve_known(connection: Connection, text: str, study: StudyDefinition) -> KnownAt:
    """Y from a text: a commit's number, or an instant with its offset, which names the last commit at or before it.

    An instant before the first commit names commit 0. One that lies ahead names the last commit that there is: the
    answer names it, and asking again by its number gives the same for ever. Raises UnclearTime, and UnknownCommit for a
    number that there is not yet.
    """
    wanted = parse_known_at(text, study)
    return known_by(connection, wanted) if isinstance(wanted, dt.datetime) else known_at_commit(connection, wanted)


def known_at_commit(connection: Connection, commit: int) -> KnownAt:
    """Raises UnknownCommit."""
    row = connection.execute("SELECT committed_at FROM trial.commits WHERE number = %s", (commit,)).fetchone()
    if row is None and commit != 0:
        raise UnknownCommit(f"there is no commit {commit}: the last one is {known_at_head(connection).commit}")
    return KnownAt(commit=commit, committed_at=None if row is None else row[0])


def known_by(connection: Connection, at: dt.datetime) -> KnownAt:
    """The last commit at or before an instant."""
    return _last(connection, "WHERE committed_at <= %s ORDER BY number DESC LIMIT 1", (at,))


def known_at_head(connection: Connection) -> KnownAt:
    """Everything that is known now."""
    return _last(connection, "ORDER BY number DESC LIMIT 1")


def told_of(connection: Connection, subject: str, known_at: KnownAt) -> list[Told]:
    """Every accepted event of one subject that was known at Y, in the order of commits; oversight events among them."""
    parameters = {"subject": subject, "commit": known_at.commit, "before": known_at.before}
    return [_told(row) for row in connection.execute(_OF_A_SUBJECT, parameters, binary=True)]


def told_by_id(connection: Connection, event_id: str) -> Told:
    """One accepted event, of a subject or of none. Raises UnknownEvent."""
    row = connection.execute(_BY_ID, (event_id,), binary=True).fetchone()
    if row is None:
        raise UnknownEvent(f"no event {event_id} was ever accepted: `trialog subject ID --known-at COMMIT` lists ids")
    return _told(row)


def around(connection: Connection, event_id: str) -> tuple[Told, KnownAt, KnownAt]:
    """An event, what was known just before it, and what was known just after it. Raises UnknownEvent.

    Between the two points lies this one event, also where its commit holds others.
    """
    told = told_by_id(connection, event_id)
    before, after = (
        KnownAt(commit=told.commit, committed_at=told.committed_at, before=offset)
        for offset in (told.position.offset, told.position.offset + 1)
    )
    return told, before, after


def subject_as_of(
    connection: Connection, study: StudyDefinition, subject: str, true_at: TrueAt, known_at: KnownAt
) -> SubjectAsOf:
    """The subject at two times; empty where nothing was known of it."""
    return subject_at(subject, told_of(connection, subject, known_at), study, known_at, true_at)


def _last(connection: Connection, which: str, parameters: Sequence[Any] = ()) -> KnownAt:
    query = f"SELECT number, committed_at FROM trial.commits {which}"  # noqa: S608 - constants of this module
    row = connection.execute(query, parameters).fetchone()
    return EMPTY if row is None else KnownAt(commit=row[0], committed_at=row[1])


def _told(row: Sequence[Any]) -> Told:
    topic, partition, offset, received_at, value, commit, committed_at = row
    event = decode(value)
    position = Position(topic, partition, offset)
    assert isinstance(event, Event), f"{position} was accepted and is unreadable now"
    return Told(event=event, position=position, received_at=received_at, commit=commit, committed_at=committed_at)
