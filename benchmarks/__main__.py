"""`python -m benchmarks [PART ...] [--small]`: all parts, or those named. Exits 1 where a number is not as expected."""

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console

from benchmarks.bench import bench
from benchmarks.coverage import CoverageSizes, measure_coverage
from benchmarks.fold import FoldSizes, measure_fold
from benchmarks.growth import Sizes, measure_growth
from benchmarks.memory import measure_memory
from benchmarks.panel import PanelSizes, measure_panel
from benchmarks.rebuild import RebuildSizes, measure_rebuild
from benchmarks.throughput import Scale, measure_latency, measure_throughput
from benchmarks.verify import VerifySizes, measure_verify

PARTS = ("fold", "panel", "coverage", "throughput", "latency", "growth", "memory", "verify", "rebuild")
WITHOUT_SERVERS = {"fold", "panel", "coverage"}
SMALL_SCALE = Scale(thin_events=2000, real_events=1000, rounds=1, latency_events=500, latency_per_second=250)
SMALL_SIZES = Sizes(small=1000, large=3000, window=500, rounds=1)
SMALL_VERIFY = VerifySizes(large=3000, small=1000, subjects=9, rounds=1)
SMALL_REBUILD = RebuildSizes(large=2_000, small=1_000, subjects=10, live_events=100)
SMALL_PANEL = PanelSizes(subjects=(20,), entries=5)
SMALL_COVERAGE = CoverageSizes(accrual_trials=200, survival_trials=20, rates=99)
SMALL_FOLD = FoldSizes(subjects=2, history=100, rounds=1, entries=6_000, additions=5)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all where none is named")
    parser.add_argument("--small", action="store_true", help="tiny sizes: shows that it runs, its numbers mean nothing")
    chosen = parser.parse_args(arguments)
    unknown = set(chosen.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    scale, sizes = (SMALL_SCALE, SMALL_SIZES) if chosen.small else (Scale(), Sizes())
    console = Console(width=150)
    parts = chosen.parts or PARTS
    good = _without_servers(console, parts, small=chosen.small)
    if set(parts) <= WITHOUT_SERVERS:
        return 0 if good else 1
    with bench() as running:
        console.print(f"broker: {running.broker.kind}; PostgreSQL with fsync on")
        for part in parts:
            if part == "throughput":
                good &= measure_throughput(running, console, scale)
            elif part == "latency":
                good &= measure_latency(running, console, scale)
            elif part == "growth":
                good &= measure_growth(running, console, sizes)
            elif part == "verify":
                good &= measure_verify(running, console, SMALL_VERIFY if chosen.small else VerifySizes())
            elif part == "rebuild":
                good &= measure_rebuild(running, console, SMALL_REBUILD if chosen.small else RebuildSizes())
            elif part == "memory":
                thin, real = (20_000, 20_000) if chosen.small else (1_200_000, 500_000)
                good &= measure_memory(running, console, thin_events=thin, real_events=real)
    return 0 if good else 1


def _without_servers(console: Console, parts: Sequence[str], *, small: bool) -> bool:
    """The parts in which neither log nor database takes part."""
    good = True
    if "fold" in parts:
        good &= measure_fold(console, SMALL_FOLD if small else FoldSizes())
    if "panel" in parts:
        good &= measure_panel(console, SMALL_PANEL if small else PanelSizes())
    if "coverage" in parts:
        good &= measure_coverage(console, SMALL_COVERAGE if small else CoverageSizes())
    return good


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
