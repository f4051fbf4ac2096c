"""Decimal fields that the types take and that are no number of this world, wherever in the facts they stand."""

from collections.abc import Iterator
from decimal import Decimal
from types import MappingProxyType
from typing import get_args

import msgspec

from schemas.events import FACTS_BY_TYPE

EXPONENT_MAX = 30
"""No quantity of a laboratory is above 10^30 or below 10^-30; "1e999999999" would fill the memory when written out."""


def without_number(facts: msgspec.Struct) -> str | None:
    """The path of the first decimal that is NaN, infinite or vast, such as ``residual_disease.level_pct``, or None."""
    for name in _DECIMALS[type(facts)]:
        number = getattr(facts, name)
        if number is not None and not (number.is_finite() and abs(number.adjusted()) <= EXPONENT_MAX):
            return name
    for name in _PARTS[type(facts)]:
        parts = getattr(facts, name)
        several = isinstance(parts, tuple)
        for part in parts if several else (parts,):
            if part is not None and (found := without_number(part)) is not None:
                return f"{name}[...].{found}" if several else f"{name}.{found}"
    return None


def _mentioned(annotation: object) -> Iterator[object]:
    """A type and all types inside of it."""
    yield annotation
    for inner in get_args(annotation):
        yield from _mentioned(inner)


def _struct_in(annotation: object) -> type[msgspec.Struct] | None:
    found = [each for each in _mentioned(annotation) if isinstance(each, type) and issubclass(each, msgspec.Struct)]
    return found[0] if found else None


def _decimals_and_parts() -> Iterator[tuple[type[msgspec.Struct], tuple[str, ...], tuple[str, ...]]]:
    """For each struct of facts, and each struct in one: the names of its decimal fields, and of its structs."""
    waiting: list[type[msgspec.Struct]] = [*FACTS_BY_TYPE.values()]
    for struct in waiting:
        fields = msgspec.structs.fields(struct)
        yield (
            struct,
            tuple(field.name for field in fields if Decimal in _mentioned(field.type)),
            tuple(field.name for field in fields if _struct_in(field.type) is not None),
        )
        waiting += [part for field in fields if (part := _struct_in(field.type)) is not None]


_DECIMALS = MappingProxyType({struct: decimals for struct, decimals, _ in _decimals_and_parts()})
_PARTS = MappingProxyType({struct: parts for struct, _, parts in _decimals_and_parts()})
