"""Questions to the seals, and the leaves of the ledger in their order. Any role that may read will do.

Nothing here begins or ends a transaction.
"""

import datetime as dt
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Any

import msgspec
import psycopg

from projections.seals.keys import PublicKey, parse_public_key
from projections.seals.leaves import LeafRow

Connection = psycopg.Connection[Any]

COMMITS_A_STEP = 1_000
ROWS_A_STEP = 20_000

_SEALS = "SELECT number, size, commit_number, root, sealed_at, text FROM trial.seals"

_COMMITS = """
SELECT number, (extract(epoch FROM committed_at) * 1000000)::bigint, topic, partition, first_offset, last_offset
FROM trial.commits WHERE number > %s AND number <= %s ORDER BY number LIMIT %s
"""
# With the range as constants. Joined with the commits, a ledger that was not analysed yet is planned as if a partition
# had one row, and each commit then reads the whole partition.
_ROWS = """
SELECT "offset", log_timestamp_ms, (extract(epoch FROM received_at) * 1000000)::bigint, chain_hash
FROM trial.ledger WHERE topic = %s AND partition = %s AND "offset" BETWEEN %s AND %s ORDER BY "offset"
"""
_NO_LIMIT = 2**63 - 1

_Commit = tuple[int, int, str, int, int, int]


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


def seal_over(connection: Connection, commit: int) -> SealRow | None:
    """The first seal that covers this commit, None where none does yet."""
    query = f"{_SEALS} WHERE commit_number >= %s ORDER BY number LIMIT 1"
    row = connection.execute(query, (commit,), binary=True).fetchone()
    return None if row is None else SealRow(*row)


def seal_keys(connection: Connection) -> tuple[PublicKey, ...]:
    """Every public key that ever sealed here, the first one first.

    Whoever may change the database may change this list: an auditor trusts the keys that he was given, not these.
    """
    rows = connection.execute("SELECT public_key FROM trial.seal_keys ORDER BY first_seal, public_key")
    return tuple(parse_public_key(text) for (text,) in rows)


def leaves(connection: Connection, after_commit: int, to_commit: int = _NO_LIMIT) -> Generator[LeafRow]:
    """The leaves of the commits above ``after_commit`` up to ``to_commit``, in their order; memory stays flat.

    A row that is missing is left out: whoever must know counts (see `sealer`).
    """
    while True:
        made = connection.execute(_COMMITS, (after_commit, to_commit, COMMITS_A_STEP), binary=True).fetchall()
        for group in _bounded(made):
            yield from _leaves_of(connection, group)
        if len(made) < COMMITS_A_STEP:
            return
        after_commit = made[-1][0]


def _bounded(made: Iterable[_Commit]) -> Iterator[list[_Commit]]:
    """Neighbouring commits that have at most so many rows together, or one that has more alone."""
    group: list[_Commit] = []
    rows = 0
    for commit in made:
        own = commit[5] - commit[4] + 1
        if group and rows + own > ROWS_A_STEP:
            yield group
            group, rows = [], 0
        group.append(commit)
        rows += own
    if group:
        yield group


def _leaves_of(connection: Connection, group: Sequence[_Commit]) -> Iterator[LeafRow]:
    """The commits of one partition follow each other, so their rows are one range of its offsets."""
    ranges: dict[tuple[str, int], tuple[int, int]] = {}
    for _, _, topic, partition, first, last in group:
        begin, end = ranges.get((topic, partition), (first, last))
        ranges[topic, partition] = min(begin, first), max(end, last)
    rows = {
        place: deque(connection.execute(_ROWS, (*place, *ends), binary=True).fetchall())
        for place, ends in ranges.items()
    }
    for number, committed, topic, partition, first, last in group:
        there = rows[topic, partition]
        while there and there[0][0] <= last:
            offset, log_ms, received, chain_hash = there.popleft()
            if offset >= first:
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
