"""The log as Apache Kafka topics, through kafka-python: acks=all, idempotent, every future checked."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import OffsetSpec
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError, KafkaTimeoutError, OffsetOutOfRangeError

from eventlog.errors import LogUnavailable, RecordsMissing
from eventlog.kafka_client import (
    KafkaSettings,
    KafkaTopic,
    admin,
    demand_fast_checksums,
    described,
    missing,
    opened,
    unavailable,
)
from eventlog.log import demand_contiguous, demand_fits
from eventlog.partitioning import partition_of
from schemas.records import NewRecord, Position, Record

BEYOND_THE_END_POLL_SECONDS = 0.2


class KafkaAppender:
    """One producer for all threads, thrown away after any failure.

    Thrown away, because a producer whose batch timed out does not know whether the broker has it: its next batch
    then carries a sequence number that the broker may refuse, and while it waits for a producer id its own timeouts
    rest. A new producer starts clean, and the event ids make a record that arrives twice harmless.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        """Does not reach for Kafka yet. Raises ChecksumsInPython."""
        demand_fast_checksums()
        self._settings = settings
        self._opening = threading.Lock()  # held while Kafka is reached for, which can take the whole timeout
        self._state = threading.Lock()  # held for a moment
        self._producer: KafkaProducer | None = None
        self._partitions: dict[str, int] = {}

    def append(self, records: Sequence[NewRecord]) -> list[Position]:
        """Takes at most the timeout of the settings, and half as long again where Kafka hangs while it is reached for.

        Errors as `log.Appender.append`. Where one record fails, those of other threads that are under way fail as
        well, and are sent again like it.
        """
        if not records:
            return []
        demand_fits(records)
        deadline = time.monotonic() + self._settings.timeout_seconds
        producer, partitions = self._ready({record.topic for record in records}, deadline)
        try:
            futures = [
                producer.send(
                    record.topic,
                    key=record.key,
                    value=record.value,
                    headers=list(record.headers),
                    partition=partition_of(record.key, partitions[record.topic]),
                )
                for record in records
            ]
            confirmed = [future.get(timeout=max(0.0, deadline - time.monotonic())) for future in futures]
        # ValueError: the topic has been made again with fewer partitions. RuntimeError: another thread has just
        # thrown this producer away.
        except (KafkaError, ValueError, RuntimeError) as error:
            self._throw_away(producer)
            raise unavailable(self._settings, f"did not confirm {len(records)} records", error) from error
        return [Position(record.topic, record.partition, record.offset) for record in confirmed]

    def close(self) -> None:
        """Waits for what is under way, within the timeout of the settings."""
        with self._state:
            producer, self._producer = self._producer, None
        if producer is not None:
            close_for_good(producer, self._settings.timeout_seconds)

    def _ready(self, topics: set[str], deadline: float) -> tuple[KafkaProducer, dict[str, int]]:
        """The producer and how many partitions each topic has; both are asked for once and kept until a failure."""
        if not self._opening.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise unavailable(self._settings, "did not answer", KafkaTimeoutError())
        try:
            producer, partitions = self._producer, self._partitions
            unknown = topics - partitions.keys()
            if unknown:
                partitions = partitions | _partitions(self._settings, sorted(unknown), deadline - time.monotonic())
                self._partitions = partitions
            if producer is None:
                producer = self._opened(deadline - time.monotonic())
                with self._state:
                    self._producer = producer
            return producer, partitions
        finally:
            self._opening.release()

    def _opened(self, within_seconds: float) -> KafkaProducer:
        milliseconds = round(self._settings.timeout_seconds * 1000)
        return opened(
            KafkaProducer,
            self._settings,
            within_seconds=within_seconds,
            acks="all",
            enable_idempotence=True,
            delivery_timeout_ms=milliseconds,
            max_block_ms=milliseconds,
            allow_auto_create_topics=False,
            batch_size=131_072,
            metrics_enabled=False,
        )

    def _throw_away(self, producer: KafkaProducer) -> None:
        with self._state:
            if self._producer is producer:
                self._producer = None
                self._partitions = {}
        close_for_good(producer, 0)


class KafkaReader:
    """Reads assigned partitions by position, in no consumer group; opened again after any failure."""

    def __init__(self, settings: KafkaSettings) -> None:
        """Does not reach for Kafka yet. Raises ChecksumsInPython."""
        demand_fast_checksums()
        self._settings = settings
        self._admin: KafkaAdminClient | None = None
        self._consumer: KafkaConsumer | None = None
        self._topics: dict[str, KafkaTopic] = {}
        self._next: tuple[TopicPartition, int] | None = None

    def topic_id(self, topic: str) -> str:
        return str(self._ask(topic).topic_id)

    def partitions(self, topic: str) -> int:
        return (self._topics.get(topic) or self._ask(topic)).partitions

    def end(self, topic: str, partition: int) -> int:
        """The high watermark: what every in-sync replica has."""
        assert 0 <= partition < self.partitions(topic), f"{topic} has no partition {partition}"
        return self._ends([TopicPartition(topic, partition)])[topic, partition]

    def ends(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        with self._as_log_errors():
            found = described(self._asking(), topics)
        return self._ends([TopicPartition(name, part) for name in found for part in range(found[name].partitions)])

    def read(self, topic: str, partition: int, offset: int, *, most: int, wait_seconds: float = 0.0) -> list[Record]:
        deadline = time.monotonic() + wait_seconds
        end = self.end(topic, partition)
        while end < offset and (remaining := deadline - time.monotonic()) > 0:
            # Kafka refuses a fetch from beyond the end, so this wait is ours.
            time.sleep(min(BEYOND_THE_END_POLL_SECONDS, remaining))
            end = self.end(topic, partition)
        if end < offset:
            return []
        expected = end > offset
        wait_seconds = self._settings.timeout_seconds if expected else max(0.0, deadline - time.monotonic())
        with self._as_log_errors():
            consumer = self._reading(TopicPartition(topic, partition), offset)
            fetched = consumer.poll(timeout_ms=round(wait_seconds * 1000), max_records=most)
        records = [_record(record) for record in fetched.get(TopicPartition(topic, partition), [])]
        if expected and not records:
            self.close()
            raise unavailable(self._settings, f"did not give {topic}[{partition}]@{offset}", KafkaTimeoutError())
        demand_contiguous(records, offset)
        self._next = (TopicPartition(topic, partition), offset + len(records))
        return records

    def close(self) -> None:
        for client in (self._consumer, self._admin):
            if client is not None:
                client.close()
        self._consumer = self._admin = self._next = None
        self._topics = {}

    def _ask(self, topic: str) -> KafkaTopic:
        with self._as_log_errors():
            found = described(self._asking(), [topic]).get(topic)
        known = self._topics.get(topic)
        if found is None or (known is not None and known.topic_id != found.topic_id):
            # What the consumer has fetched ahead is of a topic that is no more.
            self.close()
        if found is None:
            raise missing([topic])
        self._topics[topic] = found
        return found

    def _ends(self, places: Sequence[TopicPartition]) -> dict[tuple[str, int], int]:
        with self._as_log_errors():
            latest = self._asking().list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
        return {(place.topic, place.partition): int(latest[place].offset) for place in places}

    def _asking(self) -> KafkaAdminClient:
        """Questions go over connections of their own: on the consumer's they would queue behind its open fetch."""
        if self._admin is None:
            self._admin = opened(KafkaAdminClient, self._settings, within_seconds=self._settings.timeout_seconds)
        return self._admin

    def _reading(self, place: TopicPartition, offset: int) -> KafkaConsumer:
        """Seeks only where the last read ended elsewhere: a seek drops what was fetched ahead."""
        if self._consumer is None:
            self._consumer = opened(
                KafkaConsumer,
                self._settings,
                within_seconds=self._settings.timeout_seconds,
                group_id=None,
                enable_auto_commit=False,
                # A position that is not there is an error to be seen, never a silent jump.
                auto_offset_reset="none",
                allow_auto_create_topics=False,
                check_crcs=True,
                fetch_max_wait_ms=min(500, round(self._settings.timeout_seconds * 250)),
                max_partition_fetch_bytes=8 * 1024 * 1024,
                metrics_enabled=False,
            )
        if self._next is None or self._next[0] != place:
            self._consumer.assign([place])
        if self._next != (place, offset):
            self._consumer.seek(place, offset)
        # Known again only when the read has gone well.
        self._next = None
        return self._consumer

    @contextmanager
    def _as_log_errors(self) -> Iterator[None]:
        try:
            yield
        except OffsetOutOfRangeError as error:
            self.close()
            raise RecordsMissing(
                f"Kafka no longer has the records asked for{_where(error)}: its oldest ones were deleted; run `trialog "
                "topics`, and compare the log with a backup or the ledger before anything goes on"
            ) from error
        except KafkaError as error:
            self.close()
            raise unavailable(self._settings, "did not answer", error) from error
        except LogUnavailable:
            self.close()
            raise


def _where(error: OffsetOutOfRangeError) -> str:
    """The places that kafka-python names in the error, which it gives by partition."""
    places = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    return "".join(f" at {place.topic}[{place.partition}]@{offset}" for place, offset in places.items())


def _partitions(settings: KafkaSettings, topics: Sequence[str], within_seconds: float) -> dict[str, int]:
    with admin(settings, within_seconds=within_seconds) as client:
        found = described(client, topics)
    absent = [topic for topic in topics if topic not in found]
    if absent:
        raise missing(absent)
    return {topic: found[topic].partitions for topic in topics}


def _record(fetched: ConsumerRecord) -> Record:
    """A header without a value, which only a foreign producer sends, is read as an empty one."""
    return Record(
        topic=fetched.topic,
        partition=fetched.partition,
        offset=fetched.offset,
        key=fetched.key,
        value=fetched.value,
        headers=tuple((name, value if value is not None else b"") for name, value in fetched.headers),
        timestamp_ms=fetched.timestamp,
    )


def close_for_good(producer: KafkaProducer, timeout_seconds: float) -> None:
    """Closes for good, whatever is still under way after the timeout."""
    try:
        producer.close(timeout=timeout_seconds)
    except KafkaTimeoutError:
        # kafka-python 3.0 gives up on the flush before it stops the sender, whose thread would then try for ever.
        producer._sender.force_close()  # noqa: SLF001
