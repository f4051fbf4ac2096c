"""Writers as processes of their own: several at once, and killed at any moment."""

import os
import random
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from schemas.records import Record
from tests.eventlog.logs import LogUnderTest, all_records
from tests.eventlog.writing import RECORDS_IN_A_BATCH

REPOSITORY = Path(__file__).parents[2]


class Writer:
    """A running `tests.eventlog.writing`."""

    def __init__(self, log: LogUnderTest, name: str, count: int) -> None:
        self.name = name
        self.acknowledged: list[int] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.eventlog.writing", log.address(), log.topic(), name, str(count)],
            stdout=subprocess.PIPE,
            cwd=REPOSITORY,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        )

    def read_acknowledgements(self, most: int | None = None) -> None:
        """Waits for this many more, or for all until the process ends."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith(b"\n"):
                self.acknowledged.append(int(line))
            if most is not None:
                most -= 1
                if most == 0:
                    return

    def kill(self) -> None:
        """SIGKILL, and then what it had still said before."""
        self._process.kill()
        self.read_acknowledgements()
        assert self._process.wait() == -9

    def finish(self) -> None:
        self.read_acknowledgements()
        assert self._process.wait() == 0


def batches(records: list[Record]) -> dict[tuple[str, int], int]:
    """How many records of each writer's batch are in the log; fails where one is there twice."""
    found: dict[tuple[str, int], set[int]] = defaultdict(set)
    for record in records:
        assert record.value is not None
        name, number, place = record.value.decode().split()
        assert record.key == f"{name}-{place}".encode()
        assert int(place) not in found[name, int(number)]
        found[name, int(number)].add(int(place))
    return {batch: len(places) for batch, places in found.items()}


def orders(records: list[Record]) -> dict[bytes, list[int]]:
    """The batch numbers of each key, in the order in which the log has them."""
    numbers = defaultdict(list)
    for record in records:
        assert record.key is not None and record.value is not None
        numbers[record.key].append(int(record.value.split()[1]))
    return numbers


def test_processes_that_write_at_once_lose_nothing_and_keep_each_keys_order(log: LogUnderTest) -> None:
    names, count = ["A", "B", "C"], 40
    writers = [Writer(log, name, count) for name in names]
    for writer in writers:
        writer.finish()
        assert writer.acknowledged == list(range(count))

    records = all_records(log.reader(), log.topic())
    assert batches(records) == {(name, number): RECORDS_IN_A_BATCH for name in names for number in range(count)}
    assert all(numbers == list(range(count)) for numbers in orders(records).values())
    assert len({record.partition for record in records}) > 1


def test_killed_writers_leave_no_hole_and_nothing_acknowledged_is_lost(log: LogUnderTest) -> None:
    """Two writers at a time, killed after a random number of batches, somewhere inside the next one."""
    seeded = random.Random(20240601)
    writers = []
    for kill in range(4):
        pair = [Writer(log, f"K{kill}-{each}", 0) for each in range(2)]
        for writer in pair:
            writer.read_acknowledgements(seeded.randint(1, 30))
        for writer in pair:
            writer.kill()
        writers += pair
    log.settle()

    records = all_records(log.reader(), log.topic())
    found = batches(records)
    for writer in writers:
        assert writer.acknowledged == list(range(len(writer.acknowledged)))
        for number in writer.acknowledged:
            assert found[writer.name, number] == RECORDS_IN_A_BATCH
        numbers = sorted(number for name, number in found if name == writer.name)
        # The batch that was under way may be there as well, for its acknowledgement was on its way; never a later one.
        assert numbers in (writer.acknowledged, [*writer.acknowledged, len(writer.acknowledged)])
    for numbers in orders(records).values():
        assert numbers == sorted(numbers)
    if log.name == "embedded":
        assert set(found.values()) == {RECORDS_IN_A_BATCH}, "half of a batch is visible"

    # The log is as usable as before.
    after = Writer(log, "after", 3)
    after.finish()
    assert batches(all_records(log.reader(), log.topic()))["after", 2] == RECORDS_IN_A_BATCH
