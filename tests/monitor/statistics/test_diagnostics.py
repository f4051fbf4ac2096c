"""What the page of the analyses says of a Cox regression's subjects: in words, in pictures, and never by name."""

import datetime as dt
import random
from functools import cache

import msgspec
import pytest

from analytics.analyses import Analyses, encode_analyses
from analytics.analysis_numbers import figures_of
from analytics.analysis_store import StoredAnalyses
from analytics.disclosure import disclosed, may_say
from analytics.plans import guards
from analytics.plans.results import Result, Results
from analytics.study_table import MARKER_COLUMNS
from monitor.charts.residuals import DRAWN_MAX
from monitor.statistics.analyses_page import Estimated, Newest, analyses_page
from monitor.statistics.diagnostics import Diagnostics, diagnostics
from monitor.words import LANGUAGES, Language, Words
from tests.plans.tables import made

COLUMNS = """
name = "trial"
[columns]
survival_days = { kind = "number" }
died = { kind = "yes-no" }
marker = { kind = "number" }
age_years = { kind = "number" }
log2_marker = { kind = "number", log2_of = "marker" }
"""
COX = 'id = "hr"\nmethod = "cox"\ntime = "survival_days"\nevent = "died"\n'


@cache
def result(*covariates: str, count: int = 40) -> Result:
    drawn = random.Random(3)
    names = ", ".join(f'"{each}"' for each in covariates)
    return made(
        COLUMNS,
        f"{COX}covariates = [{names}]",
        survival_days=[float(drawn.randint(10, 400)) for _ in range(count)],
        died=[drawn.random() < 0.6 for _ in range(count)],
        marker=[2 ** drawn.gauss(5, 2) for _ in range(count)],
        age_years=[float(drawn.randint(18, 80)) for _ in range(count)],
    )


def shown(found: Result, language: Language) -> Diagnostics:
    """To whoever may not see the marker."""
    (told_to_them,) = disclosed([found], MARKER_COLUMNS)
    told = diagnostics(told_to_them, Words(language))
    assert told is not None
    return told


def estimated(found: Result, language: Language) -> Estimated:
    """As the page has it."""
    results = Results(
        plan="p", plan_version="1", plan_digest="", data_digest=None, rows=40, versions={}, results=(found,)
    )
    held = Analyses(study="S", endpoint_digest="", cutoff_on=dt.date(2025, 1, 1), look="final", results=results)
    at = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    stored = StoredAnalyses(analyses_id=1, commit=3, analyses=held, body=encode_analyses(held), computed_at=at)
    page = analyses_page(stored, Newest(commit=3, endpoint_digest=""), True, Words(language))
    return page.estimates[0]


def test_residuals_are_drawn_over_the_age_and_not_over_a_marker_that_is_hidden() -> None:
    told = shown(result("log2_marker", "age_years"), "en")
    assert [plot.title for plot in told.plots] == [
        "Has age the right form?",
        "Who counts for the marker, log2?",
        "Who counts for age?",
    ]
    assert told.withheld
    assert not shown(result("age_years"), "en").withheld


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_covariate_has_a_sentence_and_nobody_is_named(language: Language) -> None:
    told = shown(result("log2_marker", "age_years"), language)
    first, second = told.sentences
    begins = {
        "en": ("the marker, log2: the subject that", "age: the subject"),
        "zh": ("标志物（log2）：影响", "年龄：影响"),
    }
    assert first.startswith(begins[language][0])
    assert second.startswith(begins[language][1])
    assert "row" not in first


def test_influences_stand_by_size_with_a_sentence_for_who_does_not_see_them() -> None:
    (_, _, influence) = shown(result("log2_marker", "age_years"), "en").plots
    heights = result("log2_marker", "age_years").answer["diagnostics"]["influences"][1]["dfbetas"]  # type: ignore[index]
    least, greatest = f"{min(heights):.2f}", f"{max(heights):.2f}"
    said = f"Influence of 40 subjects on the coefficient of age, from {least} to {greatest} standard errors."
    assert f'aria-label="{said}"' in influence.svg
    assert influence.svg.count('class="stem') == 40
    assert "beyond it" in influence.caption


def test_of_many_subjects_as_many_are_drawn_as_there_is_room_for() -> None:
    found = result("age_years", count=DRAWN_MAX + 150)
    form, influence = shown(found, "en").plots
    assert form.svg.count('class="point"') == DRAWN_MAX
    assert influence.svg.count('class="stem') == DRAWN_MAX
    assert influence.caption.endswith(" of 550.")


def test_analyses_that_were_stored_before_have_their_numbers_and_no_diagnostics() -> None:
    found = result("age_years")
    assert found.answer is not None
    old = {name: told for name, told in found.answer.items() if name != "diagnostics"}
    old |= {"proportional_hazards": None, "proportional_hazards_missing": "A sentence, as it was stored then."}
    before = msgspec.structs.replace(found, answer=old)
    assert diagnostics(before, Words("en")) is None
    assert [each.kind for each in figures_of(before)] == ["hazard-ratio", "p", "events"]
    assert estimated(before, "zh").diagnostics is None


def test_how_far_one_subject_moves_a_coefficient_is_a_number_with_a_history() -> None:
    (moved,) = (each for each in figures_of(result("age_years")) if each.kind == "moved-by-one")
    told = result("age_years").answer["diagnostics"]["leaving_out"][0]["most"]  # type: ignore[index]
    assert (moved.key, moved.value) == ("moved-by-one.age_years", abs(told["moved"]))


def test_why_the_test_of_proportional_hazards_cannot_be_made_is_said_in_its_place() -> None:
    one_day = made(
        COLUMNS.replace('log2_marker = { kind = "number", log2_of = "marker" }', ""),
        f'{COX}covariates = ["age_years"]',
        survival_days=[5.0, 5.0, 9.0, 9.0],
        died=[True, True, False, False],
        marker=[1.0] * 4,
        age_years=[40.0, 60.0, 50.0, 70.0],
    )
    (number,) = (each for each in estimated(one_day, "zh").numbers if each.called == "比例风险检验 p 值")
    assert number.says == "不同的事件时间过少，无法判断系数是否随时间变化"


def test_a_guard_names_its_columns_in_both_languages() -> None:
    labelled = msgspec.structs.replace(
        result("age_years"), labels=(guards.missingness_informative("log2_marker", 0.012),)
    )
    assert (
        estimated(labelled, "en").labels[0].what == "Whether log2_marker is missing goes with the outcome (p = 0.012)."
    )
    assert estimated(labelled, "zh").labels[0].what == "“标志物（log2）”是否缺失与结局相关（p = 0.012）。"
    bare = msgspec.structs.replace(labelled, labels=(msgspec.structs.replace(labelled.labels[0], columns={}),))
    assert estimated(bare, "zh").labels[0].what == "“某列”是否缺失与结局相关（p = 0.012）。"


@pytest.mark.parametrize(
    ("column", "tells"),
    [
        ("marker", True),
        ("marker_below", True),
        ("assay", True),
        ("log2_marker", True),
        ("whatever a plan makes", True),
        ("age_years", False),
        ("adverse_risk", False),
        ("switched", False),
    ],
)
def test_only_columns_of_the_study_itself_that_are_not_the_marker_s_tell_nothing_of_it(
    column: str, tells: bool
) -> None:
    assert may_say(column, MARKER_COLUMNS) is tells
