"""Asks the log where its partitions end, for pages that tell slow from stuck."""

import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from eventlog.errors import LogError
from eventlog.log import Reader
from trialog.stores import Stores


class LogEnds:
    """Called with nothing, gives the end of every partition by (topic, partition); raises LogError. Thread-safe."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._one_at_a_time = threading.Lock()
        self._reader: Reader | None = None

    def __call__(self) -> Mapping[tuple[str, int], int]:
        with self._one_at_a_time:
            if self._reader is None:
                self._reader = self._stores.reader("read")
            try:
                return self._reader.ends(self._stores.topic_names())
            except LogError:
                self._close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._one_at_a_time:
            self._close()

    def _close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None
