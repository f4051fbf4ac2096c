"""Columns arrive in PostgreSQL as the values that they were made of."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest

from projections import arrays
from tests.servers.postgres import DatabaseServer

EAST = dt.timezone(dt.timedelta(hours=8))
CASES = [
    (arrays.texts, "text[]", ["", None, "白细胞", "x" * 100_000]),
    (arrays.blobs, "bytea[]", [b"", None, b"\0\xff"]),
    (arrays.bigints, "bigint[]", [0, -1, 2**63 - 1, -(2**63)]),
    (arrays.bigints, "bigint[]", [0, None, -1]),
    (arrays.integers, "integer[]", [0, -(2**31), 2**31 - 1]),
    (arrays.booleans, "boolean[]", [True, False]),
    (arrays.dates, "date[]", [dt.date(2000, 1, 1), dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.date(2024, 2, 29)]),
    (
        arrays.instants,
        "timestamptz[]",
        [
            dt.datetime(2024, 2, 29, 8, 0, 0, 1, EAST),
            dt.datetime(1, 1, 2, tzinfo=dt.UTC),
            dt.datetime(9999, 12, 31, tzinfo=dt.UTC),
        ],
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def connection(database_server: DatabaseServer) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_server.url(), autocommit=True) as connection:
        connection.execute("SET timezone = 'UTC'")
        arrays.register(connection)
        yield connection


@pytest.mark.parametrize(("column", "type_", "values"), CASES)
def test_column_holds_the_values(
    column: Any, type_: str, values: Sequence[Any], connection: psycopg.Connection[Any]
) -> None:
    for given in (list(values), list(values) * 500, []):
        found = connection.execute(f"SELECT element FROM unnest(%s::{type_}) AS element", (column(given),)).fetchall()
        assert [element for (element,) in found] == given
