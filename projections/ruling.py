"""What the ledger says of each record of a batch: accepted, duplicate or quarantined. Pure.

In this order:

1. A record that is no event is quarantined with its reason.
2. The first event under an id is accepted. Which one was first, the ledger's order of writing decides.
3. An event under a known id with the same facts is a duplicate; its trace does not count.
4. An event under a known id with other facts is quarantined as ``same-id-other-facts``; nothing of it takes effect.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from projections.arrivals import Arrival, Arrived
from schemas.outcomes import Reason

Status = Literal["accepted", "duplicate", "quarantined"]


class Ruled(msgspec.Struct, frozen=True):
    """One ledger row but for its hash. ``event_id`` is None where the record is no event."""

    arrival: Arrival
    status: Status
    reason: str | None
    event_id: str | None


def candidates(arrivals: Sequence[Arrival]) -> dict[str, Arrival]:
    """The first arrival under each event id of the batch."""
    first: dict[str, Arrival] = {}
    for arrival in arrivals:
        if arrival.arrived is not None:
            first.setdefault(arrival.arrived.event.id, arrival)
    return first


def doubted(arrivals: Sequence[Arrival], stored: Mapping[str, str]) -> list[str]:
    """The ids, sorted, under which something arrived whose digest is not the stored one."""
    arrived = [arrival.arrived for arrival in arrivals if arrival.arrived is not None]
    return sorted({each.event.id for each in arrived if stored.get(each.event.id, each.digest) != each.digest})


def rule(arrivals: Sequence[Arrival], first: Mapping[str, Arrival], stored: Mapping[str, str]) -> list[Ruled]:
    """A ruling for each arrival, in the same order.

    ``first`` are the batch's `candidates`; ``stored`` has the facts digest of those ids that were known before it. Both
    are as today's code makes them, or a change of version would look like a conflict (`doubted`).
    """
    return [_ruled(arrival, arrival.arrived, first, stored) for arrival in arrivals]


def refused(arrival: Arrival) -> Ruled:
    """The ruling on a record that the database refused as an event."""
    return Ruled(arrival, "quarantined", Reason.DATABASE.value, None)


def _ruled(arrival: Arrival, arrived: Arrived | None, first: Mapping[str, Arrival], stored: Mapping[str, str]) -> Ruled:
    if arrived is None:
        return Ruled(arrival, "quarantined", arrival.reason, None)
    event_id = arrived.event.id
    known = stored.get(event_id)
    if known is None:
        if first[event_id] is arrival:
            return Ruled(arrival, "accepted", None, event_id)
        earlier = first[event_id].arrived
        assert earlier is not None
        known = earlier.digest
    if known == arrived.digest:
        return Ruled(arrival, "duplicate", None, event_id)
    return Ruled(arrival, "quarantined", Reason.CONFLICT.value, event_id)
