"""Looks at the database whenever something was committed, and at least once a second, and tells the open pages.

One thread listens for the writer's notices. A lost notice therefore costs a second, and a busy log no more than a few
looks a second. Pages that are asked for look once themselves, so they are never older than their own request.
"""

import asyncio
import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import msgspec
import psycopg
import structlog

from analytics.prespecified import Prespecified
from monitor.line import Watch
from monitor.rendering import Pieces, pieces
from monitor.status import LogEnds, status
from monitor.view import LineState, Status
from monitor.words import LANGUAGES, Language
from projections.errors import DatabaseAway
from projections.verifying.carried_on import ChainSeen
from schemas.study import StudyDefinition

CHANNEL = "trialog_commits"
POLL_SECONDS = 1.0
PAUSE_SECONDS_MIN = 0.25
"""Between two looks, however busy the log is: nobody reads faster."""

AGAIN_SECONDS = 1.0
"""Between two tries while the database is away."""

_AWAY = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.UndefinedTable,
    psycopg.errors.InvalidSchemaName,
    DatabaseAway,
)
"""The database is away, or not migrated yet: nothing can be read now, and perhaps later."""

_log = structlog.get_logger("monitor.feed")


class NothingRead(Exception):
    """The database cannot be reached, and nothing was ever read from it by this process."""


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One state of the page. ``serial`` counts states of this process from 1.

    ``pieces`` are the panels by language and name; ``since`` says for each at which commit it last became what it is.
    """

    serial: int
    status: Status
    pieces: dict[Language, Pieces]
    since: dict[Language, dict[str, int]]


class Feed:
    """Safe to use from several threads. ``connect`` opens a connection as the role that may only read."""

    def __init__(
        self,
        connect: Callable[[], psycopg.Connection],
        study: StudyDefinition,
        log_ends: LogEnds | None,
        chain: Callable[[], ChainSeen | None] | None,
        prespecified: Prespecified,
    ) -> None:
        self._connect = connect
        self._study = study
        self._log_ends = log_ends
        self._chain = chain
        self._prespecified = prespecified
        self._looking = threading.Lock()
        self._connection: psycopg.Connection | None = None
        self._watch = Watch()
        self._frame: Frame | None = None
        self._away_since: dt.datetime | None = None
        self._tried_at = -AGAIN_SECONDS
        self._following: threading.Thread | None = None
        self._stop = threading.Event()
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def start(self) -> None:
        """Begins to follow the log; does nothing where it does already."""
        with self._looking:
            if self._following is None and not self._stop.is_set():
                self._following = threading.Thread(target=self._follow, name="monitor-feed", daemon=True)
                self._following.start()

    def close(self) -> None:
        """Ends the thread and every open stream, and gives the connection back."""
        self._stop.set()
        self._wake()
        if self._following is not None:
            self._following.join()
        with self._looking:
            self._drop_connection()

    @property
    def closed(self) -> bool:
        return self._stop.is_set()

    def look(self) -> Frame:
        """The page as of now, or, while the database is away, as of the last look and saying so. Raises NothingRead."""
        with self._looking:
            before = self._frame
            try:
                seen: Status | None = self._read()
                self._away_since = None
            except _AWAY:
                self._drop_connection()
                seen = self._without_database()
            if seen is None:
                raise NothingRead("the database is away and nothing was read from it yet; try again later")
            self._frame = frame = self._next_frame(seen, before)
        if before is None or frame.serial != before.serial:
            self._wake()
        return frame

    def last(self) -> Frame | None:
        """The last state that any look came to, without looking."""
        return self._frame

    @contextmanager
    def subscribed(self) -> Iterator[asyncio.Event]:
        """An event of the running loop that is set whenever the page changed; clear it before reading ``last``."""
        waiting = (asyncio.get_running_loop(), asyncio.Event())
        self._waiting.add(waiting)
        try:
            yield waiting[1]
        finally:
            self._waiting.discard(waiting)

    def _read(self) -> Status:
        if self._away_since is not None and time.monotonic() - self._tried_at < AGAIN_SECONDS:
            raise psycopg.OperationalError("the database was away a moment ago")
        self._tried_at = time.monotonic()
        if self._connection is None:
            self._connection = self._connect()
            self._connection.autocommit = True
            self._connection.execute("SET statement_timeout = '10s'")
        chain = self._chain() if self._chain is not None else None
        return status(
            self._connection,
            self._study,
            self._log_ends,
            prespecified=self._prespecified,
            watch=self._watch,
            chain=chain,
        )

    def _without_database(self) -> Status | None:
        """What was last read, with a line that says since when nothing could be read; None where nothing was."""
        now = dt.datetime.now(dt.UTC)
        if self._away_since is None:
            self._away_since = now
            _log.warning("database away")
        if self._frame is None:
            return None
        last = self._frame.status
        line = msgspec.structs.replace(last.line, state=LineState.DATABASE_AWAY, since=self._away_since)
        return msgspec.structs.replace(last, line=line)

    def _next_frame(self, seen: Status, before: Frame | None) -> Frame:
        """The same frame where no panel changed by a letter, so that nobody is woken for nothing."""
        made = {
            language: pieces(seen, self._study, language, (before.status, before.pieces[language]) if before else None)
            for language in LANGUAGES
        }
        if before is not None and made == before.pieces:
            return msgspec.structs.replace(before, status=seen)
        since = {
            language: {
                name: before.since[language][name]
                if before is not None and before.pieces[language].get(name) == piece
                else seen.commit
                for name, piece in parts.items()
            }
            for language, parts in made.items()
        }
        serial = before.serial + 1 if before is not None else 1
        return Frame(serial=serial, status=seen, pieces=made, since=since)

    def _follow(self) -> None:
        while not self._stop.is_set():
            try:
                with self._connect() as listening:
                    listening.autocommit = True
                    listening.execute(f"LISTEN {CHANNEL}")
                    self._follow_notices(listening)
            except _AWAY:
                self._look_if_anything()
                self._stop.wait(AGAIN_SECONDS)

    def _follow_notices(self, listening: psycopg.Connection) -> None:
        while not self._stop.is_set():
            self._look_if_anything()
            polled_at = time.monotonic()
            # In short waits, so that closing need not wait for the whole second.
            while not self._stop.is_set() and time.monotonic() - polled_at < POLL_SECONDS:
                if any(True for _ in listening.notifies(timeout=PAUSE_SECONDS_MIN, stop_after=1)):
                    break
            self._stop.wait(PAUSE_SECONDS_MIN)

    def _look_if_anything(self) -> None:
        with suppress(NothingRead):  # pages that ask get the same answer, and say so
            self.look()

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _wake(self) -> None:
        for loop, event in tuple(self._waiting):
            try:
                loop.call_soon_threadsafe(event.set)
            except RuntimeError:  # that server's loop has ended without its streams
                self._waiting.discard((loop, event))
