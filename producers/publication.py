"""What is appended to the log for a message: its events, and what the intake itself has to say of it. Pure."""

import datetime as dt

from eventlog.log import demand_fits
from producers.errors import NotTaken
from producers.message import Draft, IntakeFacts, Message, events_of, oversight_event
from producers.receipts import Receipt
from producers.spool import Entry, Why
from schemas.admission import admit, key_of
from schemas.codec import encode
from schemas.events.event import Event
from schemas.events.oversight import ControlIdReused, MessageRefused, MessageReleased, MessageWaiting
from schemas.outcomes import Undecodable
from schemas.records import NewRecord, Record
from schemas.study import StudyDefinition
from schemas.topics import Topic, topic_name


def door_of(kind: str) -> str:
    """The door that oversight events name.

    >>> door_of("form/enrolment")
    'form'
    """
    return kind.split("/", 1)[0]


class Publication:
    """Makes the records of one study."""

    def __init__(self, study: StudyDefinition) -> None:
        self._study = study

    def of_message(self, message: Message, subject: str) -> tuple[list[str], list[NewRecord]]:
        """The ids of a message's events, and their records, in the order of its drafts."""
        events = events_of(message, subject, self._study)
        records = [self._record(event, _topic_of(draft)) for event, draft in zip(events, message.drafts, strict=True)]
        return [event.id for event in events], records

    def check(self, message: Message, subject: str) -> None:
        """Raises NotTaken where the ledger would not admit an event, RecordTooLarge where the log would not take it.

        Without this a good answer could be given for what then ends in quarantine.
        """
        _, records = self.of_message(message, subject)
        demand_fits(records)
        for record, draft in zip(records, message.drafts, strict=True):
            read = Record(topic=record.topic, partition=0, offset=0, key=record.key, value=record.value)
            said = admit(read, _topic_of(draft))
            if isinstance(said, Undecodable):
                raise NotTaken(f"{draft.facts.TYPE}: {said}")

    def refused(self, entry: Entry, kind: str, why: Why) -> NewRecord:
        facts = MessageRefused(door=door_of(kind), message=entry.fingerprint, problem=why.problem, where=why.where)
        # Driven again and refused for another reason, the same entry has something new to say.
        return self._notice(facts, f"{entry.name} {why.problem} {why.where}", entry.received_at)

    def waiting(self, entry: Entry, kind: str) -> NewRecord:
        facts = MessageWaiting(door=door_of(kind), message=entry.fingerprint)
        return self._notice(facts, entry.name, entry.received_at)

    def released(self, entry: Entry, kind: str, mapped_at: dt.datetime) -> NewRecord:
        facts = MessageReleased(door=door_of(kind), message=entry.fingerprint)
        return self._notice(facts, entry.name, mapped_at)

    def reused(self, message: Message, receipt: Receipt) -> NewRecord | None:
        """The flag on a control id that had other content before; None where it had none."""
        if receipt.earlier is None:
            return None
        facts = ControlIdReused(
            door=message.door, sender=message.source, message=receipt.content, earlier=receipt.earlier
        )
        return self._notice(facts, f"{receipt.earlier} {receipt.content}", receipt.first_seen_at)

    def _notice(self, facts: IntakeFacts, entry: str, at: dt.datetime) -> NewRecord:
        """``at`` must come out the same when the same thing is said again after a restart."""
        at = at.astimezone(self._study.tzinfo)
        version = self._study.protocol_on(at.date())
        event = oversight_event(facts, entry=entry, at=at, protocol_version=version)
        return self._record(event, Topic.OVERSIGHT)

    def _record(self, event: Event, topic: Topic) -> NewRecord:
        return NewRecord(topic=topic_name(self._study.id, topic), key=key_of(event.subject), value=encode(event))


def _topic_of(draft: Draft) -> Topic:
    """The topic on which a draft travels: its own, or the only one that its type has."""
    if draft.topic is not None:
        return draft.topic
    topics = draft.facts.TOPICS
    assert len(topics) == 1, f"a draft of {draft.facts.TYPE} names its topic"
    return next(iter(topics))
