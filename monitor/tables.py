"""Every panel as a table, with how it is computed. Pure; cells are text, and what is missing is said."""

from collections.abc import Callable

import msgspec

from analytics.estimates import Estimate
from analytics.snapshot import Snapshot
from monitor import happenings, instants, panels
from monitor.charts.enrolment import planned_on
from monitor.view import Status
from monitor.words import Words
from schemas.study import StudyDefinition

Row = tuple[str, ...]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """``numeric`` says for each column whether it is set flush right. ``empty`` is said where there is no row."""

    title: str | None
    columns: Row
    numeric: tuple[bool, ...]
    rows: tuple[Row, ...]
    empty: str


class TablePage(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    how: str
    tables: tuple[Table, ...]


def page(name: str, now: Status, study: StudyDefinition, words: Words) -> TablePage:
    """One of ``NAMES``. Raises KeyError for another."""
    made = _MAKERS[name](now, study, words)
    return TablePage(title=words.text(f"tables.{name}"), how=_how(name, study, words), tables=made)


def _how(name: str, study: StudyDefinition, words: Words) -> str:
    return words.text(
        f"how.{name}",
        begins=study.enrolment_begins_on,
        ends=study.enrolment_ends_on,
        target=study.target,
        days=study.endpoints.response_window_days,
        level=words.level(float(study.endpoints.interval_level)),
        origin=words.text(f"how.origin_{study.endpoints.survival_origin}"),
    )


def _table(
    words: Words,
    columns: str,
    rows: list[Row],
    *,
    numeric: str,
    title: str | None = None,
    empty: str = "statistics.none",
    **values: object,
) -> Table:
    """``columns`` are keys of the section tables, separated by spaces; ``numeric`` has a 1 for each flush right."""
    return Table(
        title=words.text(f"tables.{title}") if title else None,
        columns=tuple(words.text(f"tables.{key}", **values) for key in columns.split()),
        numeric=tuple(flag == "1" for flag in numeric),
        rows=tuple(rows),
        empty=words.text(empty),
    )


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


def _enrolment(now: Status, study: StudyDefinition, words: Words) -> tuple[Table, ...]:
    rows: list[Row] = []
    if (held := _held(now)) is not None:
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
        _table(
            words,
            "date enrolled of_target by_plan",
            rows,
            numeric="0111",
            empty=_why_empty(now, "enrolment.nobody"),
            target=study.target,
        ),
    )


def _funnel(now: Status, study: StudyDefinition, words: Words) -> tuple[Table, ...]:
    rows: list[Row] = []
    if (held := _held(now)) is not None:
        rows = [
            (
                words.text(f"funnel.{step.step}"),
                words.number(step.subjects),
                panels.without(step, words) or words.text("tables.nothing"),
            )
            for step in held.funnel.steps
        ]
    criteria: list[Row] = [
        (each.id, each.text.zh if words.language == "zh" else each.text.en) for each in study.criteria
    ]
    return (
        _table(words, "stage subjects not_further", rows, numeric="010"),
        _table(words, "criterion wording", criteria, numeric="00"),
    )


def _response(now: Status, _study: StudyDefinition, words: Words) -> tuple[Table, ...]:
    held = _held(now)
    return (
        _table(words, "set number share", _sets(held, words) if held else [], numeric="011"),
        _table(
            words,
            "outcome responders of estimate low high low_bound high_bound",
            _rates(held, words) if held else [],
            numeric="01111111",
        ),
        _table(
            words,
            "died_by number of estimate low high",
            _mortality(held, words) if held else [],
            numeric="111111",
            title="early_death",
        ),
    )


def _sets(held: Snapshot, words: Words) -> list[Row]:
    figure = held.response
    counted = (
        ("full_set", figure.full),
        ("responders_so_far", figure.responders),
        ("non_responders", figure.non_responders),
        ("pending", figure.pending),
        ("assessed", figure.assessed),
        ("closed", figure.window_over),
        ("evaluable", figure.evaluable.subjects),
        ("early_deaths", figure.early_deaths),
    )
    nobody = words.text("missing.nobody-in-full-set-yet")
    return [
        (
            words.text(f"tables.{key}"),
            words.number(number),
            words.percent(number / figure.full) if figure.full else nobody,
        )
        for key, number in counted
    ]


def _rates(held: Snapshot, words: Words) -> list[Row]:
    nobody = words.text("missing.nobody-in-full-set-yet")
    rows: list[Row] = []
    for rate in held.response.rates:
        bounds = (rate.bounds.lower, rate.bounds.upper)
        rows.append(
            (
                f"{rate.name} · {words.text_or_key('response', rate.name.lower())}",
                words.number(rate.count),
                words.number(rate.of),
                *_estimate(rate.estimate, words),
                *(nobody if bound is None else words.percent(bound, 2) for bound in bounds),
            )
        )
    evaluable = held.response.evaluable
    rows.append(
        (
            words.text("tables.orr_evaluable"),
            words.number(evaluable.count),
            words.number(evaluable.of),
            *_estimate(evaluable.estimate, words),
            *(words.text("tables.does_not_apply"),) * 2,
        )
    )
    return rows


def _mortality(held: Snapshot, words: Words) -> list[Row]:
    return [
        (
            words.number(each.day),
            words.number(each.count),
            words.number(each.of),
            *_estimate(each.estimate, words),
        )
        for each in held.response.mortality
    ]


def _survival(now: Status, _study: StudyDefinition, words: Words) -> tuple[Table, ...]:
    held = _held(now)
    points: list[Row] = []
    if held is not None:
        points = [(words.number(at.day), *_estimate(at.estimate, words)) for at in held.survival.at]
    return (
        _table(words, "day survival_column low high", points, numeric="1111"),
        _table(
            words,
            "day at_risk deaths censored survival_column low high",
            _curve(held, words) if held else [],
            numeric="1111111",
            title="curve",
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


def _events(now: Status, study: StudyDefinition, words: Words) -> tuple[Table, ...]:
    rows: list[Row] = [
        (
            words.number(event.commit),
            instants.iso(event.received_at, study.tzinfo),
            event.subject or "—",
            happenings.what(event, study, words),
            happenings.source(event, words),
            happenings.outcome(event, words) or words.text("tables.accepted"),
        )
        for event in now.latest
    ]
    columns = "position received subject what source outcome_of_record"
    return (_table(words, columns, rows, numeric="100000", empty="latest.nothing"),)


def _data(now: Status, study: StudyDefinition, words: Words) -> tuple[Table, ...]:
    intake = now.intake

    def counted(*figures: tuple[str, int]) -> list[Row]:
        return [(words.text(f"data.{key}"), words.number(number)) for key, number in figures]

    records = counted(("accepted", intake.accepted), ("repeated", intake.repeated), ("quarantined", intake.quarantined))
    reasons: list[Row] = [
        (words.text_or_key("reasons", reason), words.number(number))
        for reason, number in sorted(intake.quarantined_by_reason.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    doors = counted(("waiting", intake.waiting), ("refused", intake.refused))
    workers: list[Row] = [
        (each.name, each.state, instants.iso(each.seen_at, study.tzinfo)) for each in now.line.workers
    ]
    none = "tables.none_quarantined"
    return (
        _table(words, "outcome_of_record records", records, numeric="01", title="what_became"),
        _table(words, "reason records", reasons, numeric="01", title="by_reason", empty=none),
        _table(words, "doors messages", doors, numeric="01", title="doors"),
        _table(
            words,
            "topic partition next end behind moved",
            _partitions(now, study, words),
            numeric="011110",
            title="partitions",
            empty="foot.empty",
        ),
        _table(words, "worker state heard", workers, numeric="000", title="workers", empty="data.no_worker"),
    )


def _partitions(now: Status, study: StudyDefinition, words: Words) -> list[Row]:
    not_said, never = words.text("tables.not_said"), words.text("tables.never")
    return [
        (
            each.topic,
            str(each.partition),
            words.number(each.next_offset),
            not_said if each.log_end is None else words.number(each.log_end),
            not_said if each.behind is None else words.number(each.behind),
            never if each.moved_at is None else instants.iso(each.moved_at, study.tzinfo),
        )
        for each in now.line.partitions
    ]


_MAKERS: dict[str, Callable[[Status, StudyDefinition, Words], tuple[Table, ...]]] = {
    "enrolment": _enrolment,
    "funnel": _funnel,
    "response": _response,
    "survival": _survival,
    "events": _events,
    "data": _data,
}

NAMES = tuple(_MAKERS)
"""In the order of the overview; each is an address under /tables/."""
