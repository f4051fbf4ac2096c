"""Stored snapshots, for pages and the command line. Any role that may read schema ``trial`` will do."""

import datetime as dt

import msgspec
import psycopg

from analytics.snapshot import Snapshot, decode_snapshot


class StoredSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot row with one range of commits for which it holds. ``body`` are the canonical bytes."""

    snapshot_id: int
    snapshot: Snapshot
    body: bytes
    first_commit: int
    last_commit: int
    computed_at: dt.datetime


_COLUMNS = (
    "SELECT snapshots.snapshot_id, snapshots.body, holds.first_commit, holds.last_commit, snapshots.computed_at "
    "FROM trial.snapshot_holds AS holds JOIN trial.snapshots USING (snapshot_id) "
)


def latest_snapshot(connection: psycopg.Connection) -> StoredSnapshot | None:
    """The one that holds for the newest commit looked at; None before the job's first look."""
    return _stored(connection.execute(_COLUMNS + "ORDER BY holds.last_commit DESC, snapshots.snapshot_id DESC LIMIT 1"))


def _stored(cursor: psycopg.Cursor[tuple[int, bytes, int, int, dt.datetime]]) -> StoredSnapshot | None:
    row = cursor.fetchone()
    if row is None:
        return None
    snapshot_id, body, first_commit, last_commit, computed_at = row
    return StoredSnapshot(
        snapshot_id=snapshot_id,
        snapshot=decode_snapshot(body),
        body=bytes(body),
        first_commit=first_commit,
        last_commit=last_commit,
        computed_at=computed_at,
    )
