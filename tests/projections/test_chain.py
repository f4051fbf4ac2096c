"""The chain hash, against a few lines written from its description alone, and against a fixed value."""

import hashlib
import random
import struct
from typing import Any

import psycopg
from hypothesis import given
from hypothesis import strategies as st

from projections.chain import GENESIS, chain_hash, encode_headers
from projections.writer import Writer
from tests.projections.controls import LAB, MemoryLog, platelets, rows

HEADERS = st.lists(st.tuples(st.text(max_size=5), st.binary(max_size=5)), max_size=4).map(tuple)


def hashed_again(previous: bytes, topic: str, partition: int, offset: int, columns: list[Any]) -> bytes:
    """An implementation of its own: ``columns`` are key, headers, value, status, reason, event id of a ledger row."""
    key, headers, value, status, reason, event_id = columns
    maybe = lambda said: b"\0" if said is None else b"\1" + struct.pack(">I", len(said)) + said  # noqa: E731
    sized = lambda said: struct.pack(">I", len(said)) + said  # noqa: E731
    said = b"trialog.ledger.v1\x00" + previous + sized(topic.encode()) + struct.pack(">IQ", partition, offset)
    said += maybe(key) + headers + maybe(value) + sized(status.encode())
    said += maybe(None if reason is None else reason.encode()) + maybe(None if event_id is None else event_id.encode())
    return hashlib.sha256(said).digest()


def test_ledger_of_the_writer_is_the_chain_computed_again(
    writer: Writer, log: MemoryLog, reader: psycopg.Connection[Any]
) -> None:
    log.send(platelets("p-1"), platelets("p-2"), platelets("p-1"), platelets("p-1", "56"))
    log.send_bytes(LAB, None, key=None, headers=(("trace", b"\0"),))
    log.send_bytes(LAB, b"noise \xff", headers=(("a", b""), ("a", b"b")))
    log.send(platelets("p-3"))
    sizes = random.Random(3)
    first = 0
    while first < 7:
        first = writer.apply(log.batch(LAB, first, first + sizes.randint(1, 3))).next_offset

    previous = bytes(32)
    ledger = rows(
        reader,
        'SELECT "offset", chain_hash, key, headers, value, status, reason, event_id FROM trial.ledger ORDER BY 1',
    )
    assert len(ledger) == 7
    for offset, stored, *columns in ledger:
        previous = hashed_again(previous, LAB, 0, offset, columns)
        assert stored == previous
    assert rows(reader, "SELECT chain_head FROM trial.positions") == [(previous,)]


def test_hash_of_one_row_never_changes() -> None:
    # Written down on the day that format v1 was made; a change here is a new format, and breaks every ledger there is.
    found = chain_hash(
        GENESIS,
        topic="nct06486350.lab",
        partition=3,
        offset=1,
        key=b"S-001",
        headers=encode_headers((("traceparent", b"00-ab"),)),
        value=b"{}",
        status="quarantined",
        reason="malformed-envelope at $",
        event_id=None,
    )
    assert found.hex() == "adfa21e58c8bbbebe4d5314fa566a8ae3ac30db62f23673c51a01463e7bede3d"


def decoded(stored: bytes) -> tuple[tuple[str, bytes], ...]:
    """The headers, read as docs/audit/format.md says: a count, then of each its name and its value, each sized."""
    parts, rest = [], stored[4:]
    while rest:
        size = int.from_bytes(rest[:4], "big")
        parts.append(rest[4 : 4 + size])
        rest = rest[4 + size :]
    assert len(parts) == 2 * int.from_bytes(stored[:4], "big")
    return tuple((name.decode(), value) for name, value in zip(parts[::2], parts[1::2], strict=True))


@given(HEADERS)
def test_headers_come_back_as_they_were(headers: tuple[tuple[str, bytes], ...]) -> None:
    assert decoded(encode_headers(headers)) == headers


@given(HEADERS, HEADERS)
def test_other_headers_have_another_encoding(
    one: tuple[tuple[str, bytes], ...], other: tuple[tuple[str, bytes], ...]
) -> None:
    assert (one == other) == (encode_headers(one) == encode_headers(other))
