"""Eligible, not eligible, undecided: by all that is known, on a day, and as it changed over time."""

import datetime as dt
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.consent import consent_on
from schemas.eligibility import judge, known_on, verdicts
from schemas.milestones import ENDS_KEPT, Milestones, evolve
from schemas.rules.timeline import timeline_of
from schemas.settlement import Entry, settle
from tests.rules.candidates import READY, events, milestones, study, void
from tests.rules.drawn import STUDY, on

YES, NO, OPEN = "eligible", "not-eligible", "undecided"
ALL = ("I1", "I2", "I3", "E1", "E2", "E3", "E4", "E5", "E6")


@pytest.mark.parametrize(
    ("history", "verdict", "failed", "open_"),
    [
        pytest.param(READY, YES, (), (), id="seven answered, two computed"),
        pytest.param("-9 eligible", YES, (), (), id="all nine answered by a person"),
        pytest.param("-9 screened", OPEN, (), ALL, id="nothing answered: all nine are open"),
        pytest.param("-9 alive", OPEN, (), ALL, id="nothing said that eligibility rests on"),
        pytest.param("-9 answered", OPEN, (), ("E3", "E4"), id="neither computed nor answered is open"),
        pytest.param("-9 answered, -8 ps-1", OPEN, (), ("E3",), id="one missing fact leaves one open"),
        pytest.param(f"{READY}, -5 open-I1", OPEN, (), ("I1",), id="unknown is never met: an inclusion"),
        pytest.param(f"{READY}, -5 open-E5", OPEN, (), ("E5",), id="unknown is never not met: an exclusion"),
        pytest.param(f"{READY}, -5 fails-I1", NO, ("I1",), (), id="an inclusion that is not met"),
        pytest.param(f"{READY}, -5 fails-E1", NO, ("E1",), (), id="an exclusion that is met"),
        pytest.param(f"{READY}, -5 ps-4", NO, ("E4",), (), id="an exclusion met by facts"),
        pytest.param(f"{READY}, -5 takes-back", NO, ("E6",), (), id="withdrawn before enrolment"),
        pytest.param(f"{READY}, -5 fails-E2, -5 open-I1", NO, ("E2",), ("I1",), id="one that fails decides"),
        pytest.param(f"{READY}, -5 fails-E5, -5 ps-4, -5 fails-I2", NO, ("I2", "E4", "E5"), (), id="in study order"),
        pytest.param(f"{READY}, -5 fails-E2, -4 passes-E2", YES, (), (), id="answered again, well"),
        pytest.param(f"{READY}, -5 passes-E2, 0 enrolled, 9 takes-back", YES, (), (), id="withdrawn after enrolment"),
        pytest.param(f"{READY}, 0 enrolled, 9 takes-back, 9 fails-E6", YES, (), (), id="and E6 answered then"),
        pytest.param(f"{READY}, 0 enrolled, 9 fails-E2", NO, ("E2",), (), id="found out after enrolment"),
        pytest.param(f"{READY}, 0 enrolled, 9 ps-4", YES, (), (), id="worse after enrolment"),
    ],
)
def test_verdict(history: str, verdict: str, failed: tuple[str, ...], open_: tuple[str, ...]) -> None:
    found = judge(milestones(history), STUDY)
    assert (found.eligibility, found.failed, found.open) == (verdict, failed, open_)


@pytest.mark.parametrize(
    ("born", "verdict", "failed", "open_"),
    [(2000, YES, (), ()), (2005, OPEN, (), ("age",)), (2010, NO, ("age",), ())],
)
def test_the_age_counts_where_the_study_sets_a_floor(
    born: int, verdict: str, failed: tuple[str, ...], open_: tuple[str, ...]
) -> None:
    known = milestones(f"{READY}, -6 born-{born}, 0 enrolled")
    found = judge(known, study(age_min_years=18))
    assert (found.eligibility, found.failed, found.open) == (verdict, failed, open_)
    assert judge(known, STUDY).eligibility == YES


@pytest.mark.parametrize(
    ("history", "entry"),
    [
        pytest.param(READY, "8-operated:none", id="eligible since the last fact that was wanting"),
        pytest.param(f"{READY}, -5 passes-E2", "10-passes-E2", id="or the last answer"),
        pytest.param("-9 answered, -8 ps-1, -8 operated:-30, 0 enrolled", "8-operated:-30", id="long after"),
        pytest.param("-9 answered, -8 ps-1, -8 operated:-10, 15 enrolled", "9-enrolled", id="enrolled late enough"),
        pytest.param("-9 answered, -8 ps-1, -8 operated:-10, 15 passes-E2", "9-passes-E2", id="said again late enough"),
        pytest.param(
            f"{READY}, -5 fails-E2, -4 fails-E1", "10-fails-E2", id="not eligible since the first that failed"
        ),
        pytest.param("-9 answered", None, id="undecided since nothing"),
    ],
)
def test_since(history: str, entry: str | None) -> None:
    since = judge(milestones(history), STUDY).since
    assert (since and since.entry) == entry


@pytest.mark.parametrize(
    ("asked", "verdict", "failed", "open_"),
    [
        pytest.param(-10, OPEN, (), ALL, id="before anything was said"),
        pytest.param(-9, OPEN, (), ("E3", "E4"), id="on the day of the answers"),
        pytest.param(-8, NO, ("E3",), (), id="on the day of the baseline, 10 days after the operation"),
        pytest.param(3, NO, ("E3",), (), id="day 21 after the operation"),
        pytest.param(4, YES, (), (), id="day 22 after the operation, on which nothing happened"),
        pytest.param(6, NO, ("E2",), (), id="on the day of a bad answer"),
        pytest.param(7, YES, (), (), id="on the day of a good one"),
        pytest.param(9, YES, (), (), id="on the day of enrolment"),
        pytest.param(400, NO, ("E1",), (), id="after a late finding"),
    ],
)
def test_verdict_on_a_day(asked: int, verdict: str, failed: tuple[str, ...], open_: tuple[str, ...]) -> None:
    history = "-9 answered, -8 ps-1, -8 operated:-18, 6 fails-E2, 7 passes-E2, 9 enrolled, 30 fails-E1"
    found = judge(milestones(history), STUDY, on(asked))
    assert (found.eligibility, found.failed, found.open) == (verdict, failed, open_)


def test_the_course_of_verdicts() -> None:
    history = "-9 answered, -8 ps-1, -8 operated:-18, 6 fails-E2, 7 passes-E2, 9 enrolled, 30 fails-E1"
    course = verdicts(milestones(history), STUDY, on(40))
    assert [((each.on - on(0)).days, each.verdict.eligibility, *each.verdict.failed) for each in course] == [
        (-9, OPEN),
        (-8, NO, "E3"),
        (4, YES),
        (6, NO, "E2"),
        (7, YES),
        (30, NO, "E1"),
    ]


def test_the_course_ends_on_the_day_asked_about() -> None:
    known = milestones("-9 answered, -8 ps-1, -8 operated:-18")
    assert [(each.on - on(0)).days for each in verdicts(known, STUDY, on(3))] == [-9, -8]
    assert [(each.on - on(0)).days for each in verdicts(known, STUDY, on(4))] == [-9, -8, 4]
    assert [(each.on - on(0)).days for each in verdicts(known, STUDY, on(-8))] == [-9, -8]
    assert verdicts(known, STUDY, on(-10)) == ()


def test_an_operation_that_is_planned_turns_the_verdict_on_its_day() -> None:
    known = milestones("-9 answered, -8 ps-1, -8 operated:5")
    course = [((each.on - on(0)).days, str(each.verdict.eligibility)) for each in verdicts(known, STUDY, on(5))]
    assert course == [(-9, OPEN), (-8, YES), (5, NO)]


def test_the_course_turns_with_the_age_too() -> None:
    history = "-300 answered, -300 ps-1, -300 operated:none, -300 born-2005"
    course = verdicts(milestones(history), study(age_min_years=18), on(400))
    assert [(str(each.on), str(each.verdict.eligibility)) for each in course] == [
        ("2022-11-05", NO),
        ("2023-01-01", OPEN),
        ("2023-12-31", YES),
    ]


def test_of_a_subject_nobody_spoke_of_there_is_no_course() -> None:
    assert verdicts(Milestones(), STUDY, on(400)) == ()


def test_an_operation_at_the_end_of_the_calendar_turns_nothing() -> None:
    far = milestones("0 answered, 0 ps-1, 0 operated:2913000")
    assert [str(each.verdict.eligibility) for each in verdicts(far, STUDY, on(400))] == [YES]


@pytest.mark.parametrize(
    ("history", "reference"),
    [
        ("-9 screened", -9),
        (f"{READY}, -3 takes-back", -3),
        (f"{READY}, -3 alive", -7),
        (f"{READY}, 0 enrolled, 9 passes-E2", 0),
        (f"{READY}, 0 enrolled, 9 undone", -7),
        (f"{READY}, 0 enrolled, 9 undone, 20 enrolled", 20),
    ],
)
def test_the_day_to_which_the_criteria_are_applied(history: str, reference: int) -> None:
    assert judge(milestones(history), STUDY).reference_on == on(reference)


def test_without_any_fact_the_criteria_are_applied_to_the_first_day_of_enrolment() -> None:
    verdict = judge(Milestones(), STUDY)
    assert (verdict.open, str(verdict.reference_on)) == (ALL, "2023-07-01")


def test_a_voided_enrolment_gives_the_day_asked_about_its_place_back() -> None:
    known = milestones("-9 answered, -8 ps-1, -8 operated:-10, 15 enrolled", void("9-enrolled"))
    assert judge(known, STUDY).failed == ("E3",)
    assert judge(known, STUDY, on(12)).eligibility == YES


def test_differences_are_in_the_order_of_the_study() -> None:
    verdict = judge(milestones(f"{READY}, -5 fails-E4, -5 fails-E3"), STUDY)
    assert verdict.eligibility == YES
    assert [(each.criterion, each.entry) for each in verdict.differences] == [
        ("E3", "11-fails-E3"),
        ("E4", "10-fails-E4"),
    ]


def test_what_was_known_at_enrolment_outlasts_many_later_entries() -> None:
    later = ", ".join(
        f"{number} passes-E2, {number} fails-E6, {number} ps-4, {number} consent" for number in range(1, 30)
    )
    known = milestones(f"{READY}, 0 enrolled, {later}")
    assert judge(known, STUDY).eligibility == YES
    assert all(len(marks) <= 2 * ENDS_KEPT for marks in known.answers.values())
    assert len(known.consents) == len(known.performances) == 2 * ENDS_KEPT


WORDS = (
    *("passes-E2", "fails-E2", "open-E2", "passes-E6", "fails-E6", "fails-E3", "ps-3", "ps-4", "operated:none"),
    *("operated:-10", "operated:-25/2", "consent", "family-only", "takes-back", "enrolled", "undone", "born-2005"),
    *("screened", "withdrew"),
)
DRAWINGS = st.lists(
    st.builds("{} {}".format, st.integers(-12, 12), st.sampled_from(WORDS)), min_size=1, max_size=2 * ENDS_KEPT - 1
)


@given(DRAWINGS, st.integers(-14, 14), st.booleans())
def test_a_day_judged_from_all_entries_is_judged_as_from_the_entries_until_then(
    drawings: list[str], asked: int, answered: bool
) -> None:
    history = ", ".join([*(["-12 answered"] if answered else []), *drawings])
    until = timeline_of("S-001", settle(events(history)).in_force(), on(asked), STUDY).milestones
    floor = study(age_min_years=18)
    assert judge(milestones(history), floor, on(asked)) == judge(until, floor, on(asked))
    assert consent_on(milestones(history), STUDY, on(asked)) == consent_on(until, STUDY)


@given(
    st.lists(st.builds("{} {}".format, st.integers(-12, 12), st.sampled_from(WORDS)), min_size=1, max_size=40),
    st.randoms(),
)
def test_the_registers_keep_the_same_whatever_the_order_of_arrival(drawings: list[str], dice: random.Random) -> None:
    entries = settle(events(", ".join(drawings))).entries
    assert _evolved(dice.sample(entries, len(entries))) == _evolved(entries)


def _evolved(entries: tuple[Entry, ...] | list[Entry]) -> Milestones:
    known = Milestones()
    for entry in entries:
        known = evolve(known, entry)
    return known


@given(DRAWINGS)
def test_the_course_ends_in_the_verdict_of_its_last_day(drawings: list[str]) -> None:
    known = milestones(", ".join(["-12 answered", *drawings]))
    last, until = judge(known, STUDY, on(60)), verdicts(known, STUDY, on(60))[-1].verdict
    assert (until.eligibility, until.failed, until.open) == (last.eligibility, last.failed, last.open)


@given(DRAWINGS, st.integers(-14, 60))
def test_the_course_says_of_every_day_what_is_judged_of_it(drawings: list[str], asked: int) -> None:
    known = milestones(", ".join(["-12 answered", *drawings]))
    course = [each.verdict for each in verdicts(known, STUDY, on(60)) if each.on <= on(asked)]
    judged = judge(known, STUDY, on(asked))
    assert ((course[-1].failed, course[-1].open) if course else ((), ALL)) == (judged.failed, judged.open)


def test_the_same_day_is_the_same_verdict_in_any_zone_of_writing() -> None:
    early = dt.date(2023, 9, 1)
    assert on(0) == early
    assert judge(milestones("0@00:30 passes-E2"), STUDY, early).open == tuple(each for each in ALL if each != "E2")


@pytest.mark.parametrize("later", ["5 fails-E2", "5 takes-back", "5 undone", "5 enrolled", "5 form-2", "5 ps-3"])
def test_what_is_known_on_a_day_is_all_until_something_happens_later(later: str) -> None:
    known = milestones(f"{READY}, 0 enrolled, 9 alive, {later}")
    assert known_on(known, on(5)) is known
    assert known_on(known, on(4)) == msgspec.structs.replace(milestones(f"{READY}, 0 enrolled"), alive=known.alive)
