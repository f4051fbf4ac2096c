"""What only Kafka needs: fast checksums, quiet log lines, and traps of a real broker that must be seen, not skipped."""

import logging
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from kafka import KafkaProducer, TopicPartition

from eventlog.errors import LogUnavailable, RecordsMissing
from eventlog.kafka import KafkaAppender, KafkaReader
from eventlog.kafka_client import KafkaSettings, admin, demand_fast_checksums
from tests.eventlog.logs import KafkaUnderTest, at, new_record
from tests.servers.waiting import free_ports, wait_until

HOME = 1  # the partition of S-001 among four

WITHOUT_CRC32C = """
import sys
sys.modules["crc32c"] = None
from eventlog.errors import ChecksumsInPython
from eventlog.kafka import KafkaAppender, KafkaReader
from eventlog.kafka_client import KafkaSettings
for client in (KafkaAppender, KafkaReader):
    try:
        client(KafkaSettings(bootstrap_servers="127.0.0.1:1"))
    except ChecksumsInPython as error:
        print(error)
"""


def test_checksums_are_computed_in_c() -> None:
    demand_fast_checksums()


def test_without_the_c_extension_nothing_starts_and_the_remedy_is_said() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_CRC32C],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = ran.stdout.splitlines()
    assert len(lines) == 2
    assert all('pip install "kafka-python[crc32c]"' in line for line in lines)


def test_settings_do_not_show_their_password() -> None:
    settings = KafkaSettings(bootstrap_servers="kafka:9092", security={"sasl_plain_password": "correct horse"})
    assert "correct horse" not in repr(settings) + str(settings)
    assert "kafka:9092" in repr(settings)


def test_nothing_of_a_record_is_in_a_log_line_whatever_the_level(
    kafka_log: KafkaUnderTest, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("kafka").setLevel(logging.NOTSET)
    with caplog.at_level(logging.DEBUG):
        (position,) = kafka_log.appender().append([new_record(kafka_log.topic(), "S-517", b"haemoglobin 61 g/L")])
        at(kafka_log.reader(), position)
    assert "S-517" not in caplog.text
    assert "haemoglobin" not in caplog.text


def test_the_producer_waits_for_all_replicas_and_sends_nothing_twice_by_itself(kafka_log: KafkaUnderTest) -> None:
    """One broker cannot show the difference, so what the producer runs with is asked of it."""
    appender = kafka_log.closing(KafkaAppender(kafka_log.settings))
    appender.append([new_record(kafka_log.topic(), "S-001", b"v")])
    assert appender._producer is not None
    config = appender._producer.config
    assert (config["acks"], config["enable_idempotence"], config["delivery_timeout_ms"]) == (-1, True, 10_000)
    assert config["allow_auto_create_topics"] is False


def test_records_that_the_broker_deleted_are_missed(kafka_log: KafkaUnderTest) -> None:
    kafka_log.appender().append([new_record(kafka_log.topic(), "S-001", b"v")] * 5)
    with admin(kafka_log.settings) as client:
        client.delete_records({TopicPartition(kafka_log.topic(), HOME): 3})
    reader = kafka_log.reader()
    with pytest.raises(RecordsMissing):
        reader.read(kafka_log.topic(), HOME, 0, most=10)
    assert [record.offset for record in reader.read(kafka_log.topic(), HOME, 3, most=10)] == [3, 4]


def test_an_offset_that_a_transaction_took_is_missed(kafka_log: KafkaUnderTest) -> None:
    """The marker of a foreign transactional producer is no record: that is why the design forbids them."""
    producer = KafkaProducer(bootstrap_servers=kafka_log.settings.bootstrap_servers, transactional_id=kafka_log.study)
    producer.init_transactions()
    producer.begin_transaction()
    producer.send(kafka_log.topic(), key=b"S-001", value=b"v")
    producer.commit_transaction()
    producer.close()
    kafka_log.appender().append([new_record(kafka_log.topic(), "S-001", b"v")])
    with pytest.raises(RecordsMissing, match=r"\[1\]: offset 1 is missing, 2 came"):
        kafka_log.reader().read(kafka_log.topic(), HOME, 0, most=10)


def test_a_foreign_record_without_key_value_and_header_value_is_read_as_it_is(kafka_log: KafkaUnderTest) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka_log.settings.bootstrap_servers)
    producer.send(kafka_log.topic(), key=None, value=b"v", partition=0).get(30)
    producer.send(kafka_log.topic(), key=b"k", value=None, partition=0).get(30)
    producer.close()
    records = kafka_log.reader().read(kafka_log.topic(), 0, 0, most=10)
    assert [(record.key, record.value, record.headers) for record in records] == [(None, b"v", ()), (b"k", None, ())]


def test_a_broker_that_accepts_connections_and_says_nothing_is_away() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(50)
        settings = KafkaSettings(bootstrap_servers=f"127.0.0.1:{silent.getsockname()[1]}", timeout_seconds=1.0)
        with pytest.raises(LogUnavailable, match=r"127\.0\.0\.1"):
            KafkaAppender(settings).append([new_record("t.lab", "S-001", b"v")])
        with pytest.raises(LogUnavailable):
            KafkaReader(settings).end("t.lab", 0)


def test_many_tries_on_a_broker_that_is_away_leave_no_threads_behind() -> None:
    (port,) = free_ports(1)
    settings = KafkaSettings(bootstrap_servers=f"127.0.0.1:{port}", timeout_seconds=0.2)
    appender, reader = KafkaAppender(settings), KafkaReader(settings)
    before = threading.active_count()
    for _ in range(10):
        with pytest.raises(LogUnavailable):
            appender.append([new_record("t.lab", "S-001", b"v")])
        with pytest.raises(LogUnavailable):
            reader.topic_id("t.lab")
    wait_until(lambda: threading.active_count() <= before, what="the end of the clients' threads")


def test_threads_that_wait_for_the_same_broker_wait_side_by_side() -> None:
    """Each append is bounded by itself: a queue behind the first one would keep the doors waiting for minutes."""
    (port,) = free_ports(1)
    appender = KafkaAppender(KafkaSettings(bootstrap_servers=f"127.0.0.1:{port}", timeout_seconds=2.0))
    refused: list[str] = []

    def append() -> None:
        try:
            appender.append([new_record("t.lab", "S-001", b"v")])
        except LogUnavailable as error:
            refused.append(str(error))

    threads = [threading.Thread(target=append) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        # One after the other they would need 24 s.
        thread.join(timeout=15.0)
    assert len(refused) == 12
