"""What is held back, as a command sees it: quarantined records of the log, and messages that a door here refused.

A door keeps the bytes of a message in its own spool, so only a machine that has the spool's folder shows or drives its
messages; what the ledger says of them is everywhere the same.
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from producers.errors import DoorError
from producers.masking import masked_message
from producers.spool import Entry, SpoolReader, State, Why
from projections.quarantine import Redrive, held_record, held_rows, parse_position, settling
from schemas.masking import Stopped, masked, stopped_at
from trialog.errors import AnswerIsNo
from trialog.keys import door_keys
from trialog.settings import Settings

IN_THE_LOG = "log"


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One thing held back. ``held`` is a log position or a message's fingerprint; ``at`` "log" or the spool's name.

    ``redriven_at``, ``redriven_by`` and ``events`` are those of the redrive that settled it, None and empty without.
    """

    held: str
    at: str
    reason: str
    received_at: dt.datetime
    redriven_at: dt.datetime | None = None
    redriven_by: str | None = None
    events: tuple[str, ...] = ()

    @property
    def settled(self) -> bool:
        return self.redriven_at is not None


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """The exact bytes of something held back. ``kind`` is "event" for a record, or the door's, such as "hl7"."""

    held: Held
    kind: str
    value: bytes | None

    @property
    def where(self) -> str | None:
        """The place that its reason names, such as "$.data.number" or "OBX[2]-3"."""
        return self.held.reason.partition(" at ")[2] or None

    @property
    def stopped(self) -> Stopped | None:
        """Where its bytes stop being JSON; None where they are, or never were meant to be."""
        return stopped_at(self.value) if self.value and self.kind != "hl7" else None

    def shown(self, unmasked: bool) -> str:
        if not unmasked:
            return masked(self.value) if self.kind == "event" else masked_message(self.kind, self.value or b"")
        return _printable(self.value or b"")

    def as_document(self, unmasked: bool) -> dict[str, Any]:
        """For machines; unmasked bytes are in base64, for they may be no text."""
        content = {"bytes": self.value} if unmasked else {"structure": self.shown(unmasked=False)}
        return {
            "held": self.held,
            "kind": self.kind,
            "length": len(self.value or b""),
            "where": self.where,
            "stopped": self.stopped,
            **content,
        }


class Spooled(msgspec.Struct, frozen=True, kw_only=True):
    """A refused message in a spool of this machine."""

    spool: str
    entry: Entry
    why: Why | None


def held_here(connection: psycopg.Connection[Any], settings: Settings) -> list[Held]:
    """Records first, then messages, each in the order of receipt; settled ones among them."""
    redrives = settling(connection)
    records = [
        _held(str(row.position), IN_THE_LOG, row.reason, row.received_at, redrives) for row in held_rows(connection)
    ]
    return records + [_message(each, redrives) for each in refused_here(settings)]


def refused_here(settings: Settings) -> list[Spooled]:
    """The refused messages of every spool in the data folder."""
    return [
        Spooled(spool=folder.name, entry=entry, why=reader.why(entry))
        for folder in _spools(settings)
        for reader in (SpoolReader(folder),)
        for entry in reader.entries(State.REFUSED)
    ]


def content_of(connection: psycopg.Connection[Any], settings: Settings, named: str) -> Content | None:
    """The record at a position, or the message with a fingerprint; None where nothing of that name is held here.

    Raises AnswerIsNo where a message no longer opens, SettingsError without the spool's key.
    """
    redrives = settling(connection)
    position = parse_position(named)
    if position is not None:
        record = held_record(connection, position)
        if record is None:
            return None
        held = _held(str(record.position), IN_THE_LOG, record.reason, record.received_at, redrives)
        return Content(held=held, kind="event", value=record.value)
    found = next((each for each in refused_here(settings) if each.entry.fingerprint == named), None)
    if found is None:
        return None
    try:
        kind, raw = SpoolReader(settings.data_dir / "spool" / found.spool).read_with(
            door_keys(settings).spool, found.entry
        )
    except (DoorError, OSError) as error:
        raise AnswerIsNo(f"{named} in the spool {found.spool} does not open ({type(error).__name__})") from error
    return Content(held=_message(found, redrives), kind=kind, value=raw)


def _spools(settings: Settings) -> Iterator[Path]:
    yield from sorted(path.parent for path in (settings.data_dir / "spool").glob(f"*/{State.REFUSED}"))


def _message(each: Spooled, redrives: dict[str, Redrive]) -> Held:
    reason = "unknown" if each.why is None else str(each.why)
    return _held(each.entry.fingerprint, each.spool, reason, each.entry.received_at, redrives)


def _held(held: str, at: str, reason: str, received_at: dt.datetime, redrives: dict[str, Redrive]) -> Held:
    again = redrives.get(held)
    if again is None:
        return Held(held=held, at=at, reason=reason, received_at=received_at)
    return Held(
        held=held,
        at=at,
        reason=reason,
        received_at=received_at,
        redriven_at=again.at,
        redriven_by=f"{again.actor} ({again.actor_role})",
        events=again.facts,
    )


def _printable(value: bytes) -> str:
    """As text, with what would steer a terminal written out."""
    text = value.decode("utf-8", "backslashreplace")
    return "".join(each if each.isprintable() or each == "\n" else f"\\x{ord(each):02x}" for each in text)
