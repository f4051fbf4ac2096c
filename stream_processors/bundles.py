"""A bundle: all records of one partition that one fetch brought, carried through Faust as a single message.

Faust's machinery costs about 100 µs a message, whatever the message holds. So the message is the bundle, and the
cost is paid once for hundreds of records.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from faust import Schema
from faust.types import TP, AppT, ConsumerMessage, Message

from schemas.records import Batch, Record


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """Consecutive records of one topic-partition as aiokafka gave them; never empty. Two bundles are never equal.

    ``log_end`` is the offset that the next record sent will get, as the broker said with the last fetch.
    """

    topic: str
    partition: int
    log_end: int
    fetched: Sequence[Any]

    @property
    def next_offset(self) -> int:
        return int(self.fetched[-1].offset) + 1

    def batch(self, topic_id: str) -> Batch:
        """The same records as the writer takes them."""
        return Batch(
            topic=self.topic,
            topic_id=topic_id,
            partition=self.partition,
            log_end=self.log_end,
            records=tuple(_record(fetched) for fetched in self.fetched),
        )


def message_of(bundle: Bundle, place: TP, generation: int) -> ConsumerMessage:
    """Faust's message for a bundle. Its offset is the last record's, so that Kafka's lag tools see whole bundles."""
    last = bundle.fetched[-1]
    return ConsumerMessage(
        bundle.topic,
        bundle.partition,
        last.offset,
        last.timestamp / 1000.0,
        last.timestamp_type,
        None,
        None,
        bundle,  # type: ignore[arg-type]  # bytes everywhere else in Faust; BundleSchema hands it on untouched
        None,
        serialized_key_size=0,
        serialized_value_size=0,
        tp=place,
        generation_id=generation,
    )


class BundleSchema(Schema[Any, Any]):
    """Hands the bundle on as it is: decoding is the writer's work, where a bad record is an outcome."""

    def loads_key(self, app: AppT, message: Message, **options: Any) -> None:  # noqa: ARG002
        return None

    def loads_value(self, app: AppT, message: Message, **options: Any) -> Any:  # noqa: ARG002
        return message.value


def _record(fetched: Any) -> Record:
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
