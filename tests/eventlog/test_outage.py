"""The log's server goes away and comes back: nobody is told yes in between, and nothing that was told yes is lost."""

import threading

import pytest

from eventlog.errors import LogUnavailable
from eventlog.kafka import KafkaAppender, close_for_good
from eventlog.log import Appender
from tests.eventlog.logs import KafkaUnderTest, LogUnderTest, all_records, new_record, takes
from tests.servers.waiting import wait_until

HOME = 1  # the partition of S-001 among four


def test_a_log_that_is_away_is_said_to_be_and_is_found_again_when_it_is_back(stoppable_log: LogUnderTest) -> None:
    log, topic = stoppable_log, stoppable_log.topic()
    appender, reader = log.appender(), log.reader()
    appender.append([new_record(topic, "S-001", b"before")])
    assert len(reader.read(topic, HOME, 0, most=10)) == 1
    topic_id = reader.topic_id(topic)

    log.stop()
    questions = [
        lambda: appender.append([new_record(topic, "S-001", b"while away")]),
        lambda: appender.append([new_record(topic, "S-001", b"while away")]),
        lambda: reader.read(topic, HOME, 1, most=10),
        lambda: reader.end(topic, HOME),
        lambda: reader.ends([topic]),
        lambda: reader.topic_id(topic),
        lambda: log.topics().check(log.study),
    ]
    for question in questions:
        with pytest.raises(LogUnavailable):
            question()

    log.start()
    wait_until(lambda: takes(appender, topic), what="the appender's way back")
    assert reader.topic_id(topic) == topic_id
    values = [record.value for record in reader.read(topic, HOME, 0, most=10)]
    assert values == [b"before", b"again"], "an append that was refused at once must not come later"


def test_clients_made_while_the_log_is_away_work_when_it_is_back(stoppable_log: LogUnderTest) -> None:
    log, topic = stoppable_log, stoppable_log.topic()
    log.stop()
    appender, reader = log.appender(), log.reader()
    with pytest.raises(LogUnavailable):
        appender.append([new_record(topic, "S-001", b"v")])
    with pytest.raises(LogUnavailable):
        reader.topic_id(topic)

    log.start()
    wait_until(lambda: takes(appender, topic), what="the appender's way to the log")
    assert reader.read(topic, HOME, 0, most=1)[0].value == b"again"


def test_what_was_acknowledged_outlives_a_crash_in_the_middle_of_writing(stoppable_log: LogUnderTest) -> None:
    """Four threads write on through two crashes, each sending again what was not confirmed, as a door would."""
    log, topic = stoppable_log, stoppable_log.topic()
    appender = log.appender()
    acknowledged: dict[str, list[int]] = {f"S-{thread:03}": [] for thread in range(4)}
    refused = threading.Event()
    done = threading.Event()
    writers = [
        threading.Thread(target=write_on, args=(appender, topic, key, numbers, refused, done))
        for key, numbers in acknowledged.items()
    ]
    for writer in writers:
        writer.start()
    try:
        for _ in range(2):
            wait_for_more(acknowledged)
            refused.clear()
            log.crash()
            assert refused.wait(60)
            log.start()
        wait_for_more(acknowledged)
    finally:
        done.set()
        for writer in writers:
            writer.join()

    records = all_records(log.reader(), topic)
    for key, numbers in acknowledged.items():
        found = [int(record.value or b"") for record in records if record.key == key.encode()]
        assert set(numbers) <= set(found)
        # What was sent again may be there twice, under the same event id; its first arrival is in order.
        assert list(dict.fromkeys(found)) == list(range(len(dict.fromkeys(found))))


def wait_for_more(acknowledged: dict[str, list[int]]) -> None:
    """Until every writer has had ten more records confirmed."""
    wanted = {key: len(numbers) + 10 for key, numbers in acknowledged.items()}
    wait_until(lambda: all(len(acknowledged[key]) >= wanted[key] for key in wanted), what="more confirmed records")


def write_on(
    appender: Appender, topic: str, key: str, acknowledged: list[int], refused: threading.Event, done: threading.Event
) -> None:
    number = 0
    while not done.is_set():
        try:
            appender.append([new_record(topic, key, str(number).encode())])
        except LogUnavailable:
            refused.set()
        else:
            acknowledged.append(number)
            number += 1


@pytest.mark.kafka
def test_a_producer_that_is_thrown_away_leaves_no_thread_behind(stoppable_kafka_log: KafkaUnderTest) -> None:
    """kafka-python alone does not stop a producer's thread while a batch is waiting (see `close_for_good`)."""
    log = stoppable_kafka_log
    appender = log.closing(KafkaAppender(log.settings))
    appender.append([new_record(log.topic(), "S-001", b"v")])
    assert len(sending_threads()) == 1
    producer = appender._producer
    assert producer is not None

    log.stop()
    waiting = producer.send(log.topic(), key=b"S-001", value=b"v", partition=HOME)
    close_for_good(producer, 0)
    wait_until(lambda: not sending_threads(), what="the end of the producer's thread")
    assert waiting.failed()


def sending_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.endswith("-network-thread")]
