"""Fixed examples shared by the tests of schemas."""

import datetime as dt

from schemas.events import Facts
from schemas.events.event import Event
from schemas.moments import Moment, day

ZONE = dt.timezone(dt.timedelta(hours=8))


def on(date: str) -> Moment:
    """A day in the study's zone: ``on("2024-03-02")``."""
    return day(dt.date.fromisoformat(date), ZONE)


def at(instant: str) -> dt.datetime:
    """An instant in the study's zone: ``at("2024-03-02T09:30")``."""
    return dt.datetime.fromisoformat(instant).replace(tzinfo=ZONE)


def event(
    id_: str,
    facts: Facts,
    *,
    happened: Moment | str = "2024-01-01",
    recorded_at: dt.datetime | str = "2024-01-01T12:00",
    subject: str | None = "S-001",
    reason: str | None = None,
) -> Event:
    """One entry of one nurse; only what a test speaks of is given."""
    return Event(
        id=id_,
        source="/form/enrolment",
        subject=subject,
        happened=on(happened) if isinstance(happened, str) else happened,
        recorded_at=at(recorded_at) if isinstance(recorded_at, str) else recorded_at,
        actor="nurse-1",
        actor_role="nurse",
        protocol_version="1",
        facts=facts,
        reason=reason,
    )
