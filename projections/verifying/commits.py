"""The commits: numbers from 1 without a gap, times that never go back, every partition covered from 0 and only once."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg

from projections.verifying.broken import Broken, Kind
from projections.verifying.partitions import Position

Connection = psycopg.Connection[Any]

_COMMITS = """
SELECT number, committed_at, topic, partition, first_offset, last_offset FROM trial.commits WHERE number > %s
ORDER BY number
"""
COMMITS_A_STEP = 5_000


def commits_broken(
    connection: Connection,
    found: list[Position],
    begins: Mapping[tuple[str, int], int],
    after: int = 0,
    not_before: dt.datetime | None = None,
) -> Iterator[Broken]:
    """What is broken in the commits above ``after``, whose time is ``not_before``.

    ``begins`` are the offsets at which partitions go on there, 0 where none is given. Needs a transaction.
    """
    next_offsets = dict(begins)
    number_before, time_before = after, not_before
    with connection.cursor("commits") as cursor:
        cursor.itersize = COMMITS_A_STEP
        cursor.execute(_COMMITS, (after,), binary=True)
        for number, committed_at, topic, partition, first, last in cursor:
            if number != number_before + 1:
                yield _broken(number, "a commit before it is missing")
            if time_before is not None and committed_at < time_before:
                yield _broken(number, "its time lies before that of the commit before")
            if first != next_offsets.get((topic, partition), 0):
                yield _broken(number, "its offsets do not follow those of its partition's last commit")
            number_before, time_before = number, committed_at
            next_offsets[topic, partition] = last + 1
    yield from _uncovered(found, next_offsets)


def _uncovered(found: list[Position], next_offsets: Mapping[tuple[str, int], int]) -> Iterator[Broken]:
    for each in found:
        if next_offsets.get((each.topic, each.partition), 0) != each.next_offset:
            yield Broken(
                kind=Kind.COMMITS,
                position=each.place,
                what="the commits do not reach to the position",
                stands="the rows and their chain; not the time at which each was known",
                partition=each.place,
                offset=each.next_offset,
            )


def _broken(number: int, what: str) -> Broken:
    return Broken(
        kind=Kind.COMMITS,
        position=f"commit {number}",
        what=what,
        stands="the rows and their chain; not what was known at the commits from here on, but for what seals prove",
        offset=number,
    )
