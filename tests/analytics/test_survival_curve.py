"""Kaplan-Meier against R's survival and against the product written out in exact fractions."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter

from analytics.estimates import Estimate, Missing, not_given
from analytics.survival_curve import Steps, kaplan_meier, median, risk_table, survival_at

# All from R 4.2.2, survival 3.5-3, survfit(..., conf.type = "log-log"): see tests/analytics/certificates.R.
# survival::leukemia (aml), by group.
MAINTAINED = ((9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161), (1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0))
NONMAINTAINED = ((5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45), (1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1))
# survival::lung, the first 72 rows: time, and status == 2 but for the rows that CENSORED_LUNG lists from 0.
LUNG = (
    *(306, 455, 1010, 210, 883, 1022, 310, 361, 218, 166, 170, 654, 728, 71, 567, 144, 613, 707, 61, 88, 301, 81, 624),
    *(371, 394, 520, 574, 118, 390, 12, 473, 26, 533, 107, 53, 122, 814, 965, 93, 731, 460, 153, 433, 145, 583, 95),
    *(303, 519, 643, 765, 735, 189, 53, 246, 689, 65, 5, 132, 687, 345, 444, 223, 175, 60, 163, 65, 208, 821, 428),
    *(230, 840, 305),
)
CENSORED_LUNG = frozenset({2, 5, 37, 67, 70})
LUNG_DIED = tuple(int(row not in CENSORED_LUNG) for row in range(len(LUNG)))


def curve(data: tuple[tuple[int, ...], tuple[int, ...]]) -> Steps:
    return kaplan_meier(data[0], [bool(event) for event in data[1]], 0.95)


def reverse(data: tuple[tuple[int, ...], tuple[int, ...]]) -> Steps:
    return kaplan_meier(data[0], [not event for event in data[1]], 0.95)


def limits(estimate: Estimate) -> tuple[float | None, float | None, float | None]:
    return estimate.value, estimate.lower, estimate.upper


@pytest.mark.parametrize(
    ("data", "day", "expected"),
    [
        (MAINTAINED, 24, (0.613636363636, 0.265752040001, 0.83529924325)),
        (NONMAINTAINED, 24, (0.486111111111, 0.191876619619, 0.729671569779)),
        ((LUNG, LUNG_DIED), 365, (0.458333333333, 0.340825715519, 0.568101262384)),
        ((LUNG, LUNG_DIED), 730, (0.138888888889, 0.0712346407635, 0.228746148441)),
    ],
    ids=["maintained", "nonmaintained", "lung at 365", "lung at 730"],
)
def test_survival_on_a_day_is_that_of_r(
    data: tuple[tuple[int, ...], tuple[int, ...]], day: int, expected: tuple[float, float, float]
) -> None:
    found = limits(survival_at(curve(data), day))
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (curve(MAINTAINED), (31, 13, None)),
        (curve(NONMAINTAINED), (23, 5, 33)),
        (curve((LUNG, LUNG_DIED)), (308, 210, 433)),
        (reverse(MAINTAINED), (103, 13, None)),
        (reverse(NONMAINTAINED), (None, 16, None)),
        (reverse((LUNG, LUNG_DIED)), (965, 821, None)),
        (curve(((1, 2, 3, 4), (1, 1, 1, 1))), (2.5, 1, None)),
        (curve(((1, 2, 3, 3), (1, 1, 0, 0))), (2, 1, None)),
        (curve(((0, 0, 5, 7), (1, 0, 1, 1))), (5, 0, None)),
        (curve(((5, 5, 5, 8, 8, 12), (1, 1, 0, 1, 0, 0))), (8, 5, None)),
    ],
    ids=[
        "maintained",
        "nonmaintained",
        "lung",
        "maintained, reverse: flat at one half from 45 to 161",
        "nonmaintained, reverse",
        "lung, reverse",
        "flat at one half: the middle",
        "flat at one half to the end: its beginning",
        "times of zero",
        "ties of deaths and censorings",
    ],
)
def test_median_is_that_of_r(found: Steps, expected: tuple[float | None, float | None, float | None]) -> None:
    assert limits(median(found)) == expected


def test_the_whole_curve_is_that_of_r() -> None:
    found = curve(NONMAINTAINED).curve()
    assert found.days == (0, 5, 8, 12, 16, 23, 27, 30, 33, 43, 45)
    assert found.at_risk == (12, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1)
    assert found.events == (0, 2, 2, 1, 0, 1, 1, 1, 1, 1, 1)
    assert found.censored == (0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0)
    assert found.survival[1:6] == pytest.approx(
        (0.833333333333, 0.666666666667, 0.583333333333, 0.583333333333, 0.486111111111)
    )
    assert found.survival[-1] == 0
    assert found.lower[1:3] == pytest.approx((0.481714942195, 0.337018932541))
    assert found.upper[-2] == pytest.approx(0.348903861111)
    assert (found.lower[0], found.upper[0]) == (None, None), "R gives NA where the curve is at 1"
    assert (found.lower[-1], found.upper[-1]) == (None, None), "R gives NA where the curve is at 0"


def test_ties_of_deaths_and_censorings_are_those_of_r() -> None:
    found = curve(((5, 5, 5, 8, 8, 12), (1, 1, 0, 1, 0, 0))).curve()
    assert found.at_risk == (6, 6, 3, 1), "who is censored on a day is at risk on it"
    assert found.survival == pytest.approx((1, 0.666666666667, 0.444444444444, 0.444444444444))
    assert found.lower[1:] == pytest.approx((0.1946166368062, 0.0661867531464, 0.0661867531464))
    assert found.upper[1:] == pytest.approx((0.904434164323, 0.784908367148, 0.784908367148))


def test_lifelines_takes_the_first_time_where_the_curve_is_flat_at_one_half() -> None:
    # The reason for a rule of our own: if this changes, the rule may go.
    assert KaplanMeierFitter().fit([1, 2, 3, 4]).median_survival_time_ == 2


@pytest.mark.parametrize(
    ("data", "day", "expected"),
    [
        (((), ()), 365, not_given(Missing.NOBODY_ENROLLED)),
        (((9, 20), (0, 0)), 365, not_given(Missing.FOLLOW_UP_TOO_SHORT)),
        (((9, 20), (1, 0)), 21, not_given(Missing.FOLLOW_UP_TOO_SHORT)),
        (((9, 20), (0, 0)), 20, Estimate(value=1.0, interval_missing=Missing.NO_DEATHS_BY_THEN)),
        (((9, 20), (1, 1)), 365, Estimate(value=0.0, interval_missing=Missing.NOBODY_ALIVE_BY_THEN)),
        (((0, 0), (1, 1)), 0, Estimate(value=0.0, interval_missing=Missing.NOBODY_ALIVE_BY_THEN)),
    ],
)
def test_a_day_without_an_answer_gives_the_reason(
    data: tuple[tuple[int, ...], tuple[int, ...]], day: int, expected: Estimate
) -> None:
    assert survival_at(curve(data), day) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (((), ()), not_given(Missing.NOBODY_ENROLLED)),
        (((9, 20), (0, 0)), not_given(Missing.NO_DEATHS)),
        (((7,), (1,)), Estimate(value=7.0, interval_missing=Missing.LIMIT_NOT_REACHED)),
        (
            ((5, 9, 9, 9, 9, 9, 9, 9), (1, 0, 0, 0, 0, 0, 0, 0)),
            Estimate(lower=5.0, missing=Missing.NOT_REACHED, interval_missing=Missing.LIMIT_NOT_REACHED),
        ),
    ],
)
def test_a_median_without_an_answer_gives_the_reason(
    data: tuple[tuple[int, ...], tuple[int, ...]], expected: Estimate
) -> None:
    found = median(curve(data))
    assert (found.value, found.missing, found.interval_missing) == (
        expected.value,
        expected.missing,
        expected.interval_missing,
    )


SUBJECTS = st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=72)


@settings(deadline=None, max_examples=50)
@given(SUBJECTS)
def test_the_curve_is_the_product_of_exact_fractions(subjects: list[tuple[int, bool]]) -> None:
    found = kaplan_meier([day for day, _ in subjects], [event for _, event in subjects], 0.95).curve()
    expected = Fraction(1)
    for row, day in enumerate(found.days):
        at_risk = sum(time >= day for time, _ in subjects)
        died = sum(time == day and event for time, event in subjects)
        expected *= 1 - Fraction(died, at_risk)
        assert found.at_risk[row] == at_risk
        assert found.events[row] == died
        assert found.survival[row] == pytest.approx(float(expected), rel=1e-12, abs=1e-15)
        assert (found.lower[row] is None) == (expected in (0, 1)), "no interval at 1 and at 0, and only there"


@settings(deadline=None, max_examples=50)
@given(SUBJECTS)
def test_the_order_of_subjects_moves_nothing(subjects: list[tuple[int, bool]]) -> None:
    curves = [
        kaplan_meier([day for day, _ in each], [event for _, event in each], 0.95).curve()
        for each in (subjects, sorted(subjects))
    ]
    assert curves[0] == curves[1]


def test_a_curve_whose_subjects_are_all_observed_from_later_on_begins_at_1_with_nobody_at_risk() -> None:
    found = kaplan_meier([5, 9], [True, False], 0.95, entered=[2, 3]).curve()
    assert list(found.days) == [0, 5, 9]
    assert list(found.at_risk) == [0, 2, 1]
    assert list(found.events) == [0, 1, 0]
    assert list(found.censored) == [0, 0, 1]
    assert list(found.survival) == [1, 0.5, 0.5]
    assert found.lower[0] is found.upper[0] is None


def test_who_is_observed_from_a_day_on_is_at_risk_after_it() -> None:
    found = kaplan_meier([4, 5, 9], [True, True, False], 0.95, entered=[0, 4, 3]).curve()
    assert [found.days, found.at_risk] == [(0, 4, 5, 9), (1, 2, 2, 1)]
    assert found.survival == (1, 0.5, 0.25, 0.25)


def test_numbers_at_risk_and_deaths_on_a_grid() -> None:
    found = curve(MAINTAINED)
    # summary(fit, times = c(0, 13, 14, 161, 162), extend = TRUE): n.risk 11 10 8 1 0
    assert [each.at_risk for each in risk_table(found, (0, 13, 14, 161, 162))] == [11, 10, 8, 1, 0]
    assert [each.deaths for each in risk_table(found, (0, 9, 13, 161))] == [0, 1, 2, 7]
    assert [(each.at_risk, each.deaths) for each in risk_table(curve(((), ())), (0, 13))] == [(0, 0), (0, 0)]
