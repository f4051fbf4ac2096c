"""Every fact that the log can hold: the union ``Facts``, and the registry of types by their hand-written tags.

A new event is added in the module of its topic, here in ``Facts``, and then wherever the type checker says.
"""

from types import MappingProxyType
from typing import get_args

from schemas.events.access import QuarantineRead, SubjectRead
from schemas.events.background import BaselineRecorded, DemographicsRecorded, DiseaseDiagnosed
from schemas.events.conduct import AdverseEventReported, DeviationRecorded, VisitDone, VisitMissed
from schemas.events.corrections import EntryCorrected, EntryVoided
from schemas.events.enrollment import (
    ChemotherapyBegun,
    ConsentSigned,
    ConsentWithdrawn,
    CriterionAssessed,
    EnrolmentUndone,
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
    SubjectRelapsed,
    SubjectWithdrew,
)
from schemas.events.lab import BloodBlastsCounted, ResultReported, SpecimenCollected
from schemas.events.oversight import ControlIdReused, MessageRefused, MessageReleased, MessageWaiting
from schemas.events.quarantine import QuarantineRedriven
from schemas.events.review import (
    ActionRefused,
    EntryRedacted,
    QueryAnswered,
    QueryClosed,
    QueryOpened,
    RecordExported,
    RecordFrozen,
    RecordLocked,
    RecordSigned,
    RecordUnfrozen,
    SourceVerified,
)
from schemas.events.specimens import (
    SpecimenDestroyed,
    SpecimenMoved,
    SpecimenProcessed,
    SpecimenReceived,
    SpecimenRejected,
)
from schemas.events.treatment import CourseEnded, DoseGiven, SubjectTransfused, SubjectTransplanted
from schemas.topics import Topic

__all__ = [
    "FACTS_BY_TYPE",
    "ActionRefused",
    "Actions",
    "AdverseEventReported",
    "BaselineRecorded",
    "BloodBlastsCounted",
    "ChemotherapyBegun",
    "ConsentSigned",
    "ConsentWithdrawn",
    "ContactedAlive",
    "ControlIdReused",
    "CourseEnded",
    "CriterionAssessed",
    "DemographicsRecorded",
    "DeviationRecorded",
    "DiseaseDiagnosed",
    "DoseGiven",
    "EnrolmentUndone",
    "EntryCorrected",
    "EntryRedacted",
    "EntryVoided",
    "Facts",
    "MarrowAssessed",
    "MessageRefused",
    "MessageReleased",
    "MessageWaiting",
    "OversightFacts",
    "QuarantineRead",
    "QuarantineRedriven",
    "QueryAnswered",
    "QueryClosed",
    "QueryOpened",
    "RecordExported",
    "RecordFrozen",
    "RecordLocked",
    "RecordSigned",
    "RecordUnfrozen",
    "ResponseAssessed",
    "ResultReported",
    "ScreeningStarted",
    "SourceVerified",
    "SpecimenCollected",
    "SpecimenDestroyed",
    "SpecimenMoved",
    "SpecimenProcessed",
    "SpecimenReceived",
    "SpecimenRejected",
    "StudyEnded",
    "SubjectDied",
    "SubjectEnrolled",
    "SubjectFacts",
    "SubjectLost",
    "SubjectRead",
    "SubjectRelapsed",
    "SubjectTransfused",
    "SubjectTransplanted",
    "SubjectWithdrew",
    "VisitDone",
    "VisitMissed",
    "topics_of",
]

SubjectFacts = (
    ScreeningStarted
    | CriterionAssessed
    | ConsentSigned
    | ConsentWithdrawn
    | SubjectEnrolled
    | EnrolmentUndone
    | DemographicsRecorded
    | DiseaseDiagnosed
    | BaselineRecorded
    | ChemotherapyBegun
    | DoseGiven
    | CourseEnded
    | SubjectTransplanted
    | SubjectTransfused
    | SpecimenCollected
    | SpecimenProcessed
    | SpecimenReceived
    | SpecimenRejected
    | SpecimenMoved
    | SpecimenDestroyed
    | ResultReported
    | BloodBlastsCounted
    | MarrowAssessed
    | ResponseAssessed
    | SubjectRelapsed
    | AdverseEventReported
    | DeviationRecorded
    | VisitDone
    | VisitMissed
    | ContactedAlive
    | SubjectDied
    | SubjectWithdrew
    | SubjectLost
    | StudyEnded
)
"""Facts about a subject that the fold evolves on."""

Actions = EntryCorrected | EntryVoided
"""Facts about another entry of the same subject: settled before the fold."""

OversightFacts = (
    MessageWaiting
    | MessageReleased
    | MessageRefused
    | ControlIdReused
    | QueryOpened
    | QueryAnswered
    | QueryClosed
    | RecordSigned
    | SourceVerified
    | RecordFrozen
    | RecordUnfrozen
    | RecordLocked
    | ActionRefused
    | RecordExported
    | EntryRedacted
    | SubjectRead
    | QuarantineRead
    | QuarantineRedriven
)
"""Facts about the running of the study: kept, counted, never folded into a subject."""

Facts = SubjectFacts | Actions | OversightFacts

FACTS_BY_TYPE: MappingProxyType[str, type[Facts]] = MappingProxyType({facts.TYPE: facts for facts in get_args(Facts)})
"""Every type of the newest version by its tag."""


def topics_of(facts: type[Facts]) -> frozenset[Topic]:
    """The topics on which a fact of this type may travel; a correction travels with what it corrects."""
    return facts.TOPICS
