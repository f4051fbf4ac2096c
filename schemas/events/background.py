"""Facts on the topic ``enrollment`` about who the subject is and what the disease is, without identity."""

import datetime as dt
import enum
from decimal import Decimal
from typing import Annotated, ClassVar

import msgspec

from schemas.events.enrollment import ENROLLMENT
from schemas.events.fact import Fact, Name
from schemas.topics import Topic


class Sex(enum.StrEnum):
    """As the hospital registered it; haemoglobin limits of the Chinese 1987 standard differ by it."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class DemographicsRecorded(Fact, frozen=True, kw_only=True):
    """Year of birth and sex. Happened: the day on which they were noted. No date of birth: it is half an identity.

    ``sex`` is None where it was not noted.
    """

    TYPE: ClassVar[str] = "subject.demographics-recorded.v1"
    TOPICS: ClassVar[frozenset[Topic]] = ENROLLMENT

    year_of_birth: Annotated[int, msgspec.Meta(ge=1900, le=2100)]
    sex: Sex | None = None


class Finding(enum.StrEnum):
    """Of a marker that was tested."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    INDETERMINATE = "indeterminate"


class Risk(enum.StrEnum):
    """Genetic risk groups of the European LeukemiaNet."""

    FAVOURABLE = "favourable"
    INTERMEDIATE = "intermediate"
    ADVERSE = "adverse"


class Mutation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A mutated gene by its HGNC symbol. ``change`` is HGVS, ``vaf_pct`` the variant allele frequency in percent.

    None where the report does not say.
    """

    gene: Name
    change: Name | None = None
    vaf_pct: Decimal | None = None


class DiseaseDiagnosed(Fact, frozen=True, kw_only=True):
    """The disease was diagnosed. Happened: the day of diagnosis, a possible origin of survival.

    ``guideline`` and ``guideline_version`` name what it was diagnosed by, such as "CN-AML" and "2023". ``disease`` is
    the study's short name of it, such as "AML". ``fab``, ``who`` and ``icc`` are the classes of the French-American-
    British, World Health Organization and International Consensus classifications; ``who_edition`` is such as "5".
    ``karyotype`` is ISCN text. ``mutations`` is empty where a panel found none. ``flt3_itd_ratio`` is the allelic ratio
    of mutant to wild type. Every None means not tested or not said.
    """

    TYPE: ClassVar[str] = "disease.diagnosed.v1"
    TOPICS: ClassVar[frozenset[Topic]] = ENROLLMENT

    guideline: Name
    disease: Name
    guideline_version: Name | None = None
    fab: Name | None = None
    who: Name | None = None
    who_edition: Name | None = None
    icc: Name | None = None
    eln_risk: Risk | None = None
    eln_version: Name | None = None
    karyotype: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
    mutations: Annotated[tuple[Mutation, ...], msgspec.Meta(max_length=100)] | None = None
    flt3_itd: Finding | None = None
    flt3_itd_ratio: Decimal | None = None
    flt3_tkd: Finding | None = None


class BaselineRecorded(Fact, frozen=True, kw_only=True):
    """What was found before treatment. Happened: the day of the examination. Several may complete each other.

    ``performance_status`` is ECOG, 0 to 5. ``comorbidities`` are ICD-10 codes or the site's short names.
    ``major_surgeries_on`` are the days of major operations. Of these two, empty means asked and none, None not asked.
    The markers of infection are None where not tested.
    """

    TYPE: ClassVar[str] = "subject.baseline-recorded.v1"
    TOPICS: ClassVar[frozenset[Topic]] = ENROLLMENT

    performance_status: Annotated[int, msgspec.Meta(ge=0, le=5)] | None = None
    comorbidities: Annotated[tuple[Name, ...], msgspec.Meta(max_length=50)] | None = None
    major_surgeries_on: Annotated[tuple[dt.date, ...], msgspec.Meta(max_length=20)] | None = None
    hepatitis_b_surface_antigen: Finding | None = None
    hepatitis_c_antibody: Finding | None = None
    hiv_antibody: Finding | None = None
    syphilis_antibody: Finding | None = None
    temperature_celsius: Decimal | None = None
