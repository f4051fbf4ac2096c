"""What one marrow is judged by: which counts, which blood, which earlier marrow. Pure choice, no category.

- **Counts** are read on one day, at most ``counts_days_before`` before the marrow and ``counts_days_after`` after it,
  and none after the next course began (its first day still counts: blood is drawn before). A day that has all counts of
  the rule set goes before one that has a part of them; then the nearest, of two equally near the later. What that day
  lacks is not known: a count of another day does not stand in.
- **Blasts in blood** are those of the nearest day within the same window, of two the later; where several samples of
  that day differ, the one with most blasts.
- The **pretreatment marrow** is the last adequate one on or before the first day of the line of treatment.
- Platelets given on the day of the platelet count, or at most ``transfusion_days_before`` it, are named.
"""

import datetime as dt
from collections.abc import Container, Mapping
from decimal import Decimal

import msgspec

from schemas.milestones import Mark
from schemas.rules.conditions import FINDINGS, NO, YES, Quantity, exactly
from schemas.rules.history import Course, History, Marrow, Reading
from schemas.study import ResponseSettings


class Window(msgspec.Struct, frozen=True):
    """Days around a marrow, both ends included."""

    marrow_on: dt.date
    first_on: dt.date
    last_on: dt.date

    def nearest(self, days: Container[dt.date]) -> list[dt.date]:
        """Those of the days that lie within, the nearest first, of two equally near the later first."""
        length = (self.last_on - self.first_on).days
        all_ = (self.first_on + dt.timedelta(days=number) for number in range(length + 1))
        within = [day for day in all_ if day in days]
        return sorted(within, key=lambda day: (abs(day - self.marrow_on), self.marrow_on - day))

    def __str__(self) -> str:
        return f"{self.first_on} to {self.last_on}"


class Readings(msgspec.Struct, frozen=True, kw_only=True):
    """``by_quantity`` has a reading for every quantity that a rule set may ask about at one marrow.

    ``transfused`` is the entry of the last platelets given shortly before the platelet count, None without any.
    """

    by_quantity: Mapping[Quantity, Reading]
    transfused: str | None


def readings_at(marrow: Marrow, history: History, needed: tuple[Quantity, ...], settings: ResponseSettings) -> Readings:
    """Everything but what earlier responses say, which is `schemas.rules.earlier`'s."""
    window = _window(marrow, history, settings)
    counts = _counts(window, history, needed)
    blood = _blood(window, history)
    before = _pretreatment(marrow, history)
    all_ = [*counts.values(), blood, before, history.male, marrow.adequate, *_of_marrow(marrow)]
    return Readings(
        by_quantity={reading.quantity: reading for reading in all_},
        transfused=_transfused(counts[Quantity.PLATELETS], history, settings),
    )


def _window(marrow: Marrow, history: History, settings: ResponseSettings) -> Window:
    on = marrow.mark.on
    last_on = on + dt.timedelta(days=settings.counts_days_after)
    next_on = min((course.on for course in history.courses if course.on >= on), default=last_on)
    return Window(on, on - dt.timedelta(days=settings.counts_days_before), min(last_on, next_on))


def _counts(window: Window, history: History, needed: tuple[Quantity, ...]) -> dict[Quantity, Reading]:
    days = window.nearest(history.counts)
    # max keeps the first of equals, which is the nearest.
    chosen = max(days, key=lambda day: len(history.counts[day].keys() & set(needed)), default=None)
    found = history.counts[chosen] if chosen is not None else {}
    return {quantity: found.get(quantity, _not_counted(quantity, window, history, chosen)) for quantity in needed}


def _not_counted(quantity: Quantity, window: Window, history: History, chosen: dt.date | None) -> Reading:
    flagged = window.nearest(history.flagged) if quantity is Quantity.ANC else []
    if flagged:
        note = f"automated count of {flagged[0]} flagged for blasts"
    elif chosen is not None:
        note = f"none on {chosen}"
    else:
        note = f"none from {window}"
    return Reading(quantity=quantity, note=note)


def _blood(window: Window, history: History) -> Reading:
    days = window.nearest(history.blood)
    return history.blood[days[0]] if days else Reading(quantity=Quantity.BLOOD_BLASTS, note=f"none from {window}")


def _pretreatment(marrow: Marrow, history: History) -> Reading:
    begun_on = _line_begun_on(history.courses, marrow.mark.on)
    adequate = [each for each in history.marrows if each.mark.on <= begun_on and each.adequate.span == YES]
    if not adequate:
        return Reading(quantity=Quantity.PRETREATMENT_BLASTS, note="none before treatment")
    return _number(Quantity.PRETREATMENT_BLASTS, adequate[-1].mark, adequate[-1].facts.blasts_pct)


def _line_begun_on(courses: tuple[Course, ...], on: dt.date) -> dt.date:
    """The first day of the line of treatment that a marrow of this day, which is after day 0, answers."""
    begun = [course for course in courses if course.on < on]
    return min(course.on for course in begun if course.line == begun[-1].line)


def _of_marrow(marrow: Marrow) -> list[Reading]:
    facts, mark = marrow.facts, marrow.mark
    return [
        _number(Quantity.MARROW_BLASTS, mark, facts.blasts_pct),
        _number(Quantity.CELLS_COUNTED, mark, facts.cells_counted),
        _number(Quantity.CELLULARITY, mark, facts.cellularity_pct),
        _finding(Quantity.SPICULES, mark, facts.spicules_present),
        _finding(Quantity.AUER_RODS, mark, facts.auer_rods_present),
        _finding(Quantity.ERYTHROID, mark, facts.erythroid_normal),
        _finding(Quantity.MEGAKARYOCYTES, mark, facts.megakaryocytes_normal),
        _finding(Quantity.EXTRAMEDULLARY, mark, facts.extramedullary_present),
    ]


def _number(quantity: Quantity, mark: Mark, number: Decimal | int | None) -> Reading:
    if number is None:
        return Reading(quantity=quantity)
    exact = Decimal(number)
    return Reading(quantity=quantity, span=exactly(exact), value=f"{exact:f}", on=mark.on, entry=mark.entry)


def _finding(quantity: Quantity, mark: Mark, so: bool | None) -> Reading:
    if so is None:
        return Reading(quantity=quantity)
    said = FINDINGS[quantity][0 if so else 1]
    return Reading(quantity=quantity, span=YES if so else NO, value=said, on=mark.on, entry=mark.entry)


def _transfused(platelets: Reading, history: History, settings: ResponseSettings) -> str | None:
    if platelets.on is None:
        return None
    within = dt.timedelta(days=settings.transfusion_days_before)
    given = [mark for mark in history.platelets_given if platelets.on - within <= mark.on <= platelets.on]
    return given[-1].entry if given else None
