"""The consumers that are compared. Each runs in a process of its own: `python -m benchmarks.consumers SETTINGS`.

All of them read the same topics and hand batches of one partition to the same writer. What differs is only the way
from the broker to the writer.
"""

import asyncio
import logging
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import msgspec
import psycopg

from benchmarks.measured import MeasuredWriter
from benchmarks.thin_writer import ThinWriter
from eventlog.kafka import KafkaReader
from eventlog.kafka_client import KafkaSettings
from projections.writer import Writer
from schemas.records import Batch, Record
from schemas.study import StudyDefinition, parse_study
from stream_processors.app import WorkerSettings
from stream_processors.worker import run

FETCH_BYTES_MAX = 4 * 1024 * 1024


class ConsumerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``batch`` is the most records of one fetch, or of one `take`; ``linger_seconds`` is how long a `take` or a
    checkpoint waits for more, where the consumer has such a window."""

    consumer: str
    writer: str
    bootstrap: str
    group: str
    study: str
    topics: tuple[str, ...]
    database_url: str
    events: int
    batch: int = 4000
    linger_seconds: float = 0.02


def study_named(name: str) -> StudyDefinition:
    """The study of the repository under another id, so that its topics are the benchmark's own."""
    toml = files("schemas.studies").joinpath("nct06486350.toml").read_bytes()
    return msgspec.structs.replace(parse_study(toml), id=name)


def measured_writer(settings: ConsumerSettings) -> MeasuredWriter:
    def connect() -> psycopg.Connection[Any]:
        return psycopg.connect(settings.database_url)

    seconds: dict[str, float] = defaultdict(float)
    if settings.writer == "thin":
        thin = ThinWriter(connect)
        return MeasuredWriter(thin, events=settings.events, parts=lambda: dict(thin.seconds))

    def timed(part: str, spent: float) -> None:
        seconds[part] += spent

    writer = Writer(connect, study_named(settings.study), timings=timed)
    return MeasuredWriter(writer, events=settings.events, parts=lambda: dict(seconds))


def ours(settings: ConsumerSettings) -> None:
    """Trialog's worker as it is."""
    run(
        WorkerSettings(
            kafka=KafkaSettings(bootstrap_servers=settings.bootstrap),
            group=settings.group,
            topics=settings.topics,
            bundle_records_max=settings.batch,
            fetch_bytes_max=FETCH_BYTES_MAX,
        ),
        lambda: measured_writer(settings),
    )


def bare(settings: ConsumerSettings) -> None:
    """The least there is: aiokafka's consumer, a loop, the writer called in the loop."""
    asyncio.run(_bare(settings))


async def _bare(settings: ConsumerSettings) -> None:
    from aiokafka import AIOKafkaConsumer, TopicPartition

    writer, topic_ids = measured_writer(settings), _topic_ids(settings)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES_MAX,
    )
    await consumer.start()
    places = [TopicPartition(topic, 0) for topic in settings.topics]
    consumer.assign(places)
    for place in places:
        consumer.seek(place, writer.next_offset(place.topic, place.partition))
    while True:
        fetched = await consumer.getmany(timeout_ms=1000, max_records=settings.batch)
        for place, records in fetched.items():
            writer.apply(_batch(place.topic, place.partition, topic_ids, consumer.highwater(place), records))


def stock(settings: ConsumerSettings) -> None:
    """Faust as its documentation says: an agent that takes batches within a window."""
    import faust

    class StockApp(faust.App):
        def _create_directories(self) -> None:
            """No tables here, so no files."""

    app = StockApp(
        settings.group,
        broker=f"kafka://{settings.bootstrap}",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        stream_wait_empty=False,
        consumer_max_fetch_size=FETCH_BYTES_MAX,
        autodiscover=False,
    )
    writer, topic_ids = measured_writer(settings), _topic_ids(settings)

    @app.agent(app.topic(*settings.topics, key_serializer="raw", value_serializer="raw"))
    async def agent(stream: Any) -> None:
        async for events in stream.take_events(settings.batch, within=settings.linger_seconds):
            by_place = defaultdict(list)
            for event in events:
                by_place[event.message.tp].append(event.message)
            for place, messages in by_place.items():
                end = app.consumer.highwater(place)
                writer.apply(_batch(place.topic, place.partition, topic_ids, end, messages))

    runner = faust.Worker(app, override_logging=False, quiet=True, redirect_stdouts=False)
    runner.spinner = None
    runner.execute_from_commandline()


def quix(settings: ConsumerSettings) -> None:
    """Quix Streams with a batching sink, which is flushed at each checkpoint."""
    from quixstreams import Application
    from quixstreams.sinks import BatchingSink, SinkBatch

    writer, topic_ids = measured_writer(settings), _topic_ids(settings)

    class Sink(BatchingSink):  # type: ignore[misc]
        def write(self, batch: SinkBatch) -> None:
            records = tuple(
                Record(
                    topic=batch.topic,
                    partition=batch.partition,
                    offset=item.offset,
                    key=item.key,
                    value=item.value,
                    headers=tuple(
                        (name, value if isinstance(value, bytes) else value.encode())
                        for name, value in item.headers or ()
                    ),
                    timestamp_ms=item.timestamp,
                )
                for item in batch
            )
            if records:
                writer.apply(
                    Batch(
                        topic=batch.topic,
                        topic_id=topic_ids[batch.topic],
                        partition=batch.partition,
                        log_end=records[-1].offset + 1,
                        records=records,
                    )
                )

    app = Application(
        broker_address=settings.bootstrap,
        consumer_group=settings.group,
        auto_offset_reset="earliest",
        commit_every=settings.batch,
        commit_interval=settings.linger_seconds,
        auto_create_topics=False,
        loglevel="WARNING",
        consumer_extra_config={"max.partition.fetch.bytes": FETCH_BYTES_MAX},
        # Nothing is kept, but a folder is made for each assignment.
        state_dir=tempfile.gettempdir(),
    )
    for topic in settings.topics:
        app.dataframe(app.topic(topic, key_deserializer="bytes", value_deserializer="bytes")).sink(Sink())
    app.run()


CONSUMERS: Mapping[str, Callable[[ConsumerSettings], None]] = MappingProxyType(
    {"ours": ours, "bare": bare, "stock": stock, "quix": quix}
)


def _topic_ids(settings: ConsumerSettings) -> dict[str, str]:
    reader = KafkaReader(KafkaSettings(bootstrap_servers=settings.bootstrap))
    try:
        return {topic: reader.topic_id(topic) for topic in settings.topics}
    finally:
        reader.close()


def _batch(topic: str, partition: int, topic_ids: Mapping[str, str], log_end: int | None, fetched: Any) -> Batch:
    """A batch out of aiokafka's records or Faust's messages; both name their parts alike, but for the timestamp."""
    records = tuple(
        Record(
            topic=topic,
            partition=partition,
            offset=each.offset,
            key=each.key,
            value=each.value,
            headers=tuple(each.headers or ()),
            timestamp_ms=int(each.timestamp),
        )
        for each in fetched
    )
    return Batch(
        topic=topic,
        topic_id=topic_ids[topic],
        partition=partition,
        log_end=max(log_end or 0, records[-1].offset + 1),
        records=records,
    )


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    chosen = msgspec.json.decode(sys.argv[1], type=ConsumerSettings)
    CONSUMERS[chosen.consumer](chosen)
