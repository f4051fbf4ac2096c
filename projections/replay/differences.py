"""What differs between a live row and the rebuilt one, field by field, by name and without any value. Pure.

A state's fields are those of `schemas.changes`; beside them ``milestones.<register>`` where only the entry that a
milestone stands on differs, ``tallies.<tally>``, and the other columns of the row by their names. An entry's are
``<event id>.<field>``, those of a row of the audit trail are the fields that it says changed.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from projections.stored import entry_of
from schemas.changes import entries_changed, milestones_changed, status_changed
from schemas.milestones import Milestones
from schemas.status import current
from schemas.study import StudyDefinition
from schemas.subject import Change, SubjectState, decode_state
from schemas.upcasts import UPCASTS

MISSING = "missing"
"""The field of a row that only the rebuilt generation has."""

NOT_IN_THE_LEDGER = "not in the ledger"
"""The field of a row that only the live generation has."""

Columns = Mapping[str, Any]
"""A row by the names of its columns; None stands for a row that is not there."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One field of one row. ``table`` is where it is stored, ``subject`` None where it is about none.

    ``position`` is topic[partition]@offset of the event that a row of the trail belongs to, None for the others.
    """

    subject: str | None
    table: str
    field: str
    position: str | None = None


def state_fields(live: Columns | None, rebuilt: Columns | None, study: StudyDefinition) -> list[str]:
    """Which fields of a subject differ; none where both rows say the same."""
    if live is None or rebuilt is None:
        return [MISSING if live is None else NOT_IN_THE_LEDGER]
    fields = list(_beyond_state(live, rebuilt))
    if live["state"] != rebuilt["state"]:
        try:
            before = decode_state(live["state"])
        except (msgspec.MsgspecError, ValueError):
            return ["state", *fields]  # written by code with other registers
        fields = [*_between(before, decode_state(rebuilt["state"]), study), *fields]
    return list(dict.fromkeys(fields))


def entry_fields(live: Columns | None, rebuilt: Columns | None) -> list[str]:
    """Which fields of an entry differ. The same facts in an old version's words are no difference."""
    if live is None or rebuilt is None:
        there = live or rebuilt
        assert there is not None
        return [f"{there['event_id']}.{MISSING if live is None else NOT_IN_THE_LEDGER}"]
    event_id = rebuilt["event_id"]
    compared = {name for name in rebuilt if name not in ("event_id", "facts_digest", "type", "facts")}
    fields = [name for name in rebuilt if name in compared and live[name] != rebuilt[name]]
    if live["type"] != rebuilt["type"] and live["type"] not in UPCASTS:
        fields.append("type")
    if (live["type"], live["facts"]) != (rebuilt["type"], rebuilt["facts"]):
        fields += _facts_changed(live, rebuilt)
    return [f"{event_id}.{name}" for name in fields]


def trail_fields(live: Columns | None, rebuilt: Columns | None) -> list[str]:
    """Which fields a row of the audit trail tells otherwise."""
    if live is None or rebuilt is None:
        return [MISSING if live is None else NOT_IN_THE_LEDGER]
    fields = [name for name in rebuilt if name != "changes" and live[name] != rebuilt[name]]
    if live["changes"] != rebuilt["changes"]:
        fields += _changes_between(live["changes"], rebuilt["changes"])
    return fields


def _beyond_state(live: Columns, rebuilt: Columns) -> Iterator[str]:
    if live["digest"] != rebuilt["digest"] and live["state"] == rebuilt["state"]:
        yield "digest"
    for name in ("status", "status_since", "status_entry", "statuses"):
        if live[name] != rebuilt[name]:
            yield "status" if name.startswith("status_") else name


def _between(live: SubjectState, rebuilt: SubjectState, study: StudyDefinition) -> Iterator[str]:
    old, new = live.milestones, rebuilt.milestones
    yield from (name for name, _, _ in milestones_changed(old, new))
    for register in Milestones.__struct_fields__:
        was, now = getattr(old, register), getattr(new, register)
        if was != now and not any(milestones_changed(old, msgspec.structs.replace(old, **{register: now}))):
            yield f"milestones.{register}"
    yield from (name for name, _, _ in status_changed(current(old, study), current(new, study)))
    for tally in type(live.tallies).__struct_fields__:
        if getattr(live.tallies, tally) != getattr(rebuilt.tallies, tally):
            yield f"tallies.{tally}"


_ENTRY = (
    "event_id",
    "type",
    "happened_at",
    "happened_rank",
    "zone_offset_s",
    "recorded_at",
    "facts",
    "by",
    "contested",
)


def _facts_changed(live: Columns, rebuilt: Columns) -> list[str]:
    """The fields of the facts, as both rows are read today; the whole where the live one cannot be read."""
    try:
        was, now = (entry_of([row[name] for name in _ENTRY]) for row in (live, rebuilt))
    except (msgspec.MsgspecError, KeyError, ValueError):
        return ["facts"]
    if was.facts == now.facts:
        return []
    now = msgspec.structs.replace(now, happened=was.happened, contested=was.contested)
    prefix = f"{now.id}."
    names = [name for name, _, _ in entries_changed("", Change(received=(), before=(was,), after=(now,)))]
    return [name.removeprefix(prefix) if name.startswith(prefix) else "facts" for name in names]


def _changes_between(live: str, rebuilt: str) -> list[str]:
    """The names of the changes that only one of two rows has; the whole where they differ in order alone."""
    was, now = (_by_name(msgspec.json.decode(each)) for each in (live, rebuilt))
    names = [name for name in dict.fromkeys([*now, *was]) if was.get(name) != now.get(name)]
    return names or ["changes"]


def _by_name(changes: Iterable[list[Any]]) -> dict[str, list[Any]]:
    return {change[0]: change[1:] for change in changes}
