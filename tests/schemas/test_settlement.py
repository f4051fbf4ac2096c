"""Corrections, voids and versions: each case drawn by hand. The rules are numbered in `schemas.actions` and
`schemas.settlement`; tests/schemas/test_lineage.py says of the same cases what stays readable.
"""

from decimal import Decimal

import msgspec
import pytest

from schemas.codec import encode_facts
from schemas.events import (
    ContactedAlive,
    EntryCorrected,
    EntryVoided,
    Facts,
    ResultReported,
    ScreeningStarted,
    SubjectEnrolled,
)
from schemas.events.event import Event
from schemas.events.lab import ResultStatus
from schemas.settlement import Entry, settle
from schemas.subject import fold
from tests.schemas.controls import event, on
from tests.schemas.histories import result

ENTRY = event("e", SubjectEnrolled(site="A"))


def rewrites(id_: str, target: str, new: Facts, recorded_at: str, happened: str | None = None) -> Event:
    facts = EntryCorrected(
        target=target,
        target_type=new.TYPE,
        replacement=msgspec.json.decode(encode_facts(new)),
        happened=None if happened is None else on(happened),
    )
    return event(id_, facts, recorded_at=recorded_at, reason="typed wrong")


def corrects(id_: str, target: str, site: str, recorded_at: str, type_: str = SubjectEnrolled.TYPE) -> Event:
    new: Facts = SubjectEnrolled(site=site) if type_ == SubjectEnrolled.TYPE else ScreeningStarted(site=site)
    return rewrites(id_, target, new, recorded_at)


def moves(id_: str, target: str, to: str, recorded_at: str, facts: Facts = ENTRY.facts) -> Event:
    """A correction of the date alone."""
    return rewrites(id_, target, facts, recorded_at, to)


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
            id="a correction of a void changes nothing",
        ),
        pytest.param(
            [
                voids("v", "e", "2024-01-02T08:00"),
                corrects("c", "v", "B", "2024-01-03T08:00"),
                voids("w", "v", "2024-01-04T08:00"),
            ],
            "A",
            None,
            id="a correction of a voided void changes nothing either",
        ),
        pytest.param(
            [
                corrects("c1", "e", "B", "2024-01-02T08:00", type_=ScreeningStarted.TYPE),
                corrects("c2", "c1", "C", "2024-01-03T08:00"),
            ],
            "A",
            None,
            id="a correction of a correction to another type is as inert as that one",
        ),
        pytest.param(
            [corrects("c", "e", "B", "2024-01-03T08:00"), voids("v", "e", "2024-01-02T08:00")],
            "B",
            "c",
            id="a void recorded before a correction of the same entry loses",
        ),
        pytest.param(
            [
                corrects("c1", "e", "B", "2024-01-02T08:00"),
                corrects("c2", "e", "C", "2024-01-03T08:00"),
                voids("v", "c2", "2024-01-04T08:00"),
            ],
            "B",
            "c1",
            id="a voided correction gives back the earlier one",
        ),
        pytest.param(
            [
                corrects("c1", "e", "B", "2024-01-02T08:00"),
                corrects("c2", "c1", "C", "2024-01-03T08:00"),
                voids("v", "c1", "2024-01-04T08:00"),
            ],
            "A",
            None,
            id="a voided correction takes the corrections of it along",
        ),
        pytest.param(
            [
                corrects("c1", "e", "B", "2024-01-02T08:00"),
                corrects("c2", "c1", "C", "2024-01-03T08:00"),
                voids("v", "c2", "2024-01-04T08:00"),
            ],
            "B",
            "c1",
            id="a void of a correction's correction gives back the correction",
        ),
        pytest.param(
            [
                corrects("c", "e", "B", "2024-01-02T08:00"),
                voids("v", "c", "2024-01-03T08:00"),
                voids("w", "v", "2024-01-04T08:00"),
            ],
            "B",
            "c",
            id="a void of a correction's void gives back the correction",
        ),
        pytest.param(
            [
                voids("v", "e", "2024-01-02T08:00"),
                voids("w", "v", "2024-01-03T08:00"),
                voids("x", "w", "2024-01-04T08:00"),
            ],
            None,
            "v",
            id="a void of a void of a void leaves the entry out",
        ),
        pytest.param(
            [
                corrects("c1", "e", "B", "2024-01-02T08:00"),
                voids("v", "c1", "2024-01-03T08:00"),
                corrects("c2", "c1", "C", "2024-01-04T08:00"),
            ],
            "C",
            "c2",
            id="a correction recorded after a void of the same correction wins",
        ),
        pytest.param(
            [corrects("c1", "e", "B", "2024-01-02T08:00"), corrects("c2", "e", "C", "2024-01-02T08:00")],
            "C",
            "c2",
            id="of two corrections recorded at the same instant the one with the greater id wins",
        ),
        pytest.param(
            [corrects("c", "e", "B", "2024-01-02T08:00"), voids("b", "e", "2024-01-02T08:00")],
            "B",
            "c",
            id="of a correction and a void recorded at the same instant the one with the greater id wins",
        ),
        pytest.param(
            [corrects("c", "e", "B", "2023-12-31T08:00")],
            "B",
            "c",
            id="a correction counts though its source's clock is behind that of the entry",
        ),
        pytest.param(
            [corrects("c1", "e", "B", "2024-01-03T08:00"), corrects("c2", "c1", "C", "2024-01-02T08:00")],
            "C",
            "c2",
            id="a correction of a correction counts though its source's clock is behind",
        ),
        pytest.param(
            [corrects("c", "elsewhere", "B", "2024-01-02T08:00"), voids("v", "elsewhere", "2024-01-02T08:00")],
            "A",
            None,
            id="what speaks of an entry that is not here changes nothing",
        ),
        pytest.param([corrects("c", "c", "B", "2024-01-02T08:00")], "A", None, id="a correction of itself"),
        pytest.param([voids("v", "v", "2024-01-02T08:00")], "A", None, id="a void of itself"),
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


def test_a_void_after_two_corrections_ends_the_contest() -> None:
    both = [corrects("c1", "e", "B", "2024-01-02T08:00"), corrects("c2", "e", "C", "2024-01-03T08:00")]
    assert not standing(ENTRY, *both, voids("v", "e", "2024-01-04T08:00")).contested


def test_two_corrections_of_one_correction_are_contested() -> None:
    first = corrects("c1", "e", "B", "2024-01-02T08:00")
    both = [corrects("c2", "c1", "C", "2024-01-03T08:00"), corrects("c3", "c1", "D", "2024-01-04T08:00")]
    assert standing(ENTRY, first, *both).contested


def test_a_contest_about_a_correction_that_was_outdone_is_over() -> None:
    first = corrects("c1", "e", "B", "2024-01-02T08:00")
    both = [corrects("c2", "c1", "C", "2024-01-03T08:00"), corrects("c3", "c1", "D", "2024-01-04T08:00")]
    entry = standing(ENTRY, first, *both, voids("v", "c1", "2024-01-05T08:00"))
    assert (entry.by, entry.contested) == (None, False)
    entry = standing(ENTRY, first, *both, voids("v", "e", "2024-01-05T08:00"))
    assert (entry.by, entry.contested) == ("v", False)


def test_a_correction_of_a_correction_is_no_contest() -> None:
    chain = [corrects("c1", "e", "B", "2024-01-02T08:00"), corrects("c2", "c1", "C", "2024-01-03T08:00")]
    assert not standing(ENTRY, *chain).contested


def test_a_correction_before_its_target_is_held_and_then_counts() -> None:
    correction = corrects("c", "e", "B", "2024-01-02T08:00")
    assert settle([correction]).held == ("c",)
    assert settle([correction, ENTRY]).held == ()
    assert standing(correction, ENTRY).by == "c"


def test_a_void_before_its_target_is_held_and_then_counts() -> None:
    void = voids("v", "e", "2024-01-02T08:00")
    assert settle([void]).held == ("v",)
    assert standing(void, ENTRY).facts is None


def test_a_void_of_a_correction_before_both_is_held_until_the_chain_reaches_an_entry() -> None:
    void, correction = voids("v", "c", "2024-01-03T08:00"), corrects("c", "e", "B", "2024-01-02T08:00")
    assert settle([void]).held == ("v",)
    assert settle([void, ENTRY]).held == ("v",)
    assert settle([void, correction]).held == ("c", "v")
    assert settle([void, correction, ENTRY]).held == ()


def test_what_speaks_of_another_subjects_entry_is_held_and_leaves_that_entry_alone() -> None:
    theirs = event("e", SubjectEnrolled(site="A"), subject="S-002")
    void = voids("v", "e", "2024-01-02T08:00")
    ours = fold("S-001", [void])
    assert (ours.tallies.held, ours.tallies.in_force, ours.milestones.enrolments) == (1, {}, ())
    assert fold("S-002", [theirs]).tallies.in_force == {"subject.enrolled.v1": 1}


@pytest.mark.parametrize(
    ("circle", "held"),
    [
        pytest.param([corrects("c", "c", "B", "2024-01-02T08:00")], ("c",), id="of one"),
        pytest.param(
            [corrects("c1", "c2", "B", "2024-01-02T08:00"), corrects("c2", "c1", "C", "2024-01-03T08:00")],
            ("c1", "c2"),
            id="of two",
        ),
        pytest.param(
            [
                corrects("c1", "c2", "B", "2024-01-02T08:00"),
                voids("c2", "c3", "2024-01-03T08:00"),
                corrects("c3", "c1", "C", "2024-01-04T08:00"),
            ],
            ("c1", "c2", "c3"),
            id="of three, a void among them",
        ),
        pytest.param(
            [
                corrects("c1", "c2", "B", "2024-01-02T08:00"),
                corrects("c2", "c1", "C", "2024-01-03T08:00"),
                voids("v", "c1", "2024-01-04T08:00"),
                voids("w", "v", "2024-01-05T08:00"),
            ],
            ("c1", "c2", "v", "w"),
            id="with a tail: a void cannot open it, and is held as well",
        ),
    ],
)
def test_actions_in_a_circle_are_held_and_change_nothing(circle: list[Event], held: tuple[str, ...]) -> None:
    settled = settle([*circle, ENTRY])
    assert settled.held == held
    assert settled.entries == settle([ENTRY]).entries


def test_a_correction_leaves_the_time_where_it_gives_none() -> None:
    assert str(standing(ENTRY, corrects("c", "e", "B", "2024-01-02T08:00")).happened) == "2024-01-01"


def test_a_correction_of_a_correction_keeps_the_time_that_the_first_one_gave() -> None:
    moved = moves("c1", "e", "2024-02-01", "2024-01-02T08:00")
    assert str(standing(ENTRY, moved, corrects("c2", "c1", "C", "2024-01-03T08:00")).happened) == "2024-02-01"
    again = moves("c2", "c1", "2024-03-01", "2024-01-03T08:00")
    assert str(standing(ENTRY, moved, again).happened) == "2024-03-01"


def test_a_voided_correction_gives_back_the_time() -> None:
    moved = moves("c", "e", "2024-02-01", "2024-01-02T08:00")
    assert str(standing(ENTRY, moved, voids("v", "c", "2024-01-03T08:00")).happened) == "2024-01-01"


@pytest.mark.parametrize(
    ("moved_to", "in_order", "alive_on"),
    [
        pytest.param("2024-01-05", ["e1", "e2", "e3"], "2024-01-30", id="between the others"),
        pytest.param("2023-12-01", ["e2", "e1", "e3"], "2024-01-30", id="before all others"),
        pytest.param("2024-02-15", ["e1", "e3", "e2"], "2024-02-15", id="after all others"),
    ],
)
def test_a_correction_of_the_date_moves_the_entry_among_the_others(
    moved_to: str, in_order: list[str], alive_on: str
) -> None:
    dates = {"e1": "2024-01-01", "e2": "2024-01-10", "e3": "2024-01-30"}
    contacts = [event(id_, ContactedAlive(means="telephone"), happened=date) for id_, date in dates.items()]
    history = [moves("c", "e2", moved_to, "2024-03-01T08:00", ContactedAlive(means="telephone")), *contacts]
    assert [entry.id for entry in settle(history).entries] == in_order
    alive = fold("S-001", history).milestones.alive
    assert alive is not None
    assert alive.on.isoformat() == alive_on


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


def test_a_correction_of_the_last_version_of_a_line_stands() -> None:
    early = event("early", result("r", ResultStatus.FINAL, Decimal(1)), recorded_at="2024-01-02T08:00")
    late = event("late", result("r", ResultStatus.CORRECTED, Decimal(2)), recorded_at="2024-01-02T09:00")
    right = rewrites("c", "late", result("r", ResultStatus.CORRECTED, Decimal(3)), "2024-01-03T08:00")
    assert numbers(early, late, right) == {"late": Decimal(3)}


def test_a_correction_of_an_earlier_version_of_a_line_does_not_come_before_the_last() -> None:
    early = event("early", result("r", ResultStatus.FINAL, Decimal(1)), recorded_at="2024-01-02T08:00")
    late = event("late", result("r", ResultStatus.CORRECTED, Decimal(2)), recorded_at="2024-01-02T09:00")
    right = rewrites("c", "early", result("r", ResultStatus.FINAL, Decimal(3)), "2024-01-03T08:00")
    assert numbers(early, late, right) == {"late": Decimal(2)}


def test_a_result_that_is_corrected_into_another_line_leaves_its_own_and_joins_that() -> None:
    one = event("one", result("r1", ResultStatus.FINAL, Decimal(1)), recorded_at="2024-01-02T08:00")
    two = event("two", result("r1", ResultStatus.CORRECTED, Decimal(2)), recorded_at="2024-01-02T09:00")
    three = event("three", result("r2", ResultStatus.FINAL, Decimal(3)), recorded_at="2024-01-02T08:30")
    assert numbers(one, two, three) == {"two": Decimal(2), "three": Decimal(3)}
    elsewhere = rewrites("c", "two", result("r2", ResultStatus.CORRECTED, Decimal(2)), "2024-01-03T08:00")
    # "one" is again the last of its line; in the other line "two" was recorded after "three".
    assert numbers(one, two, three, elsewhere) == {"one": Decimal(1), "two": Decimal(2)}


def test_a_result_that_is_corrected_to_deleted_goes_out_and_takes_its_earlier_versions_along() -> None:
    early = event("early", result("r", ResultStatus.FINAL, Decimal(1)), recorded_at="2024-01-02T08:00")
    late = event("late", result("r", ResultStatus.CORRECTED, Decimal(2)), recorded_at="2024-01-02T09:00")
    gone = rewrites("c", "late", result("r", ResultStatus.DELETED, Decimal(2)), "2024-01-03T08:00")
    assert numbers(early, late, gone) == {}


def test_a_voided_version_gives_the_line_back_to_the_one_before() -> None:
    early = event("early", result("r", ResultStatus.FINAL, Decimal(1)), recorded_at="2024-01-02T08:00")
    late = event("late", result("r", ResultStatus.DELETED, None), recorded_at="2024-01-02T09:00")
    assert numbers(early, late) == {}
    assert numbers(early, late, voids("v", "late", "2024-01-03T08:00")) == {"early": Decimal(1)}


def test_of_two_versions_recorded_at_the_same_instant_the_final_one_stands() -> None:
    final = event("a", result("r", ResultStatus.FINAL, Decimal(2)), recorded_at="2024-01-02T08:00")
    preliminary = event("b", result("r", ResultStatus.PRELIMINARY, Decimal(1)), recorded_at="2024-01-02T08:00")
    assert numbers(final, preliminary) == {"a": Decimal(2)}


def numbers(*events: Event) -> dict[str, Decimal | None]:
    """The numbers of the results in force by entry; the events are given in an order that is not theirs."""
    facts = {entry.id: entry.facts for entry in settle(reversed(events)).in_force()}
    return {id_: each.number for id_, each in facts.items() if isinstance(each, ResultReported)}
