"""What may be shown of bytes that hold a patient's values: their structure, and where a decoder stopped. Pure.

Masking goes by structure, never by guessing which value is harmless. Of JSON the shape is shown and those names of
fields that the study's own formats have; every value is replaced by its kind, and so is every name that is not known,
because whoever writes a bad record may write a patient's name where a field's belongs. Of bytes that are no JSON only
their number is shown, and where they stop being it.
"""

import json
import re
from collections.abc import Set
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect as mi

from schemas.envelope import Envelope, schema_name
from schemas.events import FACTS_BY_TYPE
from schemas.upcasts import OLD_VERSIONS

DEPTH_MAX = 100
WINDOW_BYTES = 12

_TAG = re.compile(r"^[a-z]{1,30}\.[a-z-]{1,40}\.v[0-9]{1,3}$(?!\n)")
"""The form of a type's tag, known here or not: without it nobody sees which type is unknown."""


class Stopped(msgspec.Struct, frozen=True, kw_only=True):
    """Where bytes stop being JSON. ``byte`` counts from 0, ``line`` and ``column`` (in characters) from 1."""

    byte: int
    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column} (byte {self.byte})"


def stopped_at(value: bytes) -> Stopped | None:
    """Where a JSON decoder stops; None where the bytes are JSON. Bytes that are no UTF-8 stop at the first such one."""
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        before = value[: error.start].decode()
        return Stopped(byte=error.start, line=before.count("\n") + 1, column=len(before) - (before.rfind("\n") + 1) + 1)
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return Stopped(byte=len(text[: error.pos].encode()), line=error.lineno, column=error.colno)
    except (RecursionError, ValueError):
        # Nested deeper than any document of ours, or a number of thousands of digits: JSON, and not worth a place.
        return Stopped(byte=0, line=1, column=1)
    return None


def masked(value: bytes | None, names: Set[str] | None = None) -> str:
    """The structure of the bytes, on several lines for JSON. ``names`` are the fields whose names may be shown.

    None for ``names`` takes those of the events.
    """
    if not value:
        return "nothing: 0 bytes"
    stopped = stopped_at(value)
    if stopped is not None:
        return _masked_bytes(value, stopped)
    document = _masked(json.loads(value), known_names() if names is None else names, DEPTH_MAX)
    return json.dumps(document, indent=2, ensure_ascii=False)


@cache
def known_names() -> frozenset[str]:
    """The names of all fields of the envelope and of every type's facts, parts of facts among them."""
    kinds: list[Any] = [Envelope, *FACTS_BY_TYPE.values(), *OLD_VERSIONS.values()]
    return frozenset(name for info in mi.multi_type_info(kinds) for name in _names(info))


def names_of(kinds: list[Any]) -> frozenset[str]:
    """The names of all fields of these structs and of the structs in them."""
    return frozenset(name for info in mi.multi_type_info(kinds) for name in _names(info))


def _names(info: mi.Type) -> Set[str]:
    match info:
        case mi.StructType(fields=fields):
            inner = {name for field in fields for name in _names(field.type)}
            return inner | {field.encode_name for field in fields}
        case mi.UnionType(types=types):
            return {name for each in types for name in _names(each)}
        case mi.VarTupleType(item_type=item) | mi.ListType(item_type=item):
            return _names(item)
        case _:
            return frozenset()


def _masked(value: Any, names: Set[str], depth: int) -> Any:
    if depth == 0:
        return "‹nested deeper›"
    match value:
        case dict():
            return {
                name if (known := name in names) else f"‹unknown name {place}›": (
                    item if known and _is_plain(name, item) else _masked(item, names, depth - 1)
                )
                for place, (name, item) in enumerate(value.items(), start=1)
            }
        case list():
            return [_masked(item, names, depth - 1) for item in value]
        case None:
            return None
        case bool():
            return "‹true or false›"
        case int() | float():
            return "‹number›"
        case _:
            return f"‹text, {len(value)} characters›" if value else "‹empty text›"


def _is_plain(name: str, item: Any) -> bool:
    """Whether the value says which format this is, and can say nothing of a patient."""
    if name == "specversion":
        return bool(item == "1.0")
    if name == "datacontenttype":
        return bool(item == "application/json")
    if not isinstance(item, str):
        return False
    if name in ("type", "target_type"):
        return _TAG.match(item) is not None
    return (
        name == "dataschema"
        and item.startswith(schema_name(""))
        and _TAG.match(item[len(schema_name("")) :]) is not None
    )


def _masked_bytes(value: bytes, stopped: Stopped) -> str:
    """A window around the place, each byte of which is masked: digits give offsets, the bytes only their number."""
    first, last = max(stopped.byte - WINDOW_BYTES, 0), min(stopped.byte + WINDOW_BYTES, len(value))
    window = " ".join("▮▮" if place == stopped.byte else "··" for place in range(first, last))
    return f"no JSON: {len(value)} bytes; it stops at {stopped}\n{first:08x}  {window}"
