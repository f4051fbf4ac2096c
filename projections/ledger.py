"""Reads the ledger from its beginning, in bounded steps, however long it is."""

from collections.abc import Iterator
from typing import Any

import msgspec
import psycopg

ROWS_A_STEP = 5_000

_STEP = """
SELECT "offset", key, headers, value, status, reason, event_id, chain_hash FROM trial.ledger
WHERE topic = %s AND partition = %s AND "offset" >= %s AND "offset" < %s ORDER BY "offset" LIMIT %s
"""


class LedgerRow(msgspec.Struct, frozen=True):
    """What a row's chain hash is made of, and that hash. ``headers`` as `projections.chain` has them."""

    offset: int
    key: bytes | None
    headers: bytes
    value: bytes | None
    status: str
    reason: str | None
    event_id: str | None
    chain_hash: bytes


def rows_of(connection: psycopg.Connection[Any], topic: str, partition: int, end: int) -> Iterator[LedgerRow]:
    """The rows of a partition below offset ``end``, in order."""
    begin = 0
    while begin < end:
        with connection.cursor(binary=True) as cursor:
            step = cursor.execute(_STEP, (topic, partition, begin, end, ROWS_A_STEP)).fetchall()
        if not step:
            return
        for row in step:
            yield LedgerRow(*row)
        begin = step[-1][0] + 1
