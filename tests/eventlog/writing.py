"""A process that appends batches until it is done or killed.

`python -m tests.eventlog.writing ADDRESS TOPIC NAME COUNT`

Each batch is `RECORDS_IN_A_BATCH` records with keys of different partitions, whose values are `NAME batch place`. After
each confirmed batch its number is printed, so that whoever reads the pipe knows what was acknowledged. COUNT 0: no end.
"""

import itertools
import sys

from eventlog.log import Appender
from schemas.records import NewRecord
from tests.eventlog.logs import opened

RECORDS_IN_A_BATCH = 6


def batch(topic: str, name: str, number: int) -> list[NewRecord]:
    """The keys are the same in every batch and no other writer's, so that the order of a key can be checked."""
    return [
        NewRecord(topic=topic, key=f"{name}-{place}".encode(), value=f"{name} {number} {place}".encode())
        for place in range(RECORDS_IN_A_BATCH)
    ]


def write(appender: Appender, topic: str, name: str, count: int) -> None:
    for number in range(count) if count else itertools.count():
        appender.append(batch(topic, name, number))
        print(number, flush=True)  # noqa: T201


if __name__ == "__main__":
    _, address, topic, name, count = sys.argv
    write(opened(address), topic, name, int(count))
