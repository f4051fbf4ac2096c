"""One subject's record as the rules read it: made once in time linear in the entries, then asked by every rule."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeVar, cast

import msgspec

from schemas.events.fact import Fact
from schemas.milestones import Mark, Milestones, milestones_of, moves_milestones
from schemas.rules.comparison import Compared
from schemas.settlement import Entry, Settled
from schemas.study import StudyDefinition

F = TypeVar("F", bound=Fact)

Compare = Callable[[Settled], Iterable[Compared]]
"""Derives the responses of a record as it stands and compares them; the rule `response-differs` reads the outcome."""


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """``entries`` has every entry by id, in force or not, and ``in_force`` those that stand; both in the one order.

    ``on`` is the date at which the record is judged: a visit is missing only where its window closed before.
    ``held`` names the actions that found no entry. ``noted`` is read through `of`.
    """

    study: StudyDefinition
    on: dt.date
    entries: dict[str, Entry]
    in_force: list[Entry]
    noted: dict[type[Fact], list[tuple[Entry, Fact]]]
    milestones: Milestones
    held: tuple[str, ...]
    compared: tuple[Compared, ...] = ()

    def of(self, kind: type[F]) -> list[tuple[Entry, F]]:
        """Every entry in force of this type with its facts, in the one order."""
        return cast("list[tuple[Entry, F]]", self.noted.get(kind, []))

    def first(self, kind: type[Fact]) -> Entry | None:
        """The first entry in force of this type."""
        noted = self.noted.get(kind)
        return noted[0][0] if noted else None

    @property
    def enrolled(self) -> Entry | None:
        """The enrolment that no later undoing took back."""
        return self._at(self.milestones.enrolled)

    @property
    def treated(self) -> Entry | None:
        """The first course of chemotherapy."""
        return self._at(self.milestones.treated)

    @property
    def died(self) -> Entry | None:
        return self._at(self.milestones.died)

    def _at(self, mark: Mark | None) -> Entry | None:
        return None if mark is None else self.entries[mark.entry]


def chart_of(settled: Settled, study: StudyDefinition, on: dt.date, compared: Iterable[Compared] = ()) -> Chart:
    """The chart of one subject's settled entries."""
    in_force = settled.in_force()
    noted: dict[type[Fact], list[tuple[Entry, Fact]]] = defaultdict(list)
    moving: list[Entry] = []
    for entry in in_force:
        assert entry.facts is not None, "an entry in force has facts"
        noted[type(entry.facts)].append((entry, entry.facts))
        if moves_milestones(entry.facts):
            moving.append(entry)
    return Chart(
        study=study,
        on=on,
        entries={entry.id: entry for entry in settled.entries},
        in_force=in_force,
        noted=dict(noted),
        milestones=milestones_of(moving),
        held=settled.held,
        compared=tuple(compared),
    )
