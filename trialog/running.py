"""A part of the line that works in a thread of its own."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog

log = structlog.get_logger()


class running:  # noqa: N801 - reads as a word in `with running(...)`
    """A context in which a function works in a thread until its stop event is set on leaving."""

    def __init__(
        self, work: Callable[[threading.Event], None], name: str, on_death: Callable[[BaseException], None]
    ) -> None:
        self._work = work
        self._on_death = on_death
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._work(self._stop)
        except BaseException as reason:  # noqa: BLE001 - told to whoever runs the line, which then ends
            log.critical("a part of the line has died", part=self._thread.name, error=type(reason).__name__)
            self._on_death(reason)
