"""The one interface of the log, kept small: append, read, where it ends. `embedded` and `kafka` both give it."""

from collections.abc import Sequence
from typing import Protocol

from eventlog.errors import RecordsMissing, RecordTooLarge
from schemas.records import NewRecord, Position, Record

# Key, value and headers of one record together. Kafka's limit of 1 MiB (max.message.bytes) counts the batch around
# the record as well; what is left between the two is for that. Both logs keep to it, so that a record which one of
# them takes is never refused by the other.
RECORD_BYTES_MAX = 1_000_000

# How long a log may take to confirm before it counts as away.
TIMEOUT_SECONDS_DEFAULT = 10.0


class Appender(Protocol):
    """Takes records. Safe to call from several threads."""

    def append(self, records: Sequence[NewRecord]) -> list[Position]:
        """Returns where each record lies once every one of them is durable, in the order given.

        Raises LogUnavailable where any of them is not known to be durable: then some may be in the log and some
        not, so send all again under the same event ids. Raises TopicsMissing, and RecordTooLarge before anything
        is sent. Records with the same key keep their order.
        """
        ...

    def close(self) -> None: ...


class Reader(Protocol):
    """Gives records back by position. One thread at a time."""

    def topic_id(self, topic: str) -> str:
        """Names this very topic: one deleted and made again has another id. Asks the log each time.

        Raises TopicsMissing, LogUnavailable.
        """
        ...

    def partitions(self, topic: str) -> int:
        """How many partitions the topic has. Raises TopicsMissing, LogUnavailable."""
        ...

    def end(self, topic: str, partition: int) -> int:
        """The offset that the next durable record will get; 0 for an empty partition.

        Raises TopicsMissing, LogUnavailable.
        """
        ...

    def ends(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """The end of every partition of these topics, by (topic, partition); nothing for a topic that is missing.

        Raises LogUnavailable.
        """
        ...

    def read(self, topic: str, partition: int, offset: int, *, most: int, wait_seconds: float = 0.0) -> list[Record]:
        """Up to ``most`` records from ``offset`` on, contiguous; empty where none came within ``wait_seconds``.

        Returns as soon as there is one. An offset beyond the end is waited for like the end itself.
        Raises TopicsMissing, LogUnavailable, RecordsMissing.
        """
        ...

    def close(self) -> None: ...


def demand_fits(records: Sequence[NewRecord]) -> None:
    """Raises RecordTooLarge for the first record over the limit; names its place, nothing of its content."""
    for place, record in enumerate(records):
        size = len(record.key) + len(record.value)
        size += sum(len(name.encode()) + len(value) for name, value in record.headers)
        if size > RECORD_BYTES_MAX:
            raise RecordTooLarge(
                f"record {place} of {len(records)} for {record.topic} has {size} bytes and the log takes at most "
                f"{RECORD_BYTES_MAX}; nothing of this batch was sent"
            )


def demand_contiguous(records: Sequence[Record], offset: int) -> None:
    """Raises RecordsMissing unless the records begin at ``offset`` and count up one by one."""
    for expected, record in enumerate(records, start=offset):
        if record.offset != expected:
            raise RecordsMissing(
                f"{record.topic}[{record.partition}]: offset {expected} is missing, {record.offset} came in its place; "
                "compare the log with a backup or the ledger before anything goes on"
            )
