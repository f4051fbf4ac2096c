"""Does an event cost more when there are many? The real writer alone, at ten thousand and at a million ledger rows."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from time import perf_counter

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.bench import SEED, SUBJECTS, Bench
from benchmarks.consumers import study_named
from benchmarks.mix import LATE_SHARE, mixed_events
from projections.writer import Writer
from schemas.records import Batch, Record
from tests.servers.postgres import Database

GROWTH_MAX = 1.5
BATCH = 500
STUDY = "growth"


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """Ledger rows at which windows of ``window`` events are measured, ``rounds`` of them at each size."""

    small: int = 10_000
    large: int = 1_000_000
    window: int = 2_000
    rounds: int = 5


def measure_growth(bench: Bench, console: Console, sizes: Sizes) -> bool:
    """Prints the cost of an event by part at both sizes; True where it grew no more than expected.

    Both ledgers are filled first and then measured in turn, so that a slow minute of the machine is either's.
    """
    with bench.database() as small_database, bench.database() as large_database:
        ledgers = [_Ledger(small_database), _Ledger(large_database)]
        for ledger, rows in zip(ledgers, (sizes.small, sizes.large), strict=True):
            with console.status(f"writing up to {rows:,} rows"):
                ledger.write(rows - sizes.window * sizes.rounds // 2)
        for ledger in ledgers:
            ledger.seconds.clear()
        for _ in range(sizes.rounds):
            for ledger in ledgers:
                ledger.measure(sizes.window)
        small, large = (ledger.cost() for ledger in ledgers)
        for ledger in ledgers:
            ledger.close()
    return _print(console, sizes, small, large)


class _Ledger:
    """A database with a writer, and the events that come next."""

    def __init__(self, database: Database) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._measured = 0
        self._batches = _batches()
        self._writer = Writer(lambda: database.connect(), study_named(STUDY), timings=self._timed)

    def write(self, events: int) -> None:
        written = 0
        while written < events:
            written += self._apply(next(self._batches))

    def measure(self, events: int) -> None:
        """Making the events is not in it."""
        prepared = [next(self._batches) for _ in range(-(-events // BATCH))]
        began = perf_counter()
        self._measured += sum(map(self._apply, prepared))
        self.seconds["all"] += perf_counter() - began

    def cost(self) -> dict[str, float]:
        """Microseconds per event by part, and under `all` altogether."""
        return {part: 1e6 * spent / self._measured for part, spent in self.seconds.items()}

    def close(self) -> None:
        self._writer.close()

    def _apply(self, batches: tuple[Batch, ...]) -> int:
        for batch in batches:
            self._writer.apply(batch)
        return sum(len(batch.records) for batch in batches)

    def _timed(self, part: str, spent: float) -> None:
        self.seconds[part] += spent


def _batches() -> Iterator[tuple[Batch, ...]]:
    """Batches of one partition a topic, as they would come from `BATCH` events sent; never ends."""
    mix = mixed_events(STUDY, seed=SEED, subjects=SUBJECTS)
    ends: dict[str, int] = defaultdict(int)
    while True:
        by_topic: dict[str, list[Record]] = defaultdict(list)
        for sent in islice(mix, BATCH):
            record = sent.record
            by_topic[record.topic].append(
                Record(topic=record.topic, partition=0, offset=ends[record.topic], key=record.key, value=record.value)
            )
            ends[record.topic] += 1
        yield tuple(
            Batch(topic=topic, topic_id="growth", partition=0, log_end=ends[topic], records=tuple(records))
            for topic, records in by_topic.items()
        )


def _print(console: Console, sizes: Sizes, small: dict[str, float], large: dict[str, float]) -> bool:
    table = Table(
        title=f"Real writer, µs per event; {SUBJECTS} subjects, {LATE_SHARE:.0%} late results, batches of {BATCH}"
    )
    table.add_column("part")
    for column in (f"at {sizes.small:,} rows", f"at {sizes.large:,} rows", "times"):
        table.add_column(column, justify="right")
    for part, before in sorted(small.items(), key=lambda each: (each[0] == "all", -each[1])):
        after = large.get(part, 0.0)
        table.add_row(
            part, f"{before:.2f}", f"{after:.2f}", f"{after / before:.2f}", style="bold" if part == "all" else ""
        )
    console.print(table)
    grown = large["all"] / small["all"]
    good = grown <= GROWTH_MAX
    console.print(f"an event costs {grown:.2f} x as much; expected at most {GROWTH_MAX:g} x: {'yes' if good else 'NO'}")
    return good
