"""Does a worker's memory grow with the events that went through it?"""

import statistics

from rich.console import Console

from benchmarks.bench import Bench, Run
from benchmarks.throughput import OURS_BATCH

SLOPE_MB_MAX = 1.0
PER_EVENTS = 100_000
# What the allocator and the caches of the connection come to is there after some 150,000 events.
WARM_UP_SHARE = 0.4


def measure_memory(bench: Bench, console: Console, *, thin_events: int, real_events: int) -> bool:
    """Prints the resident memory of our worker over a long run with either writer, and how it rises after warm-up."""
    good = True
    for writer, events in (("thin", thin_events), ("real", real_events)):
        with console.status(f"memory of our worker over {events:,} events, {writer} writer"):
            study = bench.filled_topics(events)
            run = bench.drain("ours", writer, study, events=events, batch=OURS_BATCH)
        slope = slope_mb(run)
        good &= slope <= SLOPE_MB_MAX
        first, last = run.memory[0][1] / 1e6, run.memory[-1][1] / 1e6
        console.print(
            f"memory of our worker, {writer} writer: {first:.0f} MB at first, {last:.0f} MB after {events:,} events; "
            f"after warm-up {slope:+.2f} MB per {PER_EVENTS:,} events; expected at most {SLOPE_MB_MAX:g}: "
            f"{'yes' if slope <= SLOPE_MB_MAX else 'NO'}"
        )
    return good


def slope_mb(run: Run) -> float:
    """Least squares over the samples after the warm-up, in megabytes per 100,000 events."""
    settled = [(events, rss) for events, rss in run.memory if events >= WARM_UP_SHARE * run.events]
    slope, _ = statistics.linear_regression([each[0] for each in settled], [each[1] for each in settled])
    return slope * PER_EVENTS / 1e6
