"""Reads the ledger from its beginning or from an offset, in bounded steps, however long it is.

`steps_of` gives lists of rows for whoever works on many at a time, `rows_of` one row after the other: binary rows that
psycopg takes apart in C as fast as Python takes a COPY apart. `copied` leaves them whole and is faster by half, for
whoever hashes their bytes. Nothing here begins or ends a transaction: where writing goes on, and rows belong together
with anything else that is read, the caller's must be REPEATABLE READ.
"""

import datetime as dt
import struct
from collections.abc import Iterator
from typing import Any

import msgspec
import psycopg
from psycopg import sql

ROWS_A_STEP = 5_000

_STEP = """
SELECT "offset", key, headers, value, status, reason, event_id, chain_hash, log_timestamp_ms, received_at
FROM trial.ledger
WHERE topic = %s AND partition = %s AND "offset" >= %s AND "offset" < %s ORDER BY "offset" LIMIT %s
"""

_COPY = """
COPY (
    SELECT "offset", chain_hash, key, headers, value, status, reason, event_id FROM trial.ledger
    WHERE topic = {topic} AND partition = {partition} AND "offset" >= {begin} AND "offset" < {end} ORDER BY "offset"
) TO STDOUT (FORMAT BINARY)
"""
_HEAD_BYTES = 19
"""What PostgreSQL's binary COPY begins with, in one message with the first row: signature, flags, length of nothing."""

_END = struct.pack(">h", -1)


class LedgerRow(msgspec.Struct, frozen=True):
    """One row of a partition. ``headers`` as `projections.chain` has them; ``received_at`` is UTC.

    The chain hash is made of all but the last two, which only the leaves of the seals hold (docs/audit/format.md).
    """

    offset: int
    key: bytes | None
    headers: bytes
    value: bytes | None
    status: str
    reason: str | None
    event_id: str | None
    chain_hash: bytes
    log_timestamp_ms: int
    received_at: dt.datetime


def rows_of(
    connection: psycopg.Connection[Any], topic: str, partition: int, end: int, begin: int = 0
) -> Iterator[LedgerRow]:
    """The rows of a partition from offset ``begin`` to below ``end``, in order."""
    for step in steps_of(connection, topic, partition, end, begin):
        yield from step


def steps_of(
    connection: psycopg.Connection[Any], topic: str, partition: int, end: int, begin: int = 0
) -> Iterator[list[LedgerRow]]:
    """The same rows in lists of at most `ROWS_A_STEP`, none of them empty."""
    while begin < end:
        with connection.cursor(binary=True) as cursor:
            step = cursor.execute(_STEP, (topic, partition, begin, end, ROWS_A_STEP)).fetchall()
        if not step:
            return
        yield [LedgerRow(*row) for row in step]
        begin = step[-1][0] + 1


def copied(
    connection: psycopg.Connection[Any], topic: str, partition: int, end: int, begin: int = 0
) -> Iterator[bytes]:
    """The same rows as PostgreSQL's binary COPY has them, one by one and not taken apart.

    Of each row: 2 bytes count, then offset, chain hash, key, headers, value, status, reason, event id, each as 4 bytes
    length (-1 for NULL) and its bytes. The connection is busy until the iterator is through or closed.
    """
    statement = sql.SQL(_COPY).format(topic=topic, partition=partition, begin=begin, end=end)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        first = True
        for block in copy:
            row = bytes(block)
            if first:
                row, first = row[_HEAD_BYTES:], False
            if row and row != _END:
                yield row
