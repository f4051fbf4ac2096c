"""The accepted rows of the ledger with the entry and the audit trail's row of each, subject by subject, in any number.

Each of the three is sorted by the database, by subject and place, and the three are then joined as they come: nothing
is asked of one table by what another says. The ledger's key names the subject, for the ledger knows no other column.
Memory stays flat: the database sorts on its disk, and what is held here are a few thousand rows.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec
import psycopg
from psycopg import sql

Connection = psycopg.Connection[Any]

ROWS_A_STEP = 2_000

# A cursor is read to its end here, so that the way to the first row does not matter, but the way to the last.
SETTINGS = """
SELECT set_config('cursor_tuple_fraction', '1', true), set_config('work_mem', '64MB', true)
"""

_OF_LEDGER = sql.SQL("coalesce(key, '')")
_OF_OTHERS = sql.SQL("convert_to(coalesce(subject, '-'), 'UTF8')")

_LEDGER = """
SELECT {subject} AS of_subject, topic, partition, "offset", value, event_id, received_at,
       (SELECT number FROM trial.commits AS made
        WHERE made.topic = record.topic AND made.partition = record.partition AND first_offset <= record."offset"
        ORDER BY first_offset DESC LIMIT 1)
FROM trial.ledger AS record WHERE status = 'accepted' AND {within}
"""
_ENTRIES = """
SELECT {subject} AS of_subject, topic, partition, "offset", event_id, facts_digest, subject, type, target, series,
       happened_at, happened_rank, happened_on, zone_offset_s, recorded_at, in_force, facts, by, contested
FROM trial.entries WHERE {within}
"""
_TRAIL = """
SELECT {subject} AS of_subject, topic, partition, "offset", event_id, subject, actor, actor_role, happened, recorded_at,
       received_at, reason, changes::text
FROM trial.audit_trail WHERE {within}
"""
_ORDER = ' ORDER BY of_subject, topic COLLATE "C", partition, "offset"'


_Stream = Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Subjects from ``first`` to before ``end``, by the bytes of their keys; None has no limit there.

    ``only`` are the subjects to which it is further narrowed, None for all. ``compare`` says whether what is made of
    the ledger is compared; else only the events are read.
    """

    first: bytes | None = None
    end: bytes | None = None
    only: tuple[bytes, ...] | None = None
    compare: bool = True


class Told(msgspec.Struct, frozen=True):
    """What the three tables say of one place, each as its query has it, from the event id or the value on."""

    topic: str
    partition: int
    offset: int
    accepted: tuple[Any, ...] | None
    entry: tuple[Any, ...] | None
    trail: tuple[Any, ...] | None


def told_by_subject(connection: Connection, span: Span) -> Iterator[tuple[bytes, Iterator[Told]]]:
    """Each subject's key with what is told of its places, which must be read before the next subject.

    Sorted by key, then by topic, partition and offset. Needs a transaction that nothing else streams from.
    """
    connection.execute(SETTINGS)
    nothing: _Stream = iter(())
    streams = (
        _stream(connection, "accepted", _LEDGER, _OF_LEDGER, span),
        _stream(connection, "entries", _ENTRIES, _OF_OTHERS, span) if span.compare else nothing,
        _stream(connection, "trail", _TRAIL, _OF_OTHERS, span) if span.compare else nothing,
    )
    for key, rows in groupby(_joined(streams), itemgetter(0)):
        yield key, (told for _, told in rows)


def within(column: sql.SQL, span: Span) -> sql.Composable:
    """The condition that a row is of a span."""
    conditions: list[sql.Composable] = [sql.SQL("true")]
    if span.first is not None:
        conditions.append(sql.SQL("{} >= {}").format(column, span.first))
    if span.end is not None:
        conditions.append(sql.SQL("{} < {}").format(column, span.end))
    if span.only is not None:
        conditions.append(sql.SQL("{} = ANY({})").format(column, list(span.only)))
    return sql.SQL(" AND ").join(conditions)


def _stream(connection: Connection, name: str, query: str, subject: sql.SQL, span: Span) -> _Stream:
    """(key, topic, partition, offset) and the rest of each row."""
    statement = sql.SQL(query + _ORDER).format(subject=subject, within=within(subject, span))
    with connection.cursor(name) as cursor:
        cursor.execute(statement, binary=True)
        # A step at a time: a cursor that is iterated asks itself for every row whether there is another.
        while step := cursor.fetchmany(ROWS_A_STEP):
            for row in step:
                yield row[:4], row[4:]


def _joined(streams: Sequence[_Stream]) -> Iterator[tuple[bytes, Told]]:
    """The three streams side by side, place by place; a place that one of them does not have is None there."""
    accepted, entries, trail = (next(stream, None) for stream in streams)
    while True:
        if accepted is not None and entries is not None and trail is not None:
            place = accepted[0]
            if place == entries[0] and place == trail[0]:
                # The usual case by far, and written out: a loop over three costs more than all the rest of this.
                yield place[0], Told(place[1], place[2], place[3], accepted[1], entries[1], trail[1])
                accepted, entries, trail = (next(streams[0], None), next(streams[1], None), next(streams[2], None))
                continue
        heads = [accepted, entries, trail]
        first = min((head[0] for head in heads if head is not None), default=None)
        if first is None:
            return
        found: list[tuple[Any, ...] | None] = [None, None, None]
        for at, head in enumerate(heads):
            if head is not None and head[0] == first:
                found[at] = head[1]
                heads[at] = next(streams[at], None)
        accepted, entries, trail = heads
        yield first[0], Told(first[1], first[2], first[3], *found)
