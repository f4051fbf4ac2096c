"""Every snapshot and every analysis that is kept, over positions, for the history of a number.

Rows are only ever added, so a history is read and never computed. However many there are, a bounded number is read: of
more than that, every k-th and the last one.
"""

import datetime as dt
from typing import LiteralString

import msgspec
import psycopg


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One row with the positions for which it holds; an analysis is known at the position that it belongs to alone.

    ``committed_at`` is when the first position was written, None for 0, the empty ledger. ``code`` names what it was
    computed by. ``body`` are the canonical bytes.
    """

    first_commit: int
    last_commit: int
    committed_at: dt.datetime | None
    code: str
    cutoff_on: dt.date
    body: bytes


class History(msgspec.Struct, frozen=True, kw_only=True):
    """By position, the earliest first. ``of`` is how many there are in the stretch; every one is here if ``whole``."""

    kept: tuple[Kept, ...]
    of: int

    @property
    def whole(self) -> bool:
        return len(self.kept) >= self.of


# The bodies are joined to the few that are picked: a history is long, and a body is some twenty kilobytes.
_SNAPSHOTS: LiteralString = """
    WITH placed AS (
        SELECT snapshot_id, first_commit, last_commit, count(*) OVER () AS counted,
               row_number() OVER (ORDER BY first_commit, snapshot_id) AS place
        FROM trial.snapshot_holds WHERE last_commit >= %(since)s AND first_commit <= %(until)s
    )
    SELECT first_commit, last_commit, committed_at, code_version, cutoff_on, body, counted
    FROM placed JOIN trial.snapshots USING (snapshot_id) LEFT JOIN trial.commits ON number = first_commit
    WHERE (place - 1) %% ((counted + %(most)s - 1) / %(most)s) = 0 OR place = counted
    ORDER BY place
"""
_ANALYSES: LiteralString = """
    WITH placed AS (
        SELECT analyses_id, commit, count(*) OVER () AS counted,
               row_number() OVER (ORDER BY commit, analyses_id) AS place
        FROM trial.analyses WHERE commit BETWEEN %(since)s AND %(until)s
    )
    SELECT placed.commit, placed.commit, committed_at, code_version, cutoff_on, body, counted
    FROM placed JOIN trial.analyses USING (analyses_id) LEFT JOIN trial.commits ON number = placed.commit
    WHERE (place - 1) %% ((counted + %(most)s - 1) / %(most)s) = 0 OR place = counted
    ORDER BY place
"""


def snapshots_over(connection: psycopg.Connection, since: int, until: int, most: int) -> History:
    """The snapshots that hold for a commit from ``since`` to ``until``; at most one more than ``most``."""
    return _history(connection, _SNAPSHOTS, since, until, most)


def analyses_over(connection: psycopg.Connection, since: int, until: int, most: int) -> History:
    """The analyses of the commits from ``since`` to ``until``; at most one more than ``most``."""
    return _history(connection, _ANALYSES, since, until, most)


def _history(connection: psycopg.Connection, query: LiteralString, since: int, until: int, most: int) -> History:
    rows = connection.execute(query, {"since": since, "until": until, "most": most}).fetchall()
    return History(
        kept=tuple(
            Kept(
                first_commit=first,
                last_commit=last,
                committed_at=committed_at,
                code=code,
                cutoff_on=cutoff_on,
                body=bytes(body),
            )
            for first, last, committed_at, code, cutoff_on, body, _ in rows
        ),
        of=rows[0][-1] if rows else 0,
    )
