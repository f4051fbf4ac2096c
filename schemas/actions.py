"""What corrections and voids come to: each of them, and all that speak of one entry together.

An action speaks of a *target*, an entry or another action. All actions whose chains of targets end in one entry form a
tree above it. From the leaves down, each action finally *says* something, or is out:

1. A void says that its target is out. A void of which an active void speaks is out itself: it never was.
2. A correction says that its facts stand in the place of its target's. Where actions speak of the correction, the one
   in force of them decides: another correction puts its own facts there, a void takes the correction out.
3. A correction is *inert*, and out, where its ``target_type`` is not the type of the entry at the root, or where its
   target is a void: there are no facts to put others in the place of.
4. Of the active actions on one entry or on one correction, the one recorded last is in force, by the source's own
   clock; of two recorded at the same instant, the one with the greater id.
5. Where a correction is in force beside another active correction of the same target, what it says is *contested*.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from schemas.codec import replacement
from schemas.events import EntryCorrected, EntryVoided, SubjectFacts
from schemas.events.event import Event
from schemas.moments import Moment

_ACTIONS = frozenset({EntryCorrected, EntryVoided})


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What an active action finally says of its target: a void where ``facts`` is None.

    ``action`` is the action's id and ``recorded`` its place among the actions on its target. ``by`` is the id of the
    action whose facts they are: its own, or that of a correction of it. ``happened`` is None where the time stays.
    """

    action: str
    recorded: tuple[dt.datetime, str]
    by: str
    facts: SubjectFacts | None = None
    happened: Moment | None = None
    contested: bool = False


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """All actions above one entry. ``actions`` stand behind their targets, by id.

    ``says`` has for each target, the entry or an action, what the active actions on it say. An action that says nothing
    there is out: voided, or inert.
    """

    actions: Mapping[str, Event]
    says: Mapping[str, Sequence[Said]]


def target_of(action: Event) -> str:
    """The id of what an action speaks of."""
    assert isinstance(action.facts, EntryCorrected | EntryVoided)
    return action.facts.target


def split(events: Iterable[Event]) -> tuple[dict[str, Event], dict[str, list[Event]]]:
    """The entries by id, and the actions by the id of what they speak of. A repeated event counts once."""
    entries: dict[str, Event] = {}
    actions: dict[str, Event] = {}
    for event in events:
        (actions if type(event.facts) in _ACTIONS else entries)[event.id] = event
    actions_on: dict[str, list[Event]] = defaultdict(list)
    for action in actions.values():
        actions_on[target_of(action)].append(action)
    return entries, actions_on


def tree_above(entry: Event, actions_on: Mapping[str, Sequence[Event]]) -> Tree:
    """The tree above an entry. An action that points into a circle, or at nothing known, is in nobody's tree."""
    actions: dict[str, Event] = {}
    waiting = [entry.id]
    for target in waiting:
        for action in actions_on.get(target, ()):
            actions[action.id] = action
            waiting.append(action.id)
    says: dict[str, list[Said]] = defaultdict(list)
    for action in reversed(actions.values()):
        if is_inert(action, entry, actions):
            continue
        said = _said(action, says.get(action.id, ()))
        if said is not None:
            says[target_of(action)].append(said)
    return Tree(actions=actions, says=dict(says))


def decided(says: Sequence[Said]) -> Said | None:
    """What is in force of all that is said of one target; None where nothing is."""
    if not says:
        return None
    last = max(says, key=_recorded)
    if last.facts is not None and sum(said.facts is not None for said in says) > 1:
        return msgspec.structs.replace(last, contested=True)
    return last


def is_inert(action: Event, entry: Event, actions: Mapping[str, Event]) -> bool:
    """Whether an action in the tree above an entry is a correction that can put nothing in anything's place."""
    if not isinstance(action.facts, EntryCorrected):
        return False
    target = actions.get(action.facts.target)
    return action.facts.target_type != entry.type or (target is not None and isinstance(target.facts, EntryVoided))


def _said(action: Event, above: Sequence[Said]) -> Said | None:
    """What one action says, given what is said of it; None where it is voided."""
    facts = action.facts
    last = decided(above)
    if last is not None and last.facts is None:
        return None
    recorded = action.recorded_key()
    if isinstance(facts, EntryVoided):
        return Said(action=action.id, recorded=recorded, by=action.id)
    assert isinstance(facts, EntryCorrected)
    if last is not None:
        happened = last.happened or facts.happened
        return msgspec.structs.replace(last, action=action.id, recorded=recorded, happened=happened)
    new: SubjectFacts = replacement(facts)  # type: ignore[assignment]
    return Said(action=action.id, recorded=recorded, by=action.id, facts=new, happened=facts.happened)


def _recorded(said: Said) -> tuple[dt.datetime, str]:
    return said.recorded
