"""What only the embedded log promises: who may do what in the database, and that a lost notice costs a second."""

import threading
from contextlib import closing
from functools import partial

import psycopg
import pytest

from eventlog import tables
from eventlog.embedded import APPENDER_CONNECTIONS, EmbeddedAppender
from eventlog.errors import LogUnavailable, RecordsMissing
from eventlog.log import Appender
from tests.eventlog.logs import EmbeddedUnderTest, all_records, at, new_record
from tests.servers.waiting import wait_until

HOME = 1  # the partition of S-001 among four

CHANGES = [
    "UPDATE eventlog.records SET value = 'x'",
    "DELETE FROM eventlog.records",
    "TRUNCATE eventlog.records",
    "UPDATE eventlog.topics SET partitions = 9",
    "DELETE FROM eventlog.topics WHERE false",
    "TRUNCATE eventlog.topics CASCADE",
    "UPDATE eventlog.counters SET next_offset = 0",
    "DELETE FROM eventlog.counters",
    "TRUNCATE eventlog.counters",
]

ADDITIONS = [
    "INSERT INTO eventlog.records VALUES ('nct00000001.lab', 1, 99, 'k', 'v', NULL, now())",
    "INSERT INTO eventlog.topics (topic, partitions) VALUES ('x', 1)",
    "INSERT INTO eventlog.counters VALUES ('nct00000001.lab', 9, 0)",
    "UPDATE eventlog.counters SET next_offset = next_offset + 1",
]

APPEND = """
SELECT * FROM eventlog.append(
    ARRAY['nct00000001.lab'], ARRAY[1], ARRAY['k'::bytea], ARRAY['v'::bytea], ARRAY[NULL::bytea])
"""

APPEND_ALSO_WHERE_NOTHING_IS = """
SELECT * FROM eventlog.append(
    ARRAY['nct00000001.lab', 'x'], ARRAY[1, 0],
    ARRAY['k', 'k']::bytea[], ARRAY['v', 'v']::bytea[], ARRAY[NULL, NULL]::bytea[])
"""


@pytest.fixture
def written(embedded: EmbeddedUnderTest) -> EmbeddedUnderTest:
    embedded.appender().append([new_record(embedded.topic(), "S-001", b"v")] * 3)
    return embedded


def waiting_appends(log: EmbeddedUnderTest) -> int:
    """How many appends wait for a lock."""
    with log.connect("postgres") as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE usename = 'trialog_intake' AND datname = %s AND wait_event_type = 'Lock'",
            (log.database.name,),
        ).fetchone()
    assert row is not None
    return int(row[0])


def slow_appender(log: EmbeddedUnderTest, timeout_seconds: float) -> EmbeddedAppender:
    """One connection, for tests in which somebody else holds things up."""
    connect = partial(log.connect, "trialog_intake")
    return log.closing(EmbeddedAppender(connect, timeout_seconds=timeout_seconds, connections=1))


@pytest.mark.parametrize("role", ["trialog_owner", "trialog_intake", "trialog_app", "trialog_read"])
@pytest.mark.parametrize("change", CHANGES)
def test_no_role_changes_or_removes_what_is_in_the_log(written: EmbeddedUnderTest, role: str, change: str) -> None:
    with written.connect(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(change)
    assert [record.value for record in all_records(written.reader(), written.topic())] == [b"v"] * 3


@pytest.mark.parametrize("role", ["trialog_intake", "trialog_app", "trialog_read"])
@pytest.mark.parametrize("addition", ADDITIONS)
def test_nobody_writes_beside_the_one_way_in(written: EmbeddedUnderTest, role: str, addition: str) -> None:
    with written.connect(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(addition)


@pytest.mark.parametrize(("role", "may"), [("trialog_intake", True), ("trialog_app", False), ("trialog_read", False)])
def test_only_the_doors_append(written: EmbeddedUnderTest, role: str, may: bool) -> None:
    with written.connect(role) as connection:
        if may:
            assert connection.execute(APPEND).fetchall() == [("nct00000001.lab", 1, 3)]
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(APPEND)


@pytest.mark.parametrize("role", ["trialog_intake", "trialog_app", "trialog_read"])
def test_the_roles_of_the_application_read(written: EmbeddedUnderTest, role: str) -> None:
    with written.connect(role) as connection:
        assert connection.execute("SELECT count(*) FROM eventlog.records").fetchone() == (3,)


def test_an_append_that_is_rolled_back_leaves_no_hole(written: EmbeddedUnderTest) -> None:
    with written.connect("trialog_intake") as connection:
        connection.execute(APPEND)
        connection.rollback()
    (position,) = written.appender().append([new_record(written.topic(), "S-001", b"next")])
    assert position.offset == 3


def test_a_batch_of_which_one_partition_is_missing_is_not_in_the_log_at_all(written: EmbeddedUnderTest) -> None:
    with written.connect("trialog_intake") as connection, pytest.raises(psycopg.errors.UndefinedObject):
        connection.execute(APPEND_ALSO_WHERE_NOTHING_IS)
    assert written.reader().end(written.topic(), HOME) == 3


def test_creating_the_schema_again_changes_nothing(written: EmbeddedUnderTest) -> None:
    with written.connect("trialog_owner") as owner:
        tables.create(owner)
    assert len(all_records(written.reader(), written.topic())) == 3


def test_the_tables_in_the_database_are_those_of_the_metadata(written: EmbeddedUnderTest) -> None:
    with written.connect("trialog_owner") as owner:
        rows = owner.execute(
            "SELECT table_name, column_name, is_nullable = 'YES' FROM information_schema.columns "
            "WHERE table_schema = 'eventlog'"
        ).fetchall()
    expected = {
        (table.name, column.name, column.nullable) for table in tables.METADATA.sorted_tables for column in table.c
    }
    assert set(rows) == {(table, column, bool(nullable)) for table, column, nullable in expected}


def test_a_record_whose_notice_was_lost_is_found_by_looking(written: EmbeddedUnderTest) -> None:
    reader = written.reader()
    reader.topic_id(written.topic())
    found: list[int] = []

    def wait_for_it() -> None:
        # Without the look each second this would wait for an hour, and the test run's own limit would end it.
        found.extend(record.offset for record in reader.read(written.topic(), HOME, 3, most=1, wait_seconds=3600.0))

    waiting = threading.Thread(target=wait_for_it)
    waiting.start()
    with written.connect(
        "trialog_intake",
    ) as connection:
        connection.execute(APPEND)
    waiting.join()
    assert found == [3]


def test_an_append_between_asking_and_waiting_ends_the_wait(written: EmbeddedUnderTest) -> None:
    reader = written.reader()
    assert reader.ends([written.topic()])[written.topic(), HOME] == 3
    written.appender().append([new_record(written.topic(), "S-001", b"v")])
    assert reader.wait(3600.0)


def test_a_cut_connection_is_one_refusal_and_then_forgotten(written: EmbeddedUnderTest) -> None:
    """However many connections the appender had open, all are known to be cut after the first refusal."""
    appender, reader = written.appender(), written.reader()
    assert append_on_every_connection(written, appender) == []
    reader.end(written.topic(), HOME)
    with written.connect("postgres") as superuser:
        superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE usename IN ('trialog_intake', 'trialog_read') AND datname = %s",
            (written.database.name,),
        )
    written.settle()

    with pytest.raises(LogUnavailable):
        appender.append([new_record(written.topic(), "S-001", b"cut")])
    assert append_on_every_connection(written, appender) == []
    with pytest.raises(LogUnavailable):
        reader.end(written.topic(), HOME)
    assert reader.end(written.topic(), HOME) == 3 + 2 * APPENDER_CONNECTIONS


def append_on_every_connection(log: EmbeddedUnderTest, appender: Appender) -> list[LogUnavailable]:
    """As many appends at once as there are connections; what was refused."""
    refused: list[LogUnavailable] = []

    def append() -> None:
        try:
            appender.append([new_record(log.topic(), "S-001", b"v")])
        except LogUnavailable as error:
            refused.append(error)

    threads = [threading.Thread(target=append) for _ in range(APPENDER_CONNECTIONS)]
    with closing(log.connect("trialog_intake")) as hanging:
        hanging.execute(APPEND)
        for thread in threads:
            thread.start()
        wait_until(
            lambda: waiting_appends(log) + len(refused) == APPENDER_CONNECTIONS, what="an append on every connection"
        )
    for thread in threads:
        thread.join()
    return refused


def test_an_append_that_waits_too_long_for_another_is_refused(written: EmbeddedUnderTest) -> None:
    """Somebody holds the partition's counter, as an append does whose process hangs."""
    appender = slow_appender(written, 0.5)
    with closing(written.connect("trialog_intake")) as hanging:
        hanging.execute(APPEND)
        with pytest.raises(LogUnavailable):
            appender.append([new_record(written.topic(), "S-001", b"v")])
    assert [position.offset for position in appender.append([new_record(written.topic(), "S-001", b"v")])] == [3]


def test_an_append_that_finds_every_connection_busy_is_refused(written: EmbeddedUnderTest) -> None:
    appender = slow_appender(written, 1.0)
    refused: list[LogUnavailable] = []

    def append() -> None:
        try:
            appender.append([new_record(written.topic(), "S-001", b"v")])
        except LogUnavailable as error:
            refused.append(error)

    with closing(written.connect("trialog_intake")) as hanging:
        hanging.execute(APPEND)
        threads = [threading.Thread(target=append) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(refused) == 3


def test_what_is_accepted_is_flushed_to_disk_whatever_the_server_is_set_to(written: EmbeddedUnderTest) -> None:
    with written.connect(
        "postgres",
    ) as superuser:
        superuser.execute("ALTER ROLE trialog_intake SET synchronous_commit = off")
    try:
        sessions = [written.connect("trialog_intake")]
        appender = written.closing(EmbeddedAppender(lambda: sessions[0], connections=1))
        appender.append([new_record(written.topic(), "S-001", b"v")])
        assert sessions[0].execute("SHOW synchronous_commit").fetchone() == ("on",)
    finally:
        with written.connect("postgres") as superuser:
            superuser.execute("ALTER ROLE trialog_intake RESET synchronous_commit")


def test_a_hole_in_the_log_stops_the_reader(written: EmbeddedUnderTest) -> None:
    with written.connect("trialog_owner") as owner:
        owner.execute("ALTER TABLE eventlog.records DISABLE TRIGGER append_only")
        owner.execute('DELETE FROM eventlog.records WHERE "offset" = 1')
    reader = written.reader()
    with pytest.raises(RecordsMissing, match=r"nct00000001\.lab\[1\]: offset 1 is missing, 2 came"):
        reader.read(written.topic(), HOME, 0, most=10)
    with pytest.raises(RecordsMissing):
        reader.read(written.topic(), HOME, 1, most=10)


def test_creating_and_appending_at_once_never_deadlock(written: EmbeddedUnderTest) -> None:
    appender = written.appender()
    stop = threading.Event()
    failures: list[Exception] = []

    def append() -> None:
        while not stop.is_set():
            try:
                appender.append([new_record(written.topic(), f"S-{number}", b"v") for number in range(8)])
            except LogUnavailable as error:
                failures.append(error)

    threads = [threading.Thread(target=append) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(30):
        assert written.topics().ensure(written.study) == []
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []


def test_times_are_the_servers_and_never_go_back_within_a_partition(written: EmbeddedUnderTest) -> None:
    records = written.reader().read(written.topic(), HOME, 0, most=10)
    times = [record.timestamp_ms for record in records]
    assert times == sorted(times)
    with written.connect("trialog_read") as connection:
        row = connection.execute("SELECT (extract(epoch FROM now()) * 1000)::bigint").fetchone()
    assert row is not None and 0 <= row[0] - times[-1] < 3_600_000
    assert at(written.reader(), records[0].position) == records[0]
