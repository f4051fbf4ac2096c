"""Bad bytes are outcomes that say what and where, and never quote a value."""

import datetime as dt
from decimal import Decimal

import msgspec
import pytest

from schemas.admission import admit, key_of
from schemas.codec import decode, encode
from schemas.events import (
    ContactedAlive,
    CriterionAssessed,
    EntryCorrected,
    EntryVoided,
    MarrowAssessed,
    SubjectEnrolled,
)
from schemas.events.enrollment import Answer
from schemas.events.event import Event
from schemas.outcomes import Reason, Undecodable
from schemas.records import Record
from schemas.topics import Topic
from tests.schemas.controls import event

GOOD = encode(event("e", SubjectEnrolled(site="FJMUUH")))
CRITERION = encode(event("e", CriterionAssessed(criterion="I1", answer=Answer.MET)))
CORRECTION = encode(
    event(
        "c",
        EntryCorrected(target="e", target_type="subject.enrolled.v1", replacement={"site": "B"}),
        reason="typed wrong",
    )
)
MARROW = encode(event("m", MarrowAssessed(blasts_pct=Decimal("4.5"))))
DEEP = b"[" * 100_000 + b"]" * 100_000
VOID = encode(event("v", EntryVoided(target="e"), reason="wrong subject"))


@pytest.mark.parametrize(
    ("value", "reason", "where"),
    [
        pytest.param(None, Reason.EMPTY, None, id="no value"),
        pytest.param(b"", Reason.EMPTY, None, id="empty"),
        pytest.param(b"\x00\x01\xfe\xff" * 64, Reason.NOT_JSON, None, id="binary noise"),
        pytest.param(GOOD[:-9], Reason.NOT_JSON, None, id="truncated"),
        pytest.param(b"[]", Reason.ENVELOPE, "$", id="no object"),
        pytest.param(GOOD.replace(b'"1.0"', b'"0.3"'), Reason.ENVELOPE, "$.specversion", id="other CloudEvents"),
        pytest.param(GOOD.replace(b"+08:00", b"", 1), Reason.ENVELOPE, "$.time", id="time without offset"),
        pytest.param(GOOD.replace(b"T00:00:00", b"T09:00:00"), Reason.TIME, "$.time", id="a day is not nine o'clock"),
        pytest.param(GOOD.replace(b"enrolled.v1", b"enrolled.v9"), Reason.UNKNOWN_TYPE, "$.type", id="unknown version"),
        pytest.param(GOOD.replace(b'"type":"subject', b'"type":"object'), Reason.ENVELOPE, "$.dataschema", id="schema"),
        pytest.param(GOOD.replace(b'"site"', b'"sits"'), Reason.MALFORMED_FACTS, "$.data", id="unknown field"),
        pytest.param(GOOD.replace(b'"FJMUUH"', b"7"), Reason.MALFORMED_FACTS, "$.data.site", id="number for text"),
        pytest.param(CRITERION.replace(b'"met"', b'"maybe"'), Reason.MALFORMED_FACTS, "$.data.answer", id="bad answer"),
        pytest.param(CRITERION.replace(b'"I1"', b'"X1"'), Reason.MALFORMED_FACTS, "$.data.criterion", id="criterion"),
        pytest.param(GOOD.replace(b"FJMUUH", b"a\\u0000b"), Reason.NUL_CHARACTER, None, id="nul"),
        pytest.param(GOOD.replace(b"S-001", b"li wei"), Reason.ENVELOPE, "$.subject", id="no subject id"),
        pytest.param(MARROW.replace(b'"4.5"', b'"NaN"'), Reason.MALFORMED_FACTS, "$.data.blasts_pct", id="no number"),
        pytest.param(
            MARROW.replace(b'"4.5"', b'"1e99"'), Reason.MALFORMED_FACTS, "$.data.blasts_pct", id="vast number"
        ),
        pytest.param(GOOD.replace(b'"FJMUUH"', DEEP), Reason.NOT_JSON, None, id="nested without end"),
        pytest.param(GOOD.replace(b'"2024-01-01T00', b'"0001-01-01T00'), Reason.TIME, "$.time", id="the year 1"),
        pytest.param(
            VOID.replace(b'"reason":"wrong subject"', b'"reason":null'), Reason.REASON_MISSING, "$.reason", id="void"
        ),
        pytest.param(
            CORRECTION.replace(b'"site":"B"', b'"sits":"B"'),
            Reason.MALFORMED_FACTS,
            "$.data.replacement",
            id="replacement of another shape",
        ),
        pytest.param(
            CORRECTION.replace(b"subject.enrolled.v1", b"entry.voided.v1"),
            Reason.UNKNOWN_TYPE,
            "$.data.target_type",
            id="correction of a void",
        ),
    ],
)
def test_what_cannot_be_decoded(value: bytes | None, reason: Reason, where: str | None) -> None:
    assert decode(value) == Undecodable(reason=reason, where=where)


def test_a_backslash_before_u0000_is_no_nul() -> None:
    assert isinstance(decode(GOOD.replace(b"FJMUUH", b"a\\\\u0000b")), Event)


def test_the_place_never_quotes_what_was_sent() -> None:
    secret = b"ZhangWei13800000000"
    for value in (GOOD.replace(b'"site"', b'"' + secret + b'"'), CRITERION.replace(b'"met"', b'"' + secret + b'"')):
        assert secret.decode() not in str(decode(value))


def record(value: bytes, key: bytes | None) -> Record:
    return Record(topic="nct06486350.enrollment", partition=0, offset=0, key=key, value=value)


@pytest.mark.parametrize(
    ("key", "topic", "reason"),
    [
        (b"S-002", Topic.ENROLLMENT, Reason.KEY),
        (None, Topic.ENROLLMENT, Reason.KEY),
        (b"S-001", Topic.LAB, Reason.TOPIC),
        (b"S-001", Topic.OVERSIGHT, Reason.TOPIC),
    ],
)
def test_what_travelled_elsewhere_is_not_admitted(key: bytes | None, topic: Topic, reason: Reason) -> None:
    refused = admit(record(GOOD, key), topic)
    assert isinstance(refused, Undecodable)
    assert refused.reason is reason


def test_what_travelled_rightly_is_admitted() -> None:
    assert isinstance(admit(record(GOOD, key_of("S-001")), Topic.ENROLLMENT), Event)


def test_a_fact_about_nobody_is_not_admitted_on_a_subject_topic() -> None:
    nobody = event("e", ContactedAlive(means="telephone"), subject=None)
    refused = admit(record(encode(nobody), key_of(None)), Topic.FOLLOWUP)
    assert refused == Undecodable(reason=Reason.KEY, where="$.subject")


def test_times_keep_offset_and_precision() -> None:
    again = decode(GOOD)
    assert isinstance(again, Event)
    assert str(again.happened) == "2024-01-01"
    assert again.happened.at.utcoffset() == dt.timedelta(hours=8)


def test_extra_text_after_the_document_is_refused() -> None:
    assert decode(GOOD + b"{}") == Undecodable(reason=Reason.NOT_JSON)


def test_the_envelope_is_cloudevents_structured_json() -> None:
    document = msgspec.json.decode(GOOD)
    assert {"specversion", "id", "source", "type", "time", "datacontenttype", "dataschema"} <= document.keys()
    assert all(name.isalnum() and name.islower() for name in document)
