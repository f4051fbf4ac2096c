"""Computes the chain again, checks that the commits cover it, and says what is broken. Nothing means whole."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import msgspec
import psycopg
from psycopg.pq import TransactionStatus

from projections.chain import GENESIS, chain_hash
from projections.ledger import rows_of

Progress = Callable[[int, int], None]
"""Called with the rows done and the rows in all."""

_PROGRESS_ROWS = 5_000


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not whole. ``position`` is topic[partition]@offset, topic[partition], or "commit N"."""

    position: str
    what: str


def verify_chain(connection: psycopg.Connection[Any], progress: Progress | None = None) -> list[Broken]:
    """Everything that is broken, in order; for each partition the first broken row only, as all behind it hang on it.

    Sees one state of the database where the connection is in no transaction; live writing may go on.
    """
    idle = connection.info.transaction_status == TransactionStatus.IDLE
    with connection.transaction() if idle else nullcontext():
        if idle:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        partitions = connection.execute(
            "SELECT topic, partition, next_offset, chain_head FROM trial.positions ORDER BY topic, partition"
        ).fetchall()
        report = _Report(progress, sum(row[2] for row in partitions))
        broken = [
            each
            for topic, partition, next_offset, chain_head in partitions
            for each in _partition_broken(connection, topic, partition, next_offset, chain_head, report)
        ]
        return broken + list(_beyond_positions(connection)) + list(_commits_broken(connection))


class _Report:
    def __init__(self, progress: Progress | None, rows: int) -> None:
        self._progress = progress
        self._rows = rows
        self._done = 0

    def row_done(self) -> None:
        self._done += 1
        if self._progress is not None and (self._done % _PROGRESS_ROWS == 0 or self._done == self._rows):
            self._progress(self._done, self._rows)


def _partition_broken(
    connection: psycopg.Connection[Any], topic: str, partition: int, next_offset: int, head: bytes, report: _Report
) -> Iterator[Broken]:
    """Offsets from 0 without a hole, every hash as it must be, and the last one that of the position."""
    where = f"{topic}[{partition}]"
    previous, expected = GENESIS, 0
    for row in rows_of(connection, topic, partition, next_offset):
        if row.offset != expected:
            yield Broken(position=f"{where}@{expected}", what="the row is missing")
            return
        previous = chain_hash(
            previous,
            topic=topic,
            partition=partition,
            offset=row.offset,
            key=row.key,
            headers=row.headers,
            value=row.value,
            status=row.status,
            reason=row.reason,
            event_id=row.event_id,
        )
        if previous != row.chain_hash:
            yield Broken(position=f"{where}@{expected}", what="the row is not what its chain hash says")
            return
        expected += 1
        report.row_done()
    if expected != next_offset:
        yield Broken(position=f"{where}@{expected}", what=f"the row is missing; the position is at {next_offset}")
    elif previous != head:
        yield Broken(position=where, what="the position's chain hash is not that of the last row")


def _beyond_positions(connection: psycopg.Connection[Any]) -> Iterator[Broken]:
    """Rows that no position covers: written past the writer."""
    rows = connection.execute(
        """
        SELECT record.topic, record.partition, min(record."offset")
        FROM trial.ledger AS record LEFT JOIN trial.positions AS place USING (topic, partition)
        WHERE place.next_offset IS NULL OR record."offset" >= place.next_offset OR record."offset" < 0
        GROUP BY 1, 2 ORDER BY 1, 2
        """
    )
    for topic, partition, offset in rows.fetchall():
        yield Broken(position=f"{topic}[{partition}]@{offset}", what="the row lies outside of what was applied")


def _commits_broken(connection: psycopg.Connection[Any]) -> Iterator[Broken]:
    """Numbers from 1 without a gap, times that never go back, and every partition covered from 0, once and wholly."""
    rows = connection.execute(
        """
        SELECT number, number - lag(number, 1, 0::bigint) OVER in_time,
               committed_at < lag(committed_at) OVER in_time,
               first_offset - lag(last_offset, 1, -1::bigint) OVER (PARTITION BY topic, partition ORDER BY number)
        FROM trial.commits WINDOW in_time AS (ORDER BY number) ORDER BY number
        """
    )
    for number, step, goes_back, offset_step in rows.fetchall():
        if step != 1:
            yield Broken(position=f"commit {number}", what="a commit before it is missing")
        if goes_back:
            yield Broken(position=f"commit {number}", what="its time lies before that of the commit before")
        if offset_step != 1:
            yield Broken(
                position=f"commit {number}", what="its offsets do not follow those of its partition's last commit"
            )
    uncovered = connection.execute(
        """
        SELECT place.topic, place.partition FROM trial.positions AS place
        LEFT JOIN (SELECT topic, partition, max(last_offset) + 1 AS covered FROM trial.commits GROUP BY 1, 2) AS made
        USING (topic, partition) WHERE coalesce(covered, 0) <> next_offset ORDER BY 1, 2
        """
    )
    for topic, partition in uncovered.fetchall():
        yield Broken(position=f"{topic}[{partition}]", what="the commits do not reach to the position")
