"""What the pages draw: every series, mark and table of a snapshot. No colour, no language, no drawing library."""

import datetime as dt

import msgspec

from analytics.estimates import Estimate, Missing


class EnrolmentFigure(msgspec.Struct, frozen=True, kw_only=True):
    """Enrolment toward the target.

    ``on`` are the dates with an enrolment, ascending, and ``cumulative`` the number enrolled from that date on: a step
    curve that is 0 before. ``plan_on`` and ``plan`` are the two ends of the straight plan line. ``last_subject`` was
    enrolled last, None where nobody was.
    """

    target: int
    enrolled: int
    last_on: dt.date | None
    last_subject: str | None
    on: tuple[dt.date, ...]
    cumulative: tuple[int, ...]
    plan_on: tuple[dt.date, dt.date]
    plan: tuple[int, int]


class DateInterval(msgspec.Struct, frozen=True, kw_only=True):
    """A limit is None where it lies more than a century ahead."""

    level: float
    lower_on: dt.date | None
    upper_on: dt.date | None


class ForecastCurve(msgspec.Struct, frozen=True, kw_only=True):
    """One element a date of ``on``, from the cutoff onward: the number enrolled by the end of that day.

    ``lower`` and ``upper`` have one such line for each level of the intervals, the narrower one first. Nothing exceeds
    the target. Empty where the target is reached.
    """

    on: tuple[dt.date, ...] = ()
    expected: tuple[float, ...] = ()
    lower: tuple[tuple[int, ...], ...] = ()
    upper: tuple[tuple[int, ...], ...] = ()


class AccrualFigure(msgspec.Struct, frozen=True, kw_only=True):
    """The forecast to the target, by `analytics.accrual`.

    ``reached_on`` is the day of the enrolment that filled the target; until then it is None, and the day is forecast:
    ``median_on`` and its ``intervals``, and ``by_planned``, the probability that the target is reached by the planned
    last day. ``rate_a_month`` is the posterior mean of the rate. ``uneven`` warns that enrolment in the last third of
    the time is far from what the constant rate of the model would give. ``missing`` says where no day was watched yet,
    so that the forecast is the plan alone.
    """

    planned_on: dt.date
    reached_on: dt.date | None
    rate_a_month: float | None = None
    median_on: dt.date | None = None
    intervals: tuple[DateInterval, ...] = ()
    by_planned: float
    curve: ForecastCurve = ForecastCurve()
    uneven: bool = False
    missing: Missing | None


class FunnelStep(msgspec.Struct, frozen=True, kw_only=True):
    """``subjects`` is everyone who reached this step. ``without`` counts who reached the step before and not this one.

    Its keys are codes; at the step "eligible" they are criteria that failed and "open". One subject may fail several
    criteria, and then counts under each.
    """

    step: str
    subjects: int
    without: dict[str, int] = {}


class FunnelFigure(msgspec.Struct, frozen=True, kw_only=True):
    """Steps in order. ``screen_failures`` is the number of subjects with at least one failed criterion.

    ``screen_failure_rate`` is their share of the ``screened_decided``: who failed or was found eligible.
    """

    steps: tuple[FunnelStep, ...]
    screen_failures: int
    screened_decided: int
    screen_failure_rate: Estimate


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What a proportion over the full set can still become.

    ``certain`` subjects have it for good, ``possible`` ones have it or may come to it; ``lower`` and ``upper`` are
    their shares of ``of``, both None where ``missing`` says why.
    """

    certain: int
    possible: int
    of: int
    lower: float | None
    upper: float | None
    missing: Missing | None = None


class ResponseRate(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the forest: ``count`` of ``of`` subjects whose window is over, and the bounds over the full set."""

    name: str
    categories: tuple[str, ...]
    count: int
    of: int
    estimate: Estimate
    bounds: Bounds


class EvaluableRate(msgspec.Struct, frozen=True, kw_only=True):
    """ORR over the evaluable set: ``count`` of ``of`` evaluable subjects whose window is over; ``subjects`` in all."""

    subjects: int
    count: int
    of: int
    estimate: Estimate


class Mortality(msgspec.Struct, frozen=True, kw_only=True):
    """Deaths in the full set from day 0 to ``day`` inclusive.

    ``died``, ``alive``, ``unknown`` and ``not_reached`` add up to the full set. The estimate is ``count`` of ``of``
    subjects whose day is at or before the cutoff; of whom nothing is known then counts as not dead.
    """

    day: int
    died: int
    alive: int
    unknown: int
    not_reached: int
    count: int
    of: int
    estimate: Estimate


class ResponseFigure(msgspec.Struct, frozen=True, kw_only=True):
    """Response in the full set.

    ``full`` is ``responders`` + ``non_responders`` + ``pending``; ``assessed`` of them have a category in the window,
    and ``pending_by_best`` tells the pending apart by their best so far ("none" where there is none). ``by_best``
    counts the full set by the category shown. ``outside`` counts the enrolled who are not in the full set, by their
    first reason. ``rule_sets`` counts the best responses by the rule set that the investigator named.
    """

    window_days: int
    full: int
    responders: int
    non_responders: int
    pending: int
    assessed: int
    window_over: int
    pending_by_best: dict[str, int]
    by_best: dict[str, int]
    outside: dict[str, int]
    rates: tuple[ResponseRate, ...]
    evaluable: EvaluableRate
    early_deaths: int
    mortality: tuple[Mortality, ...]
    rule_sets: dict[str, int]


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """One element per distinct time in days, ascending, beginning with day 0; all empty where there is nobody.

    ``at_risk`` is the number just before the day, ``events`` and ``censored`` that on it; who is censored on a day is
    at risk on it. ``survival`` holds from the day on, to the next. ``lower`` and ``upper`` are None where the curve is
    at 1 or at 0.
    """

    days: tuple[int, ...] = ()
    at_risk: tuple[int, ...] = ()
    events: tuple[int, ...] = ()
    censored: tuple[int, ...] = ()
    survival: tuple[float, ...] = ()
    lower: tuple[float | None, ...] = ()
    upper: tuple[float | None, ...] = ()


class AtRisk(msgspec.Struct, frozen=True, kw_only=True):
    """One column of the risk table: still followed just before ``day``, and dead on or before it."""

    day: int
    at_risk: int
    deaths: int


class SurvivalAt(msgspec.Struct, frozen=True, kw_only=True):
    day: int
    estimate: Estimate


class SurvivalFigure(msgspec.Struct, frozen=True, kw_only=True):
    """Overall survival of all enrolled subjects from ``origin``, in days, to ``horizon_days``.

    ``censored_by`` counts the censored by reason, ``no_time`` the enrolled without a time by reason. ``follow_up`` is
    the median of the reverse curve in days, not cut at the horizon.
    """

    origin: str
    horizon_days: int
    subjects: int
    deaths: int
    censored: int
    censored_by: dict[str, int]
    no_time: dict[str, int]
    curve: Curve
    risk_table: tuple[AtRisk, ...]
    median: Estimate
    at: tuple[SurvivalAt, ...]
    follow_up: Estimate
