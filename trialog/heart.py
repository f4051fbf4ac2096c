"""Says every few seconds in the database that a part of the line lives: the state line of the pages counts on it."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import psycopg
import structlog

from projections.heartbeat import beat
from trialog.stores import Connect

BEAT_SECONDS = 5.0

log = structlog.get_logger()


class Heart:
    """A thread that beats while ``alive`` says so. A database that is away is tried again at the next beat."""

    def __init__(self, connect: Connect, name: str, alive: Callable[[], bool] = lambda: True) -> None:
        self._connect = connect
        self._name = name
        self._alive = alive
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"heart of {name}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._beat_until_stopped()
            except psycopg.Error as error:
                log.warning("no heartbeat", worker=self._name, error=type(error).__name__)
                self._stop.wait(BEAT_SECONDS)

    def _beat_until_stopped(self) -> None:
        with self._connect() as connection:
            while self._alive() and not self._stop.is_set():
                beat(connection, self._name, "running")
                self._stop.wait(BEAT_SECONDS)
            beat(connection, self._name, "stopped" if self._stop.is_set() else "died")
        if not self._stop.is_set():
            self._stop.wait()
