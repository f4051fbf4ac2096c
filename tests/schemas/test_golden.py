"""Golden records: one of every type and version, which every later code must read as it was read on its first day."""

import shutil
from pathlib import Path

import msgspec
import pytest

from schemas.admission import admit, key_of
from schemas.codec import decode, encode
from schemas.contracts.described import PUBLISHED, fields_of
from schemas.envelope import Envelope
from schemas.events.event import Event
from schemas.records import Record
from schemas.topics import Topic
from schemas.upcasts import OLD_VERSIONS
from tests.schemas.frozen import HERE, golden, golden_names, list_new, standing, type_of
from tests.schemas.golden_events import GOLDEN

NAMES = golden_names()
# What an upcast changes is not written again as it was.
WRITTEN_TODAY = [name for name in NAMES if type_of(name) not in OLD_VERSIONS and name != "entry.corrected.v1+died-v1"]


def test_no_frozen_file_was_changed_or_removed_and_all_are_listed() -> None:
    assert standing().sentences() == []


def test_every_type_and_version_has_a_golden_record() -> None:
    assert {type_of(name) for name in NAMES} == set(PUBLISHED)
    assert set(NAMES) == set(GOLDEN)


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_record_says_today_what_it_said_on_its_first_day(name: str) -> None:
    assert decode(golden(name)) == GOLDEN[name]


@pytest.mark.parametrize("name", WRITTEN_TODAY)
def test_a_golden_record_of_a_newest_type_is_written_today_byte_for_byte(name: str) -> None:
    event = decode(golden(name))
    assert isinstance(event, Event)
    assert encode(event) == golden(name)


@pytest.mark.parametrize("type_", PUBLISHED)
def test_a_golden_record_uses_every_field(type_: str) -> None:
    document = msgspec.json.decode(golden(type_))
    assert list(document["data"]) == [field.name for field in fields_of(PUBLISHED[type_])]
    assert None not in document["data"].values()
    attributes = {field.name for field in fields_of(Envelope)} | {"data"}
    assert attributes - document.keys() <= {"subject"}
    assert document["type"] == type_


def test_parts_of_facts_are_used_with_every_field() -> None:
    diagnosed = msgspec.json.decode(golden("disease.diagnosed.v1"))["data"]
    marrow = msgspec.json.decode(golden("marrow.assessed.v1"))["data"]
    assert all(set(each) == {"gene", "change", "vaf_pct"} for each in diagnosed["mutations"])
    assert set(marrow["residual_disease"]) == {"method", "detected", "level_pct", "limit_pct"}


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_record_is_admitted_on_each_of_its_topics(name: str) -> None:
    event = GOLDEN[name]
    for topic in Topic:
        record = Record(topic=topic, partition=0, offset=0, key=key_of(event.subject), value=golden(name))
        assert isinstance(admit(record, topic), Event) == (topic in type(event.facts).TOPICS)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Two frozen records in a folder of their own."""
    (tmp_path / "golden").mkdir()
    for name in ("subject.died.v1", "subject.died.v2"):
        shutil.copy(HERE / "golden" / f"{name}.json", tmp_path / "golden")
    assert list_new(tmp_path) == ["golden/subject.died.v1.json", "golden/subject.died.v2.json"]
    return tmp_path


def test_a_changed_golden_record_is_named_and_listing_again_does_not_hide_it(copy: Path) -> None:
    changed = copy / "golden" / "subject.died.v1.json"
    changed.write_bytes(changed.read_bytes().replace(b"infection", b"treatment"))
    for _ in range(2):
        (sentence,) = standing(copy).sentences()
        assert sentence.startswith("golden/subject.died.v1.json is frozen and was changed: put it back")
        list_new(copy)


def test_a_golden_record_that_is_gone_is_named(copy: Path) -> None:
    (copy / "golden" / "subject.died.v2.json").unlink()
    list_new(copy)
    (sentence,) = standing(copy).sentences()
    assert sentence.startswith("golden/subject.died.v2.json is frozen and is gone: put it back")


def test_a_new_golden_record_is_named_until_it_is_listed(copy: Path) -> None:
    shutil.copy(HERE / "golden" / "visit.done.v1.json", copy / "golden")
    assert standing(copy).sentences() == [
        "golden/visit.done.v1.json is not frozen yet: add it with `python -m tests.schemas.freeze`"
    ]
    assert list_new(copy) == ["golden/visit.done.v1.json"]
    assert standing(copy).sentences() == []
