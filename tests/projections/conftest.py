"""A writer and a log in memory on a fresh database."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from projections.writer import Writer
from tests.projections.controls import MemoryLog, writer_on
from tests.servers.postgres import Database


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    writer = writer_on(database)
    yield writer
    writer.close()


@pytest.fixture
def reader(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with database.connect("trialog_read") as connection:
        yield connection
