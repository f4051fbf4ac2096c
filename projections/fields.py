"""Which types of events can move a field of the audit trail, so that a search for one need not read the others.

Fields are named as in `schemas.changes`: a milestone, ``status``, ``criteria.<criterion>``, or a field of a payload,
such as ``category``. Corrections and voids can move every one of them. Pure.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import get_args

import msgspec

from schemas.events import (
    FACTS_BY_TYPE,
    BaselineRecorded,
    ChemotherapyBegun,
    ConsentSigned,
    ConsentWithdrawn,
    ContactedAlive,
    CriterionAssessed,
    DemographicsRecorded,
    DiseaseDiagnosed,
    EnrolmentUndone,
    EntryCorrected,
    EntryVoided,
    ResponseAssessed,
    ScreeningStarted,
    StudyEnded,
    SubjectDied,
    SubjectEnrolled,
    SubjectFacts,
    SubjectLost,
    SubjectRelapsed,
    SubjectTransplanted,
    SubjectWithdrew,
)
from schemas.events.fact import Fact
from schemas.milestones import BULK

_ACTIONS = (EntryCorrected, EntryVoided)
_MOVING = tuple(facts for facts in get_args(SubjectFacts) if facts not in BULK)

MILESTONES: Mapping[str, tuple[type[Fact], ...]] = MappingProxyType(
    {
        "status": _MOVING,
        "screened": (ScreeningStarted,),
        "consent": (ConsentSigned,),
        "consent_withdrawn": (ConsentWithdrawn,),
        "diagnosed": (DiseaseDiagnosed,),
        "demographics": (DemographicsRecorded,),
        "performance": (BaselineRecorded,),
        "surgeries": (BaselineRecorded,),
        "enrolled": (SubjectEnrolled, EnrolmentUndone),
        "enrolment_undone": (EnrolmentUndone,),
        "treated": (ChemotherapyBegun,),
        "next_line": (ChemotherapyBegun,),
        "transplanted": (SubjectTransplanted,),
        "response": (ResponseAssessed, SubjectRelapsed),
        "alive": (ContactedAlive,),
        "died": (SubjectDied,),
        "left": (SubjectWithdrew,),
        "withdrew": (SubjectWithdrew, ConsentWithdrawn, ConsentSigned),
        "lost": (SubjectLost,),
        "ended": (StudyEnded,),
    }
)
"""The fields that are no part of one payload, in the order of a subject's course, with the types that move each."""

CRITERION = "criteria."
"""How the name of a criterion's answer begins."""


def is_of_the_course(field: str) -> bool:
    """Whether it is a milestone, the status or a criterion. Such a name hides a payload's field that is called so."""
    return field in MILESTONES or field.startswith(CRITERION)


def types_moving(field: str) -> tuple[str, ...]:
    """The types, sorted, among which every event is that can have moved the field; empty where there is no such field.

    >>> types_moving("died")
    ('entry.corrected.v1', 'entry.voided.v1', 'subject.died.v2')
    """
    if field.startswith(CRITERION):
        found: tuple[type[Fact], ...] = (CriterionAssessed,)
    elif field in MILESTONES:
        found = MILESTONES[field]
    else:
        found = tuple(facts for facts in FACTS_BY_TYPE.values() if field in _names(facts))
    return tuple(sorted({facts.TYPE for facts in found} | {facts.TYPE for facts in _ACTIONS})) if found else ()


def payload_fields() -> tuple[str, ...]:
    """The names of the fields of all facts about subjects, sorted; not those that a milestone hides."""
    return tuple(sorted({name for facts in get_args(SubjectFacts) for name in _names(facts)} - MILESTONES.keys()))


def _names(facts: type[Fact]) -> frozenset[str]:
    return frozenset(field.name for field in msgspec.structs.fields(facts))
