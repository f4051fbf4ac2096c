"""The JSON Schema (2020-12) of a whole event, by type and version, made from the structs that the decoder uses.

What it says is what the ledger admits, but for what no schema can say (`BEYOND`) and but for other spellings that the
decoder reads and nobody is asked to write: digits in groups ("1_000"), blanks around a number, a time with a blank for
the T or with an offset without a colon.
"""

from types import MappingProxyType
from typing import Any

import msgspec

from schemas.contracts.described import PAYLOAD, PUBLISHED, Described, fields_of, parts_of
from schemas.contracts.texts import Dictionary, FieldText
from schemas.envelope import Envelope, schema_name
from schemas.events import EntryCorrected, EntryVoided
from schemas.events.fact import Fact
from schemas.moments import Moment, Precision
from schemas.topics import Topic

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

BEYOND = (
    "Refused as well, which a schema cannot say: a NUL character in any text; a decimal above 10^30 or below 10^-30; "
    "a whole number written with a point; a day or an hour that no calendar has; the years 1 and 9999."
)

_OFFSET = r"(Z|[+-][0-9]{2}:[0-9]{2})$"
_DATE_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:"
_INSTANT = MappingProxyType(
    {"type": "string", "format": "date-time", "pattern": rf"{_DATE_TIME}[0-9]{{2}}(\.[0-9]+)?{_OFFSET}"}
)
_DATE = MappingProxyType({"type": "string", "format": "date", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"})
# Written as text, so that "4.50" stays "4.50"; a plain number is read too.
_DECIMAL = MappingProxyType(
    {
        "type": ["string", "number"],
        "format": "decimal",
        "pattern": r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$",
    }
)
# A time may not say more than its precision.
_NO_MORE_THAN = MappingProxyType(
    {
        Precision.DAY: rf"T00:00:00(\.0+)?{_OFFSET}",
        Precision.MINUTE: rf":00(\.0+)?{_OFFSET}",
        Precision.SECOND: rf":[0-9]{{2}}(\.0+)?{_OFFSET}",
        Precision.MILLISECOND: rf":[0-9]{{2}}(\.[0-9]{{1,3}}0*)?{_OFFSET}",
    }
)


def schema_of(type_: str, texts: Dictionary) -> Schema:
    """The schema of one published type; the texts become its descriptions. Raises KeyError."""
    struct, told = PUBLISHED[type_], texts.types[type_]
    (reference, envelope), definitions = msgspec.json.schema_components([struct, Envelope])
    del reference
    payload = definitions.pop(struct.__name__)
    envelope = definitions.pop(Envelope.__name__)
    _describe(payload, struct, told.fields)
    _describe(envelope, Envelope, texts.envelope)
    envelope["properties"] |= {
        "type": {**_told(envelope, "type"), "const": type_},
        "dataschema": {**_told(envelope, "dataschema"), "const": schema_name(type_)},
        PAYLOAD: {"description": told.meaning, **_only(payload)},
    }
    _demand(envelope, _demanded(struct), texts)
    envelope["allOf"] = _precisions("timeprecision", "time")
    for part in parts_of():
        if part.__name__ in definitions:
            _describe(definitions[part.__name__], part, texts.parts[part.__name__].fields)
    if Moment.__name__ in definitions:
        moment = definitions[Moment.__name__]
        moment["properties"]["at"] = {**_told(moment, "at"), **_INSTANT}
        moment["allOf"] = _precisions("precision", "at")
    for definition in definitions.values():
        definition.pop("title", None)
        # The docstrings of the code speak to its readers.
        definition.pop("description", None)
    return {
        "$schema": DIALECT,
        "$id": schema_name(type_),
        "title": f"{type_}: {told.name}",
        "description": f"{told.meaning} Happened: {told.happened}",
        "$comment": BEYOND,
        **_only(_exact(envelope)),
        "$defs": {name: _exact(definition) for name, definition in sorted(definitions.items())},
    }


def _demanded(struct: type[Fact]) -> tuple[str, ...]:
    """What the envelope leaves open in general, and what this type must have."""
    subject = () if Topic.OVERSIGHT in struct.TOPICS else ("subject",)
    return (*subject, "reason") if struct in (EntryCorrected, EntryVoided) else subject


def _demand(envelope: Schema, names: tuple[str, ...], texts: Dictionary) -> None:
    for name in names:
        (value,) = [each for each in envelope["properties"][name]["anyOf"] if each != {"type": "null"}]
        envelope["properties"][name] = {"description": texts.envelope[name].meaning, **value}
        envelope["required"].append(name)


def _precisions(precision: str, time: str) -> list[Schema]:
    return [
        {
            "if": {"properties": {precision: {"const": each.value}}, "required": [precision]},
            "then": {"properties": {time: {"pattern": pattern}}},
        }
        for each, pattern in _NO_MORE_THAN.items()
    ]


def _describe(schema: Schema, struct: type[msgspec.Struct], texts: dict[str, FieldText]) -> None:
    for field in fields_of(struct):
        properties = schema["properties"]
        properties[field.name] = {"description": _text_of(field, texts[field.name]), **properties[field.name]}


def _text_of(field: Described, text: FieldText) -> str:
    unit = "" if text.unit is None else f" Unit: {text.unit}."
    if text.none is None:
        return text.meaning + unit
    ways = [way for way, there in (("left out", not field.required), ("null", field.nullable)) if there]
    return f"{text.meaning}{unit} {' or '.join(ways).capitalize()}: {text.none}"


def _told(schema: Schema, name: str) -> Schema:
    return {"description": schema["properties"][name]["description"]}


def _only(schema: Schema) -> Schema:
    """An object's schema without the words that msgspec takes from the code."""
    return {name: value for name, value in schema.items() if name not in ("title", "description")}


def _exact(schema: Any) -> Any:
    """The same with what a decimal, a date and an instant really look like on the wire."""
    if isinstance(schema, list):
        return [_exact(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    match schema.get("format"):
        case "decimal":
            return {**schema, **_DECIMAL}
        case "date":
            return {**schema, **_DATE}
        case "date-time":
            return {**schema, **_INSTANT}
        case _:
            return {name: _exact(value) for name, value in schema.items()}
