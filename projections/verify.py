"""Verifies the ledger and all that is made of it, and says what is broken. Nothing means whole.

`verify` is the whole of it: chain, offsets, commits, event ids, events, entries, audit trail, states, seals. Each is
compared with what the ledger's rows come to now, and what is broken in one place does not end the rest. `verify_chain`
is the part that needs neither the study nor the seals, on one connection.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import msgspec
import psycopg
from psycopg.pq import TransactionStatus

from projections.reading import head
from projections.seals.keys import PublicKey
from projections.verifying.broken import Broken, Kind, Report, Stage, first_of_each, in_partition, silent
from projections.verifying.commits import commits_broken
from projections.verifying.partitions import Position, beyond_positions, counts_broken, positions, slices, walk
from projections.verifying.sealed import Kept, Sealed, Start, Walk, start_from
from projections.verifying.side_by_side import Connect, Piece, Seals, Shared, one_view, run_all
from projections.verifying.subjects import other_folds, spans
from schemas.study import StudyDefinition

__all__ = ["Broken", "Kept", "Kind", "Sealed", "Stage", "Verification", "verify", "verify_chain"]

Connection = psycopg.Connection[Any]

ROWS_A_WORKER_MIN = 50_000
"""Fewer rows than this are verified before another process is ready to help."""

SPANS_A_WORKER = 3
"""Subjects' histories are uneven; a few spans each, and no worker waits long for the last one."""

_IDS_TWICE = """
SELECT topic, partition, min("offset"), count(*) FROM (
    SELECT topic, partition, "offset",
           row_number() OVER (PARTITION BY event_id ORDER BY topic, partition, "offset") AS n
    FROM trial.ledger WHERE status = 'accepted'
      AND event_id IN (SELECT event_id FROM trial.ledger WHERE status = 'accepted' GROUP BY 1 HAVING count(*) > 1)
) AS repeated WHERE n > 1 GROUP BY topic, partition ORDER BY topic, partition
"""
_LEAVES = """
SELECT coalesce(sum(last_offset - first_offset + 1), 0)::bigint FROM trial.commits
WHERE number > %s AND number <= (SELECT max(commit_number) FROM trial.seals)
"""
_TOUCHED = """
SELECT DISTINCT coalesce(key, '') FROM trial.ledger AS record JOIN trial.commits AS made
ON record.topic = made.topic AND record.partition = made.partition
   AND record."offset" BETWEEN made.first_offset AND made.last_offset
WHERE made.number > %s AND status = 'accepted'
"""
_TIME = "SELECT committed_at FROM trial.commits WHERE number = %s"


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What a verification came to, of the database as it was at ``commit``.

    ``rows`` were verified; of them ``not_sealed`` lie behind the last seal that holds, and nothing proves them to
    somebody who does not trust this database. ``sealed`` is that seal, None where none holds. ``since`` is the size of
    the seal from which the verification started, 0 where it read the whole ledger.
    """

    rows: int
    commit: int
    broken: list[Broken]
    sealed: Sealed | None
    not_sealed: int
    since: int = 0


Told = Callable[[Mapping[Stage, int]], None]
"""Told once, before anything is read, how many rows each stage will go through."""


def verify(
    connect: Connect,
    study: StudyDefinition,
    *,
    keys: Sequence[PublicKey] = (),
    kept: Sequence[Kept] = (),
    since: Kept | None = None,
    workers: int | None = None,
    report: Report = silent,
    told: Told = lambda _: None,
) -> Verification:
    """Verifies everything, in one state of the database; live writing may go on. Memory stays flat.

    ``connect`` opens a connection as a role that may read, and must be fit to be sent to another process. ``keys`` are
    those that seals are trusted by, ``kept`` seals from outside, which must be met on the way. ``since`` is a seal:
    only what follows it is read, and of subjects only those that something happened to; it proves by itself what it
    starts from. ``workers`` None are as many as there are cores, or fewer for a small ledger.
    """
    with one_view(connect) as (connection, snapshot):
        start = None if since is None else start_from(connection, since, keys)
        commit = head(connection).commit
        if isinstance(start, Broken):
            return Verification(rows=0, commit=commit, broken=[start], sealed=None, not_sealed=0)
        found = positions(connection)
        rows = sum(each.next_offset for each in found) - (0 if start is None else start.seal.size)
        folds = list(other_folds(connection))
        workers = _workers(workers, rows)
        only = None if start is None else _touched(connection, start.seal.commit)
        # What takes longest comes first, so that no worker is left with it at the end.
        pieces: list[Piece] = [Seals(keys=tuple(keys), kept=tuple(kept), start=start)]
        many = 1 if workers == 1 else workers * SPANS_A_WORKER
        events, of_subjects = spans(connection, many, only, compare=not folds)
        pieces += of_subjects
        pieces += slices(found, {} if start is None else start.begins)
        sealing = _leaves_to_walk(connection, 0 if start is None else start.seal.commit)
        told({Stage.CHAIN: rows, Stage.SEALS: sealing, Stage.SUBJECTS: events})
        broken = [*folds, *_asked(connection, found, start)]
        sealed = None
        for done in run_all(pieces, Shared(connect, snapshot, study), workers, report):
            if isinstance(done, Walk):
                sealed = done.sealed
                broken += done.broken
            else:
                broken += done
        covered = sealed.size if sealed is not None else 0 if start is None else start.seal.size
        return Verification(
            rows=rows,
            commit=commit,
            broken=list(first_of_each(broken)),
            sealed=sealed,
            not_sealed=max(0, sum(each.next_offset for each in found) - covered),
            since=0 if start is None else start.seal.size,
        )


def verify_chain(connection: Connection, progress: Callable[[int, int], None] | None = None) -> list[Broken]:
    """What is broken of chain, offsets, counts and commits; ``progress`` is told the rows done and the rows in all.

    Sees one state of the database where the connection is in no transaction; live writing may go on.
    """
    idle = connection.info.transaction_status == TransactionStatus.IDLE
    with connection.transaction() if idle else nullcontext():
        if idle:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        found = positions(connection)
        in_all, done = sum(each.next_offset for each in found), 0

        def report(_: Stage, rows: int) -> None:
            nonlocal done
            done += rows
            if progress is not None and rows:
                progress(done, in_all)

        broken = [each for of in slices(found, {}) for each in walk(connection, of, report)]
        return list(first_of_each([*broken, *_in_sql(connection, found, None)]))


def _workers(wanted: int | None, rows: int) -> int:
    if wanted is not None:
        return max(1, wanted)
    return max(1, min(len(os.sched_getaffinity(0)), rows // ROWS_A_WORKER_MIN))


def _asked(connection: Connection, found: list[Position], start: Start | None) -> Iterator[Broken]:
    """What the database is asked for in a few questions, beside the pieces."""
    yield from _in_sql(connection, found, start)
    for topic, partition, offset, rows in connection.execute(_IDS_TWICE).fetchall():
        what = "the event id of this accepted row was accepted before"
        yield in_partition(Kind.IDS, topic, partition, offset, what, "the first row under that id", rows)


def _in_sql(connection: Connection, found: list[Position], start: Start | None) -> Iterator[Broken]:
    yield from beyond_positions(connection)
    yield from counts_broken(connection, found)
    if start is None:
        yield from commits_broken(connection, found, {})
        return
    begins = {place: offset for place, (offset, _) in start.begins.items()}
    row = connection.execute(_TIME, (start.seal.commit,)).fetchone()
    yield from commits_broken(connection, found, begins, start.seal.commit, None if row is None else row[0])


def _touched(connection: Connection, commit: int) -> tuple[bytes, ...]:
    return tuple(bytes(key) for (key,) in connection.execute(_TOUCHED, (commit,), binary=True).fetchall())


def _leaves_to_walk(connection: Connection, commit: int) -> int:
    """The rows between this commit and the last one that a seal covers."""
    row = connection.execute(_LEAVES, (commit,)).fetchone()
    assert row is not None
    return int(row[0])
