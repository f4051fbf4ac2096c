"""Patients on their way into the study, drawn on one line: ``"-9 answered, -8 operated:-30/-25, -7@09:30 consent"``.

Days and the words that are not here are those of `tests.rules.drawn`; ``@`` gives the minute.

================  ====================================================================================================
``answered``      seven criteria answered so that they let the subject in: all but E3 and E4, which follow from facts
``passes-E3``     one of them answered so; ``fails-E3`` and ``open-E3`` answer it wrongly, and as unknown
``ps-3``          a baseline with performance status 3
``operated:-30``  a baseline with the days of all major operations; ``operated:none`` for none
``unfit``         a baseline with status 4 and an operation on day -1
``born-2005``     demographics
``form-2``        a consent on version 2 of the form, signed by both; ``consent`` is on version 2, by the subject alone
``storage``       a consent to the storage of specimens alone
``takes-back``    participation taken back; ``ends-storage`` only the storage of specimens
``undone``        the enrolment undone
================  ====================================================================================================
"""

import datetime as dt

import msgspec

from schemas.codec import encode_facts
from schemas.events import (
    BaselineRecorded,
    ConsentSigned,
    ConsentWithdrawn,
    CriterionAssessed,
    DemographicsRecorded,
    EnrolmentUndone,
    EntryCorrected,
    EntryVoided,
    SubjectFacts,
)
from schemas.events.enrollment import Answer, ConsentScope
from schemas.events.event import Event
from schemas.milestones import Milestones
from schemas.moments import Moment, Precision, day
from schemas.study import StudyDefinition
from schemas.subject import fold
from tests.rules import drawn
from tests.rules.drawn import STUDY, on
from tests.schemas.controls import event

READY = "-9 answered, -8 ps-1, -8 operated:none, -7 consent"
"""Eligible from day -8 on, with a consent from day -7 on."""


def study(**settings: object) -> StudyDefinition:
    """The built-in study with other settings."""
    return msgspec.structs.replace(STUDY, **settings)


def milestones(history: str, *actions: Event) -> Milestones:
    return fold("S-001", [*events(history), *actions]).milestones


def events(history: str) -> list[Event]:
    """One event for each fact; ids name the place in the line and the word: ``0-consent``. Recorded in that order."""
    found: list[Event] = []
    for drawing in history.split(", "):
        when, word = drawing.split()
        for facts in _facts(word):
            recorded_at = dt.datetime(2025, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=len(found))
            found.append(event(f"{len(found)}-{word}", facts, happened=_moment(when), recorded_at=recorded_at))
    return found


def void(target: str) -> Event:
    return event("v", EntryVoided(target=target), recorded_at="2025-06-01T09:00", reason="entered for another subject")


def correction(target: str, word: str, when: str | None = None) -> Event:
    """Puts another fact of the same type in the place of one, on another day where one is given."""
    (facts,) = _facts(word)
    said = EntryCorrected(
        target=target,
        target_type=facts.TYPE,
        replacement=msgspec.json.decode(encode_facts(facts)),
        happened=None if when is None else _moment(when),
    )
    return event("c", said, recorded_at="2025-06-01T09:00", reason="transcription error")


def _moment(when: str) -> Moment:
    """``-7`` is a day, ``-7@09:30`` a minute of it."""
    days, _, minute = when.partition("@")
    if not minute:
        return day(on(int(days)), STUDY.tzinfo)
    at = dt.datetime.combine(on(int(days)), dt.time.fromisoformat(minute), STUDY.tzinfo)
    return Moment(at, Precision.MINUTE)


def _facts(word: str) -> list[SubjectFacts]:
    match word.replace(":", "-").split("-", 1):
        case ["answered"]:
            return [_answer(each.id, lets_in=True) for each in STUDY.criteria if each.computed is None]
        case ["passes", criterion]:
            return [_answer(criterion, lets_in=True)]
        case ["ps", status]:
            return [BaselineRecorded(performance_status=int(status))]
        case ["operated", days]:
            known = () if days == "none" else tuple(on(int(each)) for each in days.split("/"))
            return [BaselineRecorded(major_surgeries_on=known)]
        case ["born", year]:
            return [DemographicsRecorded(year_of_birth=int(year))]
        case ["form", version]:
            return [ConsentSigned(form_version=version, language="zh", signed_by_subject=True, signed_by_family=True)]
        case _ if word in _PLAIN:
            return [_PLAIN[word]]
        case _:
            return [each.facts for each in drawn.events(f"0 {word}")]  # type: ignore[misc]


def _answer(criterion: str, *, lets_in: bool) -> CriterionAssessed:
    return CriterionAssessed(
        criterion=criterion, answer=Answer.MET if criterion.startswith("I") is lets_in else Answer.NOT_MET
    )


_PLAIN: dict[str, SubjectFacts] = {
    "takes-back": ConsentWithdrawn(scope=(ConsentScope.PARTICIPATION, ConsentScope.FOLLOW_UP)),
    "ends-storage": ConsentWithdrawn(scope=(ConsentScope.SPECIMEN_STORAGE,)),
    "unfit": BaselineRecorded(performance_status=4, major_surgeries_on=(on(-1),)),
    "undone": EnrolmentUndone(why="found ineligible"),
    "storage": ConsentSigned(
        form_version="2",
        language="zh",
        signed_by_subject=True,
        signed_by_family=True,
        scope=(ConsentScope.SPECIMEN_STORAGE,),
    ),
}
