"""A log that is not the one applied so far stops the writer before it writes anything."""

from typing import Any

import msgspec
import psycopg
import pytest

from projections.errors import Fenced
from projections.writer import Writer
from schemas.records import Batch
from tests.projections.controls import ENROLLED, ENROLLMENT, SCREENED, MemoryLog, outcomes, platelets
from tests.schemas.controls import event
from tests.servers.postgres import Database

Reader = psycopg.Connection[Any]


@pytest.fixture
def applied(writer: Writer, log: MemoryLog) -> MemoryLog:
    """A log of three records, of which the first two are applied."""
    log.send(SCREENED, ENROLLED, event("e-3", SCREENED.facts))
    writer.apply(log.batch(ENROLLMENT, 0, 2))
    return log


def refused(writer: Writer, batch: Batch, match: str, reader: Reader) -> None:
    before = outcomes(reader, ENROLLMENT)
    with pytest.raises(Fenced, match=match):
        writer.apply(batch)
    assert outcomes(reader, ENROLLMENT) == before


def test_topic_made_anew_is_fenced(writer: Writer, applied: MemoryLog, reader: Reader) -> None:
    refused(writer, applied.batch(ENROLLMENT, 2, topic_id="another"), "made again", reader)


def test_log_that_ends_before_the_position_is_fenced(writer: Writer, applied: MemoryLog, reader: Reader) -> None:
    refused(writer, applied.batch(ENROLLMENT, 0, 1, log_end=1), "has lost records", reader)


def test_offset_beyond_the_next_is_fenced(writer: Writer, applied: MemoryLog, reader: Reader) -> None:
    applied.send(platelets("e-4"), topic=ENROLLMENT)
    refused(writer, applied.batch(ENROLLMENT, 3), "waits for 2", reader)


def test_hole_within_a_batch_is_fenced(writer: Writer, applied: MemoryLog, reader: Reader) -> None:
    applied.send(platelets("e-4"), platelets("e-5"), topic=ENROLLMENT)
    whole = applied.batch(ENROLLMENT, 2)
    with_a_hole = msgspec.structs.replace(whole, records=(whole.records[0], whole.records[2]))
    refused(writer, with_a_hole, "@3 is missing", reader)


def test_first_offset_of_a_new_topic_must_be_zero(writer: Writer, log: MemoryLog, reader: Reader) -> None:
    log.send(SCREENED, ENROLLED)
    refused(writer, log.batch(ENROLLMENT, 1), "waits for 0", reader)


@pytest.mark.parametrize(
    "change",
    [{"value": b"other"}, {"key": b"S-002"}, {"key": None}, {"headers": (("a", b""),)}],
    ids=["value", "key", "no key", "headers"],
)
def test_record_read_again_with_other_bytes_is_fenced(
    change: dict[str, Any], writer: Writer, applied: MemoryLog, reader: Reader
) -> None:
    applied.records[ENROLLMENT][1] = msgspec.structs.replace(applied.records[ENROLLMENT][1], **change)
    refused(writer, applied.batch(ENROLLMENT, 0, 3), r"\[0\]@1 has other bytes", reader)


def test_record_read_again_with_the_same_bytes_is_skipped(writer: Writer, applied: MemoryLog) -> None:
    found = writer.apply(applied.batch(ENROLLMENT, 1, 3))
    assert (found.skipped, found.accepted, found.next_offset) == (1, 1, 3)


def test_ledger_row_that_somebody_else_wrote_is_fenced(
    writer: Writer, applied: MemoryLog, database: Database, reader: Reader
) -> None:
    with database.connect("trialog_app") as other:
        other.execute(
            "INSERT INTO trial.ledger SELECT topic, partition, 2, key, headers, value, log_timestamp_ms, received_at, "
            'status, reason, event_id, chain_hash FROM trial.ledger WHERE "offset" = 1'
        )
    refused(writer, applied.batch(ENROLLMENT, 2), "trialog ledger verify", reader)


def test_writer_goes_on_after_a_fence(writer: Writer, applied: MemoryLog, reader: Reader) -> None:
    refused(writer, applied.batch(ENROLLMENT, 2, topic_id="another"), "made again", reader)
    assert writer.apply(applied.batch(ENROLLMENT, 2)).accepted == 1
