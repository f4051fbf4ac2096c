"""A study with two sites: every form and message says where it comes from, and hospital numbers are a site's own."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from litestar import Litestar

from producers.forms.door import routes
from producers.forms.pages import Pages
from producers.forms.problems import Code
from producers.forms.translation import doors
from producers.hl7.answers import answer_to
from producers.hl7.translation import translation
from producers.message import Accepted, Message, Refusal, events_of
from producers.simulator import simulate
from producers.simulator.patients import patient_of
from schemas.events import ScreeningStarted, SubjectEnrolled
from schemas.events.event import Event
from schemas.study import StudyDefinition
from tests.producers_forms.page import Page
from tests.producers_forms.site import Site, site
from tests.producers_forms.test_reading import GOOD
from tests.servers.postgres import Database
from tests.studies.files import FIRST, SECOND

NOW = dt.datetime(2024, 2, 1, 9, 0, tzinfo=SECOND.tzinfo)

ENROLMENT: dict[str, Any] = {
    "form_id": "form-0001",
    "actor": "nurse-01",
    "actor_role": "nurse",
    "recorded_at": "2023-04-02T10:00",
    "hospital_number": "ZY-1001",
    "screening": {"happened": "2023-02-28"},
    "enrolment": {"happened": "2023-03-01"},
}


def said(document: dict[str, Any], kind: str = "enrolment", study: StudyDefinition = SECOND) -> Message | Refusal:
    return doors(study)[f"form/{kind}"](msgspec.json.encode(document), NOW)


def taken(document: dict[str, Any], kind: str = "enrolment", study: StudyDefinition = SECOND) -> Message:
    message = said(document, kind, study)
    assert isinstance(message, Message), message
    return message


def result(facility: str) -> bytes:
    """A platelet count of the second study, from an analyser at this facility."""
    return "\r".join(
        (
            f"MSH|^~\\&|XN-9|{facility}|||20230402101500||ORU^R01|17|P|2.3.1",
            "PID|1||ZY-1001^^^^MR",
            "OBR|1||A-17|COUNT|||20230402090000||||||||BLD|||||||20230402100000|||F",
            "OBX|1|NM|777-3^PLT^LN||151|10*3/uL|||||F",
            "",
        )
    ).encode()


@pytest.mark.parametrize("named", [{}, {"site": None}], ids=["left out", "null"])
@pytest.mark.parametrize("kind", ["enrolment", "followup", "correction"])
def test_every_form_has_to_say_its_site(kind: str, named: dict[str, Any]):
    document = {
        "enrolment": ENROLMENT,
        "followup": {**ENROLMENT, "contact": {"happened": "2023-04-02", "means": "visit"}},
        "correction": {**ENROLMENT, "target": "x-0", "target_type": "subject.enrolled.v1", "reason": "x", "void": True},
    }[kind]
    if kind != "enrolment":
        document = {name: value for name, value in document.items() if name not in ("screening", "enrolment")}
    assert isinstance(said({**document, "site": "SOUTH"}, kind), Message)
    refusal = said({**document, **named}, kind)
    assert isinstance(refusal, Refusal)
    (problem,) = refusal.details
    assert (problem.code, problem.where, problem.allowed) == (Code.SITE_MISSING, "$.site", ("NORTH", "SOUTH"))
    assert refusal.status == 422


@pytest.mark.parametrize("named", ["WEST", "north", "Southern Laboratories", "ZY-1001", ""])
def test_a_site_that_the_study_does_not_have_is_refused_without_being_repeated(named: str):
    refusal = said({**ENROLMENT, "site": named})
    assert isinstance(refusal, Refusal)
    (problem,) = refusal.details
    assert (problem.code, problem.where, problem.allowed) == (Code.NOT_ONE_OF, "$.site", ("NORTH", "SOUTH"))


def test_the_only_site_of_a_study_may_be_named_or_left_out():
    without = taken(ENROLMENT, study=FIRST)
    named = taken({**ENROLMENT, "site": "FJMUUH"}, study=FIRST)
    assert without.source == named.source == "/form/FJMUUH"
    assert without.numbered_by == named.numbered_by == ""
    assert isinstance(said({**ENROLMENT, "site": "SOUTH"}, study=FIRST), Refusal)


def test_the_site_of_a_form_is_in_its_source_and_in_its_facts():
    message = taken({**ENROLMENT, "site": "SOUTH"})
    assert message.source == "/form/SOUTH"
    screening, enrolment = (draft.facts for draft in message.drafts)
    assert isinstance(screening, ScreeningStarted)
    assert isinstance(enrolment, SubjectEnrolled)
    assert (screening.site, enrolment.site) == ("SOUTH", "SOUTH")


def test_two_sites_may_use_one_form_id():
    ids = {
        event.id
        for name in ("NORTH", "SOUTH")
        for event in events_of(taken({**ENROLMENT, "site": name}), "S-001", SECOND)
    }
    assert len(ids) == 4


def test_each_event_names_the_protocol_in_force_when_it_happened():
    """Screened on the last day of version 1.0, enrolled on the first of 2.0, and written down a month later."""
    events = events_of(taken({**ENROLMENT, "site": "NORTH"}), "S-001", SECOND)
    assert [(str(event.happened), event.protocol_version) for event in events] == [
        ("2023-02-28", "1.0"),
        ("2023-03-01", "2.0"),
    ]


@pytest.mark.parametrize(
    ("facility", "numbered_by"), [("NORTH", ""), ("SOUTH", "SOUTH"), ("Southern Laboratories", "SOUTH")]
)
def test_a_result_is_of_the_site_that_sends_it(facility: str, numbered_by: str):
    message = translation(SECOND)(result(facility), NOW)
    assert isinstance(message, Message)
    assert message.numbered_by == numbered_by


@pytest.mark.parametrize("facility", ["", "WEST"])
def test_a_result_from_nowhere_is_refused(facility: str):
    refusal = translation(SECOND)(result(facility), NOW)
    assert isinstance(refusal, Refusal)
    assert (refusal.problem, refusal.where, refusal.ack) == ("unknown-facility", "MSH-4", "AE")


@pytest.mark.parametrize(
    ("study", "facility", "answers_as"),
    [
        (SECOND, "SOUTH", "SOUTH"),
        (SECOND, "Southern Laboratories", "SOUTH"),
        (SECOND, "WEST", "NORTH"),
        (FIRST, "anything", "FJMUUH"),
    ],
)
def test_an_answer_comes_from_the_senders_site(study: StudyDefinition, facility: str, answers_as: str):
    yes = Accepted(event_ids=("x-0",), subject="S-001")
    answer = answer_to(result(facility), yes, study=study, at=NOW, control_id="1")
    assert answer.split(b"|")[3].decode() == answers_as


def test_simulated_patients_are_of_both_sites_and_stay_at_theirs():
    sites = {place: patient_of(7, SECOND, place).site for place in range(1, 41)}
    assert {"NORTH", "SOUTH"} == set(sites.values())
    assert min(list(sites.values()).count(name) for name in ("NORTH", "SOUTH")) >= 10
    plan = simulate(7, SECOND, subjects=6)
    channels = {each.channel for each in plan.messages if each.door == "hl7"}
    assert {channel.split("/")[0] for channel in channels} == {"NORTH", "SOUTH"}
    for each in plan.messages:
        if each.door == "hl7":
            assert each.raw.split(b"|")[3].decode() == each.channel.split("/")[0]


@pytest.fixture
def door(database: Database, tmp_path: Path) -> Iterator[Site]:
    with site(database, tmp_path, study=SECOND) as running:
        yield running


def test_two_patients_of_two_hospitals_may_have_one_number(door: Site):
    subjects = {}
    for name in ("NORTH", "SOUTH"):
        answer = door.client.post("/api/forms/enrolment", json={**ENROLMENT, "site": name})
        assert answer.status_code == 201, answer.text
        subjects[name] = answer.json()["subject"]
    assert subjects == {"NORTH": "S-001", "SOUTH": "S-002"}
    contact = {"happened": "2023-04-02", "means": "visit"}
    for name, subject in subjects.items():
        document = {**ENROLMENT, "form_id": "form-0002", "site": name, "contact": contact}
        document = {key: value for key, value in document.items() if key not in ("screening", "enrolment")}
        assert door.client.post("/api/forms/followup", json=document).json()["subject"] == subject
    found: list[Event] = door.events()
    assert {(event.subject, event.source) for event in found} == {("S-001", "/form/NORTH"), ("S-002", "/form/SOUTH")}


def test_the_web_form_asks_for_the_site_and_records_it(door: Site):
    page = Page(door.client.get("/forms/enrolment?lang=en").text)
    assert "Northern Hospital" in page.html
    typed = {"form_id": page.typed["form_id"], "subject": "S-007", "actor": "nurse-01", "actor_role": "nurse"}
    typed |= {"enrolment.happened": "2023-03-01"}
    without = door.client.post("/forms/enrolment?lang=en", data=typed, headers=door.browser_headers)
    assert without.status_code == 422
    refused = Page(without.text)
    assert "The form does not say at which site it was filled in. Name one of: NORTH, SOUTH." in " ".join(
        without.text.replace("<strong>", "").replace("</strong>", "").split()
    )
    assert "wrong-site" in refused.described_by["field-site"]
    recorded = door.client.post(
        "/forms/enrolment?lang=en", data={**typed, "site": "SOUTH"}, headers=door.browser_headers
    )
    assert recorded.status_code == 201
    assert "/forms/followup?lang=en&amp;subject=S-007&amp;site=SOUTH" in recorded.text
    (event,) = door.events()
    assert (event.source, event.protocol_version) == ("/form/SOUTH", "2.0")


def test_the_link_to_the_next_form_keeps_the_site(door: Site):
    page = Page(door.client.get("/forms/followup?subject=S-007&site=SOUTH").text)
    assert (page.typed["subject"], page.typed["site"]) == ("S-007", "SOUTH")
    assert "site" not in Page(door.client.get("/forms/followup?site=WEST").text).typed


@pytest.mark.parametrize("kind", ["enrolment", "followup"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_study_with_one_site_is_not_asked_for_it(kind: str, language: str):
    page = Page(Pages(FIRST).form(kind, language, {"form_id": "x"}))
    assert not any(each.get("name") == "site" for each in page.controls)
    assert any(each.get("name") == "site" for each in Page(Pages(SECOND).form(kind, language, {})).controls)


def test_the_forms_speak_of_the_study_that_they_are_of():
    first, second = Pages(FIRST), Pages(SECOND)
    assert "such as DA 3+7" in first.form("enrolment", "en", {})
    assert "such as FCR" in second.form("enrolment", "en", {})
    assert "such as ELN2022" in first.form("followup", "en", {})
    assert "such as iwCLL2018" in second.form("followup", "en", {})
    assert "Assess without looking at interleukin-6." in first.form("followup", "en", {})
    assert "Assess without looking at beta-2 microglobulin." in second.form("followup", "en", {})
    assert "评估时请勿查看白细胞介素-6的结果。" in first.form("followup", "zh", {})
    assert "评估时请勿查看β2微球蛋白的结果。" in second.form("followup", "zh", {})


def test_of_what_a_study_leaves_open_the_forms_say_nothing():
    response = msgspec.structs.replace(SECOND.response, investigator_rule_set=None)
    analytes = tuple(msgspec.structs.replace(each, blinded=False) for each in SECOND.analytes)
    bare = msgspec.structs.replace(SECOND, response=response, treatment=None, analytes=analytes)
    pages = Pages(bare)
    for language in ("zh", "en"):
        assert "FCR" not in pages.form("enrolment", language, {})
        assert "hint-response.rule_set" not in pages.form("followup", language, {})
        assert "Assess without" not in pages.form("followup", language, {})


@pytest.mark.parametrize("kind", GOOD)
def test_the_openapi_description_names_the_sites(door: Site, kind: str):
    described = Litestar(routes(door.intake, SECOND, lambda: NOW)).openapi_schema.to_schema()
    operation = described["paths"][f"/api/forms/{kind}"]["post"]
    validator = jsonschema.Draft202012Validator(operation["requestBody"]["content"]["application/json"]["schema"])
    assert validator.is_valid({**GOOD[kind], "site": "SOUTH"})
    assert not validator.is_valid({**GOOD[kind], "site": "WEST"})
    assert not validator.is_valid(GOOD[kind])
