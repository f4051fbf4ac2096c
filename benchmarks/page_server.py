"""The page server at work beside a worker: the real `trialog serve`, with pages open and asked for all the time."""

import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import psutil

from tests.line.parts import Part, environment
from tests.line.studies import study_file
from tests.monitor.streams import followed
from tests.servers.broker import Broker
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until

PAGES_OPEN = 3
ASKED_FOR = ("/", "/?lang=zh", "/tables/events", "/api/status", "/metrics")

Progress = Callable[[Database], int]
"""How many events are applied."""


class PageServer:
    """Samples of (events applied, resident bytes), taken while it serves. One use."""

    def __init__(self, broker: Broker, study: str, progress: Progress, every: int) -> None:
        self._broker = broker
        self._study = study
        self._progress = progress
        self._every = every
        self._ended = threading.Event()
        self.memory: list[tuple[int, int]] = []
        self.answers = 0
        self.moves = 0

    @contextmanager
    def beside(self, database: Database) -> Iterator[None]:
        """Serves the database's pages until it is left, and reads them as people and machines would."""
        with ExitStack() as until:
            folder = Path(until.enter_context(tempfile.TemporaryDirectory(prefix="trialog-bench-")))
            environ = environment(
                self._broker, database, study_file(folder, self._study), folder / "serve", "trialog_read"
            )
            part = Part(["serve"], environ, folder / "serve.txt")
            until.callback(part.stop)
            address = part.says(r"at (http://[\d.:]+)")[1]
            threads = until.enter_context(ThreadPoolExecutor(PAGES_OPEN + 2))
            readers = [threads.submit(self._follow, address) for _ in range(PAGES_OPEN)]
            readers += [threads.submit(self._ask, address), threads.submit(self._sample, part.process.pid, database)]
            try:
                yield
                wait_until(lambda: self.answers > 0 and self.moves > 0, within_seconds=60, what="a page that moved")
            finally:
                self._ended.set()
                # Ends the open streams, for which their readers wait.
                part.stop()
            for reader in readers:
                reader.result()

    def _follow(self, address: str) -> None:
        while not self._ended.is_set():
            with suppress(httpx.HTTPError, EOFError), followed(address) as stream:
                while not self._ended.is_set():
                    stream.moved()
                    self.moves += 1

    def _ask(self, address: str) -> None:
        with httpx.Client(base_url=address, timeout=30.0) as client:
            while not self._ended.is_set():
                for path in ASKED_FOR:
                    with suppress(httpx.TransportError):
                        client.get(path).raise_for_status()
                        self.answers += 1
                self._ended.wait(0.1)

    def _sample(self, pid: int, database: Database) -> None:
        process, seen = psutil.Process(pid), 0
        while not self._ended.wait(0.1):
            applied = self._progress(database)
            if applied // self._every != seen // self._every:
                self.memory.append((applied, process.memory_info().rss))
            seen = applied
