"""How many subjects end, or enter, on each day: what a survival curve is made of, moved by one subject in no time."""

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

_DAYS_FIRST = 1_024


class DayCounts:
    """Counts by whole days from 0 on, as many days as are needed."""

    def __init__(self) -> None:
        self._counts: Integers = np.zeros(_DAYS_FIRST, dtype=np.int64)

    def add(self, day: int, subjects: int) -> None:
        """``subjects`` more on this day, fewer where it is negative."""
        if day >= len(self._counts):
            grown = np.zeros(2 * (day + 1), dtype=np.int64)
            grown[: len(self._counts)] = self._counts
            self._counts = grown
        self._counts[day] += subjects

    def until(self, length: int) -> Integers:
        """The counts of the days before ``length``."""
        kept = self._counts[:length]
        return kept if len(kept) == length else np.pad(kept, (0, length - len(kept)))

    @property
    def length(self) -> int:
        """One more than the last day with anybody, 0 where there is none."""
        days = np.flatnonzero(self._counts)
        return int(days[-1]) + 1 if len(days) else 0

    @property
    def total(self) -> int:
        return int(self._counts.sum())


def from_day_on(counts: Integers) -> Integers:
    """For each day, how many are counted on it or later."""
    return np.asarray(counts[::-1].cumsum()[::-1])
