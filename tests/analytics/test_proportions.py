"""Clopper-Pearson against R, and the law that makes it exact."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from analytics.proportions import clopper_pearson

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
    found = clopper_pearson(count, of, 0.95)
    assert found.value == count / of
    assert found.lower == pytest.approx(lower, rel=1e-9)
    assert found.upper == pytest.approx(upper, rel=1e-9)


def test_another_level_is_that_of_r() -> None:
    found = clopper_pearson(18, 24, 0.90)  # R 4.2.2, binom.test(18, 24, conf.level = 0.9)
    assert (found.lower, found.upper) == pytest.approx((0.565308621099, 0.885089429436))


@pytest.mark.parametrize(("count", "of"), [(1, 0), (-1, 5), (6, 5)])
def test_a_part_beyond_its_whole_and_a_proportion_of_nobody_are_refused(count: int, of: int) -> None:
    with pytest.raises(AssertionError):
        clopper_pearson(count, of, 0.95)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 200).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_at_each_limit_the_result_seen_has_the_probability_of_one_tail(pair: tuple[int, int]) -> None:
    count, of = pair
    found = clopper_pearson(count, of, 0.95)
    assert found.lower is not None
    assert found.upper is not None
    assert 0 <= found.lower <= count / of <= found.upper <= 1
    if count > 0:
        assert binom.sf(count - 1, of, found.lower) == pytest.approx(0.025, rel=1e-6)
    if count < of:
        assert binom.cdf(count, of, found.upper) == pytest.approx(0.025, rel=1e-6)
