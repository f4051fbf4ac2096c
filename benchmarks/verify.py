"""What does the verification of a long ledger cost, against its parts measured alone, and does its memory stay flat?

All parts run on one core, the database's processes with them, in one run; only the last measurement has two. What is
compared is processor time, of this process and the server together: on a quiet machine the clock says the same but for
the disk; on another one only the processor's counts.
"""

import functools
import multiprocessing
import os
import resource
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from time import perf_counter, process_time
from types import MappingProxyType
from typing import Any

import msgspec
import psutil
import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.bench import SEED, SUBJECTS, Bench
from benchmarks.consumers import study_named
from benchmarks.mix import LATE_SHARE, mixed_events
from projections.chain import GENESIS
from projections.collecting import collector_paused
from projections.ledger import copied
from projections.seals.keys import SealKey
from projections.seals.outside import FolderPlace
from projections.seals.sealer import Sealer
from projections.verify import verify
from projections.verifying.broken import Broken, silent
from projections.verifying.histories import History, compared, read_event
from projections.verifying.links import Place, linked, offset_and_hash
from projections.verifying.partitions import Slice, positions, walk
from projections.verifying.rows_by_subject import Commits, Span, told_by_subject
from projections.verifying.sealed import walk_seals
from projections.verifying.side_by_side import one_view
from projections.verifying.subjects import judge_state
from projections.writer import Writer
from schemas.records import Batch, Record
from schemas.topics import Topic, topic_name
from tests.servers.postgres import Database

CHAIN_SHARE_MIN = 0.9
PARTS_MAX = 1.5
MEMORY_MAX = 1.25
STUDY = "verified"
BATCH = 4_000
SEALS = 10
KEY = SealKey(f"trialog/{STUDY}", bytes(range(32)))
FIVE = ("read", "chain", "decode", "fold", "compare")
COMPARED = "read what is compared"
"""The entries and the trail, subject by subject: nothing can be compared that was not read."""


class VerifySizes(msgspec.Struct, frozen=True, kw_only=True):
    """Events in the ledger, and in a smaller one, to whose verification the memory is compared.

    Both ledgers have histories of the same length: a history is held in memory, a ledger is not.
    """

    large: int = 1_000_000
    small: int = 100_000
    subjects: int = 10 * SUBJECTS
    rounds: int = 3


def measure_verify(bench: Bench, console: Console, sizes: VerifySizes) -> bool:
    """Prints all of it; True where everything is as expected."""
    with bench.database() as small, bench.database() as large:
        subjects = max(1, sizes.subjects * sizes.small // sizes.large)
        for database, events, people in ((small, sizes.small, subjects), (large, sizes.large, sizes.subjects)):
            with console.status(f"writing {events:,} events"):
                _fill(database, events, people)
        with console.status("verifying in parts and as a whole"), on_one_core(large):
            parts = _parts(large, sizes.rounds)
            light, whole = _elsewhere(small, workers=1), _elsewhere(large, workers=1)
        with console.status("verifying in two processes"):
            one_process, two = _elsewhere(large, workers=1), _elsewhere(large, workers=2)
    good = _print_parts(console, sizes, parts, whole)
    good &= _print_memory(console, light, whole)
    for what, one in (("one process on two cores", one_process), ("one on one core", whole)):
        console.print(
            f"two processes on two cores, by the clock: {two.rows / two.spent.wall:,.0f} rows/s, "
            f"{one.spent.wall / two.spent.wall:.2f} x the speed of {what}"
        )
    return good


class Spent(msgspec.Struct, frozen=True, order=True):
    """Seconds: of processor time, and by the clock."""

    processor: float
    wall: float

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.processor + other.processor, self.wall + other.wall)

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.processor - other.processor, self.wall - other.wall)


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A verification in a process of its own. ``peak_bytes`` is the most memory that the process ever had."""

    spent: Spent
    rows: int
    peak_bytes: int
    broken: int


def _fill(database: Database, events: int, subjects: int) -> None:
    """Through the real writer, with a seal every tenth of the way."""
    mix = mixed_events(STUDY, seed=SEED, subjects=subjects)
    ends: dict[str, int] = defaultdict(int)
    writer = Writer(lambda: database.connect(), study_named(STUDY))
    with tempfile.TemporaryDirectory() as folder:
        sealer = Sealer(lambda: database.connect(), lambda: (KEY,), (FolderPlace(Path(folder)),))
        written, sealed = 0, 0
        while written < events:
            for batch in batches_of(islice(mix, min(BATCH, events - written)), ends):
                writer.apply(batch)
                written += len(batch.records)
            if written * SEALS // events > sealed:
                sealer.seal()
                sealed = written * SEALS // events
    writer.close()
    with database.connect("postgres", autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def batches_of(sent: Iterator[Any], ends: dict[str, int]) -> list[Batch]:
    by_topic: dict[str, list[Record]] = defaultdict(list)
    for each in sent:
        record = each.record
        by_topic[record.topic].append(
            Record(topic=record.topic, partition=0, offset=ends[record.topic], key=record.key, value=record.value)
        )
        ends[record.topic] += 1
    return [
        Batch(topic=topic, topic_id="verified", partition=0, log_end=ends[topic], records=tuple(records))
        for topic, records in by_topic.items()
    ]


@contextmanager
def on_one_core(database: Database) -> Iterator[None]:
    """This process and every process of the server; what they start stays there too."""
    server = server_of(database.url())
    bound = [psutil.Process(), server, *server.children(recursive=True)]
    before = os.sched_getaffinity(0)
    try:
        _bind(bound, [min(before)])
        yield
    finally:
        _bind([psutil.Process(), server, *server.children(recursive=True)], sorted(before))


def _bind(processes: list[psutil.Process], cores: list[int]) -> None:
    """A process of the server that has just ended needs no core; what the server starts later has its parent's."""
    for each in processes:
        with suppress(psutil.NoSuchProcess):
            each.cpu_affinity(cores)


def server_of(url: str) -> psutil.Process:
    """The process that starts all others of the server."""
    with psycopg.connect(url) as connection:
        server = psutil.Process(connection.info.backend_pid).parent()
    assert server is not None
    return server


def spent_so_far(server: psutil.Process) -> Spent:
    """What this process, its children that ended, and all of the server ever took."""
    taken = sum(os.times()[:4])
    for each in (server, *server.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = each.cpu_times()
            # A session that ended counts among the children of the process that started it.
            taken += times.user + times.system + times.children_user + times.children_system
    return Spent(taken, perf_counter())


def _elsewhere(database: Database, *, workers: int) -> Measured:
    """A fresh process, so that its memory is its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_verified, database.url("trialog_read"), workers).result()


def _verified(url: str, workers: int) -> Measured:
    connect = functools.partial(psycopg.connect, url, autocommit=True)
    server = server_of(url)
    began = spent_so_far(server)
    found = verify(connect, study_named(STUDY), keys=(KEY.public,), workers=workers)
    spent = spent_so_far(server) - began
    peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Measured(spent=spent, rows=found.rows, peak_bytes=peak, broken=len(found.broken))


def _parts(database: Database, rounds: int) -> dict[str, Spent]:
    """What each part takes alone: of the short ones the least of so many rounds."""
    url = database.url("trialog_read")
    connect = functools.partial(psycopg.connect, url, autocommit=True)
    least = functools.partial(_least, server_of(url))
    with one_view(connect) as (connection, _):
        slices = _whole_partitions(connection)
        spent = {
            "read": least(rounds, lambda: _read(connection, slices)),
            "read and chain": least(rounds, lambda: _read_and_chain(connection, slices)),
            "chain and contiguity": least(rounds, lambda: [walk(connection, each, silent) for each in slices]),
            "read events by subject": least(1, lambda: _read_by_subject(connection, compare=False)),
            "read all by subject": least(1, lambda: _read_by_subject(connection, compare=True)),
            "seals": least(1, lambda: walk_seals(connection, (KEY.public,), (), None, silent)),
        }
        spent["chain"] = spent["read and chain"] - spent["read"]
        spent[COMPARED] = spent["read all by subject"] - spent["read events by subject"]
        return spent | _folding(connection)


def _whole_partitions(connection: psycopg.Connection[Any]) -> list[Slice]:
    return [
        Slice(
            topic=each.topic,
            partition=each.partition,
            begin=0,
            end=each.next_offset,
            head=GENESIS,
            last=each.chain_head,
        )
        for each in positions(connection)
    ]


def _least(server: psutil.Process, rounds: int, work: Callable[[], object]) -> Spent:
    taken = []
    for _ in range(rounds):
        began = spent_so_far(server)
        work()
        taken.append(spent_so_far(server) - began)
    return min(taken)


def _read(connection: psycopg.Connection[Any], slices: Sequence[Slice]) -> None:
    for each in slices:
        for _ in copied(connection, each.topic, each.partition, each.end):
            pass


def _read_and_chain(connection: psycopg.Connection[Any], slices: Sequence[Slice]) -> None:
    """The least that gives every hash; it compares nothing."""
    for each in slices:
        place, head = Place(each.topic, each.partition), GENESIS
        for row in copied(connection, each.topic, each.partition, each.end):
            head = linked(head, place, offset_and_hash(row)[0], row)


def _read_by_subject(connection: psycopg.Connection[Any], *, compare: bool) -> None:
    Commits(connection)
    with collector_paused():
        for _ in told_by_subject(connection, Span(compare=compare)):
            pass


def _now() -> Spent:
    return Spent(process_time(), perf_counter())


def _folding(connection: psycopg.Connection[Any]) -> dict[str, Spent]:
    """The parts that work on a subject's history, each with a clock of its own that stands while rows are read."""
    study = study_named(STUDY)
    topics = MappingProxyType({topic_name(STUDY, topic): topic for topic in Topic})
    spent = dict.fromkeys(("decode", "fold", "compare"), Spent(0.0, 0.0))
    commits = Commits(connection)
    for key, places in told_by_subject(connection, Span()):
        broken: list[Broken] = []
        with collector_paused():
            began = _now()
            read = [each for each in (read_event(key, place, topics, broken) for place in places) if each is not None]
            decoded = _now()
            history = History(key.decode(), study, read, commits)
            folded = _now()
            for place in places:
                broken += compared(place, history.expected(place))
            assert history.state is not None
            broken += judge_state(connection, history.state, study)
            spent["compare"] += _now() - folded
        spent["decode"] += decoded - began
        spent["fold"] += folded - decoded
        assert broken == [], "what the writer wrote is whole"
    return spent


def _print_parts(console: Console, sizes: VerifySizes, parts: dict[str, Spent], whole: Measured) -> bool:
    what = f"{whole.rows:,} ledger rows, {sizes.subjects} subjects, {LATE_SHARE:.0%} late results, {SEALS} seals"
    table = Table(title=f"{what}; one core")
    table.add_column("part, measured alone")
    for column in ("processor seconds", "µs per row", "rows/s", "seconds by the clock"):
        table.add_column(column, justify="right")
    others = ("read events by subject", "seals", "read and chain", "chain and contiguity")
    order = (*FIVE, COMPARED, *others)
    for part, spent in [*((each, parts[each]) for each in order), ("the whole verification", whole.spent)]:
        least = max(spent.processor, 1e-6)  # of tiny sizes a clock may have seen nothing
        per_row, rate = f"{1e6 * least / whole.rows:.2f}", f"{whole.rows / least:,.0f}"
        table.add_row(part, f"{spent.processor:.2f}", per_row, rate, f"{spent.wall:.2f}")
    console.print(table)
    taken = {part: max(spent.processor, 1e-6) for part, spent in parts.items()}
    share = taken["read and chain"] / taken["chain and contiguity"]
    five = sum(taken[each] for each in FIVE)
    parted = five + taken[COMPARED]
    every = parted + taken["read events by subject"] + taken["seals"]
    times = whole.spent.processor / parted
    fast, cheap, right = share >= CHAIN_SHARE_MIN, times <= PARTS_MAX, whole.broken == 0
    console.print(
        f"chain and contiguity alone run at {share:.2f} x the speed of read and chain; expected at least "
        f"{CHAIN_SHARE_MIN:g} x: {'yes' if fast else 'NO'}"
    )
    console.print(
        f"the whole costs {times:.2f} x the sum of {', '.join((*FIVE, COMPARED))}; expected at most {PARTS_MAX:g} x: "
        f"{'yes' if cheap else 'NO'}\n({whole.spent.processor / five:.2f} x without {COMPARED!r}, "
        f"{whole.spent.processor / every:.2f} x with the second reading of the events and the seals too)"
    )
    console.print(f"nothing is broken in it: {'yes' if right else 'NO'}")
    return fast and cheap and right


def _print_memory(console: Console, light: Measured, whole: Measured) -> bool:
    times = whole.peak_bytes / light.peak_bytes
    flat = times <= MEMORY_MAX
    sizes = " and ".join(f"{each.peak_bytes / 1e6:.0f} MB at {each.rows:,} rows" for each in (light, whole))
    console.print(
        f"memory at its highest: {sizes}, with histories of the same length: {times:.2f} x; expected at most "
        f"{MEMORY_MAX:g} x: {'yes' if flat else 'NO'}"
    )
    return flat
