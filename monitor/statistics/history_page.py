"""The history of one number: its drawing over positions, and a table of what moved when. Pure.

Both come from rows that were stored at the time; nothing is computed for them. Which entries moved a number is
computed from the ledger, and only where somebody asks for one move.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import msgspec
from markupsafe import Markup

from analytics.analyses import decode_analyses
from analytics.analysis_numbers import PREFIX, Figure, figures_of, name_of
from analytics.history import History, Kept
from analytics.numbers import numbers_of
from monitor.audit import addresses as audit_addresses
from monitor.audit import people
from monitor.audit.numbers_page import is_listed
from monitor.audit.numbers_words import PARTS, said, title
from monitor.audit.people import Origin
from monitor.charts import history as chart
from monitor.charts.history import Drawn
from monitor.marks import Marks
from monitor.statistics import addresses
from monitor.statistics.figure_words import called, says
from monitor.statistics.figure_words import number as figure_number
from monitor.words import Words
from schemas.study import StudyDefinition

ROWS_MAX = 100
"""How many moves the table shows, the newest; a narrower stretch of positions shows the others."""

FIRST = "enrolment.enrolled"
"""The number that is shown before one was chosen."""


class Option(msgspec.Struct, frozen=True, kw_only=True):
    value: str
    name: str
    chosen: bool


class OptionGroup(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    options: tuple[Option, ...]


class MoveRow(msgspec.Struct, frozen=True, kw_only=True):
    """``because`` are reasons other than entries: other code, or another cutoff. ``ask`` leads to which entries moved
    it, ``compare`` to all that moved; None where no entry came between."""

    position: str
    at: str | None
    old: str
    new: str
    because: tuple[str, ...]
    ask: str | None
    compare: str | None


class Mover(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that came between and moved an endpoint row. ``moved`` is what it says of the number itself: yes, no, or
    None where that was not computed."""

    subject: str
    subject_address: str
    origin: Origin
    moved: bool | None


class Movers(msgspec.Struct, frozen=True, kw_only=True):
    """What came of asking for one move. ``cutoffs`` is a sentence where the data cutoff moved as well, ``more`` one
    where there are more entries than are named; ``compare`` leads to them."""

    title: str
    entries: tuple[Mover, ...]
    cutoffs: str | None
    none: str | None
    note: str
    judged: bool
    more: str | None
    compare: str


class HistoryPage(msgspec.Struct, frozen=True, kw_only=True):
    """``empty`` says why there is no drawing. ``thinned`` says what is left out of many rows."""

    number: str
    title: str
    mark: Markup | None
    latest: str
    groups: tuple[OptionGroup, ...]
    given: dict[str, str]
    problems: dict[str, str]
    picture: Markup | None
    empty: str | None
    thinned: str | None
    over: str
    rows: tuple[MoveRow, ...]
    more: str | None
    movers: Movers | None
    zone: str


class _Point(msgspec.Struct, frozen=True, kw_only=True):
    """One stored row's say: ``raw`` tells whether two differ, ``said`` is it in words."""

    kept: Kept
    raw: Any
    said: str
    drawn: Drawn


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What was read for a page: the history of the number's own kind of row, the names that there are now, and their
    marks."""

    history: History
    numbers: tuple[str, ...]
    figures: tuple[tuple[str, str, Figure], ...]
    marks: Marks


def is_of_the_plan(name: str) -> bool:
    return name.startswith(PREFIX)


def history_page(
    asked: Mapping[str, str],
    problems: Mapping[str, str],
    read: Read,
    movers: Movers | None,
    study: StudyDefinition,
    words: Words,
) -> HistoryPage:
    """``asked`` has the number, and the stretch of positions where one was named."""
    name = asked["number"]
    points = _points(name, read.history, study, words)
    heading = _title(name, read, words)
    shown = points[-1].said if points else words.text("history.nothing")
    picture = None
    if points:
        label = words.text("history.picture", number=heading, n=len(points), first=points[0].said, last=shown)
        until = points[-1].kept.last_commit
        picture = chart.draw([each.drawn for each in points], until, _axis(name, read), label, words)
    moves = _moves(points, asked, study, words)
    return HistoryPage(
        number=name,
        title=heading,
        mark=read.marks.of(name),
        latest=shown,
        groups=_groups(name, read, words),
        given=dict(asked),
        problems=dict(problems),
        picture=picture,
        empty=None if picture is not None else words.text("history.nothing" if not points else "history.never_given"),
        thinned=_thinned(read.history, words),
        over=_over(points, words),
        rows=tuple(moves[:ROWS_MAX]),
        more=words.text("history.more", shown=ROWS_MAX, n=len(moves)) if len(moves) > ROWS_MAX else None,
        movers=movers,
        zone=people.zone(study, words),
    )


def _points(name: str, history: History, study: StudyDefinition, words: Words) -> list[_Point]:
    """One for each row that knows the number by this name; a number that was added later has a shorter history."""
    points = []
    for kept in history.kept:
        found = _figure_in(name, kept.body) if is_of_the_plan(name) else numbers_of(kept.body).get(name, _ABSENT)
        if found is _ABSENT or (found is None and is_of_the_plan(name)):
            continue
        on = None if kept.committed_at is None else kept.committed_at.astimezone(study.tzinfo).date()
        if isinstance(found, Figure):
            value, lower, upper, spoken = found.value, found.lower, found.upper, says(found, words)
        else:
            (value, lower, upper), spoken = _drawable(found), said(name, found, words)
        drawn = Drawn(commit=kept.first_commit, on=on, value=value, lower=lower, upper=upper)
        points.append(_Point(kept=kept, raw=found, said=spoken, drawn=drawn))
    return points


_ABSENT = object()


def _figure_in(name: str, body: bytes) -> Figure | None:
    for result in decode_analyses(body).results.results:
        for figure in figures_of(result):
            if name_of(result.id, figure) == name:
                return figure
    return None


def _drawable(number: Any) -> tuple[float | None, float | None, float | None]:
    """Value and limits: of a proportion its estimate, of bounds the limits alone, of a date its day."""
    if isinstance(number, dict):
        inner = number.get("estimate", number)
        value = inner.get("value")
        return value, inner.get("lower"), inner.get("upper")
    if isinstance(number, str):
        on = _date(number)
        return (None if on is None else float(on.toordinal())), None, None
    if isinstance(number, int | float) and not isinstance(number, bool):
        return float(number), None, None
    return None, None, None


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _axis(name: str, read: Read) -> Callable[[float], str]:
    """How the axis writes its numbers."""
    figure = next((each for analysis, _, each in read.figures if name_of(analysis, each) == name), None)
    if figure is not None:
        if figure.scale == "share":
            return _percent
        return lambda value: figure_number(value, figure, Words("en")) if figure.scale != "p" else f"{value:g}"
    if name.endswith("_on"):
        return lambda value: dt.date.fromordinal(max(round(value), 1)).isoformat()[:7]
    if name.startswith(("survival.at.", "response.rates", "response.mortality")) or name in _SHARES:
        return _percent
    return lambda value: f"{value:g}"


_SHARES = frozenset({"accrual.by_planned", "funnel.screen_failure_rate", "response.evaluable"})


def _percent(value: float) -> str:
    return f"{value * 100:g}%"


def _title(name: str, read: Read, words: Words) -> str:
    for analysis, plan_title, figure in read.figures:
        if name_of(analysis, figure) == name:
            return words.text("history.of_analysis", analysis=plan_title, number=called(figure, words))
    return title(name, words)


def _groups(name: str, read: Read, words: Words) -> tuple[OptionGroup, ...]:
    """The list to choose from: the live numbers by panel, then each analysis of the plan."""
    groups = []
    for part in PARTS:
        options = tuple(
            Option(value=each, name=read.marks.in_text(title(each, words), each), chosen=each == name)
            for each in read.numbers
            if (_panel(each) == part and is_listed(each))
        )
        if options:
            groups.append(OptionGroup(title=words.text(f"tables.{part}"), options=options))
    for analysis in dict.fromkeys(each for each, _, _ in read.figures):
        mine = [(titled, figure) for each, titled, figure in read.figures if each == analysis]
        options = tuple(
            Option(
                value=name_of(analysis, figure),
                name=read.marks.in_text(
                    words.text("history.of_analysis", analysis=titled, number=called(figure, words)),
                    name_of(analysis, figure),
                ),
                chosen=name_of(analysis, figure) == name,
            )
            for titled, figure in mine
        )
        groups.append(OptionGroup(title=words.text("history.plan_group", analysis=mine[0][0]), options=options))
    return tuple(groups)


def _panel(name: str) -> str:
    part = name.partition(".")[0]
    return "enrolment" if part == "accrual" else part


def _moves(points: Sequence[_Point], asked: Mapping[str, str], study: StudyDefinition, words: Words) -> list[MoveRow]:
    """The newest first. Two rows that say the same of the number are no move."""
    moves = [_move(old, new, asked, study, words) for old, new in pairwise(points) if old.raw != new.raw]
    return moves[::-1]


def _move(old: _Point, new: _Point, asked: Mapping[str, str], study: StudyDefinition, words: Words) -> MoveRow:
    before, after = old.kept.last_commit, new.kept.first_commit
    because = []
    if old.kept.code != new.kept.code:
        because.append(words.text("history.other_code", old=old.kept.code, new=new.kept.code))
    if old.kept.cutoff_on != new.kept.cutoff_on:
        because.append(words.text("history.other_cutoff", old=old.kept.cutoff_on, new=new.kept.cutoff_on))
    came = after > before
    points = {"before": str(before), "after": str(after)}
    return MoveRow(
        position=words.text("history.between", before=before, after=after) if came else words.number(after),
        at=None if new.kept.committed_at is None else people.to_the_minute(new.kept.committed_at, study),
        old=old.said,
        new=new.said,
        because=tuple(because),
        ask=f"{addresses.history({**asked, **points})}#moved" if came else None,
        compare=audit_addresses.comparison(points) if came else None,
    )


def _thinned(history: History, words: Words) -> str | None:
    if history.whole:
        return None
    return words.text("history.thinned", shown=len(history.kept), n=history.of)


def _over(points: Sequence[_Point], words: Words) -> str:
    if not points:
        return ""
    first, last = points[0].kept, points[-1].kept
    over = words.text("history.over", first=first.first_commit, last=last.last_commit, n=len(points))
    banded = any(each.drawn.band is not None for each in points)
    return f"{over} · {words.text('history.band')}" if banded else over
