"""The same trial, whichever way it goes: embedded or on Kafka, one worker or two, in order or shuffled and repeated.

What is expected comes from the plan alone, by the doors' translations and the pure fold: no log, writer or database.
"""

from pathlib import Path

import pytest

from producers.simulator.plan import simulate
from producers.simulator.send import UNANSWERED, Sent, send
from projections import reading
from projections.verify import verify_chain
from tests.line.parts import parts
from tests.line.studies import renamed_study
from tests.servers.broker import Broker
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until
from tests.simulator.folding import folded
from trialog.line import Line
from trialog.log_ends import LogEnds
from trialog.settings import Address, Settings
from trialog.stores import Stores

SEED = 11
SUBJECTS = 4
ANY_PORT = Address("127.0.0.1", 0)

pytestmark = pytest.mark.slow


def demand_answered(sent: Sent) -> None:
    assert sent.unexpected == {}
    assert UNANSWERED not in sent.answers


@pytest.mark.parametrize(("shuffle_seed", "repeat"), [(None, 0.0), (5, 0.3)], ids=["in order", "shuffled, repeated"])
def test_embedded(tmp_path: Path, shuffle_seed: int | None, repeat: float) -> None:
    study = renamed_study("EMBEDDED")
    plan = simulate(SEED, study, SUBJECTS)
    with Line(Settings(data_dir=tmp_path, http=ANY_PORT, hl7=ANY_PORT), study) as line:
        sent = send(
            plan,
            hl7=(line.hl7.host, line.hl7.port),
            http=f"http://{line.http}",
            shuffle_seed=shuffle_seed,
            repeat=repeat,
        )
        demand_answered(sent)
        with LogEnds(line.stores) as ends, line.stores.connect_as("read")() as read:
            wait_until(lambda: applied(read, ends), within_seconds=120, what="the whole log applied")
            assert reading.study_digest(read) == folded(plan, study).digest()
            assert verify_chain(read) == []


@pytest.mark.parametrize(
    ("workers", "shuffle_seed", "repeat"),
    [(1, None, 0.0), (2, 5, 0.3)],
    ids=["one worker, in order", "two workers, shuffled, repeated"],
)
def test_on_kafka(
    broker: Broker,
    database: Database,
    tmp_path: Path,
    study: str,
    workers: int,
    shuffle_seed: int | None,
    repeat: float,
) -> None:
    definition = renamed_study(study)
    with parts(broker, database, tmp_path, study) as line:
        hl7, http = line.doors()
        for number in range(workers):
            line.start(f"worker-{number}", "worker", role="trialog_app")
        plan = simulate(SEED, definition, SUBJECTS)
        demand_answered(send(plan, hl7=hl7, http=http, shuffle_seed=shuffle_seed, repeat=repeat))
        settings = Settings.from_environ({"TRIALOG_KAFKA": broker.bootstrap, "DATABASE_URL": database.url()})
        with LogEnds(Stores(settings, definition)) as ends, database.connect("trialog_read", autocommit=True) as read:
            wait_until(lambda: applied(read, ends), within_seconds=120, what="the whole log applied")
            assert reading.study_digest(read) == folded(plan, definition).digest()
            assert verify_chain(read) == []


def applied(read: object, ends: LogEnds) -> bool:
    at = {(row.topic, row.partition): row.next_offset for row in reading.positions(read)}  # type: ignore[arg-type]
    return all(at.get(place, 0) == end for place, end in ends().items())
