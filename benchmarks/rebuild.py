"""What does a rebuild cost, against its parts measured alone; is its memory flat; and what does live feel of it?

All parts run on one core, the database's processes with them, in one run; the last two measurements have two. What is
compared is processor time, of this process and the server together, as in `benchmarks.verify`; what live feels is by
the clock.
"""

import functools
import multiprocessing
import resource
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import chain, islice, starmap
from time import perf_counter, process_time, sleep
from typing import Any

import msgspec
import psutil
import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.bench import SEED, SUBJECTS, Bench
from benchmarks.consumers import study_named
from benchmarks.mix import LATE_SHARE, Sent, mixed_events
from benchmarks.throughput import percentiles_ms
from benchmarks.verify import Spent, batches_of, on_one_core, server_of, spent_so_far
from projections.by_subject import Accepted, accepted_by_subject
from projections.collecting import collector_paused
from projections.ledger import steps_of
from projections.replay.filling import Copier
from projections.replay.folding import History, read_accepted
from projections.replay.generations import begin, discard
from projections.replay.owning import as_owner
from projections.replay.rebuild import replay
from projections.replay.shadow import TABLES, Shadow, index
from projections.replay.stages import Stage
from projections.writer import Writer
from tests.servers.postgres import Database

PARTS_MAX = 1.5
MEMORY_MAX = 1.25
STUDY = "rebuilt"
FILL_BATCH = 4_000
LIVE_BATCH = 5
_Parts = dict[str, Spent]
FOUR = ("read", "decode", "fold", "write")
"""The parts that the issue names; writing is that of entries, states and trail with all of their keys and indexes."""


class RebuildSizes(msgspec.Struct, frozen=True, kw_only=True):
    """Events in the ledger, and in a smaller one, to whose rebuild the memory is compared.

    Both have histories of the same length: a history is held in memory, a ledger is not. ``live_events`` are applied
    at an even pace, ``live_per_second``, without a rebuild and then beside one.
    """

    large: int = 1_000_000
    small: int = 100_000
    subjects: int = 10 * SUBJECTS
    live_events: int = 10_000
    live_per_second: int = 500


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A rebuild in a process of its own. ``spent`` is without the comparison, which follows.

    ``peak_bytes`` is the most memory that the process, or a worker of it, ever had.
    """

    spent: Spent
    comparing: Spent
    events: int
    peak_bytes: int
    differences: int


def measure_rebuild(bench: Bench, console: Console, sizes: RebuildSizes) -> bool:
    """Prints all of it; True where everything is as expected."""
    with bench.database() as small, bench.database() as large:
        with console.status(f"writing {sizes.small:,} and {sizes.large:,} events"):
            Live(small, max(1, sizes.subjects * sizes.small // sizes.large)).fill(sizes.small)
            live = Live(large, sizes.subjects)
            live.fill(sizes.large)
        with on_one_core(large):
            with console.status("the parts of a rebuild, each alone"):
                parts = parts_of(large)
            with console.status("rebuilding"):
                light, whole = _elsewhere(small, workers=1), _elsewhere(large, workers=1)
        with console.status("rebuilding with two workers"):
            one_worker, two = _elsewhere(large, workers=1), _elsewhere(large, workers=2)
        good = print_parts(console, sizes, parts, whole)
        good &= _print_memory(console, light, whole)
        for what, one in (("one on two cores", one_worker), ("one on one core", whole)):
            console.print(
                f"two workers on two cores, by the clock: {two.events / two.spent.wall:,.0f} events/s, "
                f"{one.spent.wall / two.spent.wall:.2f} x the speed of {what}"
            )
        _measure_live(console, live, large, sizes)
        live.close()
    return good


def _elsewhere(database: Database, *, workers: int) -> Measured:
    """A fresh process, so that its memory is its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(rebuilt, database.url("trialog_owner"), workers).result()


def rebuilt(url: str, workers: int) -> Measured:
    server = server_of(url)
    began = spent_so_far(server)
    compared: list[Spent] = []

    def report(stage: Stage, _more: int, _total: int) -> None:
        if stage is Stage.COMPARE:
            compared.append(spent_so_far(server))

    found = replay(functools.partial(psycopg.connect, url), study_named(STUDY), workers=workers, report=report)
    peak = 1024 * max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return Measured(
        spent=compared[0] - began,
        comparing=compared[-1] - compared[0],
        events=found.accepted,
        peak_bytes=peak,
        differences=found.compared.count,
    )


def parts_of(database: Database) -> _Parts:
    """What each part takes alone."""
    url = database.url("trialog_owner")
    server = server_of(url)
    owner = functools.partial(as_owner, functools.partial(psycopg.connect, url))
    with owner() as connection:
        parts = {
            "read": _alone(server, lambda: _read(connection)),
            "read by subject": _alone(server, lambda: _read_by_subject(connection)),
        }
        generation = begin(connection, "ledger")
        parts |= _fold_and_write(owner, generation.shadow, server)
        parts["keys and indexes"] = _alone(server, lambda: _index(connection, generation.shadow))
        discard(connection, generation)
    parts["write"] = parts["rows"] + parts["copy"] + parts["keys and indexes"]
    return parts


def _alone(server: psutil.Process, work: Callable[[], object]) -> Spent:
    began = spent_so_far(server)
    work()
    return spent_so_far(server) - began


def _head(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT max(number) FROM trial.commits").fetchone()
    assert row is not None
    return int(row[0])


def _read(connection: psycopg.Connection[Any]) -> None:
    """The ledger as it lies."""
    for topic, partition, end in connection.execute(
        "SELECT topic, partition, next_offset FROM trial.positions"
    ).fetchall():
        for _ in steps_of(connection, topic, partition, end):
            pass


def _read_by_subject(connection: psycopg.Connection[Any]) -> None:
    """The accepted rows as a rebuild needs them: sorted by subject, in the order of the commits."""
    with connection.transaction():
        for _ in accepted_by_subject(connection, _head(connection)):
            pass


def _index(connection: psycopg.Connection[Any], shadow: Shadow) -> None:
    for table in TABLES:
        index(connection, shadow, table)


def _fold_and_write(owner: Callable[[], psycopg.Connection[Any]], shadow: Shadow, server: psutil.Process) -> _Parts:
    """The parts that work on a history, each with a clock of its own that stands while the others work."""
    study = study_named(STUDY)
    parts = dict.fromkeys(("decode", "fold", "rows", "copy"), Spent(0.0, 0.0))
    with owner() as reading, owner() as writing, reading.transaction(), writing.transaction():
        copier = Copier(writing, shadow)
        for records in _histories(accepted_by_subject(reading, _head(reading))):
            with collector_paused():
                began = _own()
                read = [(each, read_accepted(each)) for each in records]
                decoded = _own()
                history = History(study)
                carried = [(*each, history.carry(each[1])) for each in read]
                folded = _own()
                rows = [*chain.from_iterable(starmap(history.rows, carried)), *history.finish()]
                made = _own()
            before = spent_so_far(server)
            for table, row in rows:
                copier.add(table, row)
            copier.flush()
            copied = spent_so_far(server) - before
            spent = (decoded - began, folded - decoded, made - folded, copied)
            parts = {part: so_far + more for (part, so_far), more in zip(parts.items(), spent, strict=True)}
    return parts


def _own() -> Spent:
    """Of this process alone: the server has nothing to do with it."""
    return Spent(process_time(), perf_counter())


def _histories(records: Iterator[Accepted]) -> Iterator[list[Accepted]]:
    history: list[Accepted] = []
    for each in records:
        if history and history[0].key != each.key:
            yield history
            history = []
        history.append(each)
    if history:
        yield history


class Live:
    """The real writer, and the events that come next."""

    def __init__(self, database: Database, subjects: int) -> None:
        self._database = database
        self._mix: Iterator[Sent] = mixed_events(STUDY, seed=SEED, subjects=subjects)
        self._ends: dict[str, int] = defaultdict(int)
        self._writer = Writer(lambda: database.connect(), study_named(STUDY))

    def fill(self, events: int) -> None:
        for first in range(0, events, FILL_BATCH):
            for batch in batches_of(islice(self._mix, min(FILL_BATCH, events - first)), self._ends):
                self._writer.apply(batch)
        with self._database.connect("postgres", autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")

    def paced(self, per_second: int, until: Callable[[int], bool]) -> list[int]:
        """Applies batches when they are due, until so many events are done; nanoseconds from then to each commit."""
        latencies, done, began = [], 0, perf_counter()
        while not until(done):
            due = began + done / per_second
            sleep(max(0.0, due - perf_counter()))
            for batch in batches_of(islice(self._mix, LIVE_BATCH), self._ends):
                self._writer.apply(batch)
                latencies.append(round(1e9 * (perf_counter() - due)))
            done += LIVE_BATCH
        return latencies

    def close(self) -> None:
        self._writer.close()


def _measure_live(console: Console, live: Live, database: Database, sizes: RebuildSizes) -> None:
    """Prints how long a batch takes from when it was due to its commit, without a rebuild and beside one."""
    table = Table(
        title=f"live beside a rebuild: real writer, {sizes.live_per_second} events/s in batches of {LIVE_BATCH}, ms"
    )
    for column in ("", "p50", "p95", "p99", "batches"):
        table.add_column(column, justify="right" if column else "left")
    alone = live.paced(sizes.live_per_second, lambda done: done >= sizes.live_events)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        rebuilding = pool.submit(rebuilt, database.url("trialog_owner"), 1)
        beside = live.paced(sizes.live_per_second, lambda _: rebuilding.done())
        found = rebuilding.result()
    for what, latencies in (("alone", alone), ("beside a rebuild", beside)):
        p50, p95, p99 = percentiles_ms(latencies)
        table.add_row(what, f"{p50:.1f}", f"{p95:.1f}", f"{p99:.1f}", f"{len(latencies):,}")
    console.print(table)
    console.print(
        f"the rebuild beside it took {(found.spent + found.comparing).wall:.1f} s, comparison included, followed what "
        f"came meanwhile, and found {found.differences} differences"
    )


def print_parts(console: Console, sizes: RebuildSizes, parts: _Parts, whole: Measured) -> bool:
    events = whole.events
    table = Table(title=f"{events:,} events, {sizes.subjects} subjects, {LATE_SHARE:.0%} late results; one core")
    table.add_column("part, measured alone")
    for column in ("processor seconds", "µs per event", "events/s", "seconds by the clock"):
        table.add_column(column, justify="right")
    named = [(part, parts[part]) for part in FOUR]
    named += [(f"of which {part}", parts[part]) for part in ("rows", "copy", "keys and indexes")]
    named += [("read by subject", parts["read by subject"])]
    named += [("the whole rebuild", whole.spent), ("then the comparison", whole.comparing)]
    for part, spent in named:
        taken = max(spent.processor, 1e-6)  # of tiny sizes a clock may have seen nothing
        table.add_row(
            part, f"{taken:.2f}", f"{1e6 * taken / events:.2f}", f"{events / taken:,.0f}", f"{spent.wall:.2f}"
        )
    console.print(table)
    four = max(sum(parts[part].processor for part in FOUR), 1e-6)
    by_subject = max(four - parts["read"].processor + parts["read by subject"].processor, 1e-6)
    times = whole.spent.processor / four
    by_the_clock = whole.spent.wall / max(sum(parts[part].wall for part in FOUR), 1e-6)
    cheap, same = times <= PARTS_MAX, whole.differences == 0
    console.print(
        f"the whole costs {times:.2f} x the sum of {', '.join(FOUR)}; expected at most {PARTS_MAX:g} x: "
        f"{'yes' if cheap else 'NO'} ({whole.spent.processor / by_subject:.2f} x with the reading by subject in its "
        f"place; by the clock {by_the_clock:.2f} x)"
    )
    console.print(f"it is what live has: {'yes' if same else 'NO'}")
    return cheap and same


def _print_memory(console: Console, light: Measured, whole: Measured) -> bool:
    times = whole.peak_bytes / light.peak_bytes
    flat = times <= MEMORY_MAX
    sizes = " and ".join(f"{each.peak_bytes / 1e6:.0f} MB at {each.events:,} events" for each in (light, whole))
    console.print(
        f"memory at its highest: {sizes}, with histories of the same length: {times:.2f} x; expected at most "
        f"{MEMORY_MAX:g} x: {'yes' if flat else 'NO'}"
    )
    return flat
