"""Sends events at an even pace: `python -m benchmarks.sender SETTINGS`. Each carries when it was sent, as a header."""

import sys
import time
from itertools import islice

import msgspec
from kafka import KafkaProducer

from benchmarks.measured import SENT_AT
from benchmarks.mix import mixed_events
from eventlog.partitioning import partition_of


class SenderSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``per_second`` 0 sends as fast as it can. ``skip`` leaves out events that were sent before."""

    bootstrap: str
    study: str
    seed: int
    subjects: int
    events: int
    skip: int = 0
    per_second: int = 0
    partitions: int = 1


def send(settings: SenderSettings) -> None:
    """Returns when every record is durable. Raises KafkaError."""
    producer = KafkaProducer(
        bootstrap_servers=settings.bootstrap,
        acks="all",
        linger_ms=0 if settings.per_second else 20,
        batch_size=16_384 if settings.per_second else 524_288,
        max_in_flight_requests_per_connection=5,
    )
    mix = mixed_events(settings.study, seed=settings.seed, subjects=settings.subjects)
    began, futures = time.monotonic(), []
    for number, sent in enumerate(islice(mix, settings.skip, settings.skip + settings.events)):
        headers: list[tuple[str, bytes]] = []
        if settings.per_second:
            ahead = began + number / settings.per_second - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
            headers = [(SENT_AT, b"%d" % time.time_ns())]
        record = sent.record
        partition = partition_of(record.key, settings.partitions)
        futures.append(
            producer.send(record.topic, key=record.key, value=record.value, headers=headers, partition=partition)
        )
    for future in futures:
        future.get(60)
    producer.close()


if __name__ == "__main__":
    send(msgspec.json.decode(sys.argv[1], type=SenderSettings))
