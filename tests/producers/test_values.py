"""What a result's text says, and what it must not be taken to say."""

from decimal import Decimal

import pytest

from producers.hl7.units import factor_of
from producers.hl7.values import NO_NUMBER, Quantity, quantity_of_structured, quantity_of_text
from schemas.events.lab import Bound
from tests.producers.controls import STUDY

EQ, LT, LE, GT, GE = Bound.EQUAL, Bound.LESS, Bound.LESS_OR_EQUAL, Bound.GREATER, Bound.GREATER_OR_EQUAL


@pytest.mark.parametrize(
    ("text", "bound", "number"),
    [
        ("3.20", EQ, "3.20"),
        (" 41 ", EQ, "41"),
        (".5", EQ, "0.5"),
        ("5.", EQ, "5"),
        ("0", EQ, "0"),
        ("<1.5", LT, "1.5"),
        ("< 0.001", LT, "0.001"),
        ("> 100", GT, "100"),
        (">=5000", GE, "5000"),
        ("<= 3", LE, "3"),
        ("≤3", LE, "3"),
        ("=7", EQ, "7"),
        ("1.2e3", EQ, "1200"),
        ("1.2E-2", EQ, "0.012"),
    ],
)
def test_number_with_its_bound(text: str, bound: Bound, number: str) -> None:
    assert quantity_of_text(text) == Quantity(bound, Decimal(number))
    assert str(quantity_of_text(text).number) == number  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["", "   ", "-", "---", "-----", '""'])
def test_no_number_was_sent(text: str) -> None:
    assert quantity_of_text(text) == NO_NUMBER


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1,5", "a decimal comma may be a thousands separator"),
        ("1,234.5", "a thousands separator may be a decimal comma"),
        ("1 234", "two numbers, or one"),
        ("-3", "no quantity of the study is below zero"),
        ("+3", "a sign has no meaning here"),
        ("3-5", "a range is no number"),
        ("1:128", "a titre is no number"),
        ("<", "a bound of nothing"),
        ("<>5", "not equal bounds nothing"),
        ("<<5", "two bounds"),
        ("5 pg/mL", "the unit belongs to OBX-6"),
        ("5H", "a flag belongs to OBX-8"),
        ("*****", "out of range in an unknown direction"),
        ("NaN", "no number"),
        ("Infinity", "no number"),
        ("1_000", "Python's spelling, nobody else's"),
        ("１２", "full-width digits"),
        ("٣", "another script's digit"),
        ("1e99", "larger than anything that is measured"),
        ("9" * 40, "longer than anything that is measured"),
        ("0x10", "hexadecimal"),
        ("positive", "a word"),
    ],
)
def test_not_a_quantity(text: str, why: str) -> None:
    assert quantity_of_text(text) is None, why


@pytest.mark.parametrize(
    ("comparator", "number", "rest", "expected"),
    [
        ("<", "1.5", "", Quantity(LT, Decimal("1.5"))),
        (">=", "5000", "", Quantity(GE, Decimal(5000))),
        ("", "7", "", Quantity(EQ, Decimal(7))),
        ("=", "7", "", Quantity(EQ, Decimal(7))),
        ("", "", "", NO_NUMBER),
        ("", "1", ":128", None),
        ("", "1", "-5", None),
        ("<>", "7", "", None),
        ("<", "", "", None),
        ("about", "7", "", None),
    ],
)
def test_structured_numeric(comparator: str, number: str, rest: str, expected: Quantity | None) -> None:
    assert quantity_of_structured(comparator, number, rest) == expected


def test_structured_and_plain_text_mean_the_same() -> None:
    assert quantity_of_structured("<", "1.5", "") == quantity_of_text("<1.5")


@pytest.mark.parametrize(
    ("analyte", "spelling", "factor"),
    [
        ("platelets", "10*9/L", "1"),
        ("platelets", "10*3/uL", "1"),
        ("platelets", "K/uL", "1"),  # the alias table, before UCUM's kelvin
        ("platelets", "/uL", "0.001"),
        ("platelets", "10*6/mL", "1"),  # from here on UCUM
        ("platelets", "{cells}/uL", "0.001"),
        ("platelets", "10*12/L", "1000"),
        ("hemoglobin", "g/dL", "10"),
        ("hemoglobin", "mg/dL", "0.01"),
        ("il6", "ug/L", "1000"),
        ("il6", "fg/uL", "1"),
    ],
)
def test_unit_with_its_exact_factor(analyte: str, spelling: str, factor: str) -> None:
    known = STUDY.analyte(analyte)
    assert known is not None
    assert factor_of(known, spelling) == Decimal(factor)


@pytest.mark.parametrize(
    ("analyte", "spelling", "why"),
    [
        ("platelets", "", "blank says nothing"),
        ("platelets", "1", "one says nothing"),
        ("platelets", "10)/mm)", "damaged by a printer's code page"),
        ("platelets", "10*9", "a count per nothing"),
        ("platelets", "g/L", "another quantity"),
        ("hemoglobin", "mmol/L", "moles need a molar mass"),
        ("hemoglobin", "K/uL", "kelvin per microlitre"),
        ("hemoglobin", "[lb_av]/L", "pounds are no power of ten"),
        ("neutrophils-pct", "1", "one says nothing, although UCUM reads a fraction"),
        ("neutrophils-pct", "10", "a bare number, cut off somewhere"),
        ("neutrophils-pct", "10*-2", "a bare number"),
        ("il6", "[iU]/mL", "units of activity need a standard"),
        ("il6", "pg/ml ", "not a spelling of the table, nor of UCUM"),
        ("il6", "皮克", "not ASCII"),
        ("il6", "(" * 30, "nonsense"),
        ("il6", "m" * 4000, "too long to be a unit"),
        ("neutrophils-pct", "Cel", "a scale with another zero"),
    ],
)
def test_unit_that_is_not_certain(analyte: str, spelling: str, why: str) -> None:
    known = STUDY.analyte(analyte)
    assert known is not None
    assert factor_of(known, spelling) is None, why
