"""What a door makes of a source's bytes: a message with its facts, or a refusal; and what the intake answers. Pure.

A door's translation is a function of the bytes and of the time at which they came. It is called again for the same
bytes and the same time after a restart, so it reads no clock, and it says the same each time. Whatever the bytes are,
it answers with one of the two; an exception is a defect of the door, and the message is kept as refused.
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from schemas.codec import encode_facts
from schemas.events import ControlIdReused, Facts, MessageRefused, MessageReleased, MessageWaiting
from schemas.events.event import Event
from schemas.moments import Moment, Precision
from schemas.study import StudyDefinition
from schemas.topics import Topic

IntakeFacts = MessageWaiting | MessageReleased | MessageRefused | ControlIdReused
"""What the intake itself says of messages."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An event that lacks its id and its subject. ``happened`` and ``recorded_at`` carry the study zone's offset.

    ``topic`` is demanded for an entry voided or corrected, which travels with its target; None for any other fact.
    Where ``named_by_content``, the event's id is made of the source, the subject and what the draft says, and not of
    the message: several messages that say the same make one event.
    """

    facts: Facts
    happened: Moment
    recorded_at: dt.datetime
    actor: str
    actor_role: str
    reason: str | None = None
    causation: str | None = None
    topic: Topic | None = None
    named_by_content: bool = False


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One good message. It is held in memory only: identity leaves it as a keyed hash, or sealed.

    ``door`` is "hl7" or "form". ``source`` is the CloudEvents source of its events, such as "/hl7/LIS-A/SITE-1".
    ``identity`` names the message within its source. Where ``identity_reusable``, other content under the same identity
    is another message, which is taken and flagged (analysers restart their counters); else it is a conflict.
    ``content_digest`` is over all that the message says, hexadecimal.

    ``hospital_number`` and ``subject`` say whom it is about. A number alone is looked up, and the message waits where
    it is not mapped. Where ``maps``, the number is mapped to ``subject``, or to the next free one where that is None.
    ``numbered_by`` is the site whose number it is, since two hospitals may give two patients the same one; empty for
    the study's first site.
    """

    door: Literal["hl7", "form"]
    source: str
    identity: str
    identity_reusable: bool
    content_digest: str
    hospital_number: str | None
    subject: str | None
    drafts: tuple[Draft, ...]
    maps: bool = False
    numbered_by: str = ""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A negative answer. ``where`` is the place in the message, None for the whole; ``text`` holds no patient's value.

    ``problem`` is the door's code. ``ack`` is HL7's and ``status`` HTTP's kind of no. ``details`` belong to the door.
    Where not ``kept``, the bytes are not spooled as refused: whoever sent them still has them and repairs them.
    """

    problem: str
    where: str | None
    text: str
    ack: Literal["AE", "AR"] = "AE"
    status: int = 422
    details: tuple[Any, ...] = ()
    kept: bool = True


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The message is durable: its events are in the log, or it waits for its patient with a durable notice of that.

    ``event_ids`` are in the order of the drafts, empty while ``waiting``; ``subject`` is None only while waiting.
    """

    event_ids: tuple[str, ...]
    subject: str | None
    waiting: bool = False


class Unavailable(msgspec.Struct, frozen=True, kw_only=True):
    """No good answer may be given yet. What was spooled is published later; sending again is harmless: same ids."""

    retry_after_seconds: int


Translate = Callable[[bytes, dt.datetime], Message | Refusal]
"""A door's translation of the bytes that came at a time."""


def event_id(source: str, identity: str, content: str, ordinal: int) -> str:
    """The id of a message's event: the same message gives the same ids, however often and wherever it is taken.

    ``content`` is empty where the identity names the message for ever. ``ordinal`` counts a message's events from 0.
    """
    said = "\x1f".join((source, identity, content, str(ordinal)))
    return f"{hashlib.sha256(said.encode()).hexdigest()[:32]}-{ordinal}"


def numbered_by(site: str, study: StudyDefinition) -> str:
    """What a message of this site says of whose number it has.

    The first site is not named, so that what was mapped while a study had one site stands when others join.
    """
    return "" if site == study.sites[0].id else site


def events_of(message: Message, subject: str, study: StudyDefinition) -> tuple[Event, ...]:
    """The events of a message about this subject, in the order of its drafts.

    Each names the version of the protocol that was in force when it happened, not when it came: so a message that is
    sent again after a new version says the same.
    """
    content = _content_of(message.drafts, subject) if message.identity_reusable else ""
    return tuple(
        Event(
            id=_id_of(message, draft, subject, content, ordinal),
            source=message.source,
            subject=subject,
            happened=draft.happened,
            recorded_at=draft.recorded_at,
            actor=draft.actor,
            actor_role=draft.actor_role,
            protocol_version=study.protocol_on(draft.happened.on),
            facts=draft.facts,
            reason=draft.reason,
            causation=draft.causation,
        )
        for ordinal, draft in enumerate(message.drafts)
    )


def oversight_event(
    facts: IntakeFacts,
    *,
    entry: str,
    at: dt.datetime,
    protocol_version: str,
) -> Event:
    """What the intake says of a message. ``entry`` names the spooled bytes, so one entry says each thing once.

    ``at`` must come out the same when the same thing is said again after a restart.
    """
    source = f"/intake/{facts.door}"
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    return Event(
        id=event_id(source, facts.TYPE, entry, 0),
        source=source,
        subject=None,
        happened=Moment(at, Precision.MILLISECOND),
        recorded_at=at,
        actor="intake",
        actor_role="device",
        protocol_version=protocol_version,
        facts=facts,
    )


def _id_of(message: Message, draft: Draft, subject: str, content: str, ordinal: int) -> str:
    if draft.named_by_content:
        return event_id(message.source, "", _content_of((draft,), subject), 0)
    return event_id(message.source, message.identity, content, ordinal)


def _content_of(drafts: tuple[Draft, ...], subject: str) -> str:
    """A digest over what the events will say, and of whom: nothing that is not in them, and so no identity."""
    hashed = hashlib.sha256(subject.encode())
    for draft in drafts:
        said = (str(draft.happened), draft.recorded_at.isoformat(), draft.actor, draft.actor_role, draft.facts.TYPE)
        hashed.update("\x1f".join(("", *said, draft.reason or "", draft.causation or "")).encode())
        hashed.update(encode_facts(draft.facts))
    return hashed.hexdigest()
