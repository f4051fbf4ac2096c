"""What the course of a subject hangs on, bounded however long the history grows.

Every field is a register that keeps the first or the last entry of its kind in the one order of entries, or a bounded
set of firsts and lasts. Such registers take entries in any order and come to the same, so a late entry costs what a
timely one costs. Entries of bulk (results, specimens, marrows) move no milestone; they are rows of their own.
"""

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Any, Protocol, TypeVar, assert_never

import msgspec

from schemas.events import (
    AdverseEventReported,
    BaselineRecorded,
    BloodBlastsCounted,
    ChemotherapyBegun,
    ConsentSigned,
    ConsentWithdrawn,
    ContactedAlive,
    CourseEnded,
    CriterionAssessed,
    DemographicsRecorded,
    DeviationRecorded,
    DiseaseDiagnosed,
    DoseGiven,
    EnrolmentUndone,
    MarrowAssessed,
    ResponseAssessed,
    ResultReported,
    ScreeningStarted,
    SpecimenCollected,
    SpecimenDestroyed,
    SpecimenMoved,
    SpecimenProcessed,
    SpecimenReceived,
    SpecimenRejected,
    StudyEnded,
    SubjectDied,
    SubjectEnrolled,
    SubjectFacts,
    SubjectLost,
    SubjectRelapsed,
    SubjectTransfused,
    SubjectTransplanted,
    SubjectWithdrew,
    VisitDone,
    VisitMissed,
)
from schemas.events.background import Sex
from schemas.events.enrollment import Answer, ConsentScope
from schemas.events.followup import Category
from schemas.settlement import Entry

RESPONSES_KEPT = 32
"""How many responses are kept from each end of a history; what lies between is in the rows."""

ENROLMENTS_KEPT = 8
"""How many enrolments are kept, the last ones: a subject is enrolled once, or once more after it was undone."""

ENDS_KEPT = 3
"""How many entries are kept from each end where a question about an earlier day needs more than the last one: what was
known and signed when the subject was enrolled."""

CRITERIA_KEPT = 32
"""Of how many criteria an answer is kept, the first ones by id: a study definition may ask no more. So a stored state
stays bounded whatever a source sends."""

BULK = (
    DoseGiven,
    CourseEnded,
    SubjectTransfused,
    SpecimenCollected,
    SpecimenProcessed,
    SpecimenReceived,
    SpecimenRejected,
    SpecimenMoved,
    SpecimenDestroyed,
    ResultReported,
    BloodBlastsCounted,
    MarrowAssessed,
    AdverseEventReported,
    DeviationRecorded,
    VisitDone,
    VisitMissed,
)
"""Types that move no milestone."""


class Mark(msgspec.Struct, frozen=True, order=True, array_like=True):
    """Which entry, and where it stands in the one order: first instant (UTC), rank of precision, recorded (UTC), id.

    ``on`` is the calendar date in the study's zone.
    """

    at: dt.datetime
    rank: int
    recorded_at: dt.datetime
    entry: str
    on: dt.date

    @property
    def mark(self) -> "Mark":
        """Itself, so that a register of marks alone is read like any other."""
        return self


class Marked(Protocol):
    """What a register keeps."""

    @property
    def mark(self) -> Mark: ...


Kept = TypeVar("Kept", bound=Marked)


class CriterionMark(msgspec.Struct, frozen=True, order=True, array_like=True):
    mark: Mark
    answer: Answer


class ConsentMark(msgspec.Struct, frozen=True, order=True, array_like=True):
    mark: Mark
    form_version: str
    signed_by_subject: bool
    signed_by_family: bool


class ResponseMark(msgspec.Struct, frozen=True, order=True, array_like=True):
    mark: Mark
    category: Category


class DemographicsMark(msgspec.Struct, frozen=True, array_like=True):
    mark: Mark
    year_of_birth: int
    sex: Sex | None


class PerformanceMark(msgspec.Struct, frozen=True, order=True, array_like=True):
    """``status`` is ECOG."""

    mark: Mark
    status: int


class SurgeriesMark(msgspec.Struct, frozen=True, order=True, array_like=True):
    """The days of all major operations that were known then, in their order."""

    mark: Mark
    on: tuple[dt.date, ...]


class Milestones(msgspec.Struct, frozen=True, kw_only=True):
    """None means that no such entry is in force. Each field says whether it keeps the first or the last."""

    screened: Mark | None = None  # first
    answers: dict[str, tuple[CriterionMark, ...]] = {}  # of each criterion the first and last few, in order
    consents: tuple[ConsentMark, ...] = ()  # the first and last few that allow participation, in order
    consent_withdrawals: tuple[Mark, ...] = ()  # the first and last few that took participation back, in order
    demographics_noted: tuple[DemographicsMark, ...] = ()  # the first and last few, in order
    diagnosed: Mark | None = None  # first
    performances: tuple[PerformanceMark, ...] = ()  # the first and last few that were noted, in order
    surgeries_noted: tuple[SurgeriesMark, ...] = ()  # the first and last few that were noted, in order
    enrolments: tuple[Mark, ...] = ()  # the last few, in order
    enrolments_undone: tuple[Mark, ...] = ()  # the first and last few, in order
    treated: Mark | None = None  # first day of chemotherapy
    next_line: Mark | None = None  # first day of the first course of a later line
    transplanted: Mark | None = None  # first
    responses_first: tuple[ResponseMark, ...] = ()  # the first few, in order
    responses_last: tuple[ResponseMark, ...] = ()  # the last few, in order
    alive: Mark | None = None  # last contact
    died: Mark | None = None  # first
    left: Mark | None = None  # first
    lost: Mark | None = None  # last
    ended: Mark | None = None  # first

    @property
    def criteria(self) -> dict[str, CriterionMark]:
        """The last answer of each criterion."""
        return {criterion: marks[-1] for criterion, marks in self.answers.items()}

    @property
    def consent(self) -> ConsentMark | None:
        """The last signature."""
        return _final(self.consents)

    @property
    def consent_withdrawn(self) -> Mark | None:
        """When participation was last taken back."""
        return _final(self.consent_withdrawals)

    @property
    def demographics(self) -> DemographicsMark | None:
        """As last noted."""
        return _final(self.demographics_noted)

    @property
    def performance(self) -> PerformanceMark | None:
        """As last noted."""
        return _final(self.performances)

    @property
    def surgeries(self) -> SurgeriesMark | None:
        """As last noted."""
        return _final(self.surgeries_noted)

    @property
    def enrolment_undone(self) -> Mark | None:
        """When an enrolment was last undone."""
        return _final(self.enrolments_undone)

    @property
    def enrolled(self) -> Mark | None:
        """The first enrolment that no later undoing took back."""
        undone = self.enrolment_undone
        return next((mark for mark in self.enrolments if undone is None or mark > undone), None)

    def times_enrolled(self) -> tuple[tuple[Mark, Mark | None], ...]:
        """Each time that the subject entered the study, and the undoing that ended it, None where none did.

        An enrolment while another one stands is no second time.
        """
        times: list[tuple[Mark, Mark | None]] = []
        for mark in self.enrolments:
            if not times or (times[-1][1] is not None and mark > times[-1][1]):
                times.append((mark, next((undone for undone in self.enrolments_undone if undone > mark), None)))
        return tuple(times)

    @property
    def withdrew(self) -> Mark | None:
        """When the subject withdrew: left the study, or took participation back and signed no new consent since."""
        taken_back = self.consent_withdrawn
        if taken_back and any(each.signed_by_subject and each.mark > taken_back for each in self.consents):
            taken_back = None
        return min((mark for mark in (self.left, taken_back) if mark is not None), default=None)

    def rests_on(self) -> frozenset[str]:
        """The ids of the entries on which a register stands; taking away any other one changes no register."""
        return frozenset(mark.entry for name in self.__struct_fields__ for mark in _marks(getattr(self, name)))

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
            return replace(milestones, answers=_answered(milestones.answers, criterion, CriterionMark(mark, answer)))
        case ConsentSigned(scope=scope) | ConsentWithdrawn(scope=scope) if ConsentScope.PARTICIPATION not in scope:
            return milestones
        case ConsentSigned():
            return replace(milestones, consents=_ends(milestones.consents, _consent_mark(mark, facts)))
        case ConsentWithdrawn():
            return replace(milestones, consent_withdrawals=_ends(milestones.consent_withdrawals, mark))
        case DemographicsRecorded(year_of_birth=year, sex=sex):
            noted = DemographicsMark(mark, year, sex)
            return replace(milestones, demographics_noted=_ends(milestones.demographics_noted, noted))
        case DiseaseDiagnosed():
            return replace(milestones, diagnosed=_first(milestones.diagnosed, mark))
        case BaselineRecorded():
            return _with_baseline(milestones, mark, facts)
        case SubjectEnrolled():
            return replace(milestones, enrolments=tuple(sorted({*milestones.enrolments, mark})[-ENROLMENTS_KEPT:]))
        case EnrolmentUndone():
            return replace(milestones, enrolments_undone=_ends(milestones.enrolments_undone, mark))
        case ChemotherapyBegun(line=1):
            return replace(milestones, treated=_first(milestones.treated, mark))
        case ChemotherapyBegun():
            treated, next_line = _first(milestones.treated, mark), _first(milestones.next_line, mark)
            return replace(milestones, treated=treated, next_line=next_line)
        case SubjectTransplanted():
            return replace(milestones, transplanted=_first(milestones.transplanted, mark))
        case ResponseAssessed(category=category):
            return _with_response(milestones, ResponseMark(mark, category))
        case SubjectRelapsed():
            return _with_response(milestones, ResponseMark(mark, Category.RELAPSE))
        case ContactedAlive():
            return replace(milestones, alive=_last(milestones.alive, mark))
        case SubjectDied():
            return replace(milestones, died=_first(milestones.died, mark))
        case SubjectWithdrew():
            return replace(milestones, left=_first(milestones.left, mark))
        case SubjectLost():
            return replace(milestones, lost=_last(milestones.lost, mark))
        case StudyEnded():
            return replace(milestones, ended=_first(milestones.ended, mark))
        case _:
            assert_never(facts)


def milestones_of(entries: Iterable[Entry]) -> Milestones:
    """The milestones of those of these entries that are in force, evolved in the one order."""
    milestones = Milestones()
    moving = [entry for entry in entries if entry.facts is not None and moves_milestones(entry.facts)]
    for entry in sorted(moving, key=Entry.sort_key):
        milestones = evolve(milestones, entry)
    return milestones


_BULK = frozenset(BULK)


def moves_milestones(facts: SubjectFacts) -> bool:
    return type(facts) not in _BULK


def mark_of(entry: Entry) -> Mark:
    return Mark(*entry.sort_key(), entry.happened.on)


def _marks(register: Any) -> Iterator[Mark]:
    """The marks in one register, whatever its kind."""
    if isinstance(register, Mark):
        yield register
    elif isinstance(register, tuple):
        for each in register:
            yield from _marks(each)
    elif isinstance(register, dict):
        for each in register.values():
            yield from _marks(each)
    elif register is not None:
        yield register.mark


def _first(kept: Mark | None, new: Mark) -> Mark:
    return new if kept is None else min(kept, new)


def _last(kept: Mark | None, new: Mark) -> Mark:
    return new if kept is None else max(kept, new)


def _ends(kept: tuple[Kept, ...], new: Kept) -> tuple[Kept, ...]:
    """The first and last few of all that were ever given, each once, in order, whatever the order of giving."""
    every = sorted({*kept, new}, key=lambda each: each.mark)
    if len(every) > 2 * ENDS_KEPT:
        every = [*every[:ENDS_KEPT], *every[-ENDS_KEPT:]]
    return tuple(every)


def _final(kept: tuple[Kept, ...]) -> Kept | None:
    return kept[-1] if kept else None


def _answered(
    kept: dict[str, tuple[CriterionMark, ...]], criterion: str, new: CriterionMark
) -> dict[str, tuple[CriterionMark, ...]]:
    answers = {**kept, criterion: _ends(kept.get(criterion, ()), new)}
    return answers if criterion in kept else dict(sorted(answers.items())[:CRITERIA_KEPT])


def _consent_mark(mark: Mark, facts: ConsentSigned) -> ConsentMark:
    return ConsentMark(mark, facts.form_version, facts.signed_by_subject, facts.signed_by_family)


def _with_baseline(milestones: Milestones, mark: Mark, facts: BaselineRecorded) -> Milestones:
    """What a record leaves out takes nothing from what an earlier one said."""
    performances, surgeries_noted = milestones.performances, milestones.surgeries_noted
    if facts.performance_status is not None:
        performances = _ends(performances, PerformanceMark(mark, facts.performance_status))
    if facts.major_surgeries_on is not None:
        surgeries_noted = _ends(surgeries_noted, SurgeriesMark(mark, tuple(sorted(facts.major_surgeries_on))))
    return msgspec.structs.replace(milestones, performances=performances, surgeries_noted=surgeries_noted)


def _with_response(milestones: Milestones, new: ResponseMark) -> Milestones:
    first, last = milestones.responses_first, milestones.responses_last
    return msgspec.structs.replace(
        milestones,
        responses_first=_inserted(first, new)[:RESPONSES_KEPT],
        responses_last=_inserted(last, new)[-RESPONSES_KEPT:],
    )


def _inserted(kept: tuple[ResponseMark, ...], new: ResponseMark) -> tuple[ResponseMark, ...]:
    """In order, each once; nothing is sorted or hashed again, for a history may have very many."""
    at = bisect_left(kept, new)
    return kept if kept[at : at + 1] == (new,) else (*kept[:at], new, *kept[at:])
