"""The registers of the milestones: which entry of each kind is the last, and how many are kept."""

import datetime as dt
import random

import pytest

from schemas import events as ev
from schemas.events.background import Sex
from schemas.events.enrollment import Answer, ConsentScope
from schemas.events.event import Event
from schemas.events.followup import Category
from schemas.milestones import ENDS_KEPT, ENROLMENTS_KEPT, Milestones
from schemas.subject import encode_state, fold
from tests.schemas.controls import event


def dated(facts: ev.Facts, *days: int) -> list[Event]:
    """The same fact on days of January 2024, given last day first."""
    return [event(f"{facts.TYPE}-{day:02}", facts, happened=f"2024-01-{day:02}") for day in sorted(days, reverse=True)]


def consent(*scope: ConsentScope, form: str = "1") -> ev.ConsentSigned:
    return ev.ConsentSigned(
        form_version=form, language="zh", signed_by_subject=True, signed_by_family=False, scope=scope
    )


NINE = ("I1", "I2", "I3", "E1", "E2", "E3", "E4", "E5", "E6")
PARTICIPATION = ConsentScope.PARTICIPATION
ENROLLED = ev.SubjectEnrolled(site="F")
UNDONE = ev.EnrolmentUndone(why="found ineligible")


def known(*events: Event) -> Milestones:
    return fold("S-001", events).milestones


def test_the_last_of_each_kind() -> None:
    milestones = known(
        event("d1", ev.DemographicsRecorded(year_of_birth=1960), happened="2024-01-01"),
        event("d2", ev.DemographicsRecorded(year_of_birth=1961, sex=Sex.FEMALE), happened="2024-01-02"),
        event("b3", ev.BaselineRecorded(performance_status=2), happened="2024-01-03"),
        event("b2", ev.BaselineRecorded(performance_status=1, major_surgeries_on=()), happened="2024-01-02"),
        event("c2", consent(PARTICIPATION, form="2"), happened="2024-01-02"),
        event("c1", consent(PARTICIPATION), happened="2024-01-01"),
        event("a2", ev.CriterionAssessed(criterion="E2", answer=Answer.MET), happened="2024-01-02"),
        event("a1", ev.CriterionAssessed(criterion="E2", answer=Answer.NOT_MET), happened="2024-01-01"),
    )
    last = (milestones.demographics, milestones.performance, milestones.surgeries, milestones.consent)
    assert [each and each.mark.entry for each in last] == ["d2", "b3", "b2", "c2"]
    assert {criterion: each.answer for criterion, each in milestones.criteria.items()} == {"E2": Answer.MET}


def test_nothing_said_is_none() -> None:
    nothing = Milestones()
    assert (nothing.consent, nothing.consent_withdrawn, nothing.demographics) == (None, None, None)
    assert (nothing.performance, nothing.surgeries, nothing.enrolment_undone, nothing.enrolled) == (None,) * 4
    assert (nothing.criteria, nothing.times_enrolled()) == ({}, ())


@pytest.mark.parametrize(
    ("facts", "register"),
    [
        (consent(PARTICIPATION), "consents"),
        (ev.ConsentWithdrawn(scope=(PARTICIPATION,)), "consent_withdrawals"),
        (ev.DemographicsRecorded(year_of_birth=1960), "demographics_noted"),
        (ev.BaselineRecorded(performance_status=1), "performances"),
        (ev.BaselineRecorded(major_surgeries_on=(dt.date(2024, 1, 1),)), "surgeries_noted"),
        (UNDONE, "enrolments_undone"),
    ],
)
def test_a_register_keeps_the_first_and_the_last_few(facts: ev.Facts, register: str) -> None:
    history = dated(facts, *range(1, 21))
    kept = getattr(known(*history), register)
    assert [each.mark.on.day for each in kept] == [1, 2, 3, 18, 19, 20]
    for seed in range(5):
        shuffled = random.Random(seed).sample(history, len(history))
        assert encode_state(fold("S-001", shuffled)) == encode_state(fold("S-001", history))


def test_answers_are_kept_criterion_by_criterion() -> None:
    milestones = known(
        *dated(ev.CriterionAssessed(criterion="E2", answer=Answer.MET), *range(1, 21)),
        event("i1", ev.CriterionAssessed(criterion="I1", answer=Answer.MET), happened="2024-01-05"),
    )
    assert {criterion: len(marks) for criterion, marks in milestones.answers.items()} == {"E2": 2 * ENDS_KEPT, "I1": 1}


@pytest.mark.parametrize(
    ("scope", "kept"),
    [
        ((ConsentScope.PARTICIPATION,), 1),
        ((ConsentScope.SPECIMEN_STORAGE, ConsentScope.PARTICIPATION), 1),
        ((ConsentScope.SPECIMEN_STORAGE, ConsentScope.FOLLOW_UP, ConsentScope.DATA_REUSE), 0),
    ],
)
def test_only_what_is_about_participation_moves_consent(scope: tuple[ConsentScope, ...], kept: int) -> None:
    milestones = known(event("c", consent(*scope)), event("w", ev.ConsentWithdrawn(scope=scope)))
    assert (len(milestones.consents), len(milestones.consent_withdrawals)) == (kept, kept)


@pytest.mark.parametrize(
    ("enrolled", "undone", "times", "stands"),
    [
        pytest.param([5], [], [(5, None)], 5, id="once"),
        pytest.param([5], [9], [(5, 9)], None, id="undone"),
        pytest.param([5, 7], [], [(5, None)], 5, id="twice is once"),
        pytest.param([5, 7], [9], [(5, 9)], None, id="twice, undone once"),
        pytest.param([5, 12], [9], [(5, 9), (12, None)], 12, id="again"),
        pytest.param([5, 12], [9, 15], [(5, 9), (12, 15)], None, id="again and undone again"),
        pytest.param([5, 12], [9, 10], [(5, 9), (12, None)], 12, id="undone twice"),
        pytest.param([5], [3], [(5, None)], 5, id="an undoing before the enrolment undoes nothing"),
        pytest.param([], [3], [], None, id="an undoing of nothing"),
    ],
)
def test_times_enrolled(
    enrolled: list[int], undone: list[int], times: list[tuple[int, int | None]], stands: int | None
) -> None:
    milestones = known(*dated(ENROLLED, *enrolled), *dated(UNDONE, *undone))
    assert [(begun.on.day, ended and ended.on.day) for begun, ended in milestones.times_enrolled()] == times
    assert (milestones.enrolled and milestones.enrolled.on.day) == stands


def test_the_last_few_enrolments_are_kept() -> None:
    assert len(known(*dated(ENROLLED, *range(1, 21))).enrolments) == ENROLMENTS_KEPT


def test_a_state_with_every_register_full_is_at_most_64_kb() -> None:
    facts: list[ev.SubjectFacts] = [
        *(ev.CriterionAssessed(criterion=each, answer=Answer.MET) for each in NINE),
        *(consent(PARTICIPATION), ev.ConsentWithdrawn(scope=(PARTICIPATION,)), ENROLLED, UNDONE),
        ev.DemographicsRecorded(year_of_birth=1960),
        ev.BaselineRecorded(performance_status=1, major_surgeries_on=(dt.date(2024, 1, 1),) * 20),
        *(ev.ResponseAssessed(category=each, rule_set="ELN2022") for each in (Category.CR, Category.NE, Category.PR)),
    ]
    long = "0123456789abcdef" * 4
    history = [
        event(f"{long}-{number}-{day}", each, happened=f"2024-01-{day:02}")
        for number, each in enumerate(facts)
        for day in range(1, 31)
    ]
    assert len(encode_state(fold("S-001", history))) <= 64 * 1024
