"""Carries the states of subjects through the accepted events of a batch, one event after the other. Pure.

What an event changed must not depend on what came in the same transaction, so nothing is carried in bulk.
"""

from collections.abc import Iterable

import msgspec

from projections.arrivals import Arrived
from projections.changes import Field, entries_changed, milestones_changed, status_changed
from projections.clusters import Clusters
from schemas.milestones import moves_milestones
from schemas.settlement import Entry
from schemas.status import StatusSince, current, statuses
from schemas.study import StudyDefinition
from schemas.subject import Change, SubjectState, carry, change_of


class Carried(msgspec.Struct, kw_only=True):
    """One subject on its way through a batch.

    ``standing`` are its entries in force that move milestones, by id; None where nothing in the batch can retract one.
    ``touched`` are entries that stand otherwise than they stood when they were first written.
    """

    state: SubjectState
    clusters: Clusters
    standing: dict[str, Entry] | None
    status: StatusSince | None
    touched: dict[str, Entry]


def begin(
    state: SubjectState, study: StudyDefinition, known: Iterable[Arrived], standing: Iterable[Entry] | None
) -> Carried:
    """``known`` are the earlier events of all clusters that the batch may touch, and may be more than that."""
    return Carried(
        state=state,
        clusters=Clusters(known),
        standing=None if standing is None else {entry.id: entry for entry in standing},
        status=current(state.milestones, study),
        touched={},
    )


def carry_event(carried: Carried, arrived: Arrived, study: StudyDefinition) -> list[Field]:
    """Moves the subject on by one new event, and returns what that changed."""
    before = carried.state
    change = _change(carried.clusters, arrived)
    carried.clusters.add(arrived)
    if carried.standing is not None:
        _restand(carried.standing, change)
    standing = None if carried.standing is None else carried.standing.values()
    carried.state = carry(before, change, standing)
    changes = list(entries_changed(arrived.event.id, change))
    _note_touched(carried.touched, arrived, change)
    if change.held:
        changes.append(("held", before.tallies.held, carried.state.tallies.held))
    milestones = carried.state.milestones
    if milestones is not before.milestones and milestones != before.milestones:
        changes += milestones_changed(before.milestones, milestones)
        was, carried.status = carried.status, current(milestones, study)
        changes += status_changed(was, carried.status)
    return changes


def reached(carried: Carried, study: StudyDefinition) -> tuple[StatusSince, ...]:
    """Every status of the subject, the current one last."""
    return statuses(carried.state.milestones, study)


def _change(clusters: Clusters, arrived: Arrived) -> Change:
    """The change by one event; the common case, an entry linked to nothing, needs no settlement."""
    earlier = clusters.around(arrived)
    if earlier or arrived.entry is None:
        return change_of(earlier, [arrived.event])
    return Change(received=(arrived.digest,), before=(), after=(arrived.entry,))


def _restand(standing: dict[str, Entry], change: Change) -> None:
    for entry in change.before:
        standing.pop(entry.id, None)
    for entry in change.after:
        if entry.facts is not None and moves_milestones(entry.facts):
            standing[entry.id] = entry


def _note_touched(touched: dict[str, Entry], arrived: Arrived, change: Change) -> None:
    was = {entry.id: entry for entry in change.before}
    if arrived.entry is not None:
        was[arrived.event.id] = arrived.entry
    for entry in change.after:
        if was.get(entry.id) != entry:
            touched[entry.id] = entry
