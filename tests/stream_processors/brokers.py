"""What these tests ask of a broker: a fresh topic, records in it, and what a group has committed."""

import itertools
import uuid
from collections.abc import Iterable, Sequence

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

_numbers = itertools.count(1)


def fresh(name: str) -> str:
    """A name that no other test has used, for a topic or a group."""
    return f"{name}-{next(_numbers)}-{uuid.uuid4().hex[:8]}"


def make_topic(bootstrap: str, *, partitions: int = 1, name: str | None = None) -> str:
    """Creates a topic on the broker and returns its name."""
    name = name or fresh("topic")
    client = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        client.create_topics({name: {"num_partitions": partitions, "replication_factor": 1}})
        client.wait_for_topics([name])
    finally:
        client.close()
    return name


def delete_topic(bootstrap: str, name: str) -> None:
    client = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        client.delete_topics([name])
    finally:
        client.close()


def topics(bootstrap: str) -> set[str]:
    client = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        return set(client.list_topics())
    finally:
        client.close()


def send(bootstrap: str, topic: str, values: Iterable[bytes], *, partition: int = 0, key: bytes = b"k") -> list[int]:
    """Sends in order, waits for every answer, returns the offsets."""
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")
    try:
        futures = [producer.send(topic, key=key, value=value, partition=partition) for value in values]
        return [future.get(30).offset for future in futures]
    finally:
        producer.close()


def commit(bootstrap: str, group: str, topic: str, offset: int, *, partition: int = 0) -> None:
    """Leaves a committed offset behind, as an earlier worker would have."""
    from kafka.structs import OffsetAndMetadata

    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    try:
        place = TopicPartition(topic, partition)
        consumer.assign([place])
        consumer.commit({place: OffsetAndMetadata(offset, "", -1)})
    finally:
        consumer.close()


def committed(bootstrap: str, group: str, topic: str, *, partition: int = 0) -> int | None:
    """What the group has committed; None for nothing."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    try:
        found: int | None = consumer.committed(TopicPartition(topic, partition))
        return found
    finally:
        consumer.close()


def event(number: int, *, source: str = "test") -> bytes:
    """A CloudEvent of a kind that nobody folds; its id names its number."""
    return b'{"specversion":"1.0","id":"%b-%d","type":"test.happened.v1","source":"%b"}' % (
        source.encode(),
        number,
        source.encode(),
    )


def events(numbers: Sequence[int] | range) -> list[bytes]:
    return [event(number) for number in numbers]
