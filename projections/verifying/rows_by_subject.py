"""The accepted rows of the ledger with the entry and the audit trail's row of each, subject by subject, in any number.

Each of the three tables is sorted by subject, by the database and on its disk, and they are joined here as they come:
nothing is asked of one table by what another says. The ledger's key names the subject, for the ledger knows no other
column. In memory are one subject's history and, of every commit, three numbers.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

import msgspec
import psycopg
from psycopg import sql
from psycopg.abc import Loader
from psycopg.types.numeric import Int4BinaryLoader, Int8BinaryLoader
from psycopg.types.string import TextBinaryLoader

from schemas.admission import NOBODY

Connection = psycopg.Connection[Any]
Row = tuple[Any, ...]
"""A key, a place (topic, partition, offset), and the rest."""

ROWS_A_STEP = 2_000

# A cursor is read to its end here, so that the way to the first row does not matter, but the way to the last.
SETTINGS = "SELECT set_config('cursor_tuple_fraction', '1', true)"

_OF_LEDGER = sql.SQL("coalesce(key, '')")
_OF_OTHERS = sql.SQL("convert_to(coalesce(subject, '-'), 'UTF8')")

_LEDGER = """
SELECT {subject} AS of_subject, topic, partition, "offset", value, event_id, received_at
FROM trial.ledger WHERE status = 'accepted' AND {within}
"""
_ENTRIES = """
SELECT {subject} AS of_subject, topic, partition, "offset", event_id, facts_digest, subject, type, target, series,
       happened_at, happened_rank, happened_on, zone_offset_s, recorded_at, in_force, facts, by, contested
FROM trial.entries WHERE {within}
"""
_TRAIL = """
SELECT {subject} AS of_subject, topic, partition, "offset", event_id, subject, actor, actor_role, happened, recorded_at,
       received_at, reason, changes
FROM trial.audit_trail WHERE {within}
"""
_TABLES = (
    ("accepted", _LEDGER, _OF_LEDGER),
    ("entries", _ENTRIES, _OF_OTHERS),
    ("trail", _TRAIL, _OF_OTHERS),
)
_BY_SUBJECT = " ORDER BY of_subject"
_BY_PLACE = ' ORDER BY topic COLLATE "C", partition, "offset"'

_AS_KEPT: dict[str, type[Loader]] = {
    "timestamptz": Int8BinaryLoader,
    "date": Int4BinaryLoader,
    "json": TextBinaryLoader,
}

_COMMITS = "SELECT topic, partition, first_offset, last_offset, number FROM trial.commits ORDER BY 1, 2, 3"


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Subjects from ``first`` to before ``end``, by the bytes of their keys; None has no limit there.

    ``only`` are the subjects to which it is further narrowed, None for all. ``nobody`` means instead of all that what
    is about no subject. ``compare`` says whether what is made of the ledger is compared; else only events are read.
    """

    first: bytes | None = None
    end: bytes | None = None
    only: tuple[bytes, ...] | None = None
    nobody: bool = False
    compare: bool = True


class Told(msgspec.Struct, frozen=True):
    """What the three tables say of one place, each as its query has it, from the value or the event id on.

    Instants and dates are the numbers that PostgreSQL keeps (`projections.arrays`), and JSON is its text.
    """

    topic: str
    partition: int
    offset: int
    accepted: Row | None
    entry: Row | None
    trail: Row | None


class Commits:
    """In which commit a row lies: 24 bytes for each commit are held."""

    def __init__(self, connection: Connection) -> None:
        self._of: dict[tuple[str, int], tuple[array[int], array[int], array[int]]] = {}
        with connection.cursor("numbers") as cursor:
            cursor.execute(_COMMITS, binary=True)
            while step := cursor.fetchmany(ROWS_A_STEP):
                for topic, partition, *numbers in step:
                    known = self._of.setdefault((topic, partition), (array("q"), array("q"), array("q")))
                    for column, number in zip(known, numbers, strict=True):
                        column.append(number)

    def of(self, told: Told) -> int | None:
        """The commit that covers the row at this place, None where none does."""
        known = self._of.get((told.topic, told.partition))
        if known is None:
            return None
        firsts, lasts, numbers = known
        at = bisect_right(firsts, told.offset) - 1
        return numbers[at] if at >= 0 and told.offset <= lasts[at] else None


def told_by_subject(connection: Connection, span: Span) -> Iterator[tuple[bytes, list[Told]]]:
    """Each subject's key with what is told of its places, in no order; subjects are sorted by key.

    Needs a transaction that nothing else streams from.
    """
    streams = [groupby(_runs(each), itemgetter(0)) for each in _streams(connection, span, _BY_SUBJECT)]
    heads = [next(stream, None) for stream in streams]
    while True:
        key = min((head[0] for head in heads if head is not None), default=None)
        if key is None:
            return
        places: dict[tuple[str, int, int], list[Row | None]] = {}
        more: list[Told] = []
        for at, head in enumerate(heads):
            if head is not None and head[0] == key:
                for _, rows in head[1]:
                    _place(places, more, at, rows)
                heads[at] = next(streams[at], None)
        yield key, [*(Told(*place, *rows) for place, rows in places.items()), *more]


def told_of_nobody(connection: Connection, span: Span) -> Iterator[Told]:
    """What is told of places that are about no subject, by topic, partition and offset, however many there are."""
    streams = [chain.from_iterable(each) for each in _streams(connection, span, _BY_PLACE)]
    heads = [next(stream, None) for stream in streams]
    while True:
        place = min((head[1:4] for head in heads if head is not None), default=None)
        if place is None:
            return
        rows: list[Row | None] = [None, None, None]
        for at, head in enumerate(heads):
            if head is not None and head[1:4] == place:
                rows[at] = head[4:]
                heads[at] = next(streams[at], None)
        yield Told(*place, *rows)


def within(column: sql.SQL, span: Span) -> sql.Composable:
    """The condition that a row is of a span."""
    conditions: list[sql.Composable] = [
        sql.SQL("{} {} {}").format(column, sql.SQL("=" if span.nobody else "<>"), NOBODY)
    ]
    if span.first is not None:
        conditions.append(sql.SQL("{} >= {}").format(column, span.first))
    if span.end is not None:
        conditions.append(sql.SQL("{} < {}").format(column, span.end))
    if span.only is not None:
        conditions.append(sql.SQL("{} = ANY({})").format(column, list(span.only)))
    return sql.SQL(" AND ").join(conditions)


def _runs(steps: Iterable[list[Row]]) -> Iterator[tuple[bytes, list[Row]]]:
    """The rows of a key that were read in one step, with the key; of several steps it comes again in each."""
    for step in steps:
        begin = 0
        while begin < len(step):
            key = step[begin][0]
            end = bisect_right(step, key, begin, key=itemgetter(0))
            yield key, step[begin:end]
            begin = end


def _place(
    places: dict[tuple[str, int, int], list[Row | None]], more: list[Told], at: int, rows: Iterable[Row]
) -> None:
    """Puts each row of a table to what else is told of its place; a second row of one table has a place of its own."""
    for row in rows:
        known = places.get(row[1:4])
        if known is None:
            known = places[row[1:4]] = [None, None, None]
        if known[at] is None:
            known[at] = row[4:]
        else:
            alone: list[Row | None] = [None, None, None]
            alone[at] = row[4:]
            more.append(Told(*row[1:4], *alone))


def _streams(connection: Connection, span: Span, order: str) -> list[Iterator[list[Row]]]:
    """The ledger, the entries and the trail, each in steps; of the ledger alone where nothing is compared."""
    connection.execute(SETTINGS)
    tables = _TABLES if span.compare else _TABLES[:1]
    return [_stream(connection, *table, span, order) for table in tables]


def _stream(
    connection: Connection, name: str, query: str, subject: sql.SQL, span: Span, order: str
) -> Iterator[list[Row]]:
    statement = sql.SQL(query + order).format(subject=subject, within=within(subject, span))
    with connection.cursor(name) as cursor:
        # They are only compared. That costs less than making objects of them, and an instant without end, for which
        # Python has none, is one that differs.
        for kept, loader in _AS_KEPT.items():
            cursor.adapters.register_loader(kept, loader)
        cursor.execute(statement, binary=True)
        # A step at a time: a cursor that is iterated asks itself for every row whether there is another.
        while step := cursor.fetchmany(ROWS_A_STEP):
            yield step
