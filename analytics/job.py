"""The continuous job: keeps the newest snapshot at the newest commit.

It wakes by the writer's notice, and looks by itself every second: a lost notice costs a second, not for ever. What it
holds in memory can be lost at any instruction; what it stores is one transaction.
"""

import datetime as dt
import threading
import time
from collections.abc import Callable

import psycopg
import structlog

from analytics.live import LivePanel
from analytics.load import Changed, Watch, one_view
from analytics.snapshot import Snapshot
from analytics.store import store
from projections import reading
from projections.errors import DatabaseAway, DatabaseNotReady
from projections.heartbeat import beat
from schemas.study import StudyDefinition

CHANNEL = "trialog_commits"
POLL_SECONDS = 1.0
PAUSE_SECONDS_MIN = 0.2
PAUSE_SECONDS_MAX = 1.0
PAUSE_FACTOR = 4
"""After a look that found something the job rests this many times as long as it took, within the limits: a busy log
must not have a processor kept busy with numbers that nobody can read so fast."""

BEAT_SECONDS = 5.0
BACK_OFF_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0)

_NOT_READY = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName, psycopg.errors.InsufficientPrivilege)

_log = structlog.get_logger("analytics.job")


class Job:
    """``connect`` opens a connection as the role that may write snapshots; ``cutoff_on`` is the explicit data cutoff.

    ``name`` is that of the heartbeat's row: two jobs at once need two names.
    """

    def __init__(
        self,
        connect: Callable[[], psycopg.Connection],
        study: StudyDefinition,
        cutoff_on: dt.date | None = None,
        name: str = "analyse",
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._connect = connect
        self._study = study
        self._cutoff_on = cutoff_on
        self._name = name
        self._poll_seconds = poll_seconds
        self._watch = Watch(study, cutoff_on)
        self._panel = LivePanel(study, cutoff_on)
        self._snapshot: Snapshot | None = None
        self._seen_commit: int | None = None
        self._beat_at = -BEAT_SECONDS

    def run(self, stop: threading.Event) -> None:
        """Works until ``stop`` is set, at most one poll longer. A database that is away is waited for.

        Raises DatabaseNotReady where tables or permissions are missing: waiting does not bring them.
        """
        failures = 0
        while not stop.is_set():
            try:
                with self._connected() as connection:
                    failures = 0
                    self._follow(connection, stop)
                    beat(connection, self._name, "stopped", self._detail())
            except (psycopg.OperationalError, DatabaseAway) as error:
                wait = BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS) - 1)]
                failures += 1
                _log.warning("database away", error=type(error).__name__, retry_in_seconds=wait)
                stop.wait(wait)
            except _NOT_READY as error:
                raise DatabaseNotReady(f"{type(error).__name__}: run `trialog migrate` as the owner") from error

    def refresh(self, connection: psycopg.Connection) -> Snapshot:
        """One look: the snapshot at the newest commit, computed only where something changed, stored where new.

        The connection is in autocommit, so that reading and storing are transactions of their own.
        """
        with one_view(connection):
            commit = reading.head(connection).commit
            if self._snapshot is not None and commit == self._seen_commit:
                return self._snapshot
            changed = self._watch.look(connection)
        if self._snapshot is None or not changed.nothing:
            self._snapshot = self._moved(changed)
        # Where no state changed, nothing was accepted of any subject since the last look: it held all the while.
        store(connection, self._snapshot, commit, commit if self._seen_commit is None else self._seen_commit)
        self._seen_commit = commit
        return self._snapshot

    def _moved(self, changed: Changed) -> Snapshot:
        """The panel with what changed. What a look that was cut short leaves behind is not trusted: all begins anew."""
        watch, panel = self._watch, self._panel
        self._watch, self._panel = Watch(self._study, self._cutoff_on), LivePanel(self._study, self._cutoff_on)
        self._snapshot = self._seen_commit = None
        panel.take(changed.timelines, changed.gone)
        snapshot = panel.snapshot()
        self._watch, self._panel = watch, panel
        return snapshot

    def _connected(self) -> psycopg.Connection:
        connection = self._connect()
        connection.autocommit = True
        return connection

    def _follow(self, connection: psycopg.Connection, stop: threading.Event) -> None:
        # Listening comes before the first look: what is committed in between sends a notice that waits.
        connection.execute(f"LISTEN {CHANNEL}")
        while not stop.is_set():
            before, began = self._seen_commit, time.monotonic()
            self.refresh(connection)
            self._beat(connection)
            if self._seen_commit != before:
                rest = PAUSE_FACTOR * (time.monotonic() - began)
                stop.wait(min(PAUSE_SECONDS_MAX, max(PAUSE_SECONDS_MIN, rest)))
            for _ in connection.notifies(timeout=self._poll_seconds, stop_after=1):
                pass

    def _beat(self, connection: psycopg.Connection) -> None:
        now = time.monotonic()
        if now - self._beat_at >= BEAT_SECONDS:
            beat(connection, self._name, "running", self._detail())
            self._beat_at = now

    def _detail(self) -> str:
        return "" if self._seen_commit is None else f"commit {self._seen_commit}"
