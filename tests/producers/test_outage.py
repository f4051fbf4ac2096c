"""The log or the database away: no false yes, no loss, nothing twice, whether or not the sender sends again."""

import threading
from pathlib import Path

import pytest

from producers.message import Accepted, Refusal, Unavailable
from producers.spool import State
from schemas.topics import Topic
from tests.producers.controls import NUMBER, blood_count
from tests.producers.doors import HL7Door, Sender, acknowledgement, by_id, form, logged, opened
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until

BAD = blood_count(control_id="BAD", version="2.2").encode()


def count(place: int) -> str:
    return blood_count(control_id=f"M{place}", order=f"O{place}")


def test_no_answer_while_the_log_is_away_and_published_once_when_it_is_back(
    door_database: Database, tmp_path: Path
) -> None:
    with opened(door_database, tmp_path) as intake, HL7Door(intake) as door:
        intake.take("form/screening", form(number=NUMBER))
        door_database.stop()
        with Sender(door.address, timeout=1.0) as sender:
            for place in range(3):
                with pytest.raises(TimeoutError):
                    sender.ask(count(place))
        assert isinstance(intake.take("form/screening", form("form-0002", "ZY9")), Unavailable)
        wait_until(lambda: intake.counts()[State.PENDING] == 4, what="four messages that wait for the log")
        door_database.start()
        wait_until(lambda: sum(intake.counts().values()) == 0, what="an empty spool")
        published = by_id(logged(door_database, Topic.LAB))
        assert len(published) == 9
        # Sent again, each has its good answer, and nothing new is said.
        with Sender(door.address) as sender:
            for place in range(3):
                assert acknowledgement(sender.ask(count(place))) == ("AA", f"M{place}")
        assert by_id(logged(door_database, Topic.LAB)) == published
        assert len(by_id(logged(door_database, Topic.ENROLLMENT))) == 2


def test_restart_in_the_middle_of_an_outage_loses_nothing(door_database: Database, tmp_path: Path) -> None:
    with opened(door_database, tmp_path) as intake:
        intake.take("form/screening", form(number=NUMBER))
        door_database.kill()
        assert isinstance(intake.take("hl7", count(1).encode()), Unavailable)
    with opened(door_database, tmp_path) as intake:
        assert intake.counts()[State.PENDING] == 1
        assert isinstance(intake.take("hl7", count(2).encode()), Unavailable)
        door_database.start()
        wait_until(lambda: sum(intake.counts().values()) == 0, what="an empty spool")
    assert len(by_id(logged(door_database, Topic.LAB))) == 6


def test_sender_that_repeats_itself_does_not_fill_the_spool(door_database: Database, tmp_path: Path) -> None:
    with opened(door_database, tmp_path) as intake:
        intake.take("form/screening", form(number=NUMBER))
        door_database.stop()
        for _ in range(8):
            assert isinstance(intake.take("hl7", count(1).encode()), Unavailable)
        # The publisher may have one of them in its hands at any instant; the other copy then stays.
        assert intake.counts()[State.PENDING] <= 2
        door_database.start()
        wait_until(lambda: sum(intake.counts().values()) == 0, what="an empty spool")
    assert len(by_id(logged(door_database, Topic.LAB))) == 3


def test_no_is_said_also_while_the_log_is_away_and_announced_afterwards(
    door_database: Database, tmp_path: Path
) -> None:
    with opened(door_database, tmp_path) as intake:
        door_database.stop()
        said = intake.take("hl7", BAD)
        assert isinstance(said, Refusal)
        assert (said.ack, said.where) == ("AR", "MSH-12")
        assert intake.counts()[State.REFUSED] == 0
        door_database.start()
        wait_until(lambda: intake.counts()[State.REFUSED] == 1, what="the refused message")
        assert intake.counts()[State.PENDING] == 0
    assert len(logged(door_database, Topic.OVERSIGHT)) == 1


def test_crashes_of_the_database_while_messages_arrive(door_database: Database, tmp_path: Path) -> None:
    """Every message that got a yes is in the log, and at the end all are, once."""
    answered: dict[int, bool] = {}
    with opened(door_database, tmp_path) as intake:
        intake.take("form/screening", form(number=NUMBER))

        def send(places: range) -> None:
            for place in places:
                answered[place] = isinstance(intake.take("hl7", count(place).encode()), Accepted)

        senders = [threading.Thread(target=send, args=(range(start, 120, 4),)) for start in range(4)]
        for sender in senders:
            sender.start()
        for _ in range(3):
            before = len(answered)
            wait_until(
                lambda before=before: len(answered) >= min(before + 12, 120),  # type: ignore[misc]
                within_seconds=120,
                what="more messages",
            )
            door_database.kill()
            door_database.start()
        for sender in senders:
            sender.join()
        wait_until(lambda: sum(intake.counts().values()) == 0, what="an empty spool")
    assert len(answered) == 120
    found = by_id(logged(door_database, Topic.LAB))
    orders = {getattr(event.facts, "specimen", None) for event in found.values()}
    assert orders == {f"O{place}" for place in range(120)}
    assert len(found) == 360
