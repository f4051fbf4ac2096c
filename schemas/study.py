"""The study as data: one TOML file per study, in the folder ``studies``. Reading the file is the shell's work."""

import datetime as dt
import re
import tomllib
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from schemas.events.followup import Category
from schemas.events.lab import Matrix
from schemas.study_checks import contradictions
from schemas.toml_lines import line_of, lines_of, shown
from schemas.toml_types import Finding, untyped

Words = Annotated[str, msgspec.Meta(min_length=1)]
Days = Annotated[int, msgspec.Meta(ge=0)]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong with a study file. ``path`` is as TOML writes it, empty for the whole file."""

    line: int
    path: str
    what: str
    then: str

    def __str__(self) -> str:
        return f"{self.line}: {self.path + ': ' if self.path else ''}{self.what}; {self.then}"


class StudyError(ValueError):
    """The study file contradicts itself or cannot be read. ``problems`` are all of them, by line."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(f"study definition, line {problem}" for problem in problems))
        self.problems = problems


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages of the pages."""

    zh: Words
    en: Words


class Site(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place where subjects are enrolled. ``id`` is what events and sources call it.

    ``facilities`` are other names by which its instruments and systems call it when they send (MSH-4).
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{0,31}$")]
    text: Text
    facilities: tuple[Words, ...] = ()


class ProtocolVersion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In force from this day until the next version is."""

    version: Words
    in_force_from: dt.date


class ConsentForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A version of the informed consent, to be signed from this day until the next version is in force."""

    version: str
    in_force_from: dt.date


class Computed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a criterion follows from facts, where it does.

    ``major-surgery-within-days``: met where a major operation lies 0 to ``limit`` days before. ``performance-above``:
    met where the ECOG performance status is greater than ``limit``.
    """

    rule: Literal["major-surgery-within-days", "performance-above"]
    limit: Days


class Criterion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An inclusion criterion must be met, an exclusion criterion must not.

    ``computed`` is None for a criterion that somebody answers. ``met_by_withdrawal``: the criterion is met as well by a
    subject who takes participation back before enrolment, and never by one who does so afterwards.
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[IE][0-9]{1,2}$")]
    text: Text
    computed: Computed | None = None
    met_by_withdrawal: bool = False

    @property
    def includes(self) -> bool:
        return self.id.startswith("I")


class Analyte(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A quantity that the study knows.

    ``unit`` is the canonical UCUM unit. Which spellings a source may send for it is in `schemas.units`; ``units`` adds
    some for this analyte, with the exact factor by which a number becomes canonical, and ``units_refused`` takes some
    away. ``blinded`` values are on no page. What lies outside of ``plausible_min`` to ``plausible_max``, both in the
    canonical unit and themselves plausible, is recorded and asked about; None is no limit.
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    text: Text
    unit: Words
    units: dict[str, Decimal] = {}
    units_refused: tuple[str, ...] = ()
    blinded: bool = False
    plausible_min: Decimal | None = None
    plausible_max: Decimal | None = None


class CodeRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the code map: which analyte a source's code means.

    ``system`` is HL7's name of the coding system ("LN" for LOINC, "99LAB" for a local one). ``matrices`` lists the
    specimens for which the row holds, empty for any. ``verified_by`` and ``verified_on`` say who confirmed it, None
    while nobody has.
    """

    code: Words
    system: Words
    analyte: str
    matrices: tuple[Matrix, ...] = ()
    verified_by: str | None = None
    verified_on: dt.date | None = None


class Endpoints(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the record of the study leaves open, settled by name. Days count from day 0, both ends included."""

    orr: Annotated[tuple[Category, ...], msgspec.Meta(min_length=1)]
    response_window_days: Annotated[int, msgspec.Meta(ge=1)]
    crh_counts_as_cri: bool
    survival_origin: Literal["enrolment", "diagnosis", "chemotherapy"]
    survival_horizon_days: Annotated[int, msgspec.Meta(ge=1)]
    interval_level: Decimal


class Accrual(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is believed of enrolment before it begins: the plan, weighed as if this share of it had been seen.

    0.5 is as much as half of the plan; a small one lets the data speak almost alone.
    """

    prior_weight: Decimal = Decimal("0.5")


class ResponseSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a response is derived, and which of the two readings is the endpoint.

    ``rule_set`` is the name of one of `schemas.rules.rule_sets`; None for a disease that none of them is made for: then
    nothing is derived. ``endpoint`` is whose category counts. ``investigator_rule_set`` is what investigators are asked
    to assess by, shown on their form; None where it is the ``rule_set``. Counts are the pair of ANC and platelets of
    one day, at most ``counts_days_before`` before the marrow and ``counts_days_after`` after it.
    ``cri_requires_one_lineage``: ANC and platelets both below their limit, and not CRh, is MLFS and not CRi.
    ``relapse_in_blood_days`` is how far two samples with blasts in blood alone must lie apart. Platelets given at most
    ``transfusion_days_before`` a count flag it.
    """

    rule_set: str | None = None
    investigator_rule_set: Words | None = None
    endpoint: Literal["investigator", "derived"]
    cri_requires_one_lineage: bool
    counts_days_before: Days
    counts_days_after: Days
    relapse_in_blood_days: Days
    transfusion_days_before: Days
    after_transplant_counts: bool
    after_next_line_counts: bool


class BaselineMarker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The measurement that the study asks about: the last specimen of ``matrix`` collected before the first day of
    chemotherapy, at most ``days_before`` it.
    """

    analyte: str
    matrix: Matrix
    days_before: Days


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The disease that the study asks for, and what it is diagnosed by: what its forms mostly say."""

    disease: Words
    guideline: Words
    guideline_version: Words | None = None
    risk_version: Words | None = None


class Treatment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The chemotherapy that subjects get, by its usual names; another one is recorded all the same.

    ``regimens`` are those of the first courses, ``later_regimens`` those after a response, empty where it goes on.
    """

    regimens: Annotated[tuple[Words, ...], msgspec.Meta(min_length=1)]
    later_regimens: tuple[Words, ...] = ()


class Visit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A visit of the schedule: due ``day`` days after the anchor, from ``days_before`` earlier to ``days_after`` later.

    ``requires`` names what has to be there within that window: analyte ids, "marrow", "response" or "contact".
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    text: Text
    anchor: Literal["enrolment", "chemotherapy"]
    day: int
    days_before: Days = 0
    days_after: Days = 0
    requires: tuple[str, ...] = ()


class StudyDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One study. ``zone_offset_minutes`` is east of UTC and has no summer time in this study's zone.

    ``id`` is the registry's; ``secondary_ids`` are those of other registries and of the sponsor. ``version`` is this
    file's own; ``protocol`` lists the protocol's versions in the order in which they came into force. The first of
    ``sites`` stays the first when others join: its hospital numbers are mapped without its name. ``follow_up_ends_on``
    and ``age_min_years`` are None where the record names none, ``marker`` for a study without one, ``treatment`` where
    it is left to the sites.
    ``consent_forms`` is empty where the versions of the form are not listed; then a signature on any version counts.
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{2,31}$")]
    secondary_ids: tuple[Words, ...] = ()
    version: Words
    title: Text
    sites: Annotated[tuple[Site, ...], msgspec.Meta(min_length=1)]
    protocol: Annotated[tuple[ProtocolVersion, ...], msgspec.Meta(min_length=1)]
    target: Annotated[int, msgspec.Meta(ge=1)]
    zone: Words
    zone_offset_minutes: Annotated[int, msgspec.Meta(ge=-720, le=840)]
    enrolment_begins_on: dt.date
    enrolment_ends_on: dt.date
    follow_up_ends_on: dt.date | None = None
    family_signature_required: bool
    endpoints: Endpoints
    response: ResponseSettings
    criteria: tuple[Criterion, ...]
    analytes: tuple[Analyte, ...]
    codes: tuple[CodeRow, ...]
    ignored_codes: tuple[str, ...] = ()
    treatment: Treatment | None = None
    diagnosis: Diagnosis | None = None
    visits: tuple[Visit, ...] = ()
    marker: BaselineMarker | None = None
    accrual: Accrual = Accrual()
    age_min_years: Annotated[int, msgspec.Meta(ge=0, le=120)] | None = None
    consent_forms: tuple[ConsentForm, ...] = ()

    @property
    def tzinfo(self) -> dt.timezone:
        return dt.timezone(dt.timedelta(minutes=self.zone_offset_minutes))

    def analyte(self, analyte_id: str) -> Analyte | None:
        return next((analyte for analyte in self.analytes if analyte.id == analyte_id), None)

    def site(self, name: str | None) -> Site | None:
        """The site that is called so. Where the study has only one it is that one, whatever name or none is given."""
        if len(self.sites) == 1:
            return self.sites[0]
        return next((site for site in self.sites if name == site.id or name in site.facilities), None)

    def protocol_on(self, on: dt.date) -> str:
        """The version of the protocol in force on a day of the study's calendar; before the first one, that one."""
        begun = [each.version for each in self.protocol if each.in_force_from <= on]
        return begun[-1] if begun else self.protocol[0].version


def parse_study(toml: bytes) -> StudyDefinition:
    """The definition in a TOML document. Raises StudyError, which names everything that is wrong with it."""
    try:
        text = toml.decode()
        document = tomllib.loads(text, parse_float=Decimal)
    except UnicodeDecodeError as error:
        line = toml.count(b"\n", 0, error.start) + 1
        raise StudyError((_unreadable(line, "is not UTF-8", "save the file as UTF-8"),)) from error
    except tomllib.TOMLDecodeError as error:
        line = _line_said(str(error), text)
        raise StudyError((_unreadable(line, f"is not TOML: {error}", "put this right first"),)) from error
    found = [*untyped(document, StudyDefinition), *contradictions(document)]
    if found:
        raise StudyError(_located(found, text))
    return msgspec.convert(document, StudyDefinition)


def _located(found: list[Finding], text: str) -> tuple[Problem, ...]:
    """In the order of the lines; of one line, in the order in which they were found."""
    lines = lines_of(text)
    problems = (
        Problem(line=line_of(each.path, lines), path=shown(each.path), what=each.what, then=each.then) for each in found
    )
    return tuple(sorted(problems, key=lambda problem: problem.line))


def _unreadable(line: int, what: str, then: str) -> Problem:
    return Problem(line=line, path="", what=what, then=then)


def _line_said(message: str, text: str) -> int:
    """The line that the reader names; it says nothing of one where the document just ends."""
    named = re.search(r"at line (\d+)", message)
    return int(named[1]) if named else text.count("\n") + 1
