"""What is typed into a field of numbers, as the document has it: the plain form, or the text for the examination."""

import pytest

from producers.forms.filled import document_of
from producers.forms.sheets import sheets_of
from tests.producers_forms.site import STUDY

TYPED = [
    ("4.5", "4.5", "as documents have it"),
    ("4.50", "4.50", "the last nought stays"),
    (" 4.5 ", "4.5", "blanks around"),
    ("４．５", "4.5", "full width, as an input method leaves it"),
    ("4,5", "4.5", "a decimal comma"),
    (".5", "0.5", "the nought left out"),
    ("1e1", "10", "a power of ten"),
    ("-3", "-3", "below nought: for the examination to say"),
    ("1,234", "1,234", "thousands or thousandths: for the examination to say"),
    ("<5", "<5", "a bound is no number of a form"),
    ("＜5", "<5", "in full width neither"),
    ("5²", "5²", "a superscript is not a digit, and 52 not what was typed"),
    ("many", "many", "a word"),
]


@pytest.mark.parametrize(("typed", "expected"), [row[:2] for row in TYPED], ids=[row[2] for row in TYPED])
def test_number(typed: str, expected: str) -> None:
    document = document_of({"marrow.blasts_pct": typed}, sheets_of(STUDY)["followup"], STUDY)
    assert document["marrow"] == {"blasts_pct": expected}


@pytest.mark.parametrize(
    ("typed", "expected"), [("200", 200), ("２００", 200), ("5²", "5²"), ("2.5", "2.5"), ("-1", "-1"), ("٣", "٣")]
)
def test_whole_number(typed: str, expected: int | str) -> None:
    document = document_of({"marrow.cells_counted": typed}, sheets_of(STUDY)["followup"], STUDY)
    assert document["marrow"] == {"cells_counted": expected}
