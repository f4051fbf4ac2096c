"""What a record of the log is, before the database is asked: an event, or a bad record. Pure."""

import datetime as dt
import hashlib
from collections.abc import Iterable

import msgspec

from projections.chain import encode_headers
from schemas.admission import admit
from schemas.codec import decode, encode_facts, facts_digest, replacement
from schemas.events import EntryCorrected, EntryVoided, Facts, OversightFacts, ResultReported
from schemas.events.event import Event
from schemas.outcomes import Reason, Undecodable
from schemas.records import Record
from schemas.settlement import WITHDRAWN_STATUSES, Entry
from schemas.topics import Topic

REASON_LENGTH_MAX = 200


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """A good event of a record. ``digest`` is `facts_digest`, hexadecimal.

    ``entry`` is the entry as it stands alone, and ``payload`` its facts' canonical bytes, None where nothing of it is
    in force; both are None for actions and for oversight facts, which are no entries.

    ``target`` is the id that an action speaks of. ``series`` is the key of the results' series that the event may
    belong to: its own, or that of a result which a correction puts in place; None for all else.
    """

    event: Event
    digest: str
    entry: Entry | None
    payload: bytes | None = None
    target: str | None = None
    series: int | None = None

    @property
    def is_of_a_subject(self) -> bool:
        """True where the event has a part in a subject's state."""
        return self.entry is not None or self.target is not None


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A record on its way into the ledger: with ``arrived``, or with the reason why it is no event."""

    record: Record
    headers: bytes
    arrived: Arrived | None = None
    reason: str | None = None


def arrivals_of(records: Iterable[Record], topic: Topic) -> list[Arrival]:
    """Each record as an arrival, in the same order. Nothing raises, whatever the bytes."""
    return [_arrival(record, topic) for record in records]


def _arrival(record: Record, topic: Topic) -> Arrival:
    headers = encode_headers(record.headers)
    event = _admitted(record, topic)
    if isinstance(event, Undecodable):
        return Arrival(record=record, headers=headers, reason=str(event)[:REASON_LENGTH_MAX])
    return Arrival(record=record, headers=headers, arrived=arrived(event))


def arrived(event: Event) -> Arrived:
    """The event with what is derived from it alone."""
    facts = event.facts
    digest = facts_digest(event)
    if isinstance(facts, EntryCorrected | EntryVoided):
        return Arrived(
            event=event, digest=digest, entry=None, target=facts.target, series=_series(event.subject, facts)
        )
    if isinstance(facts, OversightFacts):
        return Arrived(event=event, digest=digest, entry=None)
    withdrawn = isinstance(facts, ResultReported) and facts.status in WITHDRAWN_STATUSES
    entry = Entry(
        id=event.id,
        facts=None if withdrawn else facts,
        happened=event.happened,
        recorded_at=event.recorded_at,
        by=event.id if withdrawn else None,
    )
    payload = None if withdrawn else encode_facts(facts)
    return Arrived(event=event, digest=digest, entry=entry, payload=payload, series=_series(event.subject, facts))


def digest_today(value: bytes) -> str:
    """The facts digest that today's code makes of an accepted record: an old version's is that of the newest."""
    event = decode(value)
    assert isinstance(event, Event), "the ledger holds an accepted event that this code cannot read"
    return facts_digest(event)


def _admitted(record: Record, topic: Topic) -> Event | Undecodable:
    """`admit`, and the few things that a decoder or a comparison of times can still stumble over."""
    try:
        event = admit(record, topic)
    except RecursionError:
        # Brackets nested by the thousand: JSON in form, beyond what any event of ours could be.
        return Undecodable(reason=Reason.NOT_JSON)
    if isinstance(event, Undecodable):
        return event
    if not _is_sortable(event.happened.at):
        return Undecodable(reason=Reason.TIME, where="$.time")
    if not _is_sortable(event.recorded_at):
        return Undecodable(reason=Reason.TIME, where="$.recordedtime")
    facts = event.facts
    if isinstance(facts, EntryCorrected) and facts.happened is not None and not _is_sortable(facts.happened.at):
        return Undecodable(reason=Reason.TIME, where="$.data.happened")
    return event


def _is_sortable(at: dt.datetime) -> bool:
    """False in the first and the last year that a calendar can hold: a time there may have no equal in UTC."""
    return dt.MINYEAR < at.year < dt.MAXYEAR


def _series(subject: str | None, facts: Facts) -> int | None:
    """64 bits of a hash, signed as PostgreSQL's bigint is."""
    if isinstance(facts, EntryCorrected):
        if facts.target_type != ResultReported.TYPE:
            return None
        facts = replacement(facts)
    if not isinstance(facts, ResultReported):
        return None
    named = f"{subject}\n{facts.series}".encode()
    return int.from_bytes(hashlib.blake2b(named, digest_size=8).digest(), "big", signed=True)
