"""A rebuild killed at random moments leaves live whole, and the next one succeeds."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
from itertools import islice
from typing import Any

import psycopg

from benchmarks.mix import mixed_events
from projections import reading
from projections.replay.rebuild import replay
from projections.verify import verify_chain
from schemas.records import Batch
from tests.projections.controls import STUDY, MemoryLog, writer_on
from tests.projections.rebuilding import catalogue, generation_schemas, generations, rebuild
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until

SEED = 20261129
KILLS = 10
RECORDS = 400

_forked = multiprocessing.get_context("fork")


class Moment:
    """Counts what a rebuild asks of its connections, and kills the process with SIGKILL before a given question."""

    def __init__(self, kill_before: int | None) -> None:
        self.questions = 0
        self._kill_before = kill_before

    def passes(self) -> None:
        self.questions += 1
        if self.questions == self._kill_before:
            os.kill(os.getpid(), signal.SIGKILL)

    def connection(self, url: str) -> psycopg.Connection[Any]:
        moment = self

        class Counting(psycopg.Cursor[Any]):
            def execute(self, *arguments: Any, **options: Any) -> Any:
                moment.passes()
                return super().execute(*arguments, **options)

            def copy(self, *arguments: Any, **options: Any) -> Any:
                moment.passes()
                return super().copy(*arguments, **options)

        return psycopg.connect(url, cursor_factory=Counting)


def rebuild_in_a_process(database: Database, kill_before: int | None) -> int:
    """Runs `replay` with an exchange in a process of its own. Returns its exit code, or how many questions it had."""

    def work(told: Any) -> None:
        moment = Moment(kill_before)
        replay(lambda: moment.connection(database.url("trialog_owner")), STUDY, swap=True)
        told.send(moment.questions)

    ours, theirs = _forked.Pipe(duplex=False)
    process = _forked.Process(target=work, args=(theirs,))
    process.start()
    theirs.close()
    process.join(60)
    return int(ours.recv()) if process.exitcode == 0 else int(process.exitcode or 0)


def test_killed_at_ten_random_moments_live_is_whole_and_the_next_succeeds(database: Database) -> None:
    log, writer = MemoryLog(), writer_on(database)
    for sent in islice(mixed_events(STUDY.id, seed=SEED, subjects=5), RECORDS):
        log.send_bytes(sent.record.topic, sent.record.value, key=sent.record.key)
    batches = [batch for topic in log.records for batch in _slices(log, topic)]
    random.Random(SEED).shuffle(batches)
    batches.sort(key=lambda batch: batch.records[0].offset)
    for batch in batches[: -KILLS - 1]:
        writer.apply(batch)
    tables = catalogue(database)
    questions = rebuild_in_a_process(database, None)
    assert questions > 60
    moments = sorted(random.Random(SEED).sample(range(1, questions + 1), KILLS))

    for moment, batch in zip(moments, batches[-KILLS - 1 :], strict=False):
        writer.apply(batch)  # live goes on
        assert rebuild_in_a_process(database, moment) == -signal.SIGKILL, moment
        with database.connect("trialog_read") as reader:
            assert verify_chain(reader) == []
            live = reading.study_digest(reader)
        assert catalogue(database) == tables
        assert len([state for *_, state in generations(database) if state == "live"]) == 1
        assert len(generation_schemas(database)) <= 3  # the last one exchanged, the one before it, and the one killed

    writer.apply(batches[-1])
    found = rebuild(database, swap=True)
    writer.close()
    assert found.compared.count == 0
    assert found.live_state_digest != live, "the last batch came after the last kill"
    assert generation_schemas(database) == [f"generation_{found.live_generation}"]
    assert {state for *_, state in generations(database)} == {"live", "retired", "dropped"}


def _slices(log: MemoryLog, topic: str) -> list[Batch]:
    return [log.batch(topic, first, first + 12) for first in range(0, len(log.records[topic]), 12)]


REBUILD = """
import functools, sys, threading
import psycopg
from projections.replay.rebuild import replay
from projections.replay.stages import Stage
from tests.projections.controls import STUDY

def stop_there(stage, more, total):
    if stage is Stage.FOLD and more:
        print("there", flush=True)
        threading.Event().wait()

if __name__ == "__main__":
    connect = functools.partial(psycopg.connect, sys.argv[1], application_name="killed")
    replay(connect, STUDY, workers=2, report=stop_there)
"""


def test_the_workers_of_a_killed_rebuild_end_with_it(database: Database, tmp_path: Any) -> None:
    log, writer = MemoryLog(), writer_on(database)
    for sent in islice(mixed_events(STUDY.id, seed=SEED, subjects=5), 50):
        log.send_bytes(sent.record.topic, sent.record.value, key=sent.record.key)
    log.apply_all(writer)
    writer.close()
    script = tmp_path / "rebuild.py"
    script.write_text(REBUILD)
    with subprocess.Popen(
        [sys.executable, script, database.url("trialog_owner")],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"there\n"
        process.kill()

    def gone() -> bool:
        with database.connect("postgres") as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'killed'"
            ).fetchone()
        return row == (0,)

    wait_until(gone, what="the end of all connections")
    assert rebuild(database).compared.count == 0
    assert generation_schemas(database) == []
