"""Values beyond the limits of an assay: how each counts, and what is refused."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analytics.estimators.censored_normal import censored_means
from analytics.estimators.errors import InputRefused, Reason, Refused
from analytics.estimators.limits import BelowLimit, log2_values

THREE = ([1.5, 6.0, 5000.0], ["below", "exact", "above"])


def test_a_value_below_the_limit_counts_as_half_of_it():
    found = log2_values(*THREE)
    assert found.values == pytest.approx((math.log2(0.75), math.log2(6), math.log2(5000)))
    assert (found.below, found.above) == ((True, False, False), (False, False, True))
    assert (found.method, found.subjects) == (BelowLimit.HALF, 3)


def test_as_sensitivity_it_counts_as_the_limit():
    found = log2_values(*THREE, below=BelowLimit.LIMIT)
    assert found.values[0] == pytest.approx(math.log2(1.5))
    assert found.method is BelowLimit.LIMIT


def test_zero_for_it_is_refused():
    with pytest.raises(InputRefused) as refused:
        log2_values(*THREE, below=BelowLimit.ZERO)
    assert refused.value.reason is Reason.ZERO_FILL
    assert str(refused.value).startswith("A value below the limit is not zero, and zero has no logarithm")


def test_without_limits_the_censored_mean_is_the_mean():
    found = censored_means([2, 8, 4, 16], ["exact"] * 4, ["a", "a", "b", "b"])
    assert [each.mean for each in found.groups] == pytest.approx([2, 3])
    assert found.std_dev == pytest.approx(1)  # maximum likelihood: divided by 4, not by 2
    assert found.groups[0].std_err == pytest.approx(1 / math.sqrt(2))
    # Twice the difference of the likelihoods: 4 * log of the ratio of the variances, 1.25 of all and 1 within.
    assert found.likelihood_ratio is not None
    assert found.likelihood_ratio.statistic == pytest.approx(4 * math.log(1.25))


def test_one_group_has_a_mean_and_no_test():
    found = censored_means([2, 8, 4], ["exact", "exact", "below"])
    assert [each.group for each in found.groups] == ["all"]
    assert found.likelihood_ratio is None
    assert (found.subjects, found.below, found.above) == (3, 1, 0)


def test_a_mean_lies_below_what_half_of_the_limit_would_have_it_where_most_are_below():
    values, limits = [1, 1, 1, 1, 2, 4], ["below"] * 4 + ["exact"] * 2
    (found,) = censored_means(values, limits).groups
    assert found.mean < np.mean(log2_values(values, limits).values)


EXACT = ["exact", "exact"]
REFUSED: list[tuple[str, Callable[[], Any], Reason, str]] = [
    ("nobody", lambda: log2_values([], []), Reason.NOBODY, "There is nobody to estimate from yet."),
    ("nobody's mean", lambda: censored_means([], []), Reason.NOBODY, "There is nobody to estimate from yet."),
    ("zero", lambda: log2_values([0, 1], EXACT), Reason.NOT_POSITIVE, "A value or limit of zero or below has no loga"),
    ("missing", lambda: log2_values([None, 1], EXACT), Reason.VALUES_MISSING, "1 of 2 subjects has no value in value"),
    ("kind", lambda: log2_values([2, 1], ["exact", "<"]), Reason.NAME_UNKNOWN, "The column limit has one of exact, be"),
    ("lengths", lambda: log2_values([2, 1], ["exact"]), Reason.LENGTHS_DIFFER, "The column limit has 1 values"),
    (
        "all under LLOQ",
        lambda: censored_means([1.5, 1.5], ["below", "below"]),
        Reason.ALL_BEYOND_LIMIT,
        "All values of the group all lie below a limit",
    ),
    (
        "one group all under LLOQ",
        lambda: censored_means([1.5, 1.5, 3, 4], ["below", "below", "exact", "exact"], ["a", "a", "b", "b"]),
        Reason.ALL_BEYOND_LIMIT,
        "All values of the group a lie below a limit",
    ),
    (
        "all above the upper limit",
        lambda: censored_means([9, 9], ["above", "above"]),
        Reason.ALL_BEYOND_LIMIT,
        "All values of the group all lie above a limit",
    ),
    ("one subject", lambda: censored_means([3], ["exact"]), Reason.NO_VARIATION, "The values do not vary within"),
    ("all the same", lambda: censored_means([3, 3], EXACT), Reason.NO_VARIATION, "The values do not vary within"),
    (
        "one value could be all",
        lambda: censored_means([3, 4, 2], ["exact", "below", "above"]),
        Reason.NO_VARIATION,
        "The values do not vary within",
    ),
    ("level", lambda: censored_means([3, 4], EXACT, level=2), Reason.SETTING_OUT_OF_RANGE, "The level of an interval"),
]


@pytest.mark.parametrize(("_", "call", "reason", "begins"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_has_no_scale_is_refused_in_a_sentence(_: str, call: Callable[[], Any], reason: Reason, begins: str):
    with pytest.raises(Refused) as refused:
        call()
    assert refused.value.reason is reason
    assert str(refused.value).startswith(begins)


ROWS = st.lists(
    st.tuples(st.integers(1, 40), st.sampled_from(["exact", "exact", "below", "above"]), st.integers(0, 2)),
    min_size=3,
    max_size=25,
)


@settings(deadline=None, max_examples=40)
@given(ROWS, st.sampled_from([2, 16]))
def test_another_unit_moves_every_mean_by_its_logarithm_and_no_test(rows: list[tuple[int, str, int]], unit: int):
    value, limit, group = (list(each) for each in zip(*rows, strict=True))
    try:
        found = censored_means(value, limit, group)
    except Refused:
        assume(False)
    moved = censored_means([each * unit for each in value], limit, group)
    assert [each.mean - math.log2(unit) for each in moved.groups] == pytest.approx(
        [each.mean for each in found.groups], rel=1e-5, abs=1e-5
    )
    if found.likelihood_ratio is not None and moved.likelihood_ratio is not None:
        assert moved.likelihood_ratio.statistic == pytest.approx(found.likelihood_ratio.statistic, abs=1e-6)
