"""Faust's consumer, changed in two places: where it starts to read, and how much it hands on at once.

Faust counts what was acknowledged and commits that to Kafka. Its arithmetic can pass a hole, and an exception in an
agent acknowledges the event all the same. So the position comes from the database, where it lies in the same
transaction as what the records did; Kafka's committed offset is kept only for lag tools. Everything here that leans
on Faust's inside is defended by tests/stream_processors/test_faust_canaries.py.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar

from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
from faust.types import TP, ConsumerMessage

from stream_processors.bundles import Bundle, message_of

logger = logging.getLogger(__name__)

# While records of one partition wait for the writer, aiokafka asks the broker for the other partitions after this time,
# by default 0.1 s. The broker answers that request when it has something, after 1.5 s at the latest, and until then
# nothing is fetched for the partition that was drained meanwhile: every batch over 0.1 s would cost up to 1.5 s more.
# Behind the idle gate nothing waits for long, and all partitions are asked for together.
PREFETCH_BACKOFF_SECONDS = 30.0

# What was fetched while a bundle was written is as old as that writing. Where it is little, the newest are worth
# one more round to the broker: without it, at some hundred events a second, a record waits for two bundles, not one.
TOP_UP_BELOW_SHARE = 1 / 8
TOP_UP_SECONDS = 0.005

NextOffsets = Callable[[set[TP]], Awaitable[Mapping[TP, int]]]


class BundleConsumerThread(AIOKafkaConsumerThread):
    """aiokafka's client in its thread, with a longer patience for records that wait."""

    async def on_start(self) -> None:
        await super().on_start()
        self._ensure_consumer()._fetcher._prefetch_backoff = PREFETCH_BACKOFF_SECONDS  # noqa: SLF001

    async def _fetch_records(
        self,
        consumer: Any,
        active_partitions: set[TP],
        timeout: float | None = None,  # noqa: ASYNC109
        max_records: int | None = None,
    ) -> dict[TP, list[Any]]:
        """What was fetched meanwhile, with the newest added where that is little; else what comes in ``timeout`` s.

        All of it here, in aiokafka's thread: each question from Faust's thread costs a good part of a millisecond.
        """
        fetch = super()._fetch_records
        fetched = dict(await fetch(consumer, active_partitions, 0, max_records))
        if not fetched:
            return dict(await fetch(consumer, active_partitions, timeout, max_records))
        if max_records is not None and sum(map(len, fetched.values())) < TOP_UP_BELOW_SHARE * max_records:
            newest = await fetch(consumer, active_partitions, TOP_UP_SECONDS, max_records)
            for place, newer in newest.items():
                older = fetched.get(place)
                if older is None:
                    fetched[place] = newer
                # Where they do not follow each other, a seek came between; `_in_step` sees it at the next bundle.
                elif newer[0].offset == older[-1].offset + 1:
                    fetched[place] = [*older, *newer]
        return fetched


class BundleConsumer(Consumer):
    """Reads from the database's positions, and yields one message per partition and fetch.

    The idle gate: the next bundles are fetched only when the last ones are written. Meanwhile records gather in
    aiokafka's fetcher, so that the batch grows by itself under load and stays small without. Without the gate, small
    bundles fill the stream's buffer, Faust pauses the partition, and each pause costs a second.
    """

    def __init__(self, transport: "BundleTransport", *args: Any, **kwargs: Any) -> None:
        super().__init__(transport, *args, **kwargs)
        self._next_offsets = transport.next_offsets
        self._seeking = asyncio.Lock()
        self._unwritten: set[Bundle] = set()
        self._start_over = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._expected: dict[TP, int] = {}
        self._out_of_step: set[TP] = set()
        self._reached: dict[TP, int] = {}

    def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
        return BundleConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seeks every assigned partition to the database's position; returns the positions.

        This is the one place that holds: Faust calls it last, after whatever signal handlers did. Bundles that were
        handed out before no longer count: they are skipped, or found in the ledger already.
        """
        async with self._seeking:
            self._unwritten.clear()
            self._start_over = False
            next_offsets = await self._next_offsets(self.assignment())
            consumer = self._thread._ensure_consumer()  # noqa: SLF001
            await self._thread.call_thread(_seek_where_assigned, consumer, next_offsets)
            self._expected = dict(next_offsets)
            self._reached = dict(next_offsets)
            self._idle.set()
            return next_offsets

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:  # noqa: ASYNC109
        """One message per partition that has records; nothing where none came within ``timeout`` seconds."""
        await self._idle_within(seconds=timeout)
        if not self._idle.is_set():
            return
        if self._start_over and self.flow_active:
            await self.perform_seek()
        generation = self.app.consumer_generation_id
        records, active = await self._wait_next_records(timeout)
        if records is None or active is None:
            return
        ours = {place: fetched for place, fetched in records.items() if fetched and place in active}
        if not ours or not self._flows(generation):
            return
        if not self._in_step(ours):
            await self.perform_seek()
            return
        bundles = {place: self._bundle(place, fetched) for place, fetched in ours.items()}
        # All of them are counted before the first is yielded: the first may be written before the second is taken.
        self._unwritten.update(bundles.values())
        self._idle.clear()
        for place, bundle in bundles.items():
            if self._flows(generation):
                self._expected[place] = bundle.next_offset
                # Faust would drop a message that lies before the last one; that is for `_in_step` to judge.
                self._read_offset[place] = None
                yield place, message_of(bundle, place, generation)
            else:
                self.left(bundle)

    def wants(self, bundle: Bundle) -> bool:
        """False once a seek has made the bundle stale: its records come again, here or in another worker."""
        return bundle in self._unwritten

    def written(self, bundle: Bundle, next_offset: int) -> None:
        """The writer is through with the bundle, and the database's position is ``next_offset``."""
        if bundle in self._unwritten:
            self._reached[TP(bundle.topic, bundle.partition)] = next_offset
            self._let_go(bundle)

    def left(self, bundle: Bundle) -> None:
        """The agent is through with the bundle. Where it was not written, its records are fetched again.

        No exception leaves our agent; should one do so all the same, or Faust cancel the agent, then Faust
        acknowledges the bundle like any other, and this is what keeps its records.
        """
        if bundle in self._unwritten:
            logger.warning("%s[%d]: a bundle was left unwritten; starting over", bundle.topic, bundle.partition)
            self._start_over = True
            self._let_go(bundle)

    def _let_go(self, bundle: Bundle) -> None:
        self._unwritten.discard(bundle)
        if not self._unwritten:
            self._idle.set()

    async def _idle_within(self, *, seconds: float) -> None:
        # Not `asyncio.wait_for`: before Python 3.12 it swallows a cancellation that comes in the moment in which the
        # event is set, and Faust's stop then waits for ever for the fetcher.
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return

    def _flows(self, generation: int) -> bool:
        """False from the begin of a rebalance, and after it: it ends with a seek, which brings all back."""
        return self.flow_active and self.app.consumer_generation_id == generation

    def _in_step(self, fetched: Mapping[TP, Sequence[Any]]) -> bool:
        """Whether every partition goes on where the last bundle ended.

        False once for a partition that does not: what was fetched before a seek can arrive after it, and another seek
        mends that. Where it is still out of step then, the log itself is not what it was; the writer is given the
        bundle and finds the records in the ledger, or raises the fence.
        """
        strays = {place for place, records in fetched.items() if records[0].offset != self._expected.get(place)}
        known = strays & self._out_of_step
        self._out_of_step = (self._out_of_step - fetched.keys()) | strays
        for place in sorted(strays - known):
            logger.info(
                "%s[%d]: fetched from %d where %s was next; seeking again",
                place.topic,
                place.partition,
                fetched[place][0].offset,
                self._expected.get(place),
            )
        return strays == known

    def _bundle(self, place: TP, fetched: Sequence[Any]) -> Bundle:
        last = int(fetched[-1].offset) + 1
        return Bundle(place.topic, place.partition, max(last, self._log_end(place) or last), fetched)

    def _log_end(self, place: TP) -> int | None:
        try:
            return self.highwater(place)
        except (AssertionError, AttributeError):
            # The consumer's thread has just lost the partition; the records are still good.
            return None

    def _new_offset(self, tp: TP) -> int | None:
        """What may be committed to Kafka: how far the database is. Nothing here reads it back."""
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        return self._reached.get(tp)

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """A bundle's offset is its last record's, so Faust would see a gap before each. There is none."""


async def _seek_where_assigned(consumer: Any, next_offsets: Mapping[TP, int]) -> None:
    """Runs in the consumer's thread, so that no rebalance can come between the question and the seek."""
    assigned = consumer.assignment()
    for place, offset in next_offsets.items():
        if place in assigned:
            consumer.seek(place, offset)


class BundleTransport(Transport):
    """Installs the consumer. ``next_offsets`` answers with the database's position of each partition asked for."""

    Consumer: ClassVar[type] = BundleConsumer

    def __init__(self, *args: Any, next_offsets: NextOffsets, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.next_offsets = next_offsets


def bundle_consumer(consumer: Any) -> BundleConsumer:
    """The app's consumer under its own type."""
    assert isinstance(consumer, BundleConsumer), "the app was not built with BundleTransport"
    return consumer
