"""How often do the intervals hold what they are about? Beside the level that they name.

Three kinds: the forecast of enrolment, over trials whose rates are drawn from its own prior; Clopper-Pearson's interval
of a response rate at the trial's size, exactly, for every true rate; and the interval of survival, by simulation.
"""

import datetime as dt
from decimal import Decimal

import msgspec
import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.stats import binom

from analytics.accrual import LEVELS, accrual_figure
from analytics.estimators.kaplan_meier import kaplan_meier, survival_at
from analytics.estimators.proportions import clopper_pearson
from analytics.figures import EnrolmentFigure
from benchmarks.bench import SEED

SUBJECTS = 72
WEIGHT = Decimal("0.5")
BEGINS, PLANNED = dt.date(2024, 1, 1), dt.date(2026, 12, 31)
LOOK_DAYS = 426
"""The forecast is made when so many days have been watched."""
TIMES = (365, 730)
ACCRUAL_TOLERANCE = 0.04
LEVEL = 0.95


class CoverageSizes(msgspec.Struct, frozen=True, kw_only=True):
    """How many trials each simulation draws, and at how many true rates between 0 and 1 the exact coverage is found."""

    accrual_trials: int = 2_000
    survival_trials: int = 4_000
    rates: int = 9_999


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """``good`` is None where the coverage is only told beside its level. ``error`` is the simulation's own."""

    what: str
    how: str
    nominal: float
    coverage: float
    error: float | None
    good: bool | None


def measure_coverage(console: Console, sizes: CoverageSizes) -> bool:
    """Prints one table; True where the forecast and the exact interval cover what they have to."""
    dice = np.random.default_rng(SEED)
    with console.status("coverage"):
        found = [*accrual(sizes.accrual_trials, dice), exact(sizes.rates), *survival(sizes.survival_trials, dice)]
    table = Table(title=f"Coverage of intervals at {SUBJECTS} subjects")
    for column in ("interval", "how", "nominal, %", "covers, %", "as expected"):
        table.add_column(column, justify="left" if column in ("interval", "how") else "right")
    for each in found:
        error = "" if each.error is None else f" ± {100 * each.error:.2f}"
        said = "" if each.good is None else "yes" if each.good else "NO"
        table.add_row(each.what, each.how, f"{100 * each.nominal:.0f}", f"{100 * each.coverage:.3f}{error}", said)
    console.print(table)
    good = all(each.good is not False for each in found)
    console.print(
        f"expected: the forecast within {100 * ACCRUAL_TOLERANCE:.0f} points of its level, Clopper-Pearson nowhere "
        f"below its own: {'yes' if good else 'NO'}; survival is told beside its level"
    )
    return good


def accrual(trials: int, dice: np.random.Generator) -> list[Covered]:
    """Rates from the prior, arrivals from the rates, and a forecast of each trial that was not full by the look."""
    planned_days = (PLANNED - BEGINS).days + 1
    covered = dict.fromkeys(LEVELS, 0)
    drawn = 0
    while drawn < trials:
        rate = dice.gamma(SUBJECTS * float(WEIGHT), 1 / (planned_days * float(WEIGHT)))
        arrivals = np.cumsum(dice.exponential(1 / rate, SUBJECTS)).astype(np.int64)
        if arrivals[-1] < LOOK_DAYS:
            continue
        drawn += 1
        enrolled = _enrolment(arrivals[arrivals < LOOK_DAYS].tolist())
        figure = accrual_figure(enrolled, WEIGHT, BEGINS + dt.timedelta(days=LOOK_DAYS - 1))
        truth = BEGINS + dt.timedelta(days=int(arrivals[-1]))
        for each in figure.intervals:
            # A limit beyond a century is none.
            late = each.upper_on is None or truth <= each.upper_on
            covered[each.level] += late and (each.lower_on is not None and each.lower_on <= truth)
    return [
        Covered(
            what="forecast of the day of the last enrolment",
            how=f"{trials:,} trials, rates from the prior, looked at on day {LOOK_DAYS}",
            nominal=level,
            coverage=share / trials,
            error=_error(share / trials, trials),
            good=abs(share / trials - level) <= ACCRUAL_TOLERANCE,
        )
        for level, share in covered.items()
    ]


def _enrolment(days: list[int]) -> EnrolmentFigure:
    dates = [BEGINS + dt.timedelta(days=day) for day in days]
    on = sorted(set(dates))
    return EnrolmentFigure(
        target=SUBJECTS,
        enrolled=len(days),
        last_on=max(dates, default=None),
        last_subject=None,
        on=tuple(on),
        cumulative=tuple(sum(date <= each for date in dates) for each in on),
        plan_on=(BEGINS, PLANNED),
        plan=(0, SUBJECTS),
    )


def exact(rates: int, subjects: int = SUBJECTS) -> Covered:
    """The least coverage over true rates, and where: the sum of the counts whose interval holds the rate.

    Coverage jumps where a limit lies, and is least just beside one: there it is found as well as on an even grid.
    """
    found = [clopper_pearson(count, subjects, level=LEVEL) for count in range(subjects + 1)]
    lower, upper = np.array([each.lower for each in found]), np.array([each.upper for each in found])
    limits = np.concatenate((lower, upper))
    inside = limits[(limits > 0) & (limits < 1)]
    even = np.arange(1, rates + 1) / (rates + 1)
    at = np.concatenate((even, inside * (1 - 1e-9), inside + (1 - inside) * 1e-9))
    coverage = coverage_of_counts(lower, upper, at)
    least, average = int(np.argmin(coverage)), 100 * float(coverage[:rates].mean())
    return Covered(
        what="response rate, Clopper-Pearson",
        how=f"exact, {len(at):,} true rates; least at {at[least]:.4f} (on average {average:.2f} %)",
        nominal=LEVEL,
        coverage=float(coverage[least]),
        error=None,
        good=bool(coverage[least] >= LEVEL),
    )


def coverage_of_counts(lower: np.ndarray, upper: np.ndarray, at: np.ndarray) -> np.ndarray:
    """For each true rate, the probability of a count whose interval holds it; the limits are by count, from 0 on."""
    counts = np.arange(len(lower))
    holds = (lower[:, None] <= at) & (at <= upper[:, None])
    return np.asarray((holds * binom.pmf(counts[:, None], len(lower) - 1, at)).sum(axis=0))


def survival(trials: int, dice: np.random.Generator) -> list[Covered]:
    """Exponential survival with a median of a year, enrolled evenly over three years and followed one more.

    A trial that says nothing of a time, as nobody was followed so far or nobody died by then, covers nothing there.
    """
    hazard = np.log(2) / 365
    covered, told = dict.fromkeys(TIMES, 0), dict.fromkeys(TIMES, 0)
    for _ in range(trials):
        death, followed = dice.exponential(1 / hazard, SUBJECTS), dice.uniform(365, 4 * 365, SUBJECTS)
        curve = kaplan_meier(np.ceil(np.minimum(death, followed)), death <= followed, level=LEVEL)
        for time, answer in zip(TIMES, survival_at(curve, [float(each) for each in TIMES]), strict=True):
            if answer.lower is not None and answer.upper is not None:
                told[time] += 1
                covered[time] += answer.lower <= np.exp(-hazard * time) <= answer.upper
    return [
        Covered(
            what=f"survival at {time} days, Kaplan-Meier, log-log",
            how=f"{trials:,} trials, median of a year; {trials - told[time]} without an interval",
            nominal=LEVEL,
            coverage=covered[time] / trials,
            error=_error(covered[time] / trials, trials),
            good=None,
        )
        for time in TIMES
    ]


def _error(share: float, trials: int) -> float:
    """The standard error of a simulated share."""
    return float(np.sqrt(share * (1 - share) / trials))
