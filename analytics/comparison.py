"""A snapshot that was stored, beside the same one computed again: the same bytes, the same values, or what differs.

Each snapshot names, in its key, the versions of the code and of the libraries that made it. Under the same versions the
bytes must be the same. Under others the values should be, and the versions that differ are named.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import psycopg

from analytics.numbers import Moved, moved_between
from analytics.snapshot import Snapshot, encode_snapshot

_FOLLOW = {"rules": "endpoint_digest", "analytics": "parameters_digest"}
"""A digest names the form of what it is of as well: under another version it differs though nothing else does."""


class VersionDifference(msgspec.Struct, frozen=True, kw_only=True):
    """One part that was of another version then; None where it was not named, then or now."""

    name: str
    stored: str | None
    now: str | None

    def __str__(self) -> str:
        return f"{self.name} {self.stored or 'none'} → {self.now or 'none'}"


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """A stored snapshot and its recomputation.

    ``versions`` are those that differ, ``key`` the other parts of the key that do and that no version explains.
    ``numbers`` are the values that differ, ``old`` the stored one. ``only_in_one`` names the numbers that other code
    had not yet, or had still; under the same versions these are differences.
    """

    snapshot_id: int
    same_bytes: bool
    versions: tuple[VersionDifference, ...]
    key: tuple[str, ...]
    numbers: tuple[Moved, ...]
    only_in_one: tuple[str, ...]

    @property
    def values_equal(self) -> bool:
        """Every value that both have is the same, and nothing else differs that the versions do not explain."""
        return not self.numbers and not self.key

    def __str__(self) -> str:
        if self.same_bytes:
            return f"the same bytes as snapshot {self.snapshot_id}"
        said = [f"snapshot {self.snapshot_id} has other bytes"]
        if self.versions:
            said.append(f"other versions ({', '.join(map(str, self.versions))})")
        differing = [*self.key, *(each.name for each in self.numbers)]
        said.append("values equal" if self.values_equal else f"differs in: {', '.join(differing)}")
        if self.only_in_one:
            said.append(f"only one of them has {', '.join(self.only_in_one)}")
        return "; ".join(said)


def versions_in(code_version: str) -> dict[str, str]:
    """The versions by name, in their order.

    >>> versions_in("rules 2, Python 3.11.2, numpy 2.2.1")
    {'rules': '2', 'Python': '3.11.2', 'numpy': '2.2.1'}
    """
    return dict(part.rsplit(" ", 1) for part in code_version.split(", ") if " " in part)


def compared(snapshot_id: int, stored: bytes, now: bytes) -> Comparison:
    """``stored`` and ``now`` are canonical bytes; other code may have made the stored ones."""
    was, is_ = _key(stored), _key(now)
    versions = tuple(_versions_differing(was["code_version"], is_["code_version"]))
    other = {each.name for each in versions}
    explained = {"code_version", *(part for name, part in _FOLLOW.items() if name in other)}
    moved = moved_between(stored, now)
    only = {each.name for each in moved if "analytics" in other and None in (each.old, each.new)}
    return Comparison(
        snapshot_id=snapshot_id,
        same_bytes=stored == now,
        versions=versions,
        key=tuple(part for part in is_ if part not in explained and was.get(part) != is_[part]),
        numbers=tuple(each for each in moved if each.name not in only),
        only_in_one=tuple(each.name for each in moved if each.name in only),
    )


def stored_beside(connection: psycopg.Connection, commit: int, now: Snapshot) -> Comparison | None:
    """The comparison with the stored snapshot that holds for this commit at the same data cutoff; None without one.

    Where several were stored, by code of several days, that of this very code goes first, then the newest. A stored
    body is read as it is, and never taken for an answer.
    """
    row = connection.execute(
        """
        SELECT snapshots.snapshot_id, snapshots.body
        FROM trial.snapshot_holds AS holds JOIN trial.snapshots USING (snapshot_id)
        WHERE %(commit)s BETWEEN holds.first_commit AND holds.last_commit
          AND snapshots.study = %(study)s AND snapshots.cutoff_on = %(cutoff_on)s
        ORDER BY snapshots.code_version = %(code_version)s DESC,
                 snapshots.parameters_digest = %(parameters_digest)s DESC, snapshots.snapshot_id DESC
        LIMIT 1
        """,
        {"commit": commit, **msgspec.structs.asdict(now.key)},
    ).fetchone()
    return None if row is None else compared(row[0], bytes(row[1]), encode_snapshot(now))


def _key(body: bytes) -> Mapping[str, Any]:
    return msgspec.json.decode(body)["key"]


def _versions_differing(stored: str, now: str) -> Iterator[VersionDifference]:
    was, is_ = versions_in(stored), versions_in(now)
    for name in (*is_, *(name for name in was if name not in is_)):
        if was.get(name) != is_.get(name):
            yield VersionDifference(name=name, stored=was.get(name), now=is_.get(name))
