"""OBX-5 by its value type. What texts say is held by `tests/schemas/test_quantities.py`."""

from decimal import Decimal

import pytest

from producers.hl7.values import positive_number, quantity_of_field, quantity_of_structured
from schemas.events.lab import Bound
from schemas.quantities import NO_NUMBER, Quantity, Unread, quantity_of_text

LT, GE, EQ = Bound.LESS, Bound.GREATER_OR_EQUAL, Bound.EQUAL


@pytest.mark.parametrize("sent", ["3.20", "< 0.001", "> 100", "1,5", "１２", "1,234", "neg", "-----", ""])
def test_a_field_says_what_its_text_says(sent: str) -> None:
    assert quantity_of_field(sent) == quantity_of_text(sent)


def test_null_is_no_number_in_a_field_and_a_wrong_text_elsewhere() -> None:
    assert quantity_of_field('""') == quantity_of_field(' "" ') == NO_NUMBER
    assert quantity_of_text('""') is Unread.NOT_A_NUMBER


@pytest.mark.parametrize(
    ("comparator", "number", "rest", "expected"),
    [
        ("<", "1.5", "", Quantity(LT, Decimal("1.5"))),
        ("＜", "1.5", "", Quantity(LT, Decimal("1.5"))),
        (">=", "5000", "", Quantity(GE, Decimal(5000))),
        ("", "7", "", Quantity(EQ, Decimal(7))),
        ("=", "7", "", Quantity(EQ, Decimal(7))),
        ("", "", "", NO_NUMBER),
        ("", '""', "", NO_NUMBER),
        ("", "1", ":128", Unread.RATIO),
        ("", "1", "/128", Unread.RATIO),
        ("", "1", "-5", Unread.RANGE),
        ("", "2", "+", Unread.GRADE),
        ("", "1", "5", Unread.NOT_A_NUMBER),
        ("", "1", ".5", Unread.NOT_A_NUMBER),
        ("<>", "7", "", Unread.UNKNOWN_BOUND),
        ("<", "", "", Unread.BOUND_OF_NOTHING),
        ("about", "7", "", Unread.UNKNOWN_BOUND),
    ],
)
def test_structured_numeric(comparator: str, number: str, rest: str, expected: Quantity | Unread) -> None:
    assert quantity_of_structured(comparator, number, rest) == expected


def test_structured_and_plain_text_mean_the_same() -> None:
    assert quantity_of_structured("<", "1.5", "") == quantity_of_field("<1.5")


@pytest.mark.parametrize(
    ("written", "number"),
    [("1.5", "1.5"), ("5000", "5000"), (" 2 ", "2"), ("0", None), ("<1.5", None), ("low", None), ("", None)],
)
def test_a_limit_is_a_number_above_nought(written: str, number: str | None) -> None:
    assert positive_number(written) == (None if number is None else Decimal(number))
