"""The log's own records, brought beside the shadow tables, and compared with the ledger byte by byte."""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
import psycopg
from psycopg import sql

from projections.chain import encode_headers
from projections.replay.binary_rows import bigint, blob, integer, row, text
from projections.replay.errors import LogDiffers
from projections.replay.filling import copy_rows
from projections.replay.shadow import Shadow
from schemas.records import Record

Connection = psycopg.Connection[Any]

RECORDS_A_READ = 5_000
WAIT_SECONDS = 10.0

_COLUMNS = ("topic", "partition", "offset", "key", "headers", "value")

_MAKE = """
CREATE TABLE {} (topic text, partition integer, "offset" bigint, key bytea, headers bytea NOT NULL, value bytea,
                 PRIMARY KEY (topic, partition, "offset"))
"""
_POSITIONS = "SELECT topic, partition, topic_id, next_offset FROM trial.positions ORDER BY topic, partition"

# The first row of a partition that is not the same, and how many there are.
_UNEQUAL = """
SELECT min("offset"), count(*),
       (array_agg(CASE WHEN record."offset" IS NULL THEN 'it is not in the ledger'
                       WHEN record.key IS DISTINCT FROM sent.key THEN 'its key has other bytes'
                       WHEN record.headers IS DISTINCT FROM sent.headers THEN 'its headers have other bytes'
                       ELSE 'its value has other bytes' END ORDER BY "offset"))[1]
FROM (SELECT * FROM {records}
      WHERE topic = {topic} AND partition = {partition} AND "offset" >= {begin} AND "offset" < {end}) AS sent
LEFT JOIN (SELECT * FROM trial.ledger
           WHERE topic = {topic} AND partition = {partition} AND "offset" >= {begin} AND "offset" < {end}) AS record
USING ("offset")
WHERE record."offset" IS NULL OR (record.key, record.headers, record.value)
      IS DISTINCT FROM (sent.key, sent.headers, sent.value)
"""


class Log(Protocol):
    """What a rebuild asks a log; `eventlog.log.Reader` gives it."""

    def topic_id(self, topic: str) -> str: ...

    def end(self, topic: str, partition: int) -> int: ...

    def read(
        self, topic: str, partition: int, offset: int, *, most: int, wait_seconds: float = 0.0
    ) -> Sequence[Record]: ...


class Place(msgspec.Struct, frozen=True):
    """How far a partition is in the ledger."""

    topic: str
    partition: int
    topic_id: str
    next_offset: int

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]"


def places(connection: Connection) -> list[Place]:
    """Every partition that was ever applied from."""
    return [Place(*row) for row in connection.execute(_POSITIONS).fetchall()]


class LogRecords:
    """The records of a log in a table of their own; grows up to where the ledger is."""

    def __init__(self, log: Log, shadow: Shadow) -> None:
        self._log = log
        self._shadow = shadow
        self._ends: dict[tuple[str, int], int] = {}

    def make(self, connection: Connection) -> None:
        connection.execute(sql.SQL(_MAKE).format(self._shadow.records))

    def bring(self, connection: Connection, found: Sequence[Place]) -> int:
        """Reads every partition up to its place and compares; returns how many records came.

        Raises LogDiffers with the first place of each partition, and what the log itself raises, such as
        RecordsMissing where retention has cut it.
        """
        before = dict(self._ends)
        with connection.transaction():
            for place in found:
                self._demand_one_log(place)
                self._read(connection, place)
        unequal = [said for place in found for said in self._unequal(connection, place, before)]
        if unequal:
            raise LogDiffers("the log is not what the ledger received:\n  " + "\n  ".join(unequal))
        return sum(self._ends.values()) - sum(before.values())

    def drop(self, connection: Connection) -> None:
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(self._shadow.records))

    def _demand_one_log(self, place: Place) -> None:
        topic_id = self._log.topic_id(place.topic)
        if topic_id != place.topic_id:
            raise LogDiffers(
                f"{place} is not the topic that was applied: its id is {topic_id}, the ledger's is {place.topic_id}; "
                "it was deleted and made again, or this is another log"
            )
        end = self._log.end(place.topic, place.partition)
        if end < place.next_offset:
            raise LogDiffers(
                f"{place} ends at {end}, and the ledger has applied up to {place.next_offset}: the log has lost records"
            )

    def _read(self, connection: Connection, place: Place) -> None:
        at = self._ends.get((place.topic, place.partition), 0)
        while at < place.next_offset:
            most = min(RECORDS_A_READ, place.next_offset - at)
            records = self._log.read(place.topic, place.partition, at, most=most, wait_seconds=WAIT_SECONDS)
            if not records:
                raise LogDiffers(f"{place}@{at} did not come within {WAIT_SECONDS:g} s, and the ledger has it")
            copy_rows(connection, self._shadow.records, _COLUMNS, map(_record_row, records))
            at = records[-1].offset + 1
        self._ends[place.topic, place.partition] = at

    def _unequal(self, connection: Connection, place: Place, before: dict[tuple[str, int], int]) -> list[str]:
        question = sql.SQL(_UNEQUAL).format(
            records=self._shadow.records,
            topic=place.topic,
            partition=place.partition,
            begin=before.get((place.topic, place.partition), 0),
            end=place.next_offset,
        )
        row = connection.execute(question).fetchone()
        assert row is not None
        offset, count, what = row
        if not count:
            return []
        more = f", the first of {count}" if count > 1 else ""
        return [f"{place}@{offset}: {what}{more}"]


def _record_row(record: Record) -> bytes:
    return row(
        text(record.topic),
        integer(record.partition),
        bigint(record.offset),
        blob(record.key),
        blob(encode_headers(record.headers)),
        blob(record.value),
    )
