"""What becomes of each kind of record, and that it happens once."""

from typing import Any

import msgspec
import psycopg
import pytest
from psycopg.rows import namedtuple_row

from projections import reading
from projections.errors import DatabaseAway, FoldVersionDiffers
from projections.verify import verify_chain
from projections.writer import Writer
from schemas import events as ev
from schemas.codec import encode
from schemas.records import Applied
from schemas.subject import FOLD_VERSION, digest, encode_state, fold, study_digest
from tests.projections.controls import (
    ENROLLED,
    ENROLLMENT,
    LAB,
    OVERSIGHT,
    SCREENED,
    STUDY,
    WAITING,
    MemoryLog,
    correction,
    outcomes,
    platelets,
    rows,
    void,
    writer_on,
)
from tests.schemas.controls import event
from tests.servers.postgres import Database

Reader = psycopg.Connection[Any]

GOOD = encode(SCREENED)
ON = b"2024-01-02T00:00:00+08:00"

# What the record holds, its topic and key, and what the ledger says of it.
BAD_RECORDS = [
    (None, ENROLLMENT, b"S-001", "empty-record"),
    (b"", ENROLLMENT, b"S-001", "empty-record"),
    (b"\x80\x81\x82", ENROLLMENT, b"S-001", "not-json"),
    (b"MSH|^~\\&|LIS", LAB, b"S-001", "not-json"),
    (GOOD.replace(b'"FJMUUH"', b"[" * 100_000 + b"]" * 100_000), ENROLLMENT, b"S-001", "not-json"),
    (b"{}", ENROLLMENT, b"S-001", "malformed-envelope at $"),
    (GOOD.replace(b'"1.0"', b'"0.3"'), ENROLLMENT, b"S-001", "malformed-envelope at $.specversion"),
    (GOOD.replace(b"screening-started.v1", b"screening-ended.v1"), ENROLLMENT, b"S-001", "unknown-type at $.type"),
    (GOOD.replace(b'"site"', b'"place"'), ENROLLMENT, b"S-001", "malformed-facts at $.data"),
    (GOOD.replace(b"FJMUUH", b"FJ\\u0000MUUH"), ENROLLMENT, b"S-001", "nul-character"),
    (GOOD, LAB, b"S-001", "wrong-topic at $.type"),
    (GOOD, ENROLLMENT, b"S-002", "key-is-not-the-subject at $.subject"),
    (GOOD, ENROLLMENT, None, "key-is-not-the-subject at $.subject"),
    (GOOD.replace(ON, b"0001-01-01T00:00:00+08:00"), ENROLLMENT, b"S-001", "ill-formed-time at $.time"),
    (GOOD.replace(ON, b"2024-01-02T09:30:00+08:00"), ENROLLMENT, b"S-001", "ill-formed-time at $.time"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "topic", "key", "reason"), BAD_RECORDS)
def test_bad_record_is_quarantined_with_its_reason_and_the_next_one_is_taken(
    value: bytes | None, topic: str, key: bytes | None, reason: str, writer: Writer, log: MemoryLog, reader: Reader
) -> None:
    log.send_bytes(topic, value, key=key)
    good = platelets("e-after") if topic == LAB else ENROLLED
    log.send(good)

    applied = writer.apply(log.batch(topic))

    assert (applied.accepted, applied.quarantined, applied.next_offset) == (1, 1, 2)
    found = outcomes(reader, topic)
    assert found[0][0] == "quarantined"
    assert found[0][1] is not None
    assert found[0][1].startswith(reason)
    assert found[1] == ("accepted", None, good.id)
    stored = rows(reader, 'SELECT key, value FROM trial.ledger WHERE topic = %s AND "offset" = 0', (topic,))
    assert stored == [(key, value)]


def trail_of(reader: Reader, subject: str) -> list[Any]:
    """The audit trail's rows about one subject, in the order of receipt."""
    with reader.cursor(row_factory=namedtuple_row) as cursor:
        cursor.execute(
            'SELECT * FROM trial.audit_trail WHERE subject = %s ORDER BY received_at, topic, partition, "offset"',
            (subject,),
        )
        return cursor.fetchall()


def test_accepted_event_is_in_every_projection(writer: Writer, log: MemoryLog, reader: Reader) -> None:
    log.send(SCREENED)

    applied = writer.apply(log.batch(ENROLLMENT))

    assert applied == Applied(next_offset=1, commit=1, accepted=1)
    assert outcomes(reader, ENROLLMENT) == [("accepted", None, "e-screened")]
    (subject,) = reading.subjects(reader)
    assert (subject.subject, subject.status, str(subject.since_on)) == ("S-001", "screened", "2024-01-02")
    assert subject.digest == digest(fold("S-001", [SCREENED]))
    assert [entry.id for entry in reading.entries_in_force(reader)["S-001"]] == ["e-screened"]
    (trail,) = trail_of(reader, "S-001")
    assert (trail.actor, trail.actor_role, trail.happened) == ("nurse-1", "nurse", "2024-01-02")
    assert trail.changes == [
        ["entry", None, {"site": "FJMUUH"}],
        ["screened", None, "2024-01-02"],
        ["status", None, "screened since 2024-01-02"],
    ]
    assert reading.head(reader).commit == 1


def test_same_event_again_is_a_duplicate_without_effect(writer: Writer, log: MemoryLog, reader: Reader) -> None:
    resent = msgspec.structs.replace(SCREENED, traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    log.send(SCREENED, resent, ENROLLED)
    writer.apply(log.batch(ENROLLMENT, 0, 3))
    before = reading.study_digest(reader)
    log.send(SCREENED)

    applied = writer.apply(log.batch(ENROLLMENT, 3))

    assert (applied.accepted, applied.duplicate) == (0, 1)
    assert [status for status, _, _ in outcomes(reader, ENROLLMENT)] == [
        "accepted",
        "duplicate",
        "accepted",
        "duplicate",
    ]
    assert reading.study_digest(reader) == before
    assert len(trail_of(reader, "S-001")) == 2


def test_same_id_with_other_facts_is_quarantined_and_changes_nothing(
    writer: Writer, log: MemoryLog, reader: Reader
) -> None:
    other = msgspec.structs.replace(SCREENED, facts=ev.ScreeningStarted(site="ELSEWHERE"))
    log.send(SCREENED, other)
    writer.apply(log.batch(ENROLLMENT))
    log.send(other, SCREENED)

    writer.apply(log.batch(ENROLLMENT, 2))

    assert outcomes(reader, ENROLLMENT) == [
        ("accepted", None, "e-screened"),
        ("quarantined", "same-id-other-facts", "e-screened"),
        ("quarantined", "same-id-other-facts", "e-screened"),
        ("duplicate", None, "e-screened"),
    ]
    assert reading.study_digest(reader) == study_digest([("S-001", digest(fold("S-001", [SCREENED])))])
    assert reading.ledger_counts(reader).quarantined_by_reason == {"same-id-other-facts": 2}


def test_conflict_about_an_unknown_subject_makes_no_subject(writer: Writer, log: MemoryLog, reader: Reader) -> None:
    log.send(SCREENED, msgspec.structs.replace(SCREENED, subject="S-099"))

    writer.apply(log.batch(ENROLLMENT))

    assert [row.subject for row in reading.subjects(reader)] == ["S-001"]


def test_oversight_event_is_kept_and_counted_and_folded_into_nobody(
    writer: Writer, log: MemoryLog, reader: Reader
) -> None:
    log.send(WAITING)

    assert writer.apply(log.batch(OVERSIGHT)).accepted == 1

    assert reading.subjects(reader) == []
    assert reading.oversight_counts(reader) == {"intake.message-waiting.v1": 1}
    assert reading.entries_in_force(reader) == {}


def test_correction_changes_the_entry_and_the_trail_says_what_who_and_why(
    writer: Writer, log: MemoryLog, reader: Reader
) -> None:
    log.send(platelets("e-1", "55"))
    writer.apply(log.batch(LAB, 0))
    log.send(correction("c-1", platelets("e-1"), platelets("e-1", "155").facts))
    writer.apply(log.batch(LAB, 1))

    (entry,) = reading.entries_in_force(reader)["S-001"]
    assert isinstance(entry.facts, ev.ResultReported)
    assert (str(entry.facts.number), entry.by) == ("155", "c-1")
    trail = trail_of(reader, "S-001")[-1]
    assert trail.changes == [["e-1.number", "55", "155"], ["e-1.text", "55", "155"]]
    assert (trail.event_id, trail.reason) == ("c-1", "transcription error")
    assert (trail.topic, trail.partition, trail.offset) == (LAB, 0, 1)


def test_void_that_came_before_its_target_takes_it_out_when_it_comes(
    writer: Writer, log: MemoryLog, reader: Reader
) -> None:
    log.send(void("v-1", "e-1"))
    writer.apply(log.batch(LAB, 0))
    assert trail_of(reader, "S-001")[0].changes == [["held", 0, 1]]
    log.send(platelets("e-1"))

    writer.apply(log.batch(LAB, 1))

    assert reading.entries_in_force(reader) == {}
    assert trail_of(reader, "S-001")[-1].changes == [["entry", None, None], ["held", 1, 0]]


def test_void_of_an_enrolment_takes_the_status_back(writer: Writer, log: MemoryLog, reader: Reader) -> None:
    log.send(SCREENED, ENROLLED, event("e-again", ev.SubjectEnrolled(site="FJMUUH"), happened="2024-01-09"))
    log.send(void("v-1", "e-enrolled"), topic=ENROLLMENT)
    log.apply_all(writer)

    (subject,) = reading.subjects(reader)
    assert [(row.status, str(row.on), row.entry) for row in subject.statuses] == [
        ("screened", "2024-01-02", "e-screened"),
        ("enrolled", "2024-01-09", "e-again"),
    ]
    assert trail_of(reader, "S-001")[-1].changes == [
        ["e-enrolled", {"site": "FJMUUH"}, None],
        ["enrolled", "2024-01-05", "2024-01-09"],
        ["status", "enrolled since 2024-01-05", "enrolled since 2024-01-09"],
    ]


def test_action_on_another_subjects_entry_is_held(writer: Writer, log: MemoryLog, reader: Reader) -> None:
    log.send(platelets("e-1"), void("v-1", "e-1", subject="S-002"))

    log.apply_all(writer)

    assert [entry.id for entry in reading.entries_in_force(reader)["S-001"]] == ["e-1"]
    state = reading.state(reader, "S-002")
    assert state is not None
    assert state.tallies.held == 1


def test_headers_keys_and_bytes_are_kept_exactly(writer: Writer, log: MemoryLog, reader: Reader) -> None:
    log.send_bytes(LAB, b"\x00\xff not ours", key=b"\x00\xfe", headers=(("trace", b"\x00\x01"), ("trace", b"")))

    writer.apply(log.batch(LAB))

    assert rows(reader, "SELECT key, headers, value, log_timestamp_ms FROM trial.ledger") == [
        (
            b"\x00\xfe",
            bytes.fromhex("0000000200000005747261636500000002000100000005747261636500000000"),
            b"\x00\xff not ours",
            1_700_000_000_000,
        )
    ]


def test_empty_batch_says_where_the_ledger_stands(writer: Writer, log: MemoryLog) -> None:
    log.send(SCREENED)
    writer.apply(log.batch(ENROLLMENT))

    assert writer.apply(log.batch(ENROLLMENT, 1)) == Applied(next_offset=1, commit=None)
    assert writer.next_offset(ENROLLMENT, 0) == 1
    assert writer.next_offset(LAB, 0) == 0


def test_batch_applied_before_is_skipped_and_makes_no_commit(writer: Writer, log: MemoryLog, reader: Reader) -> None:
    log.send(SCREENED, ENROLLED)
    writer.apply(log.batch(ENROLLMENT, 0, 1))

    again = writer.apply(log.batch(ENROLLMENT, 0, 1))
    both = writer.apply(log.batch(ENROLLMENT, 0, 2))

    assert again == Applied(next_offset=1, commit=None, skipped=1)
    assert both == Applied(next_offset=2, commit=2, accepted=1, skipped=1)
    assert rows(reader, "SELECT number, first_offset, last_offset FROM trial.commits ORDER BY 1") == [
        (1, 0, 0),
        (2, 1, 1),
    ]


def test_states_of_another_fold_version_stop_the_writer(
    writer: Writer, log: MemoryLog, database: Database, reader: Reader
) -> None:
    log.send(SCREENED, ENROLLED)
    writer.apply(log.batch(ENROLLMENT, 0, 1))
    with database.connect("trialog_app") as other_code:
        other_code.execute("UPDATE trial.subjects SET fold_version = %s", (FOLD_VERSION + 1,))

    with pytest.raises(FoldVersionDiffers, match="trialog replay --swap"):
        writer.apply(log.batch(ENROLLMENT, 1, 2))
    with pytest.raises(FoldVersionDiffers, match="trialog replay --swap"):
        writer_on(database).next_offset(ENROLLMENT, 0)
    assert len(outcomes(reader, ENROLLMENT)) == 1


def test_every_commit_is_told_to_whoever_listens(writer: Writer, log: MemoryLog, database: Database) -> None:
    log.send(SCREENED)
    with database.connect("trialog_read", autocommit=True) as listener:
        listener.execute("LISTEN trialog_commits")
        writer.apply(log.batch(ENROLLMENT))
        assert [notice.payload for notice in listener.notifies(timeout=30, stop_after=1)] == ["1"]


def test_database_that_went_away_is_said_so_and_the_batch_applies_later(
    writer: Writer, log: MemoryLog, database: Database
) -> None:
    log.send(SCREENED)
    assert writer.next_offset(ENROLLMENT, 0) == 0
    database.stop()
    with pytest.raises(DatabaseAway):
        writer.apply(log.batch(ENROLLMENT))
    with pytest.raises(DatabaseAway):
        writer.next_offset(ENROLLMENT, 0)
    database.start()

    assert writer.apply(log.batch(ENROLLMENT)).accepted == 1
    with database.connect("trialog_read") as connection:
        assert verify_chain(connection) == []


def test_stored_state_is_the_canonical_one(writer: Writer, log: MemoryLog, reader: Reader) -> None:
    log.send(SCREENED, ENROLLED, platelets("e-1"))
    log.apply_all(writer)

    ((state, version),) = rows(reader, "SELECT state, fold_version FROM trial.subjects")
    assert state == encode_state(fold("S-001", [platelets("e-1"), ENROLLED, SCREENED]))
    assert version == FOLD_VERSION


def test_topic_of_another_study_is_a_broken_assumption(writer: Writer, log: MemoryLog) -> None:
    log.send(SCREENED, topic="other.lab")
    with pytest.raises(AssertionError, match=STUDY.id):
        writer.apply(log.batch("other.lab"))
