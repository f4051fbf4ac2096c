"""The report as somebody reads it: what it says, in both languages, at every edge, and always in the same bytes."""

import re
from functools import cache
from html import unescape

import pytest

from analytics.estimators.errors import Reason
from analytics.plans.guards import Guard
from analytics.plans.plan import Plan, parse_plan
from analytics.plans.results import Result
from analytics.study_table import STUDY_COLUMNS
from monitor.report.effect_figures import zph
from monitor.report.html import html_of
from monitor.report.parts import parts
from monitor.report.pdf import pdf_of
from monitor.report.style import HATCHES, HEIGHT_MAX, SERIES, panel, styled
from monitor.report.svg import svg_of
from monitor.words import LANGUAGES, Language, Words
from schemas.events.lab import Bound
from tests.analytics.trials import DRAWN, EDGES, TREATED
from tests.monitor.report.drawn import interleukin_6, report

ENGLISH, CHINESE = Words("en"), Words("zh")
UNSAID = re.compile(r"\b(nan|NaN|inf|Infinity|Traceback)\b|\bNone\b(?!\.)")

# Eight subjects: values as 2, 4, ... 256, the lower ones with a response; one more below its limit.
MARKED = {
    f"S-{n:03}": f"{TREATED}, 28 {'CR' if n in (1, 2, 3, 5) else 'NR'}, {380 + 3 * n % 8} dead" for n in range(1, 9)
}
VALUES = [event for n in range(1, 9) for event in interleukin_6(f"S-{n:03}", f"{2**n}.75")]


@cache
def page(trial: str, language: Language = "en", *, with_blinded: bool = False) -> bytes:
    """The HTML of the drawn trial, or of the one with markers."""
    made = report(DRAWN) if trial == "drawn" else report(MARKED, 500, VALUES, with_blinded=with_blinded)
    return html_of(made, Words(language))


def text(body: bytes) -> str:
    """What a reader sees, without the letters inside of figures' coordinates."""
    return unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", body.decode(), flags=re.DOTALL))


SAID_AT = {
    "nobody at all": "Nobody has been screened yet.",
    "nobody enrolled": "Nobody is enrolled yet, so there is nothing to draw.",
    "one enrolled": "No share could be estimated",
    "one treated": "Nobody has an adequate marrow both before and after chemotherapy yet",
    "nobody assessed": "nobody",
    "no events": "No estimate: ",
    "all dead": "No estimate: ",
    "times of zero": "1 / 2",
    "one group empty": "No regression of",
    "a cutoff before the first enrolment": "Nobody is enrolled yet, so there is nothing to draw.",
}


@pytest.mark.parametrize("edge", EDGES)
def test_at_every_edge_the_report_says_a_sentence_and_no_number_that_is_none(edge: str) -> None:
    made = report(*EDGES[edge])
    read = text(html_of(made, ENGLISH))
    assert SAID_AT[edge] in read
    assert not UNSAID.search(read)
    assert pdf_of(made, CHINESE).startswith(b"%PDF-")


def test_without_any_value_of_the_marker_the_strip_says_so() -> None:
    made = report({"S-001": f"{TREATED}, 28 CR, 490 alive"}, with_blinded=True)
    assert "No subject with a response to count has a value of the marker" in text(html_of(made, ENGLISH))


def test_all_values_below_quantification_are_a_report() -> None:
    below = [event for subject in MARKED for event in interleukin_6(subject, "1.5", Bound.LESS)]
    made = report(MARKED, 500, below, with_blinded=True)
    read = text(html_of(made, ENGLISH))
    assert "limit of quantification 1.5" in read
    assert not UNSAID.search(read)


def test_a_study_without_a_plan_has_a_report_that_says_so() -> None:
    assert "The study has no analysis plan" in text(html_of(report(DRAWN, plan=None), ENGLISH))


def test_the_drawn_trial_says_what_was_counted_by_hand() -> None:
    read = re.sub(r"\s+", " ", text(page("drawn")))
    # As in tests/analytics: 4 of the 6 whose year is over; certain 5 and possible 6 of 8; 2 deaths among 9.
    assert "exact (Clopper-Pearson) (4/6) 66.7%" in read
    assert "bounds, pending open 5–6 / 8 [62.5%, 75.0%]" in read
    assert "events / subjects 2 / 9" in read
    assert "Screened 12 " in read
    assert "commit 40" in read
    assert "ab" * 32 in read, "the seal's fingerprint"
    assert "2025-01-13" in read, "the data cutoff: day 500"


def test_without_a_seal_the_report_says_what_to_do() -> None:
    assert "Nothing is sealed yet: run trialog ledger seal" in text(html_of(report({}, seal=None), ENGLISH))


def test_the_same_inputs_give_the_same_bytes_in_whatever_order_they_come() -> None:
    few = {subject: DRAWN[subject] for subject in ("S-001", "S-002", "S-006")}
    first, again = report(few), report(dict(reversed(few.items())))
    assert html_of(first, CHINESE) == html_of(again, CHINESE)
    assert pdf_of(first, CHINESE) == pdf_of(again, CHINESE)


def test_the_html_needs_nothing_beside_itself() -> None:
    body = page("drawn").decode()
    addresses = set(re.findall(r"https?://[^\"' <)]+", body))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}, "names of formats, never loaded"
    assert not re.search(r"<(script|link|img|iframe|object)\b", body)
    assert "url(" not in body.replace("url(#", "")


def test_ids_that_figures_refer_to_are_of_one_figure_only() -> None:
    body = page("drawn").decode()
    figures = re.findall(r"<svg .*?</svg>", body, flags=re.DOTALL)
    assert len(figures) >= 8
    for place, figure in enumerate(figures):
        referred = set(re.findall(r"(?:url\(#|href=\"#)([^\")]+)", figure))
        elsewhere = "".join(other for other in figures[:place] + figures[place + 1 :])
        assert [each for each in referred if f'id="{each}"' in elsewhere] == []


def test_both_languages_have_the_same_parts_figures_and_tables() -> None:
    made = report(MARKED, 500, VALUES, with_blinded=True)
    with styled():
        said = [
            [(part.id, part.figure is None, len(part.tables)) for part in parts(made, Words(each))]
            for each in LANGUAGES
        ]
    assert said[0] == said[1]
    assert {"enrolment", "funnel", "response", "swimmer", "forest", "strip"} <= {
        id_ for id_, none, _ in said[0] if not none
    }
    assert {"figure-os-km", "figure-marker-roc-roc"} <= {id_ for id_, none, _ in said[0] if not none}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_and_every_guard_has_words(language: str) -> None:
    words = ENGLISH if language == "en" else CHINESE
    keys = [f"report.why_{reason.value}" for reason in Reason] + [f"report.guard_{guard.value}" for guard in Guard]
    assert [key for key in keys if not words.has(key)] == []


def test_the_chinese_report_says_guards_and_refusals_in_chinese() -> None:
    read = text(page("drawn", "zh"))
    assert "这是期中查看，数据仍在增加。" in read
    assert "无法估计：没有可供估计的受试者。" in read
    assert "This is an interim look" not in read


def test_an_interim_report_shows_no_value_of_the_blinded_marker() -> None:
    body = page("marked")
    read = text(body)
    assert "Not shown: the marker is blinded, because whoever assesses the response must not know its values." in read
    assert "pg/mL" not in read
    assert re.search(r"\bcut\s+withheld", read)
    assert b"Interleukin-6, pg/mL" not in body


def test_asked_for_on_purpose_the_marker_is_shown_and_every_page_says_for_whom() -> None:
    read = text(page("marked", with_blinded=True))
    assert "FOR THE STATISTICIAN ALONE" in read
    assert "pg/mL" in read
    assert not re.search(r"\bcut\s+withheld", read)


@pytest.mark.parametrize("sees", [True, False])
def test_the_final_report_shows_the_marker_to_whoever_may_see_it(sees: bool) -> None:
    made = report(MARKED, 3000, VALUES, sees_values=sees)
    assert made.look == "final"
    read = text(html_of(made, ENGLISH))
    assert ("pg/mL" in read) is sees
    assert (re.search(r"\bcut\s+withheld", read) is None) is sees


def test_asking_for_the_marker_shows_it_to_nobody_who_may_not_see_it() -> None:
    made = report(MARKED, 500, VALUES, with_blinded=True, sees_values=False)
    assert "pg/mL" not in text(html_of(made, ENGLISH))


def test_what_may_not_be_drawn_of_the_marker_says_so_in_the_place_of_the_figure() -> None:
    asked = PLANNED_CUT.format(cut="3")
    made = report(MARKED, 500, VALUES, plan=made_plan(asked))
    read = text(html_of(made, ENGLISH))
    assert read.count("Not shown: the marker is blinded") == 2, "the strip, and the curves by its sides"
    assert ENGLISH.text("report.zph_hidden") in read
    # Below 8 are 2.75 and 4.75, who responded, and of the others 8.75 and 32.75 did.
    assert re.search(r"sensitivity at the plan's cut \(2/4\)\s+50.0%", read)
    assert re.search(r"positive likelihood ratio\s+nobody on one side of the cut", read)
    shown = text(html_of(report(MARKED, 500, VALUES, plan=made_plan(asked), with_blinded=True), ENGLISH))
    assert "Not shown" not in shown
    assert re.search(r"the plan's cut\s+3\s", shown)


def test_a_plans_cut_is_told_in_chinese() -> None:
    made = report(MARKED, 500, VALUES, plan=made_plan(PLANNED_CUT.format(cut="3")))
    read = text(html_of(made, CHINESE))
    assert re.search(r"计划界值处的灵敏度 \(2/4\)\s+50.0%", read)
    assert "设盲标志物的数值不予显示" in read


def test_a_plans_cut_among_what_is_censored_says_so_in_its_place() -> None:
    below = [*VALUES, *interleukin_6("S-009", "1.5", Bound.LESS)]
    trial = {**MARKED, "S-009": f"{TREATED}, 28 CR, 490 alive"}
    made = report(trial, 500, below, plan=made_plan(PLANNED_CUT.format(cut="0.1")))
    assert re.search(r"the plan's cut\s+the cut lies where a value is only known", text(html_of(made, ENGLISH)))


def made_plan(document: str) -> Plan:
    return parse_plan(document.encode(), STUDY_COLUMNS)


PLANNED_CUT = """
name = "a cut"
[columns]
log2_marker = {{ kind = "number", log2_of = "marker", limit = "marker_limit" }}
high = {{ kind = "yes-no", cut_of = "marker", cut_at = 8 }}
[[estimates]]
id = "at-cut"
method = "roc"
outcome = "responded"
marker = "log2_marker"
cases = "lower"
cut = {cut}
missing = "leave-out"
[[estimates]]
id = "by-side"
method = "kaplan-meier"
time = "survival_days"
event = "died"
by = "high"
missing = "leave-out"
[[estimates]]
id = "by-value"
method = "cox"
time = "survival_days"
event = "died"
covariates = ["log2_marker"]
missing = "leave-out"
"""


def test_a_distribution_has_bounds_in_words_and_nothing_of_the_blinded_marker() -> None:
    asked = 'name = "d"\n[[estimates]]\nid = "d"\nmethod = "distribution"\nvalue = "marker"\nlimit = "marker_limit"\n'
    plan = made_plan(f'{asked}missing = "leave-out"\n')
    below = [event for subject in MARKED for event in interleukin_6(subject, "1.5", Bound.LESS)]
    made = {blinded: report(MARKED, 500, below, plan=plan, with_blinded=not blinded) for blinded in (True, False)}
    assert re.search(r"median\s+between 0 and 1.5", text(html_of(made[False], ENGLISH)))
    assert re.search(r"中位数\s+介于 0 与 1.5 之间", text(html_of(made[False], CHINESE)))
    assert re.search(r"median\s+withheld", text(html_of(made[True], ENGLISH)))


def test_no_name_of_a_subject_stands_in_the_strip() -> None:
    body = page("marked", with_blinded=True).decode()
    strip = body[body.index('id="strip"') : body.index('id="figure-marker-roc-roc"')]
    assert "<svg" in strip
    assert "S-00" not in strip


def test_the_pdf_has_chinese_without_a_font_inside() -> None:
    body = pdf_of(report({}), CHINESE)
    assert b"STSong-Light" in body
    assert b"/FontFile" not in body


def test_series_differ_without_colour() -> None:
    assert len({(style, marker) for _, style, marker in SERIES}) == len(SERIES)
    assert len(set(HATCHES)) == len(HATCHES)


def test_no_figure_is_higher_than_a_page() -> None:
    with styled():
        assert panel(40)[0].get_figheight() == HEIGHT_MAX


def test_the_residuals_of_many_covariates_fit_on_a_page() -> None:
    names = [f"x{place}" for place in range(20)]
    test = {
        "time": [1.0, 5.0, 9.0],
        "terms": [{"name": name, "test": {"p": 0.5}} for name in names],
        "residuals": [{"name": name, "scaled": [0.1, None, 0.3]} for name in names],
    }
    answer = {"fit": {"coefficients": []}, "proportional_hazards": test}
    result = Result(id="many", method="cox", title="", subjects=3, left_out={}, settings={}, answer=answer)
    with styled():
        figure = zph(result, ENGLISH)
        assert figure is not None
        assert figure.get_figheight() <= HEIGHT_MAX
        assert "x8" in svg_of(figure, "many", "residuals")


def test_the_lanes_of_many_subjects_fit_on_a_page() -> None:
    many = {f"S-{n:03}": f"{TREATED}, 28 {'CR' if n % 3 else 'NR'}, {100 + n} dead" for n in range(1, 121)}
    assert pdf_of(report(many, 500, plan=None), CHINESE).startswith(b"%PDF-")
