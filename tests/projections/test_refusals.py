"""A record that only the database refuses is found, quarantined, and holds up nothing."""

import random
import string
from typing import Any

import msgspec
import psycopg
import pytest

from projections import reading
from projections.errors import DatabaseNotReady, Unwritable
from projections.verify import verify_chain
from projections.writer import Writer
from schemas.subject import digest, fold
from tests.projections.controls import LAB, MemoryLog, outcomes, platelets, void
from tests.servers.postgres import Database

Reader = psycopg.Connection[Any]

# No index takes a key of 9,000 characters that do not compress.
TOO_LONG = "".join(random.Random(1).choices(string.ascii_letters + string.digits, k=9000))


def test_record_that_the_database_refuses_is_quarantined_alone(writer: Writer, log: MemoryLog, reader: Reader) -> None:
    good = [platelets(f"p-{n}") for n in range(20)]
    log.send(*good[:13], void("v-1", TOO_LONG), *good[13:])

    applied = writer.apply(log.batch(LAB))

    assert (applied.accepted, applied.quarantined, applied.next_offset) == (20, 1, 21)
    found = outcomes(reader, LAB)
    assert found[13] == ("quarantined", "refused-by-database", None)
    assert [status for status, _, _ in found].count("accepted") == 20
    assert reading.subjects(reader)[0].digest == digest(fold("S-001", good))
    assert verify_chain(reader) == []


def test_refused_record_alone_in_its_batch_is_quarantined(writer: Writer, log: MemoryLog, reader: Reader) -> None:
    log.send(void("v-1", TOO_LONG))

    assert writer.apply(log.batch(LAB)).quarantined == 1

    assert reading.ledger_counts(reader).quarantined_by_reason == {"refused-by-database": 1}


def test_row_that_even_quarantine_cannot_hold_stops_the_writer(writer: Writer, log: MemoryLog) -> None:
    """An offset that PostgreSQL cannot hold stands for whatever makes the ledger's own row impossible."""
    log.send(platelets("p-1"))
    batch = log.batch(LAB)
    impossible = msgspec.structs.replace(batch.records[0], timestamp_ms=-(2**63), offset=0)
    assert writer.apply(msgspec.structs.replace(batch, records=(impossible,))).accepted == 1
    with_a_bad_name = msgspec.structs.replace(batch, topic_id="nul \0 in it", partition=1, records=())
    record = msgspec.structs.replace(batch.records[0], partition=1)
    with pytest.raises(Unwritable, match=r"lab\[1\]@0"):
        writer.apply(msgspec.structs.replace(with_a_bad_name, records=(record,)))


def test_database_without_tables_says_to_migrate(empty_database: Database, log: MemoryLog) -> None:
    from tests.projections.controls import writer_on

    log.send(platelets("p-1"))
    with pytest.raises(DatabaseNotReady, match="trialog migrate"):
        writer_on(empty_database).apply(log.batch(LAB))
