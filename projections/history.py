"""What was known at a commit, from the ledger's accepted rows alone: no read model is asked."""

from collections.abc import Iterator
from typing import Any

import psycopg

from projections.errors import UnknownCommit
from projections.ledger import rows_of
from schemas.codec import decode
from schemas.events.event import Event

# Of the commit itself, only what lies before an offset, where one is given.
_ENDS = """
SELECT topic, partition, max(CASE WHEN number = %(commit)s AND %(before)s::bigint IS NOT NULL
                                  THEN least(%(before)s, last_offset + 1) ELSE last_offset + 1 END)
FROM trial.commits WHERE number <= %(commit)s
GROUP BY topic, partition ORDER BY topic, partition
"""


def events_as_of(connection: psycopg.Connection[Any], commit: int, before: int | None = None) -> Iterator[Event]:
    """Every event accepted by this commit, each once, by topic, partition and offset; oversight events among them.

    ``before`` leaves out the commit's own rows from this offset on. Commit 0 is the empty ledger. Raises UnknownCommit
    where there is no such commit yet.
    """
    found = connection.execute("SELECT coalesce(max(number), 0) FROM trial.commits").fetchone()
    assert found is not None
    if not 0 <= commit <= found[0]:
        raise UnknownCommit(f"there is no commit {commit}: the last one is {found[0]}")
    for topic, partition, end in connection.execute(_ENDS, {"commit": commit, "before": before}).fetchall():
        for row in rows_of(connection, topic, partition, end):
            if row.status == "accepted":
                event = decode(row.value)
                assert isinstance(event, Event), f"{topic}[{partition}]@{row.offset} was accepted and is unreadable now"
                yield event
