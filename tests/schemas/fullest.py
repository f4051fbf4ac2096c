"""The history that fills every register of a state, with the longest of everything."""

import datetime as dt
from itertools import product

import msgspec

from schemas.events import CriterionAssessed, EntryVoided, SubjectFacts
from schemas.events.event import Event
from schemas.moments import Moment, Precision
from tests.schemas.controls import ZONE, event
from tests.schemas.generated import SUBJECT_KINDS, largest

SUBJECT = "S" * 32
IDS_OF_CRITERIA = [f"{letter}{n}" for letter, n in product("IE", [*range(100), *(f"0{n}" for n in range(10))])]
HELD = 1000


def fullest_history(entries: int) -> list[Event]:
    """Every type in turn, as large as it can be; all criteria that there are, eight times; voids of nothing known."""
    facts = [largest(kind) for kind in SUBJECT_KINDS]
    answered = largest(CriterionAssessed)
    assert isinstance(answered, CriterionAssessed)
    history = [_entry(n, facts[n % len(facts)], "e") for n in range(entries)]
    for n, criterion in enumerate(IDS_OF_CRITERIA * 8):
        history.append(_entry(n, msgspec.structs.replace(answered, criterion=criterion), "c"))
    for n in range(HELD):
        history.append(event(f"v{n}", EntryVoided(target=f"nothing{n}"), subject=SUBJECT, reason="checked"))
    return history


def _entry(n: int, facts: SubjectFacts, letter: str) -> Event:
    """An entry with the longest id and the longest times, a minute after the one before."""
    at = dt.datetime(2024, 1, 1, 0, 0, 1, 1000, tzinfo=ZONE) + dt.timedelta(minutes=n)
    happened = Moment(at, Precision.MILLISECOND)
    recorded_at = at + dt.timedelta(microseconds=1)
    return event(f"{letter}{n:099d}", facts, happened=happened, recorded_at=recorded_at, subject=SUBJECT)
