"""A fact with all that the envelope says of it."""

import datetime as dt

import msgspec

from schemas.events import Facts
from schemas.moments import Moment


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the study's record.

    Three clocks are kept apart: ``happened`` (in the study's zone), ``recorded_at`` (at the source), and the time of
    receipt, which belongs to the ledger's row and is not here. ``subject`` is None for oversight facts about nobody.
    ``actor`` is a person's or device's id in the study's own register, never a patient. ``reason`` is demanded of
    corrections and voids. ``causation`` is the id of the event or form that led to this one. ``traceparent`` (W3C) is
    no part of the facts: two events that differ only there are the same event.
    """

    id: str
    source: str
    subject: str | None
    happened: Moment
    recorded_at: dt.datetime
    actor: str
    actor_role: str
    protocol_version: str
    facts: Facts
    reason: str | None = None
    causation: str | None = None
    traceparent: str | None = None

    @property
    def type(self) -> str:
        return self.facts.TYPE

    def sort_key(self) -> tuple[dt.datetime, int, dt.datetime, str]:
        """The one order of a subject's entries: happened, then recorded, then id."""
        return (*self.happened.sort_key(), self.recorded_at.astimezone(dt.UTC), self.id)

    def recorded_key(self) -> tuple[dt.datetime, str]:
        """The order in which the sources said things; of two that speak of one entry the greater one wins."""
        return (self.recorded_at.astimezone(dt.UTC), self.id)
