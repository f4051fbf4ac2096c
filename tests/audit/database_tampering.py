"""Edits of the database itself by its superuser, the triggers switched off, each in a copy of one small ledger."""

import functools
import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import psycopg

from projections.chain import chain_hash
from projections.seals.outside import FolderPlace
from projections.verify import Kept, Verification, verify
from schemas.records import Position
from tests.audit.ledgers import KEY, fill
from tests.audit.tampering import names
from tests.projections.controls import STUDY
from tests.servers.postgres import Database, DatabaseServer

ROWS = 500
RECORDS_A_BATCH = 12
BATCHES_A_SEAL = 8
UNSEALED = 4

_numbers = itertools.count(1)

_ROW = 'topic = %(topic)s AND partition = %(partition)s AND "offset" = %(offset)s'
_COMMIT = "topic = %(topic)s AND partition = %(partition)s AND %(offset)s BETWEEN first_offset AND last_offset"


class Row(NamedTuple):
    """A sealed row of the ledger, whom it is about (None: nobody), its commit and its partition's next commit."""

    position: Position
    subject: str | None
    commit: int
    following: int | None

    @property
    def partition(self) -> str:
        return f"{self.position.topic}[{self.position.partition}]"


class Kind(NamedTuple):
    """``statement`` has the row's place. ``spot``: how the verification must name it, from the row."""

    title: str
    statement: str
    spot: Callable[[Row], str]
    fits: str = "true"


def _at(row: Row) -> str:
    return str(row.position)


def _partition(row: Row) -> str:
    return row.partition


def _subject(row: Row) -> str:
    return f"subject {row.subject}"


def _following(row: Row) -> str:
    """Where a commit ends too early is seen where the next one begins."""
    return row.partition if row.following is None else f"commit {row.following}"


ACCEPTED = "status = 'accepted'"
OF_A_SUBJECT = "status = 'accepted' AND subject IS NOT NULL"
KINDS = (
    Kind("a row's value", f"UPDATE trial.ledger SET value = value || ' ' WHERE {_ROW}", _at),
    Kind("a row's key", f"UPDATE trial.ledger SET key = 'S-999' WHERE {_ROW}", _at),
    Kind("a row's headers", f"UPDATE trial.ledger SET headers = '\\x00000001000000016100000000' WHERE {_ROW}", _at),
    Kind("a row's status", f"UPDATE trial.ledger SET status = 'duplicate' WHERE {_ROW}", _at, ACCEPTED),
    Kind("a row's reason", f"UPDATE trial.ledger SET reason = 'other' WHERE {_ROW}", _at, "status = 'quarantined'"),
    Kind("a row's event id", f"UPDATE trial.ledger SET event_id = 'e-other' WHERE {_ROW}", _at, ACCEPTED),
    Kind("a row's chain hash", f"UPDATE trial.ledger SET chain_hash = sha256('x') WHERE {_ROW}", _at),
    Kind("a row's time of receipt",
         f"UPDATE trial.ledger SET received_at = received_at - interval '1 microsecond' WHERE {_ROW}", _at),
    Kind("a row's log time", f"UPDATE trial.ledger SET log_timestamp_ms = log_timestamp_ms - 1 WHERE {_ROW}", _at),
    Kind("a row deleted", f"DELETE FROM trial.ledger WHERE {_ROW}", _at),
    Kind("a commit's time",
         f"UPDATE trial.commits SET committed_at = committed_at + interval '1 microsecond' WHERE {_COMMIT}",
         lambda row: f"(commit {row.commit})"),
    Kind("a commit's offsets", f"UPDATE trial.commits SET last_offset = last_offset - 1 WHERE {_COMMIT}", _following),
    Kind("a commit deleted", f"DELETE FROM trial.commits WHERE {_COMMIT}", lambda row: f"commit {row.commit + 1}"),
    Kind("a position set back", "UPDATE trial.positions SET next_offset = next_offset - 1, accepted = accepted - 1 "
         "WHERE topic = %(topic)s AND partition = %(partition)s",
         _partition),
    Kind("a position's chain head", "UPDATE trial.positions SET chain_head = sha256('x') "
         "WHERE topic = %(topic)s AND partition = %(partition)s",
         _partition),
    Kind("a stored state's digest", "UPDATE trial.subjects SET digest = repeat('0', 64) WHERE subject = %(subject)s",
         _subject, OF_A_SUBJECT),
    Kind("a stored state", "UPDATE trial.subjects SET state = replace(encode(state, 'escape'), '202', '201')::bytea "
         "WHERE subject = %(subject)s", _subject, OF_A_SUBJECT),
    Kind("a row of the audit trail: who", f"UPDATE trial.audit_trail SET actor = 'nobody' WHERE {_ROW}", _at, ACCEPTED),
    Kind("a row of the audit trail: what",
         f"""UPDATE trial.audit_trail SET changes = '[["status", null, "dead"]]' WHERE {_ROW}""", _at, ACCEPTED),
    Kind("a row of the audit trail deleted", f"DELETE FROM trial.audit_trail WHERE {_ROW}", _at, ACCEPTED),
    Kind("an entry's facts", "UPDATE trial.entries SET facts = facts || ' ' "
         f"WHERE {_ROW} AND in_force", _at, OF_A_SUBJECT + " AND in_force"),
)  # fmt: skip


class Ledger(NamedTuple):
    """A filled database that others are copied from, with the seals that lie outside of it."""

    server: DatabaseServer
    database: Database
    kept: tuple[Kept, ...]


def filled(server: DatabaseServer, database: Database, outside: Path) -> Ledger:
    fill(database, outside, ROWS, records_a_batch=RECORDS_A_BATCH, batches_a_seal=BATCHES_A_SEAL, unsealed=UNSEALED)
    place = FolderPlace(outside)
    return Ledger(server, database, tuple(Kept(f"seal {n} outside", place.read(n)) for n in place.numbers()))


def sealed_row(database: Database, fits: str, chance: Random) -> Row:
    """One row under a seal, by chance."""
    with database.connect("trialog_read", autocommit=True) as connection:
        found = connection.execute(
            f"""
            SELECT topic, partition, "offset", subject, number,
                   (SELECT min(number) FROM trial.commits AS next
                    WHERE next.topic = made.topic AND next.partition = made.partition AND next.number > made.number)
            FROM trial.ledger AS record
            JOIN trial.commits AS made USING (topic, partition)
            LEFT JOIN trial.entries AS entry USING (topic, partition, "offset")
            WHERE "offset" BETWEEN first_offset AND last_offset AND {fits}
              AND number < (SELECT max(commit_number) FROM trial.seals)
            ORDER BY 1, 2, 3
            """
        ).fetchall()
    topic, partition, offset, subject, commit, following = chance.choice(found)
    return Row(Position(topic, partition, offset), subject, commit, following)


def tampered(ledger: Ledger, statements: Sequence[str], row: Row | None = None) -> Verification:
    """What `trialog ledger verify` finds in a copy in which these statements were carried out."""
    copy = ledger.server.create(f"tampered_{next(_numbers)}", template=ledger.database.name)
    try:
        with copy.connect("postgres", autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            for statement in statements:
                done = connection.execute(statement, {} if row is None else _parameters(row))
                assert done.rowcount > 0, "nothing was edited"
        return verified(copy, ledger.kept)
    finally:
        ledger.server.drop(copy.name)


def verified(database: Database, kept: Sequence[Kept]) -> Verification:
    connect: Callable[[], psycopg.Connection[Any]] = functools.partial(psycopg.connect, database.url("trialog_read"))
    return verify(connect, STUDY, keys=(KEY.public,), kept=kept, workers=1)


def named(found: Verification, spot: str) -> bool:
    """Whether one of the differences names just this spot."""
    return any(names(text, spot) for each in found.broken for text in (each.position, each.what))


def chained_anew(connection: psycopg.Connection[Any], position: Position) -> None:
    """Every chain hash from this row to the end of its partition, and the position's, as they must be now."""
    where = {"topic": position.topic, "partition": position.partition, "offset": position.offset}
    before = connection.execute(
        'SELECT chain_hash FROM trial.ledger WHERE topic = %(topic)s AND partition = %(partition)s '
        'AND "offset" = %(offset)s - 1', where
    ).fetchone()  # fmt: skip
    previous = bytes(32) if before is None else before[0]
    rows = connection.execute(
        'SELECT "offset", key, headers, value, status, reason, event_id FROM trial.ledger '
        'WHERE topic = %(topic)s AND partition = %(partition)s AND "offset" >= %(offset)s ORDER BY "offset"', where
    ).fetchall()  # fmt: skip
    for offset, key, headers, value, status, reason, event_id in rows:
        previous = chain_hash(
            previous,
            topic=position.topic,
            partition=position.partition,
            offset=offset,
            key=key,
            headers=headers,
            value=value,
            status=status,
            reason=reason,
            event_id=event_id,
        )
        connection.execute(
            f"UPDATE trial.ledger SET chain_hash = %(hash)s WHERE {_ROW}", {**where, "offset": offset, "hash": previous}
        )
    connection.execute(
        "UPDATE trial.positions SET chain_head = %(hash)s WHERE topic = %(topic)s AND partition = %(partition)s",
        {**where, "hash": previous},
    )


def _parameters(row: Row) -> dict[str, Any]:
    where = row.position
    return {"topic": where.topic, "partition": where.partition, "offset": where.offset, "subject": row.subject}
