"""The tree as it is stored: tiles of up to 256 hashes, so that proofs and the next seal never read the whole ledger.

Tile (level, index) has the hashes of the complete subtrees of ``256 ** level`` leaves each, beginning at the
subtree ``index * 256``. What lies between two levels of tiles is computed from the lower one: any node of the tree
costs one tile, and a proof in a tree of a million leaves reads at most a handful.
"""

from typing import Any

import psycopg

from projections.seals.errors import SealRefused
from projections.seals.merkle import HASH_BYTES, node_hash

TILE_LEVELS = 8
TILE_HASHES = 1 << TILE_LEVELS
_KEPT_MAX = 4_096
_WRITTEN_AT_ONCE = 256

_READ = "SELECT hashes FROM trial.tree_tiles WHERE level = %s AND index = %s"
_WRITE = """
INSERT INTO trial.tree_tiles (level, index, hashes) VALUES (%s, %s, %s)
ON CONFLICT (level, index) DO UPDATE SET hashes = excluded.hashes
"""

Tile = tuple[int, int]
"""Level and index of a tile."""


class StoredTiles:
    """A source of nodes (`projections.seals.merkle.Nodes`) on a connection. ``read`` counts the tiles that it fetched.

    It keeps what it fetched: use one for each question, or for each state of the database.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._kept: dict[Tile, bytes] = {}
        self.read = 0

    def node(self, level: int, index: int) -> bytes:
        """Raises SealRefused where the tile is not there, or too short."""
        above, below = divmod(level, TILE_LEVELS)
        first = index << below
        tile = self.tile(above, first >> TILE_LEVELS)
        at = first % TILE_HASHES * HASH_BYTES
        hashes = tile[at : at + (HASH_BYTES << below)]
        if len(hashes) != HASH_BYTES << below:
            raise SealRefused(
                f"the stored tree ends inside tile {above}/{first >> TILE_LEVELS}: it is shorter than the seals say; "
                "compare the database with its backup"
            )
        return _root(hashes)

    def tile(self, level: int, index: int) -> bytes:
        """The hashes of a tile, one behind the other; none where it is not there."""
        found = self._kept.get((level, index))
        if found is None:
            row = self._connection.execute(_READ, (level, index), binary=True).fetchone()
            self.read += 1
            found = b"" if row is None else bytes(row[0])
            if len(self._kept) >= _KEPT_MAX:
                self._kept.clear()
            self._kept[level, index] = found
        return found


class GrowingTiles(StoredTiles):
    """The tree over the first ``size`` leaves, to which more are added; `flush` writes, in the caller's transaction."""

    def __init__(self, connection: psycopg.Connection[Any], size: int) -> None:
        super().__init__(connection)
        self.size = size
        self._open: list[bytearray] = []
        self._waiting: dict[Tile, bytes] = {}
        while size:
            whole, begun = divmod(size, TILE_HASHES)
            level = len(self._open)
            stored = super().tile(level, whole)[: begun * HASH_BYTES] if begun else b""
            if len(stored) != begun * HASH_BYTES:
                raise SealRefused(
                    f"the stored tree ends inside tile {level}/{whole}: it is shorter than the last seal says; compare "
                    "the database with its backup"
                )
            self._open.append(bytearray(stored))
            size = whole

    def add(self, hashed: bytes) -> None:
        """Adds the hash of the next leaf."""
        index = self.size
        self.size += 1
        for level in range(64 // TILE_LEVELS):
            if level == len(self._open):
                self._open.append(bytearray())
            tile = self._open[level]
            tile += hashed
            if len(tile) < TILE_HASHES * HASH_BYTES:
                return
            index >>= TILE_LEVELS
            self._waiting[level, index] = whole = bytes(tile)
            hashed = _root(whole)
            tile.clear()
            if len(self._waiting) >= _WRITTEN_AT_ONCE:
                self._write()

    def tile(self, level: int, index: int) -> bytes:
        whole = self.size >> (TILE_LEVELS * level)
        if level < len(self._open) and index == whole // TILE_HASHES:
            return bytes(self._open[level])
        return self._waiting.get((level, index)) or super().tile(level, index)

    def flush(self) -> None:
        """Writes what was added. Before this, and before the caller commits, nothing of it is durable."""
        for level, tile in enumerate(self._open):
            if tile:
                index = (self.size >> (TILE_LEVELS * level)) // TILE_HASHES
                self._waiting[level, index] = bytes(tile)
        self._write()

    def _write(self) -> None:
        try:
            with self._connection.cursor() as cursor:
                cursor.executemany(_WRITE, [(*tile, hashes) for tile, hashes in self._waiting.items()])
        except psycopg.errors.CheckViolation as error:
            raise SealRefused(
                f"the stored tree has other hashes behind the last seal ({error.diag.message_primary}): seals were "
                "taken from the database; compare it with a place outside"
            ) from error
        for tile in self._waiting:
            self._kept.pop(tile, None)
        self._waiting.clear()


def _root(hashes: bytes) -> bytes:
    """The root over a power of two of hashes that stand one behind the other."""
    level = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    while len(level) > 1:
        level = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=True)]
    return level[0]
