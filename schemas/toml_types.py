"""Everything in a TOML document that is not of its type. ``msgspec.convert`` stops at the first; an author wants all.

The walk follows the structs as msgspec describes them, so a field is described once. What it finds good,
``msgspec.convert`` takes; a property test holds the two together.
"""

import datetime as dt
import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import inspect

from schemas.toml_lines import Path

_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


class Finding(msgspec.Struct, frozen=True):
    """Something wrong at a place of a document: what it is, and what to do about it."""

    path: Path
    what: str
    then: str


def untyped(document: Mapping[str, Any], type_: type[msgspec.Struct]) -> Iterator[Finding]:
    """What in the document, read with exact decimals, keeps it from being a ``type_``, in the order of the fields."""
    return _examined(document, inspect.type_info(type_), ())


def decimal_of(value: object) -> Decimal | None:
    """The number that a value of the document is, written as a number or as a text; None where it is none."""
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, str):
        return Decimal(value) if _DECIMAL.fullmatch(value) else None
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _examined(value: Any, type_: inspect.Type, path: Path) -> Iterator[Finding]:
    if isinstance(type_, inspect.UnionType):
        # TOML has no null: an optional field is left out, so only the other type can be there.
        others = [each for each in type_.types if not isinstance(each, inspect.NoneType)]
        # A text alone, or a table of it in each language: which of the two is meant shows in what stands there.
        tables = [each for each in others if isinstance(each, inspect.StructType)]
        rest = [each for each in others if each not in tables]
        (type_,) = tables if tables and (isinstance(value, Mapping) or not rest) else rest
    yield from _EXAMINERS[type(type_)](value, type_, path)


def _struct(value: Any, type_: inspect.StructType, path: Path) -> Iterator[Finding]:
    if not isinstance(value, Mapping):
        yield Finding(path, "is no table", f"write a table with {_listed([each.name for each in type_.fields])}")
        return
    known = [field.name for field in type_.fields]
    for field in type_.fields:
        if field.name in value:
            yield from _examined(value[field.name], field.type, (*path, field.name))
        elif field.required:
            yield Finding((*path, field.name), "is missing", f"add {field.name}: {_wanted(field.type)}")
    for name in value:
        if name not in known:
            near = difflib.get_close_matches(name, [each for each in known if each not in value], 1, 0.5)
            then = f"was {near[0]} meant?" if near else f"take it out; known here: {_listed(known)}"
            yield Finding((*path, name), "is no field of this table", then)


def _array(value: Any, type_: inspect.VarTupleType, path: Path) -> Iterator[Finding]:
    if not isinstance(value, list):
        yield Finding(path, "is no array", f"write {_wanted(type_)}")
        return
    if len(value) < (type_.min_length or 0):
        yield Finding(path, "has too few elements", f"give at least {type_.min_length}")
    for place, item in enumerate(value):
        yield from _examined(item, type_.item_type, (*path, place))


def _table(value: Any, type_: inspect.DictType, path: Path) -> Iterator[Finding]:
    if not isinstance(value, Mapping):
        yield Finding(path, "is no table", f"write {_wanted(type_)}")
        return
    for name, item in value.items():
        yield from _examined(item, type_.value_type, (*path, name))


def _text(value: Any, type_: inspect.StrType, path: Path) -> Iterator[Finding]:
    if not isinstance(value, str):
        yield Finding(path, "is no text", "put it in quotation marks")
    elif type_.min_length and not value.strip():
        yield Finding(path, "is empty", "write a text")
    elif type_.pattern is not None and not re.search(type_.pattern, value):
        yield Finding(path, "is not written as it must be", f"write it to match {type_.pattern}")


def _whole_number(value: Any, type_: inspect.IntType, path: Path) -> Iterator[Finding]:
    wanted = _wanted(type_)
    if not isinstance(value, int) or isinstance(value, bool):
        yield Finding(path, "is no whole number", f"write {wanted}, without quotation marks")
    elif (type_.ge is not None and value < type_.ge) or (type_.le is not None and value > type_.le):
        yield Finding(path, "is out of range", f"write {wanted}")


def _decimal(value: Any, type_: inspect.DecimalType, path: Path) -> Iterator[Finding]:
    if decimal_of(value) is None:
        yield Finding(path, "is no number", f"write {_wanted(type_)}")


def _yes_no(value: Any, type_: inspect.BoolType, path: Path) -> Iterator[Finding]:
    if not isinstance(value, bool):
        yield Finding(path, "is neither true nor false", f"write {_wanted(type_)}, without quotation marks")


def _date(value: Any, type_: inspect.DateType, path: Path) -> Iterator[Finding]:
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        yield Finding(path, "is no date", f"write {_wanted(type_)}, without quotation marks and without a time")


def _choice(value: Any, type_: inspect.EnumType | inspect.LiteralType, path: Path) -> Iterator[Finding]:
    choices = _choices(type_)
    if not isinstance(value, str) or value not in choices:
        yield Finding(path, "is none of the choices", f"write {_wanted(type_)}")


_EXAMINERS: dict[type[inspect.Type], Callable[[Any, Any, Path], Iterator[Finding]]] = {
    inspect.StructType: _struct,
    inspect.VarTupleType: _array,
    inspect.DictType: _table,
    inspect.StrType: _text,
    inspect.IntType: _whole_number,
    inspect.DecimalType: _decimal,
    inspect.BoolType: _yes_no,
    inspect.DateType: _date,
    inspect.EnumType: _choice,
    inspect.LiteralType: _choice,
}


def _wanted(type_: inspect.Type) -> str:
    """What belongs where such a type is wanted, in words."""
    match type_:
        case inspect.StructType(fields=fields):
            return f"a table with {_listed([field.name for field in fields if field.required])}"
        case inspect.VarTupleType():
            return "an array, or one [[…]] for each element"
        case inspect.DictType():
            return "a table of names and values"
        case inspect.IntType(ge=least, le=most):
            limits = [f"from {least} on" if most is None else f"from {least} to {most}"] if least is not None else []
            return " ".join(["a whole number", *limits])
        case inspect.DecimalType():
            return "a number such as 0.5"
        case inspect.BoolType():
            return "true or false"
        case inspect.DateType():
            return "a date such as 2026-03-02"
        case inspect.EnumType() | inspect.LiteralType():
            return f"one of {_listed(_choices(type_))}"
        case _:
            return "a text"


def _choices(type_: inspect.EnumType | inspect.LiteralType) -> list[str]:
    if isinstance(type_, inspect.EnumType):
        return [member.value for member in type_.cls]
    return [str(each) for each in type_.values]


def _listed(names: list[str]) -> str:
    return ", ".join(names)
