"""The rows of the shadow tables, each with all of its columns. Pure."""

from collections.abc import Sequence
from types import MappingProxyType

from projections.arrivals import Arrived
from projections.by_subject import Accepted
from projections.replay.binary_rows import bigint, blob, boolean, date, instant, integer, jsonb, row, smallint, text
from projections.stored import encode_statuses, facts_bytes, rank, zone_offset_s
from schemas.changes import Field, encode_changes
from schemas.settlement import Entry
from schemas.status import StatusSince
from schemas.subject import FOLD_VERSION, SubjectState, digest, encode_state

COLUMNS = MappingProxyType(
    {
        "entries": (
            "event_id", "facts_digest", "subject", "type", "target", "series", "happened_at", "happened_rank",
            "happened_on", "zone_offset_s", "recorded_at", "topic", "partition", "offset", "in_force", "facts", "by",
            "contested",
        ),
        "subjects": (
            "subject", "state", "digest", "fold_version", "status", "status_since", "status_entry", "statuses",
        ),
        "audit_trail": (
            "topic", "partition", "offset", "subject", "event_id", "actor", "actor_role", "happened", "recorded_at",
            "received_at", "reason", "changes",
        ),
    }
)  # fmt: skip
"""By table, its columns in the order of the rows below."""


def entry_row(accepted: Accepted, arrived: Arrived, stands: Entry | None) -> bytes:
    """A row of ``entries``. ``stands`` is the entry as it stands now, None where it stands as it was sent."""
    event, entry = arrived.event, stands or arrived.entry
    happened = event.happened if entry is None else entry.happened
    facts = arrived.payload if stands is None else facts_bytes(stands.facts)
    return row(
        text(event.id),
        blob(bytes.fromhex(arrived.digest)),
        text(event.subject),
        text(event.type),
        text(arrived.target),
        bigint(arrived.series),
        instant(happened.at),
        smallint(rank(happened)),
        date(happened.on),
        integer(zone_offset_s(happened)),
        instant(event.recorded_at),
        text(accepted.topic),
        integer(accepted.partition),
        bigint(accepted.offset),
        boolean(facts is not None),
        blob(facts),
        text(None if entry is None else entry.by),
        boolean(entry is not None and entry.contested),
    )


def trail_row(accepted: Accepted, arrived: Arrived, changes: list[Field]) -> bytes:
    """A row of ``audit_trail``."""
    event = arrived.event
    return row(
        text(accepted.topic),
        integer(accepted.partition),
        bigint(accepted.offset),
        text(event.subject),
        text(event.id),
        text(event.actor),
        text(event.actor_role),
        text(str(event.happened)),
        instant(event.recorded_at),
        instant(accepted.received_at),
        text(event.reason),
        blob(encode_changes(changes)),
    )


def subject_row(state: SubjectState, status: StatusSince | None, reached: Sequence[StatusSince]) -> bytes:
    """A row of ``subjects``."""
    return row(
        text(state.subject),
        blob(encode_state(state)),
        text(digest(state)),
        integer(FOLD_VERSION),
        text(None if status is None else status.status.value),
        date(None if status is None else status.since.on),
        text(None if status is None else status.since.entry),
        jsonb(encode_statuses(reached)),
    )
