"""One test per trap of Faust 0.15 that the worker is built around, on a real broker.

These are canaries: each pins what Faust does, good or bad. One that fails after an upgrade does not mean that the
worker is broken; its docstring says which decision to think over.
"""

import asyncio
import importlib.metadata
import threading
from pathlib import Path
from typing import Any

import faust
from faust.types import ProcessingGuarantee
from packaging.version import Version

from eventlog.kafka_client import KafkaSettings
from stream_processors.app import WorkerSettings, build_app
from stream_processors.consumer import BundleConsumer
from tests.servers.broker import Broker
from tests.stream_processors.brokers import commit, committed, events, fresh, make_topic, send, topics
from tests.stream_processors.ledgers import ListWriter
from tests.stream_processors.running import running, stock_app, until

REBALANCED = {"broker_session_timeout": 10.0, "broker_heartbeat_interval": 1.0}


def ours(broker: Broker, topic: str, writer: ListWriter, group: str | None = None) -> Any:
    settings = WorkerSettings(
        kafka=KafkaSettings(bootstrap_servers=broker.bootstrap), group=group or fresh("ours"), topics=(topic,)
    )
    return build_app(settings, lambda: writer)


def test_faust_is_the_line_that_was_measured() -> None:
    """Fails on any other line: run the benchmark and the kill test on it, then move the pin and this test together."""
    assert Version("0.15.2") <= Version(importlib.metadata.version("faust-streaming")) < Version("0.16")


def test_an_exception_in_an_agent_acknowledges_the_event(broker: Broker) -> None:
    """Why no exception leaves `stream_processors.app.write`.

    Fails when Faust keeps the event: then think over whether the process must end at an unknown error, or may let
    Faust deliver the bundle again.
    """
    topic, group = make_topic(broker.bootstrap), fresh("raises")
    send(broker.bootstrap, topic, events(range(10)))
    app = stock_app(broker.bootstrap, group)
    seen: list[int] = []

    @app.agent(app.topic(topic, value_serializer="raw"))
    async def agent(stream: Any) -> None:
        async for event in stream.events():
            seen.append(event.message.offset)
            if event.message.offset == 9:
                raise RuntimeError("on purpose")

    async def scenario() -> None:
        async with running(app):
            await until(lambda: len(seen) >= 10, what="ten events in the agent")
            await until(lambda: not app.consumer.unacked, what="the acknowledgement of the one that failed")
            await app.consumer.commit()

    asyncio.run(scenario())
    assert seen == list(range(10))
    assert committed(broker.bootstrap, group, topic) == 10


def test_an_exception_in_take_acknowledges_the_whole_batch(broker: Broker) -> None:
    """Why batches come as bundles and not from `take()`.

    Fails when Faust keeps the batch: `take` is then safer than it was, and its speed is the only reason left.
    """
    topic, group = make_topic(broker.bootstrap), fresh("takes")
    send(broker.bootstrap, topic, events(range(5)))
    app = stock_app(broker.bootstrap, group)
    batches: list[int] = []

    @app.agent(app.topic(topic, value_serializer="raw"))
    async def agent(stream: Any) -> None:
        async for batch in stream.take(5, within=60):
            batches.append(len(batch))
            raise RuntimeError("on purpose")

    async def scenario() -> None:
        async with running(app):
            await until(lambda: bool(batches), what="a batch in the agent")
            await until(lambda: not app.consumer.unacked, what="the acknowledgement of the batch that failed")
            await app.consumer.commit()

    asyncio.run(scenario())
    assert batches == [5]
    assert committed(broker.bootstrap, group, topic) == 5


def test_what_is_committed_can_pass_an_event_that_was_never_finished(broker: Broker) -> None:
    """Why the position is the database's, and Kafka's committed offset is never read back.

    Fails when the arithmetic has become whole: Kafka's offset is then a good lag figure also for stock agents, and
    the database still owns the position.
    """
    topic, group = make_topic(broker.bootstrap), fresh("hole")
    send(broker.bootstrap, topic, events(range(10)))
    app = stock_app(broker.bootstrap, group)
    finished: list[int] = []

    # Two actors share the stream: the first event stays in the one's hands while the other finishes the rest.
    @app.agent(app.topic(topic, value_serializer="raw"), concurrency=2)
    async def agent(stream: Any) -> None:
        async for event in stream.events():
            if event.message.offset == 0:
                await asyncio.Event().wait()
            finished.append(event.message.offset)

    async def scenario() -> None:
        async with running(app):
            await until(lambda: len(finished) == 9, what="nine finished events")
            await until(lambda: len(app.consumer.unacked) <= 1, what="their acknowledgement")
            await app.consumer.commit()

    asyncio.run(scenario())
    assert 0 not in finished
    assert committed(broker.bootstrap, group, topic) == 10


def _first_offset_after_a_seek_in(broker: Broker, signal_name: str) -> int:
    """Offset 5 of ten is committed; a handler of the signal seeks to 2; returns the first offset that came."""
    topic, group = make_topic(broker.bootstrap), fresh("seeks")
    send(broker.bootstrap, topic, events(range(10)))
    commit(broker.bootstrap, group, topic, 5)
    app = stock_app(broker.bootstrap, group)
    seen: list[int] = []
    sought: list[int] = []

    @app.agent(app.topic(topic, value_serializer="raw"))
    async def agent(stream: Any) -> None:
        async for event in stream.events():
            seen.append(event.message.offset)

    async def seek(*_: Any, **__: Any) -> None:
        for place in app.consumer.assignment():
            await app.consumer.seek(place, 2)
            sought.append(2)

    getattr(app, signal_name).connect(seek, weak=False)

    async def scenario() -> None:
        async with running(app):
            await until(lambda: 9 in seen, what="the last event in the agent")

    asyncio.run(scenario())
    assert sought, "the handler never ran"
    return seen[0]


def test_a_seek_in_on_partitions_assigned_is_undone(broker: Broker) -> None:
    """Why the seek is in `BundleConsumer.seek_to_committed`. Fails when Faust lets the handler's seek stand."""
    assert _first_offset_after_a_seek_in(broker, "on_partitions_assigned") == 5


def test_a_seek_in_on_rebalance_complete_is_undone(broker: Broker) -> None:
    """Why the seek is in `BundleConsumer.seek_to_committed`. Fails when Faust lets the handler's seek stand."""
    assert _first_offset_after_a_seek_in(broker, "on_rebalance_complete") == 5


def test_our_seek_holds_although_another_offset_is_committed(broker: Broker) -> None:
    """Fails when Faust no longer asks `seek_to_committed` last: find the new last word before anything is released."""
    topic, group = make_topic(broker.bootstrap), fresh("held")
    send(broker.bootstrap, topic, events(range(10)))
    commit(broker.bootstrap, group, topic, 5)
    writer = ListWriter({(topic, 0): 2})
    app = ours(broker, topic, writer, group)

    async def scenario() -> None:
        async with running(app):
            await until(lambda: writer.next_offset(topic, 0) == 10, what="the last record in the writer")

    asyncio.run(scenario())
    assert [record.offset for record in writer.records] == list(range(2, 10))


def test_a_faust_record_writes_its_class_path_into_the_payload() -> None:
    """Why events are msgspec Structs with tags written by hand. Fails when the class path is gone from the bytes."""

    class Reported(faust.Record, serializer="json"):  # type: ignore[call-arg]
        value: str

    assert b"__faust" in Reported(value="x").dumps()
    assert b"Reported" in Reported(value="x").dumps()


def test_the_web_server_is_on_by_default_and_listens_on_every_address(broker: Broker) -> None:
    """Why `web_enabled=False` is written out. Fails when the default is safe; then the line may stay all the same."""
    stock = faust.App("stock", broker=f"kafka://{broker.bootstrap}").conf
    assert stock.web_enabled is True
    assert stock.web_bind == "0.0.0.0"


def test_our_app_leaves_faust_without_its_dangerous_parts(broker: Broker) -> None:
    """No web server, no tables, no transactions, no leader, no waiting for acknowledgements, one actor, no files."""
    app = ours(broker, "any", ListWriter())
    assert app.conf.web_enabled is False
    assert app.conf.topic_disable_leader is True
    assert app.conf.topic_allow_declare is False
    assert app.conf.stream_wait_empty is False
    assert app.conf.processing_guarantee is ProcessingGuarantee.AT_LEAST_ONCE
    assert not app.conf.producer_threaded
    assert app.conf.table_standby_replicas == 0
    assert not app.tables
    assert {name: agent.concurrency for name, agent in app.agents.items()} == {"projections": 1}


def test_our_app_makes_no_topic_and_no_file(broker: Broker, tmp_path: Path, monkeypatch: Any) -> None:
    """Fails when an upgrade brings back the leader topic, or a data directory."""
    monkeypatch.chdir(tmp_path)
    topic = make_topic(broker.bootstrap)
    before = topics(broker.bootstrap) | {"__consumer_offsets"}
    send(broker.bootstrap, topic, events(range(3)))
    writer = ListWriter()
    app = ours(broker, topic, writer)

    async def scenario() -> None:
        async with running(app):
            await until(lambda: len(writer.records) == 3, what="three records in the writer")

    asyncio.run(scenario())
    assert topics(broker.bootstrap) | {"__consumer_offsets"} == before
    assert list(tmp_path.iterdir()) == []


def test_a_full_stream_buffer_pauses_the_partition(broker: Broker) -> None:
    """Why the idle gate is there: a paused partition is looked at again only after a second.

    Fails when Faust no longer pauses: the gate could then be dropped for a larger buffer; measure before doing so.
    """
    topic = make_topic(broker.bootstrap)
    send(broker.bootstrap, topic, events(range(50)))
    app = stock_app(broker.bootstrap, fresh("pauses"), stream_buffer_maxsize=4)
    held = asyncio.Event()

    @app.agent(app.topic(topic, value_serializer="raw"))
    async def agent(stream: Any) -> None:
        async for _ in stream:
            await held.wait()

    async def scenario() -> set[Any]:
        async with running(app):
            consumer: Any = app.consumer
            await until(lambda: bool(consumer._buffered_partitions), what="a paused partition")
            paused = consumer._buffered_partitions - consumer._active_partitions
            held.set()
            return set(paused)

    assert {(place.topic, place.partition) for place in asyncio.run(scenario())} == {(topic, 0)}


def test_the_idle_gate_holds_back_what_comes_while_a_bundle_is_written(broker: Broker) -> None:
    """The gate in `BundleConsumer.getmany`: Faust is handed nothing that it could pause a partition for."""
    topic = make_topic(broker.bootstrap, partitions=2)
    written = threading.Event()
    writer = ListWriter(before_apply=lambda _: _demand(written.wait(60)))
    app = ours(broker, topic, writer)
    handed_on: list[int] = []

    async def scenario() -> None:
        async with running(app):
            await asyncio.to_thread(send, broker.bootstrap, topic, events(range(20)))
            await until(lambda: bool(app.consumer._unwritten), what="a bundle in work")
            (place,) = (each for each in app.consumer.assignment() if each.partition == 0)
            (held,) = app.consumer._unwritten
            for start in range(20, 120, 20):
                await asyncio.to_thread(send, broker.bootstrap, topic, events(range(start, start + 20)))
                await until(lambda: app.consumer.highwater(place) > held.next_offset, what="records in the fetcher")
                handed_on.append(len(app.consumer._unwritten))
                # No request for the other partitions is under way: the drained one would have to wait for its answer.
                assert not app.consumer._thread._consumer._fetcher._in_flight
            assert not app.consumer._buffered_partitions
            written.set()
            await until(lambda: len(writer.records) == 120, what="all records in the writer")

    asyncio.run(scenario())
    assert handed_on == [1, 1, 1, 1, 1]
    assert [record.offset for record in writer.records] == list(range(120))


def _demand(condition: bool) -> None:
    assert condition


def test_waiting_for_empty_streams_waits_for_ever_on_an_event_in_work(broker: Broker) -> None:
    """Why `stream_wait_empty=False`. Fails when Faust gives up the wait: the setting is then no longer needed."""
    topic = make_topic(broker.bootstrap)
    send(broker.bootstrap, topic, events(range(1)))
    app = stock_app(broker.bootstrap, fresh("waits"))
    taken, release = asyncio.Event(), asyncio.Event()
    rounds: list[int] = []

    @app.agent(app.topic(topic, value_serializer="raw"))
    async def agent(stream: Any) -> None:
        async for _ in stream:
            taken.set()
            await release.wait()

    async def scenario() -> None:
        async with running(app):
            await until(taken.is_set, what="an event in work")
            consumer: Any = app.consumer
            wait_for_ack = consumer._wait_for_ack

            async def counted(**options: float) -> None:
                rounds.append(1)
                await wait_for_ack(**options)

            consumer._wait_for_ack = counted
            waiting = asyncio.create_task(consumer.wait_empty())
            await until(lambda: len(rounds) >= 3, what="three rounds of waiting")
            assert not waiting.done()
            release.set()
            await waiting

    asyncio.run(scenario())
    assert faust.App("stock").conf.stream_wait_empty is True


def test_faust_still_calls_what_our_consumer_overrides() -> None:
    """Fails when a method that we override is renamed: ours would then quietly never be called."""
    stock = faust.transport.drivers.aiokafka.Consumer
    for name in ("seek_to_committed", "getmany", "_new_offset", "_add_gap", "_wait_next_records", "perform_seek"):
        assert callable(getattr(stock, name)), name
    for name in ("seek_to_committed", "getmany", "_new_offset", "_add_gap"):
        assert getattr(BundleConsumer, name) is not getattr(stock, name), name
    for name in ("_new_transport", "_create_directories", "_crash"):
        assert callable(getattr(faust.App, name)), name
