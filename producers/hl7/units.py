"""OBX-6 to the factor that makes a number canonical. The study's alias table speaks first; UCUM only after it.

The order matters: UCUM reads ``K/uL``, which analysers send for thousands per microlitre, as kelvin.
"""

import math
import re
import threading
from decimal import Decimal
from functools import lru_cache
from typing import Any

from schemas.study import Analyte

SPELLING_MAX = 32

# A bare number is valid in UCUM, but analysers send it where they have nothing to say, or cut off the rest.
_NAMES_SOMETHING = re.compile(r"[A-Za-z%]")
_POWER_MAX = 15
_TOLERANCE = 1e-9

_one_at_a_time = threading.Lock()


def factor_of(analyte: Analyte, spelling: str) -> Decimal | None:
    """The exact factor from the spelling that was sent to the analyte's unit; None where that is not certain.

    Beyond the alias table a spelling counts where UCUM has it, it is commensurable with the analyte's unit, and the
    factor is a power of ten: other factors (pounds, grains) come out of floating point and are not exact.
    """
    if spelling in analyte.units:
        return analyte.units[spelling]
    if len(spelling) > SPELLING_MAX or not spelling.isascii() or not _NAMES_SOMETHING.search(spelling):
        return None
    return _ucum_factor(spelling, analyte.unit)


@lru_cache(maxsize=1024)
def _ucum_factor(spelling: str, canonical: str) -> Decimal | None:
    with _one_at_a_time:
        try:
            registry = _registry()
            ratio = (registry.from_ucum(spelling) / registry.from_ucum(canonical)).to_base_units()
            if not ratio.dimensionless:
                return None
            magnitude = float(ratio.magnitude)
        except Exception:  # noqa: BLE001 - the parser and pint raise a dozen classes of their own; each means "not a unit"
            return None
    if not (math.isfinite(magnitude) and magnitude > 0):
        return None
    power = round(math.log10(magnitude))
    if abs(power) > _POWER_MAX or abs(magnitude / 10.0**power - 1) > _TOLERANCE:
        return None
    return Decimal(f"{Decimal(1).scaleb(power):f}")


@lru_cache(maxsize=1)
def _registry() -> Any:
    # Two seconds and thirty megabytes, for a spelling that no table has: not before one comes.
    from ucumvert import PintUcumRegistry

    return PintUcumRegistry()
