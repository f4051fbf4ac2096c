"""What the text of a value says, and what it must not be taken to say. The last column is the reason."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.lab import Bound
from schemas.quantities import (
    NO_INTERVAL,
    NO_NUMBER,
    WRITTEN_MAX,
    Interval,
    Quantity,
    Unread,
    interval_of_text,
    plain,
    quantity_of_parts,
    quantity_of_text,
)

# As sent | bound and number as they are kept, "no number", or the code of the refusal | the reason.
TEXTS = [
    ("3.20", "= 3.20", "a number keeps its last nought: it was measured"),
    ("0", "= 0", "nought is a number"),
    ("0.00", "= 0.00", "nought to two places"),
    ("007", "= 7", "noughts in front say nothing"),
    (" 41 ", "= 41", "blanks around say nothing"),
    ("\t41", "= 41", "nor does a tabulator"),
    ("　41　", "= 41", "nor do blanks in full width"),
    (".5", "= 0.5", "the nought before the point left out"),
    ("5.", "= 5", "a point with nothing behind it"),
    ("=7", "= 7", "an equals sign says what its absence says"),
    ("<1.5", "< 1.5", "below a limit"),
    ("＜1.5", "< 1.5", "the same sign in full width"),
    ("＜１．５", "< 1.5", "all of it in full width, as an input method leaves it"),
    ("< 0.001", "< 0.001", "a blank behind the sign, seen in captures"),
    ("<=3", "<= 3", "at most, in two signs"),
    ("≤3", "<= 3", "at most, in one sign"),
    ("≦3", "<= 3", "at most, as East Asian fonts write it"),
    ("⩽ 3", "<= 3", "at most, slanted"),
    ("<=0", "<= 0", "at most nought is nought, and is what was sent"),
    ("> 100", "> 100", "above a limit, seen in captures"),
    (">5000", "> 5000", "above the measuring range"),
    (">=5000", ">= 5000", "at least, in two signs"),
    ("≥5000", ">= 5000", "at least, in one sign"),
    ("≧5000", ">= 5000", "at least, as East Asian fonts write it"),
    ("⩾5000", ">= 5000", "at least, slanted"),
    ("＞＝5000", ">= 5000", "at least, in full width"),
    (">0", "> 0", "more than none"),
    ("1.2e3", "= 1200", "a power of ten is written out"),
    ("1.2E-2", "= 0.012", "a negative power of ten"),
    ("1E+03", "= 1000", "a power of ten with its sign"),
    ("1e12", "= 1000000000000", "the largest power that is read"),
    ("0e5", "= 0", "nought times a power of ten"),
    ("１２", "= 12", "digits in full width are the same digits"),
    ("1,5", "= 1.5", "a comma before one digit parts no thousands"),
    ("<1,5", "< 1.5", "the same behind a bound"),
    ("0,05", "= 0.05", "a comma before two digits parts no thousands"),
    ("1,2345", "= 1.2345", "nor does one before four"),
    ("1,5e3", "= 1500", "a decimal comma and a power of ten"),
    ("12345678901234567890.12", "beyond-measure", "more than anything that is counted in a litre"),
    ("", "no number", "nothing was sent"),
    ("   ", "no number", "blanks were sent"),
    ("-", "no number", "one dash"),
    ("-----", "no number", "dashes, seen in captures"),
    ("——", "no number", "dashes as a Chinese keyboard types them"),
    ("－－", "no number", "dashes in full width"),
    ("-" * 99, "no number", "dashes over the width of a report"),
    ("1,234", "grouped-digits", "thousands to one half of the world, thousandths to the other"),
    ("0,123", "grouped-digits", "three digits behind a comma are never read, whatever is before it"),
    ("1，234", "grouped-digits", "the same comma in full width"),
    ("1,234.5", "grouped-digits", "thousands are not parted in a result"),
    ("1,234,567", "grouped-digits", "nor twice"),
    ("1 234", "grouped-digits", "thousands parted by a blank, or two numbers"),
    ("1\u00a0234", "grouped-digits", "or by one that breaks no line"),
    ("1\u202f234", "grouped-digits", "or by a narrow one"),
    ("1'234", "grouped-digits", "or by an apostrophe, as in Switzerland"),
    ("1.234,5", "not-a-number", "point and comma the other way round"),
    ("1.2.3", "not-a-number", "two points"),
    ("1,2,3", "not-a-number", "two commas"),
    (",5", "not-a-number", "a comma with nothing before it"),
    ("1 2", "not-a-number", "two numbers"),
    ("1_000", "not-a-number", "a programming language's spelling"),
    ("0x10", "not-a-number", "a programming language's sixteens"),
    ("1e5.5", "not-a-number", "a broken power"),
    ("e5", "not-a-number", "a power of nothing"),
    ("*****", "not-a-number", "a field too narrow for its number"),
    (".", "not-a-number", "a point alone"),
    ("\u200b5", "not-a-number", "a sign that nobody sees"),
    ("5\n6", "not-a-number", "two lines"),
    ("ca. 5", "not-a-number", "a word and a number"),
    ("小于5", "not-a-number", "below, in words"),
    ("&lt;5", "not-a-number", "a sign that a web page has escaped"),
    ("-3", "negative", "a negative count"),
    ("- 3", "negative", "with a blank"),
    ("−3", "negative", "with the typographer's minus"),
    ("-0", "negative", "a nought that has lost something"),
    ("<0", "negative", "below nought lies nothing"),
    ("< 0.00", "negative", "however exactly"),
    ("<-3", "negative", "a bound of it"),
    ("5-10", "range", "two numbers with a range between"),
    ("5 - 10", "range", "with blanks"),
    ("5—10", "range", "with a long dash"),
    ("5~10", "range", "with a tilde"),
    ("5～10", "range", "with a tilde in full width"),
    ("1:40", "ratio", "a titre"),
    ("<1:40", "ratio", "below a titre"),
    ("1：40", "ratio", "a titre in full width"),
    ("1/2", "ratio", "a fraction"),
    ("+", "grade", "positive, by a test strip"),
    ("+++", "grade", "strongly positive"),
    ("3+", "grade", "the same, counted"),
    ("+3", "grade", "the same, or a sign: a number has none"),
    ("±", "grade", "in doubt"),
    ("+/-", "grade", "in doubt, in three signs"),
    ("(+)", "grade", "weakly positive"),
    ("(-)", "grade", "negative, and not a missing number"),
    ("~5", "approximate", "about"),
    ("～5", "approximate", "about, in full width"),
    ("约5", "approximate", "about, in Chinese"),
    ("neg", "word", "a finding"),
    ("阴性", "word", "a finding in Chinese"),
    ("NaN", "word", "a program's word for no number"),
    ("Infinity", "word", "a program's word for no end"),
    ("-inf", "word", "nor for its contrary"),
    ("N/A", "word", "not applicable: the text may say more than that there is no number"),
    ("12.5 *", "more-than-a-number", "a mark that the analyser doubts it"),
    ("12.5↑", "more-than-a-number", "a flag belongs to OBX-8"),
    ("5H", "more-than-a-number", "so does a letter"),
    ("5 pg/mL", "more-than-a-number", "a unit belongs to OBX-6"),
    ("12.5%", "more-than-a-number", "so does a percent sign"),
    ("5,", "more-than-a-number", "a comma with nothing behind it"),
    ("1e", "more-than-a-number", "a power that is missing"),
    ("<", "bound-of-nothing", "a bound of nothing"),
    ("<-----", "bound-of-nothing", "a bound of dashes"),
    ("<<5", "unknown-bound", "two bounds"),
    ("<>5", "unknown-bound", "not equal bounds nothing"),
    ("=<5", "unknown-bound", "a sign turned round"),
    ("> =5", "unknown-bound", "a sign torn apart"),
    ("٣", "other-numerals", "an Arabic-Indic digit"),
    ("<१२", "other-numerals", "Devanagari digits behind a bound"),
    ("5²", "other-numerals", "a superscript is not a digit: Unicode's normal form would make 52 of it"),
    ("½", "other-numerals", "a fraction in one sign"),
    ("①", "other-numerals", "a number in a circle"),
    ("五", "other-numerals", "five, in Chinese"),
    ("1e13", "beyond-measure", "one power more than is read"),
    ("1e-13", "beyond-measure", "and on the other side"),
    ("0.00000000000001", "beyond-measure", "the same, written out"),
    ("1e999999999", "beyond-measure", "a power that would take a machine's memory to write out"),
    ("0e99", "beyond-measure", "even of nought"),
    ("0e13", "beyond-measure", "by one"),
    ("1234567890123", "= 1234567890123", "thirteen digits before the point"),
    ("12345678901234", "beyond-measure", "fourteen"),
    ("0.123456789012345678901234567890", "= 0.123456789012345678901234567890", "as long as a number may be"),
    ("9" * 33, "too-long", "more digits than anything that is measured"),
]


def said(read: Quantity | Unread) -> str:
    if isinstance(read, Unread):
        return read.value
    return "no number" if read == NO_NUMBER else f"{read.bound} {read.number}"


@pytest.mark.parametrize(("text", "expected"), [row[:2] for row in TEXTS], ids=[row[2] for row in TEXTS])
def test_text(text: str, expected: str) -> None:
    assert said(quantity_of_text(text)) == expected


def test_every_reason_has_a_case_and_no_case_is_there_twice() -> None:
    assert {row[1] for row in TEXTS} >= {reason.value for reason in Unread}
    assert len({row[0] for row in TEXTS}) == len({row[2] for row in TEXTS}) == len(TEXTS)


PARTS = [
    ("<", "1.5", "< 1.5", "SN <^1.5 means the text <1.5"),
    ("＜", "１．５", "< 1.5", "in full width"),
    (">=", "5000", ">= 5000", "at least"),
    ("≤", "3", "<= 3", "at most, in one sign"),
    ("", "7", "= 7", "no comparator means equal"),
    ("=", "7", "= 7", "so does an equals sign"),
    ("", "", "no number", "two empty parts"),
    ("", "-----", "no number", "dashes"),
    ("<", "", "bound-of-nothing", "a bound of nothing"),
    ("<", "<5", "unknown-bound", "a bound in each part"),
    ("<>", "7", "unknown-bound", "not equal bounds nothing"),
    ("about", "7", "unknown-bound", "a word is no bound"),
    ("<", "0", "negative", "below nought lies nothing"),
]


@pytest.mark.parametrize(
    ("comparator", "number", "expected"), [row[:3] for row in PARTS], ids=[row[3] for row in PARTS]
)
def test_comparator_and_number_sent_apart(comparator: str, number: str, expected: str) -> None:
    assert said(quantity_of_parts(comparator, number)) == expected


INTERVALS = [
    ("3.50-9.50", "3.50", "9.50", "two numbers with a dash between"),
    ("3.5 - 9.5", "3.5", "9.5", "with blanks"),
    ("3.5--9.5", "3.5", "9.5", "with two dashes, as some analysers print"),
    ("3.5~9.5", "3.5", "9.5", "with a tilde"),
    ("３．５～９．５", "3.5", "9.5", "in full width"),
    ("125—350", "125", "350", "with a long dash"),
    ("3,5-9,5", "3.5", "9.5", "with decimal commas"),
    ("0-8.0", "0", "8.0", "from nought"),
    ("5-5", "5", "5", "of one number"),
    ("<7.0", None, "7.0", "below one number"),
    ("≤7", None, "7", "up to one number"),
    (">1", "1", None, "above one number"),
    (">=1", "1", None, "from one number on"),
    ("9.5-3.5", None, None, "the wrong way round"),
    ("1,234-2,345", None, None, "with thousands that may be thousandths"),
    ("1-1,234", None, None, "with one of them"),
    ("3.5-", None, None, "cut off"),
    ("-3-5", None, None, "with a sign"),
    ("7", None, None, "a number without a bound"),
    ("男 3.5-9.5 女 3.0-9.0", None, None, "two ranges"),
    ("negative", None, None, "a word"),
    ("-----", None, None, "dashes"),
    ("", None, None, "nothing"),
]


@pytest.mark.parametrize(("text", "low", "high"), [row[:3] for row in INTERVALS], ids=[row[3] for row in INTERVALS])
def test_reference_range(text: str, low: str | None, high: str | None) -> None:
    read = interval_of_text(text)
    assert (read.low, read.high) == (None if low is None else Decimal(low), None if high is None else Decimal(high))


def test_plain_changes_signs_and_no_meaning() -> None:
    assert plain("　＜１２．５％　") == "<12.5%"
    assert plain("5²½①٣") == "5²½①٣"


numbers = st.decimals(min_value=0, max_value=10**12, allow_nan=False, allow_infinity=False, places=6)
bounds = st.sampled_from(["", "=", "<", "<=", ">", ">="])
full_width = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


@given(bounds, numbers)
def test_a_number_is_read_back_exactly_whichever_way_it_is_written(bound: str, number: Decimal) -> None:
    written = f"{number:f}"
    read = quantity_of_text(bound + written)
    if bound == "<" and not number:
        assert read is Unread.NEGATIVE
        return
    assert read == Quantity(Bound(bound or "="), number)
    ways = (
        quantity_of_text(f" {bound} {written}"),
        quantity_of_text((bound + written).translate(full_width)),
        quantity_of_text(bound + written.replace(".", ",")),
        quantity_of_parts(bound, written),
    )
    assert set(ways) == {read}


@given(st.text(max_size=40) | st.text("0123456789.,<>=≤≥-+eE~:/ *％１", max_size=20))
def test_whatever_is_sent_is_read_or_refused_and_a_number_is_finite_and_not_negative(text: str) -> None:
    read = quantity_of_text(text)
    if isinstance(read, Quantity) and read != NO_NUMBER:
        assert read.bound is not None
        assert read.number is not None
        assert read.number.is_finite()
        assert read.number >= 0
        assert len(str(read.number)) <= 2 * WRITTEN_MAX
        # What is kept can be written into a record and read from it again.
        assert quantity_of_text(f"{read.bound}{read.number}") == read


@given(st.text(max_size=40) | st.text("0123456789.,<>≤≥-~ ", max_size=16))
def test_a_reference_range_has_its_ends_in_order_or_none(text: str) -> None:
    read = interval_of_text(text)
    assert isinstance(read, Interval)
    if read.low is not None and read.high is not None:
        assert read.low <= read.high
    if quantity_of_text(text) == NO_NUMBER:
        assert read == NO_INTERVAL
