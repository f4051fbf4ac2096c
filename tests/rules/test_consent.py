"""A consent is good or not, holds on a day or not, and an enrolment rests on one or not."""

import datetime as dt

import pytest

from schemas.consent import consent_for, consent_on
from schemas.study import ConsentForm
from tests.rules.candidates import correction, milestones, study, void
from tests.rules.drawn import STUDY, on

FORMS = (
    ConsentForm(version="1", in_force_from=dt.date(2023, 7, 1)),
    ConsentForm(version="2", in_force_from=on(10)),
)


@pytest.mark.parametrize(
    ("history", "asked", "valid"),
    [
        pytest.param("-7 consent", None, True, id="signed by the subject"),
        pytest.param("-7 family-only", None, False, id="signed by the family alone"),
        pytest.param("-7 alive", None, False, id="not signed"),
        pytest.param("-7 storage", None, False, id="to the storage of specimens alone"),
        pytest.param("-7 consent", -8, False, id="the day before"),
        pytest.param("-7 consent", -7, True, id="on the day"),
        pytest.param("-7@16:00 consent", -7, True, id="at the end of the day of a signature in the afternoon"),
        pytest.param("-7 consent", 400, True, id="a year later"),
        pytest.param("-7 consent, 5 takes-back", 4, True, id="before participation is taken back"),
        pytest.param("-7 consent, 5 takes-back", 5, False, id="on the day on which it is taken back"),
        pytest.param("-7 consent, 5 takes-back", None, False, id="taken back"),
        pytest.param("-7 consent, 5 ends-storage", None, True, id="only storage taken back"),
        pytest.param("-7 consent, 5 withdrew", None, False, id="left the study"),
        pytest.param("-7 consent, 5 withdrew, 9 consent", None, True, id="left, and consented again"),
        pytest.param("-7 consent, 5 takes-back, 9 consent", 8, False, id="before consenting again"),
        pytest.param("-7 consent, 5 takes-back, 9 consent", 9, True, id="consented again"),
        pytest.param("-7 consent, 5 takes-back, 9 family-only", None, False, id="signed again by the family alone"),
        pytest.param("-7 consent, 5 takes-back, 9 storage", None, False, id="consented again to storage alone"),
        pytest.param("-7 consent, 5 takes-back, 9 consent, 20 takes-back", None, False, id="taken back a second time"),
        pytest.param("5 takes-back, 5 consent", None, True, id="on one day, the signature recorded last"),
        pytest.param("5 consent, 5 takes-back", None, False, id="on one day, the withdrawal recorded last"),
        pytest.param(
            "5@10:00 takes-back, 5@09:00 consent", None, False, id="by the minute, whatever was recorded last"
        ),
        pytest.param("-7 consent, 20 family-only", None, True, id="a signature that is not good ends nothing"),
        pytest.param("-7 consent, 20 storage", None, True, id="a consent to storage takes no other's place"),
    ],
)
def test_consent_on_a_day(history: str, asked: int | None, valid: bool) -> None:
    assert (consent_on(milestones(history), STUDY, None if asked is None else on(asked)) is not None) is valid


@pytest.mark.parametrize(
    ("history", "valid"),
    [
        pytest.param("-7 form-2", True, id="signed by both"),
        pytest.param("-7 consent", False, id="signed by the subject alone"),
        pytest.param("-7 family-only", False, id="signed by the family alone"),
        pytest.param("-7 family-only, -6 consent", False, id="each on a form of its own"),
        pytest.param("-7 consent, -6 form-2", True, id="signed by both later"),
    ],
)
def test_the_family_signs_where_the_study_demands_it(history: str, valid: bool) -> None:
    assert (consent_on(milestones(history), study(family_signature_required=True)) is not None) is valid


@pytest.mark.parametrize(
    ("history", "valid"),
    [
        pytest.param("9 form-1", True, id="the version in force"),
        pytest.param("10 form-1", False, id="the version before, on the day on which the next is in force"),
        pytest.param("10 form-2", True, id="the next version on that day"),
        pytest.param("9 form-2", False, id="the next version on the day before"),
        pytest.param("-63 form-1", False, id="before any version was in force"),
        pytest.param("-62 form-1", True, id="on the first day of the first version"),
        pytest.param("9 form-3", False, id="a version that is not listed"),
        pytest.param("9 form-1, 10 alive", True, id="a version that comes into force later ends nothing"),
    ],
)
def test_the_version_of_the_form_is_in_force_on_the_day_of_signature(history: str, valid: bool) -> None:
    assert (consent_on(milestones(history), study(consent_forms=FORMS)) is not None) is valid
    assert (consent_on(milestones(history), study(consent_forms=FORMS[::-1])) is not None) is valid
    assert consent_on(milestones(history), STUDY), "a study that lists no versions takes any"


@pytest.mark.parametrize(
    ("history", "entry"),
    [
        pytest.param("-7 consent, 0 enrolled", "0-consent", id="signed before"),
        pytest.param("0 consent, 0 enrolled", "0-consent", id="signed on the day"),
        pytest.param("0 enrolled, 0@16:00 consent", "1-consent", id="signed in the afternoon of the day"),
        pytest.param("0 enrolled, 1 consent", None, id="signed on the day after"),
        pytest.param("0 enrolled", None, id="not signed"),
        pytest.param("-7 family-only, 0 enrolled", None, id="signed by the family alone"),
        pytest.param("-7 consent, -6 takes-back, 0 enrolled", None, id="taken back before"),
        pytest.param("-7 consent, -6 takes-back, -5 consent, 0 enrolled", "2-consent", id="consented again before"),
        pytest.param("-7 consent, 0 enrolled, 5 takes-back", "0-consent", id="taken back after"),
        pytest.param("-7 consent, 0 enrolled, 5 withdrew", "0-consent", id="left after"),
        pytest.param("-7 consent, 0@09:00 takes-back, 0@10:00 enrolled", None, id="taken back an hour before"),
        pytest.param("-7 consent, 0@09:00 enrolled, 0@10:00 takes-back", "0-consent", id="taken back an hour after"),
        pytest.param("-7 consent, 0 enrolled, 30 form-2", "0-consent", id="a new version signed after"),
        pytest.param("-7 consent, -6 form-2, 0 enrolled", "1-form-2", id="the last of two before"),
    ],
)
def test_the_consent_on_which_an_enrolment_rests(history: str, entry: str | None) -> None:
    known = milestones(history)
    assert known.enrolled is not None
    found = consent_for(known.enrolled, known, STUDY)
    assert (found and found.mark.entry) == entry


def test_a_voided_signature_is_none() -> None:
    assert consent_on(milestones("-7 consent", void("0-consent")), STUDY) is None


def test_a_voided_withdrawal_gives_the_consent_back() -> None:
    history = "-7 consent, -6 takes-back, 0 enrolled"
    assert consent_on(milestones(history, void("1-takes-back")), STUDY)


def test_a_corrected_day_of_signature_counts() -> None:
    known = milestones("3 consent, 0 enrolled", correction("0-consent", "consent", "-3"))
    assert known.enrolled is not None
    assert consent_for(known.enrolled, known, STUDY) is not None
    assert consent_on(known, STUDY, on(-3)) is not None
