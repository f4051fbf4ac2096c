"""The audit's and the statistics' pages under a plan that asks for survival alone: each number has its due mark."""

import html
import re

import msgspec
import pytest

from analytics.numbers import numbers_of
from analytics.plans.plan import Plan
from analytics.prespecified import Prespecified
from analytics.reading import latest_snapshot
from monitor.audit.numbers_page import is_listed
from monitor.words import LANGUAGES, Language, Words
from tests.analytics.trials import PLAN
from tests.monitor.serving import Trial, enrolled, served
from tests.monitor.statistics.course import store
from tests.monitor.statistics.test_statistics_pages import died, get, text_of
from tests.projections.controls import STUDY

MARK = '<span class="exploratory"'
WORD: dict[Language, str] = {"en": "exploratory", "zh": "探索性"}
TITLE: dict[Language, str] = {"en": "Overall survival by log2 interleukin-6", "zh": "log2 白细胞介素-6 与总生存"}

SURVIVAL_ALONE = msgspec.structs.replace(PLAN, estimates=tuple(each for each in PLAN.estimates if each.id == "os"))


@pytest.fixture
def told(trial: Trial) -> Trial:
    trial.say(*enrolled(1), *enrolled(2))
    trial.say(died(1, "2024-05-01"))
    return trial


def is_exploratory(name: str, plan: Plan) -> bool:
    return Prespecified(plan, STUDY.endpoints).of(name).is_exploratory


def names_marked(page: str, place: str) -> dict[str, bool]:
    """By the name of the number in its address, whether its place has the mark."""
    return {
        html.unescape(re.search(r'/audit/numbers/([^"]+)"', found)[1]): MARK in found  # type: ignore[index]
        for found in re.findall(place, page, re.DOTALL)
    }


def test_every_number_on_the_audits_pages_has_the_mark_that_it_is_due(told: Trial) -> None:
    with told.database.connect("trialog_read") as connection:
        stored = latest_snapshot(connection)
    assert stored is not None
    listed = {name for name in numbers_of(stored.body) if is_listed(name)}
    with served(told.monitoring(plan=SURVIVAL_ALONE)) as address:
        for language in LANGUAGES:
            page = get(address, "/audit/numbers", language).text
            found = names_marked(page, r"<dt><a href=.*?</dt>")
            assert found == {name: is_exploratory(name, SURVIVAL_ALONE) for name in listed}
            assert {True, False} == set(found.values())
        compared = get(address, "/audit/compare?before=1&after=2").text
        moved = names_marked(compared, r'<tr><th scope="row"><a href="/audit/numbers.*?</tr>')
        assert moved == {name: is_exploratory(name, SURVIVAL_ALONE) for name in moved}
        assert moved["response.early_deaths"]
        assert not moved["survival.deaths"]
        event = re.search(r'href="(/audit/events/[^"]+)"', get(address, "/audit?subject=S-001").text)
        assert event is not None
        one = get(address, event[1]).text
        for place in (r'<tr><th scope="row"><a href="/audit/numbers.*?</tr>', r'<li><a href="/audit/numbers.*?</li>'):
            shown = names_marked(one, place)
            assert shown, place
            assert shown == {name: is_exploratory(name, SURVIVAL_ALONE) for name in shown}
        for name in ("response.early_deaths", "survival.deaths"):
            alone = re.search(r'<p class="answer">.*?</p>', get(address, f"/audit/numbers/{name}").text, re.DOTALL)
            assert alone is not None
            assert (MARK in alone[0]) is is_exploratory(name, SURVIVAL_ALONE)


def options(page: str) -> dict[str, str]:
    found = re.findall(r'<option value="([^"]+)"[^>]*>(.*?)</option>', page, re.DOTALL)
    return {html.unescape(value): html.unescape(name) for value, name in found}


def test_every_history_has_the_mark_that_its_number_is_due(told: Trial) -> None:
    # The whole plan is run, and of the study's own is only survival.
    store(told, PLAN, SURVIVAL_ALONE)
    with served(told.monitoring(plan=SURVIVAL_ALONE)) as address:
        for language in LANGUAGES:
            listed = options(get(address, "/statistics/history", language).text)
            for name, shown in listed.items():
                due = (
                    not name.startswith("plan.os.")
                    if name.startswith("plan.")
                    else is_exploratory(name, SURVIVAL_ALONE)
                )
                assert (WORD[language] in shown) is due, name
            assert any(name.startswith("plan.early-death.") for name in listed)
            for name in (
                "response.early_deaths",
                "survival.deaths",
                "plan.os.events.everybody",
                "plan.follow-up.events.everybody",
            ):
                page = get(address, f"/statistics/history?number={name}", language).text
                heading = re.search(r'<section class="panel"><h2>.*?</h2>', page, re.DOTALL)
                assert heading is not None
                assert (MARK in heading[0]) is (name in ("response.early_deaths", "plan.follow-up.events.everybody"))


def test_every_analysis_says_whether_it_was_prespecified_under_its_title(told: Trial) -> None:
    store(told, PLAN, SURVIVAL_ALONE)
    with served(told.monitoring(plan=SURVIVAL_ALONE)) as address:
        for language in LANGUAGES:
            planned = Words(language).text("analyses.prespecified")
            page = get(address, "/statistics", language).text
            sections = re.findall(
                r'<section class="panel estimate.*?id="([^"]+)".*?<p class="marks"><b[^>]*>(.*?)</b>', page, re.DOTALL
            )
            assert len(sections) == len(PLAN.estimates)
            assert {id_ for id_, mark in sections if mark == planned} == {"os"}
            assert {mark for id_, mark in sections if id_ != "os"} == {WORD[language]}
            assert f'<h2 id="title-marker-survival">{TITLE[language]}</h2>' in page


def test_of_a_study_without_a_plan_each_page_says_so_once(told: Trial) -> None:
    paths = (
        "/",
        "/audit/numbers",
        "/audit/numbers/survival.deaths",
        "/audit/compare?before=1&after=2",
        "/statistics/history",
    )
    with served(told.monitoring(plan=None)) as address:
        for language in LANGUAGES:
            said = Words(language).text("exploratory.all")
            for path in paths:
                answer = get(address, path, language)
                assert text_of(answer).count(said) == 1, path
                assert MARK not in answer.text
