"""Says how long each part of a batch took, to whoever asked; without one who asks, it reads no clock."""

import time
from collections.abc import Callable

Timings = Callable[[str, float], None]
"""Called with the name of a part and its seconds, as the writer's thread sees them, in this order:

``decode`` (records to events), ``position`` (lock, fences), ``entries`` (ids claimed), ``states`` (subjects locked,
linked events loaded, states carried), ``chain``, ``ledger``, ``trail``, ``subjects`` (rows made and sent), ``commit``.
The server works on rows that were sent while the next are made; what is left of that, and the flush to disk, is in
``commit``.
"""


class Stopwatch:
    """``lap`` ends a part. ``start`` begins the first."""

    def __init__(self, timings: Timings | None) -> None:
        self._timings = timings
        self._last = 0.0

    def start(self) -> None:
        if self._timings is not None:
            self._last = time.perf_counter()

    def lap(self, part: str) -> None:
        if self._timings is not None:
            now = time.perf_counter()
            self._timings(part, now - self._last)
            self._last = now
