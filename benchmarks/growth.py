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

GROWTH_MAX = 1.5
BATCH = 500
STUDY = "growth"


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """Ledger rows at which a window of ``window`` events is measured."""

    small: int = 10_000
    large: int = 1_000_000
    window: int = 10_000


def measure_growth(bench: Bench, console: Console, sizes: Sizes) -> bool:
    """Prints the cost of an event by part at both sizes; True where it grew no more than expected."""
    with bench.database() as database:
        seconds: dict[str, float] = defaultdict(float)

        def timed(part: str, spent: float) -> None:
            seconds[part] += spent

        writer = Writer(lambda: database.connect(), study_named(STUDY), timings=timed)
        batches = _batches()
        with console.status("writing up to the small ledger"):
            _write(writer, batches, sizes.small - sizes.window // 2)
        small = _measured(writer, batches, sizes.window, seconds)
        with console.status(f"writing up to {sizes.large:,} rows"):
            _write(writer, batches, sizes.large - sizes.small - sizes.window)
        large = _measured(writer, batches, sizes.window, seconds)
        writer.close()
    return _print(console, sizes, small, large)


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


def _write(writer: Writer, batches: Iterator[tuple[Batch, ...]], events: int) -> int:
    written = 0
    while written < events:
        for batch in next(batches):
            writer.apply(batch)
            written += len(batch.records)
    return written


def _measured(
    writer: Writer, batches: Iterator[tuple[Batch, ...]], events: int, seconds: dict[str, float]
) -> dict[str, float]:
    """Microseconds per event by part, and under `all` altogether."""
    seconds.clear()
    prepared = iter([next(batches) for _ in range(-(-events // BATCH))])
    began = perf_counter()
    written = _write(writer, prepared, events)
    spent = perf_counter() - began
    return {part: 1e6 * each / written for part, each in seconds.items()} | {"all": 1e6 * spent / written}


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
