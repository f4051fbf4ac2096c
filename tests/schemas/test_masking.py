"""What is shown of bytes that hold a patient's values is their structure, and where they stop being JSON."""

import json

import pytest

from schemas.codec import encode
from schemas.masking import Stopped, known_names, masked, stopped_at
from tests.schemas.golden_events import GOLDEN

KINDS = json.dumps(["‹number›", "‹true or false›", None, "‹empty text›", {}], indent=2, ensure_ascii=False)
FORMAT = '"specversion": "1.0",\n  "datacontenttype": "application/json"'
NO_JSON = "no JSON: 13 bytes; it stops at line 1, column 1 (byte 0)\n00000000  ▮▮ ·· ·· ·· ·· ·· ·· ·· ·· ·· ·· ··"

SHAPES = [
    (b"", "nothing: 0 bytes", "no bytes"),
    (b'{"subject": "S-017"}', '{\n  "subject": "‹text, 5 characters›"\n}', "a known name stays, its value goes"),
    (b'{"Zhang San": 1}', '{\n  "‹unknown name 1›": "‹number›"\n}', "an unknown name may be a patient's"),
    (b'{"zhang": {"id": 7}}', '{\n  "‹unknown name 1›": {\n    "id": "‹number›"\n  }\n}', "structure goes on below"),
    (b'[1.5, true, null, "", {}]', KINDS, "every kind of value"),
    (b'"Zhang San"', '"‹text, 9 characters›"', "a document that is a text"),
    (b'{"type": "lab.result.v9"}', '{\n  "type": "lab.result.v9"\n}', "which type is unknown can be seen"),
    (b'{"type": "Zhang San"}', '{\n  "type": "‹text, 9 characters›"\n}', "what is no tag is a value"),
    (b'{"specversion": "1.0", "datacontenttype": "application/json"}', f"{{\n  {FORMAT}\n}}", "the format is no value"),
    (b'{"specversion": "Zhang"}', '{\n  "specversion": "‹text, 5 characters›"\n}', "another text is"),
    (b'{"dataschema": "urn:trialog:schema:a.b.v1"}', '{\n  "dataschema": "urn:trialog:schema:a.b.v1"\n}', "a schema"),
    (b'{"dataschema": "urn:trialog:schema:Li"}', '{\n  "dataschema": "‹text, 21 characters›"\n}', "no schema's name"),
    (b"Zhang San, 41", NO_JSON, "bytes that are no JSON"),
]


@pytest.mark.parametrize(("value", "shown", "why"), SHAPES, ids=[why for _, _, why in SHAPES])
def test_structure_is_shown_and_values_are_not(value: bytes, shown: str, why: str) -> None:
    assert masked(value) == shown


STOPS = [
    (b'{"id": 1}', None, "whole"),
    (b'{"id": 1', Stopped(byte=8, line=1, column=9), "cut short"),
    (b'{\n "id": ,\n}', Stopped(byte=9, line=2, column=8), "on the second line"),
    ('{"name": "张" 1}'.encode(), Stopped(byte=15, line=1, column=14), "bytes and characters are counted apart"),
    (b'{"name":\n "\xd5\xc5"}', Stopped(byte=11, line=2, column=3), "another character set"),
    (b"", Stopped(byte=0, line=1, column=1), "nothing"),
    (b"[" * 100_000, Stopped(byte=0, line=1, column=1), "nested beyond any document"),
]


@pytest.mark.parametrize(("value", "stopped", "why"), STOPS, ids=[why for _, _, why in STOPS])
def test_the_place_where_bytes_stop_being_json_is_named(value: bytes, stopped: Stopped | None, why: str) -> None:
    assert stopped_at(value) == stopped


def test_a_deep_document_is_masked_without_its_depths() -> None:
    shown = masked(b'{"data":' * 200 + b'"Zhang"' + b"}" * 200)
    assert "‹nested deeper›" in shown
    assert "Zhang" not in shown


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_nothing_that_an_event_says_is_left_but_its_type_and_format(name: str) -> None:
    document = json.loads(encode(GOLDEN[name]))
    kept = {document[each] for each in ("type", "dataschema", "specversion", "datacontenttype")}
    kept |= {document["data"]["target_type"]} if "target_type" in document["data"] else set()
    shown = json.loads(masked(encode(GOLDEN[name])))
    assert {each for each in texts(shown) if not each.startswith("‹")} <= kept
    assert list(shown) == list(document)


def texts(document: object) -> list[str]:
    match document:
        case dict():
            return [each for value in document.values() for each in texts(value)]
        case list():
            return [each for value in document for each in texts(value)]
        case str():
            return [document]
        case None:
            return []
        case _:
            raise AssertionError("a value was left")


def test_names_of_parts_of_facts_are_known() -> None:
    assert {"id", "subject", "data", "number", "vaf_pct", "detected"} <= known_names()
    assert "zhangsan" not in known_names()
