"""The statistics as of a commit, computed again from the ledger. The stored snapshot is never read."""

import datetime as dt

import psycopg

from analytics.computation import compute
from analytics.load import timelines_from_ledger
from analytics.snapshot import Snapshot, encode_snapshot
from schemas.study import StudyDefinition


def snapshot_from_ledger(
    connection: psycopg.Connection, study: StudyDefinition, commit: int, cutoff_on: dt.date | None = None
) -> Snapshot:
    """``commit`` 0 is the empty ledger. ``cutoff_on`` is the explicit data cutoff, None for the default one."""
    return compute(timelines_from_ledger(connection, study, commit, cutoff_on), study, cutoff_on)


def compute_from_ledger(
    connection: psycopg.Connection, study: StudyDefinition, commit: int, cutoff_on: dt.date | None = None
) -> bytes:
    """The canonical bytes: equal to the body of the snapshot row that holds for this commit, under the same key."""
    return encode_snapshot(snapshot_from_ledger(connection, study, commit, cutoff_on))
