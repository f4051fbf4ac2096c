"""Computes proofs from the stored tree: a few rows of the ledger and a logarithmic number of tiles, however long it is.

Each proof is verified before it is given out, with the roots of the seals as they are stored. So a row that was changed
after it was sealed has no proof, and the answer says so.
"""

import hashlib
from typing import Any

import msgspec
import psycopg

from projections.chain import GENESIS, chained_bytes
from projections.seals import merkle
from projections.seals.errors import NotSealed, SealRefused
from projections.seals.leaves import LeafRow, leaf_of
from projections.seals.proof_files import ConsistencyProof, InclusionProof
from projections.seals.reading import SealRow, latest_seal, seal_before, seal_numbered
from projections.seals.tiles import StoredTiles
from schemas.records import Position

Connection = psycopg.Connection[Any]

# The commit of a row is the last of its partition that begins at or before it: one look into the index.
_ROW = """
SELECT made.number, (extract(epoch FROM made.committed_at) * 1000000)::bigint, record.topic, record.partition,
       record."offset", record.log_timestamp_ms, (extract(epoch FROM record.received_at) * 1000000)::bigint,
       record.chain_hash, made.first_offset, record.key, record.headers, record.value, record.status, record.reason,
       record.event_id, before.chain_hash
FROM trial.ledger AS record
CROSS JOIN LATERAL (
    SELECT * FROM trial.commits
    WHERE topic = record.topic AND partition = record.partition AND first_offset <= record."offset"
    ORDER BY first_offset DESC LIMIT 1
) AS made
LEFT JOIN trial.ledger AS before ON before.topic = %(topic)s AND before.partition = %(partition)s
 AND before."offset" = %(offset)s - 1
WHERE record.topic = %(topic)s AND record.partition = %(partition)s AND record."offset" = %(offset)s
  AND record."offset" <= made.last_offset
"""
# Only the commits since the seal before: their number is bounded by how often one seals, not by the ledger.
_ROWS_BETWEEN = """
SELECT coalesce(sum(last_offset - first_offset + 1), 0)::bigint FROM trial.commits WHERE number > %s AND number < %s
"""
_EVENT = 'SELECT topic, partition, "offset" FROM trial.entries WHERE event_id = %s'


class _Row(msgspec.Struct, frozen=True):
    """A ledger row with its commit. ``before`` is None at offset 0."""

    leaf: LeafRow
    first_offset: int
    chained: bytes


def position_of(connection: Connection, event_id: str) -> Position:
    """Where the accepted event of this id lies. Raises NotSealed where there is none."""
    row = connection.execute(_EVENT, (event_id,)).fetchone()
    if row is None:
        raise NotSealed(f"no accepted event {event_id}; a record that is none has a position, TOPIC[PARTITION]@OFFSET")
    return Position(*row)


def prove_inclusion(connection: Connection, position: Position, seal_number: int | None = None) -> InclusionProof:
    """That the row at this position is under a seal, the last one where none is named.

    Raises NotSealed, and SealRefused where the row is not what was sealed.
    """
    seal = _named(connection, seal_number)
    row = _read(connection, position)
    if row.leaf.commit > seal.commit:
        raise NotSealed(
            f"{position} came with commit {row.leaf.commit}, and seal {seal.number} covers those up to {seal.commit}: "
            "not yet sealed; `trialog ledger seal` seals it now"
        )
    index = index_of(connection, row.leaf.commit) + row.leaf.offset - row.first_offset
    leaf = leaf_of(row.leaf)
    path = merkle.inclusion_proof(StoredTiles(connection), index, seal.size)
    whole = hashlib.sha256(row.chained).digest() == row.leaf.chain_hash
    if not whole or not merkle.verify_inclusion(merkle.leaf_hash(leaf), index, seal.size, path, seal.root):
        raise SealRefused(
            f"{position} is not the row that seal {seal.number} is over: the row, its commit or the stored tree was "
            "changed; run `trialog ledger verify`"
        )
    return InclusionProof(index=index, leaf=leaf, chained=row.chained, path=path, seal=seal.text)


def prove_consistency(connection: Connection, from_seal: int, to_seal: int | None = None) -> ConsistencyProof:
    """That one seal extends another, the last one where none is named. Raises NotSealed, SealRefused."""
    first, second = _named(connection, from_seal), _named(connection, to_seal)
    if first.number > second.number:
        raise NotSealed(f"seal {second.number} is older than seal {first.number}: name the older one first")
    path = merkle.consistency_proof(StoredTiles(connection), first.size, second.size)
    if not merkle.verify_consistency(first.size, first.root, second.size, second.root, path):
        raise SealRefused(
            f"seal {second.number} does not extend seal {first.number} by the stored tree: one of the three was "
            "changed; compare the seals with a place outside and run `trialog ledger verify`"
        )
    return ConsistencyProof(path=path, first=first.text, second=second.text)


def index_of(connection: Connection, commit: int) -> int:
    """The index of the first leaf of a commit: how many rows all commits before it have."""
    anchor = seal_before(connection, commit)
    size, sealed = (0, 0) if anchor is None else (anchor.size, anchor.commit)
    row = connection.execute(_ROWS_BETWEEN, (sealed, commit)).fetchone()
    assert row is not None
    return size + int(row[0])


def _named(connection: Connection, number: int | None) -> SealRow:
    seal = latest_seal(connection) if number is None else seal_numbered(connection, number)
    if seal is None:
        raise NotSealed("nothing is sealed yet" if number is None else f"there is no seal {number}")
    return seal


def _read(connection: Connection, position: Position) -> _Row:
    row = connection.execute(_ROW, msgspec.structs.asdict(position), binary=True).fetchone()
    if row is None:
        raise NotSealed(f"the ledger has no row {position}")
    commit, committed_us, topic, partition, offset, log_ms, received_us, chain_hash, first_offset = row[:9]
    key, headers, value, status, reason, event_id, previous = row[9:]
    leaf = LeafRow(
        commit=commit,
        committed_at_us=committed_us,
        topic=topic,
        partition=partition,
        offset=offset,
        log_timestamp_ms=log_ms,
        received_at_us=received_us,
        chain_hash=chain_hash,
    )
    chained = chained_bytes(
        GENESIS if previous is None else previous,
        topic=topic,
        partition=partition,
        offset=offset,
        key=key,
        headers=headers,
        value=value,
        status=status,
        reason=reason,
        event_id=event_id,
    )
    return _Row(leaf, first_offset, chained)
