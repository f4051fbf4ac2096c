"""Drives quarantined records again: what is good by now goes into the log as it is, with an event that says who did it.

The quarantined row stays in the ledger for ever. What comes of it is a new record, with the id that the original has,
and so a second redrive gives a duplicate and no second fact. Record and event are appended together; the event has the
author, the reason, the original's position and the ids of the facts, so that a replay needs nothing that was repaired.

What is still bad changes nothing; the attempt is recorded. A record that contradicts an event under its own id cannot
be driven again as it is: the first one stands (see `ADVICE`).
"""

from collections.abc import Callable

import msgspec

from projections.arrivals import arrivals_of
from projections.quarantine import HeldRecord, kind_of
from schemas.admission import key_of
from schemas.codec import decode, facts_digest
from schemas.events import topics_of
from schemas.events.event import Event
from schemas.events.quarantine import QuarantineRedriven, RedriveOutcome, Repaired
from schemas.outcomes import Reason
from schemas.records import NewRecord, Record
from schemas.study import StudyDefinition
from schemas.topics import Topic, topic_name
from trialog.access import Access

ADVICE = {
    Reason.CONFLICT.value: (
        "another event has its id, and that one stands: correct the entry where this one is right, or give it with "
        "--corrected under an id of its own where it is another fact"
    ),
    Reason.KEY.value: "key and content name different subjects: give the right record with --corrected",
    Reason.EMPTY.value: "there are no bytes: its source must send it again",
}
"""By reason, what to do where driving it again as it is does not help."""

PLACE = "/command/quarantine"

KnownDigest = Callable[[str], str | None]
"""The facts digest of the accepted event with an id, None where there is none."""


class Driven(msgspec.Struct, frozen=True, kw_only=True):
    """What driving one thing again came to. ``held`` is a position or a fingerprint; ``still`` why it is held still."""

    held: str
    outcome: RedriveOutcome
    events: tuple[str, ...] = ()
    still: str | None = None


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A held record as today's code reads it. ``record`` is what goes into the log, None where nothing has to."""

    outcome: RedriveOutcome
    events: tuple[str, ...] = ()
    still: str | None = None
    record: NewRecord | None = None


class Because(msgspec.Struct, frozen=True, kw_only=True):
    """Why it is driven again, and what was repaired; None where that is not said."""

    reason: str
    repaired: Repaired | None = None


def judge(held: HeldRecord, study: StudyDefinition, known: KnownDigest, corrected: bytes | None = None) -> Judged:
    """Reads the record again, or the corrected bytes in its place. Pure but for what ``known`` asks."""
    if corrected is None and held.reason == Reason.CONFLICT.value:
        return _still(Reason.CONFLICT.value, () if held.event_id is None else (held.event_id,))
    topic = _topic(held, study, corrected)
    key = held.key if corrected is None else _key(corrected)
    value = held.value if corrected is None else corrected
    record = Record(topic=topic_name(study.id, topic), partition=0, offset=0, key=key, value=value)
    arrival = arrivals_of([record], topic)[0]
    if arrival.arrived is None:
        return _still(str(arrival.reason))
    event = arrival.arrived.event
    if corrected is not None and (forbidden := _forbidden(held, event)) is not None:
        return _still(forbidden)
    digest = known(event.id)
    if digest is not None and digest != facts_digest(event):
        return _still(Reason.CONFLICT.value, (event.id,))
    new = None if digest is not None else NewRecord(topic=record.topic, key=key or b"", value=value or b"")
    return Judged(outcome=RedriveOutcome.TAKEN, events=(event.id,), record=new)


def redrive(
    held: HeldRecord,
    *,
    study: StudyDefinition,
    known: KnownDigest,
    access: Access,
    because: Because,
    corrected: bytes | None = None,
) -> Driven:
    """Judges one record again, and appends what came of it with the event. Raises LogError: then nothing is certain,
    and doing it again is safe.
    """
    judged = judge(held, study, known, corrected)
    facts = QuarantineRedriven(
        held=str(held.position),
        held_for=held.reason,
        outcome=judged.outcome,
        events=judged.events,
        still_held_for=judged.still,
        repaired=because.repaired,
    )
    said = access.author.record(facts, place=PLACE, reason=because.reason)
    # Killed between the two, where the log is Kafka: the fact is in and nobody is said to have driven it again. The row
    # is then not settled, and driving it again says so without a second fact.
    access.appender.append([said] if judged.record is None else [judged.record, said])
    return Driven(held=str(held.position), outcome=judged.outcome, events=judged.events, still=judged.still)


def advice(still: str) -> str | None:
    """What to do about something that is held still; None where its reason and place say all."""
    return ADVICE.get(kind_of(still))


def _still(reason: str, events: tuple[str, ...] = ()) -> Judged:
    return Judged(outcome=RedriveOutcome.STILL_HELD, events=events, still=reason)


def _topic(held: HeldRecord, study: StudyDefinition, corrected: bytes | None) -> Topic:
    """The topic on which it came; where that was the wrong one, the one of its type, if the type has only one."""
    came = next(topic for topic in Topic if topic_name(study.id, topic) == held.position.topic)
    event = decode(held.value if corrected is None else corrected)
    if kind_of(held.reason) != Reason.TOPIC.value or not isinstance(event, Event):
        return came
    allowed = topics_of(type(event.facts))
    return next(iter(allowed)) if len(allowed) == 1 else came


def _key(corrected: bytes) -> bytes | None:
    event = decode(corrected)
    return key_of(event.subject) if isinstance(event, Event) else None


def _forbidden(held: HeldRecord, event: Event) -> str | None:
    """What a correction by hand may not do: pass another fact, or another subject's, off as the original.

    What the original says of its id and subject is kept where it can be read. Where another event has its id, it is the
    id that must change; where key and content disagree, the subject is one of the two.
    """
    was = _identity(held.value)
    if held.reason == Reason.CONFLICT.value:
        if event.id == held.event_id:
            return Reason.CONFLICT.value
    elif was.id is not None and event.id != was.id:
        return "corrected-id-differs at $.id"
    subjects = {was.subject} if was.subject is not None else set()
    if kind_of(held.reason) == Reason.KEY.value and held.key is not None:
        subjects.add(held.key.decode("utf-8", "replace"))
    if subjects and event.subject not in subjects:
        return "corrected-subject-differs at $.subject"
    return None


class _Identity(msgspec.Struct, frozen=True):
    """As much of a bad record as says which fact it is, and of whom."""

    id: str | None = None
    subject: str | None = None


def _identity(value: bytes | None) -> _Identity:
    try:
        return msgspec.json.decode(value or b"", type=_Identity)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Identity()
