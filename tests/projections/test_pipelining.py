"""A batch larger than every buffer on its way goes through."""

import socket
from typing import Any

import psycopg
import pytest

from projections.verify import verify_chain
from projections.writer import Writer
from tests.projections.controls import LAB, STUDY, MemoryLog, platelets
from tests.servers.postgres import Database


def with_a_small_buffer(database: Database) -> psycopg.Connection[Any]:
    connection = database.connect("trialog_app")
    with socket.socket(fileno=socket.dup(connection.fileno())) as same:
        same.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    return connection


# Without `pipelining._flush` this waits for ever, so the limit is what fails the test; it is no measure of speed.
@pytest.mark.timeout(300)
def test_large_batch_through_a_small_buffer_does_not_hang(database: Database, log: MemoryLog) -> None:
    log.send(*(platelets(f"p-{n}") for n in range(3000)))
    writer = Writer(lambda: with_a_small_buffer(database), STUDY)
    assert writer.apply(log.batch(LAB)).accepted == 3000
    assert writer.apply(log.batch(LAB)).skipped == 3000
    writer.close()
    with database.connect("trialog_read") as connection:
        assert verify_chain(connection) == []
