"""Single records of the ledger with what came of each: for pages that show one, and for lists of found ones."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec
import psycopg

from projections.stored import ENTRY_COLUMNS, entry_of
from schemas.codec import decode
from schemas.events.event import Event
from schemas.records import Position
from schemas.settlement import Entry

Connection = psycopg.Connection[Any]
Changed = tuple[str, Any, Any]


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the ledger, what its event says and what it changed. Has blinded values: not for pages as it is.

    ``status`` is "accepted", "duplicate" or "quarantined"; ``reason`` is why it was quarantined, without its place,
    None for all else. ``event`` is None where the record is none. ``changes`` are as `schemas.changes` describes them,
    empty for what was not accepted. ``chain_hash`` is the row's, 32 bytes.
    """

    position: Position
    commit: int
    committed_at: dt.datetime
    received_at: dt.datetime
    status: str
    reason: str | None
    event: Event | None
    changes: tuple[Changed, ...]
    chain_hash: bytes


def recorded_at(connection: Connection, positions: Iterable[Position]) -> list[Recorded]:
    """The records at these positions, in their order; a position at which there is none is left out."""
    places = list(positions)
    rows = connection.execute(
        """
        SELECT place.topic, place.partition, place."offset", made.number, made.committed_at, record.received_at,
               record.status, record.reason, record.value, trail.changes, record.chain_hash
        FROM unnest(%s::text[], %s::integer[], %s::bigint[]) WITH ORDINALITY AS place (topic, partition, "offset", nth)
        JOIN trial.ledger AS record USING (topic, partition, "offset")
        CROSS JOIN LATERAL (
            SELECT number, committed_at FROM trial.commits AS made
            WHERE made.topic = place.topic AND made.partition = place.partition AND first_offset <= place."offset"
            ORDER BY first_offset DESC LIMIT 1
        ) AS made
        LEFT JOIN trial.audit_trail AS trail USING (topic, partition, "offset")
        ORDER BY place.nth
        """,
        (
            [place.topic for place in places],
            [place.partition for place in places],
            [place.offset for place in places],
        ),
    )
    return [_recorded(row) for row in rows]


def position_of(connection: Connection, event_id: str) -> Position | None:
    """Where the event of this id was accepted, None where none was."""
    row = connection.execute(
        'SELECT topic, partition, "offset" FROM trial.entries WHERE event_id = %s', (event_id,)
    ).fetchone()
    return None if row is None else Position(*row)


def positions_of(connection: Connection, event_ids: Iterable[str]) -> dict[str, Position]:
    """Where each of these events was accepted, by id; one that was not is left out."""
    rows = connection.execute(
        'SELECT event_id, topic, partition, "offset" FROM trial.entries WHERE event_id = ANY(%s)',
        (sorted(set(event_ids)),),
    )
    return {event_id: Position(topic, partition, offset) for event_id, topic, partition, offset in rows}


def standing(connection: Connection, event_ids: Iterable[str]) -> dict[str, Entry]:
    """How these entries stand now, by id; actions and what is about no subject are left out."""
    rows = connection.execute(
        f"SELECT {ENTRY_COLUMNS} FROM trial.entries WHERE event_id = ANY(%s) AND in_force",  # noqa: S608 - a constant
        (sorted(set(event_ids)),),
        binary=True,
    )
    return {row[0]: entry_of(row) for row in rows}


def _recorded(row: tuple[Any, ...]) -> Recorded:
    topic, partition, offset, commit, committed_at, received_at, status, reason, value, changes, chain_hash = row
    event = decode(value)
    return Recorded(
        position=Position(topic, partition, offset),
        commit=commit,
        committed_at=committed_at,
        received_at=received_at,
        status=status,
        reason=None if reason is None else reason.split(" at ", 1)[0],
        event=event if isinstance(event, Event) else None,
        changes=tuple((name, old, new) for name, old, new in changes or ()),
        chain_hash=chain_hash,
    )
