"""OBX-5 to a quantity, by its value type. What the text itself says is in `schemas.quantities`. Pure."""

from decimal import Decimal

from schemas.events.lab import Bound
from schemas.quantities import NO_NUMBER, Quantity, Unread, quantity_of_parts, quantity_of_text

NULL = '""'
"""HL7's way to say that a field has no value."""


def quantity_of_field(text: str) -> Quantity | Unread:
    """What an NM or ST says.

    >>> quantity_of_field("<1.5"), quantity_of_field('""')
    (Quantity(bound=<Bound.LESS: '<'>, number=Decimal('1.5')), Quantity(bound=None, number=None))
    """
    return NO_NUMBER if text.strip() == NULL else quantity_of_text(text)


def quantity_of_structured(comparator: str, number: str, rest: str) -> Quantity | Unread:
    """What an SN says. ``rest`` is what follows the first number: it makes a range, a ratio or a grade of it.

    >>> quantity_of_structured("<", "1.5", ""), quantity_of_structured("", "1", ":128")
    (Quantity(bound=<Bound.LESS: '<'>, number=Decimal('1.5')), <Unread.RATIO: 'ratio'>)
    """
    if rest:
        read = quantity_of_text(f"{number}{rest}")
        return read if isinstance(read, Unread) else Unread.NOT_A_NUMBER
    return quantity_of_parts(comparator, "" if number == NULL else number)


def positive_number(written: str) -> Decimal | None:
    """A number above 0, written out; None where it is none."""
    read = quantity_of_text(written)
    return read.number if isinstance(read, Quantity) and read.bound is Bound.EQUAL and read.number else None
