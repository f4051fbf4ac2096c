"""A unit as a source sent it, to the factor that makes a number canonical. The table of `schemas.units` speaks first.

Behind it stands UCUM's own grammar, for units that are well formed and that nobody has listed. ucumvert parses it, pint
reckons in fractions. Beyond what the two say, a unit is taken only where it can mean nothing else:

- it has the analyte's dimension, and that is no fraction: to UCUM, grams per gram and cells per cell are the same;
- none of its units has a size that is only agreed upon (``[iU]``, ``[arb'U]``) or only measured (``u``);
- no prefix is in upper case: senders get the case wrong, and ``Mg`` for ``mg`` is wrong by nine places;
- it has no number besides powers of ten: ``109/L`` is 10⁹/L with its superscript lost;
- it has no annotation: ``ng{FEU}/mL`` is another quantity than ``ng{DDU}/mL``;
- its factor is a power of ten, by fifteen places at most: units of laboratories differ by nothing else.
"""

import threading
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from importlib import resources
from typing import Any

from schemas.study import Analyte
from schemas.units import SPELLING_MAX, UnitProblem, factor_of, folded

_ATOMS = frozenset({"10*", "10^", "L", "l", "m", "g", "mol", "s", "min", "h", "d", "U", "kat", "Pa"})
_POWER_MAX = 15

_one_at_a_time = threading.Lock()


def factor_for(analyte: Analyte, spelling: str) -> Decimal | UnitProblem:
    """The exact factor from the spelling that was sent to the analyte's unit, or why there is none."""
    known = factor_of(spelling, analyte.unit, analyte.units, analyte.units_refused)
    if known is not UnitProblem.UNKNOWN:
        return known
    said = folded(spelling)
    if len(said) > SPELLING_MAX or not said.isascii():
        return UnitProblem.UNKNOWN
    return _ucum_factor(said, analyte.unit)


@lru_cache(maxsize=1024)
def _ucum_factor(said: str, unit: str) -> Decimal | UnitProblem:
    with _one_at_a_time:
        ucum = _ucum()
        sent, canonical = ucum.read(said), ucum.read(unit)
        if isinstance(sent, UnitProblem):
            return sent
        if isinstance(canonical, UnitProblem):
            return UnitProblem.UNKNOWN
        return ucum.factor(sent, canonical)


class _Ucum:
    """The parser and its registry. Half a second and thirty megabytes: not before an unlisted spelling comes."""

    def __init__(self) -> None:
        from lark.exceptions import LarkError
        from pint import UnitRegistry
        from ucumvert import InvalidUcumError, UcumToPintTransformer, get_ucum_parser, parse_ucum

        # ucumvert's own registry reckons in floating point, and defines its units in the process's registry besides.
        self._registry: Any = UnitRegistry(non_int_type=Fraction)
        self._registry.load_definitions(str(resources.files("ucumvert") / "pint_ucum_defs.txt"))
        self._transform = UcumToPintTransformer(ureg=self._registry).transform
        self._parser = get_ucum_parser()
        self._parse = parse_ucum
        self._not_a_unit = (InvalidUcumError, LarkError)

    def read(self, said: str) -> Any:
        """pint's unit, or a problem."""
        try:
            tree = self._parse(said, self._parser)
        except self._not_a_unit:
            return UnitProblem.UNKNOWN
        tokens = [(token.type, str(token)) for token in tree.scan_values(lambda _: True)]
        if any(type_ == "ANNOTATION" for type_, _ in tokens):
            return UnitProblem.ANNOTATED
        if any(type_.startswith("PREFIX") and token.isupper() for type_, token in tokens):
            return UnitProblem.UNCERTAIN_CASE
        if not all(_is_plain(type_, token) for type_, token in tokens):
            return UnitProblem.UNKNOWN
        return self._transform(tree).units

    def factor(self, sent: Any, canonical: Any) -> Decimal | UnitProblem:
        """Between two of pint's units. Their dimensions must be equal, and those of something."""
        if sent.dimensionless or sent.dimensionality != canonical.dimensionality:
            return UnitProblem.OTHER_DIMENSION
        # The transformer's own magnitude, 1 or 1.0 where it had to divide, is left behind: fractions from here on.
        ratio = self._registry.Quantity(Fraction(1), sent / canonical).to_base_units().magnitude
        assert isinstance(ratio, Fraction), "pint was told to reckon in fractions"
        for power in range(-_POWER_MAX, _POWER_MAX + 1):
            if ratio == Fraction(10) ** power:
                return Decimal(f"{Decimal(1).scaleb(power):f}")
        return UnitProblem.NOT_A_POWER_OF_TEN


def _is_plain(type_: str, token: str) -> bool:
    """No number besides ten, no power that would take a machine's memory to reckon, no unit but those of the list."""
    match type_:
        case "FACTOR":
            return False
        case "EXPONENT":
            return abs(int(token)) <= _POWER_MAX
        case "UNIT_METRIC" | "UNIT_NON_METRIC":
            return token in _ATOMS
        case _:
            return True


@lru_cache(maxsize=1)
def _ucum() -> _Ucum:
    return _Ucum()
