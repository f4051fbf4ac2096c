"""The endpoint row: both readings of the response, which one counts, differences, refractory disease."""

from decimal import Decimal

import msgspec
import pytest

from schemas.events import (
    BloodBlastsCounted,
    ChemotherapyBegun,
    Facts,
    MarrowAssessed,
    ResponseAssessed,
    ResultReported,
)
from schemas.events.enrollment import Intensity
from schemas.events.event import Event
from schemas.events.followup import Category
from schemas.events.lab import BlastMethod, Bound, Matrix, ResultStatus
from schemas.moments import day
from schemas.rules.endpoints import Contribution, EndpointRow, endpoint_of
from schemas.rules.timeline import timeline_of
from schemas.settlement import settle
from schemas.study import StudyDefinition
from tests.rules.drawn import DAY_0, IN_FULL_SET, STUDY, events, on, row


def said(days: int, name: str, facts: Facts) -> Event:
    first = events("0 alive")[0]
    return msgspec.structs.replace(first, id=name, happened=day(on(days), STUDY.tzinfo), facts=facts)


def marrow(days: int, blasts: str) -> Event:
    facts = MarrowAssessed(
        blasts_pct=Decimal(blasts),
        cells_counted=200,
        spicules_present=True,
        auer_rods_present=False,
        extramedullary_present=False,
    )
    return said(days, f"marrow-{days}", facts)


def counted(days: int, anc: str, platelets: str) -> list[Event]:
    counts = (("anc", "751-8", anc), ("platelets", "777-3", platelets))
    results = [
        said(
            days,
            f"{analyte}-{days}",
            ResultReported(
                analyte=analyte,
                bound=Bound.EQUAL,
                number=Decimal(number),
                unit="10*9/L",
                text=number,
                unit_sent="10*9/L",
                matrix=Matrix.WHOLE_BLOOD,
                status=ResultStatus.FINAL,
                series=f"{analyte}-{days}",
                code=code,
                code_system="LN",
            ),
        )
        for analyte, code, number in counts
    ]
    smear = BloodBlastsCounted(blasts_pct=Decimal(0), method=BlastMethod.SMEAR)
    return [*results, said(days, f"smear-{days}", smear)]


def assessed(days: int, category: Category) -> Event:
    return said(days, f"assessed-{days}", ResponseAssessed(category=category, rule_set="ELN2022"))


def endpoint(*history: Event, cutoff: int = 400, study: StudyDefinition = STUDY) -> EndpointRow:
    entries = settle([*events(IN_FULL_SET), *history]).in_force()
    return endpoint_of(timeline_of("S-001", entries, on(cutoff), study), study, on(cutoff))


def by_rules(study: StudyDefinition) -> StudyDefinition:
    return msgspec.structs.replace(study, response=msgspec.structs.replace(study.response, endpoint="derived"))


LOW_PLATELETS = [marrow(-3, "60"), marrow(28, "2"), *counted(28, "1.5", "96"), assessed(28, Category.CR)]


def test_both_readings_are_kept_and_the_investigators_is_the_endpoint() -> None:
    found = endpoint(*LOW_PLATELETS)
    assert found.investigator is not None
    assert found.derived is not None
    assert (found.investigator.best, found.derived.best) == (Category.CR, Category.CRH)
    assert found.response == found.investigator


def test_the_derived_reading_is_the_endpoint_where_the_study_says_so() -> None:
    found = endpoint(*LOW_PLATELETS, study=by_rules(STUDY))
    assert found.response is not None
    assert found.response == found.derived
    assert (found.response.best, found.response.shown) == (Category.CRH, Category.CRI)
    assert (found.response.best_entry, found.response.rule_set) == ("marrow-28", "ELN2022")


def test_a_difference_names_the_investigators_entry_and_what_the_rules_allow() -> None:
    (difference,) = endpoint(*LOW_PLATELETS).differences
    assert (difference.entry, difference.on) == ("assessed-28", on(28))
    assert (difference.investigator, difference.derived) == (Category.CR, (Category.CRH,))


def test_readings_that_agree_differ_nowhere() -> None:
    agreeing = [marrow(-3, "60"), marrow(28, "2"), *counted(28, "1.5", "100"), assessed(28, Category.CR)]
    assert endpoint(*agreeing).differences == ()


def test_a_study_without_a_rule_set_has_the_investigators_reading_alone() -> None:
    settings = msgspec.structs.replace(STUDY.response, rule_set=None)
    found = endpoint(*LOW_PLATELETS, study=msgspec.structs.replace(STUDY, response=settings))
    assert found.derived is None
    assert found.response == found.investigator
    assert (found.differences, found.refractory) == ((), None)


def test_two_intensive_courses_without_remission_are_refractory() -> None:
    second = said(35, "chemo-2", ChemotherapyBegun(course=2, regimen="DA 3+7", intensity=Intensity.INTENSIVE))
    found = endpoint(marrow(-3, "60"), marrow(28, "40"), second, marrow(63, "30"), *counted(63, "1.5", "150"))
    assert found.refractory is not None
    assert (found.refractory.entry, found.refractory.on) == ("marrow-63", on(63))


LESS_INTENSIVE = ChemotherapyBegun(course=1, regimen="AZA + VEN", intensity=Intensity.LESS_INTENSIVE)


@pytest.mark.parametrize(
    ("more", "cutoff", "refractory"),
    [
        ([], 179, False),
        ([], 180, True),
        (events("170 dead"), 300, False),
    ],
    ids=["the day before it is over", "at the end of day 180", "who died before is not refractory"],
)
def test_a_less_intensive_start_has_180_days(more: list[Event], cutoff: int, refractory: bool) -> None:
    history = [*events("-8 screened, -7 consent, -6 eligible, -5 enrolled"), said(0, "less", LESS_INTENSIVE)]
    history += [marrow(-3, "60"), marrow(60, "40"), *more]
    entries = [entry for entry in settle(history).in_force() if entry.happened.on <= on(cutoff)]
    found = endpoint_of(timeline_of("S-001", entries, None, STUDY), STUDY, on(cutoff))
    assert (found.refractory is not None) is refractory


@pytest.mark.parametrize(
    ("history", "cutoff", "expected"),
    [
        ("28 CR", 100, Contribution.RESPONDER),
        ("28 NR", 365, Contribution.NON_RESPONDER),
        ("28 NR", 364, Contribution.PENDING),
        ("", 365, Contribution.NOT_EVALUABLE),
        ("28 NE", 365, Contribution.NOT_EVALUABLE),
        ("20 dead", 20, Contribution.NOT_EVALUABLE),
        ("28 NE", 364, Contribution.PENDING),
    ],
)
def test_what_a_subject_is_in_orr(history: str, cutoff: int, expected: Contribution) -> None:
    found = row(f"{IN_FULL_SET}, {history}" if history else IN_FULL_SET, cutoff)
    assert found.contribution is expected
    assert found.response is not None
    assert found.response.day_0_on == DAY_0
    assert found.response.window_ends_on == on(365)


def test_outside_of_the_full_set_there_is_no_contribution() -> None:
    found = row("-8 screened, 0 chemo, 28 CR", 100)
    assert (found.contribution, found.response, found.investigator, found.derived) == (None, None, None, None)
