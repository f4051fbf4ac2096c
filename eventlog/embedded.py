"""The log as a PostgreSQL table, for a trial that runs without Kafka. `tables` says how it is laid out."""

import queue
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import msgspec
import psycopg
from psycopg import sql

from eventlog.embedded_client import Connect, as_log_errors, missing, opened, partitions
from eventlog.errors import LogUnavailable
from eventlog.log import TIMEOUT_SECONDS_DEFAULT, demand_contiguous, demand_fits
from eventlog.partitioning import partition_of
from schemas.records import Headers, NewRecord, Position, Record

CHANNEL = "eventlog_appended"
APPENDER_CONNECTIONS = 4

# A notice can get lost (a writer killed between its commit and the notice). Then a reader finds out by looking.
POLL_SECONDS_MAX = 1.0

_APPEND = """
SELECT appended_topic, appended_partition, first_offset
FROM eventlog.append(%s::text[], %s::integer[], %s::bytea[], %s::bytea[], %s::bytea[])
"""

_READ = """
SELECT "offset", key, value, headers, (extract(epoch FROM appended_at) * 1000)::bigint
FROM eventlog.records WHERE topic = %s AND partition = %s AND "offset" >= %s ORDER BY "offset" LIMIT %s
"""

_HEADERS = msgspec.msgpack.Decoder(Headers)


class EmbeddedAppender:
    """Appends through a few connections, so that threads with different partitions share the disk's flushes."""

    def __init__(
        self,
        connect: Connect,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS_DEFAULT,
        connections: int = APPENDER_CONNECTIONS,
    ) -> None:
        """``connect`` gives a new connection as a role that may append; it is first called by the first append.

        ``timeout_seconds`` bounds the wait for a free connection, and each statement in the server.
        """
        self._connect = connect
        self._timeout_seconds = timeout_seconds
        self._lent = queue.LifoQueue[tuple[int, psycopg.Connection[Any] | None]]()
        self._connections = connections
        for _ in range(connections):
            self._lent.put((0, None))
        self._generation = 0
        self._partitions: dict[str, int] = {}

    def append(self, records: Sequence[NewRecord]) -> list[Position]:
        """All records in one transaction: all of them are in the log, or none. Errors as `log.Appender.append`."""
        if not records:
            return []
        demand_fits(records)
        with as_log_errors(), self._connection() as connection:
            places = [self._partition(connection, record) for record in records]
            topics = [record.topic for record in records]
            columns = (
                topics,
                places,
                [record.key for record in records],
                [record.value for record in records],
                [msgspec.msgpack.encode(record.headers) if record.headers else None for record in records],
            )
            first_offsets = connection.execute(_APPEND, columns).fetchall()
            # Durable from here on, so nothing below may fail the append. The notice is a statement of its own on
            # purpose: inside the transaction it would make every commit in the database wait for the one before.
            with suppress(psycopg.Error):
                connection.execute(sql.SQL("NOTIFY {}").format(sql.Identifier(CHANNEL)))
        return _positions(topics, places, {(topic, partition): first for topic, partition, first in first_offsets})

    def close(self) -> None:
        """Closes what is idle; an append still under way finishes first."""
        for _ in range(self._connections):
            _, connection = self._lent.get()
            if connection is not None:
                connection.close()

    def _partition(self, connection: psycopg.Connection[Any], record: NewRecord) -> int:
        if record.topic not in self._partitions:
            self._partitions[record.topic] = partitions(connection, record.topic)
        return partition_of(record.key, self._partitions[record.topic])

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        """Lends a connection. After any error this one and all that are idle are replaced: their server is gone."""
        try:
            generation, connection = self._lent.get(timeout=self._timeout_seconds)
        except queue.Empty:
            raise LogUnavailable(f"all {self._connections} connections to the embedded log are busy") from None
        try:
            if connection is not None and generation != self._generation:
                connection.close()
                connection = None
            if connection is None:
                generation, connection = self._generation, self._open()
            yield connection
        except BaseException:
            self._generation += 1
            self._partitions = {}
            if connection is not None:
                connection.close()
                connection = None
            raise
        finally:
            self._lent.put((generation, connection))

    def _open(self) -> psycopg.Connection[Any]:
        connection = opened(self._connect)
        milliseconds = str(round(self._timeout_seconds * 1000))
        connection.execute("SELECT set_config('statement_timeout', %s, false)", (milliseconds,))
        # Whatever the server's default is: accepted means durable.
        connection.execute("SET synchronous_commit = on")
        return connection


class EmbeddedReader:
    """Reads on one connection, which also listens."""

    def __init__(self, connect: Connect) -> None:
        """``connect`` gives a new connection as a role that may read; it is first called by the first question."""
        self._connect = connect
        self._open_connection: psycopg.Connection[Any] | None = None
        self._partitions: dict[str, int] = {}

    def topic_id(self, topic: str) -> str:
        with self._connection() as connection:
            row = connection.execute("SELECT topic_id FROM eventlog.topics WHERE topic = %s", (topic,)).fetchone()
        if row is None:
            raise missing(topic)
        return str(row[0])

    def partitions(self, topic: str) -> int:
        if topic not in self._partitions:
            with self._connection() as connection:
                self._partitions[topic] = partitions(connection, topic)
        return self._partitions[topic]

    def end(self, topic: str, partition: int) -> int:
        with self._connection() as connection:
            row = connection.execute(
                "SELECT next_offset FROM eventlog.counters WHERE topic = %s AND partition = %s", (topic, partition)
            ).fetchone()
        if row is None:
            raise missing(f"{topic}[{partition}]")
        return int(row[0])

    def ends(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT topic, partition, next_offset FROM eventlog.counters WHERE topic = ANY(%s) ORDER BY 1, 2",
                (list(topics),),
            ).fetchall()
        return {(topic, partition): end for topic, partition, end in rows}

    def read(self, topic: str, partition: int, offset: int, *, most: int, wait_seconds: float = 0.0) -> list[Record]:
        assert 0 <= partition < self.partitions(topic), f"{topic} has no partition {partition}"
        deadline = time.monotonic() + wait_seconds
        while True:
            records = self._read(topic, partition, offset, most)
            remaining = deadline - time.monotonic()
            if records or remaining <= 0:
                return records
            self.wait(min(remaining, POLL_SECONDS_MAX))

    def wait(self, seconds: float) -> bool:
        """Waits for an append to any topic; False where none was noticed, which does not prove that there was none.

        An append after the last question to this reader ends the wait at once, so that asking `ends` and then waiting
        misses nothing. Callers look again after `POLL_SECONDS_MAX` at the latest.
        """
        with self._connection() as connection:
            return any(True for _ in connection.notifies(timeout=seconds, stop_after=1))

    def close(self) -> None:
        if self._open_connection is not None:
            self._open_connection.close()
            self._open_connection = None

    def _read(self, topic: str, partition: int, offset: int, most: int) -> list[Record]:
        with self._connection() as connection, connection.cursor(binary=True) as cursor:
            rows = cursor.execute(_READ, (topic, partition, offset, most)).fetchall()
        records = [
            Record(
                topic=topic,
                partition=partition,
                offset=row[0],
                key=row[1],
                value=row[2],
                headers=_HEADERS.decode(row[3]) if row[3] is not None else (),
                timestamp_ms=row[4],
            )
            for row in rows
        ]
        demand_contiguous(records, offset)
        return records

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        """The one connection, opened again where the last error closed it."""
        with as_log_errors():
            if self._open_connection is None:
                self._open_connection = opened(self._connect)
                self._open_connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            try:
                yield self._open_connection
            except psycopg.Error:
                self._partitions = {}
                self.close()
                raise


def _positions(
    topics: Sequence[str], places: Sequence[int], first_offsets: dict[tuple[str, int], int]
) -> list[Position]:
    """Counts each partition's records up from its first offset, in the order sent."""
    before: Counter[tuple[str, int]] = Counter()
    positions = []
    for place in zip(topics, places, strict=True):
        positions.append(Position(*place, first_offsets[place] + before[place]))
        before[place] += 1
    return positions
