"""Fills the shadow tables with what the accepted rows up to a commit come to: all of them, or one worker's part."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
import psycopg
from psycopg import sql

from projections.by_subject import Accepted, Part, accepted_by_subject
from projections.collecting import collector_paused
from projections.replay.binary_rows import END, HEAD
from projections.replay.folding import rows_of_subjects
from projections.replay.shadow import Shadow
from projections.replay.shadow_rows import COLUMNS
from schemas.study import StudyDefinition

Connection = psycopg.Connection[Any]
Connect = Callable[[], Connection]

COPY_BYTES = 4_000_000
ROWS_A_REPORT = 2_000


class Filling(msgspec.Struct, frozen=True, kw_only=True):
    """What to fill, and from what. ``from_log`` reads the bytes of the log's records, as they lie beside the tables."""

    shadow: Shadow
    study: StudyDefinition
    until: int
    from_log: bool


class Copier:
    """Gathers rows and sends them by COPY, some megabytes at a time. `flush` sends the rest."""

    def __init__(self, connection: Connection, shadow: Shadow) -> None:
        self._connection = connection
        self._shadow = shadow
        self._rows: dict[str, list[bytes]] = {name: [] for name in COLUMNS}
        self._bytes = 0

    def add(self, table: str, row: bytes) -> None:
        self._rows[table].append(row)
        self._bytes += len(row)
        if self._bytes >= COPY_BYTES:
            self.flush()

    def flush(self) -> None:
        for table, rows in self._rows.items():
            if rows:
                copy_rows(self._connection, self._shadow.table(table), COLUMNS[table], rows)
                rows.clear()
        self._bytes = 0


def copy_rows(connection: Connection, table: sql.Identifier, columns: Iterable[str], rows: Iterable[bytes]) -> None:
    """Adds rows, each made by `binary_rows.row` with a field for each of these columns."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        table, sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(b"".join((HEAD, *rows, END)))


def fill(connect: Connect, filling: Filling, part: Part, report: Callable[[int], None]) -> int:
    """Fills a part of the subjects in one transaction; returns how many events it had. Raises Unreadable.

    ``connect`` gives connections as the owner, one to read from and one to write to, so that both servers' sides work
    at once. ``report`` is told how many more events are through.
    """
    with connect() as reading, connect() as writing, reading.transaction(), writing.transaction():
        records = filling.shadow.records if filling.from_log else None
        counted = _Counted(accepted_by_subject(reading, filling.until, part, records), report)
        copier = Copier(writing, filling.shadow)
        with collector_paused():
            for table, row in rows_of_subjects(counted, filling.study):
                copier.add(table, row)
        copier.flush()
    counted.tell()
    return counted.events


class _Counted:
    """Passes rows through, counts them, and tells every few thousand."""

    def __init__(self, rows: Iterable[Accepted], report: Callable[[int], None]) -> None:
        self.events = 0
        self._told = 0
        self._rows = rows
        self._report = report

    def __iter__(self) -> Iterator[Accepted]:
        for row in self._rows:
            yield row
            self.events += 1
            if self.events % ROWS_A_REPORT == 0:
                self.tell()

    def tell(self) -> None:
        self._report(self.events - self._told)
        self._told = self.events
