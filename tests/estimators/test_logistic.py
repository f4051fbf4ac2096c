"""Logistic regression: separation found and named, Firth's fit where it is, and what the fits obey."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy.special import expit

from analytics.estimators import logistic
from analytics.estimators.errors import NoEstimate, Reason, Refused
from analytics.estimators.firth import fit_firth
from analytics.estimators.logistic import fit_logistic, odds_ratio
from analytics.estimators.logistic_design import LogisticDesign, logistic_design
from analytics.estimators.separation import Separation, SeparationKind, separation

NAN = math.nan


def design(response: Any, **covariates: Any) -> LogisticDesign:
    return logistic_design(response, covariates)


SEPARATED = {
    "nothing": ([0, 1, 0, 1], [1, 2, 3, 4], SeparationKind.NONE),
    "all of one response below": ([0, 0, 1, 1], [1, 2, 3, 4], SeparationKind.COMPLETE),
    "all of one response above": ([1, 1, 0, 0], [1, 2, 3, 4], SeparationKind.COMPLETE),
    "a tie at the border": ([0, 0, 1, 1], [1, 2, 2, 4], SeparationKind.QUASI),
    "a near case: one beyond the border": ([0, 0, 1, 1], [1, 3, 2, 4], SeparationKind.NONE),
    "nobody with the marker fails": ([0, 1, 0, 1, 1], [0, 0, 0, 1, 1], SeparationKind.QUASI),
    "one each": ([0, 1], [1, 2], SeparationKind.COMPLETE),
}


@pytest.mark.parametrize("name", SEPARATED)
def test_separation_has_its_kind(name: str):
    response, marker, kind = SEPARATED[name]
    found = separation(design(response, marker=marker))
    assert found.kind is kind
    assert found.covariates == found.enough == (("marker",) if kind is not SeparationKind.NONE else ())


def test_of_several_covariates_the_one_that_separates_is_named():
    # The marker separates by itself, so any coefficient of age may go with it to infinity.
    found = separation(design([0, 0, 0, 1, 1, 1], marker=[1, 2, 3, 4, 5, 6], age=[5, 3, 6, 4, 2, 7]))
    assert (found.kind, found.covariates, found.enough) == (SeparationKind.COMPLETE, ("marker", "age"), ("marker",))


def test_two_covariates_can_separate_only_together():
    one, other = [1, 2, 3, 2, 3, 4], [1, 2, 3, 0, 1, 2]  # the response is that one exceeds the other
    found = separation(design([0, 0, 0, 1, 1, 1], one=one, other=other))
    assert found == Separation(
        subjects=6, kind=SeparationKind.COMPLETE, covariates=("one", "other"), enough=("one", "other")
    )


def test_what_is_refused_for_separation_is_answered_by_firth():
    wanted = design([0, 1, 0, 1, 1], high=[0, 0, 0, 1, 1])
    with pytest.raises(Refused) as refused:
        fit_logistic(wanted)
    assert refused.value.reason is Reason.SEPARATION
    assert str(refused.value) == (
        "By high, who has the response is told but for ties from who has not: a coefficient would be infinite. Use "
        "Firth's regression and say so, or leave the covariate out."
    )
    found = fit_firth(wanted)
    # Firth's fit of a table of two by two adds one half to each cell: 2.5 of 0.5 against 1.5 of 2.5.
    assert found.coefficients[0].coefficient == pytest.approx(math.log((2.5 / 0.5) / (1.5 / 2.5)))
    assert found.method == "Firth's penalised likelihood"
    assert (found.subjects, found.responders, found.level) == (5, 3, 0.95)


FOUR, MARKER = [0, 1, 0, 1], [1, 2, 3, 4]
REFUSED: list[tuple[str, Callable[[], Any], Reason, str]] = [
    ("nobody", lambda: design([], x=[]), Reason.NOBODY, "There is nobody to estimate from yet."),
    ("one subject", lambda: design([1], x=[2]), Reason.ONE_GROUP, "Everybody has a response of 1"),
    ("no responders", lambda: design([0, 0, 0], x=[1, 2, 3]), Reason.ONE_GROUP, "Nobody has a response of 1"),
    ("all responders", lambda: design([1, 1, 1], x=[1, 2, 3]), Reason.ONE_GROUP, "Everybody has a response of 1"),
    ("all under LLOQ", lambda: design(FOUR, x=[2, 2, 2, 2]), Reason.CONSTANT, "The covariate x has one value for ev"),
    ("a value missing", lambda: design(FOUR, x=[2, NAN, 2, 1]), Reason.VALUES_MISSING, "1 of 4 subjects has no value"),
    ("a response missing", lambda: design([0, None, 1], x=[2, 3, 1]), Reason.VALUES_MISSING, "1 of 3 subjects has no"),
    ("a response of 2", lambda: design([0, 2, 1], x=[2, 3, 1]), Reason.RESPONSE_NOT_BINARY, "The column response is"),
    ("no covariates", lambda: design(FOUR), Reason.NO_COVARIATES, "A regression needs at least one covariate."),
    ("lengths", lambda: design(FOUR, x=[1, 2]), Reason.LENGTHS_DIFFER, "The column covariates has 2 values"),
    ("twice", lambda: design(FOUR, x=MARKER, y=[2, 4, 6, 8]), Reason.COLLINEAR, "A covariate follows from the others"),
    (
        "more covariates than subjects",
        lambda: design([0, 1], x=[1, 2], y=[3, 1]),
        Reason.COLLINEAR,
        "A covariate follows from the others, or there are more of them than subjects",
    ),
    ("level", lambda: fit_logistic(design(FOUR, x=MARKER), level=2), Reason.SETTING_OUT_OF_RANGE, "The level of an"),
    ("Firth's level", lambda: fit_firth(design(FOUR, x=MARKER), level=0), Reason.SETTING_OUT_OF_RANGE, "The level"),
    (
        "an odds ratio beyond all numbers",
        lambda: odds_ratio(fit_logistic(design(FOUR, x=[each * 1e-4 for each in MARKER])).coefficients[0]),
        Reason.UNIT_TOO_LARGE,
        "The odds ratio of one unit of x is beyond all numbers",
    ),
]


@pytest.mark.parametrize(("_", "call", "reason", "begins"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_fitted_is_refused_in_a_sentence(_: str, call: Callable[[], Any], reason: Reason, begins: str):
    with pytest.raises(Refused) as refused:
        call()
    assert refused.value.reason is reason
    assert str(refused.value).startswith(begins)


def test_an_odds_ratio_is_the_exponential_of_what_is_told():
    # 3 of 4 with the marker respond, 1 of 4 without: odds of 3 and of 1 / 3.
    coefficient = fit_logistic(design([1, 1, 1, 0, 1, 0, 0, 0], x=[1, 1, 1, 1, 0, 0, 0, 0])).coefficients[0]
    found = odds_ratio(coefficient)
    assert found.value == pytest.approx(9)
    assert found.wald_lower == pytest.approx(math.exp(coefficient.wald_lower))
    assert coefficient.profile_upper is not None
    assert found.profile_upper == pytest.approx(math.exp(coefficient.profile_upper))


ROWS = st.lists(st.tuples(st.booleans(), st.integers(-3, 3), st.integers(0, 4)), min_size=4, max_size=25)


def drawn(rows: list[tuple[bool, int, int]], unit: float = 1.0, *, turned: bool = False) -> LogisticDesign:
    response, first, second = (list(each) for each in zip(*rows, strict=True))
    try:
        return design([each != turned for each in response], x=[each * unit for each in first], y=second)
    except Refused:
        assume(False)
        raise


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=12))
def test_one_covariate_separates_where_its_ranges_do_not_overlap(rows: list[tuple[bool, int]]):
    case, control = ([value for has, value in rows if has is wanted] for wanted in (True, False))
    assume(case and control and len({*case, *control}) > 1)
    found = separation(design([has for has, _ in rows], x=[value for _, value in rows])).kind
    if min(case) > max(control) or max(case) < min(control):
        assert found is SeparationKind.COMPLETE
    elif min(case) >= max(control) or max(case) <= min(control):
        assert found is SeparationKind.QUASI
    else:
        assert found is SeparationKind.NONE


@settings(deadline=None, max_examples=25)
@given(ROWS)
def test_at_the_fit_the_expected_responses_are_those_seen(rows: list[tuple[bool, int, int]]):
    wanted = drawn(rows)
    assume(separation(wanted).kind is SeparationKind.NONE)
    fit = fit_logistic(wanted)
    values = np.array([fit.intercept.coefficient, *(each.coefficient for each in fit.coefficients)])
    columns = np.column_stack((np.ones(wanted.subjects), wanted.covariates))
    assert columns.T @ expit(columns @ values) == pytest.approx(columns.T @ wanted.response, abs=1e-7)
    for each in fit.coefficients:
        assert each.profile_lower is not None
        assert each.profile_upper is not None
        assert each.profile_lower < each.coefficient < each.profile_upper


# Symmetric in the response: held far enough, the coefficient of x leaves two summits, and the way to them a saddle.
ON_A_SADDLE = [(False, 3, 1), (True, 1, 0), (True, -2, 0), (True, -3, 1)]


@settings(deadline=None, max_examples=15)
@given(ROWS)
@example(ON_A_SADDLE)
def test_firths_fit_is_finite_and_turns_with_the_response_and_the_unit(rows: list[tuple[bool, int, int]]):
    fit, turned, scaled = (
        fit_firth(drawn(rows, unit, turned=turn)) for unit, turn in ((1, False), (1, True), (10, False))
    )
    for mine, other, larger in zip(fit.coefficients, turned.coefficients, scaled.coefficients, strict=True):
        unit = 10 if mine.name == "x" else 1
        assert other.coefficient == pytest.approx(-mine.coefficient, abs=1e-6)
        assert mine.profile_lower is not None
        assert mine.profile_upper is not None
        assert other.profile_lower == pytest.approx(-mine.profile_upper, rel=1e-5, abs=1e-6)
        assert larger.coefficient * unit == pytest.approx(mine.coefficient, abs=1e-6)
        assert mine.profile_lower < mine.coefficient < mine.profile_upper
    assert scaled.likelihood_ratio.statistic == pytest.approx(fit.likelihood_ratio.statistic, abs=1e-6)


def test_a_limit_beyond_a_saddle_is_on_the_higher_side_of_it():
    x = fit_firth(drawn(ON_A_SADDLE)).coefficients[0]
    # scipy 1.17.1: Nelder-Mead from a grid of starts over the two others, and bisection to where it has fallen enough.
    assert (x.profile_lower, x.profile_upper) == pytest.approx((-1.35739419, 0.31949444), abs=1e-5)


def test_a_profile_that_cannot_be_followed_takes_only_its_own_limits_away():
    def flat(value: float) -> float:
        if value < 0.5:
            raise NoEstimate(Reason.SEPARATION, "Too flat.")
        return -10 - (value - 1) ** 2 / (2 * 0.25)

    found = logistic.tested("x", value=1.0, std_err=0.5, profile=flat, highest=-10.0, reach=1.96, scale=1.0)
    assert (found.coefficient, found.wald_lower, found.wald_upper) == pytest.approx((1.0, 0.02, 1.98))
    assert (found.profile_lower, found.likelihood_ratio) == (None, None)
    assert found.profile_upper == pytest.approx(1.98)
    assert found.profile_missing is Reason.SEPARATION
    ratio = odds_ratio(found)
    assert ratio.profile_lower is None
    assert ratio.profile_upper == pytest.approx(math.exp(1.98))
