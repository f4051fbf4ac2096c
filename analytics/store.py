"""Keeps snapshots, and for which commits each one holds. The only place in analytics that writes.

A snapshot row never changes. It **holds** for a commit where the same computation at that commit gives its key; ranges
claim only commits that were looked at, or between which nothing was accepted.
"""

import psycopg

from analytics.snapshot import Snapshot, encode_snapshot

# Two jobs may run at once. They would write the same, but not necessarily in turn.
_STORING = 7_305_419_863


def store(connection: psycopg.Connection, snapshot: Snapshot, commit: int, same_since: int) -> int:
    """Stores the snapshot if it is new, and that it holds from commit ``same_since`` to ``commit``. Returns its id.

    ``same_since`` is ``commit``, or an earlier one after which no accepted event came.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_STORING,))
        snapshot_id = _row_of(connection, snapshot)
        _hold(connection, snapshot_id, commit, same_since)
    return snapshot_id


def _row_of(connection: psycopg.Connection, snapshot: Snapshot) -> int:
    key = (
        snapshot.key.study,
        snapshot.key.endpoint_digest,
        snapshot.key.cutoff_on,
        snapshot.key.parameters_digest,
        snapshot.key.code_version,
    )
    found = connection.execute(
        "SELECT snapshot_id FROM trial.snapshots WHERE study = %s AND endpoint_digest = %s AND cutoff_on = %s "
        "AND parameters_digest = %s AND code_version = %s",
        key,
    ).fetchone()
    if found is None:
        found = connection.execute(
            "INSERT INTO trial.snapshots (study, endpoint_digest, cutoff_on, parameters_digest, code_version, body) "
            "VALUES (%s, %s, %s, %s, %s, %s) RETURNING snapshot_id",
            (*key, encode_snapshot(snapshot)),
        ).fetchone()
    assert found is not None
    return int(found[0])


def _hold(connection: psycopg.Connection, snapshot_id: int, commit: int, same_since: int) -> None:
    """Extends the range that reaches to the commits claimed, or begins one."""
    extended = connection.execute(
        "UPDATE trial.snapshot_holds SET last_commit = greatest(last_commit, %(commit)s) "
        "WHERE snapshot_id = %(id)s AND first_commit <= %(since)s AND last_commit >= %(since)s - 1",
        {"id": snapshot_id, "commit": commit, "since": same_since},
    )
    if extended.rowcount == 0:
        connection.execute(
            "INSERT INTO trial.snapshot_holds (snapshot_id, first_commit, last_commit) VALUES (%s, %s, %s)",
            (snapshot_id, same_since, commit),
        )
