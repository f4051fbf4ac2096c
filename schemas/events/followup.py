"""Facts on the topic ``followup``: assessments, contacts, and the ways in which a subject leaves."""

import enum
from decimal import Decimal
from typing import Annotated, ClassVar

import msgspec

from schemas.events.fact import Fact
from schemas.topics import Topic

FOLLOWUP = frozenset({Topic.FOLLOWUP})


class ResidualDisease(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Measurable residual disease. ``method`` is such as "flow-cytometry" or "NPM1 qPCR".

    ``level_pct`` is of nucleated cells or of the reference gene, ``limit_pct`` the assay's limit of detection; None
    where the report does not say.
    """

    method: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    detected: bool
    level_pct: Decimal | None = None
    limit_pct: Decimal | None = None


class MarrowAssessed(Fact, frozen=True, kw_only=True):
    """A bone-marrow examination was read. Happened: the day of the aspirate.

    Percentages are of nucleated cells. ``blasts_pct`` is None where the sample could not be read. ``erythroid_normal``
    and ``megakaryocytes_normal`` are the reader's judgement of these lines. ``extramedullary_present`` is of disease
    outside of marrow and blood, looked for then. ``blood_blasts_pct`` is of a smear read with the marrow.
    Every other None means that the report does not say, which is never the same as "absent".
    """

    TYPE: ClassVar[str] = "marrow.assessed.v1"
    TOPICS: ClassVar[frozenset[Topic]] = FOLLOWUP

    specimen: str | None = None
    blasts_pct: Decimal | None = None
    cells_counted: Annotated[int, msgspec.Meta(ge=0)] | None = None
    cellularity_pct: Decimal | None = None
    spicules_present: bool | None = None
    dilute: bool | None = None
    auer_rods_present: bool | None = None
    erythroid_normal: bool | None = None
    megakaryocytes_normal: bool | None = None
    extramedullary_present: bool | None = None
    blood_blasts_pct: Decimal | None = None
    residual_disease: ResidualDisease | None = None


class Category(enum.StrEnum):
    """Response categories of the European LeukemiaNet 2022 (Blood 140:1345), and "not evaluable"."""

    CR = "CR"
    CRH = "CRh"
    CRI = "CRi"
    MLFS = "MLFS"
    PR = "PR"
    NR = "NR"
    RELAPSE = "relapse"
    NE = "NE"


class ResponseAssessed(Fact, frozen=True, kw_only=True):
    """The investigator's category. Happened: the day that the category is about (the marrow's day).

    ``rule_set`` names what the investigator applied, such as "ELN2022". ``course`` is the course after which it was
    assessed, None before any. ``marrow`` is the entry id of the marrow relied on, None where there was none.
    """

    TYPE: ClassVar[str] = "response.assessed.v1"
    TOPICS: ClassVar[frozenset[Topic]] = FOLLOWUP

    category: Category
    rule_set: str
    course: Annotated[int, msgspec.Meta(ge=1, le=40)] | None = None
    marrow: str | None = None


class ContactedAlive(Fact, frozen=True, kw_only=True):
    """The subject was known to be alive. Happened: the day of which that is certain, not the day of the note."""

    TYPE: ClassVar[str] = "subject.contacted-alive.v1"
    TOPICS: ClassVar[frozenset[Topic]] = FOLLOWUP

    means: str


class Cause(enum.StrEnum):
    """Why a subject died."""

    LEUKAEMIA = "leukaemia"
    TREATMENT = "treatment"
    INFECTION = "infection"
    OTHER = "other"
    UNKNOWN = "unknown"


class Certainty(enum.StrEnum):
    """How well a death and its date are known. Version 1 of the event did not ask."""

    DOCUMENTED = "documented"
    REPORTED = "reported"
    ESTIMATED_DATE = "estimated-date"
    NOT_ASKED = "not-asked"


class SubjectDied(Fact, frozen=True, kw_only=True):
    """Happened: the day of death. ``certainty``: by a document, as somebody told, or with a date that is a guess."""

    TYPE: ClassVar[str] = "subject.died.v2"
    TOPICS: ClassVar[frozenset[Topic]] = FOLLOWUP

    cause: Cause
    certainty: Certainty


class RelapseSite(enum.StrEnum):
    MARROW = "marrow"
    BLOOD = "blood"
    EXTRAMEDULLARY = "extramedullary"


class SubjectRelapsed(Fact, frozen=True, kw_only=True):
    """The investigator found a relapse. Happened: the day on which it was found. ``found_in`` is where."""

    TYPE: ClassVar[str] = "subject.relapsed.v1"
    TOPICS: ClassVar[frozenset[Topic]] = FOLLOWUP

    found_in: Annotated[tuple[RelapseSite, ...], msgspec.Meta(min_length=1, max_length=3)]


class SubjectWithdrew(Fact, frozen=True, kw_only=True):
    """Consent was withdrawn after enrolment. Happened: the day. It never undoes eligibility.

    ``follow_up_allowed`` is True where the subject still lets survival be asked about.
    """

    TYPE: ClassVar[str] = "subject.withdrew.v1"
    TOPICS: ClassVar[frozenset[Topic]] = FOLLOWUP

    follow_up_allowed: bool


class SubjectLost(Fact, frozen=True, kw_only=True):
    """The site gave up reaching the subject. Happened: the day of that judgement; a later contact ends it."""

    TYPE: ClassVar[str] = "subject.lost.v1"
    TOPICS: ClassVar[frozenset[Topic]] = FOLLOWUP

    attempts: Annotated[int, msgspec.Meta(ge=0)]


class EndReason(enum.StrEnum):
    """Why a subject's part in the study ended other than by death, loss or withdrawal."""

    COMPLETED = "completed"
    INVESTIGATOR = "investigator"
    SCREEN_FAILURE = "screen-failure"


class StudyEnded(Fact, frozen=True, kw_only=True):
    """The subject's part in the study ended. Happened: the day."""

    TYPE: ClassVar[str] = "subject.study-ended.v1"
    TOPICS: ClassVar[frozenset[Topic]] = FOLLOWUP

    why: EndReason
