"""The process killed before any line of the doors' code: never a yes too soon, and a restart makes the same of it.

A child process takes one message and is ended, without any clean-up, before the n-th line that it runs in `SHELL`.
Then another process finds the spool, and at last the sender sends again. n goes up until the child lives on.
"""

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import producers
from producers.intake import Intake
from producers.message import Accepted, Refusal
from producers.spool import Spool, State
from schemas.events import ResultReported
from schemas.events.event import Event
from schemas.topics import Topic
from tests.producers.controls import NUMBER, STUDY, blood_count
from tests.producers.doors import DOORS, SPOOL_KEY, by_id, form, logged, new_appender, new_register, opened
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until

SHELL = {
    str(Path(producers.__file__).with_name(name))
    for name in ("backlog.py", "identity.py", "intake.py", "publisher.py", "receipts.py", "register.py", "spool.py")
}
"""Where something outlives the process. Between two lines of the pure modules nothing changes."""

KILLED = 9
NOTHING = b""
BAD = blood_count(version="2.2").encode()


def ended_before_line(number: int, folder: Path, database: Database, raw: bytes) -> tuple[bool, bool]:
    """A child process takes the message, up to its n-th line in `SHELL`. Whether it was killed, and had said yes."""
    child = os.fork()
    if child == 0:
        _run_child(number, folder, database, raw)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, 1, KILLED), code
    return code == KILLED, code == 0


def _run_child(number: int, folder: Path, database: Database, raw: bytes) -> None:
    code = 2
    try:
        intake = Intake(
            spool=Spool(folder, SPOOL_KEY),
            register=new_register(database),
            appender=new_appender(database),
            study=STUDY,
            doors=DOORS,
            poll_seconds=0.05,
        )
        threading.settrace(_killer(number))
        sys.settrace(threading.gettrace())
        intake.start()
        said = intake.take("hl7", raw) if raw else None
        wait_until(lambda: raw != b"" or sum(intake.counts().values()) == 0, what="an empty spool")
        sys.settrace(None)
        code = 0 if isinstance(said, Accepted) else 1
    finally:
        os._exit(code)


def _killer(left: int) -> Callable[[FrameType, str, Any], Any]:
    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename not in SHELL:
            return None
        if event == "line":
            left -= 1
            if left == 0:
                # Nothing runs after this: no `finally`, no flush, no good-bye to the database.
                os._exit(KILLED)
        return trace

    return trace


def settled(database: Database, folder: Path) -> dict[State, int]:
    with opened(database, folder) as intake:
        wait_until(lambda: intake.counts()[State.PENDING] == 0, what="an empty pending folder")
        return intake.counts()


def events(database: Database) -> dict[Topic, dict[str, Event]]:
    return {topic: by_id(logged(database, topic)) for topic in (Topic.LAB, Topic.OVERSIGHT)}


def kill_everywhere(step: int, once: Callable[[int], bool]) -> int:
    """Calls ``once`` with 1, 1 + step, ... until the child is no longer killed; gives how many were."""
    number, kills = 1, 0
    while once(number):
        number += step
        kills += 1
    return kills


@pytest.mark.slow
def test_good_message_killed_at_any_line(door_database: Database, tmp_path: Path) -> None:
    with opened(door_database, tmp_path / "map") as intake:
        said = intake.take("form/screening", form(number=NUMBER))
        assert isinstance(said, Accepted)

    def once(number: int) -> bool:
        # Each turn has a message of its own, in a spool of its own; the log is one for all.
        raw = blood_count(control_id=f"K{number}", order=f"O{number}").encode()
        folder = tmp_path / f"k{number}"
        killed, yes = ended_before_line(number, folder, door_database, raw)
        mine = f"O{number}"
        spooled[0] |= any((folder / State.PENDING).glob("*.msg"))
        if yes:
            assert len(of_order(door_database, mine)) == 2, "the answer was yes before the log had it"
        with opened(door_database, folder) as intake:
            wait_until(lambda: intake.counts()[State.PENDING] == 0, what="an empty pending folder")
            left = intake.counts()
            assert (left[State.WAITING], left[State.REFUSED], left[State.DAMAGED]) == (0, 0, 0)
            published = of_order(door_database, mine)
            # Lines come in one order: once the bytes were spooled, they were in every later turn.
            assert len(published) == (2 if spooled[0] else 0), "what was spooled is published without the sender"
            again = intake.take("hl7", raw)
        assert isinstance(again, Accepted)
        assert published <= of_order(door_database, mine) <= set(again.event_ids)
        assert len(of_order(door_database, mine)) == 2
        return killed

    spooled = [False]
    assert kill_everywhere(2, once) > 60
    assert spooled[0]
    assert by_id(logged(door_database, Topic.OVERSIGHT)) == {}


def of_order(database: Database, order: str) -> set[str]:
    """The ids of the results of an order; repeated records are the same to the byte."""
    return {
        event.id
        for event in by_id(logged(database, Topic.LAB)).values()
        if isinstance(event.facts, ResultReported) and event.facts.specimen == order
    }


@pytest.mark.slow
def test_waiting_message_killed_at_any_line(door_database: Database, tmp_path: Path) -> None:
    def once(number: int) -> bool:
        raw = blood_count(number=f"ZY{number}", control_id=f"K{number}").encode()
        folder = tmp_path / f"k{number}"
        before = events(door_database)
        killed, yes = ended_before_line(number, folder, door_database, raw)
        left = settled(door_database, folder)
        said = events(door_database)[Topic.OVERSIGHT].keys() - before[Topic.OVERSIGHT].keys()
        assert len(said) == left[State.WAITING], "one notice for each message that waits, however often it was begun"
        assert not yes or left[State.WAITING] == 1
        assert events(door_database)[Topic.LAB] == before[Topic.LAB]
        return killed

    assert kill_everywhere(5, once) > 20


@pytest.mark.slow
def test_refused_message_killed_at_any_line(door_database: Database, tmp_path: Path) -> None:
    def once(number: int) -> bool:
        folder = tmp_path / f"k{number}"
        before = events(door_database)
        killed, yes = ended_before_line(number, folder, door_database, BAD)
        assert not yes
        left = settled(door_database, folder)
        said = events(door_database)[Topic.OVERSIGHT].keys() - before[Topic.OVERSIGHT].keys()
        assert len(said) == left[State.REFUSED], "one notice for each message that was refused"
        with opened(door_database, folder) as intake:
            assert isinstance(intake.take("hl7", BAD), Refusal)
        return killed

    assert kill_everywhere(5, once) > 15


@pytest.mark.slow
def test_release_killed_at_any_line(door_database: Database, tmp_path: Path) -> None:
    """The publisher's own work: a waiting message whose patient is mapped by now."""

    def once(number: int) -> bool:
        raw = blood_count(number=f"ZY{number}", control_id=f"K{number}", order=f"O{number}").encode()
        folder = tmp_path / f"k{number}"
        with opened(door_database, folder) as intake:
            assert isinstance(intake.take("hl7", raw), Accepted)
        with opened(door_database, tmp_path / "map") as elsewhere:
            said = elsewhere.take("form/screening", form(f"form-{number:06}", number=f"ZY{number}"))
            assert isinstance(said, Accepted)
        killed, _ = ended_before_line(number, folder, door_database, NOTHING)
        with opened(door_database, folder) as intake:
            wait_until(lambda: sum(intake.counts().values()) == 0, what="an empty spool")
        assert len(of_order(door_database, f"O{number}")) == 2
        # One notice that it waits, one that it went on.
        assert len(events(door_database)[Topic.OVERSIGHT]) == 2 * (kills[0] + 1)
        kills[0] += 1
        return killed

    kills = [0]
    assert kill_everywhere(9, once) > 8
