"""From a number to the entries behind it, and back, on the drawn trial."""

import pytest

from analytics.computation import timelines_of
from analytics.contributions import contributors, numbers_resting_on
from analytics.numbers import numbers_of
from analytics.recompute import StudyAsOf, study_of
from analytics.snapshot import encode_snapshot
from schemas.two_times import KnownAt
from tests.analytics.trials import DRAWN
from tests.rules.drawn import STUDY, entries, on

CRITERIA = [f"{n}-eligible" for n in range(2, 11)]
ADMITTED = [*CRITERIA, "1-consent", "11-enrolled", "12-chemo"]


@pytest.fixture(scope="module")
def trial() -> StudyAsOf:
    in_force = {subject: entries(history, subject) for subject, history in DRAWN.items()}
    point = KnownAt(commit=1, committed_at=None)
    return study_of(timelines_of(in_force, on(500), STUDY), STUDY, point, on(500))


def behind(name: str, trial: StudyAsOf) -> dict[str, tuple[str, list[str]]]:
    """By subject, what it counts as, and its entries without the subject's name."""
    return {
        each.subject: (each.counts_as, [entry.removeprefix(f"{each.subject}-") for entry in each.entries])
        for each in contributors(name, trial, STUDY)
    }


def test_a_rate_rests_on_responders_and_on_those_who_did_not_respond(trial: StudyAsOf) -> None:
    assert behind("response.rates.ORR", trial) == {
        "S-001": ("responder", [*ADMITTED, "14-CR"]),
        "S-002": ("responder", [*ADMITTED, "14-CRi", "15-CR", "16-relapse"]),
        "S-003": ("responder", [*ADMITTED, "13-CRh"]),
        "S-004": ("responder", [*ADMITTED, "13-PR"]),
        "S-005": ("non-responder", [*ADMITTED, "14-NR"]),
        "S-006": ("not-evaluable", ADMITTED),
        "S-007": ("responder", [*ADMITTED, "13-PR"]),
        "S-008": ("pending", [*ADMITTED, "13-MLFS"]),
    }


def test_survival_rests_on_its_start_its_end_and_what_explains_a_censoring(trial: StudyAsOf) -> None:
    assert behind("survival.median", trial) == {
        "S-001": ("alive-at-cutoff", ["11-enrolled", "15-alive"]),
        "S-002": ("death", ["11-enrolled", "17-dead"]),
        "S-003": ("lost", ["11-enrolled", "13-CRh", "14-lost"]),
        "S-004": ("withdrew", ["11-enrolled", "15-withdrew"]),
        "S-005": ("last-known-alive", ["11-enrolled", "15-alive"]),
        "S-006": ("death", ["11-enrolled", "13-dead"]),
        "S-007": ("alive-at-cutoff", ["11-enrolled", "14-alive"]),
        "S-008": ("alive-at-cutoff", ["11-enrolled", "14-alive"]),
        "S-009": ("last-known-alive", ["11-enrolled"]),
    }


def test_mortality_by_a_day_rests_on_death_or_the_last_proof_of_life(trial: StudyAsOf) -> None:
    found = behind("response.mortality.30", trial)
    assert {subject: counts_as for subject, (counts_as, _) in found.items()} == {
        **dict.fromkeys(["S-001", "S-002", "S-004", "S-005", "S-007", "S-008"], "alive"),
        "S-003": "unknown",
        "S-006": "died",
    }
    assert found["S-006"][1] == [*ADMITTED, "13-dead"]
    assert behind("response.early_deaths", trial)["S-006"][0] == "early-death"


def test_the_evaluable_set_rests_on_the_marrow_as_well(trial: StudyAsOf) -> None:
    found = behind("response.evaluable", trial)
    assert sorted(found) == ["S-001", "S-002", "S-003", "S-004", "S-005", "S-007", "S-008"]
    assert found["S-001"] == ("responder", [*ADMITTED, "14-CR", "13-marrow"])


def test_every_screened_subject_stands_behind_the_funnel(trial: StudyAsOf) -> None:
    found = {subject: counts_as for subject, (counts_as, _) in behind("funnel.steps.treated.subjects", trial).items()}
    assert found == {
        **dict.fromkeys(["S-001", "S-002", "S-003", "S-004", "S-005", "S-007", "S-008"], "assessed"),
        "S-006": "treated",
        "S-009": "enrolled",
        **dict.fromkeys(["S-010", "S-011", "S-012"], "screened"),
    }


def test_who_is_outside_of_the_full_set_is_named_with_the_reason(trial: StudyAsOf) -> None:
    found = behind("response.outside.chemotherapy-not-begun", trial)
    assert found == {"S-009": ("chemotherapy-not-begun", [*CRITERIA, "1-consent", "11-enrolled"])}


def test_enrolment_rests_on_the_enrolments(trial: StudyAsOf) -> None:
    found = behind("enrolment.enrolled", trial)
    assert len(found) == 9
    assert set(map(str, found.values())) == {"('enrolled', ['11-enrolled'])"}


@pytest.mark.parametrize("name", ["enrolment.target", "survival.horizon_days", "interval_level", "no.such.number"])
def test_no_subject_stands_behind_a_setting(trial: StudyAsOf, name: str) -> None:
    assert contributors(name, trial, STUDY) == ()


def families(names: tuple[str, ...]) -> set[str]:
    return {".".join(name.split(".")[:2]) for name in names}


def test_a_death_stands_behind_survival_and_mortality(trial: StudyAsOf) -> None:
    names = numbers_resting_on("S-002", frozenset({"S-002-17-dead"}), trial, STUDY)
    assert {"survival.median", "survival.at.365", "response.mortality.30", "response.early_deaths"} <= set(names)
    assert "response.rates.ORR" not in names


def test_a_response_stands_behind_the_rates(trial: StudyAsOf) -> None:
    names = numbers_resting_on("S-001", frozenset({"S-001-14-CR"}), trial, STUDY)
    assert {"response.rates.ORR", "response.rates.ORR.bounds", "response.by_best.CR", "response.evaluable"} <= set(
        names
    )
    assert families(names) & {"survival.median", "enrolment.enrolled"} == set()


def test_an_entry_that_decided_nothing_and_a_subject_that_is_not_there_stand_behind_no_number(trial: StudyAsOf) -> None:
    assert numbers_resting_on("S-001", frozenset({"nothing"}), trial, STUDY) == ()
    assert numbers_resting_on("S-999", frozenset({"S-001-14-CR"}), trial, STUDY) == ()


def test_there_and_back_say_the_same(trial: StudyAsOf) -> None:
    names = [name for name in numbers_of(encode_snapshot(trial.snapshot)) if contributors(name, trial, STUDY)]
    assert len(names) > 50
    for name in names:
        for each in contributors(name, trial, STUDY):
            assert name in numbers_resting_on(each.subject, frozenset(each.entries[-1:]), trial, STUDY)
