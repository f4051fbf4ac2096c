"""Kafka or the database is away while messages arrive: no false yes at either door, and afterwards everything, once."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from producers.simulator.form_client import FormClient
from producers.simulator.mllp_client import MllpClient, NoAnswer
from producers.simulator.plan import simulate
from producers.simulator.planned import Planned
from projections import reading
from projections.verify import verify_chain
from tests.line.parts import parts
from tests.line.studies import renamed_study
from tests.servers.broker import Broker
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until
from tests.simulator.folding import folded

pytestmark = pytest.mark.slow

MESSAGES = 24


def few_messages(study: str) -> list[Planned]:
    """The first messages of a trial that get a good answer, forms and results in turn."""
    good = [each for each in simulate(3, renamed_study(study), 2).messages if each.expected in ("AA", "201")]
    forms = [each for each in good if each.door == "form"][: MESSAGES // 2]
    return forms + [each for each in good if each.door == "hl7"][: MESSAGES // 2]


def answer_of(planned: Planned, hl7: tuple[str, int], http: str, seconds: float = 8.0) -> str | None:
    """AA and the like, or HTTP's status; None where the HL7 door gave no answer in time."""
    if planned.door == "hl7":
        with closing(MllpClient(*hl7, seconds)) as client:
            try:
                return client.ask(planned.raw)
            except NoAnswer:
                return None
    with closing(FormClient(http, 60.0)) as client:
        answer = client.post(planned.channel, planned.raw)
    assert answer.status != 503 or answer.retry_after_seconds, "503 says when to try again"
    return str(answer.status)


def test_kafka_away(stoppable_broker: Broker, database: Database, tmp_path: Path, study: str) -> None:
    messages = few_messages(study)
    with parts(stoppable_broker, database, tmp_path, study) as line:
        hl7, http = line.doors()
        worker = line.start("worker", "worker", role="trialog_app")
        demand_running(messages[0], hl7, http, database)
        stoppable_broker.stop()
        while_away = {answer_of(each, hl7, http, seconds=5) for each in messages[1:3] + messages[-2:]}
        assert while_away == {None, "503"}
        stoppable_broker.start()
        demand_all_once(messages, hl7, http, database, study, left=messages[1:3] + messages[-2:])
        assert worker.process.poll() is None, worker.output


def test_database_away(broker: Broker, database: Database, tmp_path: Path, study: str) -> None:
    messages = few_messages(study)
    with parts(broker, database, tmp_path, study) as line:
        hl7, http = line.doors()
        worker = line.start("worker", "worker", role="trialog_app")
        demand_running(messages[0], hl7, http, database)
        database.stop()
        while_away = {answer_of(each, hl7, http, seconds=5) for each in messages[1:3] + messages[-2:]}
        assert while_away <= {None, "503"}
        database.start()
        demand_all_once(messages, hl7, http, database, study, left=messages[1:3] + messages[-2:])
        assert worker.process.poll() is None, worker.output


def demand_running(first: Planned, hl7: tuple[str, int], http: str, database: Database) -> None:
    """The first message went all the way: a worker that is still starting when its broker stops ends at once."""
    assert answer_of(first, hl7, http) == "201"
    with database.connect("trialog_read", autocommit=True) as read:
        wait_until(lambda: bool(accepted(read)), within_seconds=90, what="the first event in the ledger")


def demand_all_once(
    messages: list[Planned], hl7: tuple[str, int], http: str, database: Database, study: str, left: list[Planned]
) -> None:
    """What was left without a yes arrives by itself; the rest is sent now; and all of it counts once."""
    ids = {event.id for events in folded(left, renamed_study(study)).events.values() for event in events}
    with database.connect("trialog_read", autocommit=True) as read:
        wait_until(lambda: ids <= accepted(read), within_seconds=120, what="what was spooled while it was away")
        for each in messages:
            assert answer_of(each, hl7, http, seconds=30) in ("AA", "201", "202")
        expected = folded(messages, renamed_study(study))
        every = {event.id for events in expected.events.values() for event in events}
        wait_until(lambda: every <= accepted(read), within_seconds=120, what="every event")
        assert reading.study_digest(read) == expected.digest()
        assert verify_chain(read) == []


def accepted(read: object) -> set[str]:
    """Ids of accepted events about subjects; as a set of rows, of which the ledger may hold each accepted once only."""
    rows = read.execute(  # type: ignore[attr-defined]
        "SELECT event_id, value FROM trial.ledger WHERE status = 'accepted'"
    ).fetchall()
    ids = [event_id for event_id, value in rows if "subject" in json.loads(value)]
    assert len(ids) == len(set(ids)), "an event was accepted twice"
    return set(ids)
