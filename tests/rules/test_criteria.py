"""How one criterion stands: E3, E4 and the age from facts, E6 by withdrawal, the others as a person answered them.

Expected values are read off clinical.md, "Exclusion" and the paragraph below it. Day 0 is the day of enrolment here.
"""

import pytest

from schemas.criteria import Difference, Standing
from schemas.eligibility import judge
from schemas.events.enrollment import Answer
from tests.rules.candidates import correction, milestones, study, void
from tests.rules.drawn import STUDY, on

MET, NOT, UNKNOWN = Answer.MET, Answer.NOT_MET, Answer.UNKNOWN


def standing(criterion: str, history: str, asked: int | None = None, **settings: object) -> Standing:
    verdict = judge(milestones(history), study(**settings), None if asked is None else on(asked))
    return next(each for each in verdict.standings if each.criterion == criterion)


def table(*rows: tuple[object, ...]) -> list[object]:
    """The last column is the reason, and names the test."""
    return [pytest.param(*row[:-1], id=str(row[-1])) for row in rows]


@pytest.mark.parametrize(
    ("history", "answer"),
    table(
        ("0 operated:0, 0 enrolled", MET, "an operation on the day of enrolment excludes"),
        ("0 operated:-1, 0 enrolled", MET, "an operation on the day before excludes"),
        ("0 operated:-20, 0 enrolled", MET, "an operation 20 days before excludes"),
        ("0 operated:-21, 0 enrolled", MET, "an operation 21 days before excludes"),
        ("0 operated:-22, 0 enrolled", NOT, "an operation 22 days before does not"),
        ("0 operated:-400, 0 enrolled", NOT, "an operation long ago does not"),
        ("0 operated:1, 0 enrolled", NOT, "an operation on the day after does not count"),
        ("2 operated:1, 0 enrolled", NOT, "nor does one that was noted after it"),
        ("0 operated:none, 0 enrolled", NOT, "asked and none is not met"),
        ("0 operated:-22/-21, 0 enrolled", MET, "one of several that lies near excludes"),
        ("0 operated:-22/1, 0 enrolled", NOT, "neither before the window nor after it"),
        ("0 enrolled, 30 operated:-10", MET, "an operation before enrolment counts when it is noted after it"),
        ("-30 operated:-10, 0 enrolled", MET, "an operation that was planned when it was noted counts"),
        ("-9 operated:-10, -2 operated:none, 0 enrolled", NOT, "the list noted last is whole"),
        ("-2 operated:none, -9 operated:-10, 0 enrolled", NOT, "noted last by its day, not by its arrival"),
        ("-9 operated:-10, -2 ps-1, 0 enrolled", MET, "a baseline that does not speak of operations takes none back"),
        ("-2 ps-1, 0 enrolled", UNKNOWN, "not asked is unknown"),
        ("0 enrolled", UNKNOWN, "no baseline is unknown"),
        ("-1 passes-E3, 0 enrolled", NOT, "without facts the answer counts: not met"),
        ("-1 fails-E3, 0 enrolled", MET, "without facts the answer counts: met"),
        ("-1 open-E3, 0 enrolled", UNKNOWN, "without facts the answer unknown is unknown"),
        ("-1 ps-1, -1 fails-E3, 0 enrolled", MET, "facts of another criterion do not replace an answer"),
    ),
)
def test_e3_counts_operations_0_to_21_days_before_enrolment(history: str, answer: Answer) -> None:
    assert standing("E3", history).answer is answer


@pytest.mark.parametrize(
    ("history", "asked", "answer"),
    table(
        ("-5 operated:-5", 15, MET, "20 days before the day asked about"),
        ("-5 operated:-5", 16, MET, "21 days before the day asked about"),
        ("-5 operated:-5", 17, NOT, "22 days before the day asked about"),
        ("-5 operated:0", -1, NOT, "after the day asked about"),
        ("-5 operated:-5", -6, UNKNOWN, "not yet noted on the day asked about"),
        ("-5 operated:-5", None, MET, "no day asked about: as on the last day on which anything was said"),
        ("-5 operated:-5, 16 passes-E2", None, MET, "said again 21 days later"),
        ("-5 operated:-5, 17 passes-E2", None, NOT, "said again 22 days later"),
        ("-5 operated:-5, 17 alive", None, MET, "a contact says nothing of eligibility"),
        ("-5 operated:-5, 10 enrolled", 300, MET, "once enrolled, the day asked about moves nothing"),
        ("-5 operated:-5, 17 enrolled", 300, NOT, "enrolled on day 22"),
        ("-5 operated:-5, 17 enrolled", 16, MET, "on the day before the enrolment, day 21"),
        ("-5 operated:-5, 10 enrolled, 12 undone", 17, NOT, "undone: the day asked about again"),
        ("-5 operated:-5, 10 enrolled, 12 undone, 17 enrolled", None, NOT, "the enrolment that stands"),
        ("-5 operated:-5, 10 enrolled, 17 enrolled", None, MET, "a second enrolment while one stands moves nothing"),
    ),
)
def test_e3_is_applied_to_the_reference_day(history: str, asked: int | None, answer: Answer) -> None:
    assert standing("E3", history, asked).answer is answer


@pytest.mark.parametrize(
    ("history", "answer"),
    table(
        ("-1 ps-0, 0 enrolled", NOT, "0"),
        ("-1 ps-3, 0 enrolled", NOT, "3 does not exclude"),
        ("-1 ps-4, 0 enrolled", MET, "4 excludes"),
        ("-1 ps-5, 0 enrolled", MET, "5 is above 3"),
        ("-2 ps-4, -1 ps-3, 0 enrolled", NOT, "the last noted before enrolment"),
        ("-2 ps-3, -1 ps-4, 0 enrolled", MET, "the last noted before enrolment, the other way"),
        ("-2 ps-3, 0 ps-4, 0 enrolled", MET, "the day of enrolment counts"),
        ("-2 ps-3, 0 enrolled, 1 ps-4", NOT, "the day after says nothing about it"),
        ("0 enrolled, 1 ps-3", UNKNOWN, "noted after enrolment alone is unknown"),
        ("-1 passes-E4, 0 enrolled, 1 ps-4", NOT, "then the answer counts"),
        ("-1 operated:none, 0 enrolled", UNKNOWN, "a baseline without a status is unknown"),
        ("-1 fails-E4, 0 enrolled", MET, "without facts the answer counts"),
        ("-1 open-E4, 0 enrolled", UNKNOWN, "without facts unknown is unknown"),
        ("-1 ps-4", MET, "a subject who is not enrolled"),
    ),
)
def test_e4_is_met_by_a_performance_status_above_3(history: str, answer: Answer) -> None:
    assert standing("E4", history).answer is answer


@pytest.mark.parametrize(
    ("history", "criterion", "difference"),
    table(
        ("-1 ps-4, -1 passes-E4", "E4", (NOT, MET, "1-passes-E4", "0-ps-4"), "the fact excludes, the answer does not"),
        ("-1 ps-3, -1 fails-E4", "E4", (MET, NOT, "1-fails-E4", "0-ps-3"), "the answer excludes, the fact does not"),
        ("-1 fails-E4, -1 ps-4", "E4", None, "both say the same"),
        ("-1 ps-4, -1 open-E4", "E4", None, "unknown contradicts nothing"),
        ("-1 ps-4", "E4", None, "no answer contradicts nothing"),
        ("-2 passes-E4, -1 fails-E4, -1 ps-4", "E4", None, "the last answer is compared"),
        (
            "-1 operated:-30, -1 fails-E3",
            "E3",
            (MET, NOT, "1-fails-E3", "0-operated:-30"),
            "an operation 29 days before the answer",
        ),
        ("0 enrolled, 1 ps-3, 1 fails-E4", "E4", None, "a fact that does not count contradicts nothing"),
    ),
)
def test_an_answer_that_facts_contradict_is_reported_and_does_not_count(
    history: str, criterion: str, difference: tuple[Answer, Answer, str, str] | None
) -> None:
    found = standing(criterion, history)
    if difference is None:
        assert found.difference is None
        return
    answered, stands, entry, fact = difference
    assert found.answer is stands
    assert found.difference == Difference(criterion=criterion, answered=answered, stands=stands, entry=entry, fact=fact)


@pytest.mark.parametrize(
    ("history", "answer"),
    table(
        ("-9 passes-E2, -8 fails-E2", MET, "answered twice, the last counts"),
        ("-8 fails-E2, -9 passes-E2", MET, "the last by its day, not by its arrival"),
        ("-9 passes-E2, -9 fails-E2", MET, "on one day, the one recorded last"),
        ("-9 passes-E2, -8 open-E2", UNKNOWN, "a later unknown opens it again"),
        ("-9 open-E2, -8 passes-E2", NOT, "a later answer closes it"),
        ("-9 passes-E2, 0 enrolled, 5 fails-E2", MET, "a finding may come after enrolment"),
        ("-9 passes-E1", UNKNOWN, "not answered is unknown"),
    ),
)
def test_other_criteria_stand_as_last_answered(history: str, answer: Answer) -> None:
    found = standing("E2", history)
    assert (found.answer, found.computed, found.difference) == (answer, False, None)


def test_a_corrected_answer_counts_as_corrected() -> None:
    verdict = judge(milestones("-9 fails-E2, 0 enrolled", correction("0-fails-E2", "passes-E2")), STUDY)
    assert "E2" not in (*verdict.failed, *verdict.open)


def test_a_voided_answer_gives_back_the_one_before() -> None:
    history = "-9 passes-E2, -8 fails-E2"
    assert judge(milestones(history), STUDY).failed == ("E2",)
    assert judge(milestones(history, void("1-fails-E2")), STUDY).failed == ()


def test_a_voided_only_answer_leaves_the_criterion_open() -> None:
    assert "E2" in judge(milestones("-9 passes-E2", void("0-passes-E2")), STUDY).open


def test_a_corrected_list_of_operations_decides_e3_again() -> None:
    corrected = milestones("-1 operated:-21, 0 enrolled", correction("0-operated:-21", "operated:-22"))
    assert "E3" not in judge(corrected, STUDY).failed
    moved = milestones("-1 operated:-21, 0 enrolled", correction("1-enrolled", "enrolled", "1"))
    assert "E3" not in judge(moved, STUDY).failed


def test_a_voided_baseline_gives_the_answer_its_place_back() -> None:
    known = milestones("-1 ps-4, -2 passes-E4, 0 enrolled", void("0-ps-4"))
    assert "E4" not in (*judge(known, STUDY).failed, *judge(known, STUDY).open)


@pytest.mark.parametrize(
    ("history", "answer"),
    table(
        ("-9 passes-E6, -5 takes-back", MET, "taken back, and never enrolled"),
        ("-5 takes-back", MET, "taken back, and nothing answered"),
        ("-9 passes-E6, -5 takes-back, 0 enrolled", MET, "taken back before enrolment"),
        ("-9 passes-E6, 0 enrolled, 5 takes-back", NOT, "taken back after enrolment is never E6"),
        ("-9 passes-E6, 0 enrolled, 5 withdrew", NOT, "withdrawn after enrolment is never E6"),
        ("-9 passes-E6, -5 withdrew", MET, "left before enrolment"),
        ("-9 passes-E6, 0 enrolled, 0 takes-back", NOT, "on the day of enrolment, recorded after it"),
        ("-9 passes-E6, 0 takes-back, 0 enrolled", MET, "on the day of enrolment, recorded before it"),
        ("-9 passes-E6, 0@09:00 takes-back, 0@10:00 enrolled", MET, "an hour before enrolment"),
        ("-9 passes-E6, 0@09:00 enrolled, 0@10:00 takes-back", NOT, "an hour after enrolment"),
        ("-9 passes-E6, -5 ends-storage, 0 enrolled", NOT, "only the storage of specimens"),
        ("-9 passes-E6, -5 takes-back, -4 consent, 0 enrolled", NOT, "consented again before enrolment"),
        ("-9 passes-E6, -5 takes-back, 0@08:00 consent, 0 enrolled", NOT, "consented again on the day of enrolment"),
        ("-9 passes-E6, -5 takes-back, 0 enrolled, 1 consent", MET, "consented again after enrolment"),
        ("-9 passes-E6, -5 takes-back, -4 family-only, 0 enrolled", MET, "signed again by the family alone"),
        ("-9 passes-E6, -5 takes-back, -4 storage, 0 enrolled", MET, "consented again to storage alone"),
        ("-9 passes-E6, -8 consent, -5 takes-back, 0 enrolled", MET, "consented before the withdrawal alone"),
        ("-6 takes-back, -5 consent, -4 takes-back, 0 enrolled", MET, "consented again, and taken back again"),
        ("-9 passes-E6, -5 takes-back, -4 consent", NOT, "consented again, and not enrolled yet"),
        ("-9 passes-E6, 0 enrolled, 5 takes-back, 9 undone", NOT, "taken back while enrolled, undone later"),
        ("-9 passes-E6, 0 enrolled, 5 undone, 9 takes-back", MET, "taken back after the enrolment was undone"),
        ("-9 passes-E6, 0 enrolled, 5 undone, 9 takes-back, 12 enrolled", MET, "taken back between two enrolments"),
        ("-9 passes-E6, 0 enrolled, 5 takes-back, 9 fails-E6", NOT, "answered met after a withdrawal after enrolment"),
        ("-9 passes-E6, 0 enrolled, 9 fails-E6", NOT, "answered met after enrolment is passed over"),
        ("-9 passes-E6, 0 enrolled, 0@17:00 fails-E6", MET, "answered met on the day of enrolment"),
        ("-9 fails-E6, 0 enrolled", MET, "answered met before enrolment: psychiatric"),
        ("-9 fails-E6", MET, "answered met, and never enrolled"),
        ("-9 passes-E6, 0 enrolled, 9 open-E6", UNKNOWN, "a later unknown opens it again"),
        ("0 enrolled, 9 fails-E6", UNKNOWN, "met after enrolment, and never answered before"),
        ("0 enrolled, 9 passes-E6", NOT, "not met, answered after enrolment"),
        ("0 enrolled", UNKNOWN, "never answered"),
    ),
)
def test_e6_is_met_by_withdrawal_before_enrolment_only(history: str, answer: Answer) -> None:
    assert standing("E6", history).answer is answer


@pytest.mark.parametrize(("asked", "answer"), [(-6, NOT), (-5, MET)], ids=["the day before", "on the day"])
@pytest.mark.parametrize("word", ["takes-back", "withdrew"])
def test_a_withdrawal_before_enrolment_counts_from_its_day_on(word: str, asked: int, answer: Answer) -> None:
    assert standing("E6", f"-9 passes-E6, -5 {word}, 0 enrolled", asked).answer is answer


@pytest.mark.parametrize(
    ("history", "difference"),
    table(
        ("-9 passes-E6, -5 takes-back, -4 passes-E6", ("2-passes-E6", "1-takes-back"), "denied after the withdrawal"),
        ("-9 passes-E6, -5 takes-back", None, "denied before the withdrawal, rightly then"),
        ("-5 takes-back, -4 fails-E6", None, "the answer says the same"),
        ("-9 passes-E6, 0 enrolled, 9 fails-E6", ("2-fails-E6", "0-passes-E6"), "passed over for the answer before"),
        ("0 enrolled, 9 fails-E6", ("1-fails-E6", None), "passed over, and nothing stands"),
        ("-9 passes-E6, 0 enrolled, 5 takes-back", None, "no answer was passed over"),
    ),
)
def test_an_answer_to_e6_that_does_not_count_is_reported(
    history: str, difference: tuple[str, str | None] | None
) -> None:
    found = standing("E6", history).difference
    assert (found and (found.entry, found.fact)) == difference


@pytest.mark.parametrize(
    ("history", "answer"),
    table(
        ("-1 born-2004, 0 enrolled", MET, "older in any case"),
        ("-1 born-2005, 0 enrolled", UNKNOWN, "18 in the course of 2023: it depends on the birthday"),
        ("-1 born-2006, 0 enrolled", NOT, "younger in any case"),
        ("-1 born-2005, -243 enrolled", UNKNOWN, "1 January 2023: only who was born on that day is 18"),
        ("-300 born-2005, -244 enrolled", NOT, "31 December 2022: nobody is 18"),
        ("-1 born-2005, 120 enrolled", UNKNOWN, "30 December 2023"),
        ("-1 born-2005, 121 enrolled", MET, "31 December 2023: everyone is 18"),
        ("-1 born-2005, 122 enrolled", MET, "1 January 2024"),
        ("0 enrolled", UNKNOWN, "no year of birth"),
        ("-9 born-2006, -1 born-1960, 0 enrolled", MET, "the year noted last"),
    ),
)
def test_the_age_is_unknown_in_the_year_that_depends_on_the_birthday(history: str, answer: Answer) -> None:
    assert standing("age", history, age_min_years=18).answer is answer


def test_a_study_without_a_floor_asks_for_no_age() -> None:
    assert STUDY.age_min_years is None
    assert [each.criterion for each in judge(milestones("-1 born-2020, 0 enrolled"), STUDY).standings] == [
        *("I1", "I2", "I3", "E1", "E2", "E3", "E4", "E5", "E6")
    ]


@pytest.mark.parametrize(
    ("criterion", "history", "computed", "entry"),
    table(
        ("E3", "-1 operated:none, -1 passes-E3", True, "0-operated:none", "facts decided"),
        ("E3", "-1 passes-E3", False, "0-passes-E3", "a person decided"),
        ("E3", "-1 screened", False, None, "nobody decided"),
        ("E6", "-1 passes-E6, 0 takes-back", True, "1-takes-back", "a withdrawal decided"),
        ("E6", "-1 passes-E6", False, "0-passes-E6", "a person decided that nobody withdrew"),
        ("age", "-1 born-1960", True, "0-born-1960", "the year of birth decided"),
        ("age", "-1 born-2005", True, "0-born-2005", "the year of birth leaves it open"),
        ("age", "-1 screened", True, None, "no year of birth, and nobody is asked"),
    ),
)
def test_a_standing_names_what_decided(criterion: str, history: str, computed: bool, entry: str | None) -> None:
    found = standing(criterion, history, age_min_years=18)
    assert (found.computed, found.mark and found.mark.entry) == (computed, entry)
    assert found.includes is (criterion == "age")
