"""Chain hashes from copied bytes are those that `chain_hash` makes of the fields, whatever is NULL or empty."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from projections.chain import chain_hash, encode_headers
from projections.verifying.links import Place, linked, offset_and_hash

SOME_BYTES = st.none() | st.binary(max_size=40)
SOME_TEXT = st.none() | st.text(max_size=20)
HEADERS = st.lists(st.tuples(st.text(max_size=5), st.binary(max_size=5)), max_size=3).map(tuple)


def sized(said: bytes | None) -> bytes:
    """As PostgreSQL's binary COPY writes a field."""
    return struct.pack(">i", -1) if said is None else struct.pack(">i", len(said)) + said


@given(
    previous=st.binary(min_size=32, max_size=32),
    place=st.tuples(st.text(max_size=10), st.integers(0, 2**31 - 1), st.integers(0, 2**62)),
    key=SOME_BYTES,
    headers=HEADERS,
    value=SOME_BYTES,
    status=st.sampled_from(["accepted", "duplicate", "quarantined"]),
    reason=SOME_TEXT,
    event_id=SOME_TEXT,
)
def test_linked_is_the_chain_hash_of_the_fields(
    previous: bytes,
    place: tuple[str, int, int],
    key: bytes | None,
    headers: tuple[tuple[str, bytes], ...],
    value: bytes | None,
    status: str,
    reason: str | None,
    event_id: str | None,
) -> None:
    topic, partition, offset = place
    texts = [None if each is None else each.encode() for each in (status, reason, event_id)]
    fields = [struct.pack(">q", offset), b"h" * 32, key, encode_headers(headers), value, *texts]
    row = struct.pack(">h", 8) + b"".join(map(sized, fields))
    expected = chain_hash(
        previous,
        topic=topic,
        partition=partition,
        offset=offset,
        key=key,
        headers=encode_headers(headers),
        value=value,
        status=status,
        reason=reason,
        event_id=event_id,
    )
    assert offset_and_hash(row) == (offset, b"h" * 32)
    assert linked(previous, Place(topic, partition), offset, row) == expected
