"""Rounds every number of a figure: far beyond what is shown and far above what a processor can move."""

import math
from typing import Any, TypeVar

import msgspec
import numpy as np

from analytics.estimators.answers import given

Figure = TypeVar("Figure", bound=msgspec.Struct)

_MANY = 32
"""From so many elements on, a tuple of numbers is rounded as one array."""


def rounded(figure: Figure, digits: int) -> Figure:
    """The same figure with every float at ``digits`` decimals. A number that is none is a defect: it has a reason."""
    result: Figure = _rounded(figure, digits)
    return result


def _rounded(value: Any, digits: int) -> Any:
    if isinstance(value, float):
        assert math.isfinite(value), "a number that cannot be given is None with its reason"
        # As `decimals` does it: both round a half to the even number.
        return round(value * 10.0**digits) / 10.0**digits + 0.0
    if isinstance(value, msgspec.Struct):
        fields = {name: _rounded(getattr(value, name), digits) for name in value.__struct_fields__}
        return type(value)(**fields)
    if isinstance(value, dict):
        return {name: _rounded(item, digits) for name, item in value.items()}
    if isinstance(value, tuple):
        return _rounded_tuple(value, digits)
    return value


def _rounded_tuple(values: tuple[Any, ...], digits: int) -> tuple[Any, ...]:
    """Long series of numbers and None are most of a figure, and go by array."""
    if len(values) < _MANY or not isinstance(next((each for each in values if each is not None), None), float):
        return tuple(_rounded(item, digits) for item in values)
    numbers = np.array(values, dtype=np.float64)
    assert np.isfinite(numbers).sum() == len(values) - values.count(None), "a number that cannot be given is None"
    return given(decimals(numbers, digits))


def decimals(numbers: Any, digits: int) -> Any:
    """A number, or an array of them, at so many decimals; what is no number stays none."""
    # Scaled and divided, as every processor does it alike. Plus zero: minus zero has other bytes.
    return np.rint(numbers * 10.0**digits) / 10.0**digits + 0.0
