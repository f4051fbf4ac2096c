"""A stored state stays small, however long the history is and whatever a source sends."""

import pytest

from schemas.codec import decode, encode
from schemas.events import SubjectEnrolled
from schemas.milestones import CRITERIA_KEPT, ENROLMENTS_KEPT, RESPONSES_KEPT
from schemas.outcomes import Reason, Undecodable
from schemas.subject import SubjectState, encode_state, fold
from tests.schemas.controls import event
from tests.schemas.fullest import HELD, SUBJECT, fullest_history
from tests.schemas.generated import SUBJECT_KINDS

ENTRIES = 50_000
STATE_BYTES_MAX = 64_000


@pytest.mark.slow
def test_the_state_of_50000_entries_as_large_as_they_can_be_is_at_most_64_kb() -> None:
    state = fold(SUBJECT, fullest_history(ENTRIES))
    assert len(encode_state(state)) <= STATE_BYTES_MAX
    assert_full(state)


def test_a_few_thousand_entries_fill_a_state_as_far() -> None:
    state = fold(SUBJECT, fullest_history(3_000))
    assert len(encode_state(state)) <= STATE_BYTES_MAX
    assert_full(state)


@pytest.mark.parametrize("id_", ["", "a" * 101, "a b", 'a"b', "a\\b", "a\n", "\x01", "血", "\x7f"])
def test_an_id_that_is_longer_or_wider_than_a_state_can_hold_is_refused(id_: str) -> None:
    refused = Undecodable(reason=Reason.ENVELOPE, where="$.id")
    assert decode(encode(event(id_, SubjectEnrolled(site="A")))) == refused


@pytest.mark.parametrize("id_", ["a" * 100, "!", "~", "urn:x/y#[1]'2'", "hl7-0f3a.1"])
def test_an_id_of_printable_ascii_is_taken(id_: str) -> None:
    sent = event(id_, SubjectEnrolled(site="A"))
    assert decode(encode(sent)) == sent


def assert_full(state: SubjectState) -> None:
    """The history filled what it was meant to fill, or the bound would have been shown of a small state."""
    milestones = state.milestones
    assert (len(milestones.responses_first), len(milestones.responses_last)) == (RESPONSES_KEPT, RESPONSES_KEPT)
    assert (len(milestones.enrolments), len(milestones.criteria)) == (ENROLMENTS_KEPT, CRITERIA_KEPT)
    assert milestones.surgeries is not None
    assert len(milestones.surgeries.on) == 20
    assert len(state.tallies.in_force) == len(SUBJECT_KINDS)
    assert state.tallies.held == HELD
    assert len(encode_state(state)) > STATE_BYTES_MAX / 3
