"""One worker as a process of its own: how it stops, when it ends by itself, and what it waits for."""

from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import msgspec
import pytest

from benchmarks.mix import mixed_events
from eventlog.kafka import KafkaAppender
from eventlog.kafka_client import KafkaSettings, admin, described
from eventlog.kafka_topics import KafkaTopics
from schemas.topics import topic_names
from tests.faults.faulty_worker import FaultySettings
from tests.faults.processes import WorkerProcess
from tests.servers.broker import Broker
from tests.servers.postgres import Database
from tests.servers.waiting import free_ports, wait_until


class Line:
    """Topics, a database, and a worker between them that is not yet started."""

    def __init__(self, broker: Broker, database: Database, study: str, folder: Path) -> None:
        self.study = study
        self.database = database
        self.kafka = KafkaSettings(bootstrap_servers=broker.bootstrap)
        self.settings = FaultySettings(
            bootstrap=broker.bootstrap,
            group=f"{study}-projections",
            study=study,
            database_url=database.url("trialog_app"),
            health_file="",
            seed=1,
            bundle_records_max=1000,
            shares={},
        )
        self.worker = WorkerProcess("worker", self.settings, folder)

    def make_topics(self) -> None:
        KafkaTopics(self.kafka).ensure(self.study, partitions=1)

    def remove_topics(self) -> None:
        names = topic_names(self.study)
        with admin(self.kafka) as client:
            client.delete_topics(list(names))
            wait_until(lambda: not described(client, names), what="the end of the topics")

    def send(self, count: int, *, skip: int = 0) -> None:
        appender = KafkaAppender(self.kafka)
        mix = mixed_events(self.study, seed=3, subjects=4)
        appender.append([sent.record for sent in islice(mix, skip, skip + count)])
        appender.close()

    def somebody_joins(self) -> bool:
        with admin(self.kafka) as client:
            found = client.describe_groups([self.settings.group])
        return found[self.settings.group]["group_state"] == "PreparingRebalance"

    def wait_for(self, records: int, *, supervised: bool = False) -> None:
        def applied() -> bool:
            if supervised:
                self.worker.ensure_running()
            with self.database.connect("trialog_read") as connection:
                row = connection.execute("SELECT coalesce(sum(next_offset), 0) FROM trial.positions").fetchone()
            return row is not None and row[0] >= records

        wait_until(applied, within_seconds=120, what=f"{records} records in the ledger")


@pytest.fixture
def line(broker: Broker, database: Database, study: str, tmp_path: Path) -> Iterator[Line]:
    made = Line(broker, database, study, tmp_path)
    yield made
    made.worker.close()


def test_sigterm_stops_the_worker_with_all_it_has_written(line: Line) -> None:
    line.make_topics()
    line.send(200)
    line.worker.ensure_running()
    line.wait_for(200)
    assert line.worker.stop() == 0
    assert "CRITICAL" not in line.worker.log


def test_a_worker_that_cannot_leave_tidily_ends_all_the_same(line: Line, tmp_path: Path) -> None:
    """It joins a group of which another member does not answer, and the broker lets nobody go before all have."""
    patient = msgspec.structs.replace(line.settings, session_seconds=60.0, stop_seconds=2.0)
    frozen, joining = (WorkerProcess(name, patient, tmp_path) for name in ("frozen", "joining"))
    line.make_topics()
    line.send(50)
    with closing(frozen), closing(joining):
        frozen.ensure_running()
        line.wait_for(50)
        frozen.freeze()
        joining.ensure_running()
        wait_until(line.somebody_joins, within_seconds=60, what="a worker that joins the group")
        assert joining.stop(once_up=False) == 0
        assert "no tidy stop within 2 s" in joining.log


def test_a_topic_that_was_made_anew_ends_the_worker(line: Line) -> None:
    """The fence: what comes now is not the log that the ledger was written from."""
    line.make_topics()
    line.send(50)
    line.worker.ensure_running()
    line.wait_for(50)
    assert line.worker.stop() == 0
    line.remove_topics()
    line.make_topics()
    line.send(10)
    line.worker.ensure_running()
    assert line.worker.wait_for_end() == 1
    critical = [said for said in line.worker.log.splitlines() if "CRITICAL" in said]
    assert len(critical) == 1
    assert "Fenced" in critical[0]


def test_a_worker_without_topics_says_what_to_do_and_ends(line: Line) -> None:
    line.worker.ensure_running()
    assert line.worker.wait_for_end() == 1
    assert "trialog topics" in line.worker.log


def test_a_worker_that_cannot_reach_kafka_says_so_and_ends(line: Line, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    settings = msgspec.structs.replace(line.settings, bootstrap=f"127.0.0.1:{port}")
    lonely = WorkerProcess("lonely", settings, tmp_path)
    lonely.ensure_running()
    assert lonely.wait_for_end() == 3
    assert "LogUnavailable" in lonely.log
    lonely.close()


def test_a_database_that_crashes_is_waited_for_by_the_same_process(line: Line) -> None:
    line.make_topics()
    line.send(100)
    line.worker.ensure_running()
    line.wait_for(100)
    line.database.kill()
    line.send(100, skip=100)
    wait_until(lambda: "the database is away" in line.worker.log, what="a worker that waits")
    line.database.start()
    line.wait_for(200)
    assert line.worker.stop() == 0
    assert not line.worker.exits


def test_a_broker_that_is_stopped_and_started_again_loses_nothing(line: Line, stoppable_broker: Broker) -> None:
    line.make_topics()
    line.send(100)
    line.worker.ensure_running()
    line.wait_for(100)
    stoppable_broker.stop()
    stoppable_broker.start()
    line.send(100, skip=100)
    line.wait_for(200, supervised=True)
    with line.database.connect("trialog_read") as connection:
        assert connection.execute("SELECT count(*) FROM trial.ledger").fetchone() == (200,)
