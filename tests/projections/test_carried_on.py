"""The chain is verified as it grows: only what is new is read, and what was broken stays known."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from projections.seals.keys import SealKey
from projections.seals.outside import FolderPlace
from projections.seals.sealer import Sealer
from projections.verifying import carried_on
from projections.verifying.broken import Kind
from projections.verifying.carried_on import CarriedOn, ChainSeen
from projections.writer import Writer
from tests.projections.controls import LAB, MemoryLog, platelets
from tests.servers.postgres import Database


@pytest.fixture
def reading(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with database.connect("trialog_read", autocommit=True) as connection:
        yield connection


def write(writer: Writer, log: MemoryLog, *ids: str) -> None:
    log.send(*map(platelets, ids))
    log.apply_all(writer)


def tamper(database: Database, statement: str) -> None:
    with database.connect("postgres", autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement)


def looked(chain: CarriedOn, reading: psycopg.Connection[Any]) -> ChainSeen:
    seen = chain.look(reading)
    assert seen is not None
    return seen


def test_each_look_goes_on_to_the_last_commit(writer: Writer, log: MemoryLog, reading: psycopg.Connection[Any]) -> None:
    chain = CarriedOn(lambda: False)
    assert looked(chain, reading).commit == 0
    write(writer, log, "p-1", "p-2")
    assert looked(chain, reading).commit == 1
    write(writer, log, "p-3")
    seen = looked(chain, reading)
    assert (seen.commit, seen.broken, seen.seal) == (2, None, None)
    assert looked(chain, reading) == seen


def test_verified_rows_are_not_read_again(
    writer: Writer, log: MemoryLog, reading: psycopg.Connection[Any], database: Database
) -> None:
    chain = CarriedOn(lambda: False)
    write(writer, log, "p-1", "p-2")
    looked(chain, reading)
    tamper(database, "UPDATE trial.ledger SET value = 'x' WHERE \"offset\" = 0")
    write(writer, log, "p-3")
    assert looked(chain, reading).broken is None


def test_what_was_found_broken_stays_known(
    writer: Writer, log: MemoryLog, reading: psycopg.Connection[Any], database: Database
) -> None:
    chain = CarriedOn(lambda: False)
    write(writer, log, "p-1", "p-2")
    looked(chain, reading)
    write(writer, log, "p-3", "p-4")
    tamper(database, "UPDATE trial.ledger SET value = 'x' WHERE \"offset\" = 3")
    broken = looked(chain, reading).broken
    assert broken is not None
    assert (broken.kind, broken.position) == (Kind.CHAIN, f"{LAB}[0]@3")
    write(writer, log, "p-5")
    seen = looked(chain, reading)
    assert (seen.commit, seen.broken) == (3, broken)


def test_commit_that_went_away_meanwhile_shows(
    writer: Writer, log: MemoryLog, reading: psycopg.Connection[Any], database: Database
) -> None:
    chain = CarriedOn(lambda: False)
    write(writer, log, "p-1")
    looked(chain, reading)
    write(writer, log, "p-2")
    write(writer, log, "p-3")
    tamper(database, "DELETE FROM trial.commits WHERE number = 2")
    broken = looked(chain, reading).broken
    assert broken is not None
    assert (broken.kind, broken.position) == (Kind.COMMITS, "commit 3")


def test_look_that_was_ended_between_steps_is_gone_on_with(
    writer: Writer, log: MemoryLog, reading: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carried_on, "ROWS_A_STEP", 2)
    ending = iter([False, True, False, False, False])
    chain = CarriedOn(lambda: next(ending))
    write(writer, log, *(f"p-{n}" for n in range(6)))
    assert chain.look(reading) is None
    write(writer, log, *(f"q-{n}" for n in range(3)))
    seen = looked(chain, reading)
    assert (seen.commit, seen.broken) == (2, None)


def test_last_seal_is_seen(
    writer: Writer, log: MemoryLog, reading: psycopg.Connection[Any], database: Database, tmp_path: Path
) -> None:
    chain = CarriedOn(lambda: False)
    write(writer, log, "p-1", "p-2")
    assert looked(chain, reading).seal is None
    key = SealKey("trialog/NCT06486350", bytes(32))
    Sealer(lambda: database.connect(), lambda: (key,), (FolderPlace(tmp_path),)).seal()
    seal = looked(chain, reading).seal
    assert seal is not None
    assert (seal.number, seal.size, seal.commit, len(seal.root)) == (1, 2, 1, 64)
