"""The one thread in which a worker's writer lives: everything that touches the database waits in line here.

A dedicated thread rather than `asyncio.to_thread`: the writer has one connection, and a question for the position
must come after the batch that is being written, not beside it.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from projections.errors import DatabaseAway
from schemas.records import Applied, Batch

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

PAUSE_SECONDS_MIN = 0.1
PAUSE_SECONDS_MAX = 5.0


class ProjectionWriter(Protocol):
    """What `projections.writer.Writer` offers. One thread at a time."""

    def next_offset(self, topic: str, partition: int) -> int:
        """The first offset that is not applied yet; 0 where never written. Raises DatabaseAway."""
        ...

    def apply(self, batch: Batch) -> Applied:
        """All of it in one transaction, or nothing. Raises Fenced, DatabaseAway."""
        ...

    def close(self) -> None: ...


WriterFactory = Callable[[], ProjectionWriter]


class WriterLane:
    """Makes its writer in its own thread at the first question, and closes it there."""

    def __init__(self, writer_factory: WriterFactory) -> None:
        self._writer_factory = writer_factory
        self._writer: ProjectionWriter | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")

    async def run(self, question: Callable[[ProjectionWriter], Answer]) -> Answer:
        """Asks the writer in its thread. Raises what the writer raises."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._ask, question)

    async def run_patiently(
        self, question: Callable[[ProjectionWriter], Answer], *, wanted: Callable[[], bool]
    ) -> Answer | None:
        """Asks again for as long as the database is away; None once nobody wants the answer any more."""
        pause_seconds = PAUSE_SECONDS_MIN
        while wanted():
            try:
                return await self.run(question)
            except DatabaseAway as away:
                logger.warning("the database is away (%s); trying again in %.1f s", away, pause_seconds)
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(2 * pause_seconds, PAUSE_SECONDS_MAX)
        return None

    def close(self) -> None:
        """Waits for the batch under way, then closes the writer."""
        if self._writer is not None:
            self._thread.submit(self._writer.close).result()
            self._writer = None
        self._thread.shutdown(wait=True)

    def _ask(self, question: Callable[[ProjectionWriter], Answer]) -> Answer:
        if self._writer is None:
            self._writer = self._writer_factory()
        return question(self._writer)
