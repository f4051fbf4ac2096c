"""Rules on the study's schedule of visits.

A visit's window runs from ``days_before`` before its day to ``days_after`` after it, both inclusive, counted from the
day of its anchor; a visit whose anchor never happened has none. Something is missing only where the window closed
before the date at which the record is judged, and nobody expects a visit of a subject who died, withdrew, was lost or
whose part ended on the window's last day or earlier.

A required thing is there where it happened within the window, or on a day on which the visit was done. An analyte
needs a number; "contact" is there too where the visit itself was done.
"""

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator

import msgspec

from schemas.checks.chart import Chart
from schemas.checks.finding import Doubt, doubt
from schemas.events import (
    ContactedAlive,
    MarrowAssessed,
    ResponseAssessed,
    ResultReported,
    SpecimenCollected,
    VisitDone,
    VisitMissed,
)
from schemas.events.fact import Fact
from schemas.milestones import Milestones
from schemas.settlement import Entry
from schemas.study import Visit

Things = dict[str, list[Entry]]
"""By what a visit may require, the entries that are it, in order of their days."""

_ITEMS: tuple[tuple[str, type[Fact]], ...] = (
    ("marrow", MarrowAssessed),
    ("response", ResponseAssessed),
    ("contact", ContactedAlive),
)


class _Window(msgspec.Struct, frozen=True, kw_only=True):
    visit: Visit
    anchor: Entry
    opens_on: dt.date
    closes_on: dt.date


def visit_missing(chart: Chart) -> Iterator[Doubt]:
    """The window closed, and nobody said that the visit was done or missed, nor is there anything that it requires."""
    things, spoken_of = _things(chart), _days_done(chart).keys() | _missed(chart)
    for window in _closed_windows(chart):
        if window.visit.id not in spoken_of and not any(_found(things, window, ()).values()):
            yield _at_close(window, about=window.visit.id)


def visit_item_missing(chart: Chart) -> Iterator[Doubt]:
    """The window closed, the visit took place, and something that it requires is not there."""
    things, done, missed = _things(chart), _days_done(chart), _missed(chart)
    for window in _closed_windows(chart):
        days_on = done.get(window.visit.id, [])
        found = _found(things, window, days_on)
        took_place = bool(days_on) or any(found.values())
        if window.visit.id in missed or not took_place:
            continue
        for item in window.visit.requires:
            if found[item] is None and not (item == "contact" and days_on):
                yield _at_close(window, about=f"{window.visit.id} {item}")


def visit_out_of_window(chart: Chart) -> Iterator[Doubt]:
    """A visit was done before its window opened or after it closed."""
    windows = {window.visit.id: window for window in _windows(chart)}
    for entry, facts in chart.of(VisitDone):
        window = windows.get(facts.visit)
        if window is not None and not window.opens_on <= entry.happened.on <= window.closes_on:
            yield doubt("happened", window.anchor, entry)


def visit_missed_but_done(chart: Chart) -> Iterator[Doubt]:
    """A visit was missed, and also done, or a specimen was taken for it, or what it requires is there."""
    things, windows = _things(chart), {window.visit.id: window for window in _windows(chart)}
    there: dict[str, list[tuple[Entry, str]]] = defaultdict(list)
    for entry, done in chart.of(VisitDone):
        there[done.visit].append((entry, "visit"))
    for entry, specimen in chart.of(SpecimenCollected):
        there[specimen.visit or ""].append((entry, "specimen"))
    for missed, facts in chart.of(VisitMissed):
        for entry, about in there.get(facts.visit, []):
            yield doubt("visit", missed, entry, about=about)
        if (window := windows.get(facts.visit)) is not None:
            for item, found in _found(things, window, ()).items():
                if found is not None:
                    yield doubt("visit", missed, found, about=item)


def visit_unknown(chart: Chart) -> Iterator[Doubt]:
    """A visit that the study's schedule does not have was done or missed, or a specimen was taken for one."""
    known = {visit.id for visit in chart.study.visits}
    kinds: tuple[type[VisitDone | VisitMissed | SpecimenCollected], ...] = (VisitDone, VisitMissed, SpecimenCollected)
    for kind in kinds:
        for entry, facts in chart.of(kind):
            if facts.visit is not None and facts.visit not in known:
                yield doubt("visit", entry)


def _at_close(window: _Window, about: str) -> Doubt:
    """There is no entry for what is missing, so the doubt names the anchor, and the day on which the window closed."""
    return Doubt(entries=(window.anchor.id,), field="visit", on=window.closes_on, about=about)


def _windows(chart: Chart) -> Iterator[_Window]:
    for visit in chart.study.visits:
        anchor = chart.enrolled if visit.anchor == "enrolment" else chart.treated
        if anchor is not None:
            due_on = anchor.happened.on + dt.timedelta(days=visit.day)
            yield _Window(
                visit=visit,
                anchor=anchor,
                opens_on=due_on - dt.timedelta(days=visit.days_before),
                closes_on=due_on + dt.timedelta(days=visit.days_after),
            )


def _closed_windows(chart: Chart) -> Iterator[_Window]:
    """The windows that are over, of visits that somebody expected."""
    left_on = _left_on(chart.milestones)
    for window in _windows(chart):
        if window.closes_on < chart.on and (left_on is None or window.closes_on < left_on):
            yield window


def _left_on(milestones: Milestones) -> dt.date | None:
    """The day from which no visit is expected any more. A contact after a loss ends the loss."""
    lost, alive = milestones.lost, milestones.alive
    if lost is not None and alive is not None and alive > lost:
        lost = None
    marks = (milestones.died, milestones.withdrew, milestones.ended, lost)
    return min((mark.on for mark in marks if mark is not None), default=None)


def _things(chart: Chart) -> Things:
    things: Things = {item: [entry for entry, _ in chart.noted.get(kind, [])] for item, kind in _ITEMS}
    required = {item for visit in chart.study.visits for item in visit.requires}
    for entry, facts in chart.of(ResultReported):
        if facts.analyte in required and facts.number is not None:
            things.setdefault(facts.analyte, []).append(entry)
    return {item: sorted(entries, key=_on) for item, entries in things.items()}


def _found(things: Things, window: _Window, days_on: list[dt.date] | tuple[()]) -> dict[str, Entry | None]:
    """By each required item, the first entry that is it: within the window, else on one of these days."""
    spans = [(window.opens_on, window.closes_on), *((day_on, day_on) for day_on in days_on)]
    found: dict[str, Entry | None] = {}
    for item in window.visit.requires:
        inside = (_first_within(things.get(item, []), *span) for span in spans)
        found[item] = next((entry for entry in inside if entry is not None), None)
    return found


def _first_within(entries: list[Entry], first_on: dt.date, last_on: dt.date) -> Entry | None:
    at = bisect_left(entries, first_on, key=_on)
    return entries[at] if at < len(entries) and entries[at].happened.on <= last_on else None


def _days_done(chart: Chart) -> dict[str, list[dt.date]]:
    days: dict[str, list[dt.date]] = defaultdict(list)
    for entry, facts in chart.of(VisitDone):
        days[facts.visit].append(entry.happened.on)
    return dict(days)


def _missed(chart: Chart) -> frozenset[str]:
    return frozenset(facts.visit for _, facts in chart.of(VisitMissed))


def _on(entry: Entry) -> dt.date:
    return entry.happened.on
