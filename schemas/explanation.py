"""What one new event changed in a subject, and why: so that whoever shows a number can say which event moved it."""

import datetime as dt
from collections.abc import Iterable

import msgspec

from schemas.changes import Field, entries_changed, milestones_changed
from schemas.events.event import Event
from schemas.lineage import Verdict, lineages_of
from schemas.milestones import Milestones, milestones_of
from schemas.settlement import Entry
from schemas.subject import Change, change_of


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """One entry that stands otherwise than before; ``before`` is None where the event brought it."""

    before: Entry | None
    after: Entry


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What one event did to one subject, and what it says of itself.

    ``verdict`` is what came of the event at once, and ``because`` the id of the event that decided that, None where it
    itself did: a correction that is held, outdone or inert changes nothing. ``moved`` are the entries that stand
    otherwise, ``held`` the change in the number of held actions. ``changes`` are the same field by field, entries first
    and then milestones, as `schemas.changes` describes them.
    """

    event: str
    type: str
    actor: str
    actor_role: str
    reason: str | None
    recorded_at: dt.datetime
    verdict: Verdict
    because: str | None
    moved: tuple[Moved, ...]
    held: int
    milestones_before: Milestones
    milestones_after: Milestones
    changes: tuple[Field, ...]


def explain(earlier: Iterable[Event], new: Event) -> Explanation:
    """Explains a new event of a subject by all earlier ones, in whatever order. A repeated event changes nothing."""
    known = {event.id: event for event in earlier}
    change = change_of(known.values(), [new])
    known.setdefault(new.id, new)
    before, after = milestones_of(change.before), milestones_of(change.after)
    version = next(each for each in lineages_of(known.values()).versions() if each.id == new.id)
    return Explanation(
        event=new.id,
        type=new.type,
        actor=new.actor,
        actor_role=new.actor_role,
        reason=new.reason,
        recorded_at=new.recorded_at,
        verdict=version.verdict,
        because=version.because,
        moved=_moved(change),
        held=change.held,
        milestones_before=before,
        milestones_after=after,
        changes=(*entries_changed(new.id, change), *milestones_changed(before, after)),
    )


def _moved(change: Change) -> tuple[Moved, ...]:
    was = {entry.id: entry for entry in change.before}
    pairs = ((was.get(entry.id), entry) for entry in change.after)
    return tuple(Moved(before=before, after=after) for before, after in pairs if before != after)
