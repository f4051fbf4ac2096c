"""Responder, non-responder or pending, and the best response, of one member of the full set.

Source: clinical.md, "Response categories", "Best response", "Responder". The categories are the investigator's, or the
derived ones where those stand in the timeline's place of them.

In order of precedence:

1. The window is day 0, the first day of chemotherapy, to day 365, both inclusive (the study's
   ``response_window_days``). Assessments outside of it do not count, nor do those after the cutoff.
2. After a relapse in the window nothing more counts: what follows answers another line of treatment. A relapse needs an
   earlier CR, CRh or CRi; without one it is passed over. Nor does anything count after the day of a transplant or of a
   new line's first course, unless the study's settings say so; a marrow of that very day was taken before.
3. A responder is final at the first assessment whose category counts in ORR: CR, CRi, PR by the study's setting, MLFS
   where the setting has it, CRh always.
4. A non-responder has none, and: day 365 is at or before the cutoff, or the subject died, or withdrew consent.
5. Everyone else is pending; a lost subject too, until day 365.

Best response: first among the categories that count in ORR, then among the rest, in the order CR, CRh, CRi, MLFS, PR,
NR, NE. So PR and then MLFS is a responder whose best is PR. A non-responder without any category is NE.
"""

import datetime as dt
import enum
from collections.abc import Mapping

import msgspec

from schemas.events.followup import Category
from schemas.milestones import Mark, Milestones
from schemas.rules.timeline import Assessment, Timeline
from schemas.status import REMISSION
from schemas.study import Endpoints, ResponseSettings, StudyDefinition

_ORDER = (Category.CR, Category.CRH, Category.CRI, Category.MLFS, Category.PR, Category.NR, Category.NE)
"""As in the ELN 2022's table, best first. Relapse is no response."""


class Outcome(enum.StrEnum):
    RESPONDER = "responder"
    NON_RESPONDER = "non-responder"
    PENDING = "pending"


class Closed(enum.StrEnum):
    """Why no later assessment can change the best response."""

    WINDOW_OVER = "window-over"
    DIED = "died"
    WITHDREW = "withdrew"
    RELAPSED = "relapsed"
    TRANSPLANTED = "transplanted"
    NEXT_LINE = "next-line"


_FAILING = frozenset({Closed.WINDOW_OVER, Closed.DIED, Closed.WITHDREW})
"""What makes a non-responder of a subject without a qualifying assessment."""


class ResponseRow(msgspec.Struct, frozen=True, kw_only=True):
    """The response endpoint of one subject.

    ``best`` is the category as it was given, None while pending without any; ``shown`` is the one it is counted under
    (CRh inside CRi by the setting). ``best_entry`` and ``responded_entry`` are the entries that they came from, and
    ``rule_set`` is the one that the best response was judged by. ``responded_on`` is the first qualifying assessment,
    ``relapsed_on`` the relapse that ended the counting, None without one, and ``relapsed_entry`` where it came from.
    ``window_over`` is True where day 365 is not after the cutoff. ``closed`` is None while the best may still change.
    """

    outcome: Outcome
    best: Category | None
    shown: Category | None
    best_entry: str | None
    rule_set: str | None
    responded_on: dt.date | None
    responded_entry: str | None
    relapsed_on: dt.date | None
    relapsed_entry: str | None
    day_0_on: dt.date
    window_ends_on: dt.date
    window_over: bool
    closed: Closed | None


def counted_in_orr(endpoints: Endpoints) -> frozenset[Category]:
    """The categories that make a responder. CRh always does."""
    return frozenset({*endpoints.orr, Category.CRH}) - {Category.RELAPSE}


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """The assessments of a subject that count, in order, and ``relapse``, which ended the counting, None without one.

    ``treated_anew`` is the day of the transplant or new line after which nothing counts, None where none ends it.
    """

    assessments: tuple[Assessment, ...]
    relapse: Assessment | None
    window_ends_on: dt.date
    treated_anew: dt.date | None


def counted_of(timeline: Timeline, day_0: Mark, study: StudyDefinition) -> Counted:
    """``day_0`` is the subject's first day of chemotherapy."""
    treated_anew = _treated_anew(timeline.milestones, study.response)
    window_ends_on = day_0.on + dt.timedelta(days=study.endpoints.response_window_days)
    in_window = [each for each in timeline.assessments if day_0.on <= each.mark.on <= window_ends_on]
    assessments, relapse = _until_relapse([each for each in in_window if _counts(each.mark, treated_anew)])
    return Counted(
        assessments=tuple(assessments),
        relapse=relapse,
        window_ends_on=window_ends_on,
        treated_anew=min((mark.on for mark in treated_anew.values()), default=None),
    )


def response_of(timeline: Timeline, day_0: Mark, study: StudyDefinition, cutoff_on: dt.date) -> ResponseRow:
    """``day_0`` is the subject's first day of chemotherapy."""
    endpoints, treated_anew = study.endpoints, _treated_anew(timeline.milestones, study.response)
    found = counted_of(timeline, day_0, study)
    counted, relapse, window_ends_on = found.assessments, found.relapse, found.window_ends_on
    window_over = window_ends_on <= cutoff_on
    closed = _closed(timeline, window_over=window_over, relapsed=relapse is not None, treated_anew=treated_anew)
    qualifying = next((each for each in counted if each.category in counted_in_orr(endpoints)), None)
    best = min(counted, key=lambda each: _rank(each.category, endpoints), default=None)
    outcome = _outcome(qualifying, closed)
    category = best.category if best else (Category.NE if outcome is Outcome.NON_RESPONDER else None)
    return ResponseRow(
        outcome=outcome,
        best=category,
        shown=Category.CRI if category is Category.CRH and endpoints.crh_counts_as_cri else category,
        best_entry=best.mark.entry if best else None,
        rule_set=best.rule_set if best else None,
        responded_on=qualifying.mark.on if qualifying else None,
        responded_entry=qualifying.mark.entry if qualifying else None,
        relapsed_on=relapse.mark.on if relapse else None,
        relapsed_entry=relapse.mark.entry if relapse else None,
        day_0_on=day_0.on,
        window_ends_on=window_ends_on,
        window_over=window_over,
        closed=closed,
    )


def _treated_anew(milestones: Milestones, settings: ResponseSettings) -> dict[Closed, Mark]:
    """The marks after whose days nothing counts, by what they are."""
    marks = {
        Closed.TRANSPLANTED: None if settings.after_transplant_counts else milestones.transplanted,
        Closed.NEXT_LINE: None if settings.after_next_line_counts else milestones.next_line,
    }
    return {why: mark for why, mark in marks.items() if mark is not None}


def _counts(mark: Mark, treated_anew: Mapping[Closed, Mark]) -> bool:
    return all(mark.on <= anew.on for anew in treated_anew.values())


def _until_relapse(assessments: list[Assessment]) -> tuple[list[Assessment], Assessment | None]:
    """The responses before the first relapse that an earlier remission allows, and that relapse."""
    counted: list[Assessment] = []
    for each in assessments:
        if each.category is not Category.RELAPSE:
            counted.append(each)
        elif any(earlier.category in REMISSION for earlier in counted):
            return counted, each
    return counted, None


def _closed(
    timeline: Timeline, *, window_over: bool, relapsed: bool, treated_anew: Mapping[Closed, Mark]
) -> Closed | None:
    if window_over:
        return Closed.WINDOW_OVER
    if timeline.milestones.died is not None:
        return Closed.DIED
    if timeline.milestones.withdrew is not None:
        return Closed.WITHDREW
    if relapsed:
        return Closed.RELAPSED
    return min(treated_anew, key=lambda why: treated_anew[why], default=None)


def _outcome(qualifying: Assessment | None, closed: Closed | None) -> Outcome:
    if qualifying is not None:
        return Outcome.RESPONDER
    # A relapse or a new treatment fails nobody by itself: its subject waits for the window's end.
    return Outcome.NON_RESPONDER if closed in _FAILING else Outcome.PENDING


def _rank(category: Category, endpoints: Endpoints) -> tuple[bool, int]:
    return (category not in counted_in_orr(endpoints), _ORDER.index(category))


def is_open(category: Category, response: ResponseRow, endpoints: Endpoints) -> bool:
    """Whether a best response may still come to be counted under this category, or leave it for a better one."""
    if response.closed is not None:
        return False
    better = Category.CR if response.shown is category else category
    return outranks(better, response.best, endpoints)


def outranks(category: Category, other: Category | None, endpoints: Endpoints) -> bool:
    """Whether a first response of this category would replace the other as the best one; None is outranked by all."""
    return other is None or _rank(category, endpoints) < _rank(other, endpoints)
