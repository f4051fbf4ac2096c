"""What all tallies have in common: rows are counted by what they contribute, and a row that contributes the same moves
nothing.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from schemas.rules.endpoints import EndpointRow

Part = TypeVar("Part", bound=Hashable)


def move(counts: "Counter[Part]", part: Part, subjects: int) -> None:
    """Counts so many more, or fewer, and forgets what nobody contributes any more."""
    counts[part] += subjects
    if not counts[part]:
        del counts[part]


Counted = Sequence[tuple[Part, int]]
"""How many contribute each part, each part once."""


def among(counted: Counted[Part], holds: Callable[[Part], bool]) -> Counted[Part]:
    return [(part, subjects) for part, subjects in counted if holds(part)]


def how_many(counted: Counted[Part], holds: Callable[[Part], bool]) -> int:
    return sum(subjects for part, subjects in counted if holds(part))


def total(counted: Counted[Part]) -> int:
    return sum(subjects for _, subjects in counted)


class Tally(ABC, Generic[Part]):
    """Counts subjects by the part of their row that a figure reads. ``moves`` grows with every change of the counts."""

    def __init__(self) -> None:
        self.moves = 0

    def replace(self, old: EndpointRow | None, new: EndpointRow | None) -> None:
        """Takes out what one row contributed and puts in what another one does; None contributes nothing."""
        before = None if old is None else self._part(old)
        after = None if new is None else self._part(new)
        if before == after:
            return
        if before is not None:
            self._count(before, -1)
        if after is not None:
            self._count(after, 1)
        self.moves += 1

    @abstractmethod
    def _part(self, row: EndpointRow) -> Part | None:
        """What the figure reads of a row, None where it does not read it at all."""

    @abstractmethod
    def _count(self, part: Part, subjects: int) -> None:
        """So many subjects more, fewer where it is negative, contribute this."""
