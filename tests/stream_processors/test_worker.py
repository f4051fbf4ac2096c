"""The worker on a real broker: what it hands to the writer, and what it does when something goes wrong."""

import asyncio
import os
from functools import partial
from typing import Any

import psutil
import pytest

from eventlog.kafka import KafkaReader
from eventlog.kafka_client import KafkaSettings
from projections.errors import DatabaseAway
from schemas.records import Batch, Record
from stream_processors import app as worker_app
from stream_processors.app import WorkerSettings, build_app
from stream_processors.bundles import Bundle
from tests.servers.broker import Broker
from tests.stream_processors.brokers import committed, events, fresh, make_topic, send
from tests.stream_processors.ledgers import ListWriter
from tests.stream_processors.running import running, until


def built(broker: Broker, topics: tuple[str, ...], writer: ListWriter, **settings: Any) -> Any:
    settings.setdefault("group", fresh("worker"))
    kafka = KafkaSettings(bootstrap_servers=broker.bootstrap)
    return build_app(WorkerSettings(kafka=kafka, topics=topics, **settings), lambda: writer)


async def run_until_written(app: Any, writer: ListWriter, count: int) -> None:
    async with running(app):
        await until(lambda: len(writer.records) >= count, what=f"{count} records in the writer")


def test_records_reach_the_writer_as_the_log_holds_them(broker: Broker) -> None:
    from kafka import KafkaProducer

    topic = make_topic(broker.bootstrap)
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap)
    headers = [("traceparent", b"00-1"), ("empty", b"")]
    producer.send(topic, key=b"S-001", value=b"\x00\xff not text", headers=headers, timestamp_ms=1_700_000_000_123)
    producer.send(topic, key=b"S-002", value=None, timestamp_ms=1_700_000_000_124)
    producer.close()
    writer = ListWriter()
    asyncio.run(run_until_written(built(broker, (topic,), writer), writer, 2))
    assert writer.records == [
        Record(
            topic=topic,
            partition=0,
            offset=0,
            key=b"S-001",
            value=b"\x00\xff not text",
            headers=(("traceparent", b"00-1"), ("empty", b"")),
            timestamp_ms=1_700_000_000_123,
        ),
        Record(
            topic=topic,
            partition=0,
            offset=1,
            key=b"S-002",
            value=None,
            timestamp_ms=1_700_000_000_124,
        ),
    ]
    # The other way to read the log gives the same records, so that a replay from Kafka compares equal.
    reader = KafkaReader(KafkaSettings(bootstrap_servers=broker.bootstrap))
    assert reader.read(topic, 0, 0, most=10) == writer.records
    assert writer.batches[0].topic_id == reader.topic_id(topic)
    reader.close()


def test_a_batch_holds_one_partition_and_names_the_end_of_its_log(broker: Broker) -> None:
    topics = tuple(make_topic(broker.bootstrap, partitions=2) for _ in range(2))
    for topic in topics:
        for partition in range(2):
            send(broker.bootstrap, topic, events(range(30)), partition=partition)
    writer = ListWriter()
    asyncio.run(run_until_written(built(broker, topics, writer), writer, 120))
    for batch in writer.batches:
        assert {(record.topic, record.partition) for record in batch.records} == {(batch.topic, batch.partition)}
        assert batch.log_end == 30
    for topic in topics:
        for partition in range(2):
            offsets = [r.offset for r in writer.records if (r.topic, r.partition) == (topic, partition)]
            assert offsets == list(range(30))
    assert len(writer.threads) == 1, "the writer was used by more than one thread"


def test_records_that_gather_meanwhile_come_in_one_bundle(broker: Broker) -> None:
    """Group commit without a window: nothing is waited for, and nothing that is there is left."""
    topic = make_topic(broker.bootstrap)
    send(broker.bootstrap, topic, events(range(500)))
    writer = ListWriter()
    asyncio.run(run_until_written(built(broker, (topic,), writer), writer, 500))
    assert [len(batch.records) for batch in writer.batches] == [500]


def test_a_bundle_is_no_larger_than_set(broker: Broker) -> None:
    topic = make_topic(broker.bootstrap)
    send(broker.bootstrap, topic, events(range(500)))
    writer = ListWriter()
    asyncio.run(run_until_written(built(broker, (topic,), writer, bundle_records_max=200), writer, 500))
    assert [len(batch.records) for batch in writer.batches] == [200, 200, 100]


def test_a_database_that_is_away_is_waited_for_and_nothing_is_lost(broker: Broker) -> None:
    topic = make_topic(broker.bootstrap)
    send(broker.bootstrap, topic, events(range(50)))
    refusals = iter([True, True, True])

    def away(_: Batch) -> None:
        if next(refusals, False):
            raise DatabaseAway("the connection was refused")

    writer = ListWriter(before_apply=away)
    asyncio.run(run_until_written(built(broker, (topic,), writer), writer, 50))
    assert [record.offset for record in writer.records] == list(range(50))
    assert next(refusals, None) is None


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_exception_that_leaves_the_agent_loses_nothing(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Faust acknowledges the bundle all the same; `BundleConsumer.left` sees that it was not written."""
    topic = make_topic(broker.bootstrap)
    send(broker.bootstrap, topic, events(range(20)))
    write, failures = worker_app.write, iter([True, True])

    async def leaky(app: Any, bundle: Bundle) -> None:
        if when == "after":
            await write(app, bundle)
        if next(failures, False):
            raise RuntimeError("let out on purpose")
        if when == "before":
            await write(app, bundle)

    monkeypatch.setattr(worker_app, "write", leaky)
    writer = ListWriter()

    async def scenario() -> None:
        async with running(built(broker, (topic,), writer)):
            for first in (20, 40, 60):
                await until(partial(_has, writer, first), what="the records so far in the writer")
                await asyncio.to_thread(send, broker.bootstrap, topic, events(range(first, first + 20)))
            await until(lambda: writer.next_offset(topic, 0) == 80, what="the last record in the writer")

    asyncio.run(scenario())
    assert [record.offset for record in writer.records] == list(range(80))
    assert next(failures, None) is None


def test_after_a_stop_the_next_worker_goes_on_where_the_database_is(broker: Broker) -> None:
    topic, group = make_topic(broker.bootstrap), fresh("again")
    send(broker.bootstrap, topic, events(range(10)))
    first = ListWriter()
    asyncio.run(run_until_written(built(broker, (topic,), first, group=group), first, 10))
    assert committed(broker.bootstrap, group, topic) == 10
    # The database was restored from a backup: its position is behind Kafka's committed offset.
    second = ListWriter({(topic, 0): 4})
    asyncio.run(run_until_written(built(broker, (topic,), second, group=group), second, 6))
    assert [record.offset for record in second.records] == list(range(4, 10))


def test_the_worker_listens_on_no_port(broker: Broker) -> None:
    topic = make_topic(broker.bootstrap)
    send(broker.bootstrap, topic, events(range(1)))
    before = _listening()
    writer = ListWriter()

    async def scenario() -> None:
        async with running(built(broker, (topic,), writer)):
            await until(lambda: len(writer.records) == 1, what="a record in the writer")
            assert _listening() == before

    asyncio.run(scenario())


def _listening() -> set[Any]:
    connections = psutil.Process(os.getpid()).net_connections(kind="tcp")
    return {connection.laddr for connection in connections if connection.status == psutil.CONN_LISTEN}


def _has(writer: ListWriter, count: int) -> bool:
    return len(writer.records) >= count
