"""A message that a door refused, on its way back: shown by structure, driven again by whoever has its spool."""

import datetime as dt
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import pytest

from producers.intake import Intake
from producers.message import Refusal
from producers.spool import State
from projections.quarantine import settled
from schemas import events as ev
from schemas.codec import decode
from schemas.events.event import Event
from schemas.events.quarantine import QuarantineRedriven, RedriveOutcome, Repaired
from tests.producers.controls import NUMBER, STUDY, blood_count
from tests.producers.doors import DOORS, IDENTITY_KEY, SPOOL_KEY, form, opened
from tests.projections.controls import OVERSIGHT
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until
from tests.trialog.line import Ended, SteppedLine
from trialog.access import Actor
from trialog.door_requests import REQUESTS, Desk, Request, ask
from trialog.errors import NotReachable
from trialog.redriving import Because

Command = Callable[..., Ended]

GOOD = blood_count().encode()
UNKNOWN = {**DOORS, "hl7": lambda raw, at: Refusal(problem="unknown-code", where="OBX[1]-3", text="not yet")}
WORSE = {**DOORS, "hl7": lambda raw, at: Refusal(problem="unknown-unit", where="OBX[1]-6", text="not yet")}
FIX = ("--because", "the code map has the new codes", "--repaired", "code-map")


@pytest.fixture
def folder(stepped_line: SteppedLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The spool of a door that refused a message of a mapped patient; its process has ended."""
    monkeypatch.setenv("TRIALOG_SPOOL_KEY", SPOOL_KEY.hex())
    monkeypatch.setenv("TRIALOG_IDENTITY_KEY", IDENTITY_KEY.hex())
    folder = tmp_path / "spool" / "hl7"
    folder.mkdir(parents=True)
    with opened(stepped_line.database, folder, doors=UNKNOWN) as intake:
        intake.take("form/screening", form("form-map", NUMBER, "S-001"))
        assert isinstance(intake.take("hl7", GOOD), Refusal)
    stepped_line.apply()
    return folder


@contextmanager
def running_door(database: Database, folder: Path, doors: object = DOORS) -> Iterator[Intake]:
    """A process that has the spool open, with its desk."""
    with ExitStack() as until:
        intake = until.enter_context(opened(database, folder, doors=doors))  # type: ignore[arg-type]
        stop = threading.Event()
        desk = threading.Thread(target=Desk(intake, folder, STUDY).run, args=(stop,))
        desk.start()
        until.callback(desk.join)
        until.callback(stop.set)
        yield intake


def said(line: SteppedLine) -> list[QuarantineRedriven]:
    line.apply()
    values = line.ask("SELECT value FROM trial.ledger WHERE topic = %s", OVERSIGHT)
    events = [decode(value) for (value,) in values]
    return [each.facts for each in events if isinstance(each, Event) and isinstance(each.facts, QuarantineRedriven)]


def held(trialog: Command) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(trialog("quarantine", "list", "--json").printed)
    return found


def test_a_refused_message_is_listed_and_shown_without_what_it_says(folder: Path, trialog: Command) -> None:
    [listed] = held(trialog)
    assert (listed["at"], listed["reason"], listed["redriven_at"]) == ("hl7", "unknown-code at OBX[1]-3", None)
    shown = trialog("quarantine", "show", str(listed["held"]))
    assert shown.code == 0, shown.told
    assert "OBX[1]-3" in shown.printed
    assert "PID|" in shown.printed
    assert NUMBER not in shown.printed
    assert NUMBER not in trialog("quarantine", "show", str(listed["held"]), "--json").printed


def test_a_command_drives_it_again_itself_where_no_process_has_the_spool(
    folder: Path, trialog: Command, stepped_line: SteppedLine
) -> None:
    ended = trialog("quarantine", "redrive", "--reason", "unknown-code", *FIX)
    assert ended.code == 0, ended.told
    assert "1 taken" in ended.printed
    [event] = said(stepped_line)
    taken = stepped_line.ask("SELECT event_id FROM trial.entries WHERE type LIKE 'lab%%' ORDER BY 1")
    assert sorted(event.events) == [each for (each,) in taken]
    assert len(taken) == 3
    assert (event.held_for, event.repaired) == ("unknown-code at OBX[1]-3", Repaired.CODE_MAP)
    assert held(trialog) == []
    with stepped_line.read() as connection:
        assert settled(connection).messages == 1
    assert "1 refused (1 driven again since, 0 remain)" in trialog("status").printed


def test_a_process_that_has_the_spool_open_drives_it_again_when_it_is_asked(
    folder: Path, trialog: Command, stepped_line: SteppedLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIALOG_ACTOR", "manager-1")
    with running_door(stepped_line.database, folder) as intake:
        ended = trialog("quarantine", "redrive", "--all", *FIX)
        assert ended.code == 0, ended.told
        assert intake.counts()[State.REFUSED] == 0
    [event] = said(stepped_line)
    assert event.outcome is RedriveOutcome.TAKEN
    assert stepped_line.ask("SELECT actor FROM trial.audit_trail WHERE event_id LIKE '%%-0' AND topic = %s", OVERSIGHT)
    assert list((folder / REQUESTS).iterdir()) == []


def test_what_is_refused_again_is_counted_once_and_its_new_reason_is_known(
    folder: Path, trialog: Command, stepped_line: SteppedLine
) -> None:
    with running_door(stepped_line.database, folder, WORSE):
        ended = trialog("quarantine", "redrive", "--all", *FIX)
    assert ended.code == 1
    assert "still held, unknown-unit at OBX[1]-6" in ended.printed
    [event] = said(stepped_line)
    assert (event.held_for, event.still_held_for) == ("unknown-code at OBX[1]-3", "unknown-unit at OBX[1]-6")
    assert [each["reason"] for each in held(trialog)] == ["unknown-unit at OBX[1]-6"]
    assert stepped_line.ask("SELECT count(*) FROM trial.entries WHERE type = %s", ev.MessageRefused.TYPE) == [(1,)]
    assert re.search(r"1 refused *\n", trialog("status").printed)


def test_a_message_is_corrected_by_its_source_and_not_by_hand(folder: Path, trialog: Command, tmp_path: Path) -> None:
    file = tmp_path / "right.hl7"
    file.write_bytes(GOOD)
    [listed] = held(trialog)
    ended = trialog("quarantine", "redrive", str(listed["held"]), "--because", "typed anew", "--corrected", str(file))
    assert ended.code == 1
    assert "a message is corrected by its source" in ended.told
    assert len(held(trialog)) == 1


def request(asked_at: dt.datetime) -> Request:
    return Request(
        messages=("ab" * 16,),
        actor=Actor("manager-1", "data-manager"),
        because=Because(reason="the map was repaired"),
        asked_at=asked_at,
    )


def test_a_request_that_nobody_answers_is_taken_back(tmp_path: Path) -> None:
    (tmp_path / REQUESTS).mkdir()
    with pytest.raises(NotReachable, match="nothing was driven again"):
        ask(tmp_path, request(dt.datetime.now(dt.UTC)), wait_seconds=0.0)
    assert list((tmp_path / REQUESTS).iterdir()) == []


def test_a_process_without_a_desk_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotReachable, match="takes no requests"):
        ask(tmp_path, request(dt.datetime.now(dt.UTC)))


@pytest.mark.parametrize(
    "content",
    [msgspec.json.encode(request(dt.datetime(2025, 1, 1, tzinfo=dt.UTC))), b"{}", b""],
    ids=["older than its asker waits", "of another version", "empty"],
)
def test_a_request_that_may_not_be_worked_on_is_removed(
    folder: Path, stepped_line: SteppedLine, content: bytes
) -> None:
    with running_door(stepped_line.database, folder) as intake:
        (folder / REQUESTS / "0.request").write_bytes(content)
        wait_until(lambda: list((folder / REQUESTS).iterdir()) == [], what="an empty desk")
        assert intake.counts()[State.REFUSED] == 1
    assert said(stepped_line) == []


def test_a_request_that_a_killed_process_had_taken_is_not_worked_on_twice(
    folder: Path, stepped_line: SteppedLine
) -> None:
    (folder / REQUESTS).mkdir()
    (folder / REQUESTS / "0.taken").write_bytes(msgspec.json.encode(request(dt.datetime.now(dt.UTC))))
    with running_door(stepped_line.database, folder):
        wait_until(lambda: list((folder / REQUESTS).iterdir()) == [], what="an empty desk")
    assert said(stepped_line) == []
