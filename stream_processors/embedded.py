"""The same work without Kafka: one thread that reads the embedded log and brings its records into the projections."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from eventlog.errors import LogUnavailable
from eventlog.log import Reader
from projections.errors import DatabaseAway
from schemas.records import Batch
from stream_processors.death import cause
from stream_processors.health import BEAT_SECONDS, Health
from stream_processors.lane import PAUSE_SECONDS_MAX, PAUSE_SECONDS_MIN, ProjectionWriter

logger = logging.getLogger(__name__)

BATCH_RECORDS_MAX = 4000

# How long the loop sleeps without looking whether it was asked to stop. A notice of new records ends it at once.
WAIT_SECONDS = 0.25


class WakingReader(Reader, Protocol):
    """A reader that says where everything ends at one instant, and wakes when something was appended."""

    def ends(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """The end of every partition of these topics, by (topic, partition)."""
        ...

    def wait(self, seconds: float) -> bool:
        """Waits for an append; one that came after the last question ends the wait at once."""
        ...


class EmbeddedLoop:
    """Runs until it is stopped or dies. An error that a later try may mend does not end it; any other does.

    Where it dies, ``on_death`` is called in the loop's thread with the error, and `failure` holds it: the process goes
    on, so the composition must say so on its pages or end. Reader and writer are used by the loop's thread alone and
    are closed by it.
    """

    def __init__(
        self,
        *,
        reader: WakingReader,
        writer: ProjectionWriter,
        topics: Sequence[str],
        on_death: Callable[[BaseException], None],
        health: Health | None = None,
        batch_records_max: int = BATCH_RECORDS_MAX,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._topics = tuple(topics)
        self._on_death = on_death
        self._health = health or Health()
        self._batch_records_max = batch_records_max
        self._next: dict[tuple[str, int], int] = {}
        self._beat_due = 0.0
        self._asked_to_stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="projections", daemon=True)
        self.failure: BaseException | None = None

    @property
    def alive(self) -> bool:
        """False before the start, after a stop, and after the loop died."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Starts the thread; returns at once."""
        self._thread.start()

    def stop(self, within_seconds: float = 30.0) -> None:
        """Lets the batch under way finish. Raises TimeoutError where it does not in time."""
        self._asked_to_stop.set()
        self._thread.join(within_seconds)
        if self._thread.is_alive():
            raise TimeoutError(f"a batch is still being written after {within_seconds:g} s")

    def _run(self) -> None:
        try:
            self._work_until_asked_to_stop()
        except BaseException as reason:  # noqa: BLE001 - reported, and the loop ends
            self.failure = reason
            logger.critical(
                "the projections have stopped: %s; start again from the database's positions", cause(reason)
            )
            self._on_death(reason)
        finally:
            self._reader.close()
            self._writer.close()

    def _work_until_asked_to_stop(self) -> None:
        pause_seconds = PAUSE_SECONDS_MIN
        while not self._asked_to_stop.is_set():
            self._beat()
            try:
                if not self._work_once():
                    self._reader.wait(WAIT_SECONDS)
                pause_seconds = PAUSE_SECONDS_MIN
            except (DatabaseAway, LogUnavailable) as away:
                # A commit may have gone through although its answer was lost: ask for the positions again.
                self._next.clear()
                self._health.let_go()
                logger.warning("not reachable (%s); trying again in %.1f s", away, pause_seconds)
                self._asked_to_stop.wait(pause_seconds)
                pause_seconds = min(2 * pause_seconds, PAUSE_SECONDS_MAX)

    def _work_once(self) -> bool:
        """One batch of each partition that has something new; False where none has."""
        worked = False
        # The ends are asked for before the wait, which then misses nothing.
        for batch in self._batches(self._reader.ends(self._topics)):
            self._health.takes_up()
            applied = self._writer.apply(batch)
            self._health.applied(applied.commit)
            self._next[batch.topic, batch.partition] = applied.next_offset
            worked = True
            if self._asked_to_stop.is_set():
                break
        return worked

    def _batches(self, ends: dict[tuple[str, int], int]) -> Iterator[Batch]:
        """The topic's id is asked for with every batch, so that a topic made anew meets the fence at once."""
        for (topic, partition), end in ends.items():
            place = (topic, partition)
            if place not in self._next:
                self._next[place] = self._writer.next_offset(topic, partition)
            # An end before the position is a log that was cut or made anew: read it from where it begins, so that the
            # writer sees it and raises the fence.
            first = self._next[place] if end >= self._next[place] else 0
            if end == first:
                continue
            records = self._reader.read(topic, partition, first, most=self._batch_records_max)
            if records:
                yield Batch(
                    topic=topic,
                    topic_id=self._reader.topic_id(topic),
                    partition=partition,
                    log_end=end,
                    records=tuple(records),
                )

    def _beat(self) -> None:
        if time.monotonic() < self._beat_due:
            return
        self._beat_due = time.monotonic() + BEAT_SECONDS
        self._health.ready()
        self._health.beat([f"{topic}[{partition}]" for topic, partition in sorted(self._next)])
