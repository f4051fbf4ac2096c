"""The two web forms over HTTP: what is typed is kept, what is wrong said at its field, what is good recorded once."""

import html
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from producers.forms.catalog import load_catalogs
from schemas.events import MarrowAssessed, ResponseAssessed
from tests.producers_forms.page import Page
from tests.producers_forms.site import Site, site
from tests.servers.postgres import Database

CATALOGS = load_catalogs()
KINDS = ("enrolment", "followup")


def submit(door: Site, kind: str, typed: dict[str, str], lang: str = "en", **headers: str) -> httpx.Response:
    return door.client.post(f"/forms/{kind}?lang={lang}", data=typed, headers={**door.browser_headers, **headers})


def screening(number: int, **more: str) -> dict[str, str]:
    return {
        "form_id": f"web-form-{number:04d}",
        "hospital_number": f"SIM{number:07d}",
        "subject": f"S-{number:03d}",
        "actor": "nurse-03",
        "actor_role": "nurse",
        "screening.happened": "2026-03-02",
        **more,
    }


def types_of(door: Site, subject: str) -> list[str]:
    return [event.type for event in door.events() if event.subject == subject]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_form_is_shown_in_both_languages(door: Site, kind: str, lang: str):
    answer = door.client.get(f"/forms/{kind}?lang={lang}")
    page = Page(answer.text)
    assert answer.status_code == 200
    assert page.language == {"zh": "zh-CN", "en": "en"}[lang]
    assert CATALOGS[lang].text("pages", f"{kind}_title") in page.html
    assert len(page.typed["form_id"]) == 36


def test_chinese_comes_first_and_the_reader_may_ask_otherwise(door: Site):
    unasked = door.client.get("/forms/enrolment", headers={"Accept-Language": ""})
    english = door.client.get("/forms/enrolment", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert (Page(unasked.text).language, Page(english.text).language) == ("zh-CN", "en")


@pytest.mark.parametrize("kind", KINDS)
def test_every_control_has_a_label_and_every_description_is_there(door: Site, kind: str):
    page = Page(submit(door, kind, {"form_id": "web-form-labels", "actor": "x y", "subject": "s"}).text)
    for control in page.controls:
        if control.get("type") in ("hidden", "radio"):
            continue
        assert control["id"] in page.labelled or control.get("aria-label"), control
    for ids in page.described_by.values():
        assert set(ids.split()) <= page.ids


def test_a_page_asks_no_outside_address_and_runs_no_script(door: Site):
    answer = door.client.get("/forms/followup?lang=zh")
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "<script" not in answer.text
    assert "http://" not in answer.text
    assert "https://" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    for asset in ("tokens.css", "forms.css"):
        assert f"/forms/assets/{asset}" in answer.text
        style = door.client.get(f"/forms/assets/{asset}")
        assert (style.status_code, style.headers["Content-Type"].split(";")[0]) == (200, "text/css")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_problems_are_shown_at_their_fields_and_everything_typed_is_kept(door: Site, lang: str):
    typed = screening(
        101,
        **{
            "hospital_number": 'FZ "12"<b>',
            "screening.happened": "2026-02-30",
            "criteria.I1.answer": "met",
            "criteria.E1.answer": "not-met",
            "criteria.E1.evidence": "tel 13812345678",
            "consent.form_version": "2.1",
            "consent.signed_by_subject": "yes",
        },
    )
    answer = submit(door, "enrolment", typed, lang)
    page = Page(answer.text)
    assert answer.status_code == 422
    assert {name: page.typed[name] for name in typed} == typed
    wrong = {each.removeprefix("wrong-") for each in page.ids if each.startswith("wrong-")}
    assert wrong == {
        "hospital_number",
        "screening.happened",
        "criteria.happened",
        "criteria.E1.evidence",
        "consent.happened",
        "consent.language",
        "consent.signed_by_family",
    }
    assert CATALOGS[lang].text("pages", "problems_title", count=7) in page.html
    assert "<b>" not in page.html
    assert types_of(door, "S-101") == []


def test_a_good_form_is_confirmed_with_its_entries(door: Site):
    answer = submit(
        door,
        "enrolment",
        screening(
            102,
            **{
                "criteria.happened": "２０２６-03-02",
                "criteria.I1.answer": "met",
                "criteria.E4.answer": "unknown",
                "consent.happened": "2026-03-02 09:30",
                "consent.form_version": "2.1",
                "consent.language": "zh",
                "consent.signed_by_subject": "yes",
                "consent.signed_by_family": "no",
            },
        ),
    )
    assert answer.status_code == 201
    assert CATALOGS["en"].text("pages", "recorded_lead", count=4, subject="S-102") in html.unescape(answer.text)
    told = [event for event in door.events() if event.subject == "S-102"]
    assert [event.type for event in told] == [
        "subject.screening-started.v1",
        "subject.criterion-assessed.v1",
        "subject.criterion-assessed.v1",
        "subject.consent-signed.v1",
    ]
    assert str(told[-1].happened) == "2026-03-02T09:30+08:00"
    assert all(event.id in answer.text for event in told)
    assert "SIM0000102" not in answer.text


def test_a_double_click_gives_one_entry(door: Site):
    typed = screening(103)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: submit(door, "enrolment", typed), range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    told = [event for event in door.events() if event.subject == "S-103"]
    assert len(set(map(repr, told))) == 1


def test_going_back_and_changing_a_recorded_form_is_refused_and_gets_a_new_id(door: Site):
    assert submit(door, "enrolment", screening(104)).status_code == 201
    answer = submit(door, "enrolment", screening(104, **{"screening.happened": "2026-03-01"}))
    page = Page(answer.text)
    assert answer.status_code == 409
    assert CATALOGS["en"].texts["page_next"]["form-id-reused"] in page.html
    assert page.typed["form_id"] != "web-form-0104"
    assert page.typed["screening.happened"] == "2026-03-01"
    assert types_of(door, "S-104") == ["subject.screening-started.v1"]


def test_a_number_that_is_another_subject_is_refused_on_the_page(door: Site):
    assert submit(door, "enrolment", screening(105)).status_code == 201
    answer = submit(door, "enrolment", screening(105, form_id="web-form-0105-b", subject="S-905"))
    assert answer.status_code == 409
    assert CATALOGS["en"].texts["problems"]["identity-contradiction"]["what"] in answer.text
    assert Page(answer.text).typed["subject"] == "S-905"


def test_a_followup_form_records_marrow_and_response_together(door: Site):
    answer = submit(
        door,
        "followup",
        {
            "form_id": "web-form-0106",
            "subject": "S-106",
            "actor": "investigator-01",
            "actor_role": "investigator",
            "marrow.happened": "2026-04-01",
            "marrow.blasts_pct": "4.5",
            "marrow.cells_counted": "200",
            "marrow.spicules_present": "yes",
            "marrow.auer_rods_present": "",
            "marrow.erythroid_normal": "yes",
            "marrow.megakaryocytes_normal": "no",
            "response.happened": "2026-04-01",
            "response.category": "CR",
            "response.rule_set": "ELN2022",
            "response.course": "1",
        },
        "zh",
    )
    assert answer.status_code == 201
    marrow, response = (event for event in door.events() if event.subject == "S-106")
    assert isinstance(marrow.facts, MarrowAssessed)
    assert isinstance(response.facts, ResponseAssessed)
    assert (str(marrow.facts.blasts_pct), marrow.facts.spicules_present, marrow.facts.auer_rods_present) == (
        "4.5",
        True,
        None,
    )
    assert (marrow.facts.erythroid_normal, marrow.facts.megakaryocytes_normal) == (True, False)
    assert response.facts.marrow == marrow.id


def test_a_part_with_a_problem_is_open_and_the_others_stay_shut(door: Site):
    fresh = Page(door.client.get("/forms/followup?lang=en").text)
    assert fresh.open_parts == set()
    typed = {
        "form_id": "web-form-0107",
        "subject": "S-107",
        "actor": "a",
        "actor_role": "nurse",
        "death.cause": "other",
    }
    assert Page(submit(door, "followup", typed).text).open_parts == {"section-death"}


def test_a_followup_about_an_unknown_number_says_that_it_waits(door: Site):
    typed = {
        "form_id": "web-form-0108",
        "hospital_number": "SIM0000108",
        "actor": "coordinator-01",
        "actor_role": "coordinator",
        "contact.happened": "2026-04-01",
        "contact.means": "telephone",
    }
    answer = submit(door, "followup", typed)
    assert answer.status_code == 202
    assert CATALOGS["en"].text("pages", "waiting_title") in answer.text


def test_a_link_may_name_the_subject_but_nothing_else(door: Site):
    named = Page(door.client.get("/forms/followup?subject=S-001").text)
    odd = Page(door.client.get('/forms/followup?subject="><b>').text)
    assert named.typed["subject"] == "S-001"
    assert odd.typed["subject"] == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "", "Referer": "https://elsewhere.example/page"},
        {"Origin": "", "Sec-Fetch-Site": "cross-site"},
    ],
    ids=lambda headers: ", ".join(f"{name} {value}" for name, value in headers.items() if value),
)
def test_a_form_sent_from_another_sites_page_is_refused(door: Site, headers: dict[str, str]):
    answer = submit(door, "enrolment", screening(109), **headers)
    assert answer.status_code == 403
    assert types_of(door, "S-109") == []


def test_a_body_that_no_page_makes_is_refused(door: Site):
    odd = {**door.browser_headers, "Content-Type": "application/x-www-form-urlencoded"}
    for body in (b"actor=%FF%FE", b"\xff\xfe", "&".join(f"f{n}=1" for n in range(500)).encode()):
        assert door.client.post("/forms/enrolment", content=body, headers=odd).status_code == 400
    big = door.client.post("/forms/enrolment", content=b"actor=" + b"x" * 10_000_000, headers=odd)
    assert big.status_code == 413
    wrong = door.client.post("/forms/enrolment", content=b"{}", headers={**odd, "Content-Type": "application/json"})
    assert wrong.status_code == 415


def test_a_name_that_is_not_the_doors_own_is_refused(module_database: Database, tmp_path):
    with site(module_database, tmp_path, frozenset({"trialog.hospital.example"})) as door:
        answer = submit(door, "enrolment", screening(110))
        assert answer.status_code == 403
        assert types_of(door, "S-110") == []
