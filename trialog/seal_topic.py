"""A Kafka topic as a place for seals: one record a seal, key its number. Kept for ever, like the study's own topics."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from eventlog.errors import LogError
from eventlog.kafka import KafkaAppender, KafkaReader
from eventlog.kafka_client import KafkaSettings
from eventlog.kafka_topics import ensure_topic
from projections.seals.errors import OutsideAway
from projections.seals.outside import PUBLIC_KEYS, demand_same
from schemas.records import NewRecord, Record

RECORDS_AT_ONCE = 500

Answer = TypeVar("Answer")


class TopicPlace:
    """The topic is created where it is missing. What was read once is kept: a topic is only ever added to."""

    def __init__(self, settings: KafkaSettings, topic: str) -> None:
        self._settings = settings
        self._topic = topic
        self._appender: KafkaAppender | None = None
        self._next = 0
        self._seals: dict[int, str] = {}
        self._keys: str | None = None

    @property
    def name(self) -> str:
        return f"topic {self._topic}"

    def numbers(self, after: int = 0) -> Sequence[int]:
        self._reach(self._read_on)
        return sorted(number for number in self._seals if number > after)

    def read(self, number: int) -> str:
        return self._seals[number]

    def put(self, number: int, text: str) -> None:
        self._reach(self._read_on)
        if number in self._seals:
            demand_same(self.name, number, self._seals[number], text)
        else:
            self._reach(lambda: self._append(str(number), text))
            self._seals[number] = text

    def keep_keys(self, text: str) -> None:
        if self._keys != text:
            self._reach(lambda: self._append(PUBLIC_KEYS, text))
            self._keys = text

    def _append(self, key: str, text: str) -> None:
        if self._appender is None:
            self._appender = KafkaAppender(self._settings)
        self._appender.append([NewRecord(topic=self._topic, key=key.encode(), value=text.encode())])

    def _read_on(self) -> None:
        """Every record from where the last call ended."""
        ensure_topic(self._settings, self._topic)
        reader = KafkaReader(self._settings)
        try:
            end = reader.end(self._topic, 0)
            while self._next < end:
                for record in reader.read(self._topic, 0, self._next, most=RECORDS_AT_ONCE):
                    self._take(record)
                    self._next = record.offset + 1
        finally:
            reader.close()

    def _take(self, record: Record) -> None:
        """A signer that was killed before it had its answer sends a seal again: the same twice is one."""
        key, text = (record.key or b"").decode(errors="replace"), (record.value or b"").decode(errors="replace")
        if key == PUBLIC_KEYS:
            self._keys = text
        elif key.isdecimal():
            demand_same(self.name, int(key), self._seals.setdefault(int(key), text), text)

    def _reach(self, ask: Callable[[], Answer]) -> Answer:
        try:
            return ask()
        except LogError as error:
            raise OutsideAway(f"the topic {self._topic} cannot be reached: {error}") from error
