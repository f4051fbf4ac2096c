"""What one subject's accepted events must have come to, and where the tables say otherwise. Pure.

The state is the fold's, of the whole set at once. The audit trail is that of the writer's own carrying, event by event
in the order of their commits: what an event changed depends on what was there before it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from projections.arrays import date_number, instant_number
from projections.arrivals import Arrived, arrivals_of
from projections.carrying import Carried
from projections.stored import encode_statuses, facts_bytes, rank, zone_offset_s
from projections.verifying.broken import REBUILD, Broken, Kind, before, in_partition
from projections.verifying.rows_by_subject import Commits, Told
from schemas.admission import NOBODY
from schemas.changes import Field, encode_changes
from schemas.moments import Moment
from schemas.records import Record
from schemas.settlement import Entry, settle
from schemas.status import statuses
from schemas.study import StudyDefinition
from schemas.subject import SubjectState, digest, encode_state, state_of
from schemas.topics import Topic

ENTRY_COLUMNS = (
    *("event_id", "facts_digest", "subject", "type", "target", "series", "happened_at", "happened_rank"),
    *("happened_on", "zone_offset_s", "recorded_at", "in_force", "facts", "by", "contested"),
)
TRAIL_COLUMNS = (
    *("event_id", "subject", "actor", "actor_role", "happened", "recorded_at", "received_at", "reason", "changes"),
)
STATE_COLUMNS = ("state", "digest", "status", "status_since", "status_entry", "statuses")


class Read(msgspec.Struct, frozen=True):
    """A place with the event that its accepted row holds."""

    told: Told
    arrived: Arrived
    received_at: int


class Judged(msgspec.Struct, frozen=True):
    """What is broken of a subject; ``state`` is what it must have come to, None where it has no state at all."""

    broken: list[Broken]
    state: SubjectState | None


def judge_subject(
    key: bytes,
    places: Sequence[Told],
    commits: Commits,
    topics: Mapping[str, Topic],
    study: StudyDefinition,
    *,
    compare: bool,
) -> Judged:
    """One subject's whole history. ``compare`` as in `Span`."""
    broken: list[Broken] = []
    read = [each for each in (read_event(key, place, topics, broken) for place in places) if each is not None]
    if not compare:
        return Judged(broken, None)
    subject = key.decode(errors="replace")
    history = History(subject, study, read, commits)
    for place in places:
        broken += compared(place, history.expected(place))
    return Judged(broken, history.state)


def judge_nobody(told: Iterable[Told], topics: Mapping[str, Topic], *, compare: bool) -> Iterator[Broken]:
    """Events about no subject, one by one: they change nothing, and there may be very many."""
    for place in told:
        broken: list[Broken] = []
        read = read_event(NOBODY, place, topics, broken)
        yield from broken
        if compare:
            yield from compared(place, None if read is None else (read, _as_sent(read.arrived), []))


def state_row(state: SubjectState, study: StudyDefinition) -> tuple[Any, ...]:
    """`STATE_COLUMNS` of a subject's row, but for the statuses' spaces: `statuses` is JSON without them."""
    reached = statuses(state.milestones, study)
    last = reached[-1] if reached else None
    return (
        encode_state(state),
        digest(state),
        None if last is None else last.status.value,
        None if last is None else last.since.on,
        None if last is None else last.since.entry,
        encode_statuses(reached),
    )


Expected = tuple[Read, Entry | None, list[Field]]
"""An event, its entry as it stands, None where it is no entry, and what it changed."""


class History:
    """A subject's events folded and carried."""

    def __init__(self, subject: str, study: StudyDefinition, read: Sequence[Read], commits: Commits) -> None:
        self._read: dict[tuple[str, int, int], Read] = {}
        own: dict[str, Arrived] = {}
        changes: dict[str, list[Field]] = {}
        carried = Carried(SubjectState(subject=subject), study, (), lambda: ())
        for each in _in_order(read, commits):
            self._read[_place(each.told)] = each
            arrived = each.arrived
            if arrived.is_of_a_subject and arrived.event.id not in own:
                own[arrived.event.id] = arrived
                changes[arrived.event.id] = carried.take(arrived)
        settled = settle(arrived.event for arrived in own.values())
        self._changes = changes
        self._entries = {entry.id: entry for entry in settled.entries}
        digests = [arrived.digest for arrived in own.values()]
        self.state = state_of(subject, digests, settled) if own else None

    def expected(self, told: Told) -> Expected | None:
        """None where no event was accepted there: not by this row, should a table have two of one place."""
        read = None if told.accepted is None else self._read.get(_place(told))
        if read is None:
            return None
        event_id = read.arrived.event.id
        return read, self._entries.get(event_id), self._changes.get(event_id, [])


def read_event(key: bytes, told: Told, topics: Mapping[str, Topic], broken: list[Broken]) -> Read | None:
    """The event of a place, None where none was accepted there or none can be read, which is then noted."""
    if told.accepted is None:
        return None
    value, event_id, received_at = told.accepted
    topic = topics.get(told.topic)
    what = None
    if topic is None:
        what = "the row is accepted, and its topic is none of the study's"
    else:
        record = Record(topic=told.topic, partition=told.partition, offset=told.offset, key=key, value=value)
        (arrival,) = arrivals_of((record,), topic)
        if arrival.arrived is None:
            what = f"the row is accepted, and this code reads no event in it: {arrival.reason}"
        elif arrival.arrived.event.id != event_id:
            what = "the row names another event id than its event has"
        else:
            return Read(told, arrival.arrived, received_at)
    broken.append(in_partition(Kind.EVENTS, told.topic, told.partition, told.offset, what, before(told.offset)))
    return None


def compared(told: Told, expected: Expected | None) -> Iterator[Broken]:
    """What the entry and the trail's row of a place say otherwise than they must."""
    entry = trail = None
    if expected is not None:
        entry, trail = _entry_row(*expected), _trail_row(*expected)
    for kind, name, columns, found, right in (
        (Kind.ENTRIES, "entry", ENTRY_COLUMNS, told.entry, entry),
        (Kind.TRAIL, "row of the audit trail", TRAIL_COLUMNS, told.trail, trail),
    ):
        if found == right:
            continue
        if found is None:
            what = f"the {name} of this accepted event is missing"
        elif right is None:
            # Where the ledger's row is there and cannot be read, that is told once, of the row.
            if told.accepted is not None:
                continue
            what = f"there is an {name}" if kind is Kind.ENTRIES else f"there is a {name}"
            what += " and no accepted event"
        else:
            what = f"the {name} differs from what the ledger comes to in {_differing(columns, found, right)}"
        yield in_partition(kind, told.topic, told.partition, told.offset, what, REBUILD)


def _differing(columns: Sequence[str], found: tuple[Any, ...], right: tuple[Any, ...]) -> str:
    return ", ".join(name for name, one, other in zip(columns, found, right, strict=True) if one != other)


def _entry_row(read: Read, entry: Entry | None, _: list[Field]) -> tuple[Any, ...]:
    """`ENTRY_COLUMNS`: as it was first written where nothing else was said of it, else as it was written again."""
    arrived = read.arrived
    event = arrived.event
    happened: Moment = event.happened if entry is None else entry.happened
    payload = arrived.payload
    if entry is not None and entry.facts is not event.facts:
        payload = facts_bytes(entry.facts)
    return (
        event.id,
        bytes.fromhex(arrived.digest),
        event.subject,
        event.type,
        arrived.target,
        arrived.series,
        instant_number(happened.at),
        rank(happened),
        date_number(happened.on),
        zone_offset_s(happened),
        instant_number(event.recorded_at),
        payload is not None,
        payload,
        None if entry is None else entry.by,
        entry is not None and entry.contested,
    )


def _trail_row(read: Read, _: Entry | None, changes: list[Field]) -> tuple[Any, ...]:
    event = read.arrived.event
    return (
        event.id,
        event.subject,
        event.actor,
        event.actor_role,
        str(event.happened),
        instant_number(event.recorded_at),
        read.received_at,
        event.reason,
        encode_changes(changes).decode(),
    )


def _as_sent(arrived: Arrived) -> Entry | None:
    return arrived.entry


def _place(told: Told) -> tuple[str, int, int]:
    return told.topic, told.partition, told.offset


def _in_order(read: Iterable[Read], commits: Commits) -> list[Read]:
    """By commit, within a commit by offset; rows that no commit covers stand last, and are told of elsewhere."""

    def order(each: Read) -> tuple[bool, int, int]:
        commit = commits.of(each.told)
        return commit is None, commit or 0, each.told.offset

    return sorted(read, key=order)
