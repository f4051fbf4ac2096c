"""Deriving over a whole history: which marrows, which counts, what is re-derived, and what the log says."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from schemas.codec import encode_facts
from schemas.events import (
    BloodBlastsCounted,
    DemographicsRecorded,
    EntryCorrected,
    EntryVoided,
    MarrowAssessed,
    SpecimenRejected,
    SubjectTransfused,
)
from schemas.events.background import Sex
from schemas.events.event import Event
from schemas.events.followup import Category
from schemas.events.lab import BlastMethod, Bound, ResultStatus
from schemas.events.specimens import Unfit
from schemas.events.treatment import BloodProduct
from schemas.rules.conditions import NO, YES, Quantity
from schemas.rules.derivation import derive, derive_by
from schemas.rules.derived import DerivedResponse, Verdict
from schemas.rules.earlier import back_in_blood
from schemas.rules.history import history_of
from schemas.rules.rule_sets import CN1987, ELN2017, ELN2022, RuleSet
from tests.rules.cases import result
from tests.rules.drawn import STUDY
from tests.rules.histories import count, counts, course, in_force, marrow, on, written


def derived(*events: Event | list[Event], rules: RuleSet = ELN2022) -> tuple[DerivedResponse, ...]:
    return derive_by(rules, in_force(*events), STUDY.response)


def categories(*events: Event | list[Event], rules: RuleSet = ELN2022) -> list[Category | None]:
    return [each.category for each in derived(*events, rules=rules)]


def blood(days: int, blasts: str, method: BlastMethod = BlastMethod.SMEAR, id_: str | None = None) -> Event:
    return written(days, id_ or f"blood-{days}", BloodBlastsCounted(blasts_pct=Decimal(blasts), method=method))


def given(days: int, product: BloodProduct = BloodProduct.PLATELETS) -> Event:
    return written(days, f"given-{days}", SubjectTransfused(product=product))


def platelets_of_96() -> list[Event]:
    return [count(60, "anc", "2.1", "e16"), count(60, "platelets", "96", "e17")]


def test_the_log_names_each_condition_with_its_entry_value_date_and_limit() -> None:
    (response,) = derived(course(0), marrow(60, "3", "e15"), platelets_of_96())
    assert response.category is Category.CRH
    assert [str(step) for step in response.log] == [
        "earlier remission none: fails relapse",
        "marrow sample adequate on 2026-03-02 [entry e15]: fails NE",
        "marrow blasts 3 % on 2026-03-02 [entry e15] < 5: meets CR",
        "blasts in blood 0 % on 2026-03-02 [entry e15] <= 0: meets CR",
        "extramedullary disease absent on 2026-03-02 [entry e15]: meets CR",
        "ANC 2.1 10*9/L on 2026-03-02 [entry e16] >= 1.0: meets CR",
        "platelets 96 10*9/L on 2026-03-02 [entry e17] < 100: fails CR",
        "marrow blasts 3 % on 2026-03-02 [entry e15] < 5: meets CRh",
        "blasts in blood 0 % on 2026-03-02 [entry e15] <= 0: meets CRh",
        "extramedullary disease absent on 2026-03-02 [entry e15]: meets CRh",
        "ANC 2.1 10*9/L on 2026-03-02 [entry e16] >= 0.5: meets CRh",
        "platelets 96 10*9/L on 2026-03-02 [entry e17] >= 50: meets CRh",
    ]


def test_the_log_of_an_undetermined_response_says_what_is_asked_for() -> None:
    (response,) = derived(course(0), marrow(60, "12", "e15"), count(60, "anc", "2.1", "e16"))
    assert (response.category, response.candidates) == (None, (Category.PR, Category.NR))
    assert response.open == (Quantity.PRETREATMENT_BLASTS, Quantity.PLATELETS)
    assert [str(step) for step in response.log if step.category is not Category.CRI][-8:] == [
        "marrow blasts 12 % on 2026-03-02 [entry e15] >= 5: meets PR",
        "marrow blasts 12 % on 2026-03-02 [entry e15] <= 25: meets PR",
        "pretreatment marrow blasts not known (none before treatment) against >= 2 x 12: leaves open PR",
        "blasts in blood 0 % on 2026-03-02 [entry e15] <= 0: meets PR",
        "extramedullary disease absent on 2026-03-02 [entry e15]: meets PR",
        "ANC 2.1 10*9/L on 2026-03-02 [entry e16] >= 1.0: meets PR",
        "platelets not known (none on 2026-03-02) against >= 100: leaves open PR",
        "none of the above: leaves open NR",
    ]


def test_what_is_not_known_says_where_it_was_looked_for() -> None:
    (response,) = derived(course(0), marrow(60, "3", blood_blasts_pct=None))
    said = [str(step) for step in response.log if step.category is Category.CR]
    assert said[1] == "blasts in blood not known (none from 2026-02-23 to 2026-03-16) against <= 0: leaves open CR"
    assert said[3] == "ANC not known (none from 2026-02-23 to 2026-03-16) against >= 1.0: leaves open CR"


def test_what_no_category_is_open_by_is_not_in_the_log() -> None:
    (response,) = derived(course(0), marrow(60, "3"), count(60, "anc", "2.1"))
    assert response.candidates == (Category.CR, Category.CRH, Category.CRI)
    # MLFS fails by none of its own conditions; PR fails by its blasts.
    shown = {Category.RELAPSE, Category.NE, Category.CR, Category.CRH, Category.CRI, Category.PR}
    assert {step.category for step in response.log} == shown
    assert response.open == (Quantity.PLATELETS,)


def test_a_count_of_any_size_is_in_the_log_too() -> None:
    anc_and_platelets = [count(60, "anc", "0.1", "e16"), count(60, "platelets", "9", "e17")]
    (given_,) = derived(course(0), marrow(60, "3", "e15"), anc_and_platelets)
    assert given_.category is Category.MLFS
    *_, anc, platelets = given_.log
    assert str(anc) == "ANC 0.1 10*9/L on 2026-03-02 [entry e16] of any size: meets MLFS"
    assert str(platelets) == "platelets 9 10*9/L on 2026-03-02 [entry e17] of any size: meets MLFS"
    assert [finding.met for step in (anc, platelets) for finding in step.findings] == [True, True]
    (asked,) = derived(course(0), marrow(60, "3", "e15"), count(60, "anc", "0.1", "e16"))
    missing = [step for step in asked.log if step.category is Category.MLFS][-1]
    assert str(missing) == "platelets not known (none on 2026-03-02) of any size: leaves open MLFS"
    assert [finding.met for finding in missing.findings] == [None]


def test_a_finding_has_no_relation_to_a_limit() -> None:
    (response,) = derived(course(0), marrow(60, "3"), counts(60))
    findings = {finding.quantity: finding for step in response.log for finding in step.findings}
    spoken_of = findings[Quantity.EXTRAMEDULLARY]
    assert (spoken_of.said, spoken_of.relation, spoken_of.met) == ("absent", "", True)
    assert (findings[Quantity.ADEQUATE].relation, findings[Quantity.ADEQUATE].met) == ("", False)


def test_a_flagged_differential_is_named_where_the_anc_is_missing() -> None:
    flagged = count(61, "anc", "2.1", flags="H~Blasts?")
    (response,) = derived(course(0), marrow(60), flagged, count(60, "platelets", "150"))
    said = next(str(step) for step in response.log if "ANC" in str(step))
    assert said == "ANC not known (automated count of 2026-03-03 flagged for blasts) against >= 1.0: leaves open CR"


def test_a_response_names_its_rule_set_and_its_marrow() -> None:
    (response,) = derived(course(0), marrow(28), counts(28))
    assert (response.rule_set, response.rule_set_version, response.marrow) == ("ELN2022", "1", "marrow-28")
    assert (response.mark.entry, response.mark.on) == ("marrow-28", dt.date(2026, 1, 29))
    assert (response.candidates, response.open) == ((), ())


def test_a_determined_response_has_nothing_open_though_its_log_may() -> None:
    (response,) = derived(course(0), marrow(28, "40", extramedullary_present=None))
    assert response.category is Category.NR
    assert any(step.verdict is Verdict.OPEN for step in response.log)
    assert (response.candidates, response.open) == ((), ())


def test_the_rule_set_of_the_study_is_applied() -> None:
    by_2017 = msgspec.structs.replace(STUDY, response=msgspec.structs.replace(STUDY.response, rule_set="ELN2017"))
    entries = in_force(course(0), marrow(28), counts(28, "0.7", "70"))
    assert [each.category for each in derive(entries, STUDY)] == [Category.CRH]
    assert [each.category for each in derive(entries, by_2017)] == [Category.MLFS]


def test_nothing_is_derived_without_chemotherapy() -> None:
    assert derived(marrow(28), counts(28)) == ()
    assert derived(marrow(28), blood(30, "3")) == ()


@pytest.mark.parametrize(("days", "expected"), [(-1, []), (0, []), (1, [Category.CR])])
def test_a_marrow_of_day_0_or_earlier_is_before_treatment(days: int, expected: list[Category]) -> None:
    assert categories(course(0), marrow(days), counts(days)) == expected


def test_a_marrow_of_day_0_is_the_pretreatment_marrow() -> None:
    assert categories(course(0), marrow(0, "60"), marrow(28, "12"), counts(28)) == [Category.PR]
    assert categories(course(0), marrow(1, "60"), marrow(28, "12"), counts(28)) == [Category.NR, None]


def test_the_last_adequate_marrow_before_treatment_is_compared_with() -> None:
    later = marrow(-1, "20"), marrow(28, "12"), counts(28)
    assert categories(course(0), marrow(-20, "60"), *later) == [Category.NR]
    dilute = marrow(-1, "20", dilute=True), marrow(28, "12"), counts(28)
    assert categories(course(0), marrow(-20, "60"), *dilute) == [Category.PR]


def test_each_marrow_is_judged_by_its_own_counts() -> None:
    first = marrow(28), counts(28, "0.3", "150")
    second = marrow(56), counts(56)
    assert categories(course(0), *first, *second) == [Category.CRI, Category.CR]


def test_the_order_in_which_entries_are_given_plays_no_part() -> None:
    entries = in_force(
        course(0), marrow(-3, "60"), marrow(28), counts(28), marrow(90, "40"), counts(90), blood(95, "2")
    )
    assert derive(list(reversed(entries)), STUDY) == derive(entries, STUDY)
    assert [each.category for each in derive(entries, STUDY)] == [Category.CR, Category.RELAPSE]


def corrected(target: Event, facts: MarrowAssessed) -> Event:
    said = EntryCorrected(
        target=target.id, target_type=MarrowAssessed.TYPE, replacement=msgspec.json.decode(encode_facts(facts))
    )
    return msgspec.structs.replace(written(40, "correction", said, 9), reason="read again")


def test_a_corrected_marrow_report_derives_again() -> None:
    told = course(0), marrow(-3, "60"), counts(28)
    report = marrow(28, "3")
    assert isinstance(report.facts, MarrowAssessed)
    again = corrected(report, msgspec.structs.replace(report.facts, blasts_pct=Decimal(7)))
    assert categories(*told, report) == [Category.CR]
    assert categories(*told, report, again) == [Category.PR]


def test_a_voided_marrow_report_derives_nothing() -> None:
    void = msgspec.structs.replace(written(40, "void", EntryVoided(target="marrow-28"), 9), reason="wrong subject")
    assert categories(course(0), marrow(28), counts(28), void) == []


def test_a_corrected_count_derives_again() -> None:
    first = count(28, "platelets", "150", "first", series="p")
    second = count(28, "platelets", "15", "second", 5, series="p", status=ResultStatus.CORRECTED)
    told = course(0), marrow(28), count(28, "anc", "2.0")
    assert categories(*told, first) == [Category.CR]
    assert categories(*told, first, second) == [Category.CRI]


def test_a_late_count_settles_an_undetermined_response() -> None:
    told = course(0), marrow(28), count(28, "anc", "2.0")
    assert categories(*told) == [None]
    assert categories(*told, count(28, "platelets", "150")) == [Category.CR]


def test_of_two_results_of_one_day_the_last_counts() -> None:
    told = course(0), marrow(28), count(28, "anc", "2.0")
    early, late = count(28, "platelets", "90", "p1", 1), count(28, "platelets", "110", "p2", 2)
    assert categories(*told, late, early) == [Category.CR]


def test_a_last_result_without_a_number_takes_nothing_back() -> None:
    told = course(0), marrow(28), count(28, "anc", "2.0")
    number, dashes = count(28, "platelets", "150", "p1", 1), count(28, "platelets", "-----", "p2", 2)
    assert categories(*told, number, dashes) == [Category.CR]


@pytest.mark.parametrize("more", [{"bound": Bound.EQUAL, "number": None}, {"bound": None, "number": Decimal(150)}])
def test_a_result_that_contradicts_itself_is_not_used(more: dict[str, Any]) -> None:
    told = course(0), marrow(28), count(28, "anc", "2.0")
    odd = written(28, "odd", result("platelets", "10*9/L", "150", series="odd", **more))
    assert categories(*told, odd) == [None]


def test_a_marrow_of_a_new_lines_first_day_answers_the_line_before() -> None:
    told = marrow(-3, "60"), marrow(30, "12"), counts(30)
    assert categories(course(0), *told, course(30, 2, line=2)) == [Category.PR]


def test_blasts_on_the_very_day_of_the_remission_are_not_back_through_a_course() -> None:
    who = written(0, "who", DemographicsRecorded(year_of_birth=1960, sex=Sex.MALE))
    told = *REMISSION, count(28, "hemoglobin", "120"), who, marrow(28, "12", "other"), course(40, 2), marrow(60, "6")
    # The other marrow of day 28 comes after the one in remission, in the order of ids.
    assert categories(*told, rules=CN1987) == [Category.CR, Category.PR, Category.PR]


@pytest.mark.parametrize("analyte", ["wbc", "neutrophils-pct"])
def test_other_analytes_are_read_over(analyte: str) -> None:
    assert categories(course(0), marrow(28), counts(28), count(28, analyte, "0.1")) == [Category.CR]


@pytest.mark.parametrize(
    ("more", "used"),
    [
        pytest.param({}, True, id="an automated count without flags is used"),
        pytest.param({"flags": "H"}, True, id="a flag that names no blasts is no matter"),
        pytest.param({"flags": "L~BLAST/ABN LYMPH?"}, False, id="a flag among others that names blasts takes it"),
        pytest.param({"flags": "原始细胞?"}, False, id="a flag that names blasts in Chinese takes it"),
        pytest.param({"flags": "Blasts?", "code": "753-4", "code_system": "LN"}, True, id="LOINC 753-4 is manual"),
        pytest.param({"flags": "Blasts?", "code": "751-8", "code_system": "LN"}, False, id="LOINC 751-8 is automated"),
        pytest.param({"flags": "Blasts?", "code": "753-4"}, False, id="753-4 of another system is not LOINC's"),
        pytest.param({"flags": "Blasts?", "method": "Manual count"}, True, id="a method that is manual"),
        pytest.param({"flags": "Blasts?", "method": "smear, 100 cells"}, True, id="a method that is a smear"),
        pytest.param({"flags": "Blasts?", "method": "microscopy"}, True, id="a method that is microscopy"),
        pytest.param({"flags": "Blasts?", "method": "人工镜检"}, True, id="a manual method in Chinese"),
        pytest.param({"flags": "Blasts?", "method": "手工分类"}, True, id="another manual method in Chinese"),
        pytest.param({"flags": "Blasts?", "method": "镜检"}, True, id="microscopy in Chinese"),
        pytest.param({"flags": "Blasts?", "method": "人工"}, True, id="by hand in Chinese"),
        pytest.param({"flags": "Blasts?", "method": "XN-1000"}, False, id="a method that is an analyser"),
    ],
)
def test_an_automated_anc_with_blast_flags_is_not_used(more: dict[str, Any], used: bool) -> None:
    told = course(0), marrow(28), count(28, "platelets", "150"), count(28, "anc", "2.0", **more)
    assert categories(*told) == [Category.CR if used else None]


def test_blast_flags_take_no_other_count() -> None:
    told = course(0), marrow(28), count(28, "anc", "2.0"), count(28, "platelets", "150", flags="Blasts?")
    assert categories(*told) == [Category.CR]


def test_a_manual_anc_beside_a_flagged_one_is_used_whichever_comes_last() -> None:
    told = course(0), marrow(28), count(28, "platelets", "150")
    manual = count(28, "anc", "2.0", "manual", 1, method="manual")
    flagged = count(28, "anc", "0.2", "flagged", 2, flags="Blasts?")
    assert categories(*told, manual, flagged) == [Category.CR]


@pytest.mark.parametrize(
    ("method", "read"),
    [
        (None, True),
        ("smear", True),
        ("Automated differential", False),
        ("analyser XN", False),
        ("Analyzer XN", False),
        ("自动分类", False),
        ("仪器法", False),
    ],
)
def test_blasts_in_blood_by_an_analyser_are_no_count(method: str | None, read: bool) -> None:
    told = course(0), marrow(28, blood_blasts_pct=None), counts(28)
    sample = count(28, "blood-blasts-pct", "0", method=method)
    assert categories(*told, sample) == [Category.CR if read else None]


def test_an_analyser_that_found_no_blasts_takes_no_anc() -> None:
    told = course(0), marrow(28), counts(28)
    assert categories(*told, blood(28, "0", BlastMethod.AUTOMATED)) == [Category.CR]
    assert categories(*told, blood(28, "0.1", BlastMethod.AUTOMATED)) == [None]
    assert categories(*told, blood(27, "0.1", BlastMethod.AUTOMATED)) == [Category.CR]


def test_blasts_counted_by_flow_cytometry_are_a_count() -> None:
    told = course(0), marrow(28, blood_blasts_pct=None), counts(28)
    assert categories(*told, blood(28, "0", BlastMethod.FLOW_CYTOMETRY)) == [Category.CR]
    assert categories(*told, blood(28, "1", BlastMethod.FLOW_CYTOMETRY)) == [Category.NR]


def test_blasts_counted_by_a_person_flag_no_anc() -> None:
    # The sample of day 30 is not the nearest one, so its blasts do not decide; its day's ANC is used.
    told = course(0), marrow(28), counts(30), blood(30, "1")
    assert categories(*told) == [Category.CR]


def test_what_was_measured_in_a_rejected_specimen_does_not_count() -> None:
    rejected = written(29, "rejection", SpecimenRejected(specimen="B-1", why=Unfit.CLOTTED))
    sample = count(28, "blood-blasts-pct", "3", specimen="B-1")
    told = course(0), marrow(28), counts(28), sample
    assert categories(*told) == [Category.NR]
    assert categories(*told, rejected) == [Category.CR]


def test_a_rejected_specimen_says_nothing_of_results_that_name_none() -> None:
    rejected = written(29, "rejection", SpecimenRejected(specimen="B-1", why=Unfit.CLOTTED))
    assert categories(course(0), marrow(28), counts(28), rejected) == [Category.CR]


@pytest.mark.parametrize(
    ("given_on", "flag"),
    [(20, None), (21, "given-21"), (27, "given-27"), (28, "given-28"), (29, None)],
)
def test_platelets_given_up_to_seven_days_before_the_count_flag_it(given_on: int, flag: str | None) -> None:
    (response,) = derived(course(0), marrow(30), counts(28), given(given_on))
    assert (response.category, response.transfused) == (Category.CR, flag)


def test_the_last_platelets_given_are_named() -> None:
    (response,) = derived(course(0), marrow(28), counts(28), given(23), given(25))
    assert response.transfused == "given-25"


def test_red_cells_flag_nothing() -> None:
    (response,) = derived(course(0), marrow(28), counts(28), given(27, BloodProduct.RED_CELLS))
    assert response.transfused is None


def test_without_a_platelet_count_there_is_nothing_to_flag() -> None:
    (response,) = derived(course(0), marrow(28), count(28, "anc", "2.0"), given(27))
    assert response.transfused is None


# --- relapse in blood alone


REMISSION = course(0), marrow(28), counts(28)


def test_two_samples_a_week_apart_are_a_relapse_on_the_second_day() -> None:
    responses = derived(*REMISSION, blood(60, "1"), blood(67, "2"))
    assert [each.category for each in responses] == [Category.CR, Category.RELAPSE]
    relapse = responses[1]
    assert (relapse.mark.entry, relapse.mark.on, relapse.marrow) == ("blood-67", on(67), None)
    assert (relapse.rule_set, relapse.rule_set_version, relapse.transfused) == ("ELN2022", "1", None)
    assert [str(step) for step in relapse.log] == [
        "earlier remission reached on 2026-01-29 [entry marrow-28]: meets relapse",
        "blasts back in blood found on 2026-03-09 [entry blood-67]: meets relapse",
    ]


def test_two_samples_six_days_apart_are_not_a_relapse() -> None:
    assert categories(*REMISSION, blood(60, "1"), blood(66, "2")) == [Category.CR]


def test_a_third_sample_is_measured_from_the_first() -> None:
    responses = derived(*REMISSION, blood(60, "1"), blood(64, "2"), blood(68, "2"))
    assert [each.mark.on for each in responses] == [on(28), on(68)]


def test_a_relapse_in_blood_is_found_once() -> None:
    assert categories(*REMISSION, blood(60, "1"), blood(67, "2"), blood(75, "2")) == [Category.CR, Category.RELAPSE]


def test_one_day_with_two_samples_is_not_a_relapse() -> None:
    assert categories(*REMISSION, blood(60, "1", id_="a"), blood(60, "2", id_="b")) == [Category.CR]


def test_two_samples_of_one_day_are_a_relapse_where_the_study_lets_them() -> None:
    at_once = msgspec.structs.replace(STUDY.response, relapse_in_blood_days=0)
    one, two = in_force(*REMISSION, blood(60, "1")), in_force(*REMISSION, blood(60, "1"), blood(60, "2", id_="b"))
    assert [each.category for each in derive_by(ELN2022, one, at_once)] == [Category.CR]
    assert [each.category for each in derive_by(ELN2022, two, at_once)] == [Category.CR, Category.RELAPSE]


def test_one_sample_is_a_relapse_by_eln_2017() -> None:
    responses = derived(*REMISSION, blood(60, "1"), rules=ELN2017)
    assert [(each.category, each.mark.on) for each in responses] == [(Category.CR, on(28)), (Category.RELAPSE, on(60))]


def test_blood_alone_is_no_relapse_by_the_standard_of_1987() -> None:
    told = (
        *REMISSION,
        count(28, "hemoglobin", "120"),
        written(0, "who", DemographicsRecorded(year_of_birth=1960, sex=Sex.MALE)),
    )
    assert categories(*told, blood(60, "1"), blood(70, "2"), rules=CN1987) == [Category.CR]


def test_a_sample_without_certain_blasts_is_no_relapse() -> None:
    assert categories(*REMISSION, count(60, "blood-blasts-pct", "<1"), rules=ELN2017) == [Category.CR]
    assert categories(*REMISSION, blood(60, "0"), rules=ELN2017) == [Category.CR]
    assert categories(*REMISSION, count(60, "blood-blasts-pct", ">1"), rules=ELN2017) == [Category.CR, Category.RELAPSE]


def test_blasts_in_blood_without_a_certain_remission_are_no_relapse() -> None:
    assert categories(course(0), marrow(28), blood(60, "1"), rules=ELN2017) == [None]
    assert categories(course(0), marrow(28, "60"), counts(28), blood(60, "1"), rules=ELN2017) == [Category.NR]


def test_a_sample_of_the_marrows_own_day_is_judged_with_the_marrow() -> None:
    told = *REMISSION, blood(60, "1"), blood(67, "1"), marrow(67, "30"), counts(67)
    assert categories(*told) == [Category.CR, Category.RELAPSE]


def test_a_marrow_after_a_relapse_in_blood_relapses_still() -> None:
    told = *REMISSION, blood(60, "1"), blood(67, "1"), marrow(68, "30"), counts(68)
    assert categories(*told) == [Category.CR, Category.RELAPSE, Category.RELAPSE]


@pytest.mark.parametrize(("since", "value"), [(27, "found"), (28, None)])
def test_blasts_on_the_remissions_own_day_are_not_back(since: int, value: str | None) -> None:
    history = history_of(in_force(blood(28, "1"), blood(35, "1")), STUDY.response)
    back = back_in_blood(history.blood[on(35)], on(35), on(since), history, ELN2022, STUDY.response)
    assert back.value == value


def test_a_remission_in_between_begins_the_count_anew() -> None:
    told = *REMISSION, blood(50, "1"), marrow(60), counts(60), blood(70, "1")
    assert categories(*told) == [Category.CR, Category.CR]
    assert categories(*told, blood(77, "1")) == [Category.CR, Category.CR, Category.RELAPSE]


def test_a_course_after_a_relapse_in_blood_begins_anew() -> None:
    told = *REMISSION, blood(60, "1"), blood(67, "1"), course(70, 2, line=2), marrow(98), counts(98), blood(120, "1")
    assert categories(*told) == [Category.CR, Category.RELAPSE, Category.CR]
    assert categories(*told, blood(127, "1")) == [Category.CR, Category.RELAPSE, Category.CR, Category.RELAPSE]


# --- what a history holds


def test_the_last_sex_noted_holds_and_silence_takes_nothing_back() -> None:
    def noted(days: int, sex: Sex | None) -> Event:
        return written(days, f"who-{days}", DemographicsRecorded(year_of_birth=1960, sex=sex))

    male = history_of(in_force(noted(0, Sex.FEMALE), noted(1, Sex.MALE), noted(2, None)), STUDY.response).male
    assert (male.span, male.value, male.entry, male.on) == (YES, "male", "who-1", on(1))
    female = history_of(in_force(noted(0, Sex.FEMALE)), STUDY.response).male
    assert (female.span, female.value) == (NO, "female")
    assert history_of(in_force(noted(0, Sex.MALE), noted(1, Sex.OTHER)), STUDY.response).male.value is None
    assert history_of([], STUDY.response).male.value is None


def test_of_the_samples_of_one_day_the_one_with_most_blasts_is_kept() -> None:
    samples = [blood(5, "1", id_="a"), blood(5, "3", id_="b"), blood(5, "2", id_="c")]
    kept = history_of(in_force(samples), STUDY.response).blood[on(5)]
    assert (kept.entry, kept.value) == ("b", "3")
    bounded = history_of(in_force(blood(5, "0"), count(5, "blood-blasts-pct", "<1")), STUDY.response).blood[on(5)]
    assert bounded.value == "<1"


def test_why_a_marrow_is_not_adequate_is_said() -> None:
    rejected = written(29, "rejection", SpecimenRejected(specimen="M-1", why=Unfit.CLOTTED))
    events = [
        marrow(1),
        marrow(2, dilute=False),
        marrow(3, dilute=True),
        marrow(4, None),
        marrow(5, None, dilute=True, specimen="M-1"),
    ]
    said = [each.adequate.value for each in history_of(in_force(events, rejected), STUDY.response).marrows]
    assert said == ["adequate", "adequate", "dilute", "unreadable", "rejected by the laboratory"]


def test_only_counts_that_a_marrow_may_be_judged_by_are_kept() -> None:
    sent = [count(days, "anc", "1.0") for days in (19, 20, 21, 42, 43, 44)]
    kept = history_of(in_force(marrow(28), sent), STUDY.response).counts
    assert sorted(kept) == [on(21), on(42)]


def test_a_day_is_flagged_where_it_loses_an_anc() -> None:
    automated = blood(28, "1", BlastMethod.AUTOMATED)
    flagged_by_blasts = history_of(in_force(marrow(28), counts(28), automated), STUDY.response)
    assert (flagged_by_blasts.flagged, list(flagged_by_blasts.counts[on(28)])) == (
        frozenset({on(28)}),
        [Quantity.PLATELETS],
    )
    without_anc = history_of(in_force(marrow(28), counts(28, None), automated), STUDY.response)
    assert without_anc.flagged == frozenset()


def test_a_study_without_a_rule_set_derives_nothing() -> None:
    without = msgspec.structs.replace(STUDY, response=msgspec.structs.replace(STUDY.response, rule_set=None))
    assert derive(in_force(course(0), marrow(28), counts(28)), without) == ()
