"""Chain hashes straight from the bytes of `projections.ledger.copied`. Pure.

PostgreSQL and the chain both write 4 bytes of length and then the bytes, so most of what is hashed is a slice of what
was copied, and a row costs half of what it costs taken apart. That `linked` equals `projections.chain.chain_hash` is a
law in the tests.
"""

import hashlib
import struct

from projections.chain import FORMAT, chain_hash

_FIXED = struct.Struct(">hiqi32s")
_FIXED_BYTES = _FIXED.size
_SIZE = struct.Struct(">i")
_PLACE = struct.Struct(">IQ")
_ACCEPTED = b"\0\0\0\x08accepted\xff\xff\xff\xff"
"""A status, sized, and a reason that is NULL."""

_STATUS_BYTES = len(_ACCEPTED) - _SIZE.size
_sha256, _size, _place, _fixed = hashlib.sha256, _SIZE.unpack_from, _PLACE.pack, _FIXED.unpack_from


class Place:
    """A partition, with the bytes that stand for it in every hash."""

    __slots__ = ("head", "partition", "topic")

    def __init__(self, topic: str, partition: int) -> None:
        self.topic = topic
        self.partition = partition
        named = topic.encode()
        self.head = len(named).to_bytes(4, "big") + named


def offset_and_hash(row: bytes) -> tuple[int, bytes]:
    """The offset of a copied row, and the chain hash that it has."""
    _, _, offset, _, stored = _fixed(row)
    return offset, stored


def linked(previous: bytes, place: Place, offset: int, row: bytes) -> bytes:
    """The chain hash that a copied row must have behind ``previous``."""
    (key_size,) = _size(row, _FIXED_BYTES)
    if key_size >= 0:
        headers_at = _FIXED_BYTES + 4 + key_size
        (headers_size,) = _size(row, headers_at)
        value_at = headers_at + 4 + headers_size
        (value_size,) = _size(row, value_at)
        status_at = value_at + 4 + value_size
        event_at = status_at + len(_ACCEPTED)
        # The usual row: key and value are there, it is accepted, has no reason, and an event id.
        if value_size >= 0 and row[status_at:event_at] == _ACCEPTED and row[event_at] != 0xFF:
            said = (
                FORMAT,
                previous,
                place.head,
                _place(place.partition, offset),
                b"\1",
                row[_FIXED_BYTES:headers_at],
                row[headers_at + 4 : value_at],
                b"\1",
                row[value_at : status_at + _STATUS_BYTES],
                b"\0\1",
                row[event_at:],
            )
            return _sha256(b"".join(said)).digest()
    return _linked_apart(previous, place, offset, row)


def _linked_apart(previous: bytes, place: Place, offset: int, row: bytes) -> bytes:
    fields: list[bytes | None] = []
    at = _FIXED_BYTES
    for _ in range(6):
        (size,) = _size(row, at)
        at += 4
        fields.append(None if size < 0 else row[at : at + size])
        at += max(size, 0)
    key, headers, value, status, reason, event_id = fields
    assert headers is not None, "the ledger's column refuses NULL"
    assert status is not None, "the ledger's column refuses NULL"
    return chain_hash(
        previous,
        topic=place.topic,
        partition=place.partition,
        offset=offset,
        key=key,
        headers=headers,
        value=value,
        status=status.decode(),
        reason=None if reason is None else reason.decode(),
        event_id=None if event_id is None else event_id.decode(),
    )
