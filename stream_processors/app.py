"""The Faust app: its settings, the consumer that reads from the database's positions, and the one agent."""

import asyncio
import logging
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import faust
import msgspec
from faust.types import TP
from faust.types.transports import TransportT
from yarl import URL

from eventlog.errors import LogUnavailable
from eventlog.kafka import KafkaReader
from eventlog.kafka_client import KafkaSettings
from stream_processors.bundles import Bundle, BundleSchema
from stream_processors.consumer import BundleTransport, bundle_consumer
from stream_processors.credentials import credentials_of
from stream_processors.death import EXIT_NOT_REACHABLE, die
from stream_processors.health import BEAT_SECONDS, Health, OnBeat
from stream_processors.lane import WriterFactory, WriterLane

logger = logging.getLogger(__name__)

# Faust gives the seek 90 s and then goes on without it. So the worker gives up before, and starts again.
POSITIONS_WITHIN_SECONDS = 60.0


class WorkerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker needs to know. ``group`` is Kafka's consumer group: all workers of a study share one.

    ``bundle_records_max`` is for one fetch; a bundle may come to an eighth more. ``health_file`` is written every two
    seconds (None: not at all). A worker that dies keeps its partitions for ``session_seconds``. One that is asked to
    stop has ``stop_seconds`` to do so tidily: what joins a group cannot leave before all others have answered.
    """

    kafka: KafkaSettings
    group: str
    topics: tuple[str, ...]
    health_file: Path | None = None
    bundle_records_max: int = 4000
    fetch_bytes_max: int = 4 * 1024 * 1024
    session_seconds: float = 15.0
    heartbeat_seconds: float = 3.0
    stop_seconds: float = 20.0


class ProjectionApp(faust.App):
    """A Faust app without tables, and so without a data directory; a crash ends the process."""

    def __init__(self, *args: Any, lane: WriterLane, topic_ids: "TopicIds", health: Health, **options: Any) -> None:
        self.lane = lane
        self.topic_ids = topic_ids
        self.health = health
        super().__init__(*args, **options)

    def release(self) -> None:
        """Closes the writer and the reader of topic ids, after Faust has stopped. Waits for the batch under way."""
        self.lane.close()
        self.topic_ids.close()

    def _new_transport(self) -> TransportT:
        return BundleTransport(self.conf.broker_consumer, self, next_offsets=self._next_offsets)

    def _create_directories(self) -> None:
        """Faust would make three; only tables use them."""

    def _crash(self, reason: BaseException) -> None:
        """Faust's own way out can hang in a half-stopped process that no supervisor sees."""
        if not isinstance(reason, asyncio.CancelledError):
            die(reason, doing="a part of Faust crashed")
        super()._crash(reason)

    async def _next_offsets(self, assigned: set[TP]) -> Mapping[TP, int]:
        """The database's position of every assigned partition. Ends the process where it cannot be had in time."""
        try:
            async with asyncio.timeout(POSITIONS_WITHIN_SECONDS):
                await self.topic_ids.refresh({place.topic for place in assigned})
                return {place: await self._next_offset(place) for place in sorted(assigned)}
        except (TimeoutError, LogUnavailable) as reason:
            die(reason, doing="asking for the positions of new partitions", code=EXIT_NOT_REACHABLE)
        except Exception as reason:  # noqa: BLE001 - ends the process
            die(reason, doing="asking for the positions of new partitions")

    async def _next_offset(self, place: TP) -> int:
        answer = await self.lane.run_patiently(
            lambda writer: writer.next_offset(place.topic, place.partition), wanted=lambda: True
        )
        assert answer is not None, "only an answer that is no longer wanted is None"
        return answer


class TopicIds:
    """The ids of the topics by name, asked for at each assignment, and again when they have grown old.

    Kafka's consumers of this generation fetch by name, so a topic that was deleted and made again shows only here.
    """

    AGE_SECONDS_MAX = 30.0

    def __init__(self, settings: KafkaSettings) -> None:
        self._reader = KafkaReader(settings)
        self._one_thread = threading.Lock()
        self._ids: dict[str, tuple[str, float]] = {}

    async def refresh(self, topics: set[str]) -> None:
        """Raises TopicsMissing, LogUnavailable."""
        await asyncio.to_thread(self.refresh_now, topics)

    def refresh_now(self, topics: set[str]) -> None:
        """The same, for before there is an event loop."""
        with self._one_thread:
            for topic in sorted(topics):
                self._ids[topic] = (self._reader.topic_id(topic), time.monotonic())

    async def of(self, topic: str) -> str:
        """The topic's id, at most `AGE_SECONDS_MAX` old unless Kafka does not answer just now. Raises TopicsMissing."""
        topic_id, asked_at = self._ids[topic]
        if time.monotonic() - asked_at > self.AGE_SECONDS_MAX:
            try:
                await self.refresh({topic})
            except LogUnavailable:
                logger.warning("Kafka did not say the id of %s; going on with the one it had", topic)
                self._ids[topic] = (topic_id, time.monotonic())
        return self._ids[topic][0]

    def close(self) -> None:
        with self._one_thread:
            self._reader.close()


def build_app(settings: WorkerSettings, writer_factory: WriterFactory, on_beat: OnBeat | None = None) -> ProjectionApp:
    """The app, ready to be run by `worker.run`; nothing is connected yet.

    ``writer_factory`` is called in the lane's thread. ``on_beat`` gets the worker's sign of life every two seconds, in
    a thread of its own, so it may wait for a database.
    """
    app = ProjectionApp(
        settings.group,
        lane=WriterLane(writer_factory),
        topic_ids=TopicIds(settings.kafka),
        health=Health(settings.health_file, on_beat),
        broker=[URL(f"kafka://{server}") for server in settings.kafka.bootstrap_servers.split(",")],
        broker_credentials=credentials_of(settings.kafka.security),
        broker_max_poll_records=settings.bundle_records_max,
        consumer_max_fetch_size=settings.fetch_bytes_max,
        # Above 0 it would bring in Faust's own assignor, which is there for tables.
        table_standby_replicas=0,
        broker_session_timeout=settings.session_seconds,
        broker_heartbeat_interval=settings.heartbeat_seconds,
        consumer_auto_offset_reset="earliest",
        # A stop and every rebalance would wait for acknowledgements that a rebalance has just made impossible.
        stream_wait_empty=False,
        # The leader topic is one more topic to make and to lose; nothing here elects anybody.
        topic_disable_leader=True,
        topic_allow_declare=False,
        # It would bind to all addresses and show what the process holds.
        web_enabled=False,
        worker_redirect_stdouts=False,
        autodiscover=False,
    )
    attach(app, settings.topics)
    return app


def attach(app: ProjectionApp, topics: tuple[str, ...]) -> None:
    """Gives the app its agent and its heartbeat."""
    bundles = app.topic(*topics, schema=BundleSchema())

    # Concurrency 1: one partition's records are written in order, and the writer has one connection.
    @app.agent(bundles, name="projections", concurrency=1)
    async def project(stream: Any) -> None:
        async for bundle in stream:
            try:
                await write(app, bundle)
            finally:
                bundle_consumer(app.consumer).left(bundle)

    @app.timer(BEAT_SECONDS)  # type: ignore[untyped-decorator]
    async def beat() -> None:
        assigned = sorted(app.consumer.assignment())
        if assigned or not app.rebalancing:
            app.health.ready()
        await asyncio.to_thread(app.health.beat, [f"{place.topic}[{place.partition}]" for place in assigned])


async def write(app: ProjectionApp, bundle: Bundle) -> None:
    """Brings one bundle into the projections. No exception leaves it: Faust would acknowledge what was not written."""
    consumer = bundle_consumer(app.consumer)
    app.health.takes_up()
    try:
        topic_id = await app.topic_ids.of(bundle.topic)
        applied = await app.lane.run_patiently(
            lambda writer: writer.apply(bundle.batch(topic_id)), wanted=lambda: consumer.wants(bundle)
        )
    except asyncio.CancelledError:
        app.health.let_go()
        raise
    except BaseException as reason:  # noqa: BLE001 - ends the process
        place = f"{bundle.topic}[{bundle.partition}]@{bundle.fetched[0].offset}..{bundle.next_offset - 1}"
        die(reason, doing=f"writing {place}")
    if applied is None:
        app.health.let_go()
        return
    consumer.written(bundle, applied.next_offset)
    app.health.applied(applied.commit)
