"""Holds writers back for a moment, and waits for readers, so that two generations are seen at one commit.

Every batch begins with the lock of its position (`projections.place`), so whoever holds the whole table of positions
has no batch under way, and none begins. Readers are not held: a page asks for no position's lock.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from projections.replay.errors import StillRead
from projections.replay.shadow import TABLES
from projections.tables import TRIAL

Connection = psycopg.Connection[Any]

TRIES_MAX = 20
LOCK_MILLISECONDS = 500
"""Below PostgreSQL's own second after which it looks for deadlocks: the rebuild gives way, and nobody is shot."""

PATIENCE_SECONDS = 60.0
HELD_PATIENCE_SECONDS = 1.0
_LOOK_SECONDS = 0.02

_POSITIONS = "LOCK TABLE trial.positions IN EXCLUSIVE MODE"
_TABLES = "LOCK TABLE " + ", ".join(f"{TRIAL}.{name}" for name in TABLES) + " IN ACCESS EXCLUSIVE MODE"

# Transactions of others in this database; not those that wait for a position, as a writer does while it is held back.
_OPEN = """
SELECT held.virtualtransaction, held.pid FROM pg_locks AS held JOIN pg_stat_activity AS session USING (pid)
WHERE held.locktype = 'virtualxid' AND held.granted AND session.datname = current_database()
  AND session.usesysid IS NOT NULL AND held.pid <> ALL(%s)
  AND NOT EXISTS (SELECT FROM pg_locks AS awaited WHERE awaited.pid = held.pid AND NOT awaited.granted
                  AND awaited.relation = 'trial.positions'::regclass)
"""


@contextmanager
def writers_held(holder: Connection) -> Iterator[None]:
    """No batch is under way inside; those that come wait. Raises StillRead where one is under way for ever."""
    with holder.transaction():
        lock(holder, _POSITIONS, "a batch has been under way for too long: look at the workers, then try again")
        yield


def lock_tables(connection: Connection) -> None:
    """Shuts out readers and writers until the transaction ends. Raises StillRead."""
    lock(connection, _TABLES, "somebody reads the projections for too long: wait for it to end, then try again")


def lock(connection: Connection, statement: str, else_say: str) -> None:
    """Takes a lock that others give back soon; lets them pass between two tries. Raises StillRead."""
    for _ in range(TRIES_MAX):
        try:
            with connection.transaction():
                connection.execute(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")
                connection.execute(statement)
                connection.execute("SET LOCAL lock_timeout = 0")
            return
        except psycopg.errors.LockNotAvailable:
            continue
    raise StillRead(else_say)


def wait_for_readers(connection: Connection, own: list[int], within_seconds: float) -> None:
    """Waits until every transaction that is open now has ended, but for those of the backends ``own``.

    One that began before the last row was committed sees the rebuilt tables without it. Raises StillRead.
    """
    began = set(connection.execute(_OPEN, (own,)).fetchall())
    wait_until_ended(lambda: set(connection.execute(_OPEN, (own,)).fetchall()) & began, within_seconds)


def wait_until_ended(still_open: Callable[[], set[tuple[str, int]]], within_seconds: float) -> None:
    deadline = time.monotonic() + within_seconds
    while left := still_open():
        if time.monotonic() > deadline:
            processes = ", ".join(str(pid) for _, pid in sorted(left))
            raise StillRead(
                f"a transaction has been open since before the rebuild was whole (backend {processes}): "
                "end it, then try again"
            )
        time.sleep(_LOOK_SECONDS)
