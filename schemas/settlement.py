"""Which facts are in force, once all corrections, voids and later report versions of one subject are considered.

The result depends on the set of events only, never on the order of their arrival:

1. An action (correction or void) speaks of its target, an entry or another action. Of the active actions on one target
   the one recorded last is in force; two active corrections of one target are *contested*.
2. A void takes its target out: a voided entry has no facts, a voided action never was. So a void of a void, or of a
   correction, gives back what stood before.
3. A correction puts its facts in the place of its target's. A correction of a correction replaces what that one says.
   A correction whose ``target_type`` is not the type of the entry at the root, or that speaks of a void, is inert.
4. An action whose chain of targets ends in no entry of this subject is *held*: the target has not come yet, is another
   subject's, or the actions point at each other in a circle.
5. Of laboratory results in one series, the version recorded last is in force; where that one says deleted, wrong or
   unobtainable, none is.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from schemas.codec import replacement
from schemas.events import EntryCorrected, EntryVoided, ResultReported, SubjectFacts
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
        return (*self.happened.sort_key(), self.recorded_at.astimezone(dt.UTC), self.id)


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """All entries of the events given, in their order of sorting, in force or not; and the ids of held actions."""

    entries: tuple[Entry, ...]
    held: tuple[str, ...]

    def in_force(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.facts is not None]


class _Said(msgspec.Struct, frozen=True):
    """What an action finally says: facts and time to put in place, or a void where ``facts`` is None."""

    facts: SubjectFacts | None
    happened: Moment | None
    by: str


def settle(events: Iterable[Event]) -> Settled:
    """Settles all events of one subject, or of one cluster: events that speak of each other, or share a series."""
    by_id = {event.id: event for event in events}
    actions_on: dict[str, list[Event]] = defaultdict(list)
    entries: list[Event] = []
    for event in by_id.values():
        if isinstance(event.facts, EntryCorrected | EntryVoided):
            actions_on[event.facts.target].append(event)
        else:
            entries.append(event)
    reached: set[str] = set()
    settled = [_settle_entry(event, actions_on, reached) for event in entries]
    held = sorted(event.id for actions in actions_on.values() for event in actions if event.id not in reached)
    return Settled(entries=tuple(sorted(_versions_settled(settled), key=Entry.sort_key)), held=tuple(held))


def _settle_entry(event: Event, actions_on: dict[str, list[Event]], reached: set[str]) -> Entry:
    """Walks the tree of actions above one entry, and decides from its leaves down to the entry."""
    tree = [event.id]
    actions: dict[str, Event] = {}
    for target in tree:
        for action in actions_on.get(target, ()):
            actions[action.id] = action
            tree.append(action.id)
    reached.update(actions)
    says: dict[str, list[tuple[tuple[dt.datetime, str], _Said]]] = defaultdict(list)
    contested = False
    for action_id in reversed(tree[1:]):
        action = actions[action_id]
        said, doubted = _says(action, event.type, says[action_id])
        contested |= doubted
        if said is not None:
            says[_target(action)].append((action.recorded_key(), said))
    final, doubted = _decided(says[event.id])
    if final is None:
        return Entry(id=event.id, facts=event.facts, happened=event.happened, recorded_at=event.recorded_at)  # type: ignore[arg-type]
    return Entry(
        id=event.id,
        facts=final.facts,
        happened=final.happened or event.happened,
        recorded_at=event.recorded_at,
        by=final.by,
        contested=contested or doubted,
    )


def _target(action: Event) -> str:
    assert isinstance(action.facts, EntryCorrected | EntryVoided)
    return action.facts.target


def _says(
    action: Event, root_type: str, above: list[tuple[tuple[dt.datetime, str], _Said]]
) -> tuple[_Said | None, bool]:
    """What one action says in the end, None where it is voided or inert, and whether it is contested."""
    facts = action.facts
    if isinstance(facts, EntryVoided):
        voided = any(said.facts is None for _, said in above)
        return (None if voided else _Said(None, None, action.id)), False
    assert isinstance(facts, EntryCorrected)
    if facts.target_type != root_type:
        return None, False
    decided, contested = _decided(above)
    if decided is None:
        return _Said(replacement(facts), facts.happened, action.id), contested  # type: ignore[arg-type]
    if decided.facts is None:
        return None, contested
    return _Said(decided.facts, decided.happened or facts.happened, decided.by), contested


def _decided(says: list[tuple[tuple[dt.datetime, str], _Said]]) -> tuple[_Said | None, bool]:
    """The action recorded last of those on one target, and whether two corrections contest it."""
    if not says:
        return None, False
    contested = sum(said.facts is not None for _, said in says) > 1
    return max(says, key=lambda pair: pair[0])[1], contested


def _versions_settled(entries: list[Entry]) -> list[Entry]:
    """Of each series of laboratory results only the last version stays in force."""
    series: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if isinstance(entry.facts, ResultReported):
            series[entry.facts.series].append(entry)
    superseded: dict[str, str] = {}
    for versions in series.values():
        last = max(versions, key=_version_key)
        superseded.update({entry.id: last.id for entry in versions if entry is not last})
        assert isinstance(last.facts, ResultReported)
        if last.facts.status in WITHDRAWN_STATUSES:
            superseded[last.id] = last.id
    return [
        msgspec.structs.replace(entry, facts=None, by=superseded[entry.id]) if entry.id in superseded else entry
        for entry in entries
    ]


_STATUS_RANK = {ResultStatus.PRELIMINARY: 0, ResultStatus.FINAL: 1}


def _version_key(entry: Entry) -> tuple[dt.datetime, int, str]:
    assert isinstance(entry.facts, ResultReported)
    return (entry.recorded_at.astimezone(dt.UTC), _STATUS_RANK.get(entry.facts.status, 2), entry.id)
