"""The tables of the report that are not of one estimate: what it is of, the sets, differences between two readings."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from analytics.figures import AccrualFigure
from analytics.plans.results import Result
from monitor.guard_words import named
from monitor.marks import marks_by
from monitor.report.content import Report
from monitor.report.courses import blast_change
from monitor.report.enrolment_figures import failed_criteria
from monitor.table import Row, Table
from monitor.words import Words


def made(words: Words, columns: str, rows: Iterable[Row], numeric: str, title: str | None = None) -> Table:
    """``columns`` are keys of the section report, separated by spaces."""
    return Table(
        title=None if title is None else words.text(f"report.{title}"),
        columns=tuple(words.text(f"report.{key}") for key in columns.split()),
        numeric=tuple(flag == "1" for flag in numeric),
        rows=tuple(rows),
        empty=words.text("report.no_rows"),
    )


def identity(report: Report, words: Words) -> Table:
    """What the numbers depend on, wholly, and the seal over the rows that they were read from."""
    known, key, seal = report.then.known_at, report.then.snapshot.key, report.seal
    of = report.study
    rows: list[Row] = [
        (words.text("report.study"), f"{of.id} · {of.title.zh if words.language == 'zh' else of.title.en}"),
        (words.text("report.study_version"), of.version),
        (words.text("report.position"), words.text("report.commit", n=str(known.commit))),
        (
            words.text("report.committed"),
            "–" if known.committed_at is None else f"{known.committed_at:%Y-%m-%d %H:%M:%S} UTC",
        ),
        (words.text("report.cutoff"), report.then.cutoff_on.isoformat()),
        (words.text("report.look"), words.text(f"report.look_{report.look}")),
        (words.text("report.endpoint_digest"), key.endpoint_digest),
        (words.text("report.parameters_digest"), key.parameters_digest),
        (words.text("report.code_version"), key.code_version),
    ]
    if report.analyses is not None:
        plan = report.analyses.results
        rows.append((words.text("report.the_plan"), f"{plan.plan} {plan.plan_version} · {plan.plan_digest}"))
    if seal is None:
        rows.append((words.text("report.seal"), words.text("report.no_seal")))
    else:
        covers = words.text("report.seal_covers" if seal.covers else "report.seal_before")
        said = words.text("report.seal_said", n=seal.number, rows=seal.rows, commit=seal.commit)
        rows += [
            (words.text("report.seal"), f"{said} {covers}"),
            (words.text("report.seal_root"), seal.root),
            (words.text("report.seal_keys"), words.enumerated(seal.keys) or "–"),
        ]
    return made(words, "what is_so", rows, "00")


def forecast(accrual: AccrualFigure, words: Words) -> Table:
    far = words.text("enrolment.far")
    rows: list[Row] = [(words.text("report.planned_on"), accrual.planned_on.isoformat())]
    if accrual.reached_on is not None:
        rows.append((words.text("report.reached_on"), accrual.reached_on.isoformat()))
        return made(words, "what is_so", rows, "00")
    rows.append((words.text("report.median_on"), far if accrual.median_on is None else accrual.median_on.isoformat()))
    for each in accrual.intervals:
        limits = [far if on is None else on.isoformat() for on in (each.lower_on, each.upper_on)]
        rows.append((words.text("report.interval_on", level=words.level(each.level)), " – ".join(limits)))
    rows.append((words.text("report.in_time"), words.probability(accrual.by_planned)))
    return made(words, "what is_so", rows, "00")


def funnel(report: Report, words: Words) -> tuple[Table, ...]:
    now, wording = report.then.snapshot.funnel, {each.id: each.text for each in report.study.criteria}
    steps = [(words.text(f"funnel.{step.step}"), str(step.subjects)) for step in now.steps]
    failed = [
        (name, wording[name].zh if words.language == "zh" else wording[name].en, str(count))
        for name, count in failed_criteria(now, report).items()
    ]
    return made(words, "step subjects", steps, "01"), made(words, "criterion wording failed", failed, "001")


def sets(report: Report, words: Words) -> Table:
    rows = report.rows
    members = (
        ("enrolled_all", len(rows)),
        ("full_set", sum(row.membership.in_full_set for row in rows)),
        ("evaluable_set", sum(row.membership.in_evaluable_set for row in rows)),
        ("safety_set", sum(row.membership.in_safety_set for row in rows)),
    )
    return made(words, "the_set subjects", [(words.text(f"report.{key}"), str(count)) for key, count in members], "01")


def best_responses(report: Report, words: Words) -> Table:
    """The full set by best response: by the investigator, and by the rules."""
    full = [row for row in report.rows if row.membership.in_full_set]
    by = [
        Counter(NOT_YET if each is None or each.shown is None else each.shown.value for each in readings)
        for readings in ([row.investigator for row in full], [row.derived for row in full])
    ]
    names = [name for name in ("CR", "CRh", "CRi", "MLFS", "PR", "NR", "relapse", "NE") if by[0][name] or by[1][name]]
    names += sorted((set(by[0]) | set(by[1])) - set(names))
    said = [
        (words.text("report.none_yet") if name == NOT_YET else name, str(by[0][name]), str(by[1][name]))
        for name in names
    ]
    table = made(words, "best by_investigator by_rules", said, "011", "best_responses")
    shown = [f"response.by_best.{name}" for name in names if name != NOT_YET]
    title = marks_by(report.prespecified, words).in_text(table.title or "", *shown)
    return msgspec.structs.replace(table, title=title)


NOT_YET = ""


def blasts(report: Report, words: Words) -> str:
    """How many could be drawn, and how many not: a waterfall is of those who were measured twice."""
    treated = [row for row in report.rows if row.membership.treated_on is not None]
    drawn = sum(blast_change(row, report.blasts.get(row.subject, ())) is not None for row in treated)
    return words.text("report.waterfall_of", drawn=drawn, treated=len(treated))


def differences(report: Report, words: Words) -> Table:
    rows: list[Row] = [
        (
            row.subject,
            each.on.isoformat(),
            each.investigator.value,
            " / ".join(one.value for one in each.derived) or "–",
        )
        for row in report.rows
        for each in row.differences
    ]
    return made(words, "subject on by_investigator by_rules", rows, "0000")


def guards(result: Result, words: Words) -> tuple[str, ...]:
    """Each label as one text: what, why, what to do. English says the label's own words, which name columns too."""
    return tuple(
        f"{each.what} {each.why} {each.then}"
        if words.language == "en"
        else words.text(f"report.guard_{each.guard.value}", **named(each, words))
        for each in result.labels
        if not each.stops
    )


def refusal(result: Result, words: Words) -> str | None:
    """The sentence why there is no estimate. The estimators write English; Chinese has one sentence a reason."""
    if result.refused is None:
        return None
    return words.text("report.refused", why=why(result.refused.reason, result.refused.sentence, words))


def why(reason: str, sentence: str, words: Words) -> str:
    """The estimators' own sentence in English; in another language the one of the reason."""
    key = f"report.why_{reason}"
    return words.text(key) if words.language != "en" and words.has(key) else sentence
