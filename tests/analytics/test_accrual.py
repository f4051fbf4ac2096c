"""The forecast to the target: the published example, its edges, and its calibration."""

import datetime as dt
import math
from decimal import Decimal

import numpy as np
import pytest

from analytics.accrual import accrual_figure, days_to_target, probability_within
from analytics.estimates import Missing
from analytics.figures import AccrualFigure, EnrolmentFigure

BEGINS = dt.date(2024, 1, 1)
PLANNED = dt.date(2026, 12, 31)
TARGET = 72
HALF = Decimal("0.5")


def enrolment(days: list[int], target: int = TARGET) -> EnrolmentFigure:
    """Subjects by the day, counted from the first one of enrolment."""
    on = sorted({BEGINS + dt.timedelta(days=day) for day in days})
    dates = [BEGINS + dt.timedelta(days=day) for day in days]
    return EnrolmentFigure(
        target=target,
        enrolled=len(days),
        last_on=max(dates, default=None),
        last_subject="S-001" if days else None,
        on=tuple(on),
        cumulative=tuple(sum(date <= each for date in dates) for each in on),
        plan_on=(BEGINS, PLANNED),
        plan=(0, target),
    )


def evenly(count: int, days: int) -> list[int]:
    return [place * days // count for place in range(count)]


def cutoff(day: int) -> dt.date:
    return BEGINS + dt.timedelta(days=day)


# The published example: n = 72, T = 36 months, P = 0.5, 20 enrolled at month 14.
SHAPE, RATE = 36 + 20, 18 + 14


@pytest.mark.parametrize(
    ("share", "month"),
    [(0.025, 34.3), (0.1, 37.2), (0.5, 43.7), (0.9, 52.0), (0.975, 57.4)],
)
def test_the_published_example_gives_its_months(share: float, month: float) -> None:
    assert round(14 + days_to_target(72, 20, SHAPE, RATE, share), 1) == month


def test_the_published_example_gives_its_probability() -> None:
    assert round(probability_within(36 - 14, 72, 20, SHAPE, RATE), 3) == 0.061


def test_the_target_cannot_be_reached_in_no_time() -> None:
    assert probability_within(0, 72, 20, SHAPE, RATE) == 0.0
    assert probability_within(-3, 72, 20, SHAPE, RATE) == 0.0


def test_on_plan_the_forecast_lies_about_the_planned_day() -> None:
    now = accrual_figure(enrolment(evenly(36, 548)), HALF, cutoff(547))
    assert now.median_on is not None
    assert abs((now.median_on - PLANNED).days) <= 15
    assert 0.4 < now.by_planned < 0.6
    (narrow, wide) = now.intervals
    assert (narrow.level, wide.level) == (0.80, 0.95)
    assert narrow.lower_on and narrow.upper_on and wide.lower_on and wide.upper_on
    assert wide.lower_on < narrow.lower_on < now.median_on < narrow.upper_on < wide.upper_on
    assert not now.uneven


def test_before_the_first_day_the_forecast_is_the_plan_and_says_so() -> None:
    now = accrual_figure(enrolment([]), HALF, BEGINS - dt.timedelta(days=40))
    assert now.missing is Missing.ENROLMENT_NOT_BEGUN
    assert now.rate_a_month == pytest.approx(72 / 1096 * 365.25 / 12)
    assert now.curve.on[0] == BEGINS - dt.timedelta(days=40) or now.curve.on[0] == BEGINS - dt.timedelta(days=1)


def test_a_full_trial_says_the_day_and_forecasts_nothing() -> None:
    days = evenly(72, 1000)
    now = accrual_figure(enrolment(days), HALF, cutoff(1100))
    assert now == AccrualFigure(planned_on=PLANNED, reached_on=cutoff(days[-1]), by_planned=1.0, missing=None)
    late = accrual_figure(enrolment(evenly(72, 1200)), HALF, cutoff(1300))
    assert late.reached_on is not None
    assert late.reached_on > PLANNED
    assert late.by_planned == 0.0


def test_more_than_the_target_was_reached_on_the_day_that_filled_it() -> None:
    days = [*evenly(71, 700), 710, 720, 730]
    assert accrual_figure(enrolment(days), HALF, cutoff(800)).reached_on == cutoff(710)


def test_nobody_for_years_moves_the_target_away_and_stays_finite() -> None:
    now = accrual_figure(enrolment([]), HALF, cutoff(3000))
    assert now.median_on is not None
    assert now.median_on > dt.date(2040, 1, 1)
    assert now.by_planned == 0.0


def test_a_target_beyond_a_century_has_no_day() -> None:
    now = accrual_figure(enrolment([]), Decimal("0.001"), cutoff(3000))
    assert now.median_on is None
    assert all(math.isfinite(each) for each in now.curve.expected)


def test_no_curve_goes_over_the_target_or_back() -> None:
    curve = accrual_figure(enrolment(evenly(70, 900)), HALF, cutoff(900)).curve
    for line in (curve.expected, *curve.lower, *curve.upper):
        assert max(line) <= TARGET
        assert list(line) == sorted(line)
        assert line[0] == 70
    for narrow, wide in zip(curve.lower[0], curve.lower[1], strict=True):
        assert wide <= narrow
    assert len(curve.on) <= 62


def test_a_pace_that_changed_is_flagged_and_an_even_one_is_not() -> None:
    stopped = accrual_figure(enrolment(evenly(30, 400)), HALF, cutoff(599))
    assert stopped.uneven, "nobody in the last third, where ten would be even"
    assert not accrual_figure(enrolment(evenly(30, 600)), HALF, cutoff(599)).uneven
    assert not accrual_figure(enrolment([]), HALF, cutoff(599)).uneven


def test_the_interval_covers_what_it_says_over_trials_drawn_from_the_prior() -> None:
    """2,000 trials, each with a rate from the prior, looked at after 14 of 36 months.

    Binomial noise at 2,000 trials is 0.9 points for 80 %; a wrong exposure or shape moves the coverage by far more.
    """
    dice = np.random.default_rng(20_260_101)
    planned_days = (PLANNED - BEGINS).days + 1
    covered = {0.80: 0, 0.95: 0}
    below = trials = 0
    while trials < 2_000:
        rate = dice.gamma(TARGET * 0.5, 1 / (planned_days * 0.5))
        arrivals = np.cumsum(dice.exponential(1 / rate, TARGET))
        seen = [int(day) for day in arrivals if day < 426]
        if len(seen) == TARGET:
            continue
        trials += 1
        now = accrual_figure(enrolment(seen), HALF, cutoff(425))
        truth = cutoff(int(arrivals[-1]))
        for each in now.intervals:
            assert each.lower_on and each.upper_on
            covered[each.level] += each.lower_on <= truth <= each.upper_on
        assert now.median_on
        below += truth <= now.median_on
    assert 0.76 <= covered[0.80] / trials <= 0.84
    assert 0.93 <= covered[0.95] / trials <= 0.97
    assert 0.46 <= below / trials <= 0.54
