"""What a unit's spelling means: the exact factor to an analyte's canonical unit, or the reason why there is none. Pure.

The spellings belong to dimensions and not to studies: thousands per microlitre are the same in every trial. A study may
add spellings to an analyte, and refuse some. This table comes before any parser of UCUM, which reads ``K/uL``, as
analysers send it for thousands per microlitre, as kelvin.

All units of a dimension are powers of ten of each other, so every factor is exact. A dimension is never left: to make
grams of moles takes a molar mass, and to make cells of grams makes no sense.

Sources: UCUM 2.2 for the units. For the spellings HL7 and ASTM captures, and the display units of Japanese hospitals
(table of ASCII units for SS-MIX2, 2015: ``万/μl``, ``Pg/mL``, ``10*3/mm*3``). ``10)/mm)`` is 10³/mm³ in the code page
of an ABX Pentra 60: millimetres can have no other power there than a cube, so ``)`` is a 3, and the same capture gives
its red cells, 10⁶/mm³, another sign. What is not said without doubt, as ``109/L`` for 10⁹/L, is not in the table.
"""

import decimal
import enum
import re
import unicodedata
from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

SPELLING_MAX = 32
"""Characters of a spelling; a longer one is no unit."""

FACTOR_DIGITS_MAX = 20
"""Digits of a factor that a study may give: any number that is read can then be multiplied exactly."""


class Dimension(enum.StrEnum):
    """What is measured per what. Units of two dimensions have no factor between them, whatever their physics."""

    NUMBER = "number-concentration"
    MASS = "mass-concentration"
    SUBSTANCE = "substance-concentration"
    FRACTION = "number-fraction"


class UnitProblem(enum.StrEnum):
    """Why a spelling has no factor. The last three are for a parser of UCUM to say."""

    BLANK = "blank"
    BARE_NUMBER = "bare-number"
    REFUSED_BY_STUDY = "refused-by-study"
    OTHER_DIMENSION = "other-dimension"
    UNKNOWN = "unknown"
    UNCERTAIN_CASE = "uncertain-case"
    ANNOTATED = "annotated"
    NOT_A_POWER_OF_TEN = "not-a-power-of-ten"


def factor_of(
    spelling: str, unit: str, taken: Mapping[str, Decimal] = MappingProxyType({}), refused: Collection[str] = ()
) -> Decimal | UnitProblem:
    """The exact factor by which a number in the unit that was sent becomes one in ``unit``.

    ``taken`` are an analyte's own spellings with their factors, and ``refused`` those that it does not take. They speak
    first, the refused ones before all. A blank and a bare number are units only where the analyte says so.

    >>> factor_of("K/uL", "10*9/L"), factor_of("/µL", "10*9/L"), factor_of("g/dl", "g/L")
    (Decimal('1'), Decimal('0.001'), Decimal('10'))
    >>> factor_of("g/L", "10*9/L"), factor_of("1", "%"), factor_of("1", "%", {"1": Decimal(100)})
    (<UnitProblem.OTHER_DIMENSION: 'other-dimension'>, <UnitProblem.BARE_NUMBER: 'bare-number'>, Decimal('100'))
    """
    said = folded(spelling)
    if any(folded(each) == said for each in refused):
        return UnitProblem.REFUSED_BY_STUDY
    for own, factor in taken.items():
        if folded(own) == said:
            return factor
    if said == folded(unit):
        return Decimal(1)
    if not said:
        return UnitProblem.BLANK
    if not any(each.isalpha() or each == "%" for each in said):
        return UnitProblem.BARE_NUMBER
    return _shared_factor(said, unit)


def dimension_of(unit: str) -> Dimension | None:
    """The dimension of a canonical unit, None where it is none of these.

    >>> dimension_of("pg/mL"), dimension_of("mm/h")
    (<Dimension.MASS: 'mass-concentration'>, None)
    """
    said = folded(unit)
    return next((dimension for dimension in Dimension if _power(dimension, said) is not None), None)


def spellings_of(unit: str) -> dict[str, Decimal]:
    """Every spelling of the unit's dimension, as `folded` leaves it, with its factor; empty where there is none.

    Where the case says nothing, the spelling is in lower case.
    """
    dimension = dimension_of(unit)
    if dimension is None:
        return {}
    return {said: _ten_to(power - _power_of(unit, dimension)) for said, power in _POWERS[dimension].items()}


def converted(number: Decimal, factor: Decimal) -> Decimal:
    """The number in the canonical unit, written out; exact, or `decimal.Inexact` is raised."""
    return Decimal(f"{_EXACT.multiply(number, factor):f}")


Contradiction = tuple[str | None, str]
"""The spelling of which something is wrong, None for the analyte's own unit, and what is wrong with it."""


def contradictions(unit: str, taken: Mapping[str, Decimal], refused: Collection[str]) -> list[Contradiction]:
    """What is wrong with an analyte's own spellings, in words that name them."""
    problems: list[Contradiction] = []
    factors: dict[str, Decimal] = {}
    refusals = {folded(each) for each in refused}
    if folded(unit) in refusals:
        problems.append((None, f"its own unit {unit} is refused"))
    for spelling, factor in taken.items():
        said = folded(spelling)
        if not factor.is_finite() or factor <= 0:
            problems.append((spelling, f"the factor of {spelling} is not above 0"))
            continue
        if len(factor.as_tuple().digits) > FACTOR_DIGITS_MAX or abs(factor.adjusted()) > FACTOR_DIGITS_MAX:
            problems.append((spelling, f"the factor of {spelling} has more than {FACTOR_DIGITS_MAX} digits"))
        if said in refusals:
            problems.append((spelling, f"{spelling} is both taken and refused"))
        if factors.setdefault(said, factor) != factor:
            problems.append((spelling, f"{spelling} is spelt twice, with two factors"))
        problems += ((spelling, what) for what in _against_the_table(said, spelling, unit, factor))
    return problems


@lru_cache(maxsize=1024)
def folded(spelling: str) -> str:
    """The one way of writing of what differs only in signs: blanks, full width, superscripts, both letters mu, powers.

    >>> [folded(each) for each in ("×10⁹/L", "x 10^9 / L", "10E9/L", "１０＊９／Ｌ", "10(9)/L", "10**9/L")]
    ['10*9/L', '10*9/L', '10*9/L', '10*9/L', '10*9/L', '10*9/L']
    >>> folded("/µL"), folded("/μl"), folded("㎎/㎗"), folded("mm³")
    ('/uL', '/ul', 'mg/dl', 'mm^3')
    """
    spelling = spelling.strip()
    if len(spelling) > SPELLING_MAX:
        return spelling
    # Superscripts first: the normal form would make 109/L of 10⁹/L.
    text = _SUPERSCRIPT.sub(lambda found: "^" + found.group().translate(_AS_DIGITS), spelling)
    text = unicodedata.normalize("NFKC", text).translate(_AS_PLAIN).strip()
    text = _BLANKS_AROUND.sub(r"\1", text)
    return _TEN_TO_THE.sub(lambda found: f"10*{int(found['power'] or found['enclosed'])}", text, count=1)


def _against_the_table(said: str, spelling: str, unit: str, factor: Decimal) -> list[str]:
    if said == folded(unit):
        return [] if factor == 1 else [f"its own unit {unit} needs the factor 1"]
    match _shared_factor(said, unit):
        case UnitProblem.OTHER_DIMENSION if dimension_of(unit) is not None:
            return [f"{spelling} is a unit of another dimension than {unit}"]
        case Decimal() as known if known != factor:
            return [f"the factor of {spelling} is {known:f}"]
    return []


def _shared_factor(said: str, unit: str) -> Decimal | UnitProblem:
    own = dimension_of(unit)
    power = None if own is None else _power(own, said)
    if own is not None and power is not None:
        return _ten_to(power - _power_of(unit, own))
    if any(_power(other, said) is not None for other in Dimension):
        return UnitProblem.OTHER_DIMENSION
    return UnitProblem.UNKNOWN


def _power(dimension: Dimension, said: str) -> int | None:
    # Giga and gram, mega and milli: among counts the case tells. No body fluid holds a megagram in a litre, and no
    # laboratory measures in megalitres, so among masses and moles it tells nothing, and senders do write PG/ML, Pg/mL.
    return _POWERS[dimension].get(said if dimension is Dimension.NUMBER else said.lower())


def _power_of(unit: str, dimension: Dimension) -> int:
    power = _power(dimension, folded(unit))
    assert power is not None, "the unit is of this dimension"
    return power


def _ten_to(power: int) -> Decimal:
    return Decimal(f"{Decimal(1).scaleb(power):f}")


def _ratios(above: Mapping[str, int], *below: Mapping[str, int]) -> dict[str, int]:
    """Every ``above`` per every ``below``, with its power of ten."""
    return {
        f"{top}/{bottom}": power - per for top, power in above.items() for each in below for bottom, per in each.items()
    }


_LITRE = {"L": 0, "l": 0}
_MILLILITRE = {"mL": -3, "ml": -3, "ML": -3}
_MICROLITRE = {"uL": -6, "ul": -6, "UL": -6, "mcL": -6, "mcl": -6, "MCL": -6}
_CUBIC_MILLIMETRE = {"mm3": -6, "mm^3": -6, "mm*3": -6, "cmm": -6, "cumm": -6}
_NANOLITRE = {"nL": -9, "nl": -9}

_TENS = {f"10*{power}": power for power in (2, 3, 4, 6, 9, 12)} | {"万": 4, "百万": 6}
_CELLS = dict.fromkeys(("", "1", "cell", "cells", "{cells}", "个", "個"), 0)
_THOUSANDS = {"K": 3, "k": 3, "thou": 3, "Thou": 3, "M": 6}
_GIGA_AND_TERA = {"G": 9, "Gpt": 9, "T": 12, "Tpt": 12}

_SMALL = {"m": -3, "u": -6, "mc": -6, "n": -9, "p": -12, "f": -15}
_VOLUMES = {"l": 0, "dl": -1, "100ml": -1, "ml": -3, "ul": -6, "mcl": -6}

_POWERS: Mapping[Dimension, Mapping[str, int]] = MappingProxyType(
    {
        Dimension.NUMBER: _ratios(_TENS | _CELLS, _LITRE, _MILLILITRE, _MICROLITRE, _CUBIC_MILLIMETRE, _NANOLITRE)
        | _ratios(_THOUSANDS, _MICROLITRE, _CUBIC_MILLIMETRE)
        | _ratios(_GIGA_AND_TERA, _LITRE)
        | {"10)/mm)": 9},
        Dimension.MASS: _ratios({"g": 0} | {f"{prefix}g": power for prefix, power in _SMALL.items()}, _VOLUMES),
        Dimension.SUBSTANCE: _ratios(
            {"mol": 0} | {f"{prefix}mol": power for prefix, power in _SMALL.items()}, _VOLUMES
        ),
        Dimension.FRACTION: {"%": -2},
    }
)
"""Spellings as `folded` leaves them, with their power of ten: of one per litre, of g/L, of mol/L, of one."""

_SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_AS_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
# NFKC has made one letter mu of the two, and has kept these apart.
_AS_PLAIN = str.maketrans({"μ": "u", "×": "x", "∗": "*", "⁄": "/", "∕": "/"})
_BLANKS_AROUND = re.compile(r"\s*(/|^[xX*])\s*")
_TEN_TO_THE = re.compile(r"^[xX*]?10(?:\((?P<enclosed>[0-9]{1,2})\)|(?:\^|\*\*?|[eE])(?P<power>[0-9]{1,2}))")

_EXACT = decimal.Context(prec=60, traps=[decimal.Inexact, decimal.InvalidOperation, decimal.Overflow])
