"""Fills the shadow tables with several processes, each its own part of the subjects.

By subject and not by partition: a subject's events lie in four topics, and one that is folded by two would be locked by
each in turn. A hash of the key decides, so that nothing has to be read before the parts are known.
"""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait

import psycopg

from projections.by_subject import Part
from projections.errors import DatabaseAway, ProjectionError
from projections.replay.errors import RebuildError
from projections.replay.filling import Connect, Filling, fill

_processes = multiprocessing.get_context("spawn")


def fill_with(workers: int, connect: Connect, filling: Filling, report: Callable[[int], None]) -> int:
    """As `fill`, for all subjects. More than one worker means processes, and then ``connect`` is pickled."""
    if workers == 1:
        with psycopg_errors_as_ours():
            return fill(connect, filling, Part(), report)
    with ExitStack() as until:
        pipes = [until.enter_context(_worker(connect, filling, Part(each, workers))) for each in range(workers)]
        return sum(_followed(pipes, report))


@contextmanager
def psycopg_errors_as_ours() -> Iterator[None]:
    """What PostgreSQL says of a row may hold the row's values, so nothing of it but the error's name is passed on."""
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise DatabaseAway(f"the database does not answer ({type(error).__name__}); start the rebuild again") from error
    except psycopg.Error as error:
        raise RebuildError(
            f"the database refuses what was rebuilt ({type(error).__name__}): run `trialog ledger verify`"
        ) from None


@contextmanager
def _worker(connect: Connect, filling: Filling, part: Part) -> Iterator[Pipe]:
    """A process and the pipe on which it tells; it is stopped on leaving, whatever it is at."""
    ours, theirs = _processes.Pipe(duplex=False)
    process = _processes.Process(target=_work, args=(connect, filling, part, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        process.terminate()
        process.join()
        ours.close()


def _followed(pipes: list[Pipe], report: Callable[[int], None]) -> Iterator[int]:
    """The events of each part as it is through; the first error of any of them is raised here."""
    waiting = list(pipes)
    while waiting:
        for pipe in wait(waiting):
            assert isinstance(pipe, Pipe)
            try:
                told = pipe.recv()
            except EOFError:
                raise RebuildError("a worker of the rebuild was killed; start it again") from None
            if isinstance(told, ProjectionError):
                raise told
            kind, events = told
            if kind == "done":
                waiting.remove(pipe)
                yield events
            else:
                report(events)


def _work(connect: Connect, filling: Filling, part: Part, pipe: Pipe) -> None:
    """The worker's whole life. It ends with its parent, however that one ends."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        with psycopg_errors_as_ours():
            events = fill(connect, filling, part, lambda more: pipe.send(("more", more)))
    except ProjectionError as error:
        pipe.send(error)
    else:
        pipe.send(("done", events))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
