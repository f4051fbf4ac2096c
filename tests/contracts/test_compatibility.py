"""Which changes of a schema leave old records valid: a case a line, and both directions where they differ."""

from typing import Any

import pytest

from schemas.contracts.compatibility import bare, incompatibilities


def thing(*, required: tuple[str, ...] = (), **fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(required), "additionalProperties": False}


TEXT = {"type": "string"}
NULL = {"type": "null"}
MAYBE = {"anyOf": [TEXT, NULL], "default": None}
NOTHING: list[str] = []
OTHER_TYPE = "no longer takes the same types"

CASES = [
    ("nothing changed", thing(a=TEXT), thing(a=TEXT), NOTHING),
    ("a new field that may be left out", thing(a=TEXT), thing(a=TEXT, b=MAYBE), NOTHING),
    ("a new field that is demanded", thing(a=TEXT), thing(a=TEXT, b=TEXT, required=("b",)), ["$.b: is now demanded"]),
    ("a field is gone", thing(a=TEXT, b=TEXT), thing(a=TEXT), ["$.b: is gone"]),
    ("a field has another name", thing(a=TEXT), thing(b=TEXT), ["$.a: is gone"]),
    ("a field is demanded that was not", thing(a=TEXT), thing(a=TEXT, required=("a",)), ["$.a: is now demanded"]),
    ("a field is no longer demanded", thing(a=TEXT, required=("a",)), thing(a=TEXT), NOTHING),
    ("a further value", {"enum": ["x"]}, {"enum": ["x", "y"]}, NOTHING),
    ("a value is gone", {"enum": ["x", "y"]}, {"enum": ["x"]}, ["$: no longer takes 'y'"]),
    ("values in another order", {"enum": ["x", "y"]}, {"enum": ["y", "x"]}, NOTHING),
    ("any text instead of values", {"enum": ["x"]}, TEXT, NOTHING),
    ("any number instead of values of text", {"enum": ["x"]}, {"type": "number"}, [f"$: {OTHER_TYPE}"]),
    ("values instead of any text", TEXT, {"enum": ["x"]}, ["$: takes certain values only, and took others"]),
    ("another constant", {"const": "v1"}, {"const": "v2"}, ["$: no longer takes 'v1'"]),
    ("values that hold the constant", {"const": "x"}, {"enum": ["x", "y"]}, NOTHING),
    ("another type", TEXT, {"type": "integer"}, [f"$: {OTHER_TYPE}"]),
    ("any number instead of whole ones", {"type": "integer"}, {"type": "number"}, NOTHING),
    ("whole numbers only", {"type": "number"}, {"type": "integer"}, [f"$: {OTHER_TYPE}"]),
    ("a further type", TEXT, {"type": ["string", "number"]}, NOTHING),
    ("a type is gone", {"type": ["string", "number"]}, TEXT, [f"$: {OTHER_TYPE}"]),
    ("a type where anything went", {}, TEXT, [f"$: {OTHER_TYPE}"]),
    ("a greater maximum", {"maximum": 4}, {"maximum": 5}, NOTHING),
    ("a lower maximum", {"maximum": 5}, {"maximum": 4}, ["$: the maximum was lowered"]),
    ("no maximum any more", {"maximum": 5}, {}, NOTHING),
    ("a maximum where there was none", {}, {"maximum": 5}, ["$: the maximum was lowered"]),
    ("a lower minimum", {"minimum": 1}, {"minimum": 0}, NOTHING),
    ("a greater minimum", {"minimum": 0}, {"minimum": 1}, ["$: the minimum was raised"]),
    ("a longer text", {"maxLength": 200}, {"maxLength": 500}, NOTHING),
    ("a shorter text", {"maxLength": 500}, {"maxLength": 200}, ["$: the greatest length was lowered"]),
    ("no empty text any more", {"minLength": 0}, {"minLength": 1}, ["$: the least length was raised"]),
    ("no empty list any more", {"minItems": 0}, {"minItems": 1}, ["$: the least number was raised"]),
    ("fewer items", {"maxItems": 9}, {"maxItems": 8}, ["$: the greatest number was lowered"]),
    ("another pattern", {"pattern": "^a"}, {"pattern": "^b"}, ["$: the pattern has changed"]),
    ("a pattern where there was none", TEXT, {"type": "string", "pattern": "^a"}, ["$: the pattern has changed"]),
    ("no pattern any more", {"pattern": "^a"}, {}, NOTHING),
    ("null is taken too", thing(a=TEXT), thing(a={"anyOf": [TEXT, NULL]}), NOTHING),
    ("null is no longer taken", thing(a={"anyOf": [TEXT, NULL]}), thing(a=TEXT), [f"$.a: {OTHER_TYPE}"]),
    (
        "an alternative takes less",
        {"anyOf": [{"type": "string", "maxLength": 9}, NULL]},
        {"anyOf": [{"type": "string", "maxLength": 8}, NULL]},
        ["$: the greatest length was lowered"],
    ),
    ("another default", {"default": 1}, {"default": 2}, ["$: leaving it out has another meaning"]),
    ("no default any more", {"default": None}, {}, ["$: leaving it out has another meaning"]),
    ("a default for what was demanded", thing(a=TEXT, required=("a",)), thing(a={**TEXT, "default": ""}), NOTHING),
    ("items take less", {"items": {"enum": ["x", "y"]}}, {"items": {"enum": ["x"]}}, ["$[]: no longer takes 'y'"]),
    ("items were free", {}, {"items": TEXT}, ["$[]: could hold anything, and is now limited"]),
    (
        "other fields are no longer taken",
        {"type": "object"},
        {"type": "object", "additionalProperties": False},
        ["$: no longer takes other fields"],
    ),
    (
        "a field that could be anything is limited",
        {"type": "object"},
        {"type": "object", "properties": {"a": TEXT}},
        ["$.a: could hold anything, and is now limited"],
    ),
    ("a rule that cannot be judged is new", {}, {"not": TEXT}, ["$: not has changed, which cannot be judged"]),
    ("a rule that cannot be judged is the same", {"not": TEXT}, {"not": TEXT}, NOTHING),
    ("a rule that cannot be judged is gone", {"not": TEXT}, {}, NOTHING),
    ("only the words have changed", {"type": "string", "description": "x"}, {"type": "string", "title": "y"}, NOTHING),
    (
        "a field in a field",
        thing(a=thing(b={"enum": ["x", "y"]})),
        thing(a=thing(b={"enum": ["x"]}, c=TEXT, required=("c",))),
        ["$.a.b: no longer takes 'y'", "$.a.c: is now demanded"],
    ),
    (
        "what is referred to takes less",
        {"$ref": "#/$defs/A", "$defs": {"A": {"enum": ["x", "y"]}}},
        {"$ref": "#/$defs/A", "$defs": {"A": {"enum": ["x"]}}},
        ["$: no longer takes 'y'"],
    ),
    (
        "what is referred to has another name",
        {"$ref": "#/$defs/A", "$defs": {"A": {"enum": ["x"]}}},
        {"$ref": "#/$defs/B", "$defs": {"B": {"enum": ["x"]}}},
        NOTHING,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_whether_old_records_stay_valid_when(old: dict[str, Any], new: dict[str, Any], told: list[str]) -> None:
    assert incompatibilities(old, new) == told


def test_fields_that_are_called_like_annotations_stay() -> None:
    schema = thing(title={**TEXT, "title": "x"}, description=TEXT, format=TEXT)
    assert bare(schema) == thing(title=TEXT, description=TEXT, format=TEXT)


def test_a_bare_schema_stays_as_it_is() -> None:
    once = bare({"$id": "x", "properties": {"a": {"$ref": "#/$defs/A", "default": "x"}}, "$defs": {"A": TEXT}})
    assert once == {"properties": {"a": {"type": "string", "default": "x"}}}
    assert bare(once) == once
