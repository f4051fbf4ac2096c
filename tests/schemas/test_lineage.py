"""What is superseded stays readable: of every version who said it, why, and what came of it."""

import pytest

from schemas.events import ContactedAlive, ScreeningStarted, SubjectEnrolled
from schemas.events.event import Event
from schemas.events.lab import ResultStatus
from schemas.lineage import Lineage, Verdict, Version, lineages_of
from tests.schemas.controls import at, event, on
from tests.schemas.histories import result
from tests.schemas.test_settlement import ENTRY, corrects, moves, voids


def lineage(*events: Event) -> Lineage:
    """The lineage of the one entry; the events are given in an order that is not theirs."""
    (only,) = lineages_of(reversed(events)).entries
    return only


def verdicts(*events: Event) -> list[str]:
    """Each version as "id verdict because", in order."""
    return [
        " ".join(filter(None, (each.id, each.verdict.value, each.because))) for each in lineages_of(events).versions()
    ]


def test_every_version_names_who_said_what_when_and_why() -> None:
    sent = event("e", SubjectEnrolled(site="A"), happened="2024-01-01", recorded_at="2024-01-01T12:00")
    right = moves("c", "e", "2024-01-03", "2024-01-05T09:30", SubjectEnrolled(site="B"))
    assert lineage(sent, right).versions == (
        Version(
            id="e",
            target=None,
            facts=SubjectEnrolled(site="A"),
            happened=on("2024-01-01"),
            recorded_at=at("2024-01-01T12:00"),
            actor="nurse-1",
            actor_role="nurse",
            reason=None,
            verdict=Verdict.REPLACED,
            because="c",
        ),
        Version(
            id="c",
            target="e",
            facts=SubjectEnrolled(site="B"),
            happened=on("2024-01-03"),
            recorded_at=at("2024-01-05T09:30"),
            actor="nurse-1",
            actor_role="nurse",
            reason="typed wrong",
            verdict=Verdict.IN_FORCE,
        ),
    )


def test_a_void_has_no_facts_and_its_reason_stays_readable() -> None:
    _, void = lineage(ENTRY, voids("v", "e", "2024-01-02T08:00")).versions
    assert (void.facts, void.happened, void.reason) == (None, None, "wrong subject")


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        pytest.param([], ["e in-force"], id="an entry nobody speaks of"),
        pytest.param(
            [corrects("c1", "e", "B", "2024-01-02T08:00"), corrects("c2", "e", "C", "2024-01-03T08:00")],
            ["e replaced c2", "c1 outdone c2", "c2 in-force"],
            id="two corrections of one entry",
        ),
        pytest.param(
            [corrects("c1", "e", "B", "2024-01-02T08:00"), corrects("c2", "c1", "C", "2024-01-03T08:00")],
            ["e replaced c1", "c1 replaced c2", "c2 in-force"],
            id="a correction of a correction",
        ),
        pytest.param(
            [corrects("c", "e", "B", "2024-01-02T08:00"), voids("v", "c", "2024-01-03T08:00")],
            ["e in-force", "c voided v", "v in-force"],
            id="a void of a correction",
        ),
        pytest.param(
            [voids("v", "e", "2024-01-02T08:00"), voids("w", "v", "2024-01-03T08:00")],
            ["e in-force", "v voided w", "w in-force"],
            id="a void of a void",
        ),
        pytest.param(
            [
                voids("v", "e", "2024-01-02T08:00"),
                voids("w", "v", "2024-01-03T08:00"),
                voids("x", "v", "2024-01-04T08:00"),
            ],
            ["e in-force", "v voided x", "w in-force", "x in-force"],
            id="two voids of a void",
        ),
        pytest.param(
            [voids("v", "e", "2024-01-02T08:00"), corrects("c", "v", "B", "2024-01-03T08:00")],
            ["e voided v", "v in-force", "c inert"],
            id="a correction of a void",
        ),
        pytest.param(
            [
                corrects("c1", "e", "B", "2024-01-02T08:00", type_=ScreeningStarted.TYPE),
                corrects("c2", "c1", "C", "2024-01-03T08:00"),
            ],
            ["e in-force", "c1 inert", "c2 moot c1"],
            id="a correction to another type, and a correction of it",
        ),
        pytest.param(
            [
                corrects("c1", "e", "B", "2024-01-02T08:00"),
                corrects("c2", "c1", "C", "2024-01-05T08:00"),
                corrects("c3", "e", "D", "2024-01-03T08:00"),
            ],
            ["e replaced c3", "c1 outdone c3", "c3 in-force", "c2 moot c1"],
            id="a late correction of a correction that was outdone",
        ),
        pytest.param(
            [
                corrects("c1", "e", "B", "2024-01-02T08:00"),
                voids("v", "c1", "2024-01-03T08:00"),
                corrects("c2", "c1", "C", "2024-01-04T08:00"),
            ],
            ["e replaced c1", "c1 replaced c2", "v outdone c2", "c2 in-force"],
            id="a correction recorded after a void of the same correction",
        ),
        pytest.param(
            [voids("v", "e", "2024-01-02T08:00"), corrects("c", "e", "B", "2024-01-03T08:00")],
            ["e replaced c", "v outdone c", "c in-force"],
            id="a correction recorded after a void",
        ),
        pytest.param(
            [corrects("c", "elsewhere", "B", "2024-01-02T08:00"), voids("v", "v", "2024-01-03T08:00")],
            ["e in-force", "c held", "v held"],
            id="what reaches no entry comes last",
        ),
    ],
)
def test_what_came_of_each_version(actions: list[Event], expected: list[str]) -> None:
    assert verdicts(*reversed(actions), ENTRY) == expected


def test_a_later_version_of_a_report_line_is_named_by_the_one_that_it_superseded() -> None:
    early = event("early", result("r", ResultStatus.PRELIMINARY, None), recorded_at="2024-01-02T08:00")
    late = event("late", result("r", ResultStatus.FINAL, None), recorded_at="2024-01-02T09:00")
    assert verdicts(early, late) == ["early superseded late", "late in-force"]


def test_a_result_that_the_laboratory_deleted_is_withdrawn_and_its_earlier_version_stays_superseded() -> None:
    early = event("early", result("r", ResultStatus.FINAL, None), recorded_at="2024-01-02T08:00")
    late = event("late", result("r", ResultStatus.DELETED, None), recorded_at="2024-01-02T09:00")
    assert verdicts(early, late) == ["early superseded late", "late withdrawn"]


def test_entries_come_in_their_one_order_and_the_version_in_force_is_found() -> None:
    second = event("e2", ContactedAlive(means="letter"), happened="2024-01-02")
    first = event("e1", ContactedAlive(means="telephone"), happened="2024-01-05")
    lineages = lineages_of([first, second, moves("c", "e1", "2024-01-01", "2024-02-01T08:00", first.facts)])
    assert [each.entry.id for each in lineages.entries] == ["e1", "e2"]
    standing = [each.in_force() for each in lineages.entries]
    assert [each and each.id for each in standing] == ["c", "e2"]
    assert lineage(ENTRY, voids("v", "e", "2024-01-02T08:00")).in_force() is None


def test_ten_thousand_corrections_of_one_entry_are_told_apart() -> None:
    many = [corrects(f"c{n:05d}", "e", "B", "2024-01-02T08:00") for n in range(10_000)]
    versions = lineage(ENTRY, *many).versions
    assert [version.verdict for version in versions].count(Verdict.OUTDONE) == 9_999
    assert (versions[-1].id, versions[-1].verdict) == ("c09999", Verdict.IN_FORCE)
