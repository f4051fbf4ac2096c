"""What the report shows of single subjects in a Cox regression, to whom, and in which words."""

import re
from functools import cache

import msgspec
import numpy as np
import pytest

from analytics.estimators.cox import fit_cox
from analytics.estimators.cox_design import cox_design
from analytics.estimators.cox_diagnostics import cox_diagnostics
from analytics.plans import guards
from analytics.plans.results import Result
from monitor.report import diagnostic_figures, tables
from monitor.report.content import Report
from monitor.report.html import html_of_part
from monitor.report.parts import Part, parts
from monitor.report.style import HEIGHT_MAX, styled
from monitor.report.svg import svg_of
from monitor.words import LANGUAGES, Language, Words
from tests.analytics.trials import TREATED
from tests.monitor.report.drawn import report
from tests.monitor.report.test_report import CHINESE, ENGLISH, UNSAID, VALUES, text

# Eight subjects whose values are 2, 4, ... 256, and whose deaths do not follow them.
DYING = {
    f"S-{n:03}": f"{TREATED}, 28 {'CR' if n in (1, 2, 3, 5) else 'NR'}, {380 + 3 * n % 8} dead" for n in range(1, 9)
}
ONE_DAY = {f"S-{n:03}": f"{TREATED}, 28 NR, {'380 dead' if n in (2, 4, 7) else '490 alive'}" for n in range(1, 9)}


@cache
def dying(*, with_blinded: bool = False) -> Report:
    return report(DYING, 500, VALUES, with_blinded=with_blinded)


@cache
def found(language: Language, *, with_blinded: bool = False) -> dict[str, Part]:
    """The parts of the report about regressions, by id."""
    with styled():
        return {each.id: each for each in parts(dying(with_blinded=with_blinded), Words(language)) if "surv" in each.id}


@cache
def section(language: Language, name: str, *, with_blinded: bool = False) -> str:
    """One part as the page has it."""
    with styled():
        return html_of_part(found(language, with_blinded=with_blinded)[name])


def marker_section(language: Language, *, with_blinded: bool) -> str:
    return section(language, "figure-marker-survival-diagnostics", with_blinded=with_blinded)


def test_shown_to_the_statistician_the_figure_has_the_form_of_the_marker_and_who_counts() -> None:
    said = marker_section("en", with_blinded=True)
    assert "<svg" in said
    assert "Form of the marker, log2" in text(said.encode())
    assert "subjects, in the order of their numbers" in said
    assert re.search(r"the marker, log2: S-00\d moves the coefficient most, by [\d.]+ standard errors; without", said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_the_marker_is_hidden_nobody_is_named_and_nothing_stands_over_its_values(language: Language) -> None:
    said = marker_section(language, with_blinded=False)
    assert "<svg" in said
    assert "S-00" not in said
    shown = text(said.encode())
    assert {"en": "subjects, by size", "zh": "受试者（按大小排列）"}[language] in shown
    assert {"en": "Form of the marker", "zh": "标志物（log2）的函数形式"}[language] not in shown
    assert {"en": "nobody is named", "zh": "也不标出受试者编号"}[language] in shown


def test_influences_by_size_do_not_say_whose_they_are() -> None:
    """Whatever the order of the subjects, the picture is the same: ids turned round give the same lines."""
    (result,) = (each for each in dying().results("cox") if each.id == "marker-survival")
    assert result.answer is not None
    turned = msgspec.json.decode(msgspec.json.encode(result))
    for influence in turned["answer"]["diagnostics"]["influences"]:
        influence["dfbetas"].reverse()
    again = msgspec.convert(turned, Result)
    with styled():
        figures = [diagnostic_figures.diagnostics(dying(), each, ENGLISH) for each in (result, again)]
        drawn = [svg_of(figure, "same", "") for figure in figures if figure is not None]
    assert len(drawn) == 2
    assert drawn[0] == drawn[1]


def test_residuals_beside_days_of_death_are_not_drawn_where_they_would_tell_the_marker() -> None:
    hidden = section("en", "figure-marker-survival-zph")
    assert "<svg" not in hidden
    assert "would tell values of the blinded marker" in hidden
    assert "<svg" in section("en", "figure-marker-survival-zph", with_blinded=True)
    assert "<svg" in section("en", "figure-response-survival-switch-zph"), "it reads no marker"


def test_a_regression_without_the_marker_names_who_counts_also_at_an_interim_look() -> None:
    said = section("en", "figure-response-survival-switch-diagnostics")
    assert re.search(r"S-00\d moves the coefficient most", said)


def test_the_chinese_page_says_it_in_chinese() -> None:
    said = text(marker_section("zh", with_blinded=True).encode())
    assert "标志物（log2）的函数形式" in said
    assert re.search(r"标志物（log2）：影响最大者（S-00\d）使系数移动 [\d.]+ 个标准误", said)
    assert "鞅残差" in said
    assert not UNSAID.search(said)


@pytest.mark.parametrize(
    ("language", "begins"), [("en", "Does the regression fit, and whom does it hang on?"), ("zh", "回归是否合适")]
)
def test_every_figure_says_to_who_does_not_see_it_what_it_shows(language: Language, begins: str) -> None:
    assert f'<svg role="img" aria-label="{begins}' in marker_section(language, with_blinded=True)


def test_why_the_test_of_proportional_hazards_cannot_be_made_is_said_in_both_languages() -> None:
    made = report(ONE_DAY, 500, VALUES, with_blinded=True)
    with styled():
        chinese, english = (
            next(each for each in parts(made, words) if each.id == "figure-marker-survival-zph").sentences
            for words in (CHINESE, ENGLISH)
        )
    assert chinese == ("无法进行比例风险检验：不同的事件时间过少，无法判断系数是否随时间变化。",)
    (sentence,) = english
    assert sentence.startswith(
        "The test of proportional hazards cannot be made: There are too few distinct event times"
    )


def test_many_covariates_fit_on_a_page() -> None:
    random = np.random.default_rng(1)
    design = cox_design(
        random.exponential(1, 60), np.ones(60), {f"x{place}": random.normal(size=60) for place in range(9)}
    )
    fit = fit_cox(design)
    told = msgspec.to_builtins(cox_diagnostics(design, fit, [place % 8 for place in range(60)]))
    told["rows"] = list(range(8))
    answer = {"fit": msgspec.to_builtins(fit), "diagnostics": told}
    result = Result(id="many", method="cox", title="", subjects=60, left_out={}, settings={}, answer=answer)
    with styled():
        figure = diagnostic_figures.diagnostics(dying(with_blinded=True), result, ENGLISH)
        assert figure is not None
        assert figure.get_figheight() <= HEIGHT_MAX


def test_a_guard_names_its_columns_in_chinese_too() -> None:
    stopping = guards.immortal_time("responded", "switch")
    labels = (
        guards.quantity_missing("log2_marker", 3, 40),
        msgspec.structs.replace(stopping, stops=False),
        guards.influential_subject("age_years", 1.81, (1.2, 0.037), (1.02, 0.86)),
    )
    result = Result(id="a", method="cox", title="", subjects=1, left_out={}, settings={}, labels=labels)
    missing, immortal, influential = tables.guards(result, CHINESE)
    assert missing.startswith("40 名受试者中有 3 名缺少“标志物（log2）”并被排除")
    assert immortal.startswith("“缓解”后来才知道，却自起点按其比较")
    assert (
        "使“年龄”的系数移动 1.81 个标准误：去掉该受试者后风险比为 1.02（p = 0.86），原为 1.2（p = 0.037）"
        in influential
    )
    bare = msgspec.structs.replace(labels[0], columns={})
    stored_before = msgspec.structs.replace(result, labels=(bare,))
    assert tables.guards(stored_before, CHINESE)[0].startswith("40 名受试者中有 3 名缺少“某列”并被排除")
