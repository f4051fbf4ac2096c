"""The broker away while messages arrive: no false yes, and all of them once when it is back."""

from pathlib import Path

import msgspec
import pytest

from producers.hl7.translation import translation
from producers.intake import Intake
from producers.message import Accepted, Unavailable
from producers.spool import Spool, State
from schemas.admission import admit
from schemas.events.event import Event
from schemas.topics import Topic
from tests.eventlog.logs import PARTITIONS, KafkaUnderTest, all_records
from tests.producers.controls import NUMBER, STUDY, blood_count
from tests.producers.doors import SPOOL_KEY, by_id, form, new_register, screening
from tests.servers.broker import Broker
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until


def events(log: KafkaUnderTest) -> dict[str, Event]:
    admitted = [admit(record, Topic.LAB) for record in all_records(log.reader(), log.topic(Topic.LAB))]
    return by_id([event for event in admitted if isinstance(event, Event)])


@pytest.mark.slow
def test_broker_stopped_while_messages_arrive(database: Database, stoppable_broker: Broker, tmp_path: Path) -> None:
    log = KafkaUnderTest(stoppable_broker, timeout_seconds=3.0)
    log.topics().ensure(log.study, PARTITIONS)
    study = msgspec.structs.replace(STUDY, id=log.study)
    spool, register = Spool(tmp_path, SPOOL_KEY), new_register(database)
    doors = {"hl7": translation(study), "form/screening": screening}
    try:
        with Intake(spool=spool, register=register, appender=log.appender(), study=study, doors=doors) as intake:
            assert isinstance(intake.take("form/screening", form(number=NUMBER)), Accepted)
            assert isinstance(intake.take("hl7", message(0)), Accepted)
            log.stop()
            answers = [intake.take("hl7", message(place)) for place in range(1, 6)]
            assert all(isinstance(answer, Unavailable) for answer in answers)
            assert intake.counts()[State.PENDING] == 5
            log.start()
            wait_until(
                lambda: sum(intake.counts().values()) == 0, within_seconds=120, what="the messages of the outage"
            )
            again = intake.take("hl7", message(3))
            assert isinstance(again, Accepted)
            found = events(log)
            assert set(again.event_ids) < set(found)
            assert {getattr(event.facts, "specimen", None) for event in found.values()} == {
                f"O{place}" for place in range(6)
            }
            assert len(found) == 18
    finally:
        log.close()
        register.close()
        spool.close()


def message(place: int) -> bytes:
    return blood_count(control_id=f"M{place}", order=f"O{place}").encode()
