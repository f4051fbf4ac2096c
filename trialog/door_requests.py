"""Asks the process that has a spool open to drive messages again, and answers where that is this process.

A spool belongs to one process: two that worked on it would publish each other's messages. So a command never touches
the messages of a spool that is open elsewhere. It puts a file with its request into the spool's folder ``requests`` and
waits for the answer beside it; the process that has the spool open looks there, and drives the messages again through
its own intake. There is no further port to guard: who may write into that folder is who may read the spool, the user
that runs the doors. Where no process has the spool open, the command opens it itself.

    <name>.request   asked; taken back by the command where nobody answers
    <name>.taken     being worked on
    <name>.answer    done; the command reads and removes it

Renames make each step one instant. A request names fingerprints and whoever asks, never a value. One that is older than
its asker waits is not worked on. Killed while it works, a process has driven some messages again and others not: each
is whole, and the command says that the outcome is unknown and to list again.
"""

import datetime as dt
import secrets
import threading
import time
from pathlib import Path
from typing import assert_never

import msgspec
import structlog

from producers.errors import Unreadable
from producers.intake import Intake, Notice
from producers.message import Accepted, Refusal, Unavailable
from producers.spool import Entry, Why
from schemas.events.quarantine import QuarantineRedriven, RedriveOutcome
from schemas.records import NewRecord
from schemas.study import StudyDefinition
from trialog.access import Actor, Author, utc_now
from trialog.errors import NotReachable
from trialog.redriving import PLACE, Because, Driven

REQUESTS = "requests"
LOOK_SECONDS = 0.25
WAIT_SECONDS = 60.0

log = structlog.get_logger()


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Which messages to drive again, by whom and why."""

    messages: tuple[str, ...]
    actor: Actor
    because: Because
    asked_at: dt.datetime


class Desk:
    """Works on the requests that lie in a spool's folder, through the intake that has the spool open."""

    def __init__(self, intake: Intake, spool_folder: Path, study: StudyDefinition) -> None:
        self._intake = intake
        self._folder = spool_folder / REQUESTS
        self._study = study
        self._folder.mkdir(mode=0o700, exist_ok=True)

    def run(self, stop: threading.Event) -> None:
        """Looks every quarter of a second until ``stop`` is set."""
        for left in self._folder.glob("*.taken"):
            left.unlink()
        while not stop.wait(LOOK_SECONDS):
            self.look()

    def look(self) -> None:
        """Works on every request that is there."""
        for asked in sorted(self._folder.glob("*.request")):
            self._work(asked)

    def _work(self, asked: Path) -> None:
        taken = asked.with_suffix(".taken")
        try:
            asked.rename(taken)
            request = msgspec.json.decode(taken.read_bytes(), type=Request)
        except FileNotFoundError:
            return  # taken back in this instant
        except msgspec.MsgspecError as error:
            taken.unlink()
            log.error("request to drive again is unreadable", error=type(error).__name__)
            return
        if utc_now() - request.asked_at <= dt.timedelta(seconds=WAIT_SECONDS):
            _write(
                asked.with_suffix(".answer"), msgspec.json.encode(drive_messages(self._intake, request, self._study))
            )
        taken.unlink()


def drive_messages(intake: Intake, request: Request, study: StudyDefinition) -> list[Driven]:
    """Drives the refused messages of the request again, in the order of their arrival; others are left out."""
    wanted, author = frozenset(request.messages), Author(study, request.actor, utc_now)
    return [
        _driven(intake, entry, _notice(entry, why, request, author))
        for entry, why in intake.refused()
        if entry.fingerprint in wanted
    ]


def ask(spool_folder: Path, request: Request, wait_seconds: float = WAIT_SECONDS) -> list[Driven]:
    """Puts the request to whoever has the spool open, and returns the answer. Raises NotReachable without one."""
    folder = spool_folder / REQUESTS
    asked = folder / f"{secrets.token_hex(16)}.request"
    try:
        _write(asked, msgspec.json.encode(request))
    except OSError as error:
        raise NotReachable(
            f"the process that has the spool {spool_folder.name} open takes no requests ({error.strerror}): restart it"
        ) from error
    until, answer = time.monotonic() + wait_seconds, asked.with_suffix(".answer")
    while not answer.exists():
        if time.monotonic() > until:
            raise NotReachable(_unanswered(asked))
        time.sleep(LOOK_SECONDS / 5)
    found = msgspec.json.decode(answer.read_bytes(), type=list[Driven])
    answer.unlink()
    return found


def _unanswered(asked: Path) -> str:
    try:
        asked.unlink()
    except FileNotFoundError:
        return "the messages are being driven again and there is no answer yet; see `trialog quarantine list` later"
    return "the process that has the spool open did not answer; nothing was driven again, the request is taken back"


def _driven(intake: Intake, entry: Entry, notice: Notice) -> Driven:
    try:
        answer = intake.redrive(entry, notice)
    except (Unreadable, OSError):
        return _held(entry, "unreadable")
    match answer:
        case Accepted(event_ids=ids, waiting=waiting):
            outcome = RedriveOutcome.WAITING if waiting else RedriveOutcome.TAKEN
            return Driven(held=entry.fingerprint, outcome=outcome, events=ids)
        case Refusal():
            return _held(entry, str(Why(problem=answer.problem, where=answer.where)))
        case Unavailable():
            return _held(entry, "log-or-database-away")
        case None:
            return _held(entry, "no-longer-refused")
        case _:
            assert_never(answer)


def _held(entry: Entry, still: str) -> Driven:
    return Driven(held=entry.fingerprint, outcome=RedriveOutcome.STILL_HELD, still=still)


def _notice(entry: Entry, why: Why | None, request: Request, author: Author) -> Notice:
    def notice(outcome: RedriveOutcome, events: tuple[str, ...], still: str | None) -> NewRecord:
        facts = QuarantineRedriven(
            held=entry.fingerprint,
            held_for="unknown" if why is None else str(why),
            outcome=outcome,
            events=events,
            still_held_for=still,
            repaired=request.because.repaired,
        )
        return author.record(facts, place=PLACE, reason=request.because.reason)

    return notice


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, for whoever looks."""
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.rename(path)
