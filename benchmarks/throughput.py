"""Four ways from the broker to one writer, side by side in one run; twice, with a thin writer and with the real one.

Prints events per second, the ratios that the design expects, what each part of the writing costs, and how long it
takes from send to committed at an even pace.
"""

import statistics
from collections.abc import Iterable

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.bench import Bench, Run

OURS_BATCH = 4000
BARE_BATCHES = (500, 1000, 4000)
STOCK_BATCH = 1000
QUIX_BATCH = 4000

# (other consumer, writer): what our worker must reach at least, as a multiple of that consumer in the same run.
RATIOS_MIN = {("bare", "thin"): 0.8, ("stock", "thin"): 8.0, ("quix", "thin"): 1.5, ("bare", "real"): 0.8}
P50_MS_MAX = 10.0
P99_MS_MAX = 40.0


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How large a run is. ``rounds``: each consumer runs so often, in turn, and its median counts."""

    thin_events: int = 100_000
    real_events: int = 30_000
    rounds: int = 3
    latency_events: int = 10_000
    latency_per_second: int = 500


def contenders() -> list[tuple[str, int]]:
    """Each consumer with the batch sizes that it is tried with; the best of them is reported."""
    return [
        ("ours", OURS_BATCH),
        *(("bare", batch) for batch in BARE_BATCHES),
        ("stock", STOCK_BATCH),
        ("quix", QUIX_BATCH),
    ]


def measure_throughput(bench: Bench, console: Console, scale: Scale) -> bool:
    """Prints the comparison; True where every ratio is as expected."""
    good = True
    for writer, events in (("thin", scale.thin_events), ("real", scale.real_events)):
        study = bench.filled_topics(events)
        runs: dict[tuple[str, int], list[Run]] = {contender: [] for contender in contenders()}
        # In turn rather than one after the other, so that a slow minute of the machine is everybody's.
        for _ in range(scale.rounds):
            for (consumer, batch), done in runs.items():
                with console.status(f"{writer} writer, {consumer} in batches of {batch}"):
                    done.append(bench.drain(consumer, writer, study, events=events, batch=batch))
        good &= _print_rates(console, writer, events, runs)
        _print_parts(console, writer, runs["ours", OURS_BATCH])
    return good


def measure_latency(bench: Bench, console: Console, scale: Scale) -> bool:
    """Prints the latencies of all; True where our worker's with the real writer are as expected."""
    table = Table(title=f"From send to committed, {scale.latency_per_second} events/s, {scale.latency_events} events")
    for column in ("writer", "consumer", "p50 ms", "p95 ms", "p99 ms", "events/batch"):
        table.add_column(column, justify="right" if "ms" in column or "/" in column else "left")
    good = True
    for writer in ("thin", "real"):
        for consumer, batch in (("ours", OURS_BATCH), ("bare", 500), ("stock", STOCK_BATCH), ("quix", QUIX_BATCH)):
            with console.status(f"latency: {writer} writer, {consumer}"):
                run = bench.follow(
                    consumer, writer, events=scale.latency_events, per_second=scale.latency_per_second, batch=batch
                )
            p50, p95, p99 = percentiles_ms(run.latencies_ns)
            table.add_row(writer, consumer, f"{p50:.1f}", f"{p95:.1f}", f"{p99:.1f}", f"{run.events / run.batches:.1f}")
            if consumer == "ours" and writer == "real":
                good = p50 <= P50_MS_MAX and p99 <= P99_MS_MAX
    console.print(table)
    console.print(
        f"expected of ours with the real writer: p50 at most {P50_MS_MAX:g} ms, p99 at most {P99_MS_MAX:g} ms"
    )
    console.print("as expected" if good else "NOT as expected")
    return good


def percentiles_ms(latencies_ns: Iterable[int]) -> tuple[float, float, float]:
    """The 50th, 95th and 99th percentile, in milliseconds."""
    cuts = statistics.quantiles((each / 1e6 for each in latencies_ns), n=100, method="inclusive")
    return cuts[49], cuts[94], cuts[98]


def _median(runs: list[Run]) -> float:
    return statistics.median(run.per_second for run in runs)


def _print_rates(console: Console, writer: str, events: int, runs: dict[tuple[str, int], list[Run]]) -> bool:
    best = {
        consumer: max(_median(done) for (name, _), done in runs.items() if name == consumer) for consumer, _ in runs
    }
    table = Table(title=f"{writer} writer, {events} events, median of {len(next(iter(runs.values())))}")
    for column in (
        "consumer",
        "batch",
        "events/s",
        "lowest",
        "highest",
        "µs/event",
        "in the writer",
        "ours is",
        "expected",
    ):
        table.add_column(column, justify="left" if column == "consumer" else "right")
    good = True
    for (consumer, batch), done in runs.items():
        rates = sorted(run.per_second for run in done)
        ratio, expected = "", ""
        if consumer != "ours" and _median(done) == best[consumer]:
            reached, least = best["ours"] / best[consumer], RATIOS_MIN.get((consumer, writer))
            ratio = f"{reached:.2f} x"
            if least is not None:
                good &= reached >= least
                expected = f"{'' if reached >= least else 'NOT '}>= {least:g} x"
        within = statistics.median(run.writing_seconds / run.seconds for run in done)
        table.add_row(
            consumer,
            str(batch),
            f"{_median(done):,.0f}",
            f"{rates[0]:,.0f}",
            f"{rates[-1]:,.0f}",
            f"{1e6 / _median(done):.1f}",
            f"{within:.0%}",
            ratio,
            expected,
        )
    console.print(table)
    return good


def _print_parts(console: Console, writer: str, runs: list[Run]) -> None:
    """Where our worker's time goes. What is not the writer's is Kafka's client, Faust and the hand-over."""
    run = sorted(runs, key=lambda each: each.per_second)[len(runs) // 2]
    table = Table(
        title=f"our worker, {writer} writer: µs per event by part ({run.events / run.batches:.0f} events a batch)"
    )
    table.add_column("part")
    table.add_column("µs/event", justify="right")
    for part, seconds in sorted(run.parts.items(), key=lambda each: -each[1]):
        table.add_row(part, f"{1e6 * seconds / run.events:.2f}")
    table.add_row("rest of the writer", f"{1e6 * (run.writing_seconds - sum(run.parts.values())) / run.events:.2f}")
    table.add_row("from the broker to the writer", f"{1e6 * (run.seconds - run.writing_seconds) / run.events:.2f}")
    table.add_row("all", f"{1e6 * run.seconds / run.events:.2f}", style="bold")
    console.print(table)
