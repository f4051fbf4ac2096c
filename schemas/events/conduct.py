"""Facts on the topic ``followup`` about safety and about how the study is carried out."""

import datetime as dt
import enum
from typing import Annotated, ClassVar

import msgspec

from schemas.events.fact import Fact, Name
from schemas.events.followup import FOLLOWUP
from schemas.topics import Topic


class Relation(enum.StrEnum):
    """Whether the investigator holds the treatment for the cause."""

    UNRELATED = "unrelated"
    UNLIKELY = "unlikely"
    POSSIBLE = "possible"
    PROBABLE = "probable"
    DEFINITE = "definite"


class Seriousness(enum.StrEnum):
    """ICH E2A: what makes an event serious."""

    DEATH = "death"
    LIFE_THREATENING = "life-threatening"
    HOSPITALISATION = "hospitalisation"
    DISABILITY = "disability"
    CONGENITAL_ANOMALY = "congenital-anomaly"
    OTHER_IMPORTANT = "other-important"


class EventOutcome(enum.StrEnum):
    RECOVERED = "recovered"
    RECOVERING = "recovering"
    SEQUELAE = "recovered-with-sequelae"
    NOT_RECOVERED = "not-recovered"
    FATAL = "fatal"
    UNKNOWN = "unknown"


class AdverseEventReported(Fact, frozen=True, kw_only=True):
    """An adverse event. Happened: its onset. A change of grade or outcome is a correction of this entry.

    ``term`` is the preferred term and ``dictionary`` where it is from, such as "CTCAE 5.0". ``grade`` is 1 to 5.
    ``serious_because`` is empty for an event that is not serious. ``ended_on`` is None while it lasts or if unsaid.
    """

    TYPE: ClassVar[str] = "safety.adverse-event-reported.v1"
    TOPICS: ClassVar[frozenset[Topic]] = FOLLOWUP

    term: Name
    dictionary: Name
    grade: Annotated[int, msgspec.Meta(ge=1, le=5)]
    relation: Relation
    outcome: EventOutcome
    serious_because: Annotated[tuple[Seriousness, ...], msgspec.Meta(max_length=6)] = ()
    ended_on: dt.date | None = None


class Severity(enum.StrEnum):
    MINOR = "minor"
    MAJOR = "major"


class DeviationRecorded(Fact, frozen=True, kw_only=True):
    """The protocol was not followed. Happened: the day of it. ``kind`` is the site's short name, ``entry`` the entry
    that it is about, None where it is about no single one.
    """

    TYPE: ClassVar[str] = "conduct.deviation-recorded.v1"
    TOPICS: ClassVar[frozenset[Topic]] = FOLLOWUP

    kind: Name
    severity: Severity
    description: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    entry: Name | None = None


class VisitDone(Fact, frozen=True, kw_only=True):
    """A visit of the study's schedule took place. Happened: the day. ``visit`` is its id in the study definition."""

    TYPE: ClassVar[str] = "visit.done.v1"
    TOPICS: ClassVar[frozenset[Topic]] = FOLLOWUP

    visit: Name


class VisitMissed(Fact, frozen=True, kw_only=True):
    """A visit of the schedule did not take place. Happened: the day on which that was certain.

    ``why`` is None where nobody knows.
    """

    TYPE: ClassVar[str] = "visit.missed.v1"
    TOPICS: ClassVar[frozenset[Topic]] = FOLLOWUP

    visit: Name
    why: Name | None = None
