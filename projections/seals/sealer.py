"""The signer: takes what was committed since the last seal into the tree, and signs its root.

It signs nothing that contradicts an earlier seal. Before it signs, the stored tree must give the roots of the seals in
the database, and every seal that is kept outside must be one of those, byte for byte, or lie ahead of them and be met
by the ledger on the way: a database that was set back has fewer rows than its last seal outside, or others.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

import msgspec
import psycopg
import structlog

from projections.seals.checkpoint import Seal, parse_seal, verify_signature, write_seal
from projections.seals.earlier import Outside, demand_continued, demand_earlier_hold, seals_outside
from projections.seals.errors import OutsideAway, SealRefused
from projections.seals.keys import SealKey
from projections.seals.leaves import leaf_of
from projections.seals.merkle import leaf_hash, root_of
from projections.seals.outside import Place
from projections.seals.reading import SealRow, latest_seal, leaves, seal_keys, seals
from projections.seals.tiles import GrowingTiles

# Any number will do that nothing else in the database uses. Held until the transaction ends: of two signers at once the
# second sees the first one's seal. Its own statement, so that the next one sees what was committed meanwhile.
_LOCK = "SELECT pg_advisory_xact_lock(7305419864)"

_UNSEALED = """
SELECT coalesce(max(number), %(commit)s), coalesce(sum(last_offset - first_offset + 1), 0)::bigint
FROM trial.commits WHERE number > %(commit)s
"""
_CLOCK = "SELECT greatest(clock_timestamp(), committed_at) FROM trial.commits WHERE number = %s"
_ADD_SEAL = """
INSERT INTO trial.seals (number, size, commit_number, root, sealed_at, text) VALUES (%s, %s, %s, %s, %s, %s)
"""
_ADD_KEY = "INSERT INTO trial.seal_keys (public_key, first_seal) VALUES (%s, %s) ON CONFLICT (public_key) DO NOTHING"

_log = structlog.get_logger("projections.seals")


class Sealing(msgspec.Struct, frozen=True, kw_only=True):
    """What one call came to. ``last`` is the newest seal now, None where there is nothing to seal yet.

    ``added`` are the seals that are new in the database; ``away`` the places outside that do not have all seals yet.
    """

    last: SealRow | None
    added: tuple[SealRow, ...] = ()
    away: tuple[str, ...] = ()


class Sealer:
    """``connect`` opens a connection as the role that may add seals; ``keys`` gives those that sign now, at least one.

    ``places`` are outside the database, at least one. ``after_lost_key`` allows one seal whose keys signed none of the
    seals before: only where a person has said that the earlier key is lost.
    """

    def __init__(
        self,
        connect: Callable[[], psycopg.Connection[Any]],
        keys: Callable[[], Sequence[SealKey]],
        places: Sequence[Place],
        *,
        after_lost_key: bool = False,
    ) -> None:
        assert places, "a seal that is kept nowhere outside proves nothing against the owner of the database"
        self._connect = connect
        self._keys = keys
        self._places = tuple(places)
        self._after_lost_key = after_lost_key
        self._checked_all = False
        self._published: dict[str, int] = {}
        self._keys_published: dict[str, str] = {}

    def seal(self) -> Sealing:
        """Seals all that is committed, where that is more than before, and brings every place up to date.

        The first call of a process compares every earlier seal, later ones only what is new. Raises SealRefused where
        anything contradicts; OutsideAway where no place outside can be read; psycopg's errors come through.
        """
        with closing(self._connect()) as connection:
            connection.autocommit = True
            try:
                with connection.transaction():
                    connection.execute(_LOCK)
                    added = self._extend(connection)
                # Here the seals are durable in the database and perhaps nowhere else. Whoever starts next, after any
                # crash, brings them to the places first: `publish` sends whatever a place lacks.
                self._checked_all = True
                self._after_lost_key = False
                return Sealing(last=latest_seal(connection), added=tuple(added), away=self.publish(connection))
            except SealRefused as error:
                _log.critical("no seal: it would contradict an earlier one", why=str(error))
                raise

    def publish(self, connection: psycopg.Connection[Any]) -> tuple[str, ...]:
        """Gives each place what it lacks, seals and public keys; names those that are away. Raises SealRefused."""
        public_keys = "".join(f"{key.text}\n" for key in seal_keys(connection))
        away = []
        for place in self._places:
            known = self._published.get(place.name, 0)
            try:
                there = set(place.numbers(known))
                for row in seals(connection, known):
                    if row.number not in there:
                        place.put(row.number, row.text)
                    self._published[place.name] = row.number
                if public_keys and self._keys_published.get(place.name) != public_keys:
                    place.keep_keys(public_keys)
                    self._keys_published[place.name] = public_keys
            except OutsideAway as error:
                away.append(place.name)
                _log.error("a place for seals is away", place=place.name, why=str(error))
        return tuple(away)

    def _extend(self, connection: psycopg.Connection[Any]) -> list[SealRow]:
        """The new seals, stored: those that only a place outside still had, then the one that is signed now."""
        keys = self._keys()
        last = latest_seal(connection)
        demand_continued(connection, last, keys, after_lost_key=self._after_lost_key)
        demand_earlier_hold(connection, [last] if last and self._checked_all else seals(connection))
        ahead = seals_outside(connection, self._places, last, keys, whole=not self._checked_all)
        tiles = GrowingTiles(connection, 0 if last is None else last.size)
        commit = self._grow(connection, tiles, last, ahead)
        added = [_row(each.number, each.text) for each in ahead]
        newest = added[-1] if added else last
        if tiles.size > (0 if newest is None else newest.size):
            added.append(self._signed(connection, tiles, commit, 1 if newest is None else newest.number + 1, keys))
        if added:
            tiles.flush()
            _store(connection, added, keys)
        return added

    def _grow(
        self, connection: psycopg.Connection[Any], tiles: GrowingTiles, last: SealRow | None, ahead: Sequence[Outside]
    ) -> int:
        """Adds the leaves behind the last seal to the tree and meets each seal that lies ahead; the last commit."""
        commit, begun = (0, 0) if last is None else (last.commit, last.size)
        row = connection.execute(_UNSEALED, {"commit": commit}).fetchone()
        assert row is not None
        head, rows = row
        waiting = list(reversed(ahead))
        for leaf in leaves(connection, commit, head):
            if leaf.commit != commit:
                _meet(tiles, commit, waiting)
                if leaf.commit != commit + 1:
                    raise SealRefused(f"commit {commit + 1} is missing, or its rows: run `trialog ledger verify`")
                commit = leaf.commit
            tiles.add(leaf_hash(leaf_of(leaf)))
        _meet(tiles, commit, waiting)
        if commit != head or tiles.size - begun != rows:
            raise SealRefused(
                f"the commits up to {head} name {rows} rows that are not sealed yet, and the ledger has "
                f"{tiles.size - begun}: run `trialog ledger verify`"
            )
        if waiting:
            raise SealRefused(
                f"{waiting[-1].place} holds seal {waiting[-1].number} over {waiting[-1].seal.size} rows, and the "
                f"ledger has {tiles.size}: this database is older than its own seals, as one is that was restored "
                "from a backup; restore a newer one (docs/audit/keys.md)"
            )
        return commit

    def _signed(
        self,
        connection: psycopg.Connection[Any],
        tiles: GrowingTiles,
        commit: int,
        number: int,
        keys: Sequence[SealKey],
    ) -> SealRow:
        clock = connection.execute(_CLOCK, (commit,)).fetchone()
        assert clock is not None
        seal = Seal(
            origin=keys[0].name, size=tiles.size, root=root_of(tiles, tiles.size), commit=commit, sealed_at=clock[0]
        )
        text = write_seal(seal, keys)
        verify_signature(text, [key.public for key in keys])
        return _row(number, text)


def _meet(tiles: GrowingTiles, commit: int, waiting: list[Outside]) -> None:
    """At the end of a commit: the next seal that lies ahead is either still ahead, or exactly this tree."""
    if not waiting or tiles.size < waiting[-1].seal.size:
        return
    met = waiting.pop()
    if (tiles.size, commit, root_of(tiles, tiles.size)) != (met.seal.size, met.seal.commit, met.seal.root):
        raise SealRefused(
            f"{met.place} holds seal {met.number} over {met.seal.size} rows up to commit {met.seal.commit}, and the "
            "ledger has other rows there: it was changed, or set back and written anew; nothing is signed until a "
            "person has compared both (docs/audit/keys.md)"
        )
    _log.warning("a seal that the database had lost is taken from outside", number=met.number, place=met.place)


def _row(number: int, text: str) -> SealRow:
    seal = parse_seal(text)
    return SealRow(number, seal.size, seal.commit, seal.root, seal.sealed_at, text)


def _store(connection: psycopg.Connection[Any], added: Sequence[SealRow], keys: Sequence[SealKey]) -> None:
    for row in added:
        values = (row.number, row.size, row.commit, row.root, row.sealed_at, row.text)
        connection.execute(_ADD_SEAL, values)
    for key in keys:
        connection.execute(_ADD_KEY, (key.public.text, added[-1].number))
