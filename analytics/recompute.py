"""The statistics as of a commit, computed again from the ledger. The stored snapshot is never read."""

import datetime as dt
from collections.abc import Mapping

import msgspec
import psycopg

from analytics.computation import panel_of
from analytics.load import timelines_from_ledger
from analytics.snapshot import Snapshot
from schemas.rules.endpoints import EndpointRow
from schemas.rules.timeline import Timeline
from schemas.study import StudyDefinition
from schemas.two_times import KnownAt


class StudyAsOf(msgspec.Struct, frozen=True, kw_only=True):
    """The whole study at two times: what the statistics are made of, and the statistics.

    ``cutoff_on`` is the explicit data cutoff, which is X for a whole study, or the default one. ``timelines`` and
    ``rows`` are by subject, and cut at it.
    """

    known_at: KnownAt
    cutoff_on: dt.date
    timelines: Mapping[str, Timeline]
    rows: Mapping[str, EndpointRow]
    snapshot: Snapshot


def study_as_of(
    connection: psycopg.Connection, study: StudyDefinition, known_at: KnownAt, cutoff_on: dt.date | None = None
) -> StudyAsOf:
    """The study as it was known, precise to the event. ``cutoff_on`` None means the default cutoff of what was known.

    Raises UnknownCommit.
    """
    timelines = timelines_from_ledger(connection, study, known_at.commit, cutoff_on, known_at.before)
    return study_of(timelines, study, known_at, cutoff_on)


def study_of(
    timelines: Mapping[str, Timeline], study: StudyDefinition, known_at: KnownAt, cutoff_on: dt.date | None
) -> StudyAsOf:
    """``timelines`` are cut at the same explicit cutoff."""
    panel = panel_of(timelines, study, cutoff_on)
    return StudyAsOf(
        known_at=known_at,
        cutoff_on=panel.cutoff_on,
        timelines=timelines,
        rows=panel.rows,
        snapshot=panel.snapshot(),
    )
