"""The two web forms as data: which parts, which fields, and how each is put in. Their words are in the catalogs.

A field's name is its place in the document (``marrow.blasts_pct`` is ``$.marrow.blasts_pct``), so that a problem of the
document finds its field on the page.
"""

import enum
from collections.abc import Iterator

import msgspec

from producers.forms.documents import Role
from schemas.events.background import Finding, Risk, Sex
from schemas.events.enrollment import Intensity
from schemas.events.followup import Category, Cause, Certainty, EndReason
from schemas.study import StudyDefinition

CERTAINTIES = tuple(certainty for certainty in Certainty if certainty is not Certainty.NOT_ASKED)


class Control(enum.StrEnum):
    """How a field is put in, and with it how its text becomes a value of the document."""

    DAY = "day"
    MINUTE = "minute"
    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    CHOICE = "choice"
    YES_NO = "yes-no"


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """``group`` names the words of the choices. ``needed`` fields may not be empty once their part is begun."""

    name: str
    control: Control
    choices: tuple[str, ...] = ()
    group: str = ""
    needed: bool = False
    hint: str = ""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One panel. ``words`` is the key of its title; ``is_criteria`` draws a row for each of the study's criteria."""

    words: str
    fields: tuple[Field, ...] = ()
    optional: bool = True
    is_criteria: bool = False


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """One page. Where ``folded``, an optional part is shut until something is in it: of many parts few are needed."""

    kind: str
    folded: bool
    sections: tuple[Section, ...]

    def fields(self) -> Iterator[Field]:
        for section in self.sections:
            yield from section.fields


def _day(name: str, hint: str = "day") -> Field:
    return Field(name=name, control=Control.DAY, needed=True, hint=hint)


def _text(name: str, *, needed: bool = False, hint: str = "") -> Field:
    return Field(name=name, control=Control.TEXT, needed=needed, hint=hint)


def _choice(name: str, choices: tuple[str, ...], *, needed: bool = True) -> Field:
    group = name.rpartition(".")[2]
    return Field(name=name, control=Control.CHOICE, choices=choices, group=group, needed=needed)


def _yes_no(name: str, *, needed: bool = True, group: str = "yes_no") -> Field:
    return Field(name=name, control=Control.YES_NO, choices=("yes", "no"), group=group, needed=needed)


def _who(subject_hint: str) -> Section:
    return Section(
        words="who",
        optional=False,
        fields=(
            _text("hospital_number", hint="hospital_number"),
            _text("subject", hint=subject_hint),
            _text("actor", needed=True, hint="actor"),
            _choice("actor_role", tuple(Role)),
        ),
    )


def _chemotherapy(words: str) -> Section:
    return Section(
        words=words,
        fields=(
            _day("chemotherapy.happened"),
            Field(name="chemotherapy.course", control=Control.WHOLE, needed=True),
            _text("chemotherapy.regimen", needed=True, hint="chemotherapy.regimen"),
            _choice("chemotherapy.intensity", tuple(Intensity)),
        ),
    )


ENROLMENT = Sheet(
    kind="enrolment",
    folded=False,
    sections=(
        _who("subject_enrolment"),
        Section(words="screening", fields=(_day("screening.happened"),)),
        Section(
            words="demographics",
            fields=(
                _day("demographics.happened"),
                Field(name="demographics.year_of_birth", control=Control.WHOLE, needed=True, hint="year"),
                _choice("demographics.sex", tuple(Sex), needed=False),
            ),
        ),
        Section(
            words="diagnosis",
            fields=(
                _day("diagnosis.happened"),
                _text("diagnosis.disease", needed=True),
                _text("diagnosis.guideline", needed=True),
                _text("diagnosis.guideline_version"),
                _text("diagnosis.fab"),
                _text("diagnosis.who"),
                _choice("diagnosis.eln_risk", tuple(Risk), needed=False),
                _text("diagnosis.eln_version"),
                _text("diagnosis.karyotype", hint="diagnosis.karyotype"),
                _choice("diagnosis.flt3_itd", tuple(Finding), needed=False),
            ),
        ),
        Section(
            words="baseline",
            fields=(
                _day("baseline.happened"),
                Field(name="baseline.performance_status", control=Control.WHOLE, hint="baseline.performance_status"),
                Field(name="baseline.temperature_celsius", control=Control.NUMBER),
            ),
        ),
        Section(words="criteria", fields=(_day("criteria.happened"),), is_criteria=True),
        Section(
            words="consent",
            fields=(
                Field(name="consent.happened", control=Control.MINUTE, needed=True, hint="minute"),
                _text("consent.form_version", needed=True),
                _choice("consent.language", ("zh", "en")),
                _yes_no("consent.signed_by_subject"),
                _yes_no("consent.signed_by_family"),
            ),
        ),
        Section(words="enrolment", fields=(_day("enrolment.happened"),)),
        _chemotherapy("chemotherapy"),
    ),
)

FOLLOWUP = Sheet(
    kind="followup",
    folded=True,
    sections=(
        _who("subject"),
        Section(
            words="marrow",
            fields=(
                _day("marrow.happened"),
                _text("marrow.specimen"),
                Field(name="marrow.blasts_pct", control=Control.NUMBER),
                Field(name="marrow.blood_blasts_pct", control=Control.NUMBER),
                Field(name="marrow.cells_counted", control=Control.WHOLE),
                Field(name="marrow.cellularity_pct", control=Control.NUMBER),
                _yes_no("marrow.spicules_present", needed=False, group="present"),
                _yes_no("marrow.auer_rods_present", needed=False, group="present"),
                _yes_no("marrow.extramedullary_present", needed=False, group="present"),
                _yes_no("marrow.erythroid_normal", needed=False),
                _yes_no("marrow.megakaryocytes_normal", needed=False),
                _yes_no("marrow.dilute", needed=False),
            ),
        ),
        Section(
            words="response",
            fields=(
                _day("response.happened", hint="response.happened"),
                _choice("response.category", tuple(Category)),
                _text("response.rule_set", needed=True, hint="response.rule_set"),
                Field(name="response.course", control=Control.WHOLE),
            ),
        ),
        _chemotherapy("course"),
        Section(
            words="contact",
            fields=(_day("contact.happened"), _text("contact.means", needed=True, hint="contact.means")),
        ),
        Section(
            words="death",
            fields=(
                _day("death.happened"),
                _choice("death.cause", tuple(Cause)),
                _choice("death.certainty", CERTAINTIES),
            ),
        ),
        Section(
            words="withdrawal",
            fields=(_day("withdrawal.happened"), _yes_no("withdrawal.follow_up_allowed")),
        ),
        Section(
            words="lost",
            fields=(
                _day("lost.happened"),
                Field(name="lost.attempts", control=Control.WHOLE, needed=True),
            ),
        ),
        Section(words="ended", fields=(_day("ended.happened"), _choice("ended.why", tuple(EndReason)))),
    ),
)

KINDS = (ENROLMENT.kind, FOLLOWUP.kind)


def sheets_of(study: StudyDefinition) -> dict[str, Sheet]:
    """The study's pages by their kind. Only a study with several sites asks where the form was filled in."""
    sites = tuple(site.id for site in study.sites)
    where = (Field(name="site", control=Control.CHOICE, choices=sites, group="site", needed=True),)
    return {sheet.kind: _beginning_with(where if len(sites) > 1 else (), sheet) for sheet in (ENROLMENT, FOLLOWUP)}


def _beginning_with(fields: tuple[Field, ...], sheet: Sheet) -> Sheet:
    first, *others = sheet.sections
    first = msgspec.structs.replace(first, fields=(*fields, *first.fields))
    return msgspec.structs.replace(sheet, sections=(first, *others))
