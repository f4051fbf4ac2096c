"""The tables behind enrolment, funnel, response and survival: one row a number, each with why it is missing. Pure."""

import datetime as dt

from analytics.estimates import Estimate
from analytics.figures import AccrualFigure
from analytics.snapshot import Snapshot
from monitor import panels
from monitor.charts.enrolment import planned_on
from monitor.marks import Marks, marks_of
from monitor.table import Row, Table, table
from monitor.view import Status
from monitor.words import Words
from schemas.study import StudyDefinition


def _held(now: Status) -> Snapshot | None:
    return now.statistics.snapshot if now.statistics is not None else None


def _why_empty(now: Status, key: str) -> str:
    """The text that an empty table says: its own, or that nothing was computed yet."""
    return key if now.statistics is not None else "statistics.none"


def _estimate(estimate: Estimate, words: Words) -> tuple[str, str, str]:
    """Estimate, lower and upper limit; for each that is not given, why."""
    if estimate.value is None:
        why = words.text_or_key("missing", estimate.missing or "")
        return why, why, why
    limits = (estimate.lower, estimate.upper)
    why = words.text_or_key("missing", estimate.interval_missing or "")
    low, high = (why if limit is None else words.percent(limit, 2) for limit in limits)
    return words.percent(estimate.value, 2), low, high


def enrolment(now: Status, study: StudyDefinition, words: Words) -> tuple[Table, ...]:
    rows: list[Row] = []
    held = _held(now)
    if held is not None:
        figure = held.enrolment
        rows = [
            (
                words.date(on),
                words.number(enrolled),
                words.percent(enrolled / figure.target),
                words.number(planned_on(figure, on)),
            )
            for on, enrolled in zip(figure.on, figure.cumulative, strict=True)
        ]
    return (
        table(
            words,
            "date enrolled of_target by_plan",
            rows,
            numeric="0111",
            empty=_why_empty(now, "enrolment.nobody"),
            target=study.target,
        ),
        *([_forecast(held.accrual, words)] if held is not None else []),
    )


def _forecast(accrual: AccrualFigure, words: Words) -> Table:
    """The day on which the target is reached, with its limits; and the chance that it is by the planned day."""
    far = words.text("enrolment.far")

    def said(on: dt.date | None) -> str:
        return far if on is None else words.date(on)

    rows: list[Row] = []
    if accrual.reached_on is not None:
        rows.append((words.text("tables.target_reached"), said(accrual.reached_on)))
    else:
        rows.append((words.text("tables.target_median"), said(accrual.median_on)))
        for each in accrual.intervals:
            limits = f"{said(each.lower_on)} – {said(each.upper_on)}"
            rows.append((words.text("tables.target_interval", level=words.level(each.level)), limits))
        chance = words.probability(accrual.by_planned)
        rows.append((words.text("tables.target_by_planned", planned=accrual.planned_on), chance))
        if accrual.rate_a_month is not None:
            rows.append((words.text("tables.rate_a_month"), f"{accrual.rate_a_month:.2f}"))
    return table(words, "forecast_of value", rows, numeric="01", title="forecast")


def funnel(now: Status, study: StudyDefinition, words: Words) -> tuple[Table, ...]:
    rows: list[Row] = []
    held = _held(now)
    if held is not None:
        rows = [
            (
                words.text(f"funnel.{step.step}"),
                words.number(step.subjects),
                panels.without(step, words) or words.text("tables.nothing"),
            )
            for step in held.funnel.steps
        ]
    failed: list[Row] = []
    if held is not None:
        counts = (words.number(held.funnel.screen_failures), words.number(held.funnel.screened_decided))
        failed = [(*counts, *_estimate(held.funnel.screen_failure_rate, words))]
    criteria: list[Row] = [
        (each.id, each.text.zh if words.language == "zh" else each.text.en) for each in study.criteria
    ]
    return (
        table(words, "stage subjects not_further", rows, numeric="010"),
        table(words, "number of estimate low high", failed, numeric="11111", title="screen_failures"),
        table(words, "criterion wording", criteria, numeric="00"),
    )


def _marks(now: Status, words: Words) -> Marks:
    """Where there is no snapshot yet there is no number to mark."""
    if now.statistics is None:
        return Marks(lambda _: False, planned=True, words=words)
    return marks_of(now.statistics.prespecification, words)


def response(now: Status, _study: StudyDefinition, words: Words) -> tuple[Table, ...]:
    held, marks = _held(now), _marks(now, words)
    return (
        table(words, "set number share", _sets(held, marks, words) if held else [], numeric="011"),
        table(
            words,
            "outcome responders of estimate low high low_bound high_bound",
            _rates(held, marks, words) if held else [],
            numeric="01111111",
        ),
        table(
            words,
            "died_by number of estimate low high",
            _mortality(held, marks, words) if held else [],
            numeric="011111",
            title="early_death",
        ),
    )


def _sets(held: Snapshot, marks: Marks, words: Words) -> list[Row]:
    figure = held.response
    counted = (
        ("full_set", "full", figure.full),
        ("responders_so_far", "responders", figure.responders),
        ("non_responders", "non_responders", figure.non_responders),
        ("pending", "pending", figure.pending),
        ("assessed", "assessed", figure.assessed),
        ("closed", "window_over", figure.window_over),
        ("evaluable", "evaluable.subjects", figure.evaluable.subjects),
        ("early_deaths", "early_deaths", figure.early_deaths),
    )
    nobody = words.text("missing.nobody-in-full-set-yet")
    return [
        (
            marks.beside(words.text(f"tables.{key}"), f"response.{name}"),
            words.number(number),
            words.percent(number / figure.full) if figure.full else nobody,
        )
        for key, name, number in counted
    ]


def _rates(held: Snapshot, marks: Marks, words: Words) -> list[Row]:
    nobody = words.text("missing.nobody-in-full-set-yet")
    rows: list[Row] = []
    for rate in held.response.rates:
        bounds = (rate.bounds.lower, rate.bounds.upper)
        rows.append(
            (
                marks.beside(
                    f"{rate.name} · {words.text_or_key('response', rate.name.lower())}", f"response.rates.{rate.name}"
                ),
                words.number(rate.count),
                words.number(rate.of),
                *_estimate(rate.estimate, words),
                *(
                    marks.beside(
                        nobody if bound is None else words.percent(bound, 2), f"response.rates.{rate.name}.bounds"
                    )
                    for bound in bounds
                ),
            )
        )
    evaluable = held.response.evaluable
    rows.append(
        (
            marks.beside(words.text("tables.orr_evaluable"), "response.evaluable"),
            words.number(evaluable.count),
            words.number(evaluable.of),
            *_estimate(evaluable.estimate, words),
            *(words.text("tables.does_not_apply"),) * 2,
        )
    )
    return rows


def _mortality(held: Snapshot, marks: Marks, words: Words) -> list[Row]:
    return [
        (
            marks.beside(words.number(each.day), f"response.mortality.{each.day}"),
            words.number(each.count),
            words.number(each.of),
            *_estimate(each.estimate, words),
        )
        for each in held.response.mortality
    ]


def survival(now: Status, _study: StudyDefinition, words: Words) -> tuple[Table, ...]:
    held, marks = _held(now), _marks(now, words)
    points: list[Row] = []
    if held is not None:
        points = [
            (marks.beside(words.number(at.day), f"survival.at.{at.day}"), *_estimate(at.estimate, words))
            for at in held.survival.at
        ]
    return (
        table(words, "day survival_column low high", points, numeric="1111"),
        table(
            words,
            "day at_risk deaths censored survival_column low high",
            _curve(held, words) if held else [],
            numeric="1111111",
            title="curve",
            mark=marks.of("survival.curve"),
            empty=_why_empty(now, "survival.nobody"),
        ),
    )


def _curve(held: Snapshot, words: Words) -> list[Row]:
    curve = held.survival.curve
    none = words.text("tables.nothing")
    rows = zip(
        curve.days, curve.at_risk, curve.events, curve.censored, curve.survival, curve.lower, curve.upper, strict=True
    )
    return [
        (
            *(words.number(count) for count in (day, at_risk, deaths, censored)),
            words.percent(height, 2),
            none if low is None else words.percent(low, 2),
            none if high is None else words.percent(high, 2),
        )
        for day, at_risk, deaths, censored, height, low, high in rows
    ]
