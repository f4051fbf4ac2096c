"""Refractory disease: no remission after as much treatment as the rule set allows for one.

Source: clinical.md, "Response categories": no CR, CRh or CRi after 2 courses of intensive induction, or 180 days after
a less intensive start (ELN 2022); ELN 2017 says only the former; the standard of 1987 neither.

- Courses of line 1 count. What answers the second intensive course are the responses after its first day and until the
  next course begins, its first day included; the last of them names the day.
- The day 180 itself still belongs to those in which a remission may come; who died by then is not refractory.
- Nobody is refractory without an adequate marrow that was judged, nor where an undetermined response may be remission.
"""

import datetime as dt
import enum
from collections.abc import Iterable, Sequence

import msgspec

from schemas.events.enrollment import Intensity
from schemas.events.followup import Category
from schemas.rules.derived import DerivedResponse
from schemas.rules.history import Course
from schemas.rules.rule_sets import RuleSet
from schemas.status import REMISSION

_INDUCTION_LINE = 1


class After(enum.StrEnum):
    """What the treatment was that brought no remission."""

    INTENSIVE_COURSES = "intensive-courses"
    LESS_INTENSIVE_DAYS = "less-intensive-days"


class Refractory(msgspec.Struct, frozen=True, kw_only=True):
    """``on`` is the day from which the disease is refractory, ``entry`` the last response that shows it."""

    on: dt.date
    entry: str
    after: After


def refractory_of(
    derived: Sequence[DerivedResponse],
    courses: Sequence[Course],
    rules: RuleSet,
    cutoff_on: dt.date,
    died_on: dt.date | None,
) -> Refractory | None:
    """The earlier of the two ways; None where neither holds, or holds yet. ``courses`` are in order."""
    induction = [course for course in courses if course.line == _INDUCTION_LINE]
    found = (
        _after_courses(derived, induction, courses, rules),
        _after_days(derived, induction, rules, cutoff_on, died_on),
    )
    return min((each for each in found if each is not None), key=lambda each: each.on, default=None)


def _after_courses(
    derived: Sequence[DerivedResponse], induction: Sequence[Course], courses: Sequence[Course], rules: RuleSet
) -> Refractory | None:
    needed = rules.courses_to_refractory
    intensive = [course for course in induction if course.intensity is Intensity.INTENSIVE]
    if needed is None or len(intensive) < needed:
        return None
    begun_on = intensive[needed - 1].on
    next_on = min((course.on for course in courses if course.on > begun_on), default=dt.date.max)
    last = _last_without_remission(each for each in derived if each.mark.on <= next_on)
    if last is None or last.mark.on <= begun_on:
        return None
    return Refractory(on=last.mark.on, entry=last.mark.entry, after=After.INTENSIVE_COURSES)


def _after_days(
    derived: Sequence[DerivedResponse],
    induction: Sequence[Course],
    rules: RuleSet,
    cutoff_on: dt.date,
    died_on: dt.date | None,
) -> Refractory | None:
    if rules.days_to_refractory is None or not induction or induction[0].intensity is not Intensity.LESS_INTENSIVE:
        return None
    landmark_on = induction[0].on + dt.timedelta(days=rules.days_to_refractory)
    if landmark_on > cutoff_on or (died_on is not None and died_on <= landmark_on):
        return None
    last = _last_without_remission(each for each in derived if each.mark.on <= landmark_on)
    if last is None:
        return None
    return Refractory(on=landmark_on, entry=last.mark.entry, after=After.LESS_INTENSIVE_DAYS)


def _last_without_remission(derived: Iterable[DerivedResponse]) -> DerivedResponse | None:
    """The last judged response, None without any and where one of all is, or may be, a remission."""
    judged: DerivedResponse | None = None
    for response in derived:
        if REMISSION.intersection(response.possible()):
            return None
        if response.category is not None and response.category is not Category.NE:
            judged = response
    return judged
