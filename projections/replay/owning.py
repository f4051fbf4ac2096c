"""Connections as the owner, who alone may make tables and exchange them."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg

from projections.arrays import register
from projections.errors import DatabaseNotReady
from projections.permissions import OWNER
from projections.replay.errors import RebuildRuns

Connection = psycopg.Connection[Any]

# Any number will do that nothing else in the database uses.
_REBUILDING = 7_305_419_873
ALONE_MILLISECONDS = 10_000
"""How long a rebuild waits for one that was killed: its server's side may have something to finish."""

# What a rebuild writes is safe where the exchange is, and that one waits for the disk.
_SETTINGS = """
SELECT set_config('synchronous_commit', 'off', false), set_config('jit', 'off', false),
       set_config('timezone', 'UTC', false), set_config('maintenance_work_mem', '256MB', false)
"""


def as_owner(connect: Callable[[], Connection]) -> Connection:
    """A new connection that acts as ``trialog_owner``. Raises DatabaseNotReady."""
    connection = connect()
    connection.autocommit = True
    try:
        connection.execute(f"SET ROLE {OWNER}")
    except psycopg.ProgrammingError as error:
        connection.close()
        raise DatabaseNotReady(
            f"this role may not act as {OWNER} ({type(error).__name__}): run `trialog replay` with the URL that "
            "`trialog migrate` is run with"
        ) from error
    connection.execute(_SETTINGS)
    # A long statement for a client that was killed ends by itself, where the system can tell PostgreSQL.
    with suppress(psycopg.Error):
        connection.execute("SET client_connection_check_interval = 500")
    register(connection)
    return connection


def demand_alone(connection: Connection) -> None:
    """Takes the lock that one rebuild has until its connection ends. Raises RebuildRuns."""
    connection.execute(f"SET lock_timeout = {ALONE_MILLISECONDS}")
    try:
        connection.execute("SELECT pg_advisory_lock(%s)", (_REBUILDING,))
    except psycopg.errors.LockNotAvailable:
        raise RebuildRuns("another rebuild is at work: wait for its end") from None
    connection.execute("SET lock_timeout = 0")
