"""Who sees values of a blinded marker, and what of each method's answer says them."""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pytest

from analytics.disclosure import disclosed, hidden_columns, is_withheld
from analytics.plans.lines import lines
from analytics.plans.plan import parse_plan
from analytics.plans.registry import METHODS
from analytics.plans.results import Result
from analytics.plans.running import run
from analytics.plans.table import Table
from analytics.study_table import MARKER_COLUMNS
from schemas.study import StudyDefinition
from tests.analytics.folders import EVERY_METHOD, made
from tests.rules.drawn import STUDY

HIDDEN = ("x", "limit")
TIMED = 'time = "time"\nevent = "event"\n'
LOG2 = 'marker = "log2_x"\n'
ASKED = {
    "kaplan-meier": TIMED + 'by = "high"',
    "log-rank": TIMED + 'group = "high"',
    "cox": TIMED + 'covariates = ["log2_x", "age"]',
    "cumulative-incidence": 'time = "time"\ncause = "cause"\ncensored = "none"\nby = "high"',
    "gray": 'time = "time"\ncause = "cause"\ncensored = "none"\nof = "relapse"\ngroup = "high"',
    "proportion": 'outcome = "good"\nby = "high"',
    "agreement": 'first = "limit"\nsecond = "first"',
    "logistic": 'outcome = "good"\ncovariates = ["log2_x"]',
    "roc": 'outcome = "good"\ncases = "higher"\nbootstraps = 8\n' + LOG2,
    "cutpoint": TIMED + LOG2 + "bootstraps = 8",
    "censored-means": 'value = "x"\nlimit = "limit"\nby = "arm"',
    "spline": 'outcome = "good"\n' + LOG2,
}
"""By method, an estimate that reads the marker."""

WITHHELD = {
    "kaplan-meier": ["groups.curve"],
    "log-rank": [],
    "cox": [
        *("proportional_hazards.residuals.scaled", "diagnostics.rows", "diagnostics.martingale"),
        *("diagnostics.forms.covariate", "diagnostics.forms.smooth", "diagnostics.leaving_out.most.row"),
        *("diagnostics.leaving_out.opposite.row", "diagnostics.influences.dfbeta", "diagnostics.influences.dfbetas"),
    ],
    "cumulative-incidence": ["groups.curves"],
    "gray": [],
    "proportion": [],
    "agreement": ["differing"],
    "logistic": [],
    "roc": ["curve.cut", "cuts.cuts.cut", "cut_optimism.cut", "cut_optimism.lower", "cut_optimism.upper"],
    "cutpoint": [
        *("selected.cut", "selected.tied", "selected.cuts"),
        *("optimism.cut", "optimism.lower", "optimism.upper"),
    ],
    "censored-means": ["groups.mean", "groups.lower", "groups.upper"],
    "spline": ["fit.knots", "curve.reference", "curve.at"],
}


def estimated(table: Table | None = None, **asked: str) -> list[Result]:
    head = EVERY_METHOD.partition("[[estimates]]")[0]
    estimates = "".join(
        f'[[estimates]]\nid = "{method}"\nmethod = "{method}"\nmissing = "leave-out"\n{said}\n'
        for method, said in (asked or ASKED).items()
    )
    return list(run(parse_plan((head + estimates).encode()), table or made()).results)


@pytest.fixture(scope="module")
def whole() -> dict[str, Result]:
    found = {each.method: each for each in estimated()}
    assert all(each.answer is not None for each in found.values())
    return found


def shown(result: Result) -> Result:
    (found,) = disclosed([result], HIDDEN)
    return found


def leaves(told: Any) -> Iterator[float]:
    if isinstance(told, dict | list):
        for each in told.values() if isinstance(told, dict) else told:
            yield from leaves(each)
    elif isinstance(told, float):
        yield told


UNBLINDED = msgspec.structs.replace(
    STUDY, analytes=tuple(msgspec.structs.replace(each, blinded=False) for each in STUDY.analytes)
)


@pytest.mark.parametrize(
    ("study", "sees", "hidden"),
    [
        (STUDY, False, MARKER_COLUMNS),
        (STUDY, True, ()),
        (UNBLINDED, False, ()),
        (msgspec.structs.replace(STUDY, marker=None), False, ()),
        # An analyte that the definition does not know is taken to be blinded.
        (msgspec.structs.replace(UNBLINDED, analytes=()), False, MARKER_COLUMNS),
    ],
    ids=["blinded", "a role that may see", "not blinded", "no marker", "an unknown analyte"],
)
def test_a_blinded_markers_columns_are_hidden_from_roles_that_may_not_see(
    study: StudyDefinition, sees: bool, hidden: tuple[str, ...]
) -> None:
    assert hidden_columns(study, sees_values=sees) == hidden


@pytest.mark.parametrize("method", METHODS)
def test_of_each_method_these_parts_are_withheld_and_named(whole: dict[str, Result], method: str) -> None:
    found = shown(whole[method])
    named = [part for label in found.labels for part in label.columns.get("parts", ())]
    assert named == WITHHELD[method]
    assert is_withheld(found) is bool(WITHHELD[method])


@pytest.mark.parametrize("method", METHODS)
def test_no_value_and_nothing_between_two_values_is_shown(whole: dict[str, Result], method: str) -> None:
    values = np.unique([each for each in made().columns["x"] if isinstance(each, float)])
    scales = [values, np.log2(values), np.log2(values / 2)]
    told = {round(float(each), 9) for scale in scales for each in (*scale, *(scale[1:] + scale[:-1]) / 2)}
    told = {each for each in told if not each.is_integer()}
    assert {round(each, 9) for each in leaves(shown(whole[method]).answer)}.isdisjoint(told)
    # The means alone are no subject's value and lie between none; they are withheld where one of a group is the mean.
    says_values = method in ("roc", "cutpoint", "spline", "cox")
    assert {round(each, 9) for each in leaves(whole[method].answer)}.isdisjoint(told) is not says_values


@pytest.mark.parametrize("method", ["roc", "cutpoint"])
def test_what_is_shown_of_ranks_is_the_same_whatever_the_values_are(method: str) -> None:
    asked = {method: ASKED[method].replace("log2_x", "other")}
    table = made()
    moved = tuple(None if each is None else float(each) * 2 + 7 for each in table.columns["other"])
    other = msgspec.structs.replace(table, columns={**table.columns, "other": moved})
    first, second = (next(iter(disclosed(estimated(each, **asked), ("other",)))) for each in (table, other))
    assert first.answer is not None
    assert [msgspec.json.encode(first.answer)] == [msgspec.json.encode(second.answer)]


def test_what_is_withheld_is_null_and_has_the_word_beside_it(whole: dict[str, Result]) -> None:
    answer = shown(whole["roc"]).answer
    assert answer is not None
    assert (answer["curve"]["cut"], answer["curve"]["cut_missing"]) == (None, "withheld")
    assert [each["cut"] for each in answer["cuts"]["cuts"]] == [None] * len(answer["cuts"]["cuts"])
    original = whole["roc"].answer
    assert original is not None
    assert answer["auc"] == original["auc"]
    assert answer["curve"]["sensitivity"] == original["curve"]["sensitivity"]
    assert len(original["curve"]["cut"]) > 50, "what was given stays as it was"


@pytest.mark.parametrize("method", METHODS)
def test_what_does_not_read_a_hidden_column_is_the_same(whole: dict[str, Result], method: str) -> None:
    (found,) = disclosed([whole[method]], ("arm_not_read",))
    assert found is whole[method]
    assert "x" in (whole[method].reads or ()) or method == "agreement"


def test_whose_an_influence_is_is_not_said(whole: dict[str, Result]) -> None:
    answer, original = shown(whole["cox"]).answer, whole["cox"].answer
    assert answer is not None
    assert original is not None
    influences = [each["diagnostics"]["influences"][0]["dfbetas"] for each in (answer, original)]
    assert influences[0] == sorted(influences[1]) != influences[1]


def test_residuals_over_another_covariate_of_the_study_are_shown() -> None:
    head = EVERY_METHOD.partition("[[estimates]]")[0].replace("age =", "age_years =")
    asked = '[[estimates]]\nid = "a"\nmethod = "cox"\nmissing = "leave-out"\n' + ASKED["cox"].replace(
        "age", "age_years"
    )
    table = made()
    columns = {("age_years" if name == "age" else name): each for name, each in table.columns.items()}
    (result,) = run(parse_plan((head + asked).encode()), msgspec.structs.replace(table, columns=columns)).results
    answer = shown(result).answer
    assert answer is not None
    forms = {each["name"]: each["covariate"] is None for each in answer["diagnostics"]["forms"]}
    assert forms == {"log2_x": True, "age_years": False}


def test_a_cut_of_the_plan_is_shown_and_the_cuts_of_the_curve_are_not() -> None:
    (result,) = estimated(roc='outcome = "good"\ncases = "higher"\ncut = 3\n' + LOG2)
    answer = shown(result).answer
    assert answer is not None
    assert answer["at_cut"]["cut"] == 3.0
    assert answer["curve"]["cut"] is None


@pytest.mark.parametrize(("method", "withheld"), [("roc", True), ("cox", True), ("kaplan-meier", False)])
def test_what_was_stored_before_it_said_what_it_reads_is_taken_to_read_the_marker_where_it_can(
    whole: dict[str, Result], method: str, withheld: bool
) -> None:
    old = msgspec.structs.replace(whole[method], reads=None)
    assert is_withheld(shown(old)) is withheld


@pytest.mark.parametrize("method", METHODS)
def test_every_answer_is_told_in_lines_with_what_is_withheld_left_out(whole: dict[str, Result], method: str) -> None:
    told = "\n".join(lines(shown(whole[method])))
    says = {"roc", "cutpoint", "censored-means", "spline", "agreement", "cox"}
    assert ("withheld" in told.partition("\n  ! ")[0]) is (method in says)
