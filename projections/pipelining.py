"""Sends a statement in pipeline mode, so that the server works on it while the next one is being made.

psycopg hands a statement to libpq and goes on, and later waits for answers without sending what libpq still holds: with
a statement larger than the socket's buffer and a server that is slow to read, both sides then wait for ever. So what
is large is sent to its last byte here. `tests/projections/test_pipelining.py` hangs without it.
"""

import select
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg


def send(
    connection: psycopg.Connection[Any], statement: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> psycopg.Cursor[Any]:
    """Executes a statement on a connection in pipeline mode; rows are binary. Its error may come with a later one."""
    cursor = connection.cursor(binary=True)
    cursor.execute(statement.encode(), parameters)
    _flush(connection.pgconn)
    return cursor


def _flush(pgconn: psycopg.pq.abc.PGconn) -> None:
    while pgconn.flush():
        readable, _, _ = select.select([pgconn.socket], [pgconn.socket], [])
        if readable:
            # The server may be unable to read on before it has got rid of its answers.
            pgconn.consume_input()
