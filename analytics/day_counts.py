"""Who is followed on each day, and whose time ends on it: what a survival curve is made of, moved by one subject in no
time.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

_DAYS_FIRST = 1_024


class DayRows(NamedTuple):
    """One element per day on which somebody's time ends, ascending, and before them day 0, also where nobody's does.

    ``at_risk`` is the number just before the day, ``ended`` that of times which end on it, ``events`` how many of these
    end in an event.
    """

    days: Integers
    at_risk: Integers
    ended: Integers
    events: Integers


class DayCounts:
    """Subjects by whole days from 0 on, as many days as are needed; ``events`` of the ``subjects`` end in an event.

    ``moved_from`` is the first day on which a time was put in or taken out since somebody set it to None, None where
    none was.
    """

    def __init__(self) -> None:
        self.subjects = self.events = 0
        self.moved_from: int | None = None
        self._counts: Integers = np.zeros((3, _DAYS_FIRST), dtype=np.int64)

    def add(self, day: int, subjects: int, *, event: bool, entered: int = 0) -> None:
        """``subjects`` more whose time ends on this day, fewer where it is negative.

        ``entered`` is the day after which they are at risk, where that is not from the beginning.
        """
        if day >= self._counts.shape[1]:
            grown = np.zeros((3, 2 * (day + 1)), dtype=np.int64)
            grown[:, : self._counts.shape[1]] = self._counts
            self._counts = grown
        at_risk, ended, events = self._counts
        at_risk[entered + 1 if entered > 0 else 0 : day + 1] += subjects
        ended[day] += subjects
        self.subjects += subjects
        self.moved_from = day if self.moved_from is None else min(self.moved_from, day)
        if event:
            events[day] += subjects
            self.events += subjects

    def rows(self) -> DayRows:
        counted = self._counts[1] != 0
        counted[0] = True
        days = counted.nonzero()[0]
        return DayRows(days, *self._counts.take(days, axis=1))
