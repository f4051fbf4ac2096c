"""Every type, field and value has its text in both languages, and no text is left over."""

from typing import Any

import msgspec
import pytest

from schemas.contracts.texts import Dictionary, gaps
from tests.contracts.documents import EN, ZH

LANGUAGES = {"en": EN, "zh": ZH}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_dictionary_is_whole(language: str) -> None:
    assert gaps(LANGUAGES[language]) == []


def without(path: str) -> Dictionary:
    """The English dictionary with one thing taken out, by its path with slashes."""
    return changed(path, lambda inside, name: inside.pop(name))


def changed(path: str, change: Any) -> Dictionary:
    whole = msgspec.to_builtins(EN)
    *folders, name = path.split("/")
    inside = whole
    for folder in folders:
        inside = inside[folder]
    change(inside, name)
    return msgspec.convert(whole, Dictionary)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("types/subject.died.v1", "types.subject.died.v1: no text"),
        ("types/subject.died.v2/fields/certainty", "types.subject.died.v2.certainty: no text"),
        ("envelope/actor", "envelope.actor: no text"),
        ("parts/Mutation", "parts.Mutation: no text"),
        ("parts/Mutation/fields/gene", "parts.Mutation.gene: no text"),
        ("values/Sex", "values.Sex: no text"),
        ("values/Sex/female", "values.Sex.female: no text"),
        ("topics/lab", "topics.lab: no text"),
        ("kinds/decimal", "kinds.decimal: no text"),
        ("parts/Mutation/fields/vaf_pct/unit", "parts.Mutation.vaf_pct: a number without a unit"),
        ("envelope/reason/none", "envelope.reason: does not say what leaving it out means"),
        (
            "types/subject.consent-signed.v1/fields/scope/none",
            "types.subject.consent-signed.v1.scope: does not say what leaving it out means",
        ),
        (
            "types/lab.result-reported.v1/fields/number/none",
            "types.lab.result-reported.v1.number: does not say what leaving it out means",
        ),
    ],
)
def test_a_text_that_is_missing_is_named(path: str, told: str) -> None:
    assert gaps(without(path)) == [told]


def put(value: Any) -> Any:
    return lambda inside, name: inside.update({name: value})


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("types/visit.v1", {"name": "x", "meaning": "x", "happened": "x"}, "types.visit.v1: belongs to nothing"),
        ("types/record.frozen.v1/fields/why", {"meaning": "x"}, "types.record.frozen.v1.why: belongs to nothing"),
        ("envelope/receivedtime", {"meaning": "x"}, "envelope.receivedtime: belongs to nothing"),
        ("values/Sex/unknown", "x", "values.Sex.unknown: belongs to nothing"),
        ("values/Gender", {"female": "x"}, "values.Gender: belongs to nothing"),
        ("parts/Gene", {"meaning": "x", "fields": {}}, "parts.Gene: belongs to nothing"),
        ("envelope/actor/unit", "mg", "envelope.actor: a unit of no number"),
        ("envelope/actor/none", "x", "envelope.actor: can never be left out"),
        ("envelope/actor/meaning", "  ", "envelope.actor.meaning: blank"),
    ],
)  # fmt: skip
def test_a_text_that_belongs_to_nothing_or_says_nothing_is_named(path: str, value: Any, told: str) -> None:
    assert gaps(changed(path, put(value))) == [told]


def test_no_chinese_text_was_left_in_english() -> None:
    """A text without one Chinese character is a unit, a name of the wire, or was not translated."""
    said = msgspec.to_builtins(ZH)
    texts = [
        text
        for type_ in said["types"].values()
        for text in (type_["name"], type_["meaning"], type_["happened"], *_of_fields(type_["fields"]))
    ]
    texts += [text for part in said["parts"].values() for text in (part["meaning"], *_of_fields(part["fields"]))]
    texts += [*_of_fields(said["envelope"]), *(text for values in said["values"].values() for text in values.values())]
    assert [text for text in texts if not any("\u4e00" <= letter <= "\u9fff" for letter in text)] == []


def _of_fields(fields: dict[str, Any]) -> list[str]:
    return [text for field in fields.values() for name, text in field.items() if name != "unit" and text is not None]
