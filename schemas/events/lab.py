"""Facts on the topic ``lab``: specimens and what was measured in them."""

import enum
from decimal import Decimal
from typing import Annotated, ClassVar

import msgspec

from schemas.events.fact import Fact
from schemas.topics import Topic

LAB = frozenset({Topic.LAB})


class Matrix(enum.StrEnum):
    """What a specimen is. Never pooled silently: interleukin-6 in serum is not that in marrow supernatant."""

    WHOLE_BLOOD = "whole-blood"
    SERUM = "serum"
    PLASMA = "plasma"
    MARROW_ASPIRATE = "marrow-aspirate"
    MARROW_SUPERNATANT = "marrow-supernatant"
    UNKNOWN = "unknown"


class SpecimenCollected(Fact, frozen=True, kw_only=True):
    """A specimen was taken. Happened: when it was. ``specimen`` is the accession number, without identity.

    ``temperature_celsius`` is the subject's then, ``antibiotics_given`` whether any were running: infection raises
    interleukin-6. None where not noted. ``visit`` is the visit of the schedule that it belongs to, None where to none.
    """

    TYPE: ClassVar[str] = "lab.specimen-collected.v1"
    TOPICS: ClassVar[frozenset[Topic]] = LAB

    specimen: str
    matrix: Matrix
    temperature_celsius: Decimal | None = None
    antibiotics_given: bool | None = None
    visit: str | None = None


class Bound(enum.StrEnum):
    """How a reported number relates to the true one; a result below the limit of quantitation is ``<``."""

    EQUAL = "="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="


class ResultStatus(enum.StrEnum):
    """HL7 table 0085, as far as the doors take it."""

    PRELIMINARY = "P"
    FINAL = "F"
    CORRECTED = "C"
    DELETED = "D"
    WRONG = "W"
    UNOBTAINABLE = "X"


class ResultReported(Fact, frozen=True, kw_only=True):
    """A laboratory reported one quantity of one specimen. Happened: the specimen's clinical time.

    ``analyte`` is one of the study's analyte ids and ``unit`` that analyte's canonical UCUM unit; ``number`` is in that
    unit. ``number`` and ``bound`` are None together: the source sent no number (blank or dashes), and ``text`` has what
    it sent. ``text`` and ``unit_sent`` are verbatim. ``lower_limit`` and ``upper_limit`` are the run's limits of
    quantitation in the canonical unit, None where the source did not say. ``device_serial`` tells one of two devices of
    the same kind. ``dilution`` is the factor by which the specimen was diluted, None where not said; ``number`` is what
    the laboratory reported, and is not multiplied by it. ``reference_range`` is verbatim, in the unit as sent;
    ``reference_min`` and ``reference_max`` are its ends in the canonical unit, None where open or not to be read.
    ``flags`` are the abnormal flags as sent, repetitions joined by "~": one that names blasts takes an automated "anc"
    out of responses.

    ``series`` names the report line that a later preliminary, final or corrected version of the same line replaces
    (sender, filler order, code, sub-id, date); the version recorded last is in force.
    """

    TYPE: ClassVar[str] = "lab.result-reported.v1"
    TOPICS: ClassVar[frozenset[Topic]] = LAB

    analyte: str
    bound: Bound | None
    number: Decimal | None
    unit: str
    text: str
    unit_sent: str
    matrix: Matrix
    status: ResultStatus
    series: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    code: str
    code_system: str
    specimen: str | None = None
    lower_limit: Decimal | None = None
    upper_limit: Decimal | None = None
    method: str | None = None
    device: str | None = None
    device_serial: str | None = None
    dilution: Decimal | None = None
    reference_range: str | None = None
    reference_min: Decimal | None = None
    reference_max: Decimal | None = None
    flags: str | None = None


class BlastMethod(enum.StrEnum):
    """How blasts in blood were looked for. An analyser's flag is a reason to look, not a count."""

    SMEAR = "smear"
    FLOW_CYTOMETRY = "flow-cytometry"
    AUTOMATED = "automated"


class BloodBlastsCounted(Fact, frozen=True, kw_only=True):
    """Somebody looked for blasts in blood. Happened: the specimen's clinical time.

    ``blasts_pct`` is of the leucocytes; 0 means looked for and none. ``cells_counted`` is None where not said.
    """

    TYPE: ClassVar[str] = "lab.blood-blasts-counted.v1"
    TOPICS: ClassVar[frozenset[Topic]] = LAB

    blasts_pct: Decimal
    method: BlastMethod
    cells_counted: Annotated[int, msgspec.Meta(ge=0)] | None = None
    specimen: str | None = None
