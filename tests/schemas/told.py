"""Events as the system came to know them: the nth of a list came with commit n, at noon of the nth day of June 2024."""

import datetime as dt
from collections.abc import Iterable, Sequence

from schemas.events.event import Event
from schemas.knowledge import SubjectAsOf, subject_at
from schemas.records import Position
from schemas.two_times import EVER, KnownAt, Told, TrueAt
from tests.rules.drawn import STUDY

SUBJECT = "S-001"


def committed_at(commit: int) -> dt.datetime:
    return dt.datetime(2024, 6, 1, 12, tzinfo=dt.UTC) + dt.timedelta(days=commit - 1)


def told(events: Iterable[Event]) -> list[Told]:
    return [
        Told(
            event=event,
            position=Position("followup", 0, number),
            received_at=committed_at(number + 1),
            commit=number + 1,
            committed_at=committed_at(number + 1),
        )
        for number, event in enumerate(events)
    ]


def as_of(events: Sequence[Event], commit: int | None = None, true_at: TrueAt = EVER) -> SubjectAsOf:
    """The subject as known at a commit, None for all of them."""
    known = len(events) if commit is None else commit
    point = KnownAt(commit=known, committed_at=committed_at(known) if known else None)
    return subject_at(SUBJECT, told(events)[:known], STUDY, point, true_at)
