"""The least that a writer may do: decode, chain, ledger row, position, in one transaction a batch.

It is no projection: it shows what the way from the log to the database costs when the work at its end is small. It
has the interface of `projections.writer.Writer`, so that every consumer in the comparison can drive either.
"""

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import msgspec
import psycopg

from projections.errors import DatabaseAway, Fenced
from schemas.records import Applied, Batch

TABLES = """
CREATE SCHEMA IF NOT EXISTS thin;
CREATE TABLE IF NOT EXISTS thin.positions (
    topic text, partition integer, topic_id text NOT NULL, next_offset bigint NOT NULL, head bytea NOT NULL,
    PRIMARY KEY (topic, partition)
);
CREATE TABLE IF NOT EXISTS thin.ledger (
    topic text, partition integer, "offset" bigint, event_id text, status text NOT NULL,
    value bytea, chain bytea NOT NULL,
    committed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (topic, partition, "offset")
);
"""

_COPY = """
COPY thin.ledger (topic, partition, "offset", event_id, status, value, chain) FROM STDIN (FORMAT BINARY)
"""
_TYPES = ["text", "int4", "int8", "text", "text", "bytea", "bytea"]


class _Envelope(msgspec.Struct):
    id: str


_decoder = msgspec.json.Decoder(_Envelope)


class ThinWriter:
    """One connection, opened at the first question and again after it was lost.

    ``seconds`` gathers how long each part took, by its name.
    """

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]]) -> None:
        self._connect = connect
        self._connection: psycopg.Connection[Any] | None = None
        self.seconds: dict[str, float] = defaultdict(float)

    def next_offset(self, topic: str, partition: int) -> int:
        with self._transaction() as connection:
            row = connection.execute(
                "SELECT next_offset FROM thin.positions WHERE topic = %s AND partition = %s", (topic, partition)
            ).fetchone()
        return int(row[0]) if row else 0

    def apply(self, batch: Batch) -> Applied:
        """Raises Fenced where the topic is another one or the batch begins behind the position; DatabaseAway."""
        with self._transaction() as connection:
            with self._timed("position"):
                next_offset, head = self._locked_position(connection, batch)
            records = [record for record in batch.records if record.offset >= next_offset]
            skipped = len(batch.records) - len(records)
            if not records:
                return Applied(next_offset=next_offset, commit=None, skipped=skipped)
            if records[0].offset != next_offset or batch.log_end < next_offset:
                raise Fenced(f"{records[0].position} came where {next_offset} was next")
            with self._timed("decode"):
                event_ids = [_event_id(record.value) for record in records]
            with self._timed("chain"):
                chain = []
                prefix = f"{batch.topic}:{batch.partition}:".encode()
                for record in records:
                    head = hashlib.sha256(b"%b%b%d:%b" % (head, prefix, record.offset, record.value or b"")).digest()
                    chain.append(head)
            with self._timed("ledger"), connection.cursor() as cursor, cursor.copy(_COPY) as copy:
                copy.set_types(_TYPES)
                for record, event_id, link in zip(records, event_ids, chain, strict=True):
                    status = "accepted" if event_id is not None else "quarantined"
                    copy.write_row((batch.topic, batch.partition, record.offset, event_id, status, record.value, link))
            with self._timed("position"):
                next_offset = records[-1].offset + 1
                connection.execute(
                    "UPDATE thin.positions SET next_offset = %s, head = %s WHERE topic = %s AND partition = %s",
                    (next_offset, head, batch.topic, batch.partition),
                )
            with self._timed("commit"):
                connection.commit()
        accepted = sum(event_id is not None for event_id in event_ids)
        return Applied(
            next_offset=next_offset,
            commit=next_offset,
            accepted=accepted,
            quarantined=len(records) - accepted,
            skipped=skipped,
        )

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _locked_position(self, connection: psycopg.Connection[Any], batch: Batch) -> tuple[int, bytes]:
        place = (batch.topic, batch.partition)
        connection.execute(
            "INSERT INTO thin.positions VALUES (%s, %s, %s, 0, '') ON CONFLICT DO NOTHING", (*place, batch.topic_id)
        )
        row = connection.execute(
            "SELECT topic_id, next_offset, head FROM thin.positions WHERE topic = %s AND partition = %s FOR UPDATE",
            place,
        ).fetchone()
        assert row is not None, "the row was made one statement ago"
        if row[0] != batch.topic_id:
            raise Fenced(f"{batch.topic} has another id than the one applied so far")
        return int(row[1]), bytes(row[2])

    @contextmanager
    def _transaction(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            if self._connection is None:
                self._connection = self._connect()
            yield self._connection
            self._connection.commit()
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            raise DatabaseAway(type(error).__name__) from error
        except BaseException:
            if self._connection is not None:
                with suppress(psycopg.Error):
                    self._connection.rollback()
            raise

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[part] += time.perf_counter() - began


def make_tables(connection: psycopg.Connection[Any]) -> None:
    connection.execute(TABLES)
    connection.commit()


def _event_id(value: bytes | None) -> str | None:
    """None where the value is no event."""
    try:
        return _decoder.decode(value or b"").id
    except msgspec.DecodeError:
        return None
