"""Carries the states of subjects through the accepted events of a batch, one event after the other. Pure.

What an event changed must not depend on what came in the same transaction. Only the tallies of entries that move no
milestone and are linked to nothing, most laboratory results, are added in one go: sums do not care.
"""

from collections.abc import Callable, Iterable

from projections.arrivals import Arrived
from projections.clusters import Clusters
from schemas.changes import Field, entries_changed, entry_brought, milestones_changed, status_changed
from schemas.events.event import Event
from schemas.milestones import BULK, moves_milestones
from schemas.settlement import Entry
from schemas.status import StatusSince, current, statuses
from schemas.study import StudyDefinition
from schemas.subject import Change, SubjectState, carry, change_of


class Carried:
    """One subject on its way through a batch.

    ``touched`` are entries that stand otherwise than they stood when they were first written, by id. ``state`` is whole
    after `finish`.
    """

    def __init__(
        self,
        state: SubjectState,
        study: StudyDefinition,
        known: Iterable[Arrived],
        standing: Callable[[], Iterable[Entry]],
    ) -> None:
        """``known`` are the earlier events of all clusters that the batch may touch, and may be more than that.

        ``standing`` gives the subject's entries in force before the batch that move milestones. It is asked only where
        an event takes back an entry on which a milestone stands, and then once.
        """
        self.state = state
        self.status = current(state.milestones, study)
        self.touched: dict[str, Entry] = {}
        self._study = study
        self._clusters = Clusters(known)
        self._load_standing = standing
        self._standing: dict[str, Entry] | None = None
        self._moved: list[Change] = []
        self._bulk: list[Arrived] = []

    def take(self, arrived: Arrived) -> list[Field]:
        """Moves the subject on by one new event, and returns what that changed."""
        earlier = self._clusters.around(arrived)
        self._clusters.add(arrived)
        if not earlier and arrived.entry is not None and isinstance(arrived.event.facts, BULK):
            self._bulk.append(arrived)
            return [entry_brought(arrived.payload)]
        self.finish()
        before = self.state
        change = _change(earlier, arrived)
        self._moved.append(change)
        self.state = carry(before, change, self._restood() if change.retracts(before.milestones) else None)
        self._note_touched(arrived, change)
        return [*entries_changed(arrived.event.id, change), *self._beyond_entries(before)]

    def finish(self) -> None:
        """Brings what was put aside into the state."""
        if self._bulk:
            self.state = carry(self.state, _singles(self._bulk))
            self._bulk = []

    def reached(self) -> tuple[StatusSince, ...]:
        """Every status of the subject, the current one last."""
        return statuses(self.state.milestones, self._study)

    def _beyond_entries(self, before: SubjectState) -> list[Field]:
        """What else than entries one event changed since ``before``."""
        changes: list[Field] = []
        if before.tallies.held != self.state.tallies.held:
            changes.append(("held", before.tallies.held, self.state.tallies.held))
        milestones = self.state.milestones
        if milestones != before.milestones:
            changes += milestones_changed(before.milestones, milestones)
            was, self.status = self.status, current(milestones, self._study)
            changes += status_changed(was, self.status)
        return changes

    def _restood(self) -> Iterable[Entry]:
        """The entries in force that move milestones, as they stand after all changes so far."""
        if self._standing is None:
            self._standing = {entry.id: entry for entry in self._load_standing()}
        for change in self._moved:
            for entry in change.before:
                self._standing.pop(entry.id, None)
            for entry in change.after:
                if entry.facts is not None and moves_milestones(entry.facts):
                    self._standing[entry.id] = entry
        self._moved = []
        return self._standing.values()

    def _note_touched(self, arrived: Arrived, change: Change) -> None:
        was = {entry.id: entry for entry in change.before}
        if arrived.entry is not None:
            was[arrived.event.id] = arrived.entry
        for entry in change.after:
            if was.get(entry.id) != entry:
                self.touched[entry.id] = entry


def _change(earlier: list[Event], arrived: Arrived) -> Change:
    """The change by one event; an entry linked to nothing needs no settlement."""
    if earlier or arrived.entry is None:
        return change_of(earlier, [arrived.event])
    return _singles([arrived])


def _singles(arrived: list[Arrived]) -> Change:
    """The change by entries of which each is linked to nothing."""
    return Change(
        received=tuple(each.digest for each in arrived),
        before=(),
        after=tuple(each.entry for each in arrived if each.entry is not None),
    )
