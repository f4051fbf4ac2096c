"""Which generations there are: begun, live, retired, dropped. Every change is one transaction of the owner's."""

from typing import Any

import msgspec
import psycopg

from projections.errors import DatabaseNotReady
from projections.replay.shadow import Shadow, drop, make
from schemas.subject import FOLD_VERSION

Connection = psycopg.Connection[Any]

_LIVE = "SELECT number, fold_version FROM trial.generations WHERE state = 'live'"
_BEGIN = """
INSERT INTO trial.generations (number, fold_version, source, state)
SELECT max(number) + 1, %s, %s, 'building' FROM trial.generations RETURNING number
"""
_COMPARED = "UPDATE trial.generations SET commit_number = %s, differences = %s WHERE number = %s"
_RETIRE = "UPDATE trial.generations SET state = 'retired', ended_at = clock_timestamp() WHERE number = %s"
_LIVE_NOW = "UPDATE trial.generations SET state = 'live' WHERE number = %s"
_DROPPED = """
UPDATE trial.generations SET state = 'dropped', ended_at = clock_timestamp()
WHERE number = %s AND state IN ('building', 'retired')
"""
# A generation's tables and its row change in one transaction. Only one rebuild runs: what is building was killed.
_LEFT_OVER = "SELECT number FROM trial.generations WHERE state = 'building' ORDER BY number"
_RETIRED = "SELECT number FROM trial.generations WHERE state = 'retired' ORDER BY ended_at DESC OFFSET 1"


class Generation(msgspec.Struct, frozen=True):
    number: int
    fold_version: int

    @property
    def shadow(self) -> Shadow:
        """Where its tables lie when they are not the live ones."""
        return Shadow(self.number)


def live_generation(connection: Connection) -> Generation:
    """The one that pages read and workers write. Raises DatabaseNotReady."""
    row = connection.execute(_LIVE).fetchone()
    if row is None:
        raise DatabaseNotReady("no generation of the projections is live: run `trialog migrate`")
    return Generation(*row)


def begin(connection: Connection, source: str) -> Generation:
    """A new generation with empty shadow tables. ``source`` is "ledger" or "log"."""
    with connection.transaction():
        row = connection.execute(_BEGIN, (FOLD_VERSION, source)).fetchone()
        assert row is not None
        made = Generation(row[0], FOLD_VERSION)
        make(connection, made.shadow)
    return made


def note_compared(connection: Connection, generation: Generation, commit: int, differences: int) -> None:
    connection.execute(_COMPARED, (commit, differences, generation.number))


def note_exchanged(connection: Connection, old: Generation, new: Generation) -> None:
    """In the transaction that exchanges the tables. In this order, for only one can be live."""
    connection.execute(_RETIRE, (old.number,))
    connection.execute(_LIVE_NOW, (new.number,))


def discard(connection: Connection, generation: Generation) -> None:
    """Drops a generation that is not live; one that has gone live meanwhile is left alone."""
    with connection.transaction():
        if connection.execute(_DROPPED, (generation.number,)).rowcount:
            drop(connection, generation.shadow)


def discard_left_over(connection: Connection) -> None:
    """Drops what rebuilds that were killed have left."""
    for (number,) in connection.execute(_LEFT_OVER).fetchall():
        discard(connection, Generation(number, 0))


def discard_retired(connection: Connection) -> None:
    """Drops the generations that were exchanged, but the last one: it stays as evidence of what was live before."""
    for (number,) in connection.execute(_RETIRED).fetchall():
        discard(connection, Generation(number, 0))
