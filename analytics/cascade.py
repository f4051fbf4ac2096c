"""Which numbers moved because of one event, or between two knowledge points, and through whose endpoint rows.

Both points are computed again from the ledger, with everything known just before and just after: a commit may hold
several events, and the points are precise to the event. What the stored snapshots say plays no part.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from functools import cache

import msgspec
import psycopg

from analytics.computation import timelines_of
from analytics.numbers import Moved, moved_between
from analytics.recompute import StudyAsOf, study_as_of, study_of
from analytics.snapshot import encode_snapshot
from projections.knowledge import around, told_of
from schemas.events import OversightFacts
from schemas.rules.endpoints import EndpointRow, endpoint_of
from schemas.settlement import settle
from schemas.study import StudyDefinition
from schemas.two_times import KnownAt, Origin, Told, origin_of


class RowField(msgspec.Struct, frozen=True, kw_only=True):
    """One field of an endpoint row, named by its path: ``response.best``, ``survival.days``; as JSON has it."""

    field: str
    old: object
    new: object


class RowMoved(msgspec.Struct, frozen=True, kw_only=True):
    """One subject's endpoint row that differs. ``fields`` are all that differ.

    ``origins`` are the events between the two points that moved the row, in the order of commits; empty where only the
    data cutoff moved. An event whose effect was undone before the second point may be left out.
    """

    subject: str
    fields: tuple[RowField, ...]
    origins: tuple[Origin, ...]


class Cascade(msgspec.Struct, frozen=True, kw_only=True):
    """What moved between two points. ``event`` is the one that lies between them, None where two points were named.

    ``numbers`` are the published numbers that moved, ``rows`` the endpoint rows behind them, by subject. Both are empty
    where nothing moved: most events move no number.
    """

    event: Origin | None
    subject: str | None
    before: KnownAt
    after: KnownAt
    cutoff_before_on: dt.date
    cutoff_after_on: dt.date
    numbers: tuple[Moved, ...]
    rows: tuple[RowMoved, ...]


def cascade(
    connection: psycopg.Connection, study: StudyDefinition, event_id: str, cutoff_on: dt.date | None = None
) -> Cascade:
    """What one event moved when it came. ``cutoff_on`` is the explicit data cutoff, None for the default ones.

    Raises UnknownEvent.
    """
    told, before, after = around(connection, event_id)
    first = study_as_of(connection, study, before, cutoff_on)
    subject = told.event.subject
    if subject is None or isinstance(told.event.facts, OversightFacts):
        second = msgspec.structs.replace(first, known_at=after)
    else:
        # Of all subjects only this one is known otherwise.
        entries = settle(each.event for each in _of_the_subject(connection, subject, after)).in_force()
        timelines = {**first.timelines, **timelines_of({subject: entries}, cutoff_on, study)}
        second = study_of(timelines, study, after, cutoff_on)
    return _between(connection, study, first, second, told)


def moved_from(
    connection: psycopg.Connection,
    study: StudyDefinition,
    before: KnownAt,
    after: KnownAt,
    cutoff_on: dt.date | None = None,
) -> Cascade:
    """What moved from one point to a later one. Raises UnknownCommit."""
    assert not before.is_after(after), "knowledge grows from the first point to the second"
    first, second = (study_as_of(connection, study, point, cutoff_on) for point in (before, after))
    return _between(connection, study, first, second, None)


def _between(
    connection: psycopg.Connection, study: StudyDefinition, first: StudyAsOf, second: StudyAsOf, told: Told | None
) -> Cascade:
    subjects = sorted({*first.rows, *second.rows})
    differing = [each for each in subjects if first.rows.get(each) != second.rows.get(each)]
    return Cascade(
        event=None if told is None else origin_of(told),
        subject=None if told is None else told.event.subject,
        before=first.known_at,
        after=second.known_at,
        cutoff_before_on=first.cutoff_on,
        cutoff_after_on=second.cutoff_on,
        numbers=moved_between(encode_snapshot(first.snapshot), encode_snapshot(second.snapshot)),
        rows=tuple(
            RowMoved(
                subject=subject,
                fields=tuple(_fields(first.rows.get(subject), second.rows.get(subject))),
                origins=tuple(origin_of(each) for each in _movers(connection, study, subject, first, second)),
            )
            for subject in differing
        ),
    )


def _of_the_subject(connection: psycopg.Connection, subject: str, known_at: KnownAt) -> list[Told]:
    return [each for each in told_of(connection, subject, known_at) if not isinstance(each.event.facts, OversightFacts)]


def _movers(
    connection: psycopg.Connection, study: StudyDefinition, subject: str, first: StudyAsOf, second: StudyAsOf
) -> list[Told]:
    """The events between the two points that moved a subject's row, all rows at the second point's cutoff."""
    told = _of_the_subject(connection, subject, second.known_at)
    known = sum(first.known_at.knows(each.commit, each.position.offset) for each in told)

    @cache
    def row(count: int) -> EndpointRow | None:
        if count == 0:
            return None
        entries = {subject: settle(each.event for each in told[:count]).in_force()}
        timeline = timelines_of(entries, second.cutoff_on, study)[subject]
        return endpoint_of(timeline, study, second.cutoff_on)

    return [told[index] for index in _turns(row, known, len(told))]


def _turns(row: Callable[[int], EndpointRow | None], low: int, high: int) -> Iterator[int]:
    """Where the row turns between two counts of events. A stretch at whose ends it is the same is not looked into.

    So a long history takes a few rows for each event that moved one, not one for every event.
    """
    if low == high or row(low) == row(high):
        return
    if high - low == 1:
        yield low
        return
    middle = (low + high) // 2
    yield from _turns(row, low, middle)
    yield from _turns(row, middle, high)


def _fields(old: EndpointRow | None, new: EndpointRow | None) -> Iterator[RowField]:
    was, now = ({} if row is None else dict(_flat("", msgspec.to_builtins(row))) for row in (old, new))
    for field in (*now, *(field for field in was if field not in now)):
        if field != "subject" and was.get(field) != now.get(field):
            yield RowField(field=field, old=was.get(field), new=now.get(field))


def _flat(path: str, part: object) -> Iterator[tuple[str, object]]:
    if isinstance(part, dict) and part:
        for name, inner in part.items():
            yield from _flat(f"{path}.{name}" if path else name, inner)
    else:
        yield path, part
