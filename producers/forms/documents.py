"""The documents that the door takes, as data. Every part is optional, so that a form can be filled in steps.

A time is written as in `producers.forms.times`. What a document means as events is in `producers.forms.translation`;
what can be wrong with one, beyond its types, in `producers.forms.examination`.
"""

import enum
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from schemas.events.background import Finding, Risk, Sex
from schemas.events.enrollment import Answer, Intensity
from schemas.events.followup import Category, Cause, Certainty, EndReason


class Kind(enum.StrEnum):
    """What a text or number in a document is, where its type alone does not say; the key ``kind`` of its ``extra``."""

    TIME = "time"
    INSTANT = "instant"
    FREE_TEXT = "free-text"
    PERCENTAGE = "percentage"
    HOSPITAL_NUMBER = "hospital-number"
    SUBJECT = "subject"
    PERSON = "person"
    SITE = "site"
    FORM_ID = "form-id"
    ENTRY = "entry"


class Role(enum.StrEnum):
    """In what capacity somebody fills in a form."""

    NURSE = "nurse"
    INVESTIGATOR = "investigator"
    COORDINATOR = "coordinator"


Time = Annotated[
    str,
    Meta(
        description="2026-03-02, 2026-03-02T09:30 in the study's zone, or with an offset; to the millisecond at most",
        extra={"kind": Kind.TIME},
    ),
]
Instant = Annotated[
    str, Meta(description="2026-03-02T09:30 in the study's zone, or with an offset", extra={"kind": Kind.INSTANT})
]
ShortText = Annotated[str, Meta(min_length=1, max_length=120, extra={"kind": Kind.FREE_TEXT})]
LongText = Annotated[str, Meta(min_length=1, max_length=1000, extra={"kind": Kind.FREE_TEXT})]
Percentage = Annotated[
    Decimal,
    Meta(
        description="0 to 100, as a number or as its text",
        extra={"kind": Kind.PERCENTAGE},
    ),
]
HospitalNumber = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{2,31}$", extra={"kind": Kind.HOSPITAL_NUMBER})]
Subject = Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{0,31}$(?!\n)", extra={"kind": Kind.SUBJECT})]
Person = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$", extra={"kind": Kind.PERSON})]
Site = Annotated[
    str,
    Meta(
        description="one of the study's sites; may be left out where the study has only one",
        extra={"kind": Kind.SITE},
    ),
]
FormId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{7,63}$", extra={"kind": Kind.FORM_ID})]
EntryId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$", extra={"kind": Kind.ENTRY})]
Course = Annotated[int, Meta(ge=1, le=40)]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fact on a form. ``happened`` is when it happened, not when it was written down."""

    happened: Time


class Screening(Part, frozen=True, kw_only=True):
    """Screening began at the form's site."""


class Demographics(Part, frozen=True, kw_only=True):
    """No date of birth: with it the record would hold half of an identity."""

    year_of_birth: Annotated[int, Meta(ge=1900, le=2100)]
    sex: Sex | None = None


class Diagnosis(Part, frozen=True, kw_only=True):
    """The disease and what it was diagnosed by. None means not tested, or that the report does not say."""

    disease: ShortText
    guideline: ShortText
    guideline_version: ShortText | None = None
    fab: ShortText | None = None
    who: ShortText | None = None
    eln_risk: Risk | None = None
    eln_version: ShortText | None = None
    karyotype: LongText | None = None
    flt3_itd: Finding | None = None


class Baseline(Part, frozen=True, kw_only=True):
    """What was found before treatment. ``performance_status`` is ECOG."""

    performance_status: Annotated[int, Meta(ge=0, le=5)] | None = None
    temperature_celsius: Annotated[Decimal, Meta(description="as a number or as its text")] | None = None


class Criterion(Part, frozen=True, kw_only=True):
    """The answer is said of the criterion as it is written. ``evidence`` names what was relied on, without identity."""

    answer: Answer
    evidence: LongText | None = None


class Consent(Part, frozen=True, kw_only=True):
    form_version: ShortText
    language: Literal["zh", "en"]
    signed_by_subject: bool
    signed_by_family: bool


class Enrolment(Part, frozen=True, kw_only=True):
    """The subject entered the study at the form's site."""


class Chemotherapy(Part, frozen=True, kw_only=True):
    """A course began. ``course`` counts from 1."""

    regimen: ShortText
    intensity: Intensity
    course: Course


class Marrow(Part, frozen=True, kw_only=True):
    """A marrow was read. None means that the report does not say; ``blasts_pct`` None, that it could not be read."""

    specimen: ShortText | None = None
    blasts_pct: Percentage | None = None
    cells_counted: Annotated[int, Meta(ge=0, le=100_000)] | None = None
    cellularity_pct: Percentage | None = None
    spicules_present: bool | None = None
    dilute: bool | None = None
    auer_rods_present: bool | None = None
    erythroid_normal: bool | None = None
    megakaryocytes_normal: bool | None = None
    extramedullary_present: bool | None = None
    blood_blasts_pct: Percentage | None = None


class Response(Part, frozen=True, kw_only=True):
    """The investigator's category. ``marrow`` None relies on the marrow of the same form, where there is one."""

    category: Category
    rule_set: ShortText
    course: Course | None = None
    marrow: EntryId | None = None


class Contact(Part, frozen=True, kw_only=True):
    means: ShortText


class Death(Part, frozen=True, kw_only=True):
    cause: Cause
    certainty: Certainty


class Withdrawal(Part, frozen=True, kw_only=True):
    follow_up_allowed: bool


class Loss(Part, frozen=True, kw_only=True):
    attempts: Annotated[int, Meta(ge=0, le=1000)]


class End(Part, frozen=True, kw_only=True):
    why: EndReason


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every document says of itself.

    ``form_id`` identifies the document within its ``site``: sent again it is the same. ``site`` is where it was filled
    in, and whose number the ``hospital_number`` is; None for the only site of a study. ``recorded_at`` is when it was
    written at its source, None for the door's clock. ``hospital_number`` or ``subject`` says whom it is about; only the
    latter enters an event.
    """

    form_id: FormId
    actor: Person
    actor_role: Role
    site: Site | None = None
    recorded_at: Instant | None = None
    hospital_number: HospitalNumber | None = None
    subject: Subject | None = None


class EnrolmentForm(Form, frozen=True, kw_only=True):
    """From screening to the first day of chemotherapy. Names both numbers once, and so maps the one to the other."""

    screening: Screening | None = None
    demographics: Demographics | None = None
    diagnosis: Diagnosis | None = None
    baseline: Baseline | None = None
    criteria: Annotated[dict[str, Criterion], Meta(min_length=1)] | None = None
    consent: Consent | None = None
    enrolment: Enrolment | None = None
    chemotherapy: Chemotherapy | None = None


class FollowupForm(Form, frozen=True, kw_only=True):
    """What is learnt of a subject after enrolment."""

    chemotherapy: Chemotherapy | None = None
    marrow: Marrow | None = None
    response: Response | None = None
    contact: Contact | None = None
    death: Death | None = None
    withdrawal: Withdrawal | None = None
    lost: Loss | None = None
    ended: End | None = None


class CorrectionForm(Form, frozen=True, kw_only=True):
    """One entry is replaced, or taken out (``void``). Exactly one of the two; the reason may not be missing.

    ``target_type`` is the type of the entry at the root. ``replacement`` is the whole new payload of that type, and
    ``happened`` its new time, None where the time stays.
    """

    target: EntryId
    target_type: str
    reason: LongText
    replacement: dict[str, Any] | None = None
    happened: Time | None = None
    void: bool = False


AnyForm = EnrolmentForm | FollowupForm | CorrectionForm

FORMS: dict[str, type[EnrolmentForm | FollowupForm | CorrectionForm]] = {
    "enrolment": EnrolmentForm,
    "followup": FollowupForm,
    "correction": CorrectionForm,
}
"""Every document by the last part of its address."""

ABOUT_ITSELF = frozenset(Form.__struct_fields__)
"""Fields that say nothing of a subject; a form of these alone is empty."""
