"""Questions to the seals, and the leaves of the ledger in their order. Any role that may read will do.

Nothing here begins or ends a transaction. Functions that stream need one: their cursor lives on the server.
"""

import datetime as dt
from collections.abc import Generator
from typing import Any

import msgspec
import psycopg

from projections.seals.keys import PublicKey, parse_public_key
from projections.seals.leaves import LeafRow

Connection = psycopg.Connection[Any]

ROWS_A_STEP = 5_000

_SEALS = "SELECT number, size, commit_number, root, sealed_at, text FROM trial.seals"

# One statement, so one view of the ledger. Within a commit the rows are sorted by their key's index; numbers of commits
# become visible in order and without a gap, so whatever the last one is, all before it are there.
_LEAVES = """
SELECT made.number, (extract(epoch FROM made.committed_at) * 1000000)::bigint, made.topic, made.partition,
       record."offset", record.log_timestamp_ms, (extract(epoch FROM record.received_at) * 1000000)::bigint,
       record.chain_hash
FROM trial.commits AS made
JOIN trial.ledger AS record ON record.topic = made.topic AND record.partition = made.partition
 AND record."offset" BETWEEN made.first_offset AND made.last_offset
WHERE made.number > %s AND made.number <= %s
ORDER BY made.number, record."offset"
"""
_NO_LIMIT = 2**63 - 1


class SealRow(msgspec.Struct, frozen=True):
    """A seal as it is stored: numbers from 1 without a gap. ``text`` is the seal itself, the rest is what it says."""

    number: int
    size: int
    commit: int
    root: bytes
    sealed_at: dt.datetime
    text: str


def seals(connection: Connection, after: int = 0) -> list[SealRow]:
    """All seals of numbers above ``after``, the first one first."""
    rows = connection.execute(f"{_SEALS} WHERE number > %s ORDER BY number", (after,), binary=True)
    return [SealRow(*row) for row in rows]


def latest_seal(connection: Connection) -> SealRow | None:
    """The last seal, None while there is none."""
    row = connection.execute(f"{_SEALS} ORDER BY number DESC LIMIT 1", binary=True).fetchone()
    return None if row is None else SealRow(*row)


def seal_numbered(connection: Connection, number: int) -> SealRow | None:
    row = connection.execute(f"{_SEALS} WHERE number = %s", (number,), binary=True).fetchone()
    return None if row is None else SealRow(*row)


def seal_before(connection: Connection, commit: int) -> SealRow | None:
    """The last seal that does not cover this commit, None where the first one does."""
    query = f"{_SEALS} WHERE commit_number < %s ORDER BY number DESC LIMIT 1"
    row = connection.execute(query, (commit,), binary=True).fetchone()
    return None if row is None else SealRow(*row)


def seal_keys(connection: Connection) -> tuple[PublicKey, ...]:
    """Every public key that ever sealed here, the first one first.

    Whoever may change the database may change this list: an auditor trusts the keys that he was given, not these.
    """
    rows = connection.execute("SELECT public_key FROM trial.seal_keys ORDER BY first_seal, public_key")
    return tuple(parse_public_key(text) for (text,) in rows)


def leaves(connection: Connection, after_commit: int, to_commit: int = _NO_LIMIT) -> Generator[LeafRow]:
    """The leaves of the commits above ``after_commit`` up to ``to_commit``, in their order; memory stays flat."""
    with connection.cursor("leaves") as cursor:
        cursor.itersize = ROWS_A_STEP
        cursor.execute(_LEAVES, (after_commit, to_commit), binary=True)
        for number, committed, topic, partition, offset, log_ms, received, chain_hash in cursor:
            yield LeafRow(
                commit=number,
                committed_at_us=committed,
                topic=topic,
                partition=partition,
                offset=offset,
                log_timestamp_ms=log_ms,
                received_at_us=received,
                chain_hash=chain_hash,
            )
