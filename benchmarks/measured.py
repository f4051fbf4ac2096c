"""A writer with a stopwatch around it. It is the same for every consumer that is compared."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import NoReturn, Protocol

import psutil

from schemas.records import Applied, Batch

SENT_AT = "sent-at-ns"
"""The header that holds when a record was sent, in nanoseconds since 1970 UTC."""

MEMORY_EVERY = 5_000


class AnyWriter(Protocol):
    def next_offset(self, topic: str, partition: int) -> int: ...
    def apply(self, batch: Batch) -> Applied: ...
    def close(self) -> None: ...


class MeasuredWriter:
    """Passes batches on, and ends the process with a report on stdout when ``events`` of them are committed.

    The clock runs from the first batch's arrival to the last one's commit, so starting and joining a group is not in
    it, and all that lies between two batches is.
    """

    def __init__(self, writer: AnyWriter, *, events: int, parts: Callable[[], dict[str, float]]) -> None:
        self._writer = writer
        self._events = events
        self._parts = parts
        self._applied = 0
        self._batches = 0
        self._began: float | None = None
        self._writing = 0.0
        self._latencies: list[int] = []
        self._memory: list[tuple[int, int]] = []
        self._process = psutil.Process()
        self._one_at_a_time = threading.Lock()

    def next_offset(self, topic: str, partition: int) -> int:
        return self._writer.next_offset(topic, partition)

    def apply(self, batch: Batch) -> Applied:
        with self._one_at_a_time:
            began = time.perf_counter()
            if self._began is None:
                self._began = began
            applied = self._writer.apply(batch)
            ended = time.perf_counter()
            self._writing += ended - began
            self._batches += 1
            self._note(batch, applied)
            if self._applied >= self._events:
                self._report(ended - self._began)
            return applied

    def close(self) -> None:
        self._writer.close()

    def _note(self, batch: Batch, applied: Applied) -> None:
        fresh = len(batch.records) - applied.skipped
        before, self._applied = self._applied, self._applied + fresh
        now = time.time_ns()
        for record in batch.records:
            if record.headers and record.headers[0][0] == SENT_AT:
                self._latencies.append(now - int(record.headers[0][1]))
        if before // MEMORY_EVERY != self._applied // MEMORY_EVERY:
            self._memory.append((self._applied, self._process.memory_info().rss))

    def _report(self, seconds: float) -> NoReturn:
        report = {
            "events": self._applied,
            "batches": self._batches,
            "seconds": seconds,
            "writing_seconds": self._writing,
            "parts": self._parts(),
            "latencies_ns": self._latencies,
            "memory": self._memory,
        }
        sys.stdout.write(json.dumps(report) + "\n")
        sys.stdout.flush()
        os._exit(0)
