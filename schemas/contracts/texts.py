"""The texts of the data dictionary in one language, and what is missing from them or belongs to nothing."""

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from schemas.contracts.described import PUBLISHED, Described, Kind, enumerations_of, fields_of, parts_of
from schemas.envelope import Envelope
from schemas.topics import Topic


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands around the texts. Those of kinds and limits have places for ``{kind}``, ``{least}``, ``{most}`` and
    ``{pattern}``, as far as they are about them.
    """

    title: str
    introduction: str
    contents: str
    envelope: str
    envelope_meaning: str
    types: str
    parts: str
    values: str
    topic: str
    topics: str
    happened: str
    schema: str
    no_fields: str
    old_version: str
    field: str
    kind: str
    unit: str
    meaning: str
    none: str
    value: str
    required: str
    colon: str
    list_of: str
    at_least: str
    between: str
    length_at_most: str
    length_between: str
    of_the_form: str


class FieldText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``unit`` is given for numbers; ``none`` says what a field that may be left out or null means then."""

    meaning: str
    unit: str | None = None
    none: str | None = None


class PartText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    meaning: str
    fields: dict[str, FieldText]


class TypeText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``happened`` says what the envelope's time means for this type."""

    name: str
    meaning: str
    happened: str
    fields: dict[str, FieldText] = {}


class Dictionary(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``types`` are by tag, ``parts`` and ``values`` by the name of their class."""

    words: Words
    kinds: dict[str, str]
    topics: dict[str, str]
    envelope: dict[str, FieldText]
    types: dict[str, TypeText]
    parts: dict[str, PartText]
    values: dict[str, dict[str, str]]


def parse_dictionary(toml: bytes) -> Dictionary:
    """Raises msgspec.ValidationError, msgspec.DecodeError."""
    return msgspec.toml.decode(toml, type=Dictionary)


def gaps(dictionary: Dictionary) -> list[str]:
    """Everything that lacks a text, and every text that belongs to nothing; empty where all is well."""
    return [
        *_named("kinds", [kind.value for kind in Kind], dictionary.kinds),
        *_named("topics", [topic.value for topic in Topic], dictionary.topics),
        *_fields("envelope", fields_of(Envelope), dictionary.envelope),
        *_named("types", PUBLISHED, dictionary.types),
        *_named("parts", [part.__name__ for part in parts_of()], dictionary.parts),
        *_named("values", [values.__name__ for values in enumerations_of()], dictionary.values),
        *_inner(dictionary),
        *_blank(msgspec.to_builtins(dictionary), ""),
    ]


def _inner(dictionary: Dictionary) -> Iterator[str]:
    for type_, struct in PUBLISHED.items():
        if type_ in dictionary.types:
            yield from _fields(f"types.{type_}", fields_of(struct), dictionary.types[type_].fields)
    for part in parts_of():
        if part.__name__ in dictionary.parts:
            yield from _fields(f"parts.{part.__name__}", fields_of(part), dictionary.parts[part.__name__].fields)
    for values in enumerations_of():
        if values.__name__ in dictionary.values:
            yield from _named(f"values.{values.__name__}", _values(values), dictionary.values[values.__name__])


def _values(values: type[enum.Enum]) -> list[str]:
    return [str(each.value) for each in values]


def _named(where: str, wanted: Iterable[str], found: Mapping[str, object]) -> Iterator[str]:
    wanted = list(wanted)
    yield from (f"{where}.{name}: no text" for name in wanted if name not in found)
    yield from (f"{where}.{name}: belongs to nothing" for name in found if name not in wanted)


def _fields(where: str, fields: Sequence[Described], texts: Mapping[str, FieldText]) -> Iterator[str]:
    yield from _named(where, [field.name for field in fields], texts)
    for field in fields:
        if (text := texts.get(field.name)) is None:
            continue
        if field.is_number != (text.unit is not None):
            yield f"{where}.{field.name}: {'a number without a unit' if field.is_number else 'a unit of no number'}"
        if field.may_say_nothing != (text.none is not None):
            told = "does not say what leaving it out means" if field.may_say_nothing else "can never be left out"
            yield f"{where}.{field.name}: {told}"


def _blank(told: object, where: str) -> Iterator[str]:
    """Texts of nothing but blanks, wherever they stand."""
    if isinstance(told, str) and not told.strip():
        yield f"{where}: blank"
    if isinstance(told, dict):
        for name, inner in told.items():
            yield from _blank(inner, f"{where}.{name}".lstrip("."))
