"""The hash chain over the ledger, byte for byte. One chain a partition; anyone can compute it again with SHA-256 alone.

The chain hash of a row is SHA-256 over these, one after the other:

=============  ==========================================================================================
``b"trialog.ledger.v1\\0"``  18 bytes that name this format
previous       32 bytes: the chain hash of the row before, 32 zero bytes for offset 0
topic          4 bytes length, then UTF-8
partition      4 bytes
offset         8 bytes
key            1 byte 0 where there is none; else 1 byte 1, 4 bytes length, the bytes
headers        4 bytes count; for each: 4 bytes length, name in UTF-8, 4 bytes length, value
value          as key
status         4 bytes length, then ASCII: ``accepted``, ``duplicate`` or ``quarantined``
reason         as key, in UTF-8
event id       as key, in UTF-8
=============  ==========================================================================================

All integers are unsigned and big-endian. Every part carries its length, so no two different rows give the same bytes.
"""

import hashlib
import struct

from schemas.records import Headers

FORMAT = b"trialog.ledger.v1\0"
GENESIS = bytes(32)
NO_HEADERS = bytes(4)

_PLACE = struct.Struct(">IQ")
_LENGTH = struct.Struct(">I")


def chain_hash(
    previous: bytes,
    *,
    topic: str,
    partition: int,
    offset: int,
    key: bytes | None,
    headers: bytes,
    value: bytes | None,
    status: str,
    reason: str | None,
    event_id: str | None,
) -> bytes:
    """The 32 bytes of a row's chain hash. ``headers`` as `encode_headers` gives them."""
    return hashlib.sha256(
        chained_bytes(
            previous,
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
    ).digest()


def chained_bytes(
    previous: bytes,
    *,
    topic: str,
    partition: int,
    offset: int,
    key: bytes | None,
    headers: bytes,
    value: bytes | None,
    status: str,
    reason: str | None,
    event_id: str | None,
) -> bytes:
    """What a row's chain hash is over, for whoever is to compute it alone."""
    return b"".join(
        (
            FORMAT,
            previous,
            _sized(topic.encode()),
            _PLACE.pack(partition, offset),
            _optional(key),
            headers,
            _optional(value),
            _sized(status.encode()),
            _optional(None if reason is None else reason.encode()),
            _optional(None if event_id is None else event_id.encode()),
        )
    )


def encode_headers(headers: Headers) -> bytes:
    """A record's headers as the chain and the ledger's column have them.

    >>> encode_headers((("a", b"xy"),)).hex()
    '000000010000000161000000027879'
    """
    if not headers:
        return NO_HEADERS
    parts = [_LENGTH.pack(len(headers))]
    for name, value in headers:
        parts += (_sized(name.encode()), _sized(value))
    return b"".join(parts)


def _sized(said: bytes) -> bytes:
    return _LENGTH.pack(len(said)) + said


def _optional(said: bytes | None) -> bytes:
    return b"\0" if said is None else b"\1" + _LENGTH.pack(len(said)) + said
