"""What the course of a subject hangs on, bounded however long the history grows.

Every field is a register that keeps the first or the last entry of its kind in the one order of entries, or a bounded
set of firsts and lasts. Such registers take entries in any order and come to the same, so a late entry costs what a
timely one costs. Entries of bulk (results, specimens, marrows) move no milestone; they are rows of their own.
"""

import datetime as dt
from collections.abc import Iterable
from typing import assert_never

import msgspec

from schemas.events import (
    ChemotherapyBegun,
    ConsentSigned,
    ContactedAlive,
    CriterionAssessed,
    MarrowAssessed,
    ResponseAssessed,
    ResultReported,
    ScreeningStarted,
    SpecimenCollected,
    StudyEnded,
    SubjectDied,
    SubjectEnrolled,
    SubjectFacts,
    SubjectLost,
    SubjectWithdrew,
)
from schemas.events.enrollment import Answer
from schemas.events.followup import Category
from schemas.settlement import Entry

RESPONSES_KEPT = 32
"""How many responses are kept from each end of a history; what lies between is in the rows."""

BULK = (ResultReported, SpecimenCollected, MarrowAssessed)
"""Types that move no milestone."""


class Mark(msgspec.Struct, frozen=True, order=True):
    """Which entry, and where it stands in the one order: first instant (UTC), rank of precision, recorded (UTC), id.

    ``on`` is the calendar date in the study's zone.
    """

    at: dt.datetime
    rank: int
    recorded_at: dt.datetime
    entry: str
    on: dt.date


class CriterionMark(msgspec.Struct, frozen=True, order=True):
    mark: Mark
    answer: Answer


class ConsentMark(msgspec.Struct, frozen=True, order=True):
    mark: Mark
    form_version: str
    signed_by_subject: bool
    signed_by_family: bool


class ResponseMark(msgspec.Struct, frozen=True, order=True):
    mark: Mark
    category: Category


class Milestones(msgspec.Struct, frozen=True, kw_only=True):
    """None means that no such entry is in force. Each field says whether it keeps the first or the last."""

    screened: Mark | None = None  # first
    criteria: dict[str, CriterionMark] = {}  # last answer of each criterion
    consent: ConsentMark | None = None  # last
    enrolled: Mark | None = None  # first
    treated: Mark | None = None  # first day of chemotherapy
    responses_first: tuple[ResponseMark, ...] = ()  # the first few, in order
    responses_last: tuple[ResponseMark, ...] = ()  # the last few, in order
    alive: Mark | None = None  # last contact
    died: Mark | None = None  # first
    withdrew: Mark | None = None  # first
    lost: Mark | None = None  # last
    ended: Mark | None = None  # first

    def responses(self) -> tuple[ResponseMark, ...]:
        """All that are kept, each once, in order."""
        return tuple(sorted({*self.responses_first, *self.responses_last}))


def evolve(milestones: Milestones, entry: Entry) -> Milestones:  # noqa: C901 - one case per event
    """The milestones after one more entry in force. Decides nothing about acceptance, reads no clock."""
    facts = entry.facts
    assert facts is not None, "an entry that is not in force moves nothing"
    if isinstance(facts, BULK):
        return milestones
    replace = msgspec.structs.replace
    mark = mark_of(entry)
    match facts:
        case ScreeningStarted():
            return replace(milestones, screened=_first(milestones.screened, mark))
        case CriterionAssessed(criterion=criterion, answer=answer):
            return replace(milestones, criteria=_answered(milestones.criteria, criterion, CriterionMark(mark, answer)))
        case ConsentSigned():
            return replace(milestones, consent=_last_consent(milestones.consent, _consent_mark(mark, facts)))
        case SubjectEnrolled():
            return replace(milestones, enrolled=_first(milestones.enrolled, mark))
        case ChemotherapyBegun():
            return replace(milestones, treated=_first(milestones.treated, mark))
        case ResponseAssessed(category=category):
            return _with_response(milestones, ResponseMark(mark, category))
        case ContactedAlive():
            return replace(milestones, alive=_last(milestones.alive, mark))
        case SubjectDied():
            return replace(milestones, died=_first(milestones.died, mark))
        case SubjectWithdrew():
            return replace(milestones, withdrew=_first(milestones.withdrew, mark))
        case SubjectLost():
            return replace(milestones, lost=_last(milestones.lost, mark))
        case StudyEnded():
            return replace(milestones, ended=_first(milestones.ended, mark))
        case _:
            assert_never(facts)


def milestones_of(entries: Iterable[Entry]) -> Milestones:
    """The milestones of these entries in force, evolved in the one order."""
    milestones = Milestones()
    for entry in sorted(entries, key=Entry.sort_key):
        milestones = evolve(milestones, entry)
    return milestones


def moves_milestones(facts: SubjectFacts) -> bool:
    return not isinstance(facts, BULK)


def mark_of(entry: Entry) -> Mark:
    return Mark(*entry.sort_key(), entry.happened.on)


def _first(kept: Mark | None, new: Mark) -> Mark:
    return new if kept is None else min(kept, new)


def _last(kept: Mark | None, new: Mark) -> Mark:
    return new if kept is None else max(kept, new)


def _answered(kept: dict[str, CriterionMark], criterion: str, new: CriterionMark) -> dict[str, CriterionMark]:
    answers = {**kept, criterion: max(kept[criterion], new) if criterion in kept else new}
    return dict(sorted(answers.items()))


def _consent_mark(mark: Mark, facts: ConsentSigned) -> ConsentMark:
    return ConsentMark(mark, facts.form_version, facts.signed_by_subject, facts.signed_by_family)


def _last_consent(kept: ConsentMark | None, new: ConsentMark) -> ConsentMark:
    return new if kept is None else max(kept, new)


def _with_response(milestones: Milestones, new: ResponseMark) -> Milestones:
    first = sorted({*milestones.responses_first, new})[:RESPONSES_KEPT]
    last = sorted({*milestones.responses_last, new})[-RESPONSES_KEPT:]
    return msgspec.structs.replace(milestones, responses_first=tuple(first), responses_last=tuple(last))
