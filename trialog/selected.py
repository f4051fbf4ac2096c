"""Drives a selection of what is held back again: records through the log, messages through whoever has their spool."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import msgspec
import psycopg

from producers.errors import DoorError, SpoolBusy
from projections.quarantine import digest_of, held_record, kind_of, parse_position
from schemas.outcomes import Reason
from schemas.study import StudyDefinition
from trialog.access import Access, utc_now
from trialog.door_requests import Request, ask, drive_messages
from trialog.doors import open_intake, spool_folder
from trialog.errors import AnswerIsNo
from trialog.held import IN_THE_LOG, Held
from trialog.redriving import Because, Driven, redrive
from trialog.settings import Settings
from trialog.stores import Stores

NEVER_AS_THEY_ARE = frozenset({Reason.CONFLICT.value, Reason.EMPTY.value})
"""Left out where everything is driven again: nothing that can be repaired makes them good."""


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly one of these: by name, by the reason without its place, or everything."""

    named: frozenset[str] = frozenset()
    reason: str | None = None
    everything: bool = False

    def chosen(self, held: Sequence[Held]) -> list[Held]:
        """What of it is to be driven again; a settled one only where it is named, for whoever asks to be told so."""
        if self.named:
            return [each for each in held if each.held in self.named]
        remaining = [each for each in held if not each.settled]
        if self.reason is not None:
            return [each for each in remaining if kind_of(each.reason) == self.reason]
        return [each for each in remaining if each.reason not in NEVER_AS_THEY_ARE]


class Redriving(msgspec.Struct, frozen=True, kw_only=True):
    """What driving again needs. ``connection`` reads the projections; ``access`` has the author and the log."""

    stores: Stores
    settings: Settings
    study: StudyDefinition
    connection: psycopg.Connection[Any]
    access: Access
    because: Because

    def drive(self, chosen: Sequence[Held], corrected: bytes | None = None) -> Iterator[Driven]:
        """One after the other, each whole, settled ones left out. Raises LogError, NotReachable: the rest is as it was.

        ``corrected`` stands in the place of the one record that is chosen.
        """
        spooled: dict[str, list[str]] = defaultdict(list)
        for each in chosen:
            if each.settled:
                continue
            if each.at == IN_THE_LOG:
                yield self._record(each, corrected)
            else:
                spooled[each.at].append(each.held)
        for spool, messages in spooled.items():
            yield from self._messages(spool, tuple(messages))

    def _record(self, held: Held, corrected: bytes | None) -> Driven:
        position = parse_position(held.held)
        assert position is not None, "what is held in the log has a position"
        record = held_record(self.connection, position)
        assert record is not None, "a ledger row stays"
        return redrive(
            record,
            study=self.study,
            known=partial(digest_of, self.connection),
            access=self.access,
            because=self.because,
            corrected=corrected,
        )

    def _messages(self, spool: str, messages: tuple[str, ...]) -> list[Driven]:
        actor = self.access.author.actor
        request = Request(messages=messages, actor=actor, because=self.because, asked_at=utc_now())
        with ExitStack() as until:
            try:
                intake = open_intake(self.stores, self.settings, self.study, spool, until)
            except SpoolBusy:
                return ask(spool_folder(self.settings, spool), request)
            except DoorError as error:
                raise AnswerIsNo(f"the spool {spool} cannot be opened: {error}") from error
            return drive_messages(intake, request, self.study)
