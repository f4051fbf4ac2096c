"""The JSON documents, over HTTP, into a real log."""

import json
from decimal import Decimal

import httpx
import pytest

from producers.message import event_id
from schemas.codec import replacement
from schemas.events import (
    BaselineRecorded,
    DemographicsRecorded,
    DiseaseDiagnosed,
    EntryCorrected,
    EntryVoided,
    MarrowAssessed,
    MessageWaiting,
    ResponseAssessed,
    SubjectEnrolled,
)
from schemas.events.background import Risk, Sex
from schemas.events.event import Event
from tests.producers_forms.site import STUDY, Site
from tests.servers.waiting import wait_until

SOURCE = "/form/FJMUUH"


def enrolment(number: int, **more: object) -> dict[str, object]:
    return {
        "form_id": f"enrolment-{number:04d}",
        "actor": "nurse-01",
        "actor_role": "nurse",
        "recorded_at": "2026-03-02T17:00",
        "hospital_number": f"SIM{number:07d}",
        "subject": f"S-{number:03d}",
        **more,
    }


def followup(number: int, **more: object) -> dict[str, object]:
    return {
        "form_id": f"followup-{number:04d}",
        "actor": "investigator-01",
        "actor_role": "investigator",
        "recorded_at": "2026-04-02T17:00",
        "subject": f"S-{number:03d}",
        **more,
    }


def post(door: Site, kind: str, document: object, **headers: str) -> httpx.Response:
    return door.client.post(f"/api/forms/{kind}", json=document, headers=headers)


def events_of(door: Site, subject: str) -> list[Event]:
    return [event for event in door.events() if event.subject == subject]


def test_an_enrolment_form_becomes_one_event_for_each_part(door: Site):
    answer = post(
        door,
        "enrolment",
        enrolment(
            1,
            screening={"happened": "2026-03-02"},
            criteria={
                "I1": {"happened": "2026-03-02", "answer": "met"},
                "E2": {"happened": "2026-03-02", "answer": "unknown"},
            },
            consent={
                "happened": "2026-03-02T09:30",
                "form_version": "2.1",
                "language": "zh",
                "signed_by_subject": True,
                "signed_by_family": False,
            },
            enrolment={"happened": "2026-03-02"},
            chemotherapy={"happened": "2026-03-02", "course": 1, "regimen": "DA 3+7", "intensity": "intensive"},
        ),
    )
    assert answer.status_code == 201
    ids = [event_id(SOURCE, "enrolment-0001", "", ordinal) for ordinal in range(6)]
    assert answer.json() == {"accepted": ids, "subject": "S-001", "waiting": False}
    told = {event.id: (event.type, str(event.happened)) for event in events_of(door, "S-001")}
    assert [told[each] for each in ids] == [
        ("subject.screening-started.v1", "2026-03-02"),
        ("subject.criterion-assessed.v1", "2026-03-02"),
        ("subject.criterion-assessed.v1", "2026-03-02"),
        ("subject.consent-signed.v1", "2026-03-02T09:30+08:00"),
        ("subject.enrolled.v1", "2026-03-02"),
        ("treatment.chemotherapy-begun.v1", "2026-03-02"),
    ]


def test_a_form_can_be_filled_in_in_steps(door: Site):
    first = post(door, "enrolment", enrolment(2, screening={"happened": "2026-03-02"}))
    second = post(door, "enrolment", enrolment(2, form_id="enrolment-2-later", enrolment={"happened": "2026-03-02"}))
    assert (first.status_code, second.status_code) == (201, 201)
    assert [event.type for event in events_of(door, "S-002")] == [
        "subject.screening-started.v1",
        "subject.enrolled.v1",
    ]


def test_no_event_holds_the_hospital_number(door: Site):
    assert post(door, "enrolment", enrolment(3, screening={"happened": "2026-03-02"})).status_code == 201
    assert not any(b"SIM0000003" in repr(event).encode() for event in door.events())


def test_the_same_form_again_is_the_same_entries(door: Site):
    document = enrolment(4, enrolment={"happened": "2026-03-02"})
    first, again = post(door, "enrolment", document), post(door, "enrolment", document)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    told = [event for event in events_of(door, "S-004") if isinstance(event.facts, SubjectEnrolled)]
    assert len({event.id for event in told}) == 1
    assert len(set(map(repr, told))) == 1


def test_a_form_without_a_time_of_writing_means_the_time_at_which_it_first_came(door: Site):
    document = enrolment(5, enrolment={"happened": "2026-03-02"})
    del document["recorded_at"]
    first, again = post(door, "enrolment", document), post(door, "enrolment", document)
    assert (first.status_code, again.status_code) == (201, 201)
    told = {repr(event) for event in events_of(door, "S-005")}
    assert len(told) == 1


def test_the_same_form_id_with_other_content_is_refused(door: Site):
    assert post(door, "enrolment", enrolment(6, enrolment={"happened": "2026-03-02"})).status_code == 201
    answer = post(door, "enrolment", enrolment(6, enrolment={"happened": "2026-03-01"}))
    assert answer.status_code == 409
    assert [problem["code"] for problem in answer.json()["problems"]] == ["form-id-reused"]
    assert [str(event.happened) for event in events_of(door, "S-006")] == ["2026-03-02"]


def test_a_number_that_is_another_subject_is_refused(door: Site):
    assert post(door, "enrolment", enrolment(7, screening={"happened": "2026-03-02"})).status_code == 201
    answer = post(
        door, "enrolment", enrolment(7, form_id="enrolment-7-b", subject="S-777", screening={"happened": "2026-03-02"})
    )
    assert answer.status_code == 409
    assert [problem["code"] for problem in answer.json()["problems"]] == ["identity-contradiction"]
    assert "SIM0000007" not in answer.text
    assert events_of(door, "S-777") == []


def test_a_form_without_a_subject_gets_the_next_free_one(door: Site):
    document = enrolment(8, screening={"happened": "2026-03-02"})
    del document["subject"]
    answer = post(door, "enrolment", document)
    assert answer.status_code == 201
    subject = answer.json()["subject"]
    assert len(events_of(door, subject)) == 1


def test_the_response_relies_on_the_marrow_of_its_own_form(door: Site):
    answer = post(
        door,
        "followup",
        followup(
            9,
            marrow={"happened": "2026-04-01", "blasts_pct": "4.10"},
            response={"happened": "2026-04-01", "category": "CR", "rule_set": "ELN2022", "course": 1},
        ),
    )
    assert answer.status_code == 201
    marrow, response = events_of(door, "S-009")
    assert isinstance(marrow.facts, MarrowAssessed)
    assert str(marrow.facts.blasts_pct) == "4.10"
    assert isinstance(response.facts, ResponseAssessed)
    assert response.facts.marrow == marrow.id == answer.json()["accepted"][0]


def test_every_part_of_a_followup_form_is_an_entry(door: Site):
    answer = post(
        door,
        "followup",
        followup(
            10,
            chemotherapy={"happened": "2026-03-20", "course": 2, "regimen": "DA 3+7", "intensity": "intensive"},
            contact={"happened": "2026-04-01", "means": "telephone"},
            lost={"happened": "2026-04-01", "attempts": 3},
            withdrawal={"happened": "2026-04-01", "follow_up_allowed": True},
            death={"happened": "2026-04-01", "cause": "unknown", "certainty": "reported"},
            ended={"happened": "2026-04-01", "why": "investigator"},
        ),
    )
    assert answer.status_code == 201
    assert sorted(event.type for event in events_of(door, "S-010")) == [
        "subject.contacted-alive.v1",
        "subject.died.v2",
        "subject.lost.v1",
        "subject.study-ended.v1",
        "subject.withdrew.v1",
        "treatment.chemotherapy-begun.v1",
    ]


def test_a_form_about_a_number_that_nobody_mapped_waits_and_goes_on_by_itself(door: Site):
    document = followup(11, contact={"happened": "2026-04-01", "means": "ward"}, hospital_number="SIM0000011")
    del document["subject"]
    answer = post(door, "followup", document)
    assert (answer.status_code, answer.json()) == (202, {"accepted": [], "subject": None, "waiting": True})
    assert any(isinstance(event.facts, MessageWaiting) for event in door.events())
    assert post(door, "enrolment", enrolment(11, screening={"happened": "2026-03-02"})).status_code == 201
    wait_until(lambda: len(events_of(door, "S-011")) == 2, what="the waiting form's event")


def test_a_correction_replaces_an_entry_with_its_reason(door: Site):
    first = post(door, "followup", followup(12, marrow={"happened": "2026-04-01", "blasts_pct": "40.5"}))
    target = first.json()["accepted"][0]
    answer = post(
        door,
        "correction",
        {
            "form_id": "correction-12",
            "actor": "investigator-01",
            "actor_role": "investigator",
            "recorded_at": "2026-04-05T10:00",
            "subject": "S-012",
            "target": target,
            "target_type": "marrow.assessed.v1",
            "reason": "typing error",
            "replacement": {"blasts_pct": 4.05, "cells_counted": 200},
            "happened": "2026-04-02",
        },
    )
    assert answer.status_code == 201, answer.text
    correction = next(event for event in events_of(door, "S-012") if isinstance(event.facts, EntryCorrected))
    assert correction.reason == "typing error"
    assert isinstance(correction.facts, EntryCorrected)
    assert correction.facts.target == target
    assert str(correction.facts.happened) == "2026-04-02"
    replaced = replacement(correction.facts)
    assert isinstance(replaced, MarrowAssessed)
    assert (str(replaced.blasts_pct), replaced.cells_counted) == ("4.05", 200)


def test_a_void_takes_an_entry_out_with_its_reason(door: Site):
    first = post(door, "followup", followup(13, contact={"happened": "2026-04-01", "means": "visit"}))
    answer = post(
        door,
        "correction",
        {
            "form_id": "correction-13",
            "actor": "coordinator-01",
            "actor_role": "coordinator",
            "recorded_at": "2026-04-05T10:00",
            "subject": "S-013",
            "target": first.json()["accepted"][0],
            "target_type": "subject.contacted-alive.v1",
            "reason": "wrong subject",
            "void": True,
        },
    )
    assert answer.status_code == 201
    void = next(event for event in events_of(door, "S-013") if isinstance(event.facts, EntryVoided))
    assert isinstance(void.facts, EntryVoided)
    assert (void.reason, void.facts.target) == ("wrong subject", first.json()["accepted"][0])


def test_all_problems_of_a_document_are_told_at_once_in_the_language_asked_for(door: Site):
    document = enrolment(
        14, screening={"happened": "2026-02-30"}, mood="bad", actor="Wang Wei", consent={"language": "fr"}
    )
    told = {lang: door.client.post(f"/api/forms/enrolment?lang={lang}", json=document).json() for lang in ("zh", "en")}
    for problems in (each["problems"] for each in told.values()):
        assert {(problem["where"], problem["code"]) for problem in problems} == {
            ("$", "unknown-field"),
            ("$.actor", "ill-formed-person"),
            ("$.screening.happened", "not-a-time"),
            ("$.consent.happened", "missing-in-part"),
            ("$.consent.form_version", "missing-in-part"),
            ("$.consent.language", "not-one-of"),
            ("$.consent.signed_by_subject", "missing-in-part"),
            ("$.consent.signed_by_family", "missing-in-part"),
        }
        assert all(problem["what"] and problem["next"] for problem in problems)
    assert told["zh"] != told["en"]
    assert "Wang" not in json.dumps(told)
    assert "2026-02-30" not in json.dumps(told)
    assert events_of(door, "S-014") == []


REQUESTS = [
    # body, content type, status, code
    (b"not json", "application/json", 400, "not-json"),
    (b"", "application/json", 400, "not-json"),
    (b'{"form_id": ', "application/json", 400, "not-json"),
    (b"\xc4\xe3\xba\xc3", "application/json", 400, "not-utf-8"),
    (b"\x7fELF\x00\x01\x02\xff" * 50, "application/json", 400, "not-utf-8"),
    (b'{"form_id":"a\x00b"}', "application/json", 400, "nul-character"),
    (b'{"form_id":"a\\u0000b"}', "application/json", 400, "nul-character"),
    (b"[" * 100_000, "application/json", 400, "too-deep"),
    (b"[]", "application/json", 422, "not-an-object"),
    (b"{}", "application/json; charset=gb18030", 400, "not-utf-8"),
    (b"{}", "text/plain", 415, "not-this-media-type"),
    (b"{}", "application/x-www-form-urlencoded", 415, "not-this-media-type"),
]


@pytest.mark.parametrize(
    ("body", "media", "status", "code"), REQUESTS, ids=[f"{row[3]}-{place}" for place, row in enumerate(REQUESTS)]
)
def test_what_is_no_document_is_refused(door: Site, body: bytes, media: str, status: int, code: str):
    answer = door.client.post("/api/forms/followup", content=body, headers={"Content-Type": media})
    assert (answer.status_code, answer.json()["problems"][0]["code"]) == (status, code)


def test_ten_megabytes_get_an_answer(door: Site):
    body = b'{"form_id":"' + b"x" * 10_000_000 + b'"}'
    answer = door.client.post("/api/forms/followup", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["problems"][0]["code"]) == (413, "too-large")


def test_a_form_of_just_under_a_megabyte_is_read(door: Site):
    document = followup(15, contact={"happened": "2026-04-01", "means": "visit"}, padding="x" * 900_000)
    answer = post(door, "followup", document)
    assert (answer.status_code, [problem["code"] for problem in answer.json()["problems"]]) == (422, ["unknown-field"])


def test_a_page_of_another_site_cannot_post(door: Site):
    document = followup(16, contact={"happened": "2026-04-01", "means": "visit"})
    answer = post(door, "followup", document, Origin="https://elsewhere.example")
    assert (answer.status_code, answer.json()["problems"][0]["code"]) == (403, "foreign-origin")
    assert events_of(door, "S-016") == []


def test_no_message_is_left_in_the_spool(door: Site):
    assert post(door, "followup", followup(17, contact={"happened": "2026-04-01", "means": "visit"})).status_code == 201
    assert post(door, "followup", {"form_id": "x"}).status_code == 422
    counts = door.spool.counts()
    assert {state.value: count for state, count in counts.items() if state.value == "pending"} == {"pending": 0}
    assert STUDY.id == "NCT06486350"


def test_who_the_patient_is_and_what_the_disease_is_are_entries_of_their_own(door: Site):
    day = {"happened": "2026-03-02"}
    document = enrolment(
        41,
        screening=day,
        demographics=day | {"year_of_birth": 1961, "sex": "female"},
        diagnosis=day
        | {"disease": "AML", "guideline": "CN-AML", "guideline_version": "2023", "eln_risk": "adverse", "fab": "M4"},
        baseline=day | {"performance_status": 1, "temperature_celsius": 36.8},
    )
    assert post(door, "enrolment", document).status_code == 201
    said = {event.type: event.facts for event in events_of(door, "S-041")}
    assert said["subject.demographics-recorded.v1"] == DemographicsRecorded(year_of_birth=1961, sex=Sex.FEMALE)
    assert said["disease.diagnosed.v1"] == DiseaseDiagnosed(
        guideline="CN-AML", disease="AML", guideline_version="2023", fab="M4", eln_risk=Risk.ADVERSE
    )
    assert said["subject.baseline-recorded.v1"] == BaselineRecorded(
        performance_status=1, temperature_celsius=Decimal("36.8")
    )


@pytest.mark.parametrize(
    ("part", "where", "code"),
    [
        (
            {"demographics": {"happened": "2026-03-02", "year_of_birth": 61}},
            "$.demographics.year_of_birth",
            "out-of-range",
        ),
        (
            {"demographics": {"happened": "2026-03-02", "year_of_birth": 1961, "sex": "F"}},
            "$.demographics.sex",
            "not-one-of",
        ),
        (
            {"demographics": {"happened": "2026-03-02", "year_of_birth": 1961, "date_of_birth": "1961-02-03"}},
            "$.demographics",
            "unknown-field",
        ),
        ({"diagnosis": {"happened": "2026-03-02", "disease": "AML"}}, "$.diagnosis.guideline", "missing-in-part"),
        (
            {"baseline": {"happened": "2026-03-02", "performance_status": 6}},
            "$.baseline.performance_status",
            "out-of-range",
        ),
    ],
)
def test_what_is_wrong_with_the_background_is_named_at_its_place(door: Site, part: dict, where: str, code: str):
    answer = post(door, "enrolment", enrolment(42, **part))
    assert answer.status_code == 422
    assert [(each["where"], each["code"]) for each in answer.json()["problems"]] == [(where, code)]
