"""A cut named beforehand: who lies on which side, what is refused, and ratios that have no number or no interval."""

import pytest

from analytics.estimators.errors import Reason, Refused
from analytics.estimators.prespecified_cut import CutAccuracy, at_or_above, cut_accuracy
from analytics.estimators.roc import Direction

EXACT = ["exact"] * 3


def at(response: list[int], upper: list[bool], direction: Direction = Direction.HIGHER) -> CutAccuracy:
    return cut_accuracy(response, upper, cut=12.5, direction=direction)


def test_a_value_equal_to_the_cut_lies_on_the_upper_side() -> None:
    assert at_or_above([12.4, 12.5, 12.6], EXACT, 12.5).tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("value", "limit", "cut", "upper"),
    [
        # Below 1.5 is below a cut of 1.5 and above; above 5000 is above a cut of 5000 and below.
        (1.5, "below", 1.5, False),
        (1.5, "below", 2.0, False),
        (5000.0, "above", 5000.0, True),
        (5000.0, "above", 12.5, True),
    ],
)
def test_a_value_beyond_a_limit_lies_on_the_side_that_its_limit_tells(
    value: float, limit: str, cut: float, upper: bool
) -> None:
    assert at_or_above([value], [limit], cut).tolist() == [upper]


@pytest.mark.parametrize(
    ("value", "limit", "cut", "then"),
    [
        (1.5, "below", 1.4, "Name a cut at or above the limit."),
        (5000, "above", 5001, "Name a cut at or below the limit."),
    ],
)
def test_a_cut_among_what_is_censored_is_refused(value: float, limit: str, cut: float, then: str) -> None:
    with pytest.raises(Refused) as refused:
        at_or_above([value, 3.0], [limit, "exact"], cut)
    assert refused.value.reason is Reason.CUT_AMONG_CENSORED
    assert str(refused.value).startswith(f"1 of 2 subjects has a value that is only known to lie {limit} a limit")
    assert str(refused.value).endswith(then)
    assert at_or_above([3.0, 3.0], ["exact", "exact"], cut).shape == (2,), "nobody is censored there"


def test_a_kind_that_is_none_is_refused() -> None:
    with pytest.raises(Refused, match="one of exact, below, above"):
        at_or_above([1.0], ["about"], 1.0)


def test_where_lower_values_speak_for_the_response_the_lower_side_is_positive() -> None:
    found = at([1, 1, 0, 0], [False, True, True, True], Direction.LOWER)
    counts = (found.cases_positive, found.cases_negative, found.controls_positive, found.controls_negative)
    assert counts == (1, 1, 0, 2)


def test_a_side_without_controls_has_no_ratio_and_one_without_cases_has_no_interval() -> None:
    found = at([1, 1, 0, 0], [True, True, False, False])
    assert (found.sensitivity.value, found.specificity.value) == (1.0, 1.0)
    assert (found.positive_likelihood.value, found.positive_likelihood.missing) == (None, Reason.EMPTY_CELL)
    negative = found.negative_likelihood
    assert (negative.value, negative.lower, negative.interval_missing) == (0.0, None, Reason.EMPTY_CELL)


def test_where_everybody_lies_on_one_side_the_other_has_no_predictive_value() -> None:
    found = at([1, 0, 0], [True, True, True])
    assert found.negative_predictive is None
    assert found.positive_predictive is not None
    assert found.positive_predictive.value == pytest.approx(1 / 3)
    assert (found.positive_likelihood.value, found.positive_likelihood.interval_missing) == (1.0, Reason.NO_VARIATION)
    assert found.negative_likelihood.missing is Reason.EMPTY_CELL


def test_one_response_only_is_refused() -> None:
    with pytest.raises(Refused, match="Everybody has a response of 1"):
        at([1, 1], [True, False])
