"""The bytes of a leaf: what a seal says of one ledger row. The table is in docs/audit/format.md, “The leaves”. Pure."""

import struct

import msgspec

FORMAT = b"trialog.leaf.v1\0"

_COMMIT = struct.Struct(">Qq")
_LENGTH = struct.Struct(">I")
_PLACE = struct.Struct(">IQqq")


class LeafRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a leaf is made of. Instants are microseconds since 1970-01-01T00:00:00Z, the log's time milliseconds."""

    commit: int
    committed_at_us: int
    topic: str
    partition: int
    offset: int
    log_timestamp_ms: int
    received_at_us: int
    chain_hash: bytes


def leaf_of(row: LeafRow) -> bytes:
    """The leaf of a ledger row.

    >>> leaf_of(LeafRow(commit=1, committed_at_us=2, topic="t", partition=0, offset=3, log_timestamp_ms=-1,
    ...     received_at_us=4, chain_hash=bytes(32))).hex()[32:112]
    '000000000000000100000000000000020000000174000000000000000000000003ffffffffffffff'
    """
    topic = row.topic.encode()
    return b"".join(
        (
            FORMAT,
            _COMMIT.pack(row.commit, row.committed_at_us),
            _LENGTH.pack(len(topic)),
            topic,
            _PLACE.pack(row.partition, row.offset, row.log_timestamp_ms, row.received_at_us),
            row.chain_hash,
        )
    )
