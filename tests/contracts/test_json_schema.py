"""A published schema takes what the ledger admits, and refuses what it quarantines."""

import copy
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from schemas.admission import admit, key_of
from schemas.codec import encode
from schemas.contracts.described import PUBLISHED
from schemas.envelope import schema_name
from schemas.events.event import Event
from schemas.records import Record
from tests.contracts.documents import VALIDATORS, published
from tests.schemas.frozen import golden, golden_names, type_of
from tests.schemas.histories import histories

Document = dict[str, Any]

NAMES = golden_names()


def document(name: str) -> Document:
    found: Document = msgspec.json.decode(golden(name))
    return found


def is_valid(sent: Document, type_: str) -> bool:
    return VALIDATORS[type_].is_valid(sent)


def is_admitted(sent: Document, type_: str) -> bool:
    subject = sent.get("subject")
    key = key_of(subject) if subject is None or isinstance(subject, str) else b""
    topic = next(iter(PUBLISHED[type_].TOPICS))
    record = Record(topic=topic, partition=0, offset=0, key=key, value=msgspec.json.encode(sent))
    return isinstance(admit(record, topic), Event)


@pytest.mark.parametrize("type_", PUBLISHED)
def test_a_published_schema_is_a_schema_under_its_own_name(type_: str) -> None:
    Draft202012Validator.check_schema(published(type_))
    assert published(type_)["$id"] == schema_name(type_)


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_record_is_valid_under_the_schema_of_its_type_and_of_no_other(name: str) -> None:
    assert [error.message for error in VALIDATORS[type_of(name)].iter_errors(document(name))] == []
    assert [type_ for type_ in PUBLISHED if is_valid(document(name), type_)] == [type_of(name)]


def sent(name: str, path: str, value: Any) -> Document:
    """The golden record with another value at a path such as ``data.mutations.0.gene``; ``...`` takes the field out."""
    changed = document(name)
    *folders, last = path.split(".")
    inside: Any = changed
    for folder in folders:
        inside = inside[int(folder) if folder.isdigit() else folder]
    if value is ...:
        del inside[last]
    else:
        inside[int(last) if last.isdigit() else last] = value
    return changed


NEAR_MISSES = [
    ("an attribute that there is none of", "visit.done.v1", "receivedtime", "2024-06-05T11:30:00+08:00"),
    ("an attribute is missing", "visit.done.v1", "recordedtime", ...),
    ("no subject where one is demanded", "visit.done.v1", "subject", ...),
    ("a null subject where one is demanded", "visit.done.v1", "subject", None),
    ("a name for a subject", "visit.done.v1", "subject", "li wei"),
    ("another CloudEvents", "visit.done.v1", "specversion", "0.3"),
    ("the schema of another type", "visit.done.v1", "dataschema", "urn:trialog:schema:visit.missed.v1"),
    ("a time without offset", "visit.done.v1", "time", "2024-06-05T00:00:00"),
    ("nine o'clock is no day", "visit.done.v1", "time", "2024-06-05T09:00:00+08:00"),
    ("seconds in a minute", "subject.consent-signed.v1", "time", "2024-03-01T10:15:01+08:00"),
    ("a fraction of a second", "intake.message-waiting.v1", "time", "2024-03-05T07:11:02.5+08:00"),
    ("microseconds in a millisecond", "lab.blood-blasts-counted.v1", "time", "2024-03-05T07:10:00.250001+08:00"),
    ("a precision that there is none of", "visit.done.v1", "timeprecision", "hour"),
    ("a correction without a reason", "entry.corrected.v1", "reason", ...),
    ("a void with a null reason", "entry.voided.v1", "reason", None),
    ("an empty reason", "visit.done.v1", "reason", ""),
    ("a field that there is none of", "record.frozen.v1", "data.why", "audit"),
    ("the field of a newer version", "subject.died.v1", "data.certainty", "documented"),
    ("the field of the newer version is missing", "subject.died.v2", "data.certainty", ...),
    ("a value that there is none of", "subject.died.v2", "data.cause", "old age"),
    ("a value in capitals", "subject.demographics-recorded.v1", "data.sex", "Female"),
    ("a criterion of another form", "subject.criterion-assessed.v1", "data.criterion", "X1"),
    ("a digest in capitals", "record.locked.v1", "data.state_digest", "A" * 64),
    ("a digest too short", "record.locked.v1", "data.state_digest", "a" * 63),
    ("an empty name", "visit.done.v1", "data.visit", ""),
    ("a name too long", "visit.done.v1", "data.visit", "v" * 201),
    ("a number for a text", "subject.enrolled.v1", "data.site", 7),
    ("a text for a whole number", "subject.lost.v1", "data.attempts", "5"),
    ("a part of a whole number", "subject.lost.v1", "data.attempts", 1.5),
    ("a number below its limit", "subject.lost.v1", "data.attempts", -1),
    ("a grade above its limit", "safety.adverse-event-reported.v1", "data.grade", 6),
    ("a text for true", "subject.withdrew.v1", "data.follow_up_allowed", "true"),
    ("a number for true", "subject.withdrew.v1", "data.follow_up_allowed", 1),
    ("no number", "marrow.assessed.v1", "data.blasts_pct", "NaN"),
    ("a number with a comma", "marrow.assessed.v1", "data.blasts_pct", "4,5"),
    ("a number with a bound", "lab.result-reported.v1", "data.number", "<1.5"),
    ("no number in a part", "marrow.assessed.v1", "data.residual_disease.level_pct", "Infinity"),
    ("a field that a part has none of", "disease.diagnosed.v1", "data.mutations.0.exon", "17"),
    ("a part without its field", "disease.diagnosed.v1", "data.mutations.0.gene", ...),
    ("an empty list", "subject.relapsed.v1", "data.found_in", []),
    ("a wrong item in a list", "subject.relapsed.v1", "data.found_in.0", "lung"),
    ("one for a list", "subject.relapsed.v1", "data.found_in", "marrow"),
    ("a date with a time", "safety.adverse-event-reported.v1", "data.ended_on", "2024-03-29T00:00:00+08:00"),
    ("null for what may only be left out", "query.opened.v1", "data.entries", None),
    ("a result without its bound", "lab.result-reported.v1+no-number", "data.bound", ...),
    ("the time of a correction with more than its precision", "entry.corrected.v1", "data.happened.at",
     "2024-04-07T08:00:00+08:00"),
    ("the time of a correction with a word before it", "entry.corrected.v1", "data.happened.at",
     "on 2024-04-07T00:00:00+08:00"),
    ("the time of a correction without offset", "entry.corrected.v1", "data.happened.at", "2024-04-07T00:00:00"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "path", "value"), [case[1:] for case in NEAR_MISSES], ids=[c[0] for c in NEAR_MISSES])
def test_a_near_miss_is_neither_valid_nor_admitted(name: str, path: str, value: Any) -> None:
    near_miss = sent(name, path, value)
    assert not is_valid(near_miss, type_of(name))
    assert not is_admitted(near_miss, type_of(name))


NEAR_HITS = [
    ("a decimal as a number", "marrow.assessed.v1", "data.blasts_pct", 4.5),
    ("a decimal with an exponent", "marrow.assessed.v1", "data.blasts_pct", "45e-1"),
    ("null for what may be left out", "marrow.assessed.v1", "data.dilute", None),
    ("a field left out", "marrow.assessed.v1", "data.residual_disease", ...),
    ("no subject on oversight", "record.frozen.v1", "subject", ...),
    ("no reason", "visit.done.v1", "reason", None),
    ("a time in UTC", "intake.message-waiting.v1", "time", "2024-03-04T23:11:02Z"),
    ("a day with zeros for a fraction", "visit.done.v1", "time", "2024-06-05T00:00:00.000+08:00"),
    ("an empty list that may be empty", "disease.diagnosed.v1", "data.mutations", []),
]


@pytest.mark.parametrize(
    ("name", "path", "value"), [case[1:] for case in NEAR_HITS], ids=[case[0] for case in NEAR_HITS]
)
def test_what_may_vary_is_valid_and_admitted(name: str, path: str, value: Any) -> None:
    near_hit = sent(name, path, value)
    assert is_valid(near_hit, type_of(name))
    assert is_admitted(near_hit, type_of(name))


OTHER_SPELLINGS = [
    ("marrow.assessed.v1", "data.blasts_pct", "4_5.0"),
    ("marrow.assessed.v1", "data.blasts_pct", " 4.5 "),
    ("visit.done.v1", "time", "2024-06-05 00:00:00+08:00"),
    ("visit.done.v1", "time", "2024-06-05T00:00:00+0800"),
]


@pytest.mark.parametrize(("name", "path", "value"), OTHER_SPELLINGS)
def test_other_spellings_are_read_and_nobody_is_asked_to_write_them(name: str, path: str, value: str) -> None:
    assert is_admitted(sent(name, path, value), name)
    assert not is_valid(sent(name, path, value), name)


BEYOND = [
    ("marrow.assessed.v1", "data.blasts_pct", "1e31"),
    ("visit.done.v1", "data.visit", "a\0b"),
    ("visit.done.v1", "time", "0001-01-01T00:00:00+08:00"),
    ("visit.done.v1", "time", "2024-02-30T00:00:00+08:00"),
    ("subject.lost.v1", "data.attempts", 5.0),
]


@pytest.mark.parametrize(("name", "path", "value"), BEYOND)
def test_what_no_schema_can_say_is_told_in_its_comment(name: str, path: str, value: Any) -> None:
    assert is_valid(sent(name, path, value), name)
    assert not is_admitted(sent(name, path, value), name)
    comment = published(name)["$comment"]
    for told in ("NUL", "10^30", "with a point", "no calendar has", "the years 1 and 9999"):
        assert told in comment


WRONG: tuple[Any, ...] = (
    None,
    "",
    "no such value",
    "x" * 2001,
    0,
    -1,
    10**6,
    1.5,
    True,
    [],
    ["no such value"],
    {},
    {"a": 1},
)


def mutations(whole: Document) -> Iterator[tuple[str, Document]]:
    """The document with each field of each object in it taken out, replaced by what it hardly can be, or joined."""
    for path, inside in list(_objects(whole, ())):
        for name in list(inside):
            for value in (..., *WRONG):
                changed = copy.deepcopy(whole)
                target = _at(changed, path)
                if value is ...:
                    del target[name]
                else:
                    target[name] = value
                yield f"{'.'.join(map(str, (*path, name)))} = {value!r}"[:80], changed
        changed = copy.deepcopy(whole)
        _at(changed, path)["further"] = "x"
        yield f"{'.'.join(map(str, path))}.further", changed


def _objects(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Document]]:
    if isinstance(value, dict):
        yield path, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        # What a correction puts in place has a schema of its own.
        if name != "replacement":
            yield from _objects(each, (*path, name))


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for name in path:
        value = value[name]
    return value


@pytest.mark.parametrize("name", NAMES)
def test_schema_and_ledger_agree_on_every_small_change_of_a_golden_record(name: str) -> None:
    type_ = type_of(name)
    whole = document(name)
    seen = {True: 0, False: 0}
    for told, changed in mutations(whole):
        # The type's name and what a correction speaks of are looked at before any schema is chosen.
        if told.startswith(("type =", "data.target_type =", "data.replacement =")):
            continue
        valid = is_valid(changed, type_)
        assert valid == is_admitted(changed, type_), told
        seen[valid] += 1
    assert seen[True] > 0
    assert seen[False] > 100


@given(histories())
def test_whatever_is_written_is_valid_under_its_schema(events: list[Event]) -> None:
    for event in events:
        written = msgspec.json.decode(encode(event))
        assert [error.message for error in VALIDATORS[event.type].iter_errors(written)] == []
