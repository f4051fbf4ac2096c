"""Two workers, killed again and again: nothing is lost, nothing counts twice, the chain is whole.

What must be in the ledger is known from what this test sent, not from what the projections say.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import msgspec
import pytest

from benchmarks.mix import Sent, mixed_events
from eventlog.kafka import KafkaAppender
from eventlog.kafka_client import KafkaSettings
from eventlog.kafka_topics import KafkaTopics
from projections.verify import verify_chain
from schemas.records import Position
from tests.faults.faulty_worker import FaultySettings, study_named
from tests.faults.processes import WorkerProcess
from tests.projections.rebuilding import rebuild
from tests.servers.broker import Broker
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until

SEED = 20240715
KILLS = 8
RECORDS = 5000
RECORDS_AT_ONCE = 6
SECONDS_FOR_ALL = 240.0

SHARES = {
    "lost-before-commit": 0.02,
    "lost-after-commit": 0.02,
    "unforeseen-before-commit": 0.005,
    "killed-before-commit": 0.0025,
    "killed-after-commit": 0.0025,
    "let-out-before-write": 0.02,
    "let-out-after-write": 0.02,
}


class Sender:
    """Sends in the background, a little at a time, and remembers where each record came to lie."""

    def __init__(self, bootstrap: str, sent: list[Sent]) -> None:
        self._appender = KafkaAppender(KafkaSettings(bootstrap_servers=bootstrap))
        self._sent = sent
        self._pause = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.where: dict[Position, Sent] = {}

    def start(self) -> None:
        self._thread.start()

    def finish(self) -> None:
        """Sends the rest without pauses."""
        self._pause.set()
        self._thread.join(120)
        assert not self._thread.is_alive()
        self._appender.close()

    def _run(self) -> None:
        for first in range(0, len(self._sent), RECORDS_AT_ONCE):
            chunk = self._sent[first : first + RECORDS_AT_ONCE]
            positions = self._appender.append([each.record for each in chunk])
            self.where.update(zip(positions, chunk, strict=True))
            self._pause.wait(0.3)


@pytest.fixture
def workers(broker: Broker, database: Database, study: str, tmp_path: Path) -> Iterator[list[WorkerProcess]]:
    KafkaTopics(KafkaSettings(bootstrap_servers=broker.bootstrap)).ensure(study, partitions=2)
    settings = FaultySettings(
        bootstrap=broker.bootstrap,
        group=f"{study}-projections",
        study=study,
        database_url=database.url("trialog_app"),
        health_file="",
        seed=SEED,
        bundle_records_max=100,
        shares=SHARES,
    )
    pair = [
        WorkerProcess(name, msgspec.structs.replace(settings, seed=SEED + number), tmp_path)
        for number, name in enumerate(("one", "two"))
    ]
    yield pair
    for worker in pair:
        worker.close()


@pytest.mark.timeout(600)
def test_killed_workers_lose_nothing_and_double_nothing(
    broker: Broker,
    database: Database,
    study: str,
    workers: list[WorkerProcess],
    record_property: Callable[[str, object], None],
) -> None:
    sent = list(islice(mixed_events(study, seed=SEED, subjects=24), RECORDS))
    sender = Sender(broker.bootstrap, sent)
    for worker in workers:
        worker.ensure_running()
    sender.start()
    _kill_at_random(workers)
    sender.finish()

    def all_applied() -> bool:
        for worker in workers:
            worker.ensure_running()
        with database.connect("trialog_read") as connection:
            row = connection.execute("SELECT coalesce(sum(next_offset), 0) FROM trial.positions").fetchone()
        return row is not None and row[0] >= RECORDS

    wait_until(all_applied, within_seconds=SECONDS_FOR_ALL, what="the last record in the ledger")
    assert [worker.stop() for worker in workers] == [0, 0]
    log = "".join(worker.log for worker in workers)
    struck = Counter(line.removeprefix("FAULT ") for line in log.splitlines() if line.startswith("FAULT "))
    exits = sum((worker.exits for worker in workers), Counter())
    assert {"lost-before-commit", "lost-after-commit", "let-out-before-write", "let-out-after-write"} <= struck.keys()
    _demand_the_ledger_is_what_was_sent(database, sender.where)
    replayed = rebuild(database, study_named(study))
    assert (replayed.accepted, replayed.compared.differences) == (len({each.event_id for each in sent}), ())
    record_property(
        "said",
        f"{KILLS} kills, faults {dict(struck)}, exits {dict(exits)}: {RECORDS} sent, 0 lost, 0 doubled, chain whole",
    )


def _kill_at_random(workers: list[WorkerProcess]) -> None:
    """Kills one of the two when both have written since their start, and a random time has passed."""
    chance = random.Random(SEED)
    kills = 0
    while kills < KILLS:
        wait_until(lambda: _both_at_work(workers), within_seconds=90, what="two workers at work")
        threading.Event().wait(chance.uniform(0.0, 1.5))
        kills += chance.choice(workers).kill()


def _both_at_work(workers: list[WorkerProcess]) -> bool:
    """Asks both, so that both are started again where they are down."""
    at_work = [worker.is_at_work() for worker in workers]
    return all(at_work)


def _demand_the_ledger_is_what_was_sent(database: Database, where: dict[Position, Sent]) -> None:
    assert len(where) == RECORDS
    distinct = {each.event_id for each in where.values()}
    assert len(distinct) < RECORDS, "the mix sends some records twice"
    with database.connect("trialog_read") as connection:
        rows = connection.execute(
            'SELECT topic, partition, "offset", event_id, status, value FROM trial.ledger'
        ).fetchall()
        found = Counter(Position(row[0], row[1], row[2]) for row in rows)
        lost, doubled = where.keys() - found.keys(), [place for place, times in found.items() if times > 1]
        assert (lost, doubled, found.keys() - where.keys()) == (set(), [], set())
        for topic, partition, offset, event_id, _, value in rows:
            expected = where[Position(topic, partition, offset)]
            assert (event_id, bytes(value)) == (expected.event_id, expected.record.value)
        accepted = Counter(row[3] for row in rows if row[4] == "accepted")
        assert accepted == dict.fromkeys(distinct, 1)
        assert {row[4] for row in rows} == {"accepted", "duplicate"}
        # One entry and one line of the trail for each event: what was written beside the ledger is there once as well.
        entries = connection.execute("SELECT event_id FROM trial.entries").fetchall()
        assert Counter(row[0] for row in entries) == dict.fromkeys(distinct, 1)
        trail = connection.execute("SELECT event_id FROM trial.audit_trail").fetchall()
        assert Counter(row[0] for row in trail) == dict.fromkeys(distinct, 1)
        numbers = [row[0] for row in connection.execute("SELECT number FROM trial.commits ORDER BY number")]
        assert numbers == list(range(1, len(numbers) + 1))
        assert verify_chain(connection) == []
