"""The study as data: one TOML file per study, in the folder ``studies``. Reading the file is the shell's work."""

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from schemas.events.followup import Category
from schemas.events.lab import Matrix
from schemas.rules.rule_sets import why_refused


class StudyError(ValueError):
    """The study definition contradicts itself or is not readable; the message names the place."""


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages of the pages."""

    zh: str
    en: str


class Site(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place where subjects are enrolled. ``id`` is what events and sources call it."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{0,31}$")]
    text: Text


class ProtocolVersion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In force from this day until the next version is."""

    version: str
    in_force_from: dt.date


class Computed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a criterion follows from facts, where it does.

    ``major-surgery-within-days``: met where a major operation lies 0 to ``limit`` days before. ``performance-above``:
    met where the ECOG performance status is greater than ``limit``.
    """

    rule: Literal["major-surgery-within-days", "performance-above"]
    limit: Annotated[int, msgspec.Meta(ge=0)]


class Criterion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An inclusion criterion must be met, an exclusion criterion must not.

    ``computed`` is None for a criterion that somebody answers.
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[IE][0-9]{1,2}$")]
    text: Text
    computed: Computed | None = None

    @property
    def includes(self) -> bool:
        return self.id.startswith("I")


class Analyte(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A quantity that the study knows.

    ``unit`` is the canonical UCUM unit. ``units`` maps each spelling that a source may send to the exact factor by
    which a number in that unit becomes canonical; nothing is guessed beyond it. ``blinded`` values are on no page.
    """

    id: str
    text: Text
    unit: str
    units: dict[str, Decimal]
    blinded: bool = False
    plausible_min: Decimal | None = None
    plausible_max: Decimal | None = None


class CodeRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the code map: which analyte a source's code means.

    ``system`` is HL7's name of the coding system ("LN" for LOINC, "99LAB" for a local one). ``matrices`` lists the
    specimens for which the row holds, empty for any. ``verified_by`` and ``verified_on`` say who confirmed it, None
    while nobody has.
    """

    code: str
    system: str
    analyte: str
    matrices: tuple[Matrix, ...] = ()
    verified_by: str | None = None
    verified_on: dt.date | None = None


class Endpoints(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the record of the study leaves open, settled by name. Days count from day 0, both ends included."""

    orr: tuple[Category, ...]
    response_window_days: int
    crh_counts_as_cri: bool
    survival_origin: Literal["enrolment", "diagnosis", "chemotherapy"]
    survival_horizon_days: int
    interval_level: Decimal


class ResponseSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a response is derived, and which of the two readings is the endpoint.

    ``rule_set`` is the name of one of `schemas.rules.rule_sets`. ``endpoint`` is whose category counts. Counts are the
    pair of ANC and platelets of one day, at most ``counts_days_before`` before the marrow and ``counts_days_after``
    after it. ``cri_requires_one_lineage``: ANC and platelets both below their limit, and not CRh, is MLFS and not CRi.
    ``relapse_in_blood_days`` is how far two samples with blasts in blood alone must lie apart. Platelets given at most
    ``transfusion_days_before`` a count flag it.
    """

    rule_set: str
    endpoint: Literal["investigator", "derived"]
    cri_requires_one_lineage: bool
    counts_days_before: Annotated[int, msgspec.Meta(ge=0)]
    counts_days_after: Annotated[int, msgspec.Meta(ge=0)]
    relapse_in_blood_days: Annotated[int, msgspec.Meta(ge=0)]
    transfusion_days_before: Annotated[int, msgspec.Meta(ge=0)]
    after_transplant_counts: bool
    after_next_line_counts: bool


class BaselineMarker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The measurement that the study asks about: the last specimen of ``matrix`` collected before the first day of
    chemotherapy, at most ``days_before`` it.
    """

    analyte: str
    matrix: Matrix
    days_before: Annotated[int, msgspec.Meta(ge=0)]


class Visit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A visit of the schedule: due ``day`` days after the anchor, from ``days_before`` earlier to ``days_after`` later.

    ``requires`` names what has to be there within that window: analyte ids, "marrow", "response" or "contact".
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    text: Text
    anchor: Literal["enrolment", "chemotherapy"]
    day: int
    days_before: Annotated[int, msgspec.Meta(ge=0)] = 0
    days_after: Annotated[int, msgspec.Meta(ge=0)] = 0
    requires: tuple[str, ...] = ()


class StudyDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One study. ``zone_offset_minutes`` is east of UTC and has no summer time in this study's zone.

    ``version`` is this file's own; ``protocol`` lists the protocol's versions in the order in which they came into
    force. ``age_min_years`` is None where the record names no age. ``marker`` is None for a study without one.
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{2,31}$")]
    version: str
    title: Text
    sites: Annotated[tuple[Site, ...], msgspec.Meta(min_length=1)]
    protocol: Annotated[tuple[ProtocolVersion, ...], msgspec.Meta(min_length=1)]
    target: Annotated[int, msgspec.Meta(ge=1)]
    zone: str
    zone_offset_minutes: int
    enrolment_begins_on: dt.date
    enrolment_ends_on: dt.date
    family_signature_required: bool
    endpoints: Endpoints
    response: ResponseSettings
    criteria: tuple[Criterion, ...]
    analytes: tuple[Analyte, ...]
    codes: tuple[CodeRow, ...]
    ignored_codes: tuple[str, ...] = ()
    visits: tuple[Visit, ...] = ()
    marker: BaselineMarker | None = None
    age_min_years: Annotated[int, msgspec.Meta(ge=0)] | None = None

    @property
    def site(self) -> str:
        """The first site's id."""
        return self.sites[0].id

    @property
    def tzinfo(self) -> dt.timezone:
        return dt.timezone(dt.timedelta(minutes=self.zone_offset_minutes))

    def analyte(self, analyte_id: str) -> Analyte | None:
        return next((analyte for analyte in self.analytes if analyte.id == analyte_id), None)


def parse_study(toml: bytes) -> StudyDefinition:
    """The definition in a TOML document. Raises StudyError."""
    try:
        study = msgspec.toml.decode(toml, type=StudyDefinition, strict=False)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise StudyError(f"study definition: {error}") from error
    for problem in _contradictions(study):
        raise StudyError(f"study definition {study.id}: {problem}")
    return study


def _contradictions(study: StudyDefinition) -> list[str]:
    problems = [f"{kind} {again} is named twice" for kind, names in _names(study) for again in _repeated(names)]
    known = {analyte.id for analyte in study.analytes}
    problems += [
        f"code {row.code} means {row.analyte}, which is no analyte" for row in study.codes if row.analyte not in known
    ]
    for analyte in study.analytes:
        if analyte.units.get(analyte.unit) != 1:
            problems.append(f"analyte {analyte.id}: its own unit {analyte.unit} needs the factor 1")
        problems += [
            f"analyte {analyte.id}: the factor of {unit} is not above 0"
            for unit, by in analyte.units.items()
            if by <= 0
        ]
    if study.enrolment_ends_on <= study.enrolment_begins_on:
        problems.append("enrolment ends before it begins")
    if not re.fullmatch(r"0\.\d+", str(study.endpoints.interval_level)):
        problems.append("interval_level is not between 0 and 1")
    refusal = why_refused(study.response.rule_set)
    return problems if refusal is None else [*problems, refusal]


def _names(study: StudyDefinition) -> list[tuple[str, list[str]]]:
    return [
        ("criterion", [criterion.id for criterion in study.criteria]),
        ("analyte", [analyte.id for analyte in study.analytes]),
        ("code", [f"{row.code}^{row.system} {sorted(row.matrices)}" for row in study.codes]),
    ]


def _repeated(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})
