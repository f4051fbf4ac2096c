"""Restricted cubic splines: where the knots lie, straight beyond them, and what is too little for a curve."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.estimators.errors import Reason, Refused
from analytics.estimators.spline_basis import spline_basis, spline_knots
from analytics.estimators.splines import SplineModel, cox_spline, logistic_spline, spline_curve

ELEVEN = list(range(11))


def test_of_few_subjects_the_outer_knots_are_the_fifth_from_each_end():
    assert spline_knots(ELEVEN, 3) == (4.0, 5.0, 6.0)


def test_of_many_subjects_the_knots_are_quantiles():
    assert spline_knots(range(201), 3) == pytest.approx((20, 100, 180))
    assert spline_knots(range(201), 5) == pytest.approx((10, 55, 100, 145, 190))


def test_values_tied_at_the_lower_limit_move_the_first_knot_above_it():
    # R 4.2.2, Hmisc 4.8-0: rcspline.eval(c(rep(0, 20), 1:100), nk = 4, knots.only = TRUE)
    assert spline_knots([0] * 20 + [*range(1, 101)], 4) == pytest.approx((1.0, 6.9, 51.0, 96.0))


def test_a_column_is_straight_beyond_the_outer_knots_and_zero_before_the_first():
    columns = spline_basis([0, 1, 2, 8, 9, 10], (2, 4, 6, 7))
    assert columns.shape == (6, 3)
    assert (columns[:3, 1:] == 0).all()
    assert columns[4] - columns[3] == pytest.approx(columns[5] - columns[4])


def test_the_curve_is_zero_at_its_reference_and_wider_away_from_it():
    response = [0, 1] * 15
    fit = logistic_spline(response, [float(each % 13) + each / 50 for each in range(30)], knots=3)
    curve = spline_curve(fit, [1.0, 6.0, 12.0], reference=6.0)
    assert (curve.value[1], curve.lower[1], curve.upper[1]) == (0.0, 0.0, 0.0)
    assert curve.lower[0] < curve.value[0] < curve.upper[0]
    assert (fit.model, fit.subjects, fit.events, curve.level) == (SplineModel.LOGISTIC, 30, 15, 0.95)


def test_knots_can_be_named():
    fit = cox_spline(range(1, 31), [1, 0, 1] * 10, [each * 7 % 30 for each in range(30)], knots=(5, 15, 25))
    assert fit.knots == (5.0, 15.0, 25.0)
    assert (fit.model, fit.non_linear_wald.df, fit.overall_ratio.df) == (SplineModel.COX, 1, 2)


THIRTY = [float(each) for each in range(30)]
REFUSED: list[tuple[str, Callable[[], Any], Reason, str]] = [
    ("nobody", lambda: logistic_spline([], []), Reason.NOBODY, "There is nobody to estimate from yet."),
    ("nobody, Cox", lambda: cox_spline([], [], []), Reason.NOBODY, "There is nobody to estimate from yet."),
    ("one subject", lambda: logistic_spline([1], [2]), Reason.TOO_FEW_VALUES, "The marker has too few different val"),
    ("all under LLOQ", lambda: logistic_spline([0, 1] * 10, [2] * 20), Reason.TOO_FEW_VALUES, "The marker has too few"),
    ("no responders", lambda: logistic_spline([0] * 30, THIRTY), Reason.ONE_GROUP, "Nobody has a response of 1"),
    ("no events", lambda: cox_spline(range(30), [0] * 30, THIRTY), Reason.NO_EVENTS, "There are no events yet"),
    ("2 knots", lambda: spline_knots(THIRTY, 2), Reason.SETTING_OUT_OF_RANGE, "A spline has from 3 to 7 knots."),
    ("knots that fall", lambda: spline_basis([1, 2], (3, 2, 1)), Reason.SETTING_OUT_OF_RANGE, "The knots of a spline"),
    (
        "as many values as knots",
        lambda: spline_knots([1, 2, 3, 4, 5] * 10, 4),
        Reason.TOO_FEW_VALUES,
        "The marker has too few different values for 4 knots",
    ),
    ("lengths", lambda: cox_spline([1], [1], THIRTY), Reason.LENGTHS_DIFFER, "The column marker has 30 values"),
    ("missing", lambda: spline_knots([*THIRTY, None], 3), Reason.VALUES_MISSING, "1 of 31 subjects has no value"),
    (
        "separation",
        lambda: logistic_spline([0] * 15 + [1] * 15, THIRTY),
        Reason.SEPARATION,
        "By marker, who has the response is told completely from who has not",
    ),
    (
        "knots beyond all values",
        lambda: logistic_spline([0, 1] * 15, THIRTY, knots=(50, 60, 70)),
        Reason.CONSTANT,
        "The covariate marker' has one value for everybody",
    ),
]


@pytest.mark.parametrize(("_", "call", "reason", "begins"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_is_too_little_for_a_curve_is_refused_in_a_sentence(
    _: str, call: Callable[[], Any], reason: Reason, begins: str
):
    with pytest.raises(Refused) as refused:
        call()
    assert refused.value.reason is reason
    assert str(refused.value).startswith(begins)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(-50, 50), min_size=3, max_size=6, unique=True).map(sorted), st.floats(-80, 80))
def test_the_columns_have_no_step_in_value_slope_or_bend(knots: list[int], at: float):
    step = 1e-3
    near = spline_basis([at - step, at, at + step, at + 2 * step], knots)
    # The third difference is that of a cubic, and the second changes by no more than it over one step.
    bends = np.diff(near, n=2, axis=0) / step**2
    assert np.abs(np.diff(bends, axis=0)).max() <= 12 * step / (knots[-1] - knots[0]) ** 2 * 100 + 1e-3
