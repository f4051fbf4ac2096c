"""One new event explained: what stands otherwise, which milestones moved, by whom and why."""

from decimal import Decimal

import msgspec

from schemas.events import ChemotherapyBegun, SubjectEnrolled
from schemas.events.enrollment import Intensity
from schemas.events.event import Event
from schemas.events.lab import ResultStatus
from schemas.explanation import Explanation, explain
from schemas.lineage import Verdict
from tests.schemas.controls import at, event
from tests.schemas.histories import result
from tests.schemas.test_settlement import ENTRY, corrects, moves, rewrites, voids

BEGUN = ChemotherapyBegun(course=1, regimen="DA 3+7", intensity=Intensity.INTENSIVE)


def changes(explanation: Explanation) -> list[tuple[str, object, object]]:
    return [(field, _read(old), _read(new)) for field, old, new in explanation.changes]


def _read(value: object) -> object:
    return msgspec.json.decode(value) if isinstance(value, msgspec.Raw) else value


def test_a_first_entry_brings_itself_and_its_milestone() -> None:
    explanation = explain([], ENTRY)
    assert changes(explanation) == [("entry", None, {"site": "A"}), ("enrolled", None, "2024-01-01")]
    assert [(each.before, each.after.id) for each in explanation.moved] == [(None, "e")]


def test_a_correction_of_a_date_shows_the_milestone_that_moved_its_reason_and_who_made_it() -> None:
    begun = event("b", BEGUN, happened="2024-01-08")
    explanation = explain([begun, ENTRY], moves("c", "b", "2024-01-06", "2024-02-01T08:00", BEGUN))
    assert changes(explanation) == [
        ("b.happened", "2024-01-08", "2024-01-06"),
        ("treated", "2024-01-08", "2024-01-06"),
    ]
    assert (explanation.event, explanation.type) == ("c", "entry.corrected.v1")
    assert (explanation.actor, explanation.actor_role, explanation.reason) == ("nurse-1", "nurse", "typed wrong")
    assert explanation.recorded_at == at("2024-02-01T08:00")
    (moved,) = explanation.moved
    assert (str(moved.before and moved.before.happened), str(moved.after.happened)) == ("2024-01-08", "2024-01-06")
    before, after = explanation.milestones_before.treated, explanation.milestones_after.treated
    assert (before and before.on.isoformat(), after and after.on.isoformat()) == ("2024-01-08", "2024-01-06")


def test_a_correction_of_a_field_shows_that_field_alone() -> None:
    first = event("r", result("line", ResultStatus.FINAL, Decimal(55)))
    explanation = explain(
        [first], rewrites("c", "r", result("line", ResultStatus.FINAL, Decimal(58)), "2024-02-01T08:00")
    )
    assert changes(explanation) == [("r.number", "55", "58"), ("r.text", "55", "58")]
    assert explanation.milestones_before == explanation.milestones_after


def test_a_void_shows_what_went_and_what_takes_its_place() -> None:
    later = event("f", SubjectEnrolled(site="A"), happened="2024-01-09")
    explanation = explain([ENTRY, later], voids("v", "e", "2024-02-01T08:00"))
    assert changes(explanation) == [("e", {"site": "A"}, None), ("enrolled", "2024-01-01", "2024-01-09")]
    assert explanation.reason == "wrong subject"


def test_a_later_report_version_shows_the_earlier_one_going() -> None:
    early = event("early", result("r", ResultStatus.PRELIMINARY, Decimal(5)), recorded_at="2024-01-02T08:00")
    late = event("late", result("r", ResultStatus.FINAL, Decimal(6)), recorded_at="2024-01-02T09:00")
    assert {each.after.id: each.after.by for each in explain([early], late).moved} == {"early": "late", "late": None}
    # The same two the other way round: the version that comes last was recorded first, and never stands.
    explanation = explain([late], early)
    assert (explanation.verdict, explanation.because) == (Verdict.SUPERSEDED, "late")
    assert changes(explanation) == [("entry", None, None)]


def test_what_changes_nothing_says_why() -> None:
    held = explain([ENTRY], voids("v", "elsewhere", "2024-02-01T08:00"))
    assert (held.verdict, held.because, held.held, changes(held)) == (Verdict.HELD, None, 1, [])
    later = corrects("c2", "e", "C", "2024-02-02T08:00")
    outdone = explain([ENTRY, later], corrects("c1", "e", "B", "2024-02-01T08:00"))
    assert (outdone.verdict, outdone.because) == (Verdict.OUTDONE, "c2")
    assert changes(outdone) == [("e.contested", False, True)]
    inert = explain([ENTRY, voids("v", "e", "2024-02-01T08:00")], corrects("c", "v", "B", "2024-02-02T08:00"))
    assert (inert.verdict, changes(inert)) == (Verdict.INERT, [])


def test_an_entry_that_held_actions_waited_for_ends_the_waiting() -> None:
    waiting: list[Event] = [corrects("c", "e", "B", "2024-02-01T08:00")]
    explanation = explain(waiting, ENTRY)
    assert (explanation.verdict, explanation.because, explanation.held) == (Verdict.REPLACED, "c", -1)
    assert changes(explanation) == [("entry", None, {"site": "B"}), ("enrolled", None, "2024-01-01")]


def test_a_repeated_event_changes_nothing() -> None:
    explanation = explain([ENTRY], ENTRY)
    assert (explanation.moved, explanation.changes, explanation.held) == ((), (), 0)
