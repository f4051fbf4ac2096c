"""Who a subject is: age by the calendar year, the last named risk group, the last performance before treatment."""

import msgspec
import pytest

from schemas.events import BaselineRecorded, DemographicsRecorded, DiseaseDiagnosed, SubjectFacts
from schemas.events.background import Risk, Sex
from schemas.milestones import milestones_of
from schemas.moments import day
from schemas.rules.background import Background, background_of
from schemas.settlement import settle
from tests.rules.drawn import STUDY, events, on

BORN = DemographicsRecorded(year_of_birth=1961, sex=Sex.FEMALE)


def diagnosed(risk: Risk | None, version: str | None = None) -> DiseaseDiagnosed:
    return DiseaseDiagnosed(guideline="CN-AML", disease="AML", eln_risk=risk, eln_version=version)


def background(history: str, *said: tuple[int, SubjectFacts]) -> Background:
    """The drawn history, with other facts on days counted from day 0, 2023-09-01."""
    drawn = events(history)
    for number, (days, facts) in enumerate(said):
        happened = day(on(days), STUDY.tzinfo)
        drawn.append(msgspec.structs.replace(drawn[0], id=f"S-001-said-{number}", happened=happened, facts=facts))
    entries = settle(drawn).in_force()
    return background_of(entries, milestones_of(entries))


def test_what_nobody_said_is_none() -> None:
    assert background("-8 screened, -5 enrolled, 0 chemo") == Background()


@pytest.mark.parametrize(
    ("history", "age"),
    [
        ("-8 screened, -5 enrolled", 62),
        ("-8 screened", 62),
        # 2024-01-09, by the year of enrolment and not of screening.
        ("-8 screened, 130 enrolled", 63),
    ],
)
def test_age_is_the_difference_of_the_calendar_years(history: str, age: int) -> None:
    found = background(history, (-8, BORN))
    assert (found.age_years, found.sex) == (age, Sex.FEMALE)


def test_without_screening_and_enrolment_there_is_no_day_at_which_to_tell_an_age() -> None:
    assert background("0 chemo", (-8, BORN)).age_years is None


def test_the_last_diagnosis_that_names_a_risk_group_counts() -> None:
    found = background(
        "-8 screened",
        (-7, diagnosed(Risk.INTERMEDIATE, "2017")),
        (-5, diagnosed(Risk.ADVERSE, "2022")),
        (-3, diagnosed(None)),
    )
    assert (found.risk, found.risk_version) == (Risk.ADVERSE, "2022")


def test_the_last_performance_before_treatment_counts() -> None:
    said = [(days, BaselineRecorded(performance_status=status)) for days, status in ((-6, 2), (0, 1), (1, 3))]
    assert background("-8 screened, 0 chemo", *said).performance == 1
    assert background("-8 screened", *said).performance == 3
