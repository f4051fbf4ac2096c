"""The benchmarks run, at sizes at which their numbers mean nothing. Quix Streams is an extra, so not here."""

import io

import pytest
from rich.console import Console

from benchmarks import rebuild
from benchmarks.bench import Bench
from benchmarks.growth import Sizes, measure_growth
from benchmarks.memory import slope_mb
from benchmarks.rebuild import RebuildSizes
from benchmarks.throughput import percentiles_ms
from benchmarks.verify import VerifySizes, measure_verify
from tests.servers.broker import Broker
from tests.servers.postgres import DatabaseServer

EVENTS = 300


@pytest.fixture(scope="module")
def bench(session_broker: Broker, database_server: DatabaseServer) -> Bench:
    return Bench(session_broker, database_server)


@pytest.mark.parametrize("consumer", ["ours", "bare", "stock"])
@pytest.mark.parametrize("writer", ["thin", "real"])
def test_every_consumer_brings_all_events_to_the_writer(
    broker: Broker, bench: Bench, consumer: str, writer: str
) -> None:
    assert bench.broker is broker
    study = bench.filled_topics(EVENTS)
    run = bench.drain(consumer, writer, study, events=EVENTS, batch=100)
    assert run.events == EVENTS
    assert run.batches >= EVENTS // 100
    assert {"decode", "chain", "ledger", "position", "commit"} <= run.parts.keys()


def test_latencies_are_taken_of_every_event_that_was_paced(broker: Broker, bench: Bench) -> None:
    assert bench.broker is broker
    run = bench.follow("ours", "thin", events=100, per_second=200, batch=100)
    assert len(run.latencies_ns) == 100
    assert all(latency > 0 for latency in run.latencies_ns)


def test_growth_is_printed_by_part(broker: Broker, bench: Bench) -> None:
    assert bench.broker is broker
    said = Console(file=io.StringIO(), width=150)
    measure_growth(bench, said, Sizes(small=1000, large=2500, window=500, rounds=2))
    assert isinstance(said.file, io.StringIO)
    assert "an event costs" in said.file.getvalue()


def test_verification_is_measured_in_parts_and_as_a_whole(broker: Broker, bench: Bench) -> None:
    assert bench.broker is broker
    said = Console(file=io.StringIO(), width=150)
    measure_verify(bench, said, VerifySizes(large=1500, small=500, subjects=6, rounds=1))
    assert isinstance(said.file, io.StringIO)
    assert "nothing is broken in it: yes" in said.file.getvalue()
    assert "two processes on two cores" in said.file.getvalue()


def test_a_rebuild_is_printed_beside_its_parts_and_live_goes_on(broker: Broker, bench: Bench) -> None:
    """In this process: the benchmark itself starts one for each measurement, which takes long and shows no more."""
    assert bench.broker is broker
    said = io.StringIO()
    sizes = RebuildSizes(large=600, small=300, subjects=4)
    with bench.database() as database:
        live = rebuild.Live(database, sizes.subjects)
        live.fill(sizes.large)
        parts, whole = rebuild.parts_of(database), rebuild.rebuilt(database.url("trialog_owner"), 1)
        rebuild.print_parts(Console(file=said, width=150), sizes, parts, whole)
        assert len(live.paced(500, lambda done: done >= 20)) >= 4
        live.close()
    for row in ("read", "decode", "fold", "write", "the whole rebuild"):
        assert f"│ {row} " in said.getvalue()
    assert "it is what live has: yes" in said.getvalue()


def test_percentiles_are_in_milliseconds() -> None:
    assert percentiles_ms([each * 1_000_000 for each in range(101)]) == (50.0, 95.0, 99.0)


def test_the_slope_of_memory_leaves_out_the_warm_up() -> None:
    memory = [(10_000, 50_000_000), (20_000, 90_000_000)]
    memory += [(each * 10_000, 100_000_000 + each * 200_000) for each in range(3, 11)]
    assert slope_mb(memory, 100_000) == pytest.approx(2.0)  # 0.2 MB for every 10,000 events
