"""Intervals of proportions against R and the printed tables of their papers, and the law that makes one exact."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from analytics.estimators.errors import InputRefused, NoEstimate, Reason, Refused
from analytics.estimators.proportions import clopper_pearson, newcombe, wilson
from analytics.response import exact_proportion

# R 4.2.2, binom.test(count, of)$conf.int; tests/analytics/certificates.R
BINOM_TEST = [
    (36, 72, 0.379757116118, 0.620242883882),
    (0, 72, 0.0, 0.0499440837059),
    (72, 72, 0.950055916294, 1.0),
    (1, 1, 0.025, 1.0),
    (0, 1, 0.0, 0.975),
    (18, 24, 0.532887197577, 0.902269590525),
    (3, 24, 0.0265593149862, 0.323611358189),
    (1, 72, 0.000351574405234, 0.0749713108539),
    (50, 72, 0.574683346686, 0.79762013057),
]


@pytest.mark.parametrize(("count", "of", "lower", "upper"), BINOM_TEST)
def test_interval_is_that_of_r(count: int, of: int, lower: float, upper: float) -> None:
    found = clopper_pearson(count, of)
    assert found.value == count / of
    assert found.lower == pytest.approx(lower, rel=1e-9)
    assert found.upper == pytest.approx(upper, rel=1e-9)


def test_another_level_is_that_of_r() -> None:
    found = clopper_pearson(18, 24, level=0.90)  # R 4.2.2, binom.test(18, 24, conf.level = 0.9)
    assert (found.lower, found.upper) == pytest.approx((0.565308621099, 0.885089429436))


def test_the_live_panel_shows_the_same_interval() -> None:
    shown, found = exact_proportion(36, 72, 0.95), clopper_pearson(36, 72)
    assert (shown.value, shown.lower, shown.upper) == (found.value, found.lower, found.upper)


# R. G. Newcombe, Statistics in Medicine 17 (1998) 873, table II, method 10, to the four digits printed there.
PRINTED = [
    (56, 70, 48, 80, 0.0524, 0.3339),
    (9, 10, 3, 10, 0.1705, 0.8090),
    (6, 7, 2, 7, 0.0582, 0.8062),
    (5, 56, 0, 29, -0.0381, 0.1926),
    (0, 10, 0, 20, -0.1611, 0.2775),
    (0, 10, 0, 10, -0.2775, 0.2775),
    (10, 10, 0, 20, 0.6791, 1.0),
    (10, 10, 0, 10, 0.6075, 1.0),
]


@pytest.mark.parametrize(("count", "of", "second_count", "second_of", "lower", "upper"), PRINTED)
def test_the_difference_has_the_limits_that_its_paper_prints(
    count: int, of: int, second_count: int, second_of: int, lower: float, upper: float
) -> None:
    found = newcombe(count, of, second_count, second_of)
    assert (found.lower, found.upper) == pytest.approx((lower, upper), abs=5e-5)
    assert found.value == pytest.approx(count / of - second_count / second_of)


REFUSED = [
    ("nobody", 0, 0, 0.95, NoEstimate, Reason.NOBODY, "A proportion of nobody is no number"),
    ("below zero", -1, 5, 0.95, InputRefused, Reason.COUNT_OUT_OF_RANGE, "A count lies between 0 and"),
    ("beyond its whole", 6, 5, 0.95, InputRefused, Reason.COUNT_OUT_OF_RANGE, "A count lies between 0 and"),
    ("level 95", 1, 5, 95, InputRefused, Reason.SETTING_OUT_OF_RANGE, "The level of an interval lies"),
]


@pytest.mark.parametrize(
    ("_", "count", "of", "level", "kind", "reason", "begins"), REFUSED, ids=[each[0] for each in REFUSED]
)
def test_what_is_no_proportion_is_refused_in_a_sentence(
    _: str, count: int, of: int, level: float, kind: type[Refused], reason: Reason, begins: str
) -> None:
    for interval in (
        lambda: clopper_pearson(count, of, level=level),
        lambda: wilson(count, of, level=level),
        lambda: newcombe(1, 2, count, of, level=level),
    ):
        with pytest.raises(kind) as refused:
            interval()
        assert refused.value.reason is reason
        assert str(refused.value).startswith(begins)


COUNTS = st.integers(1, 200).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@settings(deadline=None, max_examples=50)
@given(COUNTS)
def test_at_each_limit_the_result_seen_has_the_probability_of_one_tail(pair: tuple[int, int]) -> None:
    count, of = pair
    found = clopper_pearson(count, of)
    assert 0 <= found.lower <= count / of <= found.upper <= 1
    if count > 0:
        assert binom.sf(count - 1, of, found.lower) == pytest.approx(0.025, rel=1e-6)
    if count < of:
        assert binom.cdf(count, of, found.upper) == pytest.approx(0.025, rel=1e-6)


@settings(deadline=None, max_examples=50)
@given(COUNTS, st.booleans())
def test_each_wilson_limit_is_as_many_standard_errors_away_as_the_level_says(
    pair: tuple[int, int], continuity: bool
) -> None:
    count, of = pair
    found = wilson(count, of, continuity=continuity)
    assert 0 <= found.lower <= found.value <= found.upper <= 1
    shift = 0.5 / of if continuity else 0.0
    for limit, moved in ((found.lower, found.value - shift), (found.upper, found.value + shift)):
        if 0 < limit < 1:
            assert abs(moved - limit) / (limit * (1 - limit) / of) ** 0.5 == pytest.approx(1.959963985, rel=1e-6)
