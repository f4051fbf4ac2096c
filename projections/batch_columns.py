"""A batch's rows as columns, for the statements that add them. Pure."""

from collections.abc import Sequence

import msgspec

from projections.arrays import Column, bigints, blobs, dates, instants, integers, texts
from projections.arrivals import Arrival, Arrived
from projections.carrying import Carried
from projections.chain import chain_hash
from projections.ruling import Ruled
from projections.stored import encode_statuses, rank, zone_offset_s
from schemas.changes import Field, encode_changes
from schemas.events.event import Event
from schemas.subject import digest, encode_state


class TrailRow(msgspec.Struct, frozen=True):
    """What one accepted event, at an offset of the batch's partition, changed."""

    offset: int
    event: Event
    changes: list[Field]


def entry_columns(arrivals: Sequence[Arrival]) -> tuple[Column, ...]:
    """The arrays of `statements.ADD_ENTRIES`, one row for each arrival; all of them are events."""
    arrived = [_arrived(arrival) for arrival in arrivals]
    events = [each.event for each in arrived]
    return (
        texts([event.id for event in events]),
        blobs([bytes.fromhex(each.digest) for each in arrived]),
        texts([event.subject for event in events]),
        texts([event.type for event in events]),
        texts([each.target for each in arrived]),
        bigints([each.series for each in arrived]),
        instants(event.happened.at for event in events),
        integers([rank(event.happened) for event in events]),
        dates(event.happened.on for event in events),
        integers([zone_offset_s(event.happened) for event in events]),
        instants(event.recorded_at for event in events),
        bigints([arrival.record.offset for arrival in arrivals]),
        blobs([each.payload for each in arrived]),
        texts([None if each.entry is None else each.entry.by for each in arrived]),
    )


def ledger_columns(ruled: Sequence[Ruled], hashes: Sequence[bytes]) -> tuple[Column, ...]:
    """The arrays of `statements.ADD_LEDGER`."""
    arrivals = [each.arrival for each in ruled]
    records = [arrival.record for arrival in arrivals]
    return (
        bigints([record.offset for record in records]),
        blobs([record.key for record in records]),
        blobs([arrival.headers for arrival in arrivals]),
        blobs([record.value for record in records]),
        bigints([record.timestamp_ms for record in records]),
        texts([each.status for each in ruled]),
        texts([each.reason for each in ruled]),
        texts([each.event_id for each in ruled]),
        blobs(hashes),
    )


def chained(head: bytes, ruled: Sequence[Ruled]) -> list[bytes]:
    """The chain hash of each row, from the hash of the row before the first."""
    hashes = []
    for each in ruled:
        record = each.arrival.record
        head = chain_hash(
            head,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            key=record.key,
            headers=each.arrival.headers,
            value=record.value,
            status=each.status,
            reason=each.reason,
            event_id=each.event_id,
        )
        hashes.append(head)
    return hashes


def trail_columns(rows: Sequence[TrailRow]) -> tuple[Column, ...]:
    """The arrays of `statements.ADD_TRAIL`."""
    events = [row.event for row in rows]
    return (
        bigints([row.offset for row in rows]),
        texts([event.subject for event in events]),
        texts([event.id for event in events]),
        texts([event.actor for event in events]),
        texts([event.actor_role for event in events]),
        texts([str(event.happened) for event in events]),
        instants(event.recorded_at for event in events),
        texts([event.reason for event in events]),
        texts([encode_changes(row.changes).decode() for row in rows]),
    )


def subject_columns(subjects: Sequence[Carried]) -> tuple[Column, ...]:
    """The arrays of `statements.RESTATE_SUBJECTS`."""
    states = [carried.state for carried in subjects]
    statuses = [carried.status for carried in subjects]
    return (
        texts([state.subject for state in states]),
        blobs([encode_state(state) for state in states]),
        texts([digest(state) for state in states]),
        texts([None if status is None else status.status.value for status in statuses]),
        texts([None if status is None else status.since.on.isoformat() for status in statuses]),
        texts([None if status is None else status.since.entry for status in statuses]),
        texts([encode_statuses(carried.reached()) for carried in subjects]),
    )


def _arrived(arrival: Arrival) -> Arrived:
    assert arrival.arrived is not None, "only events have entries"
    return arrival.arrived
