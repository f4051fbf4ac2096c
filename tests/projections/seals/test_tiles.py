"""The stored tree equals the naive one however it grew, reads few tiles, and forgets nothing."""

import random
from typing import Any

import psycopg
import pytest

from projections.seals.errors import SealRefused
from projections.seals.merkle import consistency_proof, inclusion_proof, leaf_hash, root_of
from projections.seals.tiles import GrowingTiles, StoredTiles
from tests.projections.controls import rows
from tests.projections.seals import naive
from tests.servers.postgres import Database


@pytest.fixture
def app(database: Database) -> psycopg.Connection[Any]:
    return database.connect("trialog_app")


def grow(connection: psycopg.Connection[Any], begin: int, end: int) -> GrowingTiles:
    tiles = GrowingTiles(connection, begin)
    for number in range(begin, end):
        tiles.add(leaf_hash(number.to_bytes(4)))
    tiles.flush()
    connection.commit()
    return tiles


LEAVES = [number.to_bytes(4) for number in range(1_500)]


def test_a_tree_that_grew_in_steps_is_the_tree_that_grew_at_once(app: psycopg.Connection[Any]) -> None:
    size = 0
    # Around the ends of tiles, one by one, and over several tiles at once.
    for end in (1, 2, 3, 255, 256, 257, 511, 512, 513, 700, 1_500):
        tiles = grow(app, size, end)
        size = end
        expected = naive.mth(LEAVES[:size])
        assert root_of(tiles, size) == expected
        assert root_of(StoredTiles(app), size) == expected
    stored = StoredTiles(app)
    assert all(root_of(stored, size) == naive.mth(LEAVES[:size]) for size in (0, 1, 2, 256, 257, 512, 513, 1_499))
    app.close()


def test_proofs_from_tiles_are_the_naive_ones(app: psycopg.Connection[Any]) -> None:
    grow(app, 0, 1_500)
    drawn = random.Random(5)
    for _ in range(40):
        size = drawn.randint(2, 1_500)
        index, first = drawn.randrange(size), drawn.randint(1, size)
        assert list(inclusion_proof(StoredTiles(app), index, size)) == naive.path(index, LEAVES[:size])
        assert list(consistency_proof(StoredTiles(app), first, size)) == naive.proof(first, LEAVES[:size])
    app.close()


def test_tiles_that_were_never_committed_are_as_if_they_never_were(app: psycopg.Connection[Any]) -> None:
    grow(app, 0, 300)
    tiles = GrowingTiles(app, 300)
    for number in range(300, 900):
        tiles.add(leaf_hash(number.to_bytes(4)))
    tiles.flush()
    app.rollback()
    assert root_of(grow(app, 300, 800), 800) == naive.mth(LEAVES[:800])
    assert rows(app, "SELECT level, index, octet_length(hashes) / 32 FROM trial.tree_tiles ORDER BY 1, 2") == [
        (0, 0, 256),
        (0, 1, 256),
        (0, 2, 256),
        (0, 3, 32),
        (1, 0, 3),
    ]
    app.close()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE trial.tree_tiles SET hashes = overlay(hashes placing '\\x00'::bytea from 1)",
        "UPDATE trial.tree_tiles SET hashes = substr(hashes, 1, 32)",
        "UPDATE trial.tree_tiles SET index = index + 100",
    ],
)
def test_a_tile_only_grows_even_for_its_owner(app: psycopg.Connection[Any], database: Database, change: str) -> None:
    grow(app, 0, 300)
    app.close()
    for role in ("trialog_app", "trialog_owner"):
        with database.connect(role) as connection, pytest.raises(psycopg.errors.CheckViolation, match="only grows"):
            connection.execute(change)


def test_no_role_removes_a_tile(app: psycopg.Connection[Any], database: Database) -> None:
    grow(app, 0, 300)
    app.close()
    for statement in ("DELETE FROM trial.tree_tiles", "TRUNCATE trial.tree_tiles"):
        for role in ("trialog_owner", "trialog_app", "trialog_read", "trialog_intake"):
            with database.connect(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_a_tree_that_is_shorter_than_asked_for_says_so(app: psycopg.Connection[Any]) -> None:
    grow(app, 0, 300)
    with pytest.raises(SealRefused, match="ends inside tile 0/1"):
        root_of(StoredTiles(app), 301)
    with pytest.raises(SealRefused, match="shorter than the last seal says"):
        GrowingTiles(app, 301)
    app.close()


def test_leaves_that_differ_from_those_behind_the_last_seal_are_not_written(app: psycopg.Connection[Any]) -> None:
    grow(app, 0, 300)
    tiles = GrowingTiles(app, 290)
    tiles.add(leaf_hash(b"another"))
    with pytest.raises(SealRefused, match="other hashes behind the last seal"):
        tiles.flush()
    app.close()
