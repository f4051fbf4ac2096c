"""The report in its order, in one language: what the HTML and the PDF lay out. Pure but for the figures it makes."""

from collections.abc import Iterator

import msgspec
from matplotlib.figure import Figure

from analytics.disclosure import is_withheld
from analytics.plans.results import Result
from monitor import panels
from monitor.report import (
    answers,
    course_figures,
    diagnostic_figures,
    effect_figures,
    enrolment_figures,
    tables,
    time_figures,
)
from monitor.report.content import Report, called
from monitor.table import Table
from monitor.words import Words


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One heading and what stands under it. ``notes`` are guards; ``commands`` are lines to type.

    ``id`` is unique in the report. ``level`` 1 begins a chapter. ``mark`` stands behind the title of what is
    exploratory.
    """

    id: str
    title: str
    level: int = 2
    sentences: tuple[str, ...] = ()
    figure: Figure | None = None
    caption: str = ""
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    mark: str | None = None


def title_of(report: Report, words: Words) -> str:
    return words.text("report.title", study=report.study.id)


def audience(report: Report, words: Words) -> str:
    """Who may read it, as it stands on every page."""
    return words.text("report.for_statistician_only" if _shows_blinded(report) else "report.for_whom")


def _shows_blinded(report: Report) -> bool:
    return report.marker_is_blinded and not report.hides_marker


def parts(report: Report, words: Words) -> Iterator[Part]:
    """Within `monitor.report.style.styled`."""
    yield Part(
        id="identity",
        title=words.text("report.what_this_is"),
        level=1,
        sentences=(
            _about_the_look(report, words),
            _about_the_plan(report, words),
            audience(report, words),
            words.text("report.simulated"),
        ),
        tables=(tables.identity(report, words),),
    )
    yield from _conduct(report, words)
    yield from _response(report, words)
    yield from _over_time(report, words)
    yield from _effects(report, words)
    yield from _estimates(report, words)
    yield Part(
        id="differences",
        title=words.text("report.differences"),
        level=1,
        sentences=(words.text("report.differences_said"),),
        tables=(tables.differences(report, words),),
    )
    yield _check(report, words)


def _about_the_look(report: Report, words: Words) -> str:
    return words.text(f"report.about_{report.look}", cutoff=report.then.cutoff_on)


def _about_the_plan(report: Report, words: Words) -> str:
    """What the mark says; or, once for the whole report, that all is exploratory."""
    if report.plan is None:
        return words.text("exploratory.all")
    return words.text("report.about_plan", plan=f"{report.plan.name} {report.plan.version}")


def _mark(report: Report, words: Words, *, planned: bool) -> str | None:
    return None if planned or report.plan is None else words.text("exploratory.word")


def _drawn(report: Report, words: Words, name: str, drawn: Figure | str, **more: object) -> Part:
    """A figure with its caption, or the sentence in its place."""
    part = Part(id=name, title=words.text(f"report.{name}"))
    if isinstance(drawn, str):
        part = msgspec.structs.replace(part, sentences=(drawn,))
    else:
        level = words.level(report.then.snapshot.interval_level)
        part = msgspec.structs.replace(part, figure=drawn, caption=words.text(f"report.{name}_caption", level=level))
    return msgspec.structs.replace(part, **more)


def _conduct(report: Report, words: Words) -> Iterator[Part]:
    yield Part(id="conduct", title=words.text("report.conduct"), level=1)
    forecast = tables.forecast(report.then.snapshot.accrual, words)
    yield _drawn(report, words, "enrolment", enrolment_figures.enrolment(report, words), tables=(forecast,))
    failures = panels.screen_failures(report.then.snapshot.funnel, words)
    more = {} if failures is None else {"sentences": (failures,)}
    figure, told = enrolment_figures.funnel(report, words), tables.funnel(report, words)
    yield _drawn(report, words, "funnel", figure, tables=told, **more)


def _response(report: Report, words: Words) -> Iterator[Part]:
    yield Part(id="response-chapter", title=words.text("report.response_chapter"), level=1)
    yield _drawn(
        report,
        words,
        "response",
        effect_figures.shares(report, words),
        tables=(tables.sets(report, words), tables.best_responses(report, words)),
    )
    yield _drawn(report, words, "swimmer", course_figures.swimmer(report, words))
    part = _drawn(report, words, "waterfall", course_figures.waterfall(report, words))
    sentences = (*part.sentences, tables.blasts(report, words))
    yield _asked_by_no_plan(report, msgspec.structs.replace(part, sentences=sentences), words)


def _asked_by_no_plan(report: Report, part: Part, words: Words) -> Part:
    """A picture of outcomes that is of no estimate: no plan has a way to ask for it."""
    return msgspec.structs.replace(part, mark=_mark(report, words, planned=part.figure is None))


def _over_time(report: Report, words: Words) -> Iterator[Part]:
    yield Part(id="time-chapter", title=words.text("report.time_chapter"), level=1)
    for result in report.results("kaplan-meier"):
        yield _of_result(report, result, words, "km", time_figures.curves(result, words))
    for result in report.results("cumulative-incidence"):
        yield _of_result(report, result, words, "incidence", time_figures.incidences(result, words))


def _of_result(report: Report, result: Result, words: Words, kind: str, figure: Figure | None) -> Part:
    level = words.level(report.then.snapshot.interval_level)
    hidden = words.text("report.marker_hidden") if is_withheld(result) else words.text("report.nothing_to_draw")
    why = tables.refusal(result, words) or hidden
    return Part(
        id=f"figure-{result.id}-{kind}",
        title=called(result, words),
        sentences=() if figure is not None else (why,),
        figure=figure,
        caption="" if figure is None else words.text(f"report.{kind}_caption", level=level),
        mark=_mark(report, words, planned=result.is_planned),
    )


def _effects(report: Report, words: Words) -> Iterator[Part]:
    yield Part(id="effect-chapter", title=words.text("report.effect_chapter"), level=1)
    yield _drawn(report, words, "forest", effect_figures.forest(report, words))
    yield _asked_by_no_plan(report, _drawn(report, words, "strip", effect_figures.strip(report, words)), words)
    for result in report.results("roc"):
        yield _of_result(report, result, words, "roc", effect_figures.roc(result, words))
    for result in report.results("cox"):
        yield _zph(report, result, words)
        if result.answer is not None:
            yield _diagnostics(report, result, words)


def _zph(report: Report, result: Result, words: Words) -> Part:
    hidden, figure = is_withheld(result), effect_figures.zph(result, words)
    part = _of_result(report, result, words, "zph", figure)
    missing = None if result.answer is None else result.answer["proportional_hazards_missing"]
    told = part.sentences
    if missing is not None:
        told = (words.text("report.no_zph", why=tables.why(missing["reason"], missing["sentence"], words)),)
    elif hidden:
        told = (words.text("report.zph_hidden"),)
    title = words.text("report.zph_of", title=called(result, words))
    return msgspec.structs.replace(part, title=title, sentences=() if figure is not None else told)


def _diagnostics(report: Report, result: Result, words: Words) -> Part:
    part = _of_result(report, result, words, "diagnostics", diagnostic_figures.diagnostics(report, result, words))
    return msgspec.structs.replace(
        part,
        title=words.text("report.diagnostics_of", title=called(result, words)),
        sentences=diagnostic_figures.sentences(report, result, words),
    )


def _estimates(report: Report, words: Words) -> Iterator[Part]:
    plan = report.analyses
    said = (words.text("report.no_plan"),) if plan is None else (words.text("report.estimates_said"),)
    yield Part(id="estimates", title=words.text("report.estimates"), level=1, sentences=said)
    for result in report.results():
        counted = words.text("report.estimated_from", id=result.id, method=result.method, n=result.subjects)
        left_out = [f"{count} {_left_out(why, words)}" for why, count in result.left_out.items()]
        if left_out:
            counted = words.listed([counted, words.text("report.left_out", parts=words.enumerated(left_out))])
        refused = tables.refusal(result, words)
        rows = answers.rows_of(result, words, hidden=is_withheld(result))
        yield Part(
            id=f"estimate-{result.id}",
            title=called(result, words),
            sentences=(counted,) if refused is None else (counted, refused),
            tables=() if refused is not None else (tables.made(words, "what estimate interval p", rows, "0111"),),
            notes=tables.guards(result, words),
            mark=_mark(report, words, planned=result.is_planned),
        )


def _left_out(why: str, words: Words) -> str:
    return words.text_or_key("report", f"out_{why}").removeprefix("out_")


def _check(report: Report, words: Words) -> Part:
    commit, key = report.then.known_at.commit, report.then.snapshot.key
    return Part(
        id="check",
        title=words.text("report.check"),
        level=1,
        sentences=(
            words.text("report.check_verify"),
            words.text("report.check_stats", digest=key.endpoint_digest),
            words.text("report.check_again"),
        ),
        commands=(
            "trialog ledger verify",
            f"trialog stats --known-at {commit} --json",
            f"trialog report OUT --known-at {commit}",
            "trialog ledger export OUT",
        ),
    )
