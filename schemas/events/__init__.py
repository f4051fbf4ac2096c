"""Every fact that the log can hold: the union ``Facts``, and the registry of types by their hand-written tags.

A new event is added in the module of its topic, here in ``Facts``, and then wherever the type checker says.
"""

from types import MappingProxyType
from typing import get_args

from schemas.events.corrections import EntryCorrected, EntryVoided
from schemas.events.enrollment import (
    ChemotherapyBegun,
    ConsentSigned,
    CriterionAssessed,
    ScreeningStarted,
    SubjectEnrolled,
)
from schemas.events.followup import (
    ContactedAlive,
    MarrowAssessed,
    ResponseAssessed,
    StudyEnded,
    SubjectDied,
    SubjectLost,
    SubjectWithdrew,
)
from schemas.events.lab import ResultReported, SpecimenCollected
from schemas.events.oversight import ControlIdReused, MessageRefused, MessageReleased, MessageWaiting
from schemas.topics import Topic

__all__ = [
    "FACTS_BY_TYPE",
    "Actions",
    "ChemotherapyBegun",
    "ConsentSigned",
    "ContactedAlive",
    "ControlIdReused",
    "CriterionAssessed",
    "EntryCorrected",
    "EntryVoided",
    "Facts",
    "MarrowAssessed",
    "MessageRefused",
    "MessageReleased",
    "MessageWaiting",
    "OversightFacts",
    "ResponseAssessed",
    "ResultReported",
    "ScreeningStarted",
    "SpecimenCollected",
    "StudyEnded",
    "SubjectDied",
    "SubjectEnrolled",
    "SubjectFacts",
    "SubjectLost",
    "SubjectWithdrew",
    "topics_of",
]

SubjectFacts = (
    ScreeningStarted
    | CriterionAssessed
    | ConsentSigned
    | SubjectEnrolled
    | ChemotherapyBegun
    | SpecimenCollected
    | ResultReported
    | MarrowAssessed
    | ResponseAssessed
    | ContactedAlive
    | SubjectDied
    | SubjectWithdrew
    | SubjectLost
    | StudyEnded
)
"""Facts about a subject that the fold evolves on."""

Actions = EntryCorrected | EntryVoided
"""Facts about another entry of the same subject: settled before the fold."""

OversightFacts = MessageWaiting | MessageReleased | MessageRefused | ControlIdReused
"""Facts about the running of the study: kept, counted, never folded into a subject."""

Facts = SubjectFacts | Actions | OversightFacts

FACTS_BY_TYPE: MappingProxyType[str, type[Facts]] = MappingProxyType({facts.TYPE: facts for facts in get_args(Facts)})
"""Every type of the newest version by its tag."""


def topics_of(facts: type[Facts]) -> frozenset[Topic]:
    """The topics on which a fact of this type may travel; a correction travels with what it corrects."""
    return facts.TOPICS
