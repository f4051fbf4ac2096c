"""Who said something, when and why, as every audit page shows it. Pure."""

import datetime as dt

import msgspec

from monitor import instants
from monitor.audit import addresses
from monitor.audit.blinding import Blinding, reason_shown
from monitor.audit.saying import Saying
from monitor.words import Words
from schemas.events.event import Event
from schemas.records import Position
from schemas.study import StudyDefinition


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Who (an id and a role), known since when, why, and where to read on.

    ``why`` is None where no reason was given; ``why_hidden`` says that one was, and is not shown.
    """

    what: str
    who: str
    role: str
    known: str
    known_iso: str
    why: str | None
    why_hidden: bool
    address: str
    commit: int


def origin(
    event: Event,
    position: Position,
    commit: int,
    committed_at: dt.datetime,
    saying: Saying,
    blinding: Blinding,
    study: StudyDefinition,
) -> Origin:
    why = reason_shown(event, blinding)
    return Origin(
        what=saying.headline(event),
        who=event.actor,
        role=saying.role(event.actor_role),
        known=to_the_minute(committed_at, study),
        known_iso=instants.iso(committed_at, study.tzinfo),
        why=why,
        why_hidden=event.reason is not None and why is None,
        address=addresses.event(position),
        commit=commit,
    )


def to_the_minute(at: dt.datetime, study: StudyDefinition) -> str:
    """Date and time of day in the study's zone, which the page names once."""
    return f"{at.astimezone(study.tzinfo):%Y-%m-%d %H:%M}"


def to_the_second(at: dt.datetime, study: StudyDefinition) -> str:
    return f"{at.astimezone(study.tzinfo):%Y-%m-%d %H:%M:%S}"


def zone(study: StudyDefinition, words: Words) -> str:
    """The sentence that names the zone of all times on a page."""
    offset = dt.datetime(2000, 1, 1, tzinfo=study.tzinfo).isoformat()[-6:]
    return words.text("audit.zone", zone=study.zone, offset=offset)


def subject_link(subject: str | None) -> str | None:
    return None if subject is None else addresses.subject(subject)
