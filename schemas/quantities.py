"""What a value's text says: a bound and a number, that there is no number, or why it is not read. Pure.

Read: digits with a decimal point; a decimal comma where it can be nothing else; a power of ten behind ``e``; one of
``< <= = >= >`` before them; all of these in full width, as Chinese input methods write them. Blank and dashes say that
there is no number. Everything else is refused, because what it says is more or less than one number. Nothing is
guessed.
"""

import enum
import re
from decimal import Decimal

import msgspec

from schemas.events.lab import Bound

WRITTEN_MAX = 32
"""Characters of a number, longer than any result; it keeps the exact arithmetic small."""

EXPONENT_MAX = 12
"""No result of a laboratory has its first digit further than this from the decimal point."""


class Unread(enum.StrEnum):
    """Why a text is no quantity."""

    GROUPED_DIGITS = "grouped-digits"
    NEGATIVE = "negative"
    RANGE = "range"
    RATIO = "ratio"
    GRADE = "grade"
    APPROXIMATE = "approximate"
    WORD = "word"
    MORE_THAN_A_NUMBER = "more-than-a-number"
    BOUND_OF_NOTHING = "bound-of-nothing"
    UNKNOWN_BOUND = "unknown-bound"
    OTHER_NUMERALS = "other-numerals"
    BEYOND_MEASURE = "beyond-measure"
    TOO_LONG = "too-long"
    NOT_A_NUMBER = "not-a-number"


class Quantity(msgspec.Struct, frozen=True):
    """``bound`` and ``number`` are None together: no number was sent."""

    bound: Bound | None
    number: Decimal | None


NO_NUMBER = Quantity(None, None)


class Interval(msgspec.Struct, frozen=True):
    """The two ends of a reference range, None for one that is open. Whether an end is inside, only the text says."""

    low: Decimal | None
    high: Decimal | None


NO_INTERVAL = Interval(None, None)


def quantity_of_text(text: str) -> Quantity | Unread:
    """What a text says.

    >>> quantity_of_text("＜ 1,5"), quantity_of_text("-----")
    (Quantity(bound=<Bound.LESS: '<'>, number=Decimal('1.5')), Quantity(bound=None, number=None))
    >>> quantity_of_text("1,234"), quantity_of_text("5-10")
    (<Unread.GROUPED_DIGITS: 'grouped-digits'>, <Unread.RANGE: 'range'>)
    """
    said = plain(text)
    comparator = _COMPARATOR.match(said)
    return quantity_of_parts(comparator.group() if comparator else "", said[comparator.end() :] if comparator else said)


def quantity_of_parts(comparator: str, number: str) -> Quantity | Unread:
    """What a comparator and a number say that were sent apart.

    >>> quantity_of_parts("<", "1.5")
    Quantity(bound=<Bound.LESS: '<'>, number=Decimal('1.5'))
    """
    relation, written = plain(comparator), plain(number)
    bound = _BOUNDS.get(relation)
    if bound is None:
        return Unread.UNKNOWN_BOUND
    if _NOTHING.fullmatch(written):
        return Unread.BOUND_OF_NOTHING if relation else NO_NUMBER
    value = _number(written)
    if isinstance(value, Unread):
        return value
    if bound is Bound.LESS and not value:
        # Nothing of what is measured here lies below 0.
        return Unread.NEGATIVE
    return Quantity(bound, value)


def interval_of_text(text: str) -> Interval:
    """A reference range: two numbers with dashes or a tilde between, or one with a bound. Anything else has no ends.

    >>> interval_of_text("3.50-9.50"), interval_of_text("<7.0"), interval_of_text("see report")
    (Interval(low=Decimal('3.50'), high=Decimal('9.50')), Interval(low=None, high=Decimal('7.0')), \
Interval(low=None, high=None))
    """
    said = plain(text)
    ends = _ENDS.fullmatch(said)
    if ends is not None:
        low, high = _number(ends["low"]), _number(ends["high"])
        if isinstance(low, Decimal) and isinstance(high, Decimal) and low <= high:
            return Interval(low, high)
        return NO_INTERVAL
    match quantity_of_text(said):
        case Quantity(Bound.LESS | Bound.LESS_OR_EQUAL, number):
            return Interval(None, number)
        case Quantity(Bound.GREATER | Bound.GREATER_OR_EQUAL, number):
            return Interval(number, None)
    return NO_INTERVAL


def plain(text: str) -> str:
    """Full-width letters, digits and signs as ASCII has them, the signs of comparison and dashes as one each, no blanks
    around. Nothing else is changed: the normal form of Unicode would make 52 of 5².

    >>> plain(" ＜１２．５ "), plain("5²")
    ('<12.5', '5²')
    """
    return text.translate(_AS_PLAIN).strip()


def _number(written: str) -> Decimal | Unread:
    if len(written) > WRITTEN_MAX:
        return Unread.TOO_LONG
    found = _NUMBER.fullmatch(written)
    if found is None:
        return _reason(written)
    if found["comma"] and len(found["comma"]) == len(",000"):
        # Three digits behind a comma are thousands to one half of the world and thousandths to the other.
        return Unread.GROUPED_DIGITS
    if abs(int(found["exponent"] or 0)) > EXPONENT_MAX:
        return Unread.BEYOND_MEASURE
    number = Decimal(written.replace(",", "."))
    if number and abs(number.adjusted()) > EXPONENT_MAX:
        return Unread.BEYOND_MEASURE
    # Written out, so that 1.2e3 and 1200 are one number with one spelling in the record.
    return Decimal(f"{number:f}")


def _reason(written: str) -> Unread:
    if any(each.isnumeric() and not each.isascii() for each in written):
        return Unread.OTHER_NUMERALS
    return next((reason for pattern, reason in _REASONS if pattern.fullmatch(written)), Unread.NOT_A_NUMBER)


_BOUNDS = {
    "": Bound.EQUAL,
    "=": Bound.EQUAL,
    "<": Bound.LESS,
    "<=": Bound.LESS_OR_EQUAL,
    ">": Bound.GREATER,
    ">=": Bound.GREATER_OR_EQUAL,
}
_COMPARATOR = re.compile(r"[<>=]+")

_AS_PLAIN = (
    {0xFF01 + offset: 0x21 + offset for offset in range(94)}
    | dict.fromkeys(map(ord, "\u3000\u00a0\u2009\u202f"), " ")
    | dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
    | {ord("≤"): "<=", ord("≦"): "<=", ord("⩽"): "<=", ord("≥"): ">=", ord("≧"): ">=", ord("⩾"): ">="}
)

_NOTHING = re.compile(r"-*")
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*|(?P<comma>,[0-9]+))?|\.[0-9]+)(?:[eE](?P<exponent>[+-]?[0-9]+))?")

_LOOSE = r"[0-9]+(?:[.,][0-9]+)*"
_ENDS = re.compile(rf"(?P<low>{_LOOSE})\s*(?:-+|~)\s*(?P<high>{_LOOSE})")
# In order: the first that fits is the reason.
_REASONS = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (r"[<>=].*", Unread.UNKNOWN_BOUND),
        (rf"-\s*{_LOOSE}", Unread.NEGATIVE),
        (r"\(?(?:[0-9]?\++[0-9]?|\+?-|-?\+|\+/-|±)\)?", Unread.GRADE),
        (rf"[~≈≒约]\s*{_LOOSE}", Unread.APPROXIMATE),
        (_ENDS.pattern, Unread.RANGE),
        (rf"{_LOOSE}\s*[:/]\s*{_LOOSE}", Unread.RATIO),
        (r"[0-9]{1,3}(?:[ ,'’][0-9]{3})+(?:\.[0-9]+)?", Unread.GROUPED_DIGITS),
        (rf"{_LOOSE}[^0-9]+", Unread.MORE_THAN_A_NUMBER),
        (r"[^0-9]*[^\W\d_][^0-9]*", Unread.WORD),
    )
)
