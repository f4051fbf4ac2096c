"""Everything that can be wrong with a message at this door, and how each is answered. Pure.

Conditions are those of HL7 table 0357. AR: this kind of message is not taken here at all, sending it again is no use.
AE: the content is wrong. No text holds anything that was sent.
"""

import enum
from types import MappingProxyType
from typing import Literal

import msgspec

from producers.message import Refusal


class Problem(enum.StrEnum):
    NOT_HL7 = "not-hl7"
    TOO_LARGE = "too-large"
    FRAME_CUT_SHORT = "frame-cut-short"
    ENCODING_CHARACTERS = "encoding-characters"
    CHARSET = "charset"
    CONTROL_CHARACTER = "control-character"
    SEGMENT = "malformed-segment"
    SEQUENCE = "segment-sequence"
    SEGMENT_MISSING = "segment-missing"
    FIELD_MISSING = "field-missing"
    FIELD_TOO_LONG = "field-too-long"
    TYPE = "message-type"
    VERSION = "version"
    PROCESSING_ID = "processing-id"
    FACILITY = "unknown-facility"
    SEVERAL_PATIENTS = "several-patients"
    SEVERAL_SPECIMENS = "several-specimens"
    SPECIMEN_TYPE = "unknown-specimen-type"
    TIME = "not-a-time"
    FUTURE = "in-the-future"
    UNKNOWN_CODE = "unknown-code"
    MATRIX = "code-is-not-for-this-specimen"
    VALUE_TYPE = "value-type"
    VALUE = "not-a-quantity"
    UNKNOWN_UNIT = "unknown-unit"
    STATUS = "result-status"
    NOTE = "malformed-note"
    TOO_MANY_RESULTS = "too-many-results"


class Condition(enum.Enum):
    """HL7 table 0357: message error condition codes."""

    SEQUENCE = (100, "Segment sequence error")
    REQUIRED_FIELD = (101, "Required field missing")
    DATA_TYPE = (102, "Data type error")
    TABLE_VALUE = (103, "Table value not found")
    MESSAGE_TYPE = (200, "Unsupported message type")
    PROCESSING_ID = (202, "Unsupported processing id")
    VERSION = (203, "Unsupported version id")
    INTERNAL = (207, "Application internal error")


class Meaning(msgspec.Struct, frozen=True):
    condition: Condition
    text: str
    ack: Literal["AE", "AR"] = "AE"


MEANINGS: MappingProxyType[Problem, Meaning] = MappingProxyType(
    {
        Problem.NOT_HL7: Meaning(Condition.SEQUENCE, "The message does not begin with an MSH segment."),
        Problem.TOO_LARGE: Meaning(Condition.DATA_TYPE, "The message is larger than 10 MB. Send fewer results in one."),
        Problem.FRAME_CUT_SHORT: Meaning(Condition.SEQUENCE, "The frame did not end with FS CR. Send it again whole."),
        Problem.ENCODING_CHARACTERS: Meaning(
            Condition.DATA_TYPE, "MSH-1 and MSH-2 must name five different separators."
        ),
        Problem.CHARSET: Meaning(
            Condition.TABLE_VALUE,
            "MSH-18 names no character set of this door, or the bytes are not in it. "
            "Taken: ASCII, 8859/1, 8859/15, UNICODE UTF-8, GB 18030-2000. Empty means ASCII.",
        ),
        Problem.CONTROL_CHARACTER: Meaning(Condition.DATA_TYPE, "The segment holds a control character."),
        Problem.SEGMENT: Meaning(Condition.SEQUENCE, "The segment has no name of three characters."),
        Problem.SEQUENCE: Meaning(Condition.SEQUENCE, "The segment does not belong at this place of an ORU^R01."),
        Problem.SEGMENT_MISSING: Meaning(Condition.SEQUENCE, "The message lacks this segment."),
        Problem.FIELD_MISSING: Meaning(Condition.REQUIRED_FIELD, "The field must have a value."),
        Problem.FIELD_TOO_LONG: Meaning(Condition.DATA_TYPE, "The field is longer than this door takes."),
        Problem.TYPE: Meaning(Condition.MESSAGE_TYPE, "This door takes ORU^R01 only.", "AR"),
        Problem.VERSION: Meaning(Condition.VERSION, "This door takes versions 2.3.1 and 2.5.1 only.", "AR"),
        Problem.PROCESSING_ID: Meaning(
            Condition.PROCESSING_ID, "Only production messages (P) enter the study's record.", "AR"
        ),
        Problem.FACILITY: Meaning(Condition.TABLE_VALUE, "MSH-4 names none of the study's sites."),
        Problem.SEVERAL_PATIENTS: Meaning(Condition.SEQUENCE, "Send one patient in one message."),
        Problem.SEVERAL_SPECIMENS: Meaning(
            Condition.SEQUENCE, "An order with several specimens does not say which result is of which. Send one each."
        ),
        Problem.SPECIMEN_TYPE: Meaning(Condition.TABLE_VALUE, "The specimen type is not known to the study."),
        Problem.TIME: Meaning(
            Condition.DATA_TYPE, "Not a time that exists, as YYYYMMDD[HHMM[SS[.SSS]]] with or without +/-ZZZZ."
        ),
        Problem.FUTURE: Meaning(Condition.DATA_TYPE, "The time is in the future. Check the clock of the sender."),
        Problem.UNKNOWN_CODE: Meaning(
            Condition.TABLE_VALUE, "The code and coding system are not in the study's code map."
        ),
        Problem.MATRIX: Meaning(
            Condition.TABLE_VALUE, "The study's code map does not have this code for this type of specimen."
        ),
        Problem.VALUE_TYPE: Meaning(Condition.DATA_TYPE, "A result of this code is sent as NM, SN or ST."),
        Problem.VALUE: Meaning(
            Condition.DATA_TYPE, "Not a quantity: a number with a decimal point, with or without one of < <= > >=."
        ),
        Problem.UNKNOWN_UNIT: Meaning(Condition.TABLE_VALUE, "The unit is not one of this quantity's units."),
        Problem.STATUS: Meaning(Condition.TABLE_VALUE, "A result's status is one of P, F, C, D, W, X."),
        Problem.NOTE: Meaning(
            Condition.DATA_TYPE, "A note LLOQ=, ULOQ= or DILUTION= has a number above 0 with a decimal point."
        ),
        Problem.TOO_MANY_RESULTS: Meaning(Condition.DATA_TYPE, "One message holds at most 1000 results."),
    }
)


class Place(msgspec.Struct, frozen=True):
    """A place in a message. ``number`` counts the segments of this name from 1; None or 0 where not that exact.

    >>> str(Place("OBX", 2, 5)), str(Place("MSH", 1, 9, 2)), str(Place("OBR"))
    ('OBX[2]-5', 'MSH-9.2', 'OBR')
    """

    segment: str
    number: int = 0
    field: int = 0
    component: int = 0

    def __str__(self) -> str:
        which = f"[{self.number}]" if self.number and self.segment not in _ONCE else ""
        field = f"-{self.field}" if self.field else ""
        component = f".{self.component}" if self.component else ""
        return f"{self.segment}{which}{field}{component}"


_ONCE = frozenset({"MSH", "PID"})


class RefusedError(Exception):
    """Carries a problem from where it is found to where it is answered; it does not leave the door's translation.

    ``because`` is the code of a finer reason, empty where the problem says all.
    """

    def __init__(self, problem: Problem, place: Place, because: str = "") -> None:
        super().__init__(f"{problem} at {place}")
        self.problem = problem
        self.place = place
        self.because = because

    def refusal(self) -> Refusal:
        return refusal(self.problem, self.place, self.because)


def refusal(problem: Problem, place: Place | None, because: str = "") -> Refusal:
    """The answer to a problem; its only detail is the place."""
    meaning = MEANINGS[problem]
    return Refusal(
        problem=problem.value,
        where=None if place is None else str(place),
        text=f"{meaning.text} Reason: {because}." if because else meaning.text,
        ack=meaning.ack,
        details=() if place is None else (place,),
    )


def condition_of(answer: Refusal) -> Condition:
    """The condition to answer with; what the intake itself refuses is an internal one."""
    try:
        return MEANINGS[Problem(answer.problem)].condition
    except ValueError:
        return Condition.INTERNAL
