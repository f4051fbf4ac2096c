"""What the log holds: records as they are sent and as they are read back. Bytes only; nothing here is decoded."""

import msgspec

Headers = tuple[tuple[str, bytes], ...]


class NewRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record on its way into the log. ``key`` decides the partition, and with it the order among its equals."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers = ()


class Position(msgspec.Struct, frozen=True, order=True):
    """Where a record lies. Offsets count from 0, one by one, within a partition of a topic."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.offset}"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A record read from the log, with the exact bytes that were sent.

    ``key`` and ``value`` are None only where a foreign producer sent none; ``timestamp_ms`` is the log's own
    time in milliseconds since 1970 UTC and is no part of any fact.
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    timestamp_ms: int = 0

    @property
    def position(self) -> Position:
        return Position(self.topic, self.partition, self.offset)


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Consecutive records of one topic-partition, on their way into the projections in one transaction.

    ``topic_id`` names this very topic (a topic that was deleted and made again has another one); ``log_end`` is the
    offset that the next record sent will get, as the reader saw it when it fetched. ``records`` are in offset order.
    """

    topic: str
    topic_id: str
    partition: int
    log_end: int
    records: tuple[Record, ...]


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What one batch came to. ``commit`` is None where every record had been applied before."""

    next_offset: int
    commit: int | None
    accepted: int = 0
    duplicate: int = 0
    quarantined: int = 0
    skipped: int = 0
