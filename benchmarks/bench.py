"""What the benchmarks stand on: a broker, PostgreSQL with fsync on, and consumers as processes."""

import itertools
import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import msgspec
import psycopg

from benchmarks.consumers import ConsumerSettings
from benchmarks.sender import SenderSettings, send
from benchmarks.thin_writer import make_tables
from eventlog.kafka_client import KafkaSettings
from eventlog.kafka_topics import KafkaTopics
from projections.migrate import migrate
from schemas.topics import topic_names
from tests.servers.broker import Broker, find_broker
from tests.servers.postgres import Database, DatabaseServer
from tests.servers.waiting import wait_until

SUBJECTS = 72
SEED = 20240715
WARM_UP_EVENTS = 50
RUN_SECONDS_MAX = 900

Beside = Callable[[Database], AbstractContextManager[None]]
"""What is at work on a run's database until it is left."""

_numbers = itertools.count(1)


def nothing_beside(_: Database) -> AbstractContextManager[None]:
    return nullcontext()


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What a consumer's process reported. Seconds are from the first batch's arrival to the last commit."""

    events: int
    batches: int
    seconds: float
    writing_seconds: float
    parts: dict[str, float]
    latencies_ns: list[int]
    memory: list[tuple[int, int]]

    @property
    def per_second(self) -> float:
        return self.events / self.seconds


class Bench:
    """Fresh topics and databases for each run, on one broker and one database server."""

    def __init__(self, broker: Broker, server: DatabaseServer) -> None:
        self.broker = broker
        self._server = server
        self._template = server.create("bench_template")
        migrate(self._template.url("trialog_owner"))
        with self._template.connect("postgres") as connection:
            make_tables(connection)
            for what in ("SCHEMA thin", "ALL TABLES IN SCHEMA thin"):
                connection.execute(f"GRANT ALL ON {what} TO trialog_app")

    def filled_topics(self, events: int) -> str:
        """A study whose topics hold this many events of the mix; returns its name."""
        study = self.empty_topics()
        send(self._sending(study, events=events))
        return study

    def empty_topics(self) -> str:
        study = f"bench{uuid.uuid4().hex[:8]}"
        KafkaTopics(KafkaSettings(bootstrap_servers=self.broker.bootstrap)).ensure(study, partitions=1)
        return study

    def drain(
        self, consumer: str, writer: str, study: str, *, events: int, batch: int, beside: Beside = nothing_beside
    ) -> Run:
        """The consumer reads the whole study into an empty database, beside which something else may be at work."""
        with self._database() as database, beside(database):
            settings = self._settings(consumer, writer, study, database, events=events, batch=batch)
            return _Consumer(settings).result()

    def follow(self, consumer: str, writer: str, *, events: int, per_second: int, batch: int) -> Run:
        """The consumer follows events that are sent at an even pace."""
        study = self.empty_topics()
        with self._database() as database:
            in_all = WARM_UP_EVENTS + events
            process = _Consumer(self._settings(consumer, writer, study, database, events=in_all, batch=batch))
            # Not measured: it only shows that the consumer has its partitions.
            send(self._sending(study, events=WARM_UP_EVENTS))
            wait_until(
                lambda: process.ended or applied(database, writer) >= WARM_UP_EVENTS,
                within_seconds=120,
                what="the first events in the database",
            )
            pacing = self._sending(study, events=events, skip=WARM_UP_EVENTS, per_second=per_second)
            command = [sys.executable, "-m", "benchmarks.sender", msgspec.json.encode(pacing).decode()]
            subprocess.run(command, check=True, timeout=RUN_SECONDS_MAX)
            return process.result()

    @contextmanager
    def database(self) -> Iterator[Database]:
        """A fresh database with everything in place."""
        with self._database() as database:
            yield database

    @contextmanager
    def _database(self) -> Iterator[Database]:
        database = self._server.create(f"bench_{next(_numbers)}", template=self._template.name)
        try:
            yield database
        finally:
            self._server.drop(database.name)

    def _settings(
        self, consumer: str, writer: str, study: str, database: Database, *, events: int, batch: int
    ) -> ConsumerSettings:
        return ConsumerSettings(
            consumer=consumer,
            writer=writer,
            bootstrap=self.broker.bootstrap,
            group=f"{study}-{consumer}-{next(_numbers)}",
            study=study,
            topics=topic_names(study),
            database_url=database.url("trialog_app"),
            events=events,
            batch=batch,
        )

    def _sending(self, study: str, *, events: int, skip: int = 0, per_second: int = 0) -> SenderSettings:
        return SenderSettings(
            bootstrap=self.broker.bootstrap,
            study=study,
            seed=SEED,
            subjects=SUBJECTS,
            events=events,
            skip=skip,
            per_second=per_second,
        )


@contextmanager
def bench() -> Iterator[Bench]:
    """Starts what is needed, and stops it. TRIALOG_KAFKA names a broker that is there already."""
    broker = find_broker(os.environ.get("TRIALOG_KAFKA"))
    try:
        with DatabaseServer(durable=True) as server:
            yield Bench(broker, server)
    finally:
        broker.close()


class _Consumer:
    """A consumer's process. What it complains of goes to a file, and is told only where it failed."""

    def __init__(self, settings: ConsumerSettings) -> None:
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.consumers", msgspec.json.encode(settings).decode()]
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._complaints)

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def result(self) -> Run:
        """Waits for the report. Raises RuntimeError where there is none."""
        try:
            said, _ = self._process.communicate(timeout=RUN_SECONDS_MAX)
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        with self._complaints as complaints:
            if self._process.returncode == 0 and said.strip():
                return _reported(said)
            complaints.seek(0)
            told = complaints.read().decode(errors="replace")
        raise RuntimeError(f"the consumer ended with {self._process.returncode} before it was through\n{told}")


def _reported(said: bytes) -> Run:
    report: dict[str, Any] = json.loads(said.splitlines()[-1])
    return msgspec.convert(report, Run)


def applied(database: Database, writer: str) -> int:
    """How many events the database has."""
    table = "thin.positions" if writer == "thin" else "trial.positions"
    with psycopg.connect(database.url("trialog_app")) as connection:
        row = connection.execute(f"SELECT coalesce(sum(next_offset), 0) FROM {table}").fetchone()  # type: ignore[arg-type]
    return int(row[0]) if row else 0
