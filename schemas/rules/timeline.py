"""What the endpoints need of one subject's entries, cut at a data cutoff.

Source: clinical.md, "Statistics" and "OS". A fact that happened after the cutoff date is left out altogether; one that
happened on it counts: the cutoff is the end of its day. When a fact was recorded or received plays no part.

A **proof of life** is a dated fact that needs the person: screening visit, signed consent, diagnosis, baseline
examination, enrolment, first day of a course, dose, last day of a course that death did not end, transplant,
transfusion, specimen, a result's specimen, marrow, visit, onset of an adverse event, relapse, contact, the person's own
withdrawal, and an assessed response other than NE (it stands for the marrow of that day). No proof are: a criterion
judged from papers, demographics, what became of a specimen, a deviation, a missed visit, NE, loss, the end of study.

An **adequate marrow** is one taken after day 0 (the first day of chemotherapy) whose blasts could be read and which is
not called dilute. An investigator's category other than NE or relapse, after day 0, says that there was one, also where
its report is not in yet.
"""

import datetime as dt
from collections.abc import Iterable
from typing import assert_never

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
from schemas.events.followup import Category
from schemas.events.treatment import CourseEnding
from schemas.milestones import Mark, Milestones, mark_of, milestones_of
from schemas.rules.background import Background, background_of
from schemas.rules.baseline_marker import MarkerRow, NoMarker, baseline_marker_of
from schemas.rules.comparison import Compared, compared
from schemas.rules.derivation import derive_from
from schemas.rules.derived import DerivedResponse
from schemas.rules.history import Course, history_of
from schemas.rules.rule_sets import rule_set
from schemas.settlement import Entry
from schemas.study import StudyDefinition

_NOT_ABOUT_A_MARROW = frozenset({Category.NE, Category.RELAPSE})


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """One category that the investigator gave; ``rule_set`` is the one named with it, empty for a relapse alone."""

    mark: Mark
    category: Category
    rule_set: str


class ProofOfLife(msgspec.Struct, frozen=True, kw_only=True):
    """The fact that shows that the subject lived on ``mark.on``; ``type`` is the event's type."""

    mark: Mark
    type: str


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """One subject up to the cutoff. ``assessments`` are the investigator's, in the one order of entries.

    ``derived`` are the responses by the study's rule set, and ``compared`` has the investigator's beside them; both are
    empty for a study without a rule set. ``courses`` are of chemotherapy, in order. ``marker`` is the study's before
    treatment, or why there is none; None for a study without one. ``adequate_marrow`` is the first
    one after day 0, None where there was none. ``alive`` is the last proof of life, None where nothing needed the
    person. ``latest_on`` is the date of the last fact of any kind, None without any.
    """

    subject: str
    milestones: Milestones
    assessments: tuple[Assessment, ...] = ()
    derived: tuple[DerivedResponse, ...] = ()
    compared: tuple[Compared, ...] = ()
    courses: tuple[Course, ...] = ()
    marker: MarkerRow | NoMarker | None = None
    background: Background = Background()
    adequate_marrow: Mark | None = None
    alive: ProofOfLife | None = None
    latest_on: dt.date | None = None


def timeline_of(subject: str, entries: Iterable[Entry], cutoff_on: dt.date | None, study: StudyDefinition) -> Timeline:
    """The timeline of one subject's entries in force; None cuts nothing off."""
    known = [entry for entry in entries if cutoff_on is None or entry.happened.on <= cutoff_on]
    known.sort(key=Entry.sort_key)
    milestones = milestones_of(known)
    history, rules = history_of(known, study.response), study.response.rule_set
    derived = () if rules is None else derive_from(history, rule_set(rules), study.response)
    return Timeline(
        subject=subject,
        milestones=milestones,
        assessments=tuple(assessment for entry in known if (assessment := _assessment(entry)) is not None),
        derived=derived,
        compared=() if rules is None else compared(known, derived),
        courses=history.courses,
        marker=baseline_marker_of(known, milestones.treated, study),
        background=background_of(known, milestones),
        adequate_marrow=_first_adequate_marrow(known, milestones.treated),
        alive=_last_proof_of_life(known),
        latest_on=max((entry.happened.on for entry in known), default=None),
    )


def _assessment(entry: Entry) -> Assessment | None:
    if isinstance(entry.facts, ResponseAssessed):
        return Assessment(mark=mark_of(entry), category=entry.facts.category, rule_set=entry.facts.rule_set)
    if isinstance(entry.facts, SubjectRelapsed):
        return Assessment(mark=mark_of(entry), category=Category.RELAPSE, rule_set="")
    return None


def _first_adequate_marrow(known: list[Entry], treated: Mark | None) -> Mark | None:
    if treated is None:
        return None
    return next((mark_of(entry) for entry in known if entry.happened.on > treated.on and _shows_marrow(entry)), None)


def _shows_marrow(entry: Entry) -> bool:
    if isinstance(entry.facts, MarrowAssessed):
        return entry.facts.blasts_pct is not None and entry.facts.dilute is not True
    return isinstance(entry.facts, ResponseAssessed) and entry.facts.category not in _NOT_ABOUT_A_MARROW


def _last_proof_of_life(known: list[Entry]) -> ProofOfLife | None:
    for entry in reversed(known):
        assert entry.facts is not None, "only entries in force have a timeline"
        if needs_the_person(entry.facts):
            return ProofOfLife(mark=mark_of(entry), type=entry.facts.TYPE)
    return None


def needs_the_person(facts: SubjectFacts) -> bool:
    """Whether such a fact, on its date, proves that the subject lived."""
    match facts:
        case ScreeningStarted() | ConsentSigned() | ConsentWithdrawn() | SubjectEnrolled() | SubjectWithdrew():
            return True
        case DiseaseDiagnosed() | BaselineRecorded() | VisitDone() | ContactedAlive() | AdverseEventReported():
            return True
        case ChemotherapyBegun() | DoseGiven() | SubjectTransplanted() | SubjectTransfused() | SubjectRelapsed():
            return True
        case SpecimenCollected() | ResultReported() | BloodBlastsCounted() | MarrowAssessed():
            return True
        case CourseEnded(why=why):
            return why is not CourseEnding.DEATH
        case ResponseAssessed(category=category):
            return category is not Category.NE
        case CriterionAssessed() | DemographicsRecorded() | EnrolmentUndone() | DeviationRecorded() | VisitMissed():
            return False
        case SpecimenProcessed() | SpecimenReceived() | SpecimenRejected() | SpecimenMoved() | SpecimenDestroyed():
            return False
        case SubjectDied() | SubjectLost() | StudyEnded():
            return False
        case _:
            assert_never(facts)
