"""The report under a plan that asks for survival alone: every part of outcome is marked, in HTML and in the PDF."""

import base64
import re
import zlib
from functools import cache
from html import unescape

import msgspec
import pytest

from analytics.analyses import analyse
from monitor.report.content import Report
from monitor.report.html import html_of
from monitor.report.parts import parts
from monitor.report.pdf import pdf_of
from monitor.report.style import styled
from monitor.words import LANGUAGES, Language, Words
from tests.analytics.trials import DRAWN
from tests.monitor.report.drawn import PLAN, marrow, report
from tests.rules.drawn import STUDY

BOTH = pytest.mark.parametrize("language", LANGUAGES)
WORD: dict[Language, str] = {"en": "exploratory", "zh": "探索性"}

SURVIVAL_ALONE = msgspec.structs.replace(PLAN, estimates=tuple(each for each in PLAN.estimates if each.id == "os"))
SHOWN = ("os", "cr", "orr-bounds", "relapse", "agreement", "marker-survival", "response-survival-landmark")
WHOLE = msgspec.structs.replace(PLAN, estimates=tuple(each for each in PLAN.estimates if each.id in SHOWN))
MARROWS = [marrow("S-001", -2, "60"), marrow("S-001", 27, "3")]

CONDUCT = {"identity", "conduct", "enrolment", "funnel", "differences", "check", "estimates"}
CHAPTERS = {"response-chapter", "time-chapter", "effect-chapter"}
OF_RESULTS = {"response", "forest"}
"""Pictures of several estimates: there each line has its own mark."""
LISTING = {"swimmer"}


@cache
def under_survival_alone() -> Report:
    """Several estimates were run, of which the study's own plan has survival alone."""
    made = report(DRAWN, 500, MARROWS, plan=None)
    rows = list(made.then.rows.values())
    analyses = analyse(rows, WHOLE, SURVIVAL_ALONE, STUDY, made.then.cutoff_on)
    return msgspec.structs.replace(made, plan=SURVIVAL_ALONE, analyses=analyses)


@BOTH
def test_every_part_of_outcome_is_marked(language: Language) -> None:
    with styled():
        made = {part.id: part for part in parts(under_survival_alone(), Words(language))}
    planned = {"estimate-os", "figure-os-km"}
    hidden = {"strip"}  # of a blinded marker nothing is drawn while the look is interim
    of_outcome = set(made) - CONDUCT - CHAPTERS - OF_RESULTS - LISTING - hidden - planned
    assert {each for each in of_outcome if made[each].mark != WORD[language]} == set()
    assert {each for each in made if made[each].mark is not None} == of_outcome
    assert "waterfall" in of_outcome
    title = [table.title for table in made["response"].tables]
    assert WORD[language] in (title[1] or "")
    assert WORD[language] not in (title[0] or "")


@cache
def page_in(language: Language) -> str:
    return html_of(under_survival_alone(), Words(language)).decode()


@BOTH
def test_the_html_has_the_mark_in_the_heading_and_the_title_in_the_language(language: Language) -> None:
    page = page_in(language)
    title = {"en": "Complete remission", "zh": "完全缓解"}[language]
    assert f'<h3 id="estimate-cr">{title} <span class="exploratory">{WORD[language]}</span></h3>' in page
    title = {"en": "Overall survival", "zh": "总生存"}[language]
    assert f'<h3 id="estimate-os">{title}</h3>' in page
    assert Words(language).text("report.about_plan", plan="NCT06486350 2") in unescape(page)


@BOTH
def test_in_pictures_of_several_estimates_each_line_has_its_mark(language: Language) -> None:
    page = unescape(re.sub(r"\s+", " ", page_in(language)))
    picture = page[page.index('<h3 id="response">') : page.index('<h3 id="swimmer">')]
    assert picture.count(WORD[language]) >= 3  # both shares, and the table of best responses


@BOTH
def test_without_a_plan_the_report_says_so_once_and_marks_nothing(language: Language) -> None:
    page = unescape(html_of(report(DRAWN, 500, MARROWS, plan=None), Words(language)).decode())
    assert page.count(Words(language).text("exploratory.all")) == 1
    assert '<span class="exploratory"' not in page


def written_in(pdf: bytes) -> bytes:
    """What the pages of the PDF draw, as its streams say it."""
    streams = re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL)
    return b"".join(zlib.decompress(base64.a85decode(each.strip().removesuffix(b"~>"))) for each in streams)


def test_the_pdf_says_the_mark_behind_each_heading_that_has_it() -> None:
    made = under_survival_alone()
    with styled():
        marked = sum(part.mark is not None for part in parts(made, Words("en")))
    assert written_in(pdf_of(made, Words("en"))).count(b"[exploratory]") == marked
    assert marked > 6
