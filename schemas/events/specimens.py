"""Facts on the topic ``lab`` about what becomes of a specimen after it was taken."""

import datetime as dt
import enum
from decimal import Decimal
from typing import Annotated, ClassVar

import msgspec

from schemas.events.fact import Fact, Name
from schemas.events.lab import LAB, Matrix
from schemas.topics import Topic

Instant = Annotated[dt.datetime, msgspec.Meta(tz=True)]


class SpecimenProcessed(Fact, frozen=True, kw_only=True):
    """A specimen was prepared for storage or measurement. Happened: the end of it.

    ``derived`` is the accession number of what was made, None where it keeps its own; ``matrix`` is what it is now.
    ``centrifuged_at`` and ``frozen_at`` are instants. ``centrifuge_g`` is in multiples of standard gravity,
    ``centrifuge_minutes`` its time, ``freezer_celsius`` the temperature of storage. ``dilution`` is the factor by which
    it was diluted. Every None means not done or not said.
    """

    TYPE: ClassVar[str] = "lab.specimen-processed.v1"
    TOPICS: ClassVar[frozenset[Topic]] = LAB

    specimen: Name
    matrix: Matrix
    derived: Name | None = None
    centrifuged_at: Instant | None = None
    centrifuge_g: Annotated[int, msgspec.Meta(ge=1)] | None = None
    centrifuge_minutes: Decimal | None = None
    frozen_at: Instant | None = None
    freezer_celsius: Decimal | None = None
    dilution: Decimal | None = None


class SpecimenReceived(Fact, frozen=True, kw_only=True):
    """A laboratory took a specimen in. Happened: when. ``temperature_celsius`` is the parcel's, None where not read."""

    TYPE: ClassVar[str] = "lab.specimen-received.v1"
    TOPICS: ClassVar[frozenset[Topic]] = LAB

    specimen: Name
    laboratory: Name
    temperature_celsius: Decimal | None = None


class Unfit(enum.StrEnum):
    """Why a specimen cannot be used."""

    CLOTTED = "clotted"
    HAEMOLYSED = "haemolysed"
    INSUFFICIENT = "insufficient"
    MISLABELLED = "mislabelled"
    TOO_LATE = "too-late"
    THAWED = "thawed"
    OTHER = "other"


class SpecimenRejected(Fact, frozen=True, kw_only=True):
    """A laboratory refused a specimen. Happened: when. Nothing measured in it counts."""

    TYPE: ClassVar[str] = "lab.specimen-rejected.v1"
    TOPICS: ClassVar[frozenset[Topic]] = LAB

    specimen: Name
    why: Unfit


class SpecimenMoved(Fact, frozen=True, kw_only=True):
    """A specimen went to another place of storage. Happened: when. Places are the site's own names."""

    TYPE: ClassVar[str] = "lab.specimen-moved.v1"
    TOPICS: ClassVar[frozenset[Topic]] = LAB

    specimen: Name
    to_place: Name
    from_place: Name | None = None


class SpecimenDestroyed(Fact, frozen=True, kw_only=True):
    """A specimen is no more. Happened: when. ``why`` is such as "used up" or "consent withdrawn"."""

    TYPE: ClassVar[str] = "lab.specimen-destroyed.v1"
    TOPICS: ClassVar[frozenset[Topic]] = LAB

    specimen: Name
    why: Name
