"""Proofs of every kind of row, from a few tiles; and that there is none of what was changed or is not sealed."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from projections.seals import proof_files as files
from projections.seals.errors import NotSealed, SealRefused, SealUnreadable, SealUntrusted
from projections.seals.merkle import consistency_proof, inclusion_proof
from projections.seals.proofs import index_of, position_of, prove_consistency, prove_inclusion
from projections.seals.reading import seals
from projections.seals.tiles import StoredTiles
from schemas.records import Position
from tests.projections.controls import LAB, OVERSIGHT, WAITING, MemoryLog, platelets, writer_on
from tests.projections.seals import naive
from tests.projections.seals.controls import KEY, OTHER_KEY, TOPIC, Ledger, leaves_in, sealer_on
from tests.servers.postgres import Database


@pytest.fixture(scope="module")
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture(scope="module")
def sealed_database(
    log: MemoryLog, module_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """Three seals over what the writer made of two topics: events, one twice, bytes that are none; and one row more."""
    writer = writer_on(module_database)
    sealer = sealer_on(module_database, tmp_path_factory.mktemp("seals"))
    log.send(*(platelets(f"p-{n}") for n in range(7)), platelets("p-3"))
    log.send_bytes(LAB, b"not an event", key=None, headers=(("trace", b"x"), ("", b"")))
    log.send_bytes(LAB, None)
    log.send(WAITING)
    writer.apply(log.batch(LAB, 0, 4))
    sealer.seal()
    writer.apply(log.batch(OVERSIGHT))
    writer.apply(log.batch(LAB, 4, 7))
    sealer.seal()
    writer.apply(log.batch(LAB, 7, 10))
    sealer.seal()
    log.send(platelets("p-after"))
    writer.apply(log.batch(LAB, 10))
    yield module_database
    writer.close()


@pytest.fixture
def sealed(sealed_database: Database) -> Iterator[psycopg.Connection[Any]]:
    with sealed_database.connect("trialog_read") as connection:
        yield connection


@pytest.fixture
def superuser(sealed_database: Database) -> Iterator[psycopg.Connection[Any]]:
    """Sees what he changes, with the guards switched off; afterwards nothing of it has happened."""
    with sealed_database.connect("postgres") as connection:
        connection.execute("SET session_replication_role = 'replica'")
        yield connection
        connection.rollback()


POSITIONS = [Position(LAB, 0, offset) for offset in range(10)] + [Position(OVERSIGHT, 0, 0)]


def test_every_sealed_row_is_proven_under_every_seal_that_covers_it(sealed: psycopg.Connection[Any]) -> None:
    leaves = leaves_in(sealed)
    proven = []
    for position in POSITIONS:
        for row in seals(sealed):
            try:
                proof = prove_inclusion(sealed, position, row.number)
            except NotSealed:
                continue
            assert files.verify_inclusion(proof, [KEY.public]).size == row.size
            assert proof.leaf == leaves[proof.index]
            assert list(proof.path) == naive.path(proof.index, leaves[: row.size])
            assert files.parse_inclusion(files.write_inclusion(proof)) == proof
            proven.append((row.number, proof.index))
    assert sorted(proven) == [(n, i) for n, size in ((1, 4), (2, 8), (3, 11)) for i in range(size)]


def test_an_event_is_proven_by_its_id_with_the_bytes_that_were_received(
    sealed: psycopg.Connection[Any], log: MemoryLog
) -> None:
    position = position_of(sealed, "p-5")
    assert position == Position(LAB, 0, 5)
    proof = prove_inclusion(sealed, position)
    record = log.records[LAB][5]
    assert record.value is not None
    assert record.value in proof.chained
    assert proof.chained.endswith(b"\x00\x00\x00\x08accepted\x00\x01\x00\x00\x00\x03p-5")


def test_a_quarantined_row_is_proven_with_its_reason(sealed: psycopg.Connection[Any]) -> None:
    assert b"quarantined\x01" in prove_inclusion(sealed, Position(LAB, 0, 8)).chained
    assert b"duplicate\x00" in prove_inclusion(sealed, Position(LAB, 0, 7)).chained


@pytest.mark.parametrize(("first", "second"), [(1, 1), (1, 2), (1, 3), (2, 3), (3, 3)])
def test_each_seal_extends_the_ones_before(sealed: psycopg.Connection[Any], first: int, second: int) -> None:
    proof = prove_consistency(sealed, first, second)
    leaves, sizes = leaves_in(sealed), (0, 4, 8, 11)
    assert list(proof.path) == naive.proof(sizes[first], leaves[: sizes[second]])
    text = files.write_consistency(proof)
    assert files.parse_consistency(text) == proof
    older, newer = files.verify_consistency(proof, [KEY.public])
    assert (older.size, newer.size) == (sizes[first], sizes[second])


def test_what_is_not_sealed_or_not_there_has_no_proof(sealed: psycopg.Connection[Any]) -> None:
    for ask, said in (
        (lambda: prove_inclusion(sealed, Position(LAB, 0, 10)), "not yet sealed"),
        (
            lambda: prove_inclusion(sealed, Position(LAB, 0, 4), 1),
            "came with commit 3, and seal 1 covers those up to 1",
        ),
        (lambda: prove_inclusion(sealed, Position(LAB, 0, 11)), "has no row"),
        (lambda: prove_inclusion(sealed, Position("none", 0, 0)), "has no row"),
        (lambda: prove_inclusion(sealed, Position(LAB, 0, 0), 4), "no seal 4"),
        (lambda: position_of(sealed, "p-none"), "no accepted event p-none"),
        (lambda: prove_consistency(sealed, 2, 1), "name the older one first"),
        (lambda: prove_consistency(sealed, 4), "no seal 4"),
    ):
        with pytest.raises(NotSealed, match=said):
            ask()


def test_an_unsealed_ledger_has_no_proof(superuser: psycopg.Connection[Any]) -> None:
    superuser.execute("DELETE FROM trial.seals")
    with pytest.raises(NotSealed, match="nothing is sealed yet"):
        prove_inclusion(superuser, Position(LAB, 0, 0))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE trial.ledger SET value = value || ' ' WHERE topic LIKE '%lab' AND \"offset\" = 5",
        "UPDATE trial.ledger SET status = 'duplicate' WHERE topic LIKE '%lab' AND \"offset\" = 5",
        "UPDATE trial.ledger SET chain_hash = sha256('') WHERE topic LIKE '%lab' AND \"offset\" = 5",
        "UPDATE trial.ledger SET chain_hash = sha256('') WHERE topic LIKE '%lab' AND \"offset\" = 4",
        "UPDATE trial.ledger SET received_at = received_at + interval '1 us'",
        "UPDATE trial.ledger SET log_timestamp_ms = log_timestamp_ms + 1",
        "UPDATE trial.commits SET committed_at = committed_at + interval '1 us'",
        "UPDATE trial.tree_tiles SET hashes = overlay(hashes placing sha256('') from 1)",
        "UPDATE trial.seals SET root = sha256('') WHERE number = 3",
    ],
)
def test_a_row_that_is_not_what_was_sealed_has_no_proof(superuser: psycopg.Connection[Any], change: str) -> None:
    superuser.execute(change)
    with pytest.raises(SealRefused, match="is not the row that seal 3 is over"):
        prove_inclusion(superuser, Position(LAB, 0, 5))


def test_seals_of_another_tree_have_no_proof(superuser: psycopg.Connection[Any]) -> None:
    superuser.execute("UPDATE trial.seals SET root = sha256('') WHERE number = 2")
    with pytest.raises(SealRefused, match="does not extend seal 1"):
        prove_consistency(superuser, 1, 2)


def test_a_changed_proof_of_inclusion_does_not_verify(sealed: psycopg.Connection[Any]) -> None:
    proof = prove_inclusion(sealed, Position(LAB, 0, 5))
    older = prove_inclusion(sealed, Position(LAB, 0, 5), 2)
    other = prove_inclusion(sealed, Position(LAB, 0, 6))
    for changed in (
        {"index": proof.index + 1},
        {"leaf": other.leaf, "chained": other.chained},
        {"leaf": other.leaf},
        {"leaf": b"x" + proof.leaf},
        {"chained": proof.chained.replace(b"55", b"56")},
        {"path": proof.path[:-1]},
        {"path": proof.path[::-1]},
        {"seal": older.seal},
        {"seal": proof.seal.replace("\n11\n", "\n12\n")},
    ):
        with pytest.raises(SealUntrusted):
            files.verify_inclusion(msgspec.structs.replace(proof, **changed), [KEY.public])
    with pytest.raises(SealUntrusted):
        files.verify_inclusion(proof, [OTHER_KEY.public])


def test_a_changed_proof_of_consistency_does_not_verify(sealed: psycopg.Connection[Any]) -> None:
    proof, later = prove_consistency(sealed, 1, 2), prove_consistency(sealed, 1, 3)
    for changed in (
        {"path": proof.path[:-1]},
        {"path": later.path},
        {"second": later.second},
        {"first": proof.second, "second": proof.first},
    ):
        with pytest.raises(SealUntrusted):
            files.verify_consistency(msgspec.structs.replace(proof, **changed), [KEY.public])


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"),
        ("extra ", "more "),
        ("extra ", "extra A"),
        ("extra AAAA", "extra ////"),
        ("index ", "index -"),
        ("index ", "at "),
        ("\n\n", "\n"),
        ("\n\n", "\nAAAA\n\n"),
    ],
)
def test_a_text_that_is_no_proof_is_not_read(sealed: psycopg.Connection[Any], was: str, now: str) -> None:
    text = files.write_inclusion(prove_inclusion(sealed, Position(LAB, 0, 5)))
    assert was in text
    with pytest.raises(SealUnreadable):
        files.parse_inclusion(text.replace(was, now, 1))
    with pytest.raises(SealUnreadable):
        files.parse_consistency(text)


def ledger_rows_read(connection: psycopg.Connection[Any]) -> int:
    """How many rows of the ledger this session has read and not yet reported, as PostgreSQL counts them."""
    row = connection.execute(
        "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = 'ledger'"
    ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_proof_reads_a_logarithmic_number_of_tiles_and_not_the_ledger(database: Database, tmp_path: Path) -> None:
    ledger, sealer = Ledger(database), sealer_on(database, tmp_path)
    for rows in (1_000, 69_000):
        ledger.grow(rows, rows_a_commit=500)
        sealer.seal()
    with database.connect("trialog_read") as connection:
        for size, number in ((1_000, 1), (70_000, 2)):
            for index in (0, 255, 256, size // 3, size - 257, size - 1):
                tiles = StoredTiles(connection)
                path = inclusion_proof(tiles, index, size)
                assert len(path) <= math.ceil(math.log2(size))
                # A path and its right edge: at most two tiles on each of the levels of 256.
                assert tiles.read <= 2 * math.ceil(math.log(size, 256)), (size, index)
                proof = prove_inclusion(connection, Position(TOPIC, 0, index), number)
                assert (proof.index, proof.path) == (index, path)
        tiles = StoredTiles(connection)
        consistency_proof(tiles, 1_000, 70_000)
        assert tiles.read <= 2 * 3
        before = ledger_rows_read(connection)
        prove_inclusion(connection, Position(TOPIC, 0, 35_000))
        # The row itself and the one before it, whose hash it is chained to.
        assert ledger_rows_read(connection) - before == 2
        prove_consistency(connection, 1)
        assert ledger_rows_read(connection) - before == 2


def test_the_next_seal_reads_only_the_rows_that_are_new(database: Database, tmp_path: Path) -> None:
    ledger, sealer = Ledger(database), sealer_on(database, tmp_path)
    ledger.grow(5_000, rows_a_commit=50)
    sealer.seal()
    with database.connect("postgres", autocommit=True) as connection:
        connection.execute("ANALYZE")
        before = rows_fetched(connection)
        ledger.grow(70, rows_a_commit=7)
        sealer.seal()
        assert rows_fetched(connection) - before <= 70
        assert index_of(connection, ledger.commits) == 5_063


def rows_fetched(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute(
        "SELECT pg_stat_clear_snapshot(), seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables"
        " WHERE relname = 'ledger'"
    ).fetchone()
    assert row is not None
    return int(row[1])
