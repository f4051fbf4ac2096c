"""Seals: each one's number, signature and root, over leaves that are made again from the ledger's own rows.

The stored tree is not believed. It only helps to say which row of a wrong root's is another one, and, where a
verification starts from a seal, to show that what it starts from is under that seal's root.
"""

import heapq
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import psycopg

from projections.seals.checkpoint import Seal, parse_seal, verify_signature
from projections.seals.errors import SealError
from projections.seals.keys import PublicKey
from projections.seals.leaves import LeafRow, leaf_of
from projections.seals.merkle import Frontier, inclusion_proof, leaf_hash, root_of, verify_inclusion
from projections.seals.reading import SealRow, leaves, seal_before
from projections.seals.tiles import StoredTiles
from projections.verifying.broken import Broken, Kind, Report, Stage

Connection = psycopg.Connection[Any]

LEAVES_A_REPORT = 5_000
SEALS_A_STEP = 1_000

_SEALS = """
SELECT number, size, commit_number, root, sealed_at, text FROM trial.seals WHERE number > %s ORDER BY number
"""
# The last row of each partition that a seal covers, with the number of leaves before its commit.
_HEADS = """
SELECT made.number, (extract(epoch FROM made.committed_at) * 1000000)::bigint, made.topic, made.partition,
       record."offset", record.log_timestamp_ms, (extract(epoch FROM record.received_at) * 1000000)::bigint,
       record.chain_hash, (coalesce(made.before, 0) + record."offset" - made.first_offset)::bigint
FROM (
    SELECT *, last_value(number) OVER same AS newest, sum(last_offset - first_offset + 1) OVER earlier AS before
    FROM trial.commits WHERE number <= %(commit)s
    WINDOW earlier AS (ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
           same AS (PARTITION BY topic, partition ORDER BY number
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
) AS made
JOIN trial.ledger AS record ON record.topic = made.topic AND record.partition = made.partition
 AND record."offset" = made.last_offset
WHERE made.number = made.newest ORDER BY made.topic, made.partition
"""
_PARTITIONS = "SELECT count(*) FROM (SELECT DISTINCT topic, partition FROM trial.commits WHERE number <= %s) AS each"


class Kept(msgspec.Struct, frozen=True):
    """A seal from outside the database. ``name`` says where it was found."""

    name: str
    text: str


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """The last seal that holds: what it covers is proven to whoever trusts its key and kept it."""

    name: str
    size: int
    commit: int
    root: str
    signed_by: tuple[str, ...]


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """What a seal proves, so that nothing before it need be read again.

    ``number`` is that of the last stored seal up to there, 0 where there is none. ``begins`` are, by topic and
    partition, the first offset behind the seal and the chain hash before it.
    """

    seal: Seal
    sealed: Sealed
    number: int
    begins: Mapping[tuple[str, int], tuple[int, bytes]]


class Signed(msgspec.Struct, frozen=True):
    """A seal whose text was read, on its way to the leaves.

    ``by`` are the ids of the trusted keys that signed it; ``wrong`` is why it does not count, None where it does.
    """

    name: str
    seal: Seal
    by: tuple[str, ...]
    wrong: str | None


def start_from(connection: Connection, kept: Kept, keys: Sequence[PublicKey]) -> Start | Broken:
    """Shows that everything a verification would start from lies under this seal, by a handful of stored hashes."""
    try:
        seal = parse_seal(kept.text)
        signed_by = verify_signature(kept.text, keys)
        tiles = StoredTiles(connection)
        if root_of(tiles, seal.size) != seal.root:
            return _broken(kept.name, "the stored tree does not have its root; verify without --since", "nothing yet")
        begins = _begins(connection, seal, tiles)
    except SealError as error:
        return _broken(kept.name, str(error), "nothing yet: verify without --since")
    if begins is None:
        return _broken(
            kept.name,
            "the last rows that it covers are not those under its root; verify without --since",
            "nothing yet",
        )
    stored = seal_before(connection, seal.commit + 1)
    return Start(
        seal=seal,
        sealed=_sealed(kept.name, seal, tuple(key.id.hex() for key in signed_by)),
        number=0 if stored is None else stored.number,
        begins=begins,
    )


def _begins(connection: Connection, seal: Seal, tiles: StoredTiles) -> dict[tuple[str, int], tuple[int, bytes]] | None:
    begins = {}
    for *fields, index in connection.execute(_HEADS, {"commit": seal.commit}, binary=True).fetchall():
        leaf = LeafRow(**dict(zip(LeafRow.__struct_fields__, fields, strict=True)))
        if not 0 <= index < seal.size:
            return None
        path = inclusion_proof(tiles, index, seal.size)
        if not verify_inclusion(leaf_hash(leaf_of(leaf)), index, seal.size, path, seal.root):
            return None
        begins[leaf.topic, leaf.partition] = (leaf.offset + 1, leaf.chain_hash)
    partitions = connection.execute(_PARTITIONS, (seal.commit,)).fetchone()
    assert partitions is not None
    return begins if len(begins) == partitions[0] and sum(each[0] for each in begins.values()) == seal.size else None


class Walk(msgspec.Struct, frozen=True):
    """What the walk over the seals came to; ``sealed`` is None where no seal holds."""

    broken: list[Broken]
    sealed: Sealed | None


def walk_seals(
    connection: Connection,
    keys: Sequence[PublicKey],
    kept: Sequence[Kept],
    start: Start | None,
    report: Report,
) -> Walk:
    """Every seal behind ``start``, in order, over the leaves that the ledger gives. Needs a transaction of its own."""
    broken: list[Broken] = []
    first = 0 if start is None else start.number
    outside = [each for each in _kept(kept, keys, broken) if start is None or each.seal.commit > start.seal.commit]
    walk = _Leaves(connection, start, report)
    stored = _stored(connection, first, keys, broken)
    for each in heapq.merge(stored, sorted(outside, key=_commit), key=_commit):
        walk.meet(each)
    broken += walk.broken(connection)
    return Walk(broken, walk.sealed)


def _commit(signed: Signed) -> int:
    return signed.seal.commit


class _Leaves:
    """The growing tree, and how far seals agree with it."""

    def __init__(self, connection: Connection, start: Start | None, report: Report) -> None:
        seal = None if start is None else start.seal
        self._report = report
        self._commit, self._start_size = (0, 0) if seal is None else (seal.commit, seal.size)
        self._frontier = Frontier() if seal is None else Frontier.over(StoredTiles(connection), seal.size)
        self._leaves = leaves(connection, self._commit)
        self._next = next(self._leaves, None)
        self._good = (self._commit, self._start_size)
        self._differs: tuple[tuple[int, int], Signed, str] | None = None
        self._differing = 0
        self.sealed = None if start is None else start.sealed

    def meet(self, signed: Signed) -> None:
        """Adds what the seal covers to the tree, and compares."""
        add, commit, unreported = self._frontier.add, signed.seal.commit, 0
        row = self._next
        while row is not None and row.commit <= commit:
            add(leaf_hash(leaf_of(row)))
            row = next(self._leaves, None)
            unreported += 1
            if unreported == LEAVES_A_REPORT:
                self._report(Stage.SEALS, unreported)
                unreported = 0
        self._next = row
        self._report(Stage.SEALS, unreported)
        what = self._difference(signed.seal)
        if what is None:
            self._agree(signed)
            return
        self._differing += 1
        if self._differs is None:
            self._differs = (self._good, signed, what)

    def _difference(self, seal: Seal) -> str | None:
        size = self._frontier.size
        if size < seal.size and self._next is None:
            return f"it covers {seal.size} rows, and the ledger ends at {size}"
        if size != seal.size:
            return f"it covers {seal.size} rows up to commit {seal.commit}, and there are {size}"
        return None if self._frontier.root() == seal.root else "its root is not that of the ledger's rows"

    def _agree(self, signed: Signed) -> None:
        if signed.wrong is not None:
            return
        self._good = (signed.seal.commit, signed.seal.size)
        if self.sealed is None or signed.seal.commit > self.sealed.commit:
            self.sealed = _sealed(signed.name, signed.seal, signed.by)

    def broken(self, connection: Connection) -> Iterator[Broken]:
        """The first seal that contradicts the ledger, with the row where that can be told; later ones hang on it."""
        if self._differs is None:
            return
        (commit, size), first, what = self._differs
        row = _first_other_row(connection, commit, size, first.seal)
        if row is not None:
            what += f"; the first row that is another one is {row}"
        stands = f"the first {size} rows, up to commit {commit}" if size else "no row is proven by a seal"
        yield _broken(first.name, what, stands, rows=self._differing)


def _first_other_row(connection: Connection, commit: int, size: int, seal: Seal) -> str | None:
    """Between the seals before and this one; None where the stored tree is not the seal's either."""
    tiles = StoredTiles(connection)
    try:
        if root_of(tiles, seal.size) != seal.root:
            return None
        for index, leaf in enumerate(leaves(connection, commit, seal.commit), start=size):
            if index >= seal.size or leaf_hash(leaf_of(leaf)) != tiles.node(0, index):
                return f"{leaf.topic}[{leaf.partition}]@{leaf.offset} (commit {leaf.commit})"
    except SealError:
        return None
    return None


def _stored(connection: Connection, after: int, keys: Sequence[PublicKey], broken: list[Broken]) -> Iterator[Signed]:
    """The seals of the database, their texts read and their signatures checked; what is wrong is noted."""
    expected = itertools.count(after + 1)
    with connection.cursor("seals") as cursor:
        cursor.itersize = SEALS_A_STEP
        cursor.execute(_SEALS, (after,), binary=True)
        for row in itertools.starmap(SealRow, cursor):
            name = f"seal {row.number}"
            if row.number != next(expected):
                broken.append(_broken(name, "a seal before it is missing", "what later seals cover"))
                expected = itertools.count(row.number + 1)
            signed = _signed(Kept(name, row.text), keys, broken)
            if signed is None:
                continue
            seal = signed.seal
            if (seal.size, seal.commit, seal.root, seal.sealed_at) != (row.size, row.commit, row.root, row.sealed_at):
                broken.append(
                    _broken(name, "its row says something else than its text", "its text, where it is signed")
                )
            yield signed


def _kept(kept: Iterable[Kept], keys: Sequence[PublicKey], broken: list[Broken]) -> Iterator[Signed]:
    for each in kept:
        signed = _signed(each, keys, broken)
        if signed is not None:
            yield signed


def _signed(kept: Kept, keys: Sequence[PublicKey], broken: list[Broken]) -> Signed | None:
    """None where it is no seal at all."""
    try:
        seal = parse_seal(kept.text)
    except SealError as error:
        broken.append(_broken(kept.name, str(error), "what other seals cover"))
        return None
    try:
        by = tuple(key.id.hex() for key in verify_signature(kept.text, keys))
    except SealError as error:
        broken.append(_broken(kept.name, str(error), "what seals cover that a trusted key signed"))
        return Signed(kept.name, seal, (), str(error))
    return Signed(kept.name, seal, by, None)


def _sealed(name: str, seal: Seal, signed_by: tuple[str, ...]) -> Sealed:
    return Sealed(name=name, size=seal.size, commit=seal.commit, root=seal.root.hex(), signed_by=signed_by)


def _broken(name: str, what: str, stands: str, rows: int = 1) -> Broken:
    return Broken(kind=Kind.SEALS, position=name, what=what, stands=stands, rows=rows)
