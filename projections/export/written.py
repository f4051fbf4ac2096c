"""The lines of an export, byte for byte: rows, commits, manifest. docs/audit/format.md, “The export”. Pure.

Each thing has one way only to be written, and the verifier refuses every other: so there is no byte of a line that
could be changed without changing what the line says.
"""

import base64
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from projections.seals.keys import SealKey
from projections.seals.leaves import LeafRow, leaf_of
from projections.seals.merkle import leaf_hash

MANIFEST = "manifest.txt"
KEYS = "keys.txt"
COMMITS = "commits.jsonl"
SEALS = "seals.txt"
LAST_SEAL = "last-seal.txt"
README = "README.md"
VERIFIER = "verify_trialog.py"
STUDY = "study.toml"

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


class ExportedRow(msgspec.Struct, frozen=True):
    """A ledger row with its commit; the instants in any zone."""

    offset: int
    commit: int
    committed_at: dt.datetime
    key: bytes | None
    headers: bytes
    value: bytes | None
    log_timestamp_ms: int
    received_at: dt.datetime
    status: str
    reason: str | None
    event_id: str | None
    chain_hash: bytes


class ExportedCommit(msgspec.Struct, frozen=True):
    """A commit: rows of one partition, from the first to the last offset."""

    number: int
    topic: str
    partition: int
    first_offset: int
    last_offset: int
    committed_at: dt.datetime


def rows_file(topic: str, partition: int) -> str:
    """The path of a partition's rows.

    >>> rows_file("nct06486350.lab", 2)
    'rows/nct06486350.lab.2.jsonl'
    """
    return f"rows/{topic}.{partition}.jsonl"


def row_line(topic: str, partition: int, row: ExportedRow) -> bytes:
    """One row. Bytes are base64; the last field is the hash of the row's leaf."""
    leaf = leaf_of(
        LeafRow(
            commit=row.commit,
            committed_at_us=_microseconds(row.committed_at),
            topic=topic,
            partition=partition,
            offset=row.offset,
            log_timestamp_ms=row.log_timestamp_ms,
            received_at_us=_microseconds(row.received_at),
            chain_hash=row.chain_hash,
        )
    )
    return _line(
        {
            "offset": row.offset,
            "commit": row.commit,
            "committed_at": _instant(row.committed_at),
            "key": _base64(row.key),
            "headers": _base64(row.headers),
            "value": _base64(row.value),
            "log_time_ms": row.log_timestamp_ms,
            "received_at": _instant(row.received_at),
            "status": row.status,
            "reason": row.reason,
            "event_id": row.event_id,
            "chain": _base64(row.chain_hash),
            "leaf": _base64(leaf_hash(leaf)),
        }
    )


def commit_line(commit: ExportedCommit) -> bytes:
    return _line({**msgspec.structs.asdict(commit), "committed_at": _instant(commit.committed_at)})


def manifest_text(origin: str, hashes: Mapping[str, str], keys: Sequence[SealKey]) -> str:
    """The hash of every file by its path, as `sha256sum` writes it, in a note that these keys sign; none: not signed.

    The first line differs from that of any seal, so the signature of one can never stand under the other.
    """
    body = "\n".join([f"{origin}/export", *(f"{digest}  {path}" for path, digest in sorted(hashes.items()))]) + "\n"
    signed = body.encode()
    lines = [f"\u2014 {key.name} {_base64(key.public.id + key.sign(signed))}\n" for key in keys]
    return body + "\n" + "".join(lines) if lines else body


def _line(said: dict[str, Any]) -> bytes:
    """JSON (RFC 8259) without spaces, in which only quotes, backslashes and control characters are escaped."""
    return (json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _base64(said: bytes | None) -> str | None:
    return None if said is None else base64.b64encode(said).decode()


def _instant(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _microseconds(at: dt.datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND
