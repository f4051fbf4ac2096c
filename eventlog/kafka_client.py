"""How Kafka is reached: settings, opening clients of kafka-python so that a failure leaves nothing behind, topics."""

import logging
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaError, UnknownTopicOrPartitionError, for_code
from kafka.record import util as checksums

from eventlog.errors import ChecksumsInPython, LogUnavailable, TopicsMissing
from eventlog.log import TIMEOUT_SECONDS_DEFAULT

Client = TypeVar("Client")


class KafkaSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where Kafka is. ``bootstrap_servers`` is `host:port`, several with commas between.

    ``timeout_seconds`` is how long anything may take before Kafka counts as away. ``security`` goes to kafka-python
    as it stands (`security_protocol`, `sasl_mechanism`, `sasl_plain_username`, `ssl_cafile`, ...).
    """

    bootstrap_servers: str
    timeout_seconds: float = TIMEOUT_SECONDS_DEFAULT
    security: Mapping[str, Any] = {}

    def __repr__(self) -> str:
        """Without the security options: they hold a password."""
        return f"KafkaSettings({self.bootstrap_servers!r}, timeout_seconds={self.timeout_seconds})"


def demand_fast_checksums() -> None:
    """Raises ChecksumsInPython where kafka-python computes CRC32C without its C extension."""
    if checksums.crc32c_c is None or checksums.calc_crc32c.__defaults__ != (checksums.crc32c_c,):
        raise ChecksumsInPython(
            "kafka-python computes its checksums in Python, ten times slower than a trial's log needs: "
            'run `pip install "kafka-python[crc32c]"` and start again'
        )


def opened(client: Callable[..., Client], settings: KafkaSettings, *, within_seconds: float, **options: Any) -> Client:
    """A producer, consumer or admin client that has reached Kafka once. Raises LogUnavailable.

    kafka-python reaches for the broker in the constructor, and when that fails it leaves its input-output thread
    and sockets behind, one set a try. So the network part is remembered here and closed.
    """
    _keep_records_out_of_log_lines()
    parts: list[Any] = []

    def network_part(**config: Any) -> Any:
        parts.append(KafkaProducer.DEFAULT_CONFIG["kafka_client"](**config))
        return parts[-1]

    milliseconds = round(settings.timeout_seconds * 1000)
    try:
        return client(
            bootstrap_servers=settings.bootstrap_servers.split(","),
            client_id="trialog",
            bootstrap_timeout_ms=max(1, round(within_seconds * 1000)),
            # Half of the whole, so that a broker which hangs leaves time to ask again.
            request_timeout_ms=milliseconds // 2,
            # The default grows to 30 s between two tries; a broker that is back should be noticed at once.
            reconnect_backoff_max_ms=1000,
            kafka_client=network_part,
            **settings.security,
            **options,
        )
    except KafkaError as error:
        for part in parts:
            part.close()
        raise unavailable(settings, "did not answer", error) from error


@contextmanager
def admin(settings: KafkaSettings, *, within_seconds: float | None = None) -> Iterator[KafkaAdminClient]:
    """An admin client for a few questions; what kafka-python raises in the block becomes LogUnavailable.

    ``within_seconds`` bounds the way to Kafka; None takes the timeout of the settings.
    """
    client = opened(
        KafkaAdminClient,
        settings,
        within_seconds=settings.timeout_seconds if within_seconds is None else within_seconds,
    )
    try:
        yield client
    except KafkaError as error:
        raise unavailable(settings, "did not answer", error) from error
    finally:
        client.close()


class KafkaTopic(msgspec.Struct, frozen=True, kw_only=True):
    """A topic as the cluster describes it. ``replication`` is the smallest of its partitions."""

    name: str
    topic_id: uuid.UUID
    partitions: int
    replication: int


def described(client: KafkaAdminClient, names: Sequence[str]) -> dict[str, KafkaTopic]:
    """The topics that exist, by name; a missing one is left out. Raises KafkaError."""
    topics = {}
    for topic in client.describe_topics(list(names)):
        error = for_code(topic["error_code"])
        if error is UnknownTopicOrPartitionError:
            continue
        if topic["error_code"]:
            raise error(topic["name"])
        topics[topic["name"]] = KafkaTopic(
            name=topic["name"],
            topic_id=uuid.UUID(str(topic["topic_id"])),
            partitions=len(topic["partitions"]),
            replication=min(len(partition["replica_nodes"]) for partition in topic["partitions"]),
        )
    return topics


def unavailable(settings: KafkaSettings, what: str, error: Exception) -> LogUnavailable:
    return LogUnavailable(
        f"Kafka at {settings.bootstrap_servers} {what} ({type(error).__name__}, at most {settings.timeout_seconds:g} s "
        "are allowed); try again, with the same event ids"
    )


def missing(names: Sequence[str]) -> TopicsMissing:
    return TopicsMissing(f"not in Kafka: {', '.join(names)}; create the study's topics with `trialog topics`")


def _keep_records_out_of_log_lines() -> None:
    """At the level DEBUG kafka-python writes keys and values into its log lines."""
    logger = logging.getLogger("kafka")
    if logger.getEffectiveLevel() < logging.INFO:
        logger.setLevel(logging.INFO)
