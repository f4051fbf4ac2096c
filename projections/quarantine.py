"""Questions about what is held back: which records, for what, and which are settled by having been driven again.

Nothing here has a table of its own. What is quarantined stands in the ledger and stays there; what became of it is
said by the events `QuarantineRedriven`, which lie in the ledger as well, so a rebuilt projection answers the same. A
record is settled where such an event names it as taken **and** every fact that came of it was accepted: a redrive whose
fact the ledger did not take settles nothing. All functions read on a psycopg connection, as `projections.reading` does.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import psycopg

from projections.arrivals import digest_today
from schemas.codec import decode
from schemas.events.event import Event
from schemas.events.quarantine import QuarantineRedriven, RedriveOutcome
from schemas.records import Position

Connection = psycopg.Connection[Any]

_POSITION = re.compile(r"^([a-z0-9._-]+)\[(\d{1,9})\]@(\d{1,18})$")


class HeldRow(msgspec.Struct, frozen=True, kw_only=True):
    """A quarantined ledger row. ``reason`` is the ledger's, with its place; ``event_id`` is None but for a conflict."""

    position: Position
    reason: str
    received_at: dt.datetime
    event_id: str | None = None


class HeldRecord(HeldRow, frozen=True, kw_only=True):
    """The same with the exact bytes as they were received."""

    key: bytes | None
    value: bytes | None


class Redrive(msgspec.Struct, frozen=True, kw_only=True):
    """The event that settled something held: its id, who drove it again and when, and the facts that came of it."""

    event_id: str
    actor: str
    actor_role: str
    at: dt.datetime
    facts: tuple[str, ...]


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """How much of what was held back is settled: quarantined rows by reason without its place, and refused messages."""

    rows_by_reason: dict[str, int]
    messages: int

    @property
    def rows(self) -> int:
        return sum(self.rows_by_reason.values())


def parse_position(text: str) -> Position | None:
    """
    >>> parse_position("study.lab[2]@117")
    Position(topic='study.lab', partition=2, offset=117)
    >>> parse_position("S-017") is None
    True
    """
    found = _POSITION.match(text)
    return None if found is None else Position(found[1], int(found[2]), int(found[3]))


def kind_of(reason: str) -> str:
    """The reason without its place.

    >>> kind_of("malformed-facts at $.data.number")
    'malformed-facts'
    """
    return reason.split(" at ", 1)[0]


def held_rows(connection: Connection) -> list[HeldRow]:
    """Every quarantined row in the order of receipt, settled or not."""
    rows = connection.execute(
        'SELECT topic, partition, "offset", reason, received_at, event_id FROM trial.ledger'
        " WHERE status <> 'accepted' AND status = 'quarantined' ORDER BY received_at, topic, partition, \"offset\""
    )
    return [HeldRow(position=Position(*row[:3]), reason=row[3], received_at=row[4], event_id=row[5]) for row in rows]


def held_record(connection: Connection, position: Position) -> HeldRecord | None:
    """The quarantined record there; None where the ledger has none at this position, or took it."""
    row = connection.execute(
        "SELECT reason, received_at, event_id, key, value FROM trial.ledger"
        " WHERE topic = %s AND partition = %s AND \"offset\" = %s AND status = 'quarantined'",
        (position.topic, position.partition, position.offset),
    ).fetchone()
    if row is None:
        return None
    return HeldRecord(position=position, reason=row[0], received_at=row[1], event_id=row[2], key=row[3], value=row[4])


def settling(connection: Connection) -> dict[str, Redrive]:
    """By what was held, the first redrive that settled it: a log position as text, or a message's fingerprint."""
    said = _redrives(connection)
    accepted = _accepted(connection, {event_id for _, facts in said for event_id in facts.events})
    found: dict[str, Redrive] = {}
    for event, facts in said:
        if not _settles(facts, accepted):
            continue
        found.setdefault(
            facts.held,
            Redrive(
                event_id=event.id,
                actor=event.actor,
                actor_role=event.actor_role,
                at=event.recorded_at,
                facts=facts.events,
            ),
        )
    return found


def settled(connection: Connection) -> Settled:
    """The counts for pages and metrics. Costs what was ever driven again, not what is in the ledger."""
    held = settling(connection)
    if not held:
        return Settled(rows_by_reason={}, messages=0)
    positions = [position for each in held if (position := parse_position(each)) is not None]
    reasons = connection.execute(
        """
        SELECT split_part(record.reason, ' at ', 1)
        FROM unnest(%s::text[], %s::integer[], %s::bigint[]) AS named (topic, partition, "offset")
        JOIN trial.ledger AS record USING (topic, partition, "offset") WHERE record.status = 'quarantined'
        """,
        _columns(positions),
    )
    return Settled(
        rows_by_reason=dict(sorted(Counter(reason for (reason,) in reasons).items())),
        messages=len(held) - len(positions),
    )


def digest_of(connection: Connection, event_id: str) -> str | None:
    """The facts digest of the accepted event with this id, as today's code makes it; None where there is none."""
    row = connection.execute(
        "SELECT record.value FROM trial.entries AS entry"
        ' JOIN trial.ledger AS record USING (topic, partition, "offset") WHERE entry.event_id = %s',
        (event_id,),
    ).fetchone()
    return None if row is None else digest_today(row[0])


def _settles(facts: QuarantineRedriven, accepted: frozenset[str]) -> bool:
    """A message that waits for its patient is refused no more, and has no facts yet."""
    if facts.outcome is RedriveOutcome.WAITING:
        return True
    return facts.outcome is RedriveOutcome.TAKEN and bool(facts.events) and accepted.issuperset(facts.events)


def _redrives(connection: Connection) -> list[tuple[Event, QuarantineRedriven]]:
    """Every accepted redrive, in the order of recording."""
    rows = connection.execute(
        """
        SELECT record.value
        FROM trial.entries AS entry JOIN trial.ledger AS record USING (topic, partition, "offset")
        WHERE entry.subject IS NULL AND entry.type = %s ORDER BY entry.recorded_at, entry.event_id COLLATE "C"
        """,
        (QuarantineRedriven.TYPE,),
    )
    found = []
    for (value,) in rows:
        event = decode(value)
        assert isinstance(event, Event), "an accepted redrive is unreadable now"
        assert isinstance(event.facts, QuarantineRedriven)
        found.append((event, event.facts))
    return found


def _accepted(connection: Connection, event_ids: Iterable[str]) -> frozenset[str]:
    rows = connection.execute(
        "SELECT event_id FROM trial.entries WHERE event_id = ANY(%s::text[])", (sorted(event_ids),)
    )
    return frozenset(event_id for (event_id,) in rows)


def _columns(positions: Sequence[Position]) -> tuple[list[str], list[int], list[int]]:
    return (
        [each.topic for each in positions],
        [each.partition for each in positions],
        [each.offset for each in positions],
    )
