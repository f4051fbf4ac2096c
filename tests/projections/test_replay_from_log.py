"""A rebuild from the log itself, embedded and on Kafka: the same states, and every byte compared with the ledger's."""

from collections.abc import Iterator
from itertools import islice

import pytest
from kafka import TopicPartition

from benchmarks.consumers import study_named
from benchmarks.mix import mixed_events
from eventlog.embedded import EmbeddedAppender, EmbeddedReader
from eventlog.errors import RecordsMissing
from eventlog.kafka import KafkaAppender, KafkaReader
from eventlog.kafka_client import KafkaSettings, admin
from eventlog.kafka_topics import KafkaTopics
from eventlog.log import Reader
from eventlog.topics import EmbeddedTopics
from projections.replay.errors import LogDiffers
from projections.replay.stages import Stage
from projections.writer import Writer
from schemas.records import Batch, NewRecord
from schemas.topics import topic_names
from tests.projections.rebuilding import generation_schemas, rebuild
from tests.servers.broker import Broker
from tests.servers.postgres import Database

PARTITIONS = 2


def some_records(study: str, count: int, skip: int = 0) -> list[NewRecord]:
    mix = mixed_events(study, seed=4, subjects=4)
    return [sent.record for sent in islice(mix, skip, skip + count)]


def apply_all(reader: Reader, database: Database, study: str) -> None:
    """What a worker does: everything that is in the log and not in the ledger."""
    writer = Writer(lambda: database.connect("trialog_app"), study_named(study))
    for topic in topic_names(study):
        for partition in range(PARTITIONS):
            at = writer.next_offset(topic, partition)
            end = reader.end(topic, partition)
            while at < end:
                records = tuple(reader.read(topic, partition, at, most=50, wait_seconds=10.0))
                batch = Batch(
                    topic=topic, topic_id=reader.topic_id(topic), partition=partition, log_end=end, records=records
                )
                at = writer.apply(batch).next_offset
    writer.close()


class Embedded:
    def __init__(self, database: Database, study: str) -> None:
        EmbeddedTopics(lambda: database.connect("trialog_owner")).ensure(study, PARTITIONS)
        self.appender = EmbeddedAppender(lambda: database.connect("trialog_intake"))
        self.reader = EmbeddedReader(lambda: database.connect("trialog_read"))
        self.database, self.study = database, study

    def tamper(self, statement: str) -> None:
        with self.database.connect("postgres") as superuser:
            superuser.execute("SET session_replication_role = 'replica'")
            assert superuser.execute(statement.encode()).rowcount > 0


@pytest.fixture
def embedded(database: Database, study: str) -> Iterator[Embedded]:
    log = Embedded(database, study)
    log.appender.append(some_records(study, 150))
    apply_all(log.reader, database, study)
    yield log
    log.appender.close()
    log.reader.close()


def test_the_embedded_log_comes_to_what_live_has_and_is_followed(embedded: Embedded) -> None:
    study, database = embedded.study, embedded.database
    said: list[str] = []

    def live_goes_on(stage: Stage, _more: int, _total: int) -> None:
        if stage.value not in said:
            said.append(stage.value)
            embedded.appender.append(some_records(study, 15, skip=150 + 15 * len(said)))
            apply_all(embedded.reader, database, study)

    reader = EmbeddedReader(lambda: database.connect("trialog_read"))
    found = rebuild(database, study_named(study), log=reader, report=live_goes_on, swap=True)
    reader.close()
    assert (found.source, found.compared.count) == ("log", 0)
    assert found.accepted > 150
    assert generation_schemas(database) == ["generation_1"]
    assert rebuild(database, study_named(study)).compared.count == 0


@pytest.mark.parametrize(
    ("column", "other", "what"),
    [
        ("value", r"value || '\x20'::bytea", "its value has other bytes"),
        ("key", "'B-0009'", "its key has other bytes"),
        ("headers", r"'\x9192a161c40162'", "its headers have other bytes"),
    ],
)
def test_other_bytes_than_the_ledger_received_are_told_with_their_place(
    column: str, other: str, what: str, embedded: Embedded
) -> None:
    topic = topic_names(embedded.study)[0]
    row = f"topic = '{topic}' AND partition = 0 AND \"offset\" IN (1, 3)"
    embedded.tamper(f"UPDATE eventlog.records SET {column} = {other} WHERE {row}")

    with pytest.raises(LogDiffers, match=rf"{topic}\[0\]@1: {what}, the first of 2"):
        rebuild(embedded.database, study_named(embedded.study), log=embedded.reader)
    assert generation_schemas(embedded.database) == []
    assert rebuild(embedded.database, study_named(embedded.study)).compared.count == 0


def test_a_log_that_was_cut_says_so(embedded: Embedded) -> None:
    topic = topic_names(embedded.study)[0]
    embedded.tamper(f"DELETE FROM eventlog.records WHERE topic = '{topic}' AND partition = 0 AND \"offset\" < 3")
    with pytest.raises(RecordsMissing, match=rf"{topic}\[0\]: offset 0 is missing, 3 came"):
        rebuild(embedded.database, study_named(embedded.study), log=embedded.reader)
    assert generation_schemas(embedded.database) == []


def test_a_log_that_ends_before_the_ledger_says_so(embedded: Embedded) -> None:
    topic = topic_names(embedded.study)[0]
    embedded.tamper(f"UPDATE eventlog.counters SET next_offset = 2 WHERE topic = '{topic}' AND partition = 0")
    with pytest.raises(LogDiffers, match=rf"{topic}\[0\] ends at 2, and the ledger has applied up to \d+"):
        rebuild(embedded.database, study_named(embedded.study), log=embedded.reader)


def test_another_topic_of_the_same_name_says_so(embedded: Embedded) -> None:
    topic = topic_names(embedded.study)[0]
    embedded.tamper(f"UPDATE eventlog.topics SET topic_id = gen_random_uuid() WHERE topic = '{topic}'")
    with pytest.raises(LogDiffers, match=rf"{topic}\[0\] is not the topic that was applied"):
        rebuild(embedded.database, study_named(embedded.study), log=embedded.reader)


def test_kafka_comes_to_what_live_has_and_a_cut_by_retention_is_told(
    broker: Broker, database: Database, study: str
) -> None:
    settings = KafkaSettings(bootstrap_servers=broker.bootstrap)
    KafkaTopics(settings).ensure(study, partitions=PARTITIONS)
    appender, reader = KafkaAppender(settings), KafkaReader(settings)
    records = some_records(study, 150)
    records[40:40] = [NewRecord(topic=records[0].topic, key=b"B-0001", value=b"no event", headers=(("a", b"b"),))]
    appender.append(records)
    apply_all(reader, database, study)

    found = rebuild(database, study_named(study), log=reader)

    assert (found.source, found.compared.count, found.quarantined) == ("log", 0, 1)
    topic = topic_names(study)[0]
    partition = next(each for each in range(PARTITIONS) if reader.end(topic, each) > 2)
    with admin(settings) as client:
        client.delete_records({TopicPartition(topic, partition): 2})
    with pytest.raises(RecordsMissing, match=rf"at {topic}\[{partition}\]@0: its oldest ones were deleted"):
        rebuild(database, study_named(study), log=reader)
    assert generation_schemas(database) == []
    appender.close()
    reader.close()
