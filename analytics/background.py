"""The slow analyses, after the live panel: one at a time, in a process of its own, for the newest rows offered."""

import subprocess
import sys
import threading
from collections.abc import Callable, Sequence

import psycopg
import structlog

from analytics.analyses import Analyses, decode_analyses
from analytics.analysing import Request, encode_request
from analytics.analysis_store import store_analyses
from analytics.snapshot import Snapshot
from schemas.rules.endpoints import EndpointRow
from schemas.study import StudyDefinition

REST_SECONDS = 15.0
"""Between the end of one run and the begin of the next: a busy log has its numbers moved by every entry."""

_log = structlog.get_logger("analytics.background")


class Background:
    """Runs the plan over what `offer` was given last. A context manager: leaving it stops a run under way.

    A run that fails is told in the log and made again for the next rows; the live panel does not depend on it.
    """

    def __init__(
        self,
        connect: Callable[[], psycopg.Connection],
        study: StudyDefinition,
        plan: bytes,
        rest_seconds: float = REST_SECONDS,
    ) -> None:
        """``connect`` gives a connection as the role that may write analyses; ``plan`` is the plan's document."""
        self._connect = connect
        self._study = study
        self._plan = plan
        self._rest_seconds = rest_seconds
        self._waiting: tuple[Request, int] | None = None
        self._offered: str | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._woken = threading.Condition()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="analyses", daemon=True)

    def __enter__(self) -> "Background":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._woken:
            self._stop.set()
            if self._process is not None:
                self._process.kill()
            self._woken.notify_all()
        self._thread.join()

    def offer(self, rows: Sequence[EndpointRow], snapshot: Snapshot, commit: int) -> None:
        """The rows of a snapshot at a commit. The same rows again are no news."""
        with self._woken:
            if snapshot.key.endpoint_digest == self._offered:
                return
            self._offered = snapshot.key.endpoint_digest
            request = Request(rows=tuple(rows), plan=self._plan, study=self._study, cutoff_on=snapshot.key.cutoff_on)
            self._waiting = (request, commit)
            self._woken.notify_all()

    def _run(self) -> None:
        while (asked := self._next()) is not None:
            request, commit = asked
            try:
                analyses = self._analysed(request)
                if analyses is not None:
                    with self._connect() as connection:
                        store_analyses(connection, analyses, commit)
            except (OSError, subprocess.SubprocessError, psycopg.Error) as error:
                # Offered anew, the same rows are analysed again.
                self._offered = None
                _log.warning("analyses failed", error=type(error).__name__, commit=commit)
            with self._woken:
                self._woken.wait_for(self._stop.is_set, timeout=self._rest_seconds)

    def _next(self) -> tuple[Request, int] | None:
        with self._woken:
            self._woken.wait_for(lambda: self._stop.is_set() or self._waiting is not None)
            if self._stop.is_set():
                return None
            asked, self._waiting = self._waiting, None
            return asked

    def _analysed(self, request: Request) -> Analyses | None:
        """None where it was stopped. Raises CalledProcessError."""
        command = [sys.executable, "-m", "analytics.analysing"]
        with self._woken:
            if self._stop.is_set():
                return None
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        written, _ = self._process.communicate(encode_request(request))
        with self._woken:
            code, self._process = self._process.returncode, None
        if code:
            if self._stop.is_set():
                return None
            raise subprocess.CalledProcessError(code, command)
        return decode_analyses(written)
