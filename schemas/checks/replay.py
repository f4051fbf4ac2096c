"""How the findings in one subject's record came and went as it was put right, in the order of recording.

A query that closed by itself is worth seeing, so the corrections are gone through one by one, as their sources recorded
them: first the record without any, then with each further one. What only adds to a record is there from the beginning:
an entry that comes late put nothing right that ever was wrong. When events arrived plays no part, and so the same set
of events gives the same steps.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from schemas.checks.catalogue import check
from schemas.checks.chart import Compare
from schemas.checks.finding import Finding
from schemas.codec import encode_facts
from schemas.events import EntryCorrected, EntryVoided, ResultReported
from schemas.events.event import Event
from schemas.events.lab import ResultStatus
from schemas.settlement import Entry, Settled, settle
from schemas.study import StudyDefinition

RecordedKey = tuple[dt.datetime, str]

BEFORE_ALL: RecordedKey = (dt.datetime.min.replace(tzinfo=dt.UTC), "")
"""Where the record without any correction stands among what was recorded."""

_NOT_A_CORRECTION = frozenset({ResultStatus.PRELIMINARY, ResultStatus.FINAL})


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """A finding came, went, or stands on entries that changed.

    ``key`` is where that stands in the order of recording. ``standing`` names the entries concerned as they stood
    then, None where the finding went. ``because`` is the correction; for what the record said from the beginning, the
    entry concerned that was recorded last. ``actor`` and ``actor_role`` are the correction's, None without one.
    """

    key: RecordedKey
    standing: str | None
    because: str
    at: dt.datetime
    actor: str | None = None
    actor_role: str | None = None


class Sighted(msgspec.Struct, frozen=True, kw_only=True):
    """A finding as it was last seen, and all sightings in order; at least one."""

    finding: Finding
    sightings: tuple[Sighting, ...]


def query_id(subject: str, finding: Finding) -> str:
    """The id of the query that a finding opens: the rule's name, and a hash over subject, rule and entries.

    It says nothing of what the entries say, so the query stays the same while they are corrected.
    """
    said = "\n".join((subject, finding.rule, finding.about, *finding.entries))
    return f"{finding.rule}-{hashlib.sha256(said.encode()).hexdigest()[:24]}"


def replay(
    subject: str, events: Iterable[Event], study: StudyDefinition, on: dt.date, compare: Compare | None
) -> dict[str, Sighted]:
    """Every finding that the record ever had, by query id.

    The cost is that of `check`, once and once more for every correction, void and corrected laboratory result.
    """
    recorded = {event.id: event for event in events}
    sighted: dict[str, Sighted] = {}
    for amendment, settled in _steps(recorded.values()):
        stands = {entry.id: entry for entry in settled.entries}
        found = {query_id(subject, finding): finding for finding in check(settled, study, on, compare)}
        for id_ in found.keys() | sighted.keys():
            before = sighted[id_].sightings if id_ in sighted else ()
            standing = _standing(found[id_], stands) if id_ in found else None
            if before and before[-1].standing == standing:
                continue
            finding = found[id_] if id_ in found else sighted[id_].finding
            sighting = _sighting(standing, amendment or _recorded_last(finding, recorded), amendment)
            sighted[id_] = Sighted(finding=finding, sightings=(*before, sighting))
    return sighted


def _steps(events: Iterable[Event]) -> Iterator[tuple[Event | None, Settled]]:
    """The record without corrections, and then with each one more. A held action counts only if it is held for good."""
    everything = list(events)
    held = frozenset(settle(everything).held)
    amendments = _amendments(everything)
    amending = {event.id for event in amendments}
    known = [event for event in everything if event.id not in amending]
    for amendment in (None, *amendments):
        if amendment is not None:
            known.append(amendment)
        settled = settle(known)
        still = tuple(action for action in settled.held if action in held)
        yield amendment, msgspec.structs.replace(settled, held=still)


def _amendments(events: Sequence[Event]) -> list[Event]:
    """What puts something right, in the order of recording: corrections, voids, and results that correct or withdraw an
    earlier version of their report line. That a final result follows a preliminary one is no correction.
    """
    lines: dict[str, Event] = {}
    for event in events:
        if isinstance(event.facts, ResultReported):
            first = lines.setdefault(event.facts.series, event)
            lines[event.facts.series] = min(first, event, key=Event.recorded_key)
    found = [event for event in events if _amends(event, lines)]
    return sorted(found, key=Event.recorded_key)


def _amends(event: Event, lines: dict[str, Event]) -> bool:
    if isinstance(event.facts, ResultReported):
        return event.facts.status not in _NOT_A_CORRECTION and lines[event.facts.series] is not event
    return isinstance(event.facts, EntryCorrected | EntryVoided)


def _standing(finding: Finding, entries: dict[str, Entry]) -> str:
    """SHA-256, hexadecimal, over the concerned entries as they stand: facts and time, not what made them so."""
    hashed = hashlib.sha256()
    for id_ in finding.entries:
        entry = entries.get(id_)
        hashed.update(f"{id_}\n".encode())
        if entry is not None and entry.facts is not None:
            hashed.update(f"{entry.happened}\n{entry.facts.TYPE}\n".encode() + encode_facts(entry.facts))
    return hashed.hexdigest()


def _recorded_last(finding: Finding, events: dict[str, Event]) -> Event:
    """Of the entries that a finding of the beginning is about, the one that completed it."""
    return max((events[id_] for id_ in finding.entries if id_ in events), key=Event.recorded_key)


def _sighting(standing: str | None, because: Event, amendment: Event | None) -> Sighting:
    return Sighting(
        key=BEFORE_ALL if amendment is None else amendment.recorded_key(),
        standing=standing,
        because=because.id,
        at=because.recorded_at,
        actor=None if amendment is None else amendment.actor,
        actor_role=None if amendment is None else amendment.actor_role,
    )
