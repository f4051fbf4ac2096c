"""Does the memory of a worker, or of the page server, grow with the events that went through it?"""

import statistics
from collections.abc import Sequence

from rich.console import Console

from benchmarks.bench import Bench, applied, nothing_beside
from benchmarks.measured import MEMORY_EVERY
from benchmarks.page_server import PAGES_OPEN, PageServer
from benchmarks.throughput import OURS_BATCH

SLOPE_MB_MAX = 1.0
PER_EVENTS = 100_000
# What the allocator and the caches of the connection come to is there after some 200,000 events, with the thin writer,
# which is soon through with them, after some 400,000.
WARM_UP_SHARE = 0.4

Samples = Sequence[tuple[int, int]]
"""Pairs of events applied so far and resident bytes."""


def measure_memory(bench: Bench, console: Console, *, thin_events: int, real_events: int) -> bool:
    """Prints the resident memory of our worker over a long run with either writer, and of the page server beside the
    real one, and how each rises after warm-up.
    """
    good = True
    for writer, events in (("thin", thin_events), ("real", real_events)):
        with console.status(f"memory over {events:,} events, {writer} writer"):
            study = bench.filled_topics(events)
            pages = PageServer(bench.broker, study, lambda database: applied(database, "real"), MEMORY_EVERY)
            beside = pages.beside if writer == "real" else nothing_beside
            run = bench.drain("ours", writer, study, events=events, batch=OURS_BATCH, beside=beside)
        good &= _print(console, f"our worker, {writer} writer", run.memory, events)
        if writer == "real":
            what = f"page server, {PAGES_OPEN} pages open, {pages.answers:,} answers, {pages.moves:,} moves"
            good &= _print(console, what, pages.memory, events)
    return good


def slope_mb(memory: Samples, events: int) -> float:
    """Least squares over the samples after the warm-up, in megabytes per 100,000 events."""
    settled = [sample for sample in memory if sample[0] >= WARM_UP_SHARE * events]
    slope, _ = statistics.linear_regression([each[0] for each in settled], [each[1] for each in settled])
    return slope * PER_EVENTS / 1e6


def _print(console: Console, what: str, memory: Samples, events: int) -> bool:
    slope = slope_mb(memory, events)
    good = slope <= SLOPE_MB_MAX
    console.print(
        f"memory of {what}: {memory[0][1] / 1e6:.0f} MB at first, {memory[-1][1] / 1e6:.0f} MB after {events:,} "
        f"events; after warm-up {slope:+.2f} MB per {PER_EVENTS:,} events; expected at most {SLOPE_MB_MAX:g}: "
        f"{'yes' if good else 'NO'}"
    )
    return good
