"""The survival methods of a plan, each from its selection to its answer. Raises Refused as the estimators do."""

from typing import Any

import msgspec

from analytics.estimators.answers import Answer, Interval
from analytics.estimators.competing_risks import CumulativeIncidence, cumulative_incidence, incidence_at
from analytics.estimators.cox import CoxFit, fit_cox
from analytics.estimators.cox_design import CoxDesign, cox_design
from analytics.estimators.cox_diagnostics import CoxDiagnostics, cox_diagnostics
from analytics.estimators.errors import InputRefused, NoEstimate, Reason, Refused
from analytics.estimators.gray import GrayTest, gray_test
from analytics.estimators.kaplan_meier import (
    RestrictedMean,
    SurvivalCurve,
    kaplan_meier,
    median,
    restricted_mean,
    reverse_kaplan_meier,
    survival_at,
)
from analytics.estimators.log_rank import LogRank, log_rank
from analytics.estimators.proportional_hazards import ProportionalHazards, TimeTransform, proportional_hazards
from analytics.plans import methods
from analytics.plans.groups import groups, labels, numbers
from analytics.plans.results import Refusal
from analytics.plans.selection import SWITCHED, Selection

_BEFORE_ALL = -1.0


class CurveAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One group's curve and what is read from it.

    ``at`` has the survival at each time asked. ``restricted_mean`` is None where none was asked, or where
    ``restricted_mean_missing`` says why. ``follow_up`` is the median of the reverse curve.
    """

    group: str
    subjects: int
    events: int
    curve: SurvivalCurve
    median: Answer
    at: dict[int, Answer]
    restricted_mean: RestrictedMean | None
    restricted_mean_missing: str | None
    follow_up: Answer


class KaplanMeierAnswer(msgspec.Struct, frozen=True, kw_only=True):
    groups: tuple[CurveAnswer, ...]


class CoxAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``proportional_hazards`` is None where ``proportional_hazards_missing`` says why the test cannot be made.

    The ``rows`` of the diagnostics are those of the table, counted from 0. With three covariates they have some 220
    bytes a subject as JSON.
    """

    fit: CoxFit
    proportional_hazards: ProportionalHazards | None
    proportional_hazards_missing: Refusal | None
    diagnostics: CoxDiagnostics


class IncidenceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``at`` has for each cause the incidence at each of the times asked."""

    group: str
    subjects: int
    curves: CumulativeIncidence
    at: dict[str, dict[int, Answer]]


class CumulativeIncidenceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    groups: tuple[IncidenceAnswer, ...]


def curves(chosen: Selection, asked: methods.KaplanMeier) -> KaplanMeierAnswer:
    by = SWITCHED if asked.by is None and SWITCHED in chosen.columns else asked.by
    return KaplanMeierAnswer(groups=tuple(_curve(chosen, asked, *each) for each in groups(chosen, by)))


def _curve(chosen: Selection, asked: methods.KaplanMeier, group: str, rows: list[int]) -> CurveAnswer:
    time, event = numbers(chosen, asked.time, rows), numbers(chosen, asked.event, rows)
    entry = None if asked.entry is None else numbers(chosen, asked.entry, rows)
    level, interval = float(asked.level), Interval(asked.interval)
    curve = kaplan_meier(time, event, entry=entry, interval=interval, level=level)
    mean, missing = None, None
    if asked.restricted_to is not None:
        try:
            mean = restricted_mean(curve, float(asked.restricted_to))
        except Refused as refused:
            missing = str(refused)
    return CurveAnswer(
        group=group,
        subjects=len(rows),
        events=int(sum(event)),
        curve=curve,
        median=median(curve),
        at=dict(zip(asked.at, survival_at(curve, [float(each) for each in asked.at]), strict=True)),
        restricted_mean=mean,
        restricted_mean_missing=missing,
        follow_up=median(reverse_kaplan_meier(time, event, interval=interval, level=level)),
    )


def compared(chosen: Selection, asked: methods.LogRank) -> LogRank:
    group = SWITCHED if asked.group is None else asked.group
    return log_rank(
        numbers(chosen, asked.time),
        numbers(chosen, asked.event),
        labels(chosen, group),
        strata=None if asked.strata is None else labels(chosen, asked.strata),
        rho=float(asked.rho),
        gamma=float(asked.gamma),
    )


def regressed(chosen: Selection, asked: methods.Cox) -> CoxAnswer:
    design, rows = _design(chosen, asked)
    fit = fit_cox(design, level=float(asked.level))
    test, missing = None, None
    try:
        test = proportional_hazards(design, fit, transform=TimeTransform(asked.transform))
    except Refused as refused:
        missing = Refusal(reason=refused.reason.value, sentence=str(refused))
    return CoxAnswer(
        fit=fit,
        proportional_hazards=test,
        proportional_hazards_missing=missing,
        diagnostics=cox_diagnostics(design, fit, rows),
    )


def _design(chosen: Selection, asked: methods.Cox) -> tuple[CoxDesign, tuple[int, ...]]:
    """With the table's row of each row of the design."""
    columns = {name: numbers(chosen, name) for name in asked.covariates}
    strata = None if asked.strata is None else labels(chosen, asked.strata)
    if asked.switch is None or asked.landmark is not None:
        if SWITCHED in chosen.columns:
            columns[SWITCHED] = numbers(chosen, SWITCHED)
        entry = None if asked.entry is None else numbers(chosen, asked.entry)
        times, events = numbers(chosen, asked.time), numbers(chosen, asked.event)
        return cox_design(times, events, columns, entry=entry, strata=strata), chosen.kept
    return _switching_design(chosen, asked, columns, strata)


def _switching_design(
    chosen: Selection, asked: methods.Cox, columns: dict[str, list[float]], strata: list[str] | None
) -> tuple[CoxDesign, tuple[int, ...]]:
    """Two rows for who switched before the end: without the group up to the switch, and with it from then on.

    Who switches on a day with an event counts on that day as not having switched. Equal to R's ``tmerge`` with
    ``tdc``. Everybody's first row begins before time zero, so that an event on day 0 is at risk as well.
    """
    if asked.switch is None or asked.entry is not None:
        raise InputRefused(Reason.SETTING_OUT_OF_RANGE, "A switch without a landmark begins at time zero: no entry.")
    times, events, switches = numbers(chosen, asked.time), numbers(chosen, asked.event), chosen.columns[asked.switch]
    rows: list[tuple[int, float, float, float, float]] = []
    for place, (time, event, switch) in enumerate(zip(times, events, switches, strict=True)):
        at = None if switch is None else float(switch)
        if at is None or at >= time:
            rows.append((place, _BEFORE_ALL, time, event, 0.0))
        else:
            rows += [(place, _BEFORE_ALL, at, 0.0, 0.0), (place, at, time, event, 1.0)]
    places = [row[0] for row in rows]
    split: dict[str, Any] = {name: [values[place] for place in places] for name, values in columns.items()}
    split[SWITCHED] = [row[4] for row in rows]
    design = cox_design(
        [row[2] for row in rows],
        [row[3] for row in rows],
        split,
        entry=[row[1] for row in rows],
        strata=None if strata is None else [strata[place] for place in places],
    )
    return design, tuple(chosen.kept[place] for place in places)


def incidences(chosen: Selection, asked: methods.CumulativeIncidence) -> CumulativeIncidenceAnswer:
    return CumulativeIncidenceAnswer(
        groups=tuple(_incidence(chosen, asked, *each) for each in groups(chosen, asked.by))
    )


def _incidence(chosen: Selection, asked: methods.CumulativeIncidence, group: str, rows: list[int]) -> IncidenceAnswer:
    causes = labels(chosen, asked.cause)
    incidence = cumulative_incidence(
        numbers(chosen, asked.time, rows),
        [causes[row] for row in rows],
        censored=asked.censored,
        interval=Interval(asked.interval),
        level=float(asked.level),
    )
    times = [float(each) for each in asked.at]
    return IncidenceAnswer(
        group=group,
        subjects=len(rows),
        curves=incidence,
        at={
            each.cause: dict(zip(asked.at, incidence_at(incidence, each.cause, times), strict=True))
            for each in incidence.causes
        },
    )


def tested(chosen: Selection, asked: methods.Gray) -> GrayTest:
    causes = labels(chosen, asked.cause)
    if asked.of not in causes:
        raise NoEstimate(Reason.NO_EVENTS, "The cause asked for happened to nobody: there is nothing to compare.")
    return gray_test(
        numbers(chosen, asked.time),
        causes,
        labels(chosen, asked.group),
        of=asked.of,
        censored=asked.censored,
        strata=None if asked.strata is None else labels(chosen, asked.strata),
        rho=float(asked.rho),
    )


def events_of(chosen: Selection, asked: methods.Timed) -> int:
    return int(sum(numbers(chosen, asked.event)))
