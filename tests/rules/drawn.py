"""Patients drawn on one line: ``"-5 enrolled, 0 chemo, 28 CRi, 60 CR, 400 dead"``.

Numbers are days from day 0, 2023-09-01; day 365 is 2024-08-31. ``eligible`` answers all nine criteria, ``fails-E2``
answers one of them wrongly and ``open-E2`` leaves it unknown (both after ``eligible``).
"""

import datetime as dt
from importlib.resources import files

from schemas.events import (
    ChemotherapyBegun,
    ConsentSigned,
    ContactedAlive,
    CriterionAssessed,
    DiseaseDiagnosed,
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
    SubjectRelapsed,
    SubjectTransplanted,
    SubjectWithdrew,
)
from schemas.events.enrollment import Answer, Intensity
from schemas.events.event import Event
from schemas.events.followup import Category, Cause, Certainty, EndReason, RelapseSite
from schemas.events.lab import Bound, Matrix, ResultStatus
from schemas.events.treatment import Graft
from schemas.moments import day
from schemas.rules.endpoints import EndpointRow, endpoint_of
from schemas.rules.timeline import Timeline, timeline_of
from schemas.settlement import Entry, settle
from schemas.study import StudyDefinition, parse_study

DAY_0 = dt.date(2023, 9, 1)
STUDY: StudyDefinition = parse_study(files("schemas.studies").joinpath("nct06486350.toml").read_bytes())

IN_FULL_SET = "-8 screened, -7 consent, -6 eligible, -5 enrolled, 0 chemo"

_CATEGORIES = {category.value: category for category in Category}


def on(days: int) -> dt.date:
    """The date of a day counted from day 0."""
    return DAY_0 + dt.timedelta(days=days)


def events(history: str, subject: str = "S-001") -> list[Event]:
    """One event for each fact drawn; ids name subject, place in the line and fact."""
    drawn: list[Event] = []
    for fact in history.split(","):
        if not fact.strip():
            continue
        number, word = fact.split()
        for facts in _facts(word):
            drawn.append(_event(subject, len(drawn), int(number), word, facts))
    return drawn


def entries(history: str, subject: str = "S-001") -> list[Entry]:
    return settle(events(history, subject)).in_force()


def timeline(history: str, cutoff: int | None, subject: str = "S-001") -> Timeline:
    return timeline_of(subject, entries(history, subject), None if cutoff is None else on(cutoff), STUDY)


def row(history: str, cutoff: int, subject: str = "S-001", study: StudyDefinition = STUDY) -> EndpointRow:
    return endpoint_of(timeline(history, cutoff, subject), study, on(cutoff))


def _event(subject: str, number: int, days: int, word: str, facts: SubjectFacts) -> Event:
    return Event(
        id=f"{subject}-{number}-{word}",
        source="/test",
        subject=subject,
        happened=day(on(days), STUDY.tzinfo),
        recorded_at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=number),
        actor="nurse-1",
        actor_role="nurse",
        protocol_version="1",
        facts=facts,
    )


def _facts(word: str) -> list[SubjectFacts]:
    if word == "eligible":
        return [_criterion(each.id, Answer.MET if each.includes else Answer.NOT_MET) for each in STUDY.criteria]
    if word.startswith("fails-"):
        return [_criterion(word[6:], Answer.NOT_MET if word[6] == "I" else Answer.MET)]
    if word.startswith("open-"):
        return [_criterion(word[5:], Answer.UNKNOWN)]
    if word in _CATEGORIES:
        return [ResponseAssessed(category=_CATEGORIES[word], rule_set="ELN2022")]
    return [_PLAIN[word]]


def _criterion(criterion: str, answer: Answer) -> CriterionAssessed:
    return CriterionAssessed(criterion=criterion, answer=answer)


_PLAIN: dict[str, SubjectFacts] = {
    "screened": ScreeningStarted(site="FJMUUH"),
    "consent": ConsentSigned(form_version="2", language="zh", signed_by_subject=True, signed_by_family=False),
    "family-only": ConsentSigned(form_version="2", language="zh", signed_by_subject=False, signed_by_family=True),
    "enrolled": SubjectEnrolled(site="FJMUUH"),
    "chemo": ChemotherapyBegun(course=1, regimen="DA 3+7", intensity=Intensity.INTENSIVE),
    "chemo-2": ChemotherapyBegun(course=2, regimen="DA 3+7", intensity=Intensity.INTENSIVE),
    "line-2": ChemotherapyBegun(course=2, regimen="FLAG-IDA", intensity=Intensity.INTENSIVE, line=2),
    "transplant": SubjectTransplanted(graft=Graft.ALLOGENEIC),
    "found-relapse": SubjectRelapsed(found_in=(RelapseSite.MARROW,)),
    "diagnosis": DiseaseDiagnosed(guideline="CN-AML", disease="AML"),
    "marrow": MarrowAssessed(blasts_pct=3, cells_counted=200),  # type: ignore[arg-type]
    "dilute": MarrowAssessed(blasts_pct=3, dilute=True),  # type: ignore[arg-type]
    "unreadable": MarrowAssessed(blasts_pct=None),
    "specimen": SpecimenCollected(specimen="SP-1", matrix=Matrix.WHOLE_BLOOD),
    "result": ResultReported(
        analyte="wbc",
        bound=Bound.EQUAL,
        number=4,  # type: ignore[arg-type]
        unit="10*9/L",
        text="4",
        unit_sent="10*9/L",
        matrix=Matrix.WHOLE_BLOOD,
        status=ResultStatus.FINAL,
        series="LIS/1/wbc",
        code="6690-2",
        code_system="LN",
    ),
    "alive": ContactedAlive(means="telephone"),
    "dead": SubjectDied(cause=Cause.LEUKAEMIA, certainty=Certainty.DOCUMENTED),
    "withdrew": SubjectWithdrew(follow_up_allowed=True),
    "lost": SubjectLost(attempts=3),
    "ended": StudyEnded(why=EndReason.INVESTIGATOR),
}
