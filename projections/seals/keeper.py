"""Seals from time to time: after so many commits, or where a commit has waited for so many minutes, and at the end."""

import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import msgspec
import psycopg
import structlog

from projections.errors import DatabaseNotReady
from projections.heartbeat import beat
from projections.seals.errors import OutsideAway
from projections.seals.sealer import Sealer, Sealing

POLL_SECONDS = 1.0
BEAT_SECONDS = 5.0
PUBLISH_AGAIN_SECONDS = 30.0
BACK_OFF_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0)

# By the database's clock, which the commits' times are of. Both sides are the last rows of an index.
_UNSEALED = """
SELECT coalesce(head.number, 0) - coalesce(last.commit_number, 0),
       coalesce(extract(epoch FROM clock_timestamp() - first.committed_at), 0)::float8,
       coalesce(last.number, 0)
FROM (SELECT max(number) AS number FROM trial.commits) AS head
LEFT JOIN (SELECT number, commit_number FROM trial.seals ORDER BY number DESC LIMIT 1) AS last ON true
LEFT JOIN trial.commits AS first ON first.number = coalesce(last.commit_number, 0) + 1
"""

_NOT_READY = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName, psycopg.errors.InsufficientPrivilege)

_log = structlog.get_logger("projections.seals")


class Often(msgspec.Struct, frozen=True, kw_only=True):
    """When a seal is due: this many commits are not sealed, or one of them is this many minutes old."""

    commits: int = 1000
    minutes: float = 5.0


class Unsealed(msgspec.Struct, frozen=True):
    """How many commits no seal covers, how old the first of them is, and the number of the last seal (0: none)."""

    commits: int
    seconds: float
    last_seal: int


class SealKeeper:
    """``connect`` as `Sealer` has it. ``name`` is that of the heartbeat's row."""

    def __init__(
        self,
        connect: Callable[[], psycopg.Connection[Any]],
        sealer: Sealer,
        often: Often,
        name: str = "seals",
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._connect = connect
        self._sealer = sealer
        self._often = often
        self._name = name
        self._poll_seconds = poll_seconds
        self._beat_at = -BEAT_SECONDS
        self._checked = False
        self._publish_at: float | None = None

    def run(self, stop: threading.Event) -> None:
        """Works until ``stop`` is set, then seals once more. A database or a place that is away is waited for.

        Raises SealRefused: nothing more is signed until a person has looked. Raises DatabaseNotReady.
        """
        failures = 0
        while not stop.is_set():
            try:
                with closing(self._connected()) as connection:
                    failures = 0
                    self._follow(connection, stop)
                    self._look(connection, last=True)
                    beat(connection, self._name, "stopped")
            except (psycopg.OperationalError, OutsideAway) as error:
                wait = BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS) - 1)]
                failures += 1
                _log.warning("nothing is sealed", error=type(error).__name__, retry_in_seconds=wait)
                stop.wait(wait)
            except _NOT_READY as error:
                raise DatabaseNotReady(f"{type(error).__name__}: run `trialog migrate` as the owner") from error

    def _connected(self) -> psycopg.Connection[Any]:
        connection = self._connect()
        connection.autocommit = True
        return connection

    def _follow(self, connection: psycopg.Connection[Any], stop: threading.Event) -> None:
        while not stop.is_set():
            self._look(connection, last=False)
            stop.wait(self._poll_seconds)

    def _look(self, connection: psycopg.Connection[Any], *, last: bool) -> None:
        now = unsealed(connection)
        # The first look seals even what is not due: it is the one that compares all earlier seals, and the sooner a
        # contradiction is known, the better.
        if not self._checked or due(now, self._often) or (last and now.commits):
            self._took(self._sealer.seal())
            self._checked = True
        elif self._publish_at is not None and time.monotonic() >= self._publish_at:
            self._took(Sealing(last=None, away=self._sealer.publish(connection)))
        self._beat(connection, now)

    def _took(self, sealing: Sealing) -> None:
        for row in sealing.added:
            _log.info("sealed", number=row.number, rows=row.size, commit=row.commit)
        self._publish_at = time.monotonic() + PUBLISH_AGAIN_SECONDS if sealing.away else None

    def _beat(self, connection: psycopg.Connection[Any], now: Unsealed) -> None:
        at = time.monotonic()
        if at - self._beat_at >= BEAT_SECONDS:
            beat(connection, self._name, "running", f"seal {now.last_seal}, {now.commits} commits not sealed yet")
            self._beat_at = at


def unsealed(connection: psycopg.Connection[Any]) -> Unsealed:
    """What no seal covers yet. Any role that may read will do."""
    row = connection.execute(_UNSEALED).fetchone()
    assert row is not None
    return Unsealed(*row)


def due(now: Unsealed, often: Often) -> bool:
    """
    >>> due(Unsealed(commits=1000, seconds=0.0, last_seal=0), Often())
    True
    >>> due(Unsealed(commits=1, seconds=299.0, last_seal=7), Often())
    False
    >>> due(Unsealed(commits=1, seconds=300.0, last_seal=7), Often())
    True
    """
    return now.commits >= often.commits or (now.commits > 0 and now.seconds >= often.minutes * 60)
