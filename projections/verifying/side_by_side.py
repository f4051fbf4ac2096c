"""Pieces of a verification in several processes, all on one view of the database while writing goes on.

The asking process holds a transaction whose snapshot it exports; each worker opens a connection of its own and takes
that snapshot. With one worker everything is done here, in the asking process.
"""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import closing, contextmanager
from typing import Any

import msgspec
import psycopg

from projections.collecting import collector_paused
from projections.seals.keys import PublicKey
from projections.verifying.broken import Broken, Report, Stage
from projections.verifying.partitions import Slice, walk
from projections.verifying.rows_by_subject import Span
from projections.verifying.sealed import Kept, Start, Walk, walk_seals
from projections.verifying.subjects import judge_span
from schemas.study import StudyDefinition

Connection = psycopg.Connection[Any]
Connect = Callable[[], Connection]

REPORT_SECONDS = 0.2


# The asking process holds its view for as long as the workers need. Nothing is compiled: each question is asked once.
_SETTINGS = """
SELECT set_config('idle_in_transaction_session_timeout', '0', true), set_config('jit', 'off', true),
       set_config('timezone', 'UTC', true), set_config('work_mem', '64MB', true)
"""


class Seals(msgspec.Struct, frozen=True, kw_only=True):
    """The piece that walks the seals: whom to trust, what was kept outside, and from where on."""

    keys: tuple[PublicKey, ...]
    kept: tuple[Kept, ...]
    start: Start | None


Piece = Slice | Span | Seals
Done = list[Broken] | Walk


class Shared(msgspec.Struct, frozen=True):
    """What every worker gets. ``snapshot`` is PostgreSQL's name of the view."""

    connect: Connect
    snapshot: str
    study: StudyDefinition


@contextmanager
def one_view(connect: Connect) -> Iterator[tuple[Connection, str]]:
    """A connection that sees one state of the database until it is left, and the name under which others see it too."""
    with closing(connect()) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute(_SETTINGS)
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        yield connection, row[0]


def run_all(pieces: Sequence[Piece], shared: Shared, workers: int, report: Report) -> list[Done]:
    """What each piece came to, in their order. Raises what a worker raises, and ends the others."""
    if workers <= 1:
        return [_run(piece, shared, report) for piece in pieces]
    context = multiprocessing.get_context("spawn")
    counters = context.Array("q", len(Stage) + 1)
    pool = ProcessPoolExecutor(workers, context, _begin, (shared, counters))
    try:
        futures = [pool.submit(_run_in_worker, piece) for piece in pieces]
        _watch(futures, counters, report)
        return [future.result() for future in futures]
    finally:
        # Whatever ended this early, Ctrl-C too: nobody waits until the workers are through.
        counters[_ENDED] = 1
        pool.shutdown(wait=True, cancel_futures=True)


def _watch(futures: list[Future[Done]], counters: Any, report: Report) -> None:
    told = [0] * len(Stage)
    while True:
        done, waiting = wait(futures, timeout=REPORT_SECONDS)
        for at, stage in enumerate(Stage):
            rows = counters[at]
            if rows > told[at]:
                report(stage, rows - told[at])
                told[at] = rows
        if not waiting or any(future.exception() is not None for future in done):
            return


_shared: Shared | None = None
_counters: Any = None
_STAGES = {stage: at for at, stage in enumerate(Stage)}
_ENDED = len(Stage)


class _Ended(Exception):
    """In a worker: nobody waits for the answer any more."""


def _begin(shared: Shared, counters: Any) -> None:
    """Once in each worker's process. Ctrl-C in a terminal reaches them all; only the asking process answers it."""
    global _shared, _counters
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _shared, _counters = shared, counters


def _run_in_worker(piece: Piece) -> Done:
    assert _shared is not None, "the pool begins each worker"
    return _run(piece, _shared, _count)


def _count(stage: Stage, rows: int) -> None:
    with _counters.get_lock():
        if _counters[_ENDED]:
            raise _Ended
        _counters[_STAGES[stage]] += rows


def _run(piece: Piece, shared: Shared, report: Report) -> Done:
    # Histories are a hundred thousand objects each, none of them in a cycle; see `projections.collecting`.
    with collector_paused(), closing(shared.connect()) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute(f"SET TRANSACTION SNAPSHOT '{shared.snapshot}'")
        connection.execute(_SETTINGS)
        match piece:
            case Slice():
                return walk(connection, piece, report)
            case Span():
                return judge_span(connection, piece, shared.study, report)
            case Seals():
                return walk_seals(connection, piece.keys, piece.kept, piece.start, report)
