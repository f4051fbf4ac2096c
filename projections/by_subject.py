"""Reads the accepted rows of the ledger subject by subject, each subject's in the order of the commits.

PostgreSQL sorts them, on its own disk where they are many: nothing of a patient is written anywhere else, and a reader
holds a few thousand rows. Rows are found by the commits that cover them. What a commit covers never changes, so two
questions up to the same commit get the same rows, whatever was written between them, on whatever connection.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import msgspec
import psycopg
from psycopg import sql

ROWS_A_STEP = 2_000
PARTS_MAX = 256

# Nested loops over keys, whatever the statistics say: the tables may be large and never analysed. The sort is one for
# all rows, so that a plan for the first few would be the wrong one.
_SETTINGS = """
SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
       set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
       set_config('cursor_tuple_fraction', '1', true), set_config('work_mem', '64MB', true)
"""

_ACCEPTED = """
SELECT record.topic, record.partition, record."offset", record.key, record.value, record.received_at
FROM trial.commits AS made
CROSS JOIN LATERAL (
    SELECT topic, partition, "offset", {key}, {value}, received_at FROM trial.ledger {joined}
    WHERE topic = made.topic AND partition = made.partition
      AND "offset" BETWEEN made.first_offset AND made.last_offset AND status = 'accepted'
    OFFSET 0
) AS record
WHERE made.number > {since} AND made.number <= {until} {part}
ORDER BY {order}
"""


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """A record that the ledger says was accepted. ``key`` and ``value`` as received; ``received_at`` is UTC."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    received_at: dt.datetime

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.offset}"


class Part(msgspec.Struct, frozen=True):
    """One of ``of`` parts of all subjects, by a hash of their keys; numbers from 0. All together are everything."""

    number: int = 0
    of: int = 1


def accepted_by_subject(
    connection: psycopg.Connection[Any], until: int, part: Part | None = None, records: sql.Identifier | None = None
) -> Iterator[Accepted]:
    """All accepted rows of the commits up to ``until``: those of one key together, in the order of the commits.

    The keys sort as bytes; what is about no subject lies under one key of its own (`schemas.admission.NOBODY`).
    ``records`` is a table with the columns of a log's record: where it is given, ``key`` and ``value`` are taken from
    it, and rows that are not in it are left out. The connection must be in a transaction, whose settings are changed.
    """
    return _read(connection, 0, until, part or Part(), records, 'record.key, made.number, record."offset"')


def accepted_in_order(
    connection: psycopg.Connection[Any], since: int, until: int, records: sql.Identifier | None = None
) -> Iterator[Accepted]:
    """The accepted rows of the commits above ``since`` and up to ``until``, in the order of the commits."""
    return _read(connection, since, until, Part(), records, 'made.number, record."offset"')


def _read(
    connection: psycopg.Connection[Any],
    since: int,
    until: int,
    part: Part,
    records: sql.Identifier | None,
    order: str,
) -> Iterator[Accepted]:
    connection.execute(_SETTINGS)
    with connection.cursor("accepted") as cursor:
        cursor.itersize = ROWS_A_STEP
        cursor.execute(_question(since, until, part, records, order), binary=True)
        for row in cursor:
            yield Accepted(*row)


def _question(since: int, until: int, part: Part, records: sql.Identifier | None, order: str) -> sql.Composed:
    assert 0 <= part.number < part.of <= PARTS_MAX
    own = sql.SQL("ledger") if records is None else sql.SQL("sent")
    joined = (
        sql.SQL("")
        if records is None
        else sql.SQL('JOIN {} AS sent USING (topic, partition, "offset")').format(records)
    )
    # A column of PostgreSQL's own hash functions differs between its versions; a byte of SHA-256 does not.
    split = sql.SQL("AND get_byte(sha256(coalesce(record.key, '')), 0) % {} = {}").format(part.of, part.number)
    return sql.SQL(_ACCEPTED).format(
        key=sql.SQL("{}.key").format(own),
        value=sql.SQL("{}.value").format(own),
        joined=joined,
        since=since,
        until=until,
        part=split if part.of > 1 else sql.SQL(""),
        order=sql.SQL(order),
    )
