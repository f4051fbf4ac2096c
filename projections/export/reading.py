"""What an export holds of the ledger, read in bounded steps. Any role that may read will do.

A row never changes once it is sealed, and nothing behind the seal is read: so no long transaction is needed.
"""

from collections.abc import Iterator
from typing import Any

import psycopg

from projections.export.written import ExportedCommit, ExportedRow

Connection = psycopg.Connection[Any]

ROWS_A_STEP = 5_000

# The commit of a row is the last of its partition that begins at or before it: one look into the index.
_ROWS = """
SELECT record."offset", made.number, made.committed_at, record.key, record.headers, record.value,
       record.log_timestamp_ms, record.received_at, record.status, record.reason, record.event_id, record.chain_hash
FROM trial.ledger AS record
CROSS JOIN LATERAL (
    SELECT number, committed_at FROM trial.commits
    WHERE topic = record.topic AND partition = record.partition AND first_offset <= record."offset"
    ORDER BY first_offset DESC LIMIT 1
) AS made
WHERE record.topic = %s AND record.partition = %s AND record."offset" >= %s AND record."offset" < %s
ORDER BY record."offset" LIMIT %s
"""
_COMMITS = """
SELECT number, topic, partition, first_offset, last_offset, committed_at FROM trial.commits
WHERE number > %s AND number <= %s ORDER BY number LIMIT %s
"""
_ENDS = """
SELECT topic, partition, max(last_offset) + 1 FROM trial.commits WHERE number <= %s GROUP BY 1, 2 ORDER BY 1, 2
"""
_BEHIND = "SELECT coalesce(sum(last_offset - first_offset + 1), 0)::bigint FROM trial.commits WHERE number > %s"


def ends_at(connection: Connection, commit: int) -> list[tuple[str, int, int]]:
    """For each partition that has rows up to this commit: topic, partition, and the offset behind the last of them."""
    return [(topic, partition, end) for topic, partition, end in connection.execute(_ENDS, (commit,))]


def exported_rows(connection: Connection, topic: str, partition: int, end: int) -> Iterator[ExportedRow]:
    """The rows of a partition below offset ``end``, in order."""
    begin = 0
    while begin < end:
        where = (topic, partition, begin, end, ROWS_A_STEP)
        step = connection.execute(_ROWS, where, binary=True).fetchall()
        if not step:
            return
        for row in step:
            yield ExportedRow(*row)
        begin = step[-1][0] + 1


def exported_commits(connection: Connection, last: int) -> Iterator[ExportedCommit]:
    """The commits up to number ``last``, in order."""
    begun = 0
    while begun < last:
        step = connection.execute(_COMMITS, (begun, last, ROWS_A_STEP), binary=True).fetchall()
        if not step:
            return
        for row in step:
            yield ExportedCommit(*row)
        begun = step[-1][0]


def rows_behind(connection: Connection, commit: int) -> int:
    """How many rows the commits behind this one have."""
    row = connection.execute(_BEHIND, (commit,)).fetchone()
    assert row is not None
    return int(row[0])
