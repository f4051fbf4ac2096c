"""Which facts are in force, once all corrections, voids and later report versions of one subject are considered.

The result depends on the set of events only, never on the order of their arrival:

1. What an entry says is decided by the corrections and voids above it, as `schemas.actions` has it: a void takes the
   entry out, a correction puts its facts there and, where it has one, its time. So a void of a void, or of a
   correction, gives back what stood before, and a correction of a correction replaces what that one says.
2. An action whose chain of targets ends in no entry of this subject is *held*: the target has not come yet, is another
   subject's or no entry at all, or the actions point at each other in a circle (or at themselves). It changes nothing
   until the chain reaches an entry; a circle never does, nor does what speaks of one.
3. Then, of laboratory results in one series, the version recorded last is in force; where that one says deleted, wrong
   or unobtainable, none is. A result is of the series, and has the status, that its corrections give it; its place
   among the versions stays the one at which the laboratory recorded it. A correction corrects one version: a version
   recorded after that one is in force whatever was corrected in it.
"""

import datetime as dt
from collections.abc import Iterable

import msgspec

from schemas.actions import Said, decided, split, tree_above
from schemas.events import ResultReported, SubjectFacts
from schemas.events.event import Event
from schemas.events.lab import ResultStatus
from schemas.moments import Moment

WITHDRAWN_STATUSES = frozenset({ResultStatus.DELETED, ResultStatus.WRONG, ResultStatus.UNOBTAINABLE})


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry as it stands. ``facts`` is None where nothing of it is in force.

    ``by`` is the id of the action or of the later version that decided, None where the entry stands as it was sent.
    """

    id: str
    facts: SubjectFacts | None
    happened: Moment
    recorded_at: dt.datetime
    by: str | None = None
    contested: bool = False

    def sort_key(self) -> tuple[dt.datetime, int, dt.datetime, str]:
        """The one order of a subject's entries: happened, then recorded, then id."""
        at, rank = self.happened.sort_key()
        return (at, rank, self.recorded_at.astimezone(dt.UTC), self.id)


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """All entries of the events given, in their order of sorting, in force or not; and the ids of held actions."""

    entries: tuple[Entry, ...]
    held: tuple[str, ...]

    def in_force(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.facts is not None]


def settle(events: Iterable[Event]) -> Settled:
    """Settles all events of one subject, or of one cluster: events that speak of each other, or share a series."""
    sent, actions_on = split(events)
    held = {action.id for actions in actions_on.values() for action in actions}
    entries = []
    for event in sent.values():
        if event.id in actions_on:
            tree = tree_above(event, actions_on)
            held.difference_update(tree.actions)
            entries.append(_decided(event, decided(tree.says.get(event.id, ()))))
        else:
            entries.append(_as_sent(event))
    in_order = sorted(_versions_settled(entries), key=Entry.sort_key)
    return Settled(entries=tuple(in_order), held=tuple(sorted(held)))


def _as_sent(event: Event) -> Entry:
    facts: SubjectFacts = event.facts  # type: ignore[assignment]
    return Entry(id=event.id, facts=facts, happened=event.happened, recorded_at=event.recorded_at)


def _decided(event: Event, said: Said | None) -> Entry:
    if said is None:
        return _as_sent(event)
    return Entry(
        id=event.id,
        facts=said.facts,
        happened=said.happened or event.happened,
        recorded_at=event.recorded_at,
        by=said.by,
        contested=said.contested,
    )


def _versions_settled(entries: list[Entry]) -> list[Entry]:
    """Of each series of laboratory results only the last version stays in force."""
    series: dict[str, list[Entry]] = {}
    for entry in entries:
        if type(entry.facts) is ResultReported:
            series.setdefault(entry.facts.series, []).append(entry)
    superseded: dict[str, str] = {}
    for versions in series.values():
        last = versions[0] if len(versions) == 1 else max(versions, key=_version_key)
        superseded.update({entry.id: last.id for entry in versions if entry is not last})
        assert isinstance(last.facts, ResultReported)
        if last.facts.status in WITHDRAWN_STATUSES:
            superseded[last.id] = last.id
    if not superseded:
        return entries
    return [
        msgspec.structs.replace(entry, facts=None, by=superseded[entry.id]) if entry.id in superseded else entry
        for entry in entries
    ]


_STATUS_RANK = {ResultStatus.PRELIMINARY: 0, ResultStatus.FINAL: 1}


def _version_key(entry: Entry) -> tuple[dt.datetime, int, str]:
    assert isinstance(entry.facts, ResultReported)
    return (entry.recorded_at.astimezone(dt.UTC), _STATUS_RANK.get(entry.facts.status, 2), entry.id)
