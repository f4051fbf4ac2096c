"""A worker killed between its writes and its commit, or right after it, leaves what the next one can go on from."""

import os
import signal
import subprocess
import sys
from typing import Any

import msgspec
import psycopg
import pytest

from projections import reading
from projections.verify import verify_chain
from projections.writer import Writer
from schemas.records import Applied, Batch
from schemas.subject import digest, fold
from tests.projections.controls import ENROLLED, ENROLLMENT, SCREENED, MemoryLog, outcomes
from tests.servers.postgres import Database

Reader = psycopg.Connection[Any]

# Applies the batch on its standard input, says so when it comes to the end of the part it is told, and waits there.
WORKER = """
import sys, threading
import msgspec, psycopg
from projections.writer import Writer
from schemas.records import Batch
from tests.projections.controls import STUDY

url, part = sys.argv[1:]

def stop_there(ended, _seconds):
    if ended == part:
        print("there", flush=True)
        threading.Event().wait()

batch = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Batch)
Writer(lambda: psycopg.connect(url), STUDY, timings=stop_there).apply(batch)
"""


def kill_after(part: str, batch: Batch, database: Database) -> None:
    """Runs a worker of its own and kills it when it has done this part of the batch."""
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, database.url("trialog_app"), part],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(msgspec.msgpack.encode(batch))
        worker.stdin.close()
        assert worker.stdout.readline() == b"there\n"
        os.kill(worker.pid, signal.SIGKILL)


@pytest.mark.parametrize("part", ["position", "entries", "states", "ledger", "trail", "subjects"])
def test_killed_before_the_commit_leaves_nothing_and_the_next_worker_applies_all(
    part: str, writer: Writer, log: MemoryLog, database: Database, reader: Reader
) -> None:
    log.send(SCREENED, ENROLLED)

    kill_after(part, log.batch(ENROLLMENT), database)

    assert outcomes(reader, ENROLLMENT) == []
    assert writer.next_offset(ENROLLMENT, 0) == 0
    # The killed worker's locks are gone with it, or this would wait for ever.
    assert writer.apply(log.batch(ENROLLMENT)) == Applied(next_offset=2, commit=1, accepted=2)
    assert reading.subjects(reader)[0].digest == digest(fold("S-001", [SCREENED, ENROLLED]))
    assert verify_chain(reader) == []


def test_killed_after_the_commit_has_applied_all_and_the_next_worker_skips(
    writer: Writer, log: MemoryLog, database: Database, reader: Reader
) -> None:
    log.send(SCREENED, ENROLLED)

    kill_after("commit", log.batch(ENROLLMENT), database)

    assert writer.next_offset(ENROLLMENT, 0) == 2
    assert writer.apply(log.batch(ENROLLMENT)) == Applied(next_offset=2, commit=None, skipped=2)
    assert reading.subjects(reader)[0].digest == digest(fold("S-001", [SCREENED, ENROLLED]))
    assert verify_chain(reader) == []


def test_crash_of_the_database_loses_no_commit(writer: Writer, log: MemoryLog, database: Database) -> None:
    log.send(SCREENED, ENROLLED)
    writer.apply(log.batch(ENROLLMENT, 0, 1))
    database.kill()
    database.start()

    writer.close()
    assert writer.apply(log.batch(ENROLLMENT, 0, 2)) == Applied(next_offset=2, commit=2, accepted=1, skipped=1)
