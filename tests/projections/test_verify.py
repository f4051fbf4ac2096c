"""Every way to tamper with the ledger or its commits shows, and where. Here the owner does it, guards switched off."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from projections.verify import Broken, Kind, verify_chain
from projections.writer import Writer
from tests.projections.controls import LAB, MemoryLog, platelets
from tests.servers.postgres import Database


@pytest.fixture
def owner(writer: Writer, log: MemoryLog, database: Database) -> Iterator[psycopg.Connection[Any]]:
    """The owner of a ledger of ten rows in five commits, who has switched the guards off."""
    log.send(*(platelets(f"p-{n}") for n in range(10)))
    for first in range(0, 10, 2):
        writer.apply(log.batch(LAB, first, first + 2))
    with database.connect("trialog_owner", autocommit=True) as connection:
        assert verify_chain(connection) == []
        for table in ("ledger", "commits"):
            connection.execute(f"ALTER TABLE trial.{table} DISABLE TRIGGER append_only")
        yield connection


def said(broken: list[Broken]) -> list[tuple[str, str]]:
    return [(each.position, each.what) for each in broken]


ROW = "the row is not what its chain hash says"
TAMPERINGS = [
    ("UPDATE trial.ledger SET value = value || ' ' WHERE \"offset\" = 4", f"{LAB}[0]@4", ROW),
    ("UPDATE trial.ledger SET key = NULL WHERE \"offset\" = 4", f"{LAB}[0]@4", ROW),
    ("UPDATE trial.ledger SET status = 'duplicate' WHERE \"offset\" = 4", f"{LAB}[0]@4", ROW),
    ("UPDATE trial.ledger SET status = 'quarantined', reason = 'x' WHERE \"offset\" = 0", f"{LAB}[0]@0", ROW),
    ("UPDATE trial.ledger SET event_id = 'other' WHERE \"offset\" = 9", f"{LAB}[0]@9", ROW),
    ("UPDATE trial.ledger SET headers = '\\x00000001' WHERE \"offset\" = 9", f"{LAB}[0]@9", ROW),
    ("UPDATE trial.ledger SET chain_hash = sha256('x') WHERE \"offset\" = 7", f"{LAB}[0]@7", ROW),
    ("DELETE FROM trial.ledger WHERE \"offset\" = 5", f"{LAB}[0]@5", "the row is missing"),
    ("DELETE FROM trial.ledger WHERE \"offset\" = 9", f"{LAB}[0]@9", "the row is missing; the position is at 10"),
    ("UPDATE trial.positions SET chain_head = sha256('x')", f"{LAB}[0]",
     "the position's chain hash is not that of the last row"),
    ("UPDATE trial.positions SET next_offset = 8, accepted = 8", f"{LAB}[0]",
     "the position's chain hash is not that of the last row"),
    ("DELETE FROM trial.positions", f"{LAB}[0]@0", "the row lies outside of what was applied"),
    ("DELETE FROM trial.commits WHERE number = 3", "commit 4", "a commit before it is missing"),
    ("UPDATE trial.commits SET committed_at = committed_at - interval '1 day' WHERE number = 3", "commit 3",
     "its time lies before that of the commit before"),
    ("UPDATE trial.commits SET last_offset = 2 WHERE number = 2", "commit 3",
     "its offsets do not follow those of its partition's last commit"),
    ("DELETE FROM trial.commits WHERE number = 5", f"{LAB}[0]", "the commits do not reach to the position"),
]  # fmt: skip


@pytest.mark.parametrize(("tampering", "position", "what"), TAMPERINGS)
def test_tampering_shows_and_says_where(
    tampering: str, position: str, what: str, owner: psycopg.Connection[Any]
) -> None:
    owner.execute(tampering)
    assert said(verify_chain(owner))[0] == (position, what)


def test_first_broken_row_is_told_once_with_the_number_of_all(owner: psycopg.Connection[Any]) -> None:
    owner.execute("UPDATE trial.ledger SET value = 'x' WHERE \"offset\" > 2")
    assert [(each.position, each.rows) for each in verify_chain(owner)] == [(f"{LAB}[0]@3", 7)]


def test_rows_behind_a_broken_one_are_checked_on(owner: psycopg.Connection[Any]) -> None:
    owner.execute("UPDATE trial.ledger SET value = 'x' WHERE \"offset\" IN (2, 8)")
    owner.execute('DELETE FROM trial.ledger WHERE "offset" IN (4, 5)')
    assert [(each.kind, each.position, each.rows) for each in verify_chain(owner)] == [
        (Kind.CHAIN, f"{LAB}[0]@2", 2),
        (Kind.OFFSETS, f"{LAB}[0]@4", 2),
    ]


def test_row_written_past_the_writer_shows(owner: psycopg.Connection[Any]) -> None:
    owner.execute(
        "INSERT INTO trial.ledger SELECT topic, partition, 10, key, headers, value, log_timestamp_ms, received_at, "
        "status, reason, 'forged', chain_hash FROM trial.ledger WHERE \"offset\" = 9"
    )
    assert said(verify_chain(owner)) == [(f"{LAB}[0]@10", "the row lies outside of what was applied")]


def test_progress_ends_with_all_rows(owner: psycopg.Connection[Any]) -> None:
    told: list[tuple[int, int]] = []
    assert verify_chain(owner, lambda done, rows: told.append((done, rows))) == []
    assert told[-1] == (10, 10)


def test_empty_ledger_is_whole(database: Database) -> None:
    with database.connect("trialog_read") as connection:
        assert verify_chain(connection) == []
