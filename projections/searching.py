"""Search over the whole ledger, the newest record first, a page at a time.

The order is that of writing: by commit, and by offset within one. A page goes on below the position at which the last
one ended, so it costs the same however deep it lies. In every partition a page looks at a bounded number of records:
where few of many match, it may show less than it could, or nothing, and says from where to go on.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg

from projections.fields import is_of_the_course, types_moving
from projections.recorded import Recorded, recorded_at
from schemas.admission import key_of
from schemas.records import Position

Connection = psycopg.Connection[Any]

PAGE_MAX = 200
"""How many rows a page can have at most."""

LOOKED_AT_MAX = 1_000
"""How many records of one partition, and of one type where types are asked for, a page looks at."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for. None asks for nothing; all that is asked for holds at once.

    ``types`` are tags of the newest versions. ``field`` is one of the audit trail's, as `projections.fields` names
    them: the event brought, changed or took it. ``written_from`` (inclusive) and ``written_before`` (exclusive) are
    limits of the commit's time. ``status`` is the ledger's. A record that was repeated or quarantined has no actor,
    type or field: with these only accepted ones are found.
    """

    subject: str | None = None
    actor: str | None = None
    types: tuple[str, ...] | None = None
    field: str | None = None
    written_from: dt.datetime | None = None
    written_before: dt.datetime | None = None
    status: str | None = None

    @property
    def of_accepted_only(self) -> bool:
        return self.actor is not None or self.types is not None or self.field is not None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """``rows`` are the newest first. ``older`` is the position below which to go on, None where nothing is left."""

    rows: tuple[Recorded, ...]
    older: Position | None


def search(connection: Connection, wanted: Wanted, *, before: Position | None = None, most: int = 50) -> Page:
    """One page of at most ``most`` rows, below ``before``, which has to be a position of the ledger; None begins at the
    newest. Ask within one REPEATABLE READ transaction.
    """
    assert 0 < most <= PAGE_MAX, "a page has a bounded size"
    spans = _spans(connection, wanted, before)
    asked = _asked(wanted, most, spans)
    found: list[tuple[Any, ...]] = []
    for statement in _statements(wanted):
        found += connection.execute(statement, asked).fetchall()
    found.sort(reverse=True)
    # Below a place at which one partition was left off, that partition may have matches that were not looked at.
    left_off = max((row[:2] for row in found if row[5]), default=None)
    known = [row for row in found if row[4] and (left_off is None or row[:2] >= left_off)]
    shown = known[:most]
    older = None
    if len(known) > most:
        older = Position(shown[-1][2], shown[-1][3], shown[-1][1])
    elif left_off is not None:
        older = next(Position(row[2], row[3], row[1]) for row in found if row[:2] == left_off)
    places = [Position(topic, partition, offset) for _, offset, topic, partition, _, _ in shown]
    return Page(rows=tuple(recorded_at(connection, places)), older=older)


def actors(connection: Connection, most: int = 200) -> list[str]:
    """Who ever said anything that was accepted, sorted; the first ``most`` of them. Reads one row of each."""
    rows = connection.execute(
        """
        WITH RECURSIVE known AS (
            (SELECT actor, 1 AS nth FROM trial.audit_trail ORDER BY actor LIMIT 1)
            UNION ALL
            SELECT (SELECT trail.actor FROM trial.audit_trail AS trail WHERE trail.actor > known.actor
                    ORDER BY trail.actor LIMIT 1), nth + 1
            FROM known WHERE known.actor IS NOT NULL AND nth < %(most)s
        )
        SELECT actor FROM known WHERE actor IS NOT NULL
        """,
        {"most": most},
    )
    return sorted(actor for (actor,) in rows)


class _Span(msgspec.Struct, frozen=True):
    """Offsets of a partition, from ``first`` to before ``end``."""

    topic: str
    partition: int
    first: int
    end: int


_COMMITS = """
SELECT (SELECT number FROM trial.commits WHERE committed_at >= %(from)s ORDER BY committed_at, number LIMIT 1),
       (SELECT number FROM trial.commits WHERE committed_at < %(before)s
        ORDER BY committed_at DESC, number DESC LIMIT 1),
       (SELECT number FROM trial.commits WHERE topic = %(topic)s AND partition = %(partition)s
        AND first_offset <= %(offset)s ORDER BY first_offset DESC LIMIT 1)
"""

_SPANS = """
SELECT topic, partition,
       coalesce((SELECT first_offset FROM trial.commits AS made
                 WHERE made.topic = place.topic AND made.partition = place.partition AND number >= %(first)s
                 ORDER BY number LIMIT 1), next_offset),
       coalesce((SELECT last_offset + 1 FROM trial.commits AS made
                 WHERE made.topic = place.topic AND made.partition = place.partition AND number <= %(last)s
                 ORDER BY number DESC LIMIT 1), 0)
FROM trial.positions AS place
"""
_NO_COMMIT = 2**62


def _spans(connection: Connection, wanted: Wanted, before: Position | None) -> list[_Span]:
    """Where to look in each partition: the commits within the limits, and of those what lies below ``before``."""
    topic, partition, offset = (before.topic, before.partition, before.offset) if before else (None, None, None)
    limits = {
        "from": wanted.written_from,
        "before": wanted.written_before,
        "topic": topic,
        "partition": partition,
        "offset": offset,
    }
    row = connection.execute(_COMMITS, limits).fetchone()
    assert row is not None
    first, last, below = row
    if (wanted.written_from and first is None) or (wanted.written_before and last is None):
        return []
    reach = {"first": first or 0, "last": min(_NO_COMMIT if each is None else each for each in (last, below))}
    spans = [_Span(*row) for row in connection.execute(_SPANS, reach)]
    if before is not None:
        spans = [
            msgspec.structs.replace(span, end=min(span.end, before.offset))
            if (span.topic, span.partition) == (before.topic, before.partition)
            else span
            for span in spans
        ]
    return [span for span in spans if span.first < span.end]


# What every way of looking adds: the commit of each record that matches, or at which its partition was left off.
# Columns: commit, offset, topic, partition, whether it matches, whether the partition was left off here.
_WITH_COMMIT = """
SELECT made.number, candidate."offset", candidate.topic, candidate.partition, candidate.matches,
       candidate.nth = %(looked_at)s
FROM candidate CROSS JOIN LATERAL (
    SELECT number FROM trial.commits AS made
    WHERE made.topic = candidate.topic AND made.partition = candidate.partition
      AND made.first_offset <= candidate."offset"
    ORDER BY made.first_offset DESC LIMIT 1
) AS made
WHERE candidate.matches OR candidate.nth = %(looked_at)s
"""

_SPAN = """
unnest(%(span_topics)s::text[], %(span_partitions)s::integer[], %(span_firsts)s::bigint[], %(span_ends)s::bigint[])
AS span (topic, partition, first, "end")
"""

_WITHIN = """
topic = span.topic AND partition = span.partition AND "offset" >= span.first AND "offset" < span."end"
"""

# Of an event that was accepted: whether it is all that is asked for. A field of a payload is looked for in the names of
# the changes and in the payloads that came or went.
_MATCHES = """
EXISTS (
    SELECT FROM trial.audit_trail AS trail JOIN trial.entries AS entry USING (event_id)
    WHERE trail.topic = near.topic AND trail.partition = near.partition AND trail."offset" = near."offset"
      AND (%(actor)s::text IS NULL OR trail.actor = %(actor)s)
      AND (%(subject)s::text IS NULL OR trail.subject = %(subject)s)
      AND (%(types)s::text[] IS NULL OR entry.type = ANY(%(types)s))
      AND (%(field)s::text IS NULL OR EXISTS (
          SELECT FROM json_array_elements(trail.changes) AS change
          WHERE change ->> 0 = %(field)s OR (NOT %(of_the_course)s AND (
              right(change ->> 0, length(%(field)s) + 1) = '.' || %(field)s
              OR change -> 1 -> %(field)s IS NOT NULL OR change -> 2 -> %(field)s IS NOT NULL
          ))
      ))
)
"""

_EVERY_RECORD = f"""
WITH candidate AS (
    SELECT near.topic, near.partition, near."offset", near.nth,
           (%(status)s::text IS NULL OR near.status = %(status)s) AS matches
    FROM {_SPAN} CROSS JOIN LATERAL (
        SELECT topic, partition, "offset", status, row_number() OVER (ORDER BY "offset" DESC) AS nth
        FROM trial.ledger WHERE {_WITHIN} ORDER BY "offset" DESC LIMIT %(looked_at)s
    ) AS near
) {_WITH_COMMIT}
"""  # noqa: S608 - put together from constants only

_BY_ACTOR = f"""
WITH candidate AS (
    SELECT near.topic, near.partition, near."offset", near.nth, {_MATCHES} AS matches
    FROM {_SPAN} CROSS JOIN LATERAL (
        SELECT topic, partition, "offset", row_number() OVER (ORDER BY "offset" DESC) AS nth
        FROM trial.audit_trail WHERE actor = %(actor)s AND {_WITHIN} ORDER BY "offset" DESC LIMIT %(looked_at)s
    ) AS near
) {_WITH_COMMIT}
"""  # noqa: S608 - put together from constants only

_BY_TYPE = f"""
WITH candidate AS (
    SELECT near.topic, near.partition, near."offset", near.nth, {_MATCHES} AS matches
    FROM {_SPAN} CROSS JOIN unnest(%(looked_for)s::text[]) AS asked (type) CROSS JOIN LATERAL (
        SELECT topic, partition, "offset", row_number() OVER (ORDER BY "offset" DESC) AS nth
        FROM trial.entries WHERE type = asked.type AND {_WITHIN} ORDER BY "offset" DESC LIMIT %(looked_at)s
    ) AS near
) {_WITH_COMMIT}
"""  # noqa: S608 - put together from constants only

# One subject's are few enough to be looked through once, and no index has them in the order of their offsets.
_BY_SUBJECT = f"""
WITH few AS MATERIALIZED (
    SELECT topic, partition, "offset" FROM trial.entries WHERE subject = %(subject)s
), candidate AS (
    SELECT near.topic, near.partition, near."offset", near.nth, {_MATCHES} AS matches
    FROM {_SPAN} CROSS JOIN LATERAL (
        SELECT topic, partition, "offset", row_number() OVER (ORDER BY "offset" DESC) AS nth
        FROM few WHERE {_WITHIN} ORDER BY "offset" DESC LIMIT %(looked_at)s
    ) AS near
) {_WITH_COMMIT}
"""  # noqa: S608 - put together from constants only

# A record that is no event, or one that came again, is known to be of a subject by its key. They are few: all of them
# are looked through once, not once for every partition.
_NOT_ACCEPTED = f"""
WITH few AS MATERIALIZED (
    SELECT topic, partition, "offset" FROM trial.ledger
    WHERE status <> 'accepted' AND (%(status)s::text IS NULL OR status = %(status)s)
      AND (%(key)s::bytea IS NULL OR key = %(key)s)
), candidate AS (
    SELECT near.topic, near.partition, near."offset", near.nth, true AS matches
    FROM {_SPAN} CROSS JOIN LATERAL (
        SELECT topic, partition, "offset", row_number() OVER (ORDER BY "offset" DESC) AS nth
        FROM few WHERE {_WITHIN} ORDER BY "offset" DESC LIMIT %(looked_at)s
    ) AS near
) {_WITH_COMMIT}
"""  # noqa: S608 - put together from constants only

_NOT_ACCEPTED_STATUSES = frozenset({"duplicate", "quarantined"})


def _statements(wanted: Wanted) -> list[str]:
    """The ways that together find all that is asked for, each through an index that is narrow for it."""
    if wanted.status in _NOT_ACCEPTED_STATUSES:
        return [] if wanted.of_accepted_only else [_NOT_ACCEPTED]
    if wanted.subject is not None:
        others = [] if wanted.of_accepted_only or wanted.status is not None else [_NOT_ACCEPTED]
        return [_BY_SUBJECT, *others]
    if wanted.actor is not None:
        return [_BY_ACTOR]
    if wanted.types is not None or wanted.field is not None:
        return [_BY_TYPE]
    return [_EVERY_RECORD]


def _asked(wanted: Wanted, most: int, spans: Sequence[_Span]) -> dict[str, Any]:
    moving = None if wanted.field is None else types_moving(wanted.field)
    types = wanted.types if moving is None or wanted.types is None else tuple(sorted({*moving} & {*wanted.types}))
    looked_for = types if types is not None else moving
    # One more than is shown says whether there is more; where not all that is looked at matches, it takes many more.
    one_more = most + 1
    narrowed = [each is not None for each in (wanted.subject, wanted.actor, wanted.types or moving)]
    all_match = sum(narrowed) <= 1 and wanted.field is None and wanted.status != "accepted"
    return {
        "span_topics": [span.topic for span in spans],
        "span_partitions": [span.partition for span in spans],
        "span_firsts": [span.first for span in spans],
        "span_ends": [span.end for span in spans],
        "looked_at": one_more if all_match else max(one_more, LOOKED_AT_MAX),
        "subject": wanted.subject,
        "key": None if wanted.subject is None else key_of(wanted.subject),
        "actor": wanted.actor,
        "types": None if looked_for is None else list(looked_for),
        "looked_for": None if looked_for is None else list(looked_for),
        "field": wanted.field,
        "of_the_course": wanted.field is not None and is_of_the_course(wanted.field),
        "status": wanted.status,
    }
