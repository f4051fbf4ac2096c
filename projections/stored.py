"""Entries and statuses as the tables hold them, there and back. Pure."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, cast

import msgspec

from projections.arrays import Column, blobs, booleans, dates, instants, integers, texts
from schemas.codec import decode_facts, encode_facts
from schemas.events import SubjectFacts
from schemas.moments import Moment, Precision
from schemas.settlement import Entry
from schemas.status import StatusSince

_PRECISIONS = tuple(Precision)
_RANKS = {precision: rank for rank, precision in enumerate(_PRECISIONS)}

ENTRY_COLUMNS = "event_id, type, happened_at, happened_rank, zone_offset_s, recorded_at, facts, by, contested"
"""What `entry_of` reads, in its order."""


def entry_of(row: Sequence[Any]) -> Entry:
    """An entry from `ENTRY_COLUMNS`; times are in the offset in which the fact was sent."""
    event_id, type_, happened_at, precision_rank, offset_s, recorded_at, facts, by, contested = row[:9]
    zone = dt.timezone(dt.timedelta(seconds=offset_s))
    return Entry(
        id=event_id,
        facts=None if facts is None else cast(SubjectFacts, decode_facts(type_, facts)),
        happened=Moment(happened_at.astimezone(zone), _PRECISIONS[precision_rank]),
        recorded_at=recorded_at.astimezone(zone),
        by=by,
        contested=contested,
    )


def zone_offset_s(moment: Moment) -> int:
    """Seconds east of UTC."""
    offset = moment.at.utcoffset()
    assert offset is not None, "a moment carries its offset"
    return offset.days * 86_400 + offset.seconds


def rank(moment: Moment) -> int:
    """Where a moment's precision stands among the precisions, the least precise first: as in `Moment.sort_key`."""
    return _RANKS[moment.precision]


def facts_bytes(facts: SubjectFacts | None) -> bytes | None:
    return None if facts is None else encode_facts(facts)


def restated_columns(entries: Sequence[Entry]) -> tuple[Column, ...]:
    """The parameters of `statements.RESTATE_ENTRIES`."""
    return (
        texts([entry.id for entry in entries]),
        instants(entry.happened.at for entry in entries),
        integers([rank(entry.happened) for entry in entries]),
        dates(entry.happened.on for entry in entries),
        integers([zone_offset_s(entry.happened) for entry in entries]),
        blobs([facts_bytes(entry.facts) for entry in entries]),
        texts([entry.by for entry in entries]),
        booleans([entry.contested for entry in entries]),
    )


class StatusRow(msgspec.Struct, frozen=True, kw_only=True):
    """One status as ``subjects.statuses`` has it: from which day it holds, and the entry that it came from."""

    status: str
    on: dt.date
    entry: str


def encode_statuses(reached: Sequence[StatusSince]) -> str:
    rows = [StatusRow(status=each.status.value, on=each.since.on, entry=each.since.entry) for each in reached]
    return msgspec.json.encode(rows).decode()
