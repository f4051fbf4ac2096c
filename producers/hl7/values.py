"""OBX-5 to a quantity: what was sent, the bound, the exact number. Nothing is guessed. Pure."""

import re
from decimal import Decimal

import msgspec

from schemas.events.lab import Bound

# Longer than any result; it keeps the exact arithmetic small.
WRITTEN_MAX = 32
EXPONENT_MAX = 12

# No thousands separator and no decimal comma: "1,234" is two numbers. No sign: no quantity of the study is below zero.
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?")
_DASHES = re.compile(r"-+")
_BOUNDED = re.compile(r"(?P<bound><=|>=|<|>|=|≤|≥)?\s*(?P<number>\S+)")

_BOUNDS = {
    "": Bound.EQUAL,
    "=": Bound.EQUAL,
    "<": Bound.LESS,
    "<=": Bound.LESS_OR_EQUAL,
    "≤": Bound.LESS_OR_EQUAL,
    ">": Bound.GREATER,
    ">=": Bound.GREATER_OR_EQUAL,
    "≥": Bound.GREATER_OR_EQUAL,
}


class Quantity(msgspec.Struct, frozen=True):
    """``bound`` and ``number`` are None together: no number was sent (nothing, dashes, or HL7's null)."""

    bound: Bound | None
    number: Decimal | None


NO_NUMBER = Quantity(None, None)


def quantity_of_text(text: str) -> Quantity | None:
    """What an NM or ST says; None where it is no quantity.

    >>> quantity_of_text("<1.5"), quantity_of_text("-----"), quantity_of_text("1,5")
    (Quantity(bound=<Bound.LESS: '<'>, number=Decimal('1.5')), Quantity(bound=None, number=None), None)
    """
    said = text.strip()
    if is_empty(said):
        return NO_NUMBER
    found = _BOUNDED.fullmatch(said)
    return None if found is None else _quantity(found["bound"] or "", found["number"])


def quantity_of_structured(comparator: str, number: str, rest: str) -> Quantity | None:
    """What an SN says; None for a range, a ratio or a graded result (``rest`` is what follows the first number)."""
    if rest:
        return None
    if not comparator and is_empty(number):
        return NO_NUMBER
    return _quantity(comparator, number)


def is_empty(said: str) -> bool:
    """Nothing, dashes, or HL7's null.

    >>> is_empty(""), is_empty("---"), is_empty("0")
    (True, True, False)
    """
    return said in ("", '""') or _DASHES.fullmatch(said) is not None


def positive_number(written: str) -> Decimal | None:
    """A number above 0, written out; None where it is none."""
    found = _quantity("", written)
    return found.number if found is not None and found.number else None


def _quantity(bound: str, written: str) -> Quantity | None:
    if bound not in _BOUNDS or len(written) > WRITTEN_MAX or _NUMBER.fullmatch(written) is None:
        return None
    number = Decimal(written)
    if abs(number.adjusted()) > EXPONENT_MAX and number:
        return None
    # Written out, so that 1.2e3 and 1200 are one number with one spelling in the record.
    return Quantity(_BOUNDS[bound], Decimal(f"{number:f}"))
