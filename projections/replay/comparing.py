"""Compares the live generation with the rebuilt one, in one state of the database, while live goes on.

PostgreSQL finds the rows that are not the same bytes; only those come here, to have their fields named.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import msgspec
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from projections.replay.differences import Columns, Difference, entry_fields, state_fields, trail_fields
from projections.replay.shadow import Shadow
from projections.replay.shadow_rows import COLUMNS
from projections.tables import TRIAL
from schemas.codec import decode
from schemas.envelope import Envelope
from schemas.events import EntryCorrected
from schemas.events.event import Event
from schemas.study import StudyDefinition
from schemas.upcasts import UPCASTS

Connection = psycopg.Connection[Any]

DIFFERENCES_TOLD_MAX = 1_000
"""How many differences of each table are told one by one; all of them are counted."""

ROWS_A_STEP = 2_000

_KEYS = MappingProxyType(
    {"subjects": ("subject",), "entries": ("event_id",), "audit_trail": ("topic", "partition", "offset")}
)
# The rows of another fold version are compared by what they say; which version that was, the generation tells.
_NOT_COMPARED = MappingProxyType({"subjects": ("fold_version",), "entries": (), "audit_trail": ()})
_TEXT = ("changes",)
"""Columns of type json, which PostgreSQL compares only as text: to the byte."""

_UNEQUAL = """
SELECT live IS NULL AS only_rebuilt, rebuilt IS NULL AS only_live, {columns}
FROM {live} AS live FULL JOIN {rebuilt} AS rebuilt USING ({key})
WHERE live IS NULL OR rebuilt IS NULL OR ({of_live}) IS DISTINCT FROM ({of_rebuilt})
ORDER BY {order}
"""
_VALUE = 'SELECT value FROM trial.ledger WHERE topic = %s AND partition = %s AND "offset" = %s'
_OTHER_VERSIONS = """
SELECT subject FROM trial.subjects
WHERE fold_version <> (SELECT fold_version FROM trial.generations WHERE state = 'live') ORDER BY subject
"""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """``differences`` are told up to `DIFFERENCES_TOLD_MAX` of each table; ``counts`` are all, by table.

    ``subjects`` is how many subjects differ in any way.
    """

    differences: tuple[Difference, ...]
    counts: dict[str, int]
    subjects: int

    @property
    def count(self) -> int:
        return sum(self.counts.values())


def compare(connection: Connection, shadow: Shadow, study: StudyDefinition) -> Compared:
    """``connection`` is in a REPEATABLE READ transaction that sees both generations at the same commit."""
    told: list[Difference] = []
    counts: Counter[str] = Counter()
    subjects: set[str | None] = set()
    for table in ("subjects", "entries", "audit_trail"):
        for difference in _differences(connection, shadow, table, study):
            counts[table] += 1
            subjects.add(difference.subject)
            if counts[table] <= DIFFERENCES_TOLD_MAX:
                told.append(difference)
    return Compared(differences=tuple(told), counts=dict(counts), subjects=len(subjects - {None}))


def _differences(connection: Connection, shadow: Shadow, table: str, study: StudyDefinition) -> Iterator[Difference]:
    if table == "subjects":
        for (subject,) in connection.execute(_OTHER_VERSIONS).fetchall():
            yield Difference(subject=subject, table=table, field="fold_version")
    fields_of: Mapping[str, Callable[[Columns | None, Columns | None], list[str]]] = {
        "subjects": lambda live, rebuilt: state_fields(live, rebuilt, study),
        "entries": lambda live, rebuilt: _entry_fields(connection, live, rebuilt),
        "audit_trail": trail_fields,
    }
    for live, rebuilt in _unequal(connection, shadow, table):
        there = live or rebuilt
        assert there is not None
        position = f"{there['topic']}[{there['partition']}]@{there['offset']}" if table == "audit_trail" else None
        for field in fields_of[table](live, rebuilt):
            yield Difference(subject=there["subject"], table=table, field=field, position=position)


def _unequal(
    connection: Connection, shadow: Shadow, table: str
) -> Iterator[tuple[dict[str, Any] | None, dict[str, Any] | None]]:
    """Every pair of rows that are not the same, by their columns; None where one of the two is missing."""
    names = [name for name in COLUMNS[table] if name not in _NOT_COMPARED[table]]
    with connection.cursor("unequal", row_factory=dict_row) as cursor:
        cursor.itersize = ROWS_A_STEP
        cursor.execute(_question(shadow, table, names), binary=True)
        for row in cursor:
            live = None if row["only_rebuilt"] else {name: row[f"live {name}"] for name in names}
            rebuilt = None if row["only_live"] else {name: row[f"rebuilt {name}"] for name in names}
            yield live, rebuilt


def _question(shadow: Shadow, table: str, names: list[str]) -> sql.Composed:
    def column(side: str, name: str) -> sql.Composed:
        return sql.SQL("{}{}").format(sql.Identifier(side, name), sql.SQL("::text" if name in _TEXT else ""))

    key = _KEYS[table]
    return sql.SQL(_UNEQUAL).format(
        columns=sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(column(side, name), sql.Identifier(f"{side} {name}"))
            for side in ("live", "rebuilt")
            for name in names
        ),
        live=sql.Identifier(TRIAL, table),
        rebuilt=shadow.table(table),
        key=sql.SQL(", ").join(map(sql.Identifier, key)),
        of_live=sql.SQL(", ").join(column("live", name) for name in names),
        of_rebuilt=sql.SQL(", ").join(column("rebuilt", name) for name in names),
        order=sql.SQL(", ").join(map(sql.Identifier, key)),
    )


def _entry_fields(connection: Connection, live: Columns | None, rebuilt: Columns | None) -> list[str]:
    fields = entry_fields(live, rebuilt)
    if live is None or rebuilt is None or live["facts_digest"] == rebuilt["facts_digest"]:
        return fields
    row = connection.execute(
        _VALUE, (rebuilt["topic"], rebuilt["partition"], rebuilt["offset"]), binary=True
    ).fetchone()
    # The digest of an old version's event is of its old words, and is compared again when it is sent again.
    if row is None or not _was_of_an_old_version(row[0]):
        fields.append(f"{rebuilt['event_id']}.facts_digest")
    return fields


def _was_of_an_old_version(value: bytes) -> bool:
    """Whether an accepted record says, or corrects, an event of a version that is no longer written."""
    if msgspec.json.decode(value, type=Envelope).type in UPCASTS:
        return True
    event = decode(value)
    if not isinstance(event, Event) or not isinstance(event.facts, EntryCorrected):
        return False
    return any(f'"{old}"'.encode() in value for old in UPCASTS)
