"""A cut that stands in the plan: of a ROC analysis, and of a column whose two sides are compared."""

import pytest

from analytics.analysis_numbers import figures_of
from analytics.plans.guards import Guard
from analytics.plans.lines import lines
from analytics.plans.plan import PlanError
from analytics.plans.results import Result
from tests.plans.tables import answered, made, plan_of

COLUMNS = """
name = "cut"
[columns]
marker = { kind = "number", limit = "limit", assay = "platform" }
limit = { kind = "label" }
platform = { kind = "label" }
log2_marker = { kind = "number", log2_of = "marker", limit = "limit" }
high = { kind = "yes-no", cut_of = "marker", cut_at = 8 }
low_limit = { kind = "yes-no", cut_of = "marker", cut_at = 1.5 }
responded = { kind = "yes-no" }
time = { kind = "number" }
died = { kind = "yes-no" }
"""
ROC = 'id = "x"\nmethod = "roc"\noutcome = "responded"\ncases = "lower"\n'
# Below 2, 3, 7.99, 8, 8 and above 64; who lies below 8 responds more often.
MARKER = [2.0, 3.0, 7.99, 8.0, 8.0, 64.0]
LIMIT = ["below", "exact", "exact", "exact", "exact", "above"]
RESPONDED = [True, True, False, True, False, False]
TIME = [9.0, 8.0, 7.0, 3.0, 2.0, 1.0]


def cut(estimate: str, columns: str = COLUMNS, **others: list) -> Result:
    given: dict[str, list] = {
        "marker": MARKER,
        "limit": LIMIT,
        "platform": ["A"] * 6,
        "responded": RESPONDED,
        "time": TIME,
        "died": [True] * 6,
    }
    return made(columns, estimate, **{**given, **others})


@pytest.mark.parametrize("asked", ['marker = "marker"\ncut = 8', 'marker = "log2_marker"\ncut = 3'])
def test_a_cut_is_in_the_unit_of_its_column_and_an_equal_value_is_on_its_upper_side(asked: str) -> None:
    found = answered(cut(ROC + asked))["at_cut"]
    assert (found["cases_positive"], found["cases_negative"]) == (2, 1)
    assert (found["controls_positive"], found["controls_negative"]) == (1, 2)
    # binom.test(2, 3) in R 4.2.2: 0.09429932 to 0.99159624.
    limits = found["sensitivity"]
    assert (limits["lower"], limits["upper"]) == pytest.approx((0.09429932, 0.99159624), rel=1e-6)


def test_beside_a_named_cut_none_is_chosen_and_without_one_youdens_is() -> None:
    named, chosen = cut(ROC + 'marker = "marker"\ncut = 8\nbootstraps = 4'), cut(ROC + 'marker = "marker"')
    assert Guard.CUTOFF_FROM_SAME_DATA not in {label.guard for label in named.labels}
    assert (answered(named)["cuts"], answered(named)["cut_optimism"]) == (None, None)
    assert answered(named)["cuts_missing"] == "The plan names the cut, so none is chosen from the data."
    assert Guard.CUTOFF_FROM_SAME_DATA in {label.guard for label in chosen.labels}
    assert answered(chosen)["at_cut"] is None


def test_a_cut_among_what_is_censored_leaves_the_curve_and_says_why_it_is_not_judged() -> None:
    result = cut(ROC + 'marker = "log2_marker"\ncut = 0.5')
    assert answered(result)["at_cut"] is None
    assert answered(result)["auc"]["value"] == pytest.approx(7.5 / 9)
    (said,) = [line for line in lines(result) if "the plan's cut" in line]
    assert "1 of 6 subjects has a value that is only known to lie below a limit" in said


def test_what_a_cut_does_is_numbers_with_a_history() -> None:
    named = {each.key: each for each in figures_of(cut(ROC + 'marker = "marker"\ncut = 8'))}
    assert list(named) == [
        *("area", "sensitivity", "specificity", "positive-predictive", "negative-predictive"),
        *("positive-likelihood", "negative-likelihood"),
    ]
    assert (named["sensitivity"].count, named["sensitivity"].of) == (2, 3)
    open_ = {each.key: each for each in figures_of(cut(ROC + 'marker = "log2_marker"\ncut = 0.5'))}
    assert list(open_) == ["area", "sensitivity", "specificity"]
    assert (open_["sensitivity"].value, open_["sensitivity"].missing) == (None, "cut-among-censored")


def test_what_a_cut_does_is_told_in_lines() -> None:
    told = [line.strip() for line in lines(cut(ROC + 'marker = "marker"\ncut = 8'))]
    assert "the plan's cut 8: 2 cases and 1 controls below it" in told
    assert "sensitivity: 0.6667 [0.0943, 0.9916] exact" in told
    assert "negative predictive value: 0.6667 [0.0943, 0.9916] exact" in told


def test_survival_is_compared_between_the_sides_of_a_cut() -> None:
    curves = answered(cut('id = "x"\nmethod = "kaplan-meier"\ntime = "time"\nevent = "died"\nby = "high"'))["groups"]
    assert [(each["group"], each["curve"]["time"]) for each in curves] == [
        ("no", [7.0, 8.0, 9.0]),
        ("yes", [1.0, 2.0, 3.0]),
    ]
    shares = answered(cut('id = "x"\nmethod = "proportion"\noutcome = "responded"\nby = "high"'))["groups"]
    assert [(each["group"], each["exact"]["count"], each["exact"]["of"]) for each in shares] == [
        ("no", 2, 3),
        ("yes", 1, 3),
    ]


def test_estimates_that_read_a_cut_among_what_is_censored_are_refused_and_the_others_are_not() -> None:
    refused = cut('id = "x"\nmethod = "log-rank"\ntime = "time"\nevent = "died"\ngroup = "low_limit"').refused
    assert refused is not None
    assert refused.reason == "cut-among-censored"
    assert refused.sentence.endswith("Name a cut at or above the limit.")
    assert cut('id = "x"\nmethod = "log-rank"\ntime = "time"\nevent = "died"\ngroup = "high"').refused is None


def test_without_a_column_of_limits_who_is_below_quantification_counts() -> None:
    columns = COLUMNS.replace('limit = "limit", assay', 'below = "under", assay') + 'under = { kind = "yes-no" }\n'
    asked = 'id = "x"\nmethod = "proportion"\noutcome = "responded"\nby = "low_limit"'
    under = [True, *[False] * 5]
    at_two = cut(asked, columns.replace("cut_at = 1.5", "cut_at = 2"), under=under)
    # Below 2 is not 2: the one who is below quantification is alone on the lower side.
    assert [each["exact"]["of"] for each in answered(at_two)["groups"]] == [1, 5]
    assert cut(asked, columns, under=under).refused is not None


def test_a_missing_value_has_no_side() -> None:
    asked = 'id = "x"\nmethod = "proportion"\noutcome = "responded"\nby = "high"\nmissing = "leave-out"'
    result = cut(asked, marker=[None, *MARKER[1:]])
    assert result.left_out == {"value-missing": 1}
    assert Guard.QUANTITY_MISSING in {label.guard for label in result.labels}


def test_a_cut_is_guarded_as_the_column_that_it_is_of() -> None:
    by = 'id = "x"\nmethod = "log-rank"\ntime = "time"\nevent = "died"\ngroup = "high"'
    two = cut(by, platform=["A", "B"] * 3)
    assert two.refused is not None
    assert two.refused.reason == "mixed-assays"
    late = cut(by, COLUMNS.replace('kind = "number", limit', 'kind = "number", known = "later", limit'))
    assert late.refused is not None
    assert late.refused.reason == "immortal-time"


@pytest.mark.parametrize(
    ("column", "what"),
    [
        ('kind = "yes-no", cut_of = "marker"', "has one of cut_of and cut_at"),
        ('kind = "yes-no", cut_at = 3', "has one of cut_of and cut_at"),
        ('kind = "label", cut_of = "marker", cut_at = 3', "is not that of a cut"),
        ('kind = "yes-no", cut_of = "log2_marker", cut_at = 3', "names a logarithm"),
        ('kind = "yes-no", cut_of = "limit", cut_at = 3', "names no number column"),
        ('kind = "yes-no", cut_of = "marker", cut_at = inf', "is no number"),
        ('kind = "yes-no", cut_of = "marker", cut_at = 3, log2_of = "marker"', "is made of two columns"),
    ],
)
def test_a_column_of_a_cut_that_makes_no_sense_is_refused(column: str, what: str) -> None:
    with pytest.raises(PlanError) as wrong:
        plan_of(COLUMNS + f"odd = {{ {column} }}\n", ROC + 'marker = "marker"')
    assert what in [problem.what for problem in wrong.value.problems]


def test_a_cut_without_an_end_is_refused() -> None:
    with pytest.raises(PlanError, match="is no number"):
        plan_of(COLUMNS, ROC + 'marker = "marker"\ncut = inf')


def test_a_marker_that_separates_has_an_area_without_optimism() -> None:
    apart = [True, True, True, False, False, False]
    answer = answered(cut(ROC + 'marker = "marker"\nbootstraps = 50', responded=apart))
    area = answer["auc_optimism"]
    assert (area["apparent"], area["optimism"], area["corrected"]) == (1.0, 0.0, 1.0)
    assert 0 < area["left_out"] < 10, "one response only, a chance of 1 in 32"
    assert answer["cut_optimism"]["optimism"]["apparent"] == 1.0


def test_a_cut_whose_sides_have_an_infinite_hazard_ratio_stands_without_its_optimism() -> None:
    # All deaths are above the cut.
    asked = 'id = "x"\nmethod = "cutpoint"\ntime = "time"\nevent = "died"\nmarker = "other"\nbootstraps = 5'
    result = made(
        COLUMNS + 'other = { kind = "number" }\n',
        asked,
        **{name: [None] * 10 for name in ("marker", "limit", "platform", "responded")},
        time=[9.0, 9.0, 9.0, 9.0, 9.0, 5.0, 4.0, 3.0, 2.0, 1.0],
        died=[False] * 5 + [True] * 5,
        other=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0],
    )
    answer = answered(result)
    assert answer["selected"]["cut"] == 5.0
    assert answer["optimism"] is None
    assert "the hazard ratio of its sides is infinite" in answer["optimism_missing"]["sentence"]
    assert any("optimism of the cut: Every event lies on one side" in line for line in lines(result))
    assert Guard.SEPARATION not in {label.guard for label in result.labels}
