"""Walks partitions in slices: every hash as it must be, offsets from 0 without a hole, and the last row the position's.

A slice that begins inside of a partition builds on the stored hash of the row before it, which is the last that the
slice before it proves: so slices may be walked side by side, and what one finds broken does not blind the next.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import psycopg

from projections.chain import GENESIS
from projections.ledger import copied
from projections.verifying.broken import Broken, Kind, Report, Stage, before, in_partition
from projections.verifying.links import Place, linked, offset_and_hash

Connection = psycopg.Connection[Any]

ROWS_A_SLICE = 250_000
ROWS_A_REPORT = 5_000

POSITIONS = """
SELECT topic, partition, next_offset, chain_head, accepted, duplicate, quarantined FROM trial.positions
ORDER BY topic, partition
"""

# Every partition that has rows, found by one look into the index each, and its first row that no position covers.
_BEYOND = """
WITH RECURSIVE places AS (
    (SELECT topic, partition FROM trial.ledger ORDER BY topic, partition LIMIT 1)
    UNION ALL
    SELECT following.topic, following.partition FROM places CROSS JOIN LATERAL (
        SELECT topic, partition FROM trial.ledger
        WHERE (topic, partition) > (places.topic, places.partition) ORDER BY topic, partition LIMIT 1
    ) AS following
)
SELECT topic, partition, least(below, beyond) FROM places
LEFT JOIN trial.positions AS place USING (topic, partition)
CROSS JOIN LATERAL (
    SELECT min("offset") FILTER (WHERE "offset" < 0) AS below FROM trial.ledger
    WHERE topic = places.topic AND partition = places.partition AND "offset" < 0
) AS under
CROSS JOIN LATERAL (
    SELECT min("offset") AS beyond FROM trial.ledger
    WHERE topic = places.topic AND partition = places.partition AND "offset" >= coalesce(place.next_offset, 0)
) AS over
WHERE below IS NOT NULL OR beyond IS NOT NULL ORDER BY topic, partition
"""

_NOT_ACCEPTED = """
SELECT topic, partition, count(*) FILTER (WHERE status = 'duplicate'), count(*) FILTER (WHERE status = 'quarantined')
FROM trial.ledger WHERE status <> 'accepted' GROUP BY topic, partition
"""

_REPEATS_NOTHING = """
SELECT topic, partition, min("offset"), count(*) FROM trial.ledger AS record
WHERE status <> 'accepted' AND status = 'duplicate'
  AND NOT EXISTS (SELECT FROM trial.entries WHERE event_id = record.event_id)
GROUP BY topic, partition ORDER BY topic, partition
"""


class Position(msgspec.Struct, frozen=True):
    """A row of `trial.positions`, as `POSITIONS` reads it."""

    topic: str
    partition: int
    next_offset: int
    chain_head: bytes
    accepted: int
    duplicate: int
    quarantined: int

    @property
    def place(self) -> str:
        return f"{self.topic}[{self.partition}]"


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """Offsets from ``begin`` to before ``end`` of a partition.

    ``head`` is the chain hash before the first, None to take the stored one; ``last`` the position's own, None where
    the slice does not reach the position.
    """

    topic: str
    partition: int
    begin: int
    end: int
    head: bytes | None
    last: bytes | None


def positions(connection: Connection) -> list[Position]:
    return [Position(*row) for row in connection.execute(POSITIONS, binary=True).fetchall()]


def slices(
    found: list[Position], begins: Mapping[tuple[str, int], tuple[int, bytes]], rows: int = ROWS_A_SLICE
) -> list[Slice]:
    """Each partition in slices of at most this many rows; ``begins`` are the first offset and the hash before it."""
    made = []
    for position in found:
        begin, head = begins.get((position.topic, position.partition), (0, GENESIS))
        for first in range(begin, max(position.next_offset, begin + 1), rows):
            end = min(first + rows, position.next_offset)
            made.append(
                Slice(
                    topic=position.topic,
                    partition=position.partition,
                    begin=first,
                    end=end,
                    head=head if first == begin else None,
                    last=position.chain_head if end == position.next_offset else None,
                )
            )
    return made


def walk(connection: Connection, of: Slice, report: Report) -> list[Broken]:
    """What is broken in a slice: its first wrong row and its first hole, each with the number of all such."""
    place = Place(of.topic, of.partition)
    previous = of.head if of.head is not None else _stored_hash(connection, of.topic, of.partition, of.begin - 1)
    wrong = _First()
    holes = _First()
    expected, unreported = of.begin, 0
    for row in copied(connection, of.topic, of.partition, of.end, of.begin):
        offset, stored = offset_and_hash(row)
        if offset != expected:
            holes.note(expected, offset - expected)
            # What the row behind a hole builds on is gone: its own hash is taken, and the rows behind it are checked.
            previous, expected = None, offset
        if previous is not None and linked(previous, place, offset, row) != stored:
            wrong.note(offset)
        previous = stored
        expected += 1
        unreported += 1
        if unreported == ROWS_A_REPORT:
            report(Stage.CHAIN, unreported)
            unreported = 0
    report(Stage.CHAIN, unreported)
    return list(_found(of, wrong, holes, expected, previous))


class _First:
    """The first offset of something, and how many there were."""

    def __init__(self) -> None:
        self.offset = -1
        self.rows = 0

    def note(self, offset: int, rows: int = 1) -> None:
        if not self.rows:
            self.offset = offset
        self.rows += rows


def _found(of: Slice, wrong: _First, holes: _First, reached: int, head: bytes | None) -> Iterator[Broken]:
    where = (of.topic, of.partition)
    if wrong.rows:
        yield in_partition(
            Kind.CHAIN,
            *where,
            wrong.offset,
            "the row is not what its chain hash says",
            before(wrong.offset),
            wrong.rows,
        )
    if holes.rows:
        yield in_partition(Kind.OFFSETS, *where, holes.offset, "the row is missing", before(holes.offset), holes.rows)
    if reached < of.end:
        what = "the row is missing" + (f"; the position is at {of.end}" if of.last is not None else "")
        yield in_partition(Kind.OFFSETS, *where, reached, what, before(reached), of.end - reached)
    elif of.last is not None and head is not None and head != of.last:
        place = f"{of.topic}[{of.partition}]"
        yield Broken(
            kind=Kind.CHAIN,
            position=place,
            what="the position's chain hash is not that of the last row",
            stands="the rows up to the last seal, by that seal; rows behind it may be missing at the end",
            partition=place,
            offset=of.end,
        )


def _stored_hash(connection: Connection, topic: str, partition: int, offset: int) -> bytes | None:
    query = 'SELECT chain_hash FROM trial.ledger WHERE topic = %s AND partition = %s AND "offset" = %s'
    row = connection.execute(query, (topic, partition, offset), binary=True).fetchone()
    return None if row is None else bytes(row[0])


def beyond_positions(connection: Connection) -> Iterator[Broken]:
    """Rows that no position covers: written past the writer."""
    stands = "the rows that positions cover"
    for topic, partition, offset in connection.execute(_BEYOND).fetchall():
        what = "the row lies outside of what was applied"
        yield in_partition(Kind.OFFSETS, topic, partition, offset, what, stands)


def counts_broken(connection: Connection, found: list[Position]) -> Iterator[Broken]:
    """The position's counts are those of its rows, and a duplicate repeats something."""
    counted = {(row[0], row[1]): (row[2], row[3]) for row in connection.execute(_NOT_ACCEPTED).fetchall()}
    for each in found:
        duplicate, quarantined = counted.get((each.topic, each.partition), (0, 0))
        accepted = each.next_offset - duplicate - quarantined
        if (each.accepted, each.duplicate, each.quarantined) != (accepted, duplicate, quarantined):
            yield Broken(
                kind=Kind.COUNTS,
                position=each.place,
                what=f"the position counts {each.accepted} accepted, {each.duplicate} duplicate and {each.quarantined} "
                f"quarantined rows, and there are {accepted}, {duplicate} and {quarantined}",
                stands="the rows themselves; what pages say of their number does not",
                partition=each.place,
            )
    for topic, partition, offset, rows in connection.execute(_REPEATS_NOTHING).fetchall():
        what = "the row is a duplicate of an event that was never accepted"
        yield in_partition(Kind.COUNTS, topic, partition, offset, what, before(offset), rows)
