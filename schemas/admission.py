"""From a record of the log to an event of the study, or to the reason why it is none."""

from schemas.codec import decode
from schemas.events import topics_of
from schemas.events.event import Event
from schemas.outcomes import Reason, Undecodable
from schemas.records import Record
from schemas.topics import Topic

NOBODY = b"-"
"""The key of an event that is about no subject."""


def key_of(subject: str | None) -> bytes:
    """The record key under which a subject's events travel: all of one subject's on a topic keep their order."""
    return NOBODY if subject is None else subject.encode()


def admit(record: Record, topic: Topic) -> Event | Undecodable:
    """Decodes a record and checks that it travelled where its type belongs, under its subject's key.

    Whether it repeats or contradicts an earlier event is for the ledger to say.
    """
    event = decode(record.value)
    if isinstance(event, Undecodable):
        return event
    if topic not in topics_of(type(event.facts)):
        return Undecodable(reason=Reason.TOPIC, where="$.type")
    if topic is not Topic.OVERSIGHT and event.subject is None:
        return Undecodable(reason=Reason.KEY, where="$.subject")
    if record.key != key_of(event.subject):
        return Undecodable(reason=Reason.KEY, where="$.subject")
    return event
