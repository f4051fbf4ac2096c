"""What both logs promise to whoever appends and reads."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from eventlog.errors import RecordTooLarge, TopicsMissing
from eventlog.log import RECORD_BYTES_MAX
from schemas.records import Position
from schemas.topics import Topic
from tests.eventlog.logs import PARTITIONS, LogUnderTest, all_records, at, new_record, takes
from tests.servers.waiting import wait_until

# A broken poll would wait this long and be stopped by the test run's own limit; a sound one never gets near it.
FOR_EVER_SECONDS = 3600.0

# The partition of S-001 among four.
HOME = 1


def test_exact_bytes_come_back(log: LogUnderTest) -> None:
    contents = [
        b"",
        b"\x00",
        bytes(range(256)),
        "患者".encode(),
        b'{"specversion":"1.0"}',
        b"\xff\xfe not UTF-8",
        b"'; DROP TABLE records; --",
    ]
    appender, reader = log.appender(), log.reader()
    for content in contents:
        (position,) = appender.append([new_record(log.topic(), "S-001", content)])
        record = at(reader, position)
        assert (record.key, record.value, record.headers) == (b"S-001", content, ())


def test_exact_headers_come_back_in_their_order(log: LogUnderTest) -> None:
    headers = (("traceparent", b"00-ab"), ("empty", b""), ("twice", b"1"), ("twice", b"\x00\xff"), ("中", b"z"))
    (position,) = log.appender().append([new_record(log.topic(), "S-001", b"v", headers=headers)])
    assert at(log.reader(), position).headers == headers


def test_empty_key_and_empty_value_are_a_record(log: LogUnderTest) -> None:
    (position,) = log.appender().append([new_record(log.topic(), "", b"")])
    record = at(log.reader(), position)
    assert (record.key, record.value) == (b"", b"")


def test_offsets_count_from_zero_and_positions_are_in_the_order_given(log: LogUnderTest) -> None:
    records = [new_record(log.topic(), f"S-{number % 7:03}", str(number).encode()) for number in range(60)]
    positions = log.appender().append(records)
    reader = log.reader()
    for record, position in zip(records, positions, strict=True):
        assert at(reader, position).value == record.value
    assert len(set(positions)) == 60
    assert [record.offset for record in all_records(reader, log.topic()) if record.partition == HOME] == list(
        range(reader.end(log.topic(), HOME))
    )


def test_no_records_are_appended_at_once_without_asking_the_log(log: LogUnderTest) -> None:
    assert log.appender().append([]) == []


def test_one_append_may_go_to_several_topics(log: LogUnderTest) -> None:
    topics = [log.topic(topic) for topic in Topic]
    positions = log.appender().append([new_record(topic, "S-001", topic.encode()) for topic in topics])
    assert [position.topic for position in positions] == topics
    assert {position.offset for position in positions} == {0}


def test_a_subject_is_placed_alike_in_both_logs(log: LogUnderTest) -> None:
    # Apache Kafka's Java client 4.3.0, BuiltInPartitioner.partitionForKey(key, 4), run on these keys.
    expected = {"S-001": 1, "S-002": 2, "S-003": 2, "S-042": 3, "S-072": 1, "-": 2, "": 1}
    positions = log.appender().append([new_record(log.topic(), key, b"v") for key in expected])
    assert dict(zip(expected, (position.partition for position in positions), strict=True)) == expected


def test_order_of_a_key_is_kept_and_nothing_is_lost_among_writing_threads(log: LogUnderTest) -> None:
    """Half of the threads name topics and keys in the opposite order: locks taken in that order would deadlock."""
    appender = log.appender()
    topics = [log.topic(Topic.LAB), log.topic(Topic.FOLLOWUP)]
    threads, batches, keys = 8, 25, 3

    def write(thread: int) -> list[tuple[Position, bytes]]:
        written = []
        for number in range(batches):
            batch = [
                new_record(topic, f"W{thread}-{key}", f"{thread} {number} {key}".encode())
                for topic in topics
                for key in range(keys)
            ]
            batch = batch if thread % 2 else batch[::-1]
            written += list(zip(appender.append(batch), (record.value for record in batch), strict=True))
        return written

    with ThreadPoolExecutor(threads) as pool:
        written = dict(pair for part in pool.map(write, range(threads)) for pair in part)

    reader = log.reader()
    records = [record for topic in topics for record in all_records(reader, topic)]
    assert {record.position: record.value for record in records} == written
    assert len(records) == threads * batches * len(topics) * keys
    for topic in topics:
        numbers: dict[bytes, list[int]] = {}
        for record in records:
            if record.topic == topic:
                assert record.key is not None and record.value is not None
                numbers.setdefault(record.key, []).append(int(record.value.split()[1]))
        assert numbers == {
            f"W{thread}-{key}".encode(): list(range(batches)) for thread in range(threads) for key in range(keys)
        }


def test_end_is_where_the_next_record_lies(log: LogUnderTest) -> None:
    appender, reader = log.appender(), log.reader()
    for expected in range(3):
        assert reader.end(log.topic(), HOME) == expected
        assert appender.append([new_record(log.topic(), "S-001", b"v")]) == [Position(log.topic(), HOME, expected)]


def test_ends_name_every_partition_of_the_topics_that_are_there(log: LogUnderTest) -> None:
    log.appender().append([new_record(log.topic(Topic.LAB), "S-001", b"v")] * 2)
    ends = log.reader().ends([log.topic(Topic.LAB), log.topic(Topic.OVERSIGHT), "not.there"])
    expected = {(log.topic(topic), partition): 0 for topic in (Topic.LAB, Topic.OVERSIGHT) for partition in range(4)}
    assert ends == expected | {(log.topic(Topic.LAB), HOME): 2}


def test_reading_at_the_end_and_beyond_it_gives_nothing(log: LogUnderTest) -> None:
    log.appender().append([new_record(log.topic(), "S-001", b"v")])
    reader = log.reader()
    assert reader.read(log.topic(), HOME, 1, most=10) == []
    assert reader.read(log.topic(), HOME, 1, most=10, wait_seconds=0.05) == []
    assert reader.read(log.topic(), HOME, 7, most=10) == []
    assert reader.read(log.topic(), HOME, 7, most=10, wait_seconds=0.05) == []


def test_reading_takes_at_most_as_many_as_asked_for_and_goes_on_anywhere(log: LogUnderTest) -> None:
    log.appender().append([new_record(log.topic(), "S-001", str(number).encode()) for number in range(30)])
    reader = log.reader()
    for offset, most in ((0, 4), (4, 4), (20, 3), (2, 1), (29, 5)):
        records = reader.read(log.topic(), HOME, offset, most=most)
        assert 1 <= len(records) <= most
        assert [(record.offset, record.value) for record in records] == [
            (offset + place, str(offset + place).encode()) for place in range(len(records))
        ]


def test_one_reader_reads_many_partitions_in_turn(log: LogUnderTest) -> None:
    keys = [f"S-{number:03}" for number in range(40)]
    appender, reader = log.appender(), log.reader()
    for round_ in range(3):
        positions = appender.append([new_record(log.topic(), key, f"{key} {round_}".encode()) for key in keys])
        for key, position in zip(keys, positions, strict=True):
            assert at(reader, position).value == f"{key} {round_}".encode()


@pytest.mark.parametrize("offset", [0, 2], ids=["at_the_end", "beyond_the_end"])
def test_a_waiting_reader_gets_the_record_that_comes(log: LogUnderTest, offset: int) -> None:
    appender, reader = log.appender(), log.reader()
    reader.topic_id(log.topic())
    found = []
    waiting = threading.Thread(
        target=lambda: found.extend(reader.read(log.topic(), HOME, offset, most=10, wait_seconds=FOR_EVER_SECONDS))
    )
    waiting.start()
    for _ in range(offset + 1):
        appender.append([new_record(log.topic(), "S-001", b"v")])
    waiting.join()
    assert found[0].offset == offset


def test_a_record_of_the_largest_size_is_taken_and_comes_back(log: LogUnderTest) -> None:
    header = ("h", b"12345")
    record = new_record(log.topic(), "S-001", bytes(RECORD_BYTES_MAX - 5 - 6), headers=(header,))
    (position,) = log.appender().append([record])
    assert at(log.reader(), position).value == record.value


def test_a_record_too_large_is_refused_with_its_place_and_nothing_of_its_batch_is_sent(log: LogUnderTest) -> None:
    batch = [
        new_record(log.topic(), "S-001", b"small"),
        new_record(log.topic(), "S-002", b"secret" + bytes(RECORD_BYTES_MAX)),
    ]
    with pytest.raises(RecordTooLarge, match=r"record 1 of 2 for .* has 1000011 bytes .* at most 1000000") as refused:
        log.appender().append(batch)
    assert "secret" not in str(refused.value)
    assert "S-002" not in str(refused.value)
    assert all_records(log.reader(), log.topic()) == []


def test_large_records_in_one_append_all_arrive(log: LogUnderTest) -> None:
    """More in one batch than one request to Kafka takes."""
    batch = [new_record(log.topic(), "S-001", bytes([number]) * 900_000) for number in range(5)]
    positions = log.appender().append(batch)
    reader = log.reader()
    assert [at(reader, position).value for position in positions] == [record.value for record in batch]


def test_a_topic_made_again_has_another_id_and_begins_at_zero(log: LogUnderTest) -> None:
    appender, reader = log.appender(), log.reader()
    appender.append([new_record(log.topic(), "S-001", b"v")])
    assert len(reader.read(log.topic(), HOME, 0, most=10)) == 1
    before = {topic: reader.topic_id(log.topic(topic)) for topic in Topic}
    assert before == {topic: log.reader().topic_id(log.topic(topic)) for topic in Topic}
    assert len(set(before.values())) == 4

    log.remove()
    with pytest.raises(TopicsMissing):
        reader.topic_id(log.topic())
    log.topics().ensure(log.study, PARTITIONS)

    wait_until(lambda: takes(appender, log.topic()), what="the appender's way to the new topic")
    assert before.items().isdisjoint({topic: reader.topic_id(log.topic(topic)) for topic in Topic}.items())
    (record,) = reader.read(log.topic(), HOME, 0, most=10)
    assert record.value == b"again"
    assert reader.end(log.topic(), HOME) == 1


def test_what_is_not_there_is_said_with_what_to_do(log: LogUnderTest) -> None:
    appender, reader = log.appender(), log.reader()
    questions = [
        lambda: appender.append([new_record(log.topic(), "S-001", b"v"), new_record("not.there", "S-001", b"v")]),
        lambda: reader.topic_id("not.there"),
        lambda: reader.partitions("not.there"),
        lambda: reader.end("not.there", 0),
        lambda: reader.read("not.there", 0, 0, most=1),
    ]
    for question in questions:
        with pytest.raises(TopicsMissing, match=r"not\.there.*trialog topics"):
            question()
    assert appender.append([new_record(log.topic(), "S-001", b"v")]) == [Position(log.topic(), HOME, 0)]
