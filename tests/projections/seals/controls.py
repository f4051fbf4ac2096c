"""A fixed key, a ledger of any length with a right chain, and its leaves as docs/audit/format.md says them."""

import hashlib
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg

from projections.chain import GENESIS, chain_hash
from projections.seals.keys import SealKey
from projections.seals.outside import FolderPlace, Place
from projections.seals.sealer import Sealer
from tests.projections.controls import STUDY
from tests.servers.postgres import Database

NAME = "trialog/NCT06486350"
# RFC 8032, section 7.1, TEST 1 and TEST 2: the secret keys.
KEY = SealKey(NAME, bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
OTHER_KEY = SealKey(NAME, bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
TOPIC = "bulk.lab"
COPY_ROWS = (
    'COPY trial.ledger (topic, partition, "offset", headers, value, log_timestamp_ms, received_at, status, chain_hash) '
    "FROM STDIN"
)

assert f"trialog/{STUDY.id}" == NAME


class Ledger:
    """Rows written past the writer, as quickly as PostgreSQL takes them; chain and commits are right."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.rows = 0
        self.commits = 0
        self._head = GENESIS

    def grow(self, rows: int, rows_a_commit: int = 10, *, said: str = "row") -> None:
        """Adds rows; ``said`` is what their values begin with."""
        with self.database.connect("trialog_app", autocommit=True) as connection, connection.transaction():
            with connection.cursor() as cursor, cursor.copy(COPY_ROWS) as copy:
                for offset in range(self.rows, self.rows + rows):
                    copy.write_row(self._row(offset, said))
            for first in range(self.rows, self.rows + rows, rows_a_commit):
                self.commits += 1
                last = min(first + rows_a_commit, self.rows + rows) - 1
                connection.execute(
                    "INSERT INTO trial.commits VALUES (%s, %s, 0, %s, %s, clock_timestamp())",
                    (self.commits, TOPIC, first, last),
                )
        self.rows += rows

    def _row(self, offset: int, said: str) -> Sequence[Any]:
        value = f"{said} {offset}".encode()
        self._head = chain_hash(
            self._head,
            topic=TOPIC,
            partition=0,
            offset=offset,
            key=None,
            headers=bytes(4),
            value=value,
            status="accepted",
            reason=None,
            event_id=None,
        )
        received = "2026-01-02T03:04:05.678901Z"
        return (TOPIC, 0, offset, bytes(4), value, 1_700_000_000_000, received, "accepted", self._head)


def sealer_on(
    database: Database, *places: Place | Path, keys: Callable[[], Sequence[SealKey]] = lambda: [KEY], **more: Any
) -> Sealer:
    found = [FolderPlace(place) if isinstance(place, Path) else place for place in places]
    return Sealer(lambda: database.connect("trialog_app"), keys, found, **more)


def leaves_in(connection: psycopg.Connection[Any]) -> list[bytes]:
    """Every leaf, put together from the page's table and nothing of ours."""
    rows = connection.execute(
        """
        SELECT number, (extract(epoch FROM committed_at) * 1000000)::bigint, record.topic, record.partition, "offset",
               log_timestamp_ms, (extract(epoch FROM received_at) * 1000000)::bigint, chain_hash
        FROM trial.commits AS made JOIN trial.ledger AS record USING (topic, partition)
        WHERE "offset" BETWEEN first_offset AND last_offset ORDER BY number, "offset"
        """
    ).fetchall()
    connection.rollback()
    return [
        b"trialog.leaf.v1\x00"
        + struct.pack(">Qq", number, committed)
        + struct.pack(">I", len(topic.encode()))
        + topic.encode()
        + struct.pack(">IQqq", partition, offset, log_ms, received)
        + chained
        for number, committed, topic, partition, offset, log_ms, received, chained in rows
    ]


def as_owner(database: Database, *statements: str) -> None:
    """What somebody does who owns the database and switches the guards off."""
    with database.connect("postgres", autocommit=True) as connection:
        connection.execute("SET session_replication_role = 'replica'")
        for statement in statements:
            connection.execute(statement)


def digest(folder: Path) -> str:
    """One digest over the files of a folder, their names and their bytes."""
    found = [file.name.encode() + file.read_bytes() for file in sorted(folder.iterdir())]
    return hashlib.sha256(b"".join(found)).hexdigest()
