"""Facts on the topic ``enrollment``: from screening to the first day of a course of chemotherapy."""

import enum
from typing import Annotated, ClassVar

import msgspec

from schemas.events.fact import Fact
from schemas.topics import Topic

ENROLLMENT = frozenset({Topic.ENROLLMENT})

CriterionId = Annotated[str, msgspec.Meta(pattern=r"^[IE][0-9]{1,2}$")]


FormVersion = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class ScreeningStarted(Fact, frozen=True, kw_only=True):
    """A patient is considered for the study. Happened: the day of screening."""

    TYPE: ClassVar[str] = "subject.screening-started.v1"
    TOPICS: ClassVar[frozenset[Topic]] = ENROLLMENT

    site: str


class Answer(enum.StrEnum):
    """Whether a criterion holds, said of it as it is written: an exclusion criterion that is met excludes."""

    MET = "met"
    NOT_MET = "not-met"
    UNKNOWN = "unknown"


class CriterionAssessed(Fact, frozen=True, kw_only=True):
    """One of the study's criteria was judged. Happened: the day of judgement; the actor is its author.

    ``evidence`` names the document or finding relied on, without identity; None where the author gave none.
    """

    TYPE: ClassVar[str] = "subject.criterion-assessed.v1"
    TOPICS: ClassVar[frozenset[Topic]] = ENROLLMENT

    criterion: CriterionId
    answer: Answer
    evidence: str | None = None


class ConsentScope(enum.StrEnum):
    """What a consent allows, or its withdrawal no longer allows."""

    PARTICIPATION = "participation"
    FOLLOW_UP = "follow-up"
    SPECIMEN_STORAGE = "specimen-storage"
    DATA_REUSE = "data-reuse"


class ConsentSigned(Fact, frozen=True, kw_only=True):
    """The informed consent was signed. Happened: the time of the (last) signature.

    ``form_version`` and ``language`` (BCP 47) name the document signed. ``scope`` is what it allows. ``renews`` is the
    form version that this signature takes the place of (a re-consent), None for a first consent.
    """

    TYPE: ClassVar[str] = "subject.consent-signed.v1"
    TOPICS: ClassVar[frozenset[Topic]] = ENROLLMENT

    form_version: FormVersion
    language: str
    signed_by_subject: bool
    signed_by_family: bool
    scope: Annotated[tuple[ConsentScope, ...], msgspec.Meta(min_length=1, max_length=4)] = (ConsentScope.PARTICIPATION,)
    renews: FormVersion | None = None


class ConsentWithdrawn(Fact, frozen=True, kw_only=True):
    """The subject took back all or a part of the consent. Happened: when it was said.

    ``scope`` is what is no longer allowed; without participation, the subject stays in the study. Before enrolment,
    without participation there is no valid consent; after it, the subject is withdrawn.
    """

    TYPE: ClassVar[str] = "subject.consent-withdrawn.v1"
    TOPICS: ClassVar[frozenset[Topic]] = ENROLLMENT

    scope: Annotated[tuple[ConsentScope, ...], msgspec.Meta(min_length=1, max_length=4)]


class SubjectEnrolled(Fact, frozen=True, kw_only=True):
    """The subject entered the study. Happened: the day of enrolment, from which survival is counted by default."""

    TYPE: ClassVar[str] = "subject.enrolled.v1"
    TOPICS: ClassVar[frozenset[Topic]] = ENROLLMENT

    site: str


class EnrolmentUndone(Fact, frozen=True, kw_only=True):
    """An enrolment that really took place is taken back, such as for a subject found ineligible. Happened: the day.

    An enrolment entered by mistake is voided instead. A later enrolment enrols the subject again.
    """

    TYPE: ClassVar[str] = "subject.enrolment-undone.v1"
    TOPICS: ClassVar[frozenset[Topic]] = ENROLLMENT

    why: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class Intensity(enum.StrEnum):
    """How intensive a course is; refractory disease is judged differently after each."""

    INTENSIVE = "intensive"
    LESS_INTENSIVE = "less-intensive"


class ChemotherapyBegun(Fact, frozen=True, kw_only=True):
    """A course of chemotherapy began. Happened: its first day; that of course 1 is day 0 of the response window.

    ``course`` counts from 1 through all lines. ``regimen`` is the site's short name, such as "DA 3+7". ``line`` is the
    line of treatment: 1 until the disease needs another one.
    """

    TYPE: ClassVar[str] = "treatment.chemotherapy-begun.v1"
    TOPICS: ClassVar[frozenset[Topic]] = ENROLLMENT

    course: Annotated[int, msgspec.Meta(ge=1, le=40)]
    regimen: str
    intensity: Intensity
    line: Annotated[int, msgspec.Meta(ge=1, le=20)] = 1
