"""Where the ledger stands in a partition: the locked row, and the fences in front of it."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg

from projections import statements
from projections.arrivals import Arrival
from projections.chain import GENESIS
from projections.errors import Fenced
from projections.pipelining import send
from schemas.records import Batch

_Locked = tuple[str, int, bytes, dt.datetime, int]


class Place(msgspec.Struct, frozen=True):
    """A locked position: the next offset, the chain's head, and the database's time when it was locked.

    ``fold_version`` is that of the live generation, which changes only while nobody has a position locked.
    """

    next_offset: int
    chain_head: bytes
    now: dt.datetime
    fold_version: int


def lock(connection: psycopg.Connection[Any], batch: Batch) -> Place:
    """Locks the position until the transaction ends; it is made where there is none. Raises Fenced."""
    where = (batch.topic, batch.partition)
    row = _locked(connection, where)
    if row is None:
        send(connection, statements.MAKE_POSITION, (*where, batch.topic_id, GENESIS))
        row = _locked(connection, where)
    assert row is not None, "the position was made in this transaction"
    topic_id, next_offset, chain_head, now, fold_version = row
    _demand_one_log(batch, topic_id, next_offset)
    return Place(next_offset, chain_head, now, fold_version)


def demand_same(connection: psycopg.Connection[Any], arrivals: Sequence[Arrival], next_offset: int) -> int:
    """How many of these, from the first on, the ledger has already; their bytes must be the ledger's. Raises Fenced."""
    again = [arrival for arrival in arrivals if arrival.record.offset < next_offset]
    if not again:
        return 0
    first, last = again[0].record, again[-1].record
    parameters = (first.topic, first.partition, first.offset, last.offset)
    stored = {row[0]: row[1:] for row in send(connection, statements.READ_AGAIN, parameters)}
    for arrival in again:
        record = arrival.record
        if stored.get(record.offset) != (record.key, arrival.headers, record.value):
            raise Fenced(
                f"{record.position} has other bytes than its ledger row: the log was changed or restored; compare both "
                "before anything goes on"
            )
    return len(again)


def _locked(connection: psycopg.Connection[Any], where: tuple[str, int]) -> _Locked | None:
    return send(connection, statements.LOCK_POSITION, where).fetchone()


def _demand_one_log(batch: Batch, topic_id: str, next_offset: int) -> None:
    partition = f"{batch.topic}[{batch.partition}]"
    if topic_id != batch.topic_id:
        raise Fenced(
            f"{partition} is not the topic that was applied so far: its id is {batch.topic_id}, the ledger's is "
            f"{topic_id}; it was deleted and made again, or this is another log"
        )
    if batch.log_end < next_offset:
        raise Fenced(
            f"{partition} ends at {batch.log_end}, and the ledger has applied up to {next_offset}: the log has lost "
            "records; compare it with a backup or the ledger before anything goes on"
        )
    first = batch.records[0].offset
    if first > next_offset:
        raise Fenced(f"{partition} continues at {first}, and the ledger waits for {next_offset}: seek to that offset")
    for expected, record in enumerate(batch.records, start=first):
        if record.offset != expected:
            raise Fenced(f"{partition}@{expected} is missing from the batch; {record.offset} came in its place")
