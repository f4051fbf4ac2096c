"""Corrections, voids and versions: each case drawn by hand."""

import msgspec
import pytest

from schemas.codec import encode_facts
from schemas.events import EntryCorrected, EntryVoided, Facts, ScreeningStarted, SubjectEnrolled
from schemas.events.event import Event
from schemas.events.lab import ResultStatus
from schemas.settlement import Entry, settle
from tests.schemas.controls import event
from tests.schemas.histories import result

ENTRY = event("e", SubjectEnrolled(site="A"))


def corrects(id_: str, target: str, site: str, recorded_at: str, type_: str = SubjectEnrolled.TYPE) -> Event:
    new: Facts = SubjectEnrolled(site=site) if type_ == SubjectEnrolled.TYPE else ScreeningStarted(site=site)
    replacement = msgspec.json.decode(encode_facts(new))
    facts = EntryCorrected(target=target, target_type=type_, replacement=replacement)
    return event(id_, facts, recorded_at=recorded_at, reason="typed wrong")


def voids(id_: str, target: str, recorded_at: str) -> Event:
    return event(id_, EntryVoided(target=target), recorded_at=recorded_at, reason="wrong subject")


def standing(*events: Event) -> Entry:
    """The one entry as it stands; the events are given in an order that is not theirs."""
    settled = settle(reversed(events))
    assert len(settled.entries) == 1
    return settled.entries[0]


@pytest.mark.parametrize(
    ("actions", "site", "by"),
    [
        pytest.param([], "A", None, id="an entry nobody speaks of stands as sent"),
        pytest.param([corrects("c", "e", "B", "2024-01-02T08:00")], "B", "c", id="a correction replaces"),
        pytest.param([voids("v", "e", "2024-01-02T08:00")], None, "v", id="a void takes out"),
        pytest.param(
            [corrects("c1", "e", "B", "2024-01-02T08:00"), corrects("c2", "e", "C", "2024-01-03T08:00")],
            "C",
            "c2",
            id="of two corrections the one recorded later wins",
        ),
        pytest.param(
            [corrects("c1", "e", "B", "2024-01-02T08:00"), corrects("c2", "c1", "C", "2024-01-03T08:00")],
            "C",
            "c2",
            id="a correction of a correction replaces what that one says",
        ),
        pytest.param(
            [corrects("c", "e", "B", "2024-01-02T08:00"), voids("v", "c", "2024-01-03T08:00")],
            "A",
            None,
            id="a voided correction gives back the entry",
        ),
        pytest.param(
            [voids("v", "e", "2024-01-02T08:00"), voids("w", "v", "2024-01-03T08:00")],
            "A",
            None,
            id="a void of a void gives back the entry",
        ),
        pytest.param(
            [voids("v", "e", "2024-01-02T08:00"), corrects("c", "e", "B", "2024-01-03T08:00")],
            "B",
            "c",
            id="a correction recorded after a void wins",
        ),
        pytest.param(
            [corrects("c", "e", "B", "2024-01-02T08:00", type_=ScreeningStarted.TYPE)],
            "A",
            None,
            id="a correction to another type is inert",
        ),
        pytest.param(
            [voids("v", "e", "2024-01-02T08:00"), corrects("c", "v", "B", "2024-01-03T08:00")],
            None,
            "v",
            id="a void cannot be corrected",
        ),
    ],
)
def test_what_stands(actions: list[Event], site: str | None, by: str | None) -> None:
    entry = standing(ENTRY, *actions)
    assert (entry.facts and entry.facts.site) == site  # type: ignore[union-attr]
    assert entry.by == by


def test_two_corrections_of_one_entry_are_contested() -> None:
    both = [corrects("c1", "e", "B", "2024-01-02T08:00"), corrects("c2", "e", "C", "2024-01-03T08:00")]
    assert standing(ENTRY, *both).contested
    assert not standing(ENTRY, *both, voids("v", "c1", "2024-01-04T08:00")).contested


def test_a_correction_before_its_target_is_held_and_then_counts() -> None:
    correction = corrects("c", "e", "B", "2024-01-02T08:00")
    assert settle([correction]).held == ("c",)
    assert settle([correction, ENTRY]).held == ()


def test_corrections_of_each_other_are_held_and_harm_nothing() -> None:
    circle = [corrects("c1", "c2", "B", "2024-01-02T08:00"), corrects("c2", "c1", "C", "2024-01-03T08:00")]
    settled = settle([ENTRY, *circle])
    assert settled.held == ("c1", "c2")
    assert settled.entries[0].by is None


def test_a_chain_of_ten_thousand_corrections_settles() -> None:
    chain = [corrects(f"c{n}", f"c{n - 1}" if n else "e", f"S{n}", "2024-01-02T08:00") for n in range(10_000)]
    assert standing(ENTRY, *chain).by == "c9999"


@pytest.mark.parametrize(
    ("later", "in_force"),
    [(ResultStatus.FINAL, "late"), (ResultStatus.CORRECTED, "late"), (ResultStatus.DELETED, None)],
)
def test_the_last_version_of_a_report_line_stands(later: ResultStatus, in_force: str | None) -> None:
    early = event("early", result("r", ResultStatus.PRELIMINARY, None), recorded_at="2024-01-02T08:00")
    late = event("late", result("r", later, None), recorded_at="2024-01-02T09:00")
    standing_ids = [entry.id for entry in settle([late, early]).in_force()]
    assert standing_ids == ([in_force] if in_force else [])


def test_results_of_other_lines_stand_beside_each_other() -> None:
    results = [event(line, result(line, ResultStatus.FINAL, None)) for line in ("r1", "r2")]
    assert len(settle(results).in_force()) == 2
