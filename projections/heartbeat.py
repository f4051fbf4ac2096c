"""A worker, the embedded loop or a job says that it lives, by the database's clock."""

from typing import Any

import psycopg

_BEAT = """
INSERT INTO trial.workers (name, state, seen_at, detail) VALUES (%s, %s, clock_timestamp(), %s)
ON CONFLICT (name) DO UPDATE SET state = EXCLUDED.state, seen_at = EXCLUDED.seen_at, detail = EXCLUDED.detail
"""


def beat(connection: psycopg.Connection[Any], name: str, state: str, detail: str = "") -> None:
    """``name`` is the worker's own, the same after a restart. Ends no transaction; psycopg's errors come through."""
    connection.execute(_BEAT, (name, state, detail))
