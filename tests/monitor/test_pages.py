"""Pages and machines' addresses over HTTP: whole without JavaScript, in both languages, with no way out."""

import re

import httpx
import pytest

from monitor import tables
from monitor.app import Monitoring
from monitor.words import LANGUAGES
from tests.monitor.serving import Trial, enrolled, served
from tests.projections.controls import STUDY


def test_the_first_page_is_whole_without_javascript(trial: Trial, address: str):
    trial.say(*enrolled(1), *enrolled(2))
    page = httpx.get(f"{address}/?lang=en").text
    assert "<b data-value>2</b> <span>of 72</span>" in page
    assert page.count('role="img"') >= 3
    assert re.search(r'class="curve"', page)


@pytest.mark.parametrize(
    ("headers", "query", "language"),
    [
        ({}, "", "zh-CN"),
        ({"Accept-Language": "en-GB,en;q=0.9"}, "", "en"),
        ({"Accept-Language": "fr"}, "", "zh-CN"),
        ({"Accept-Language": "en", "Cookie": "trialog_language=zh"}, "", "zh-CN"),
        ({"Accept-Language": "en", "Cookie": "trialog_language=zh"}, "?lang=en", "en"),
        ({"Accept-Language": "zh;q=0.1, en;q=0.8"}, "?lang=xx", "en"),
    ],
)
def test_the_language_is_asked_for_then_remembered_then_preferred_then_chinese(address, headers, query, language):
    assert f'<html lang="{language}">' in httpx.get(f"{address}/{query}", headers=headers).text


def test_a_language_that_was_asked_for_is_remembered(address: str):
    with httpx.Client(base_url=address, headers={"Accept-Language": "zh"}) as client:
        client.get("/?lang=en")
        assert '<html lang="en">' in client.get("/").text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", tables.NAMES)
def test_every_panel_has_its_table_with_how_it_is_computed(trial: Trial, address: str, name: str, language: str):
    trial.say(*enrolled(1))
    answer = httpx.get(f"{address}/tables/{name}?lang={language}")
    assert answer.status_code == 200
    assert "<table" in answer.text
    assert {"zh": "计算方法", "en": "How this is computed"}[language] in answer.text


def test_every_link_of_the_first_page_and_of_the_tables_leads_somewhere(trial: Trial):
    with served(trial.monitoring(forms=False)) as address:
        seen, waiting = set(), ["/"]
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            answer = httpx.get(address + path)
            assert answer.status_code == 200, path
            if "html" in answer.headers["content-type"]:
                found = re.findall(r'(?:href|src)="(/[^"#]*)"', answer.text)
                # Those of single numbers are looked at in tests/monitor/audit.
                waiting += [each.replace("&amp;", "&") for each in found if not each.startswith("/audit/numbers/")]
    assert {"/tables/enrolment", "/tables/data", "/api/status"} <= seen


def test_forms_are_linked_where_they_are_mounted(trial: Trial, address: str):
    assert 'href="/forms/enrolment"' in httpx.get(address).text
    assert 'href="/forms/followup"' in httpx.get(address).text


def test_an_address_that_is_none_of_the_tables_is_not_found_and_says_so(address: str):
    answer = httpx.get(f"{address}/tables/nothing?lang=en")
    assert answer.status_code == 404
    assert "There is no such page." in answer.text


@pytest.mark.parametrize("path", ["/", "/tables", "/tables/data", "/api/status", "/static/page.css", "/healthz"])
def test_every_answer_forbids_other_addresses(address: str, path: str):
    policy = httpx.get(address + path).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert set(re.findall(r"'self'|https?:|\*", policy)) == {"'self'"}


def test_no_page_names_an_outside_address(trial: Trial, address: str):
    trial.say(*enrolled(1))
    for path in ("/", "/tables/response", "/static/page.css", "/static/tokens.css", "/static/charts.css"):
        assert re.findall(r"(?:https?:)?//[a-z0-9]", httpx.get(address + path).text) == []


def test_the_status_as_json_says_what_the_page_says(trial: Trial, address: str):
    trial.say(*enrolled(1), *enrolled(2), *enrolled(3))
    status, page = httpx.get(f"{address}/api/status").json(), httpx.get(f"{address}/?lang=en").text
    assert status["statistics"]["snapshot"]["enrolment"]["enrolled"] == 3
    assert "<b data-value>3</b> <span>of 72</span>" in page
    assert f"<b>Position {status['commit']}</b>" in page
    assert status["state_digest"][:4] in page


def test_the_numbers_for_prometheus_name_counts_and_nobody(trial: Trial, address: str):
    trial.say(*enrolled(1))
    said = httpx.get(f"{address}/metrics").text
    status = httpx.get(f"{address}/api/status").json()
    assert f"trialog_commit {float(status['commit'])}" in said
    assert 'trialog_ledger_rows{status="accepted"} 13.0' in said
    assert 'trialog_line_state{state="live"} 1.0' in said
    assert "trialog_enrolled 1.0" in said
    assert "S-001" not in said


def test_a_process_lives_and_is_not_ready_while_its_database_is_away(trial: Trial, address: str):
    assert httpx.get(f"{address}/readyz").json() == {"status": "ready"}
    trial.database.stop()
    assert httpx.get(f"{address}/healthz").status_code == 200
    assert httpx.get(f"{address}/readyz").status_code == 503
    page = httpx.get(f"{address}/?lang=en")
    assert page.status_code == 200  # what was last read, and since when it is not current
    assert "the database does not answer" in page.text


def test_a_server_that_never_read_anything_says_that_and_asks_again(trial: Trial):
    trial.database.stop()
    with served(trial.monitoring()) as address:
        answer = httpx.get(f"{address}/?lang=en")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "The database cannot be reached" in answer.text
    assert 'http-equiv="refresh"' in answer.text


def test_a_database_that_is_not_migrated_is_not_ready_and_the_page_says_so(empty_database):
    monitoring = Monitoring(lambda: empty_database.connect("trialog_read"), STUDY)
    with served(monitoring) as address:
        assert httpx.get(f"{address}/readyz").status_code == 503
        assert httpx.get(address).status_code == 503
