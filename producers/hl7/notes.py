"""What a laboratory may say in NTE-3 of a result, in a form that needs no guessing. Pure.

    LLOQ=1.5    ULOQ=5000    DILUTION=10

HL7 v2 has no field for the limits of quantitation of a run, or for the dilution of a specimen. The limits are in the
unit of the result. Any other text is not read: people write names into notes.
"""

import re
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from producers.hl7.problems import Problem, RefusedError
from producers.hl7.values import positive_number
from producers.hl7.wire import Segment

_SAID = re.compile(r"\s*(LLOQ|ULOQ|DILUTION)\s*=\s*(\S*)\s*", re.IGNORECASE)


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """None where not said. The limits are in the unit of the result."""

    lower_limit: Decimal | None = None
    upper_limit: Decimal | None = None
    dilution: Decimal | None = None


_FIELDS = {"LLOQ": "lower_limit", "ULOQ": "upper_limit", "DILUTION": "dilution"}


def noted(notes: Iterable[Segment]) -> Noted:
    """What the notes of one result say. Raises RefusedError where one of the three has no number above 0."""
    said: dict[str, Decimal] = {}
    for note in notes:
        for repetition in note.repetitions(3):
            found = _SAID.fullmatch(note.part(repetition))
            if found is None:
                continue
            number = positive_number(found[2])
            if number is None:
                raise RefusedError(Problem.NOTE, note.place(3))
            said[_FIELDS[found[1].upper()]] = number
    return Noted(**said)
