"""Whether a changed schema of one version still takes every record that its earlier form took.

Within a version only what keeps old records valid may change, and what they say may not change either: a new field that
may be left out, a wider limit or a further value is well; all else is a new version with an upcast.
"""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

Schema = dict[str, Any]

# What informs a reader and takes or refuses nothing.
_ANNOTATIONS = frozenset({"title", "description", "$comment", "$id", "$schema", "$defs", "format"})
_LOWER = MappingProxyType({"minimum": "the minimum", "minLength": "the least length", "minItems": "the least number"})
_UPPER = MappingProxyType(
    {"maximum": "the maximum", "maxLength": "the greatest length", "maxItems": "the greatest number"}
)
_UNDERSTOOD = frozenset(
    {"const", "enum", "type", "pattern", "anyOf", "properties", "required", "additionalProperties", "items", "default"}
    | set(_LOWER)
    | set(_UPPER)
)


def bare(schema: Schema) -> Schema:
    """The schema without annotations, with what it refers to in the place of the reference.

    >>> bare({"$ref": "#/$defs/Sex", "description": "of birth", "$defs": {"Sex": {"enum": ["female", "male"]}}})
    {'enum': ['female', 'male']}
    """
    found = _bare(schema, schema.get("$defs", {}))
    assert isinstance(found, dict)
    return found


def incompatibilities(old: Schema, new: Schema) -> list[str]:
    """Each way in which a record that ``old`` takes is refused, or read as something else, under ``new``; with its
    path. A change that this cannot judge counts as one.
    """
    return list(_narrowed(bare(old), bare(new), "$"))


def _bare(schema: Any, definitions: Schema) -> Any:
    if isinstance(schema, list):
        return [_bare(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        referred = definitions[schema["$ref"].removeprefix("#/$defs/")]
        others = {name: value for name, value in schema.items() if name != "$ref"}
        return _bare({**referred, **others}, definitions)
    return {
        name: _bare_properties(value, definitions) if name == "properties" else _bare(value, definitions)
        for name, value in schema.items()
        if name not in _ANNOTATIONS
    }


def _bare_properties(properties: Schema, definitions: Schema) -> Schema:
    """Fields by name; one may be called as an annotation is."""
    return {name: _bare(field, definitions) for name, field in properties.items()}


def _narrowed(old: Schema, new: Schema, where: str) -> Iterator[str]:
    if old == new:
        return
    if "anyOf" in old or "anyOf" in new:
        yield from _alternatives_narrowed(old, new, where)
        return
    yield from _values_narrowed(old, new, where)
    yield from _limits_narrowed(old, new, where)
    yield from _fields_narrowed(old, new, where)
    yield from _items_narrowed(old, new, where)
    for keyword in sorted(new.keys() - _UNDERSTOOD):
        if new[keyword] != old.get(keyword):
            yield f"{where}: {keyword} has changed, which cannot be judged"


def _alternatives_narrowed(old: Schema, new: Schema, where: str) -> Iterator[str]:
    """For each alternative of the old one there must be a new one that takes all of it."""
    yield from _default_changed(old, new, where)
    for alternative in _alternatives(old):
        found = [list(_narrowed(alternative, each, where)) for each in _alternatives(new)]
        yield from min(found, key=len)


def _alternatives(schema: Schema) -> list[Schema]:
    beside = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
    return [{**beside, **each} for each in schema["anyOf"]] if "anyOf" in schema else [beside]


def _values_narrowed(old: Schema, new: Schema, where: str) -> Iterator[str]:
    yield from _default_changed(old, new, where)
    before, after = _allowed(old), _allowed(new)
    if after is not None:
        if before is None:
            yield f"{where}: takes certain values only, and took others"
        else:
            yield from (f"{where}: no longer takes {value!r}" for value in before if value not in after)
    types = _types(new)
    if types is not None:
        taken = _types_of(before) if before is not None else _types(old)
        if taken is None or not all(_is_among(each, types) for each in taken):
            yield f"{where}: no longer takes the same types"
    if new.get("pattern") not in (None, old.get("pattern")):
        yield f"{where}: the pattern has changed"


def _default_changed(old: Schema, new: Schema, where: str) -> Iterator[str]:
    if "default" in old and old["default"] != new.get("default", ...):
        yield f"{where}: leaving it out has another meaning"


def _allowed(schema: Schema) -> list[Any] | None:
    """The only values that it takes, None where it is not a list of values."""
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _types(schema: Schema) -> list[str] | None:
    found = schema.get("type")
    return [found] if isinstance(found, str) else found


def _types_of(values: list[Any]) -> list[str]:
    names = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
    return [names[type(value)] for value in values]


def _is_among(type_: str, types: list[str]) -> bool:
    return type_ in types or (type_ == "integer" and "number" in types)


def _limits_narrowed(old: Schema, new: Schema, where: str) -> Iterator[str]:
    for keyword, told in _LOWER.items():
        if keyword in new and (keyword not in old or new[keyword] > old[keyword]):
            yield f"{where}: {told} was raised"
    for keyword, told in _UPPER.items():
        if keyword in new and (keyword not in old or new[keyword] < old[keyword]):
            yield f"{where}: {told} was lowered"


def _fields_narrowed(old: Schema, new: Schema, where: str) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    open_before = old.get("additionalProperties", True) is not False
    open_after = new.get("additionalProperties", True) is not False
    if open_before and not open_after:
        yield f"{where}: no longer takes other fields"
    for name in before:
        if name in after:
            yield from _narrowed(before[name], after[name], f"{where}.{name}")
        elif not open_after:
            yield f"{where}.{name}: is gone"
    for name in after:
        if name not in before and open_before and after[name]:
            yield f"{where}.{name}: could hold anything, and is now limited"
    demanded = [name for name in new.get("required", []) if name not in old.get("required", [])]
    yield from (f"{where}.{name}: is now demanded" for name in demanded)


def _items_narrowed(old: Schema, new: Schema, where: str) -> Iterator[str]:
    if "items" not in new:
        return
    if "items" not in old:
        yield f"{where}[]: could hold anything, and is now limited"
    else:
        yield from _narrowed(old["items"], new["items"], f"{where}[]")
