"""Overall survival of one subject: days, event, and why and by which entry it is censored."""

import msgspec
import pytest

from schemas.rules.survival import Censoring, NoTime
from tests.rules.drawn import STUDY, on, row

# history | cutoff | days | event | censoring | entry of the end date | the reason, which is the test's name
CASES = [
    ("0 enrolled, 100 dead", 400, 100, True, None, "S-001-1-dead", "days are the difference of dates, no day added"),
    ("0 enrolled, 0 dead", 400, 0, True, None, "S-001-1-dead", "death on the day of enrolment is day 0"),
    ("0 enrolled", 0, 0, False, "alive-at-cutoff", "S-001-0-enrolled", "enrolled on the cutoff is followed 0 days"),
    ("0 enrolled", 400, 0, False, "last-known-alive", "S-001-0-enrolled", "enrolment itself proves life"),
    ("0 enrolled, 100 alive", 400, 100, False, "last-known-alive", "S-001-1-alive", "censored on the last contact"),
    ("0 enrolled, 400 alive", 400, 400, False, "alive-at-cutoff", "S-001-1-alive", "alive on the cutoff itself"),
    ("0 enrolled, 9 alive, 401 alive", 400, 9, False, "last-known-alive", "S-001-1-alive", "later contact ignored"),
    ("0 enrolled, 9 alive, 401 dead", 400, 9, False, "last-known-alive", "S-001-1-alive", "later death ignored"),
    ("0 enrolled, 400 dead", 400, 400, True, None, "S-001-1-dead", "death on the cutoff is an event"),
    ("0 enrolled, 730 dead", 900, 730, True, None, "S-001-1-dead", "death on the horizon is an event"),
    ("0 enrolled, 731 dead", 900, 730, False, "horizon", "S-001-1-dead", "death after the horizon is censored at it"),
    ("0 enrolled, 800 alive", 900, 730, False, "horizon", "S-001-1-alive", "life beyond the horizon ends at it"),
    ("0 enrolled, 730 alive", 900, 730, False, "last-known-alive", "S-001-1-alive", "life on the horizon is no cut"),
    ("0 enrolled, 50 specimen", 400, 50, False, "last-known-alive", "S-001-1-specimen", "a specimen proves life"),
    ("0 enrolled, 50 result", 400, 50, False, "last-known-alive", "S-001-1-result", "a result's specimen proves life"),
    ("0 enrolled, 50 marrow", 400, 50, False, "last-known-alive", "S-001-1-marrow", "a marrow proves life"),
    ("0 enrolled, 50 dilute", 400, 50, False, "last-known-alive", "S-001-1-dilute", "also a marrow of no use does"),
    ("0 enrolled, 50 chemo-2", 400, 50, False, "last-known-alive", "S-001-1-chemo-2", "a course proves life"),
    ("0 enrolled, 50 NR", 400, 50, False, "last-known-alive", "S-001-1-NR", "an assessed response proves life"),
    ("0 enrolled, 50 NE", 400, 0, False, "last-known-alive", "S-001-0-enrolled", "NE proves nothing"),
    ("0 enrolled, 50 fails-E2", 400, 0, False, "last-known-alive", "S-001-0-enrolled", "a judged paper proves nothing"),
    ("0 enrolled, 9 alive, 50 lost", 400, 9, False, "lost", "S-001-1-alive", "a loss censors on the last contact"),
    ("0 enrolled, 50 lost, 60 alive", 400, 60, False, "last-known-alive", "S-001-2-alive", "a contact ends the loss"),
    ("0 enrolled, 50 withdrew", 400, 50, False, "withdrew", "S-001-1-withdrew", "withdrawing needs the person"),
    ("0 enrolled, 50 withdrew, 60 alive", 400, 60, False, "last-known-alive", "S-001-2-alive", "followed after it"),
    ("0 enrolled, 9 alive, 50 ended", 400, 9, False, "study-ended", "S-001-1-alive", "the end of study proves nothing"),
    ("0 enrolled, 50 lost, 70 dead", 400, 70, True, None, "S-001-2-dead", "a death after the loss is an event"),
    ("0 enrolled, 50 dead, 60 alive", 400, 50, True, None, "S-001-1-dead", "a death stands until it is corrected"),
    ("-5 enrolled, 0 chemo, 100 dead", 400, 105, True, None, "S-001-2-dead", "survival starts at enrolment"),
]


@pytest.mark.parametrize(
    ("history", "cutoff", "days", "event", "censoring", "source"),
    [case[:6] for case in CASES],
    ids=[case[6] for case in CASES],
)
def test_survival_rule(history: str, cutoff: int, days: int, event: bool, censoring: str | None, source: str) -> None:
    found = row(history, cutoff).survival
    assert found is not None
    assert (found.days, found.event) == (days, event)
    assert (found.censoring.value if found.censoring else None) == censoring
    assert found.source == source


def test_every_censoring_is_in_the_table() -> None:
    assert {case[4] for case in CASES} == {None, *(each.value for each in Censoring)}


@pytest.mark.parametrize(("history", "entry"), [("9 lost", "S-001-1-lost"), ("9 withdrew", "S-001-1-withdrew")])
def test_a_censoring_names_the_entry_that_explains_it(history: str, entry: str) -> None:
    found = row(f"0 enrolled, {history}", 400).survival
    assert found is not None
    assert found.because == entry


def test_a_time_beyond_the_horizon_keeps_how_long_the_subject_was_followed() -> None:
    found = row("0 enrolled, 800 dead", 900).survival
    assert found is not None
    assert (found.days, found.event, found.followed_days, found.died) == (730, False, 800, True)


@pytest.mark.parametrize(
    ("origin", "history", "expected"),
    [
        ("enrolment", "-8 screened", NoTime.NOT_STARTED),
        ("enrolment", "500 enrolled", NoTime.NOT_STARTED),
        ("enrolment", "10 enrolled, 9 dead", NoTime.DIED_BEFORE_START),
        ("chemotherapy", "0 enrolled, 9 alive", NoTime.NOT_STARTED),
        ("diagnosis", "0 enrolled, 9 dead", NoTime.DIAGNOSIS_NOT_RECORDED),
        ("diagnosis", "-9 diagnosis, 5 alive", NoTime.NOT_ENROLLED),
        ("diagnosis", "-9 diagnosis, 0 enrolled", NoTime.NO_TIME_AT_RISK),
        ("diagnosis", "-9 diagnosis, 0 enrolled, 0 dead", NoTime.NO_TIME_AT_RISK),
        ("diagnosis", "-730 diagnosis, 0 enrolled, 9 alive", NoTime.NO_TIME_AT_RISK),
        ("diagnosis", "20 diagnosis, 0 enrolled, 9 dead", NoTime.DIED_BEFORE_START),
    ],
)
def test_without_a_start_there_is_no_time_and_the_reason(origin: str, history: str, expected: NoTime) -> None:
    endpoints = msgspec.structs.replace(STUDY.endpoints, survival_origin=origin)
    found = row(history, 400, study=msgspec.structs.replace(STUDY, endpoints=endpoints))
    assert (found.survival, found.no_time) == (None, expected)


def test_survival_can_start_at_chemotherapy() -> None:
    endpoints = msgspec.structs.replace(STUDY.endpoints, survival_origin="chemotherapy")
    study = msgspec.structs.replace(STUDY, endpoints=endpoints)
    found = row("-5 enrolled, 0 chemo, 100 dead", 400, study=study).survival
    assert found is not None
    assert (found.start_on, found.days) == (on(0), 100)


@pytest.mark.parametrize(
    ("history", "entered", "days"),
    [
        ("-9 diagnosis, 0 enrolled, 1 dead", 9, 10),
        ("0 diagnosis, 0 enrolled, 9 alive", 0, 9),
        ("5 diagnosis, 0 enrolled, 9 alive", 0, 4),
        ("-729 diagnosis, 0 enrolled, 9 alive", 729, 730),
    ],
)
def test_from_the_diagnosis_on_a_subject_is_observed_from_enrolment(history: str, entered: int, days: int) -> None:
    endpoints = msgspec.structs.replace(STUDY.endpoints, survival_origin="diagnosis")
    found = row(history, 400, study=msgspec.structs.replace(STUDY, endpoints=endpoints)).survival
    assert found is not None
    assert (found.entered_days, found.days) == (entered, days)


def test_from_any_other_origin_nobody_enters_late() -> None:
    found = row("-9 diagnosis, 0 enrolled, 100 dead", 400).survival
    assert found is not None
    assert found.entered_days == 0


def test_whoever_enrols_after_chemotherapy_enters_at_its_start_all_the_same() -> None:
    endpoints = msgspec.structs.replace(STUDY.endpoints, survival_origin="chemotherapy")
    found = row("0 chemo, 5 enrolled, 100 dead", 400, study=msgspec.structs.replace(STUDY, endpoints=endpoints))
    assert found.survival is not None
    assert (found.survival.entered_days, found.survival.days) == (0, 100)
