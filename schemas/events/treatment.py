"""Facts on the topic ``followup`` about treatment, after a course has begun."""

import enum
from decimal import Decimal
from typing import Annotated, ClassVar

import msgspec

from schemas.events.fact import Fact, Name
from schemas.events.followup import FOLLOWUP
from schemas.topics import Topic

Course = Annotated[int, msgspec.Meta(ge=1, le=40)]


class DoseGiven(Fact, frozen=True, kw_only=True):
    """One drug was given on one day. Happened: when it was.

    ``amount`` is in ``unit`` (UCUM, such as "mg/m2"), as given and not as planned. ``route`` is None where not said.
    """

    TYPE: ClassVar[str] = "treatment.dose-given.v1"
    TOPICS: ClassVar[frozenset[Topic]] = FOLLOWUP

    course: Course
    drug: Name
    amount: Decimal
    unit: Name
    route: Name | None = None


class CourseEnding(enum.StrEnum):
    COMPLETED = "completed"
    TOXICITY = "toxicity"
    PROGRESSION = "progression"
    DECISION = "decision"
    DEATH = "death"


class CourseEnded(Fact, frozen=True, kw_only=True):
    """A course of chemotherapy ended. Happened: its last day. ``why`` is completed, or what stopped it."""

    TYPE: ClassVar[str] = "treatment.course-ended.v1"
    TOPICS: ClassVar[frozenset[Topic]] = FOLLOWUP

    course: Course
    why: CourseEnding


class Graft(enum.StrEnum):
    ALLOGENEIC = "allogeneic"
    AUTOLOGOUS = "autologous"


class SubjectTransplanted(Fact, frozen=True, kw_only=True):
    """Haematopoietic stem cells were given. Happened: the day of the infusion.

    ``donor`` is such as "matched-sibling", None where not said or the graft is the subject's own.
    """

    TYPE: ClassVar[str] = "treatment.transplanted.v1"
    TOPICS: ClassVar[frozenset[Topic]] = FOLLOWUP

    graft: Graft
    donor: Name | None = None


class BloodProduct(enum.StrEnum):
    PLATELETS = "platelets"
    RED_CELLS = "red-cells"
    PLASMA = "plasma"


class SubjectTransfused(Fact, frozen=True, kw_only=True):
    """A blood product was given. Happened: when it was. ``units`` counts the bags, None where not said.

    Platelets given within some days before a count make that count say little of the marrow.
    """

    TYPE: ClassVar[str] = "treatment.transfused.v1"
    TOPICS: ClassVar[frozenset[Topic]] = FOLLOWUP

    product: BloodProduct
    units: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None
