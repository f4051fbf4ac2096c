"""A stored state stays small, however long the history is and whatever a source sends."""

import datetime as dt
from itertools import product

import msgspec
import pytest

from schemas.events import CriterionAssessed, EntryVoided, SubjectFacts
from schemas.events.event import Event
from schemas.milestones import CRITERIA_KEPT, ENROLMENTS_KEPT, RESPONSES_KEPT
from schemas.moments import Moment, Precision
from schemas.subject import SubjectState, encode_state, fold
from tests.schemas.controls import ZONE, event
from tests.schemas.generated import SUBJECT_KINDS, largest

ENTRIES = 50_000
STATE_BYTES_MAX = 64_000
IDS_OF_CRITERIA = [f"{letter}{n}" for letter, n in product("IE", [*range(100), *(f"0{n}" for n in range(10))])]


def entry(n: int, facts: SubjectFacts, name: str = "e") -> Event:
    """An entry with the longest id, the longest times and the latest date yet."""
    at = dt.datetime(2024, 1, 1, 0, 0, 1, 1000, tzinfo=ZONE) + dt.timedelta(minutes=n)
    happened = Moment(at, Precision.MILLISECOND)
    recorded_at = at + dt.timedelta(microseconds=1)
    return event(f"{name}{n:099d}", facts, happened=happened, recorded_at=recorded_at, subject="S" * 32)


def adversarial() -> list[Event]:
    """Every type in turn, as large as it can be, criteria under every id that there is; and voids of nothing known."""
    facts = [largest(kind) for kind in SUBJECT_KINDS]
    history = [entry(n, facts[n % len(facts)]) for n in range(ENTRIES)]
    answered = largest(CriterionAssessed)
    for n, criterion in enumerate(IDS_OF_CRITERIA * 8):
        history.append(entry(n, msgspec.structs.replace(answered, criterion=criterion), "c"))
    history += [
        event(f"v{n}", EntryVoided(target=f"nothing {n}"), subject="S" * 32, reason="checked") for n in range(1000)
    ]
    return history


@pytest.mark.slow
def test_the_state_of_50000_entries_as_large_as_they_can_be_is_at_most_64_kb() -> None:
    state = fold("S" * 32, adversarial())
    assert len(encode_state(state)) <= STATE_BYTES_MAX
    assert_full(state)


def assert_full(state: SubjectState) -> None:
    """The history filled what it was meant to fill, or the bound would have been shown of a small state."""
    milestones = state.milestones
    assert (len(milestones.responses_first), len(milestones.responses_last)) == (RESPONSES_KEPT, RESPONSES_KEPT)
    assert (len(milestones.enrolments), len(milestones.criteria)) == (ENROLMENTS_KEPT, CRITERIA_KEPT)
    assert milestones.surgeries is not None
    assert len(milestones.surgeries.on) == 20
    assert len(state.tallies.in_force) == len(SUBJECT_KINDS)
    assert state.tallies.held == 1000
    assert len(encode_state(state)) > STATE_BYTES_MAX / 3
