"""Writes the archive: a ZIP file, each file of it hashed on the way, the manifest last. Memory stays flat.

ZIP, because every system of a hospital opens it by a double click, and because a verifier can read any of its files
without unpacking the others: it follows all partitions side by side. A tar file can do neither.
"""

import datetime as dt
import hashlib
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

import msgspec
import psycopg

from projections.export.reading import ends_at, exported_commits, exported_rows, rows_behind
from projections.export.written import (
    COMMITS,
    KEYS,
    LAST_SEAL,
    MANIFEST,
    SEALS,
    commit_line,
    manifest_text,
    row_line,
    rows_file,
)
from projections.seals.checkpoint import parse_seal
from projections.seals.keys import SealKey
from projections.seals.reading import SealRow, seal_keys, seals

_READABLE = 0o644 << 16


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What was written. ``behind`` is the number of ledger rows that came after the seal and are not in the archive."""

    seal: int
    rows: int
    commit: int
    files: int
    behind: int
    signed: bool


def write_export(
    connection: psycopg.Connection[Any],
    to: IO[bytes],
    seal: SealRow,
    enclosed: Mapping[str, bytes],
    keys: Sequence[SealKey] = (),
) -> Exported:
    """Everything up to this seal, and what is ``enclosed`` by its path: study definition, schemas, verifier, README.

    ``keys`` sign the manifest, as they sign seals. The same ledger, seal, keys and enclosures give the same bytes.
    """
    origin = parse_seal(seal.text).origin
    earlier = [row for row in seals(connection) if row.number <= seal.number]
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        files = _Files(archive, seal.sealed_at)
        for path, content in sorted(enclosed.items()):
            files.add(path, [content])
        files.add(KEYS, (f"{key.text}\n".encode() for key in seal_keys(connection)))
        files.add(SEALS, ["\n".join(row.text for row in earlier).encode()])
        files.add(LAST_SEAL, [seal.text.encode()])
        files.add(COMMITS, map(commit_line, exported_commits(connection, seal.commit)))
        for topic, partition, end in ends_at(connection, seal.commit):
            rows = exported_rows(connection, topic, partition, end)
            files.add(rows_file(topic, partition), (row_line(topic, partition, row) for row in rows))
        hashes = dict(files.hashes)
        files.add(MANIFEST, [manifest_text(origin, hashes, keys).encode()])
    return Exported(
        seal=seal.number,
        rows=seal.size,
        commit=seal.commit,
        files=len(files.hashes),
        behind=rows_behind(connection, seal.commit),
        signed=bool(keys),
    )


class _Files:
    """``hashes`` gathers the SHA-256 of each file, in hexadecimal."""

    def __init__(self, archive: zipfile.ZipFile, at: dt.datetime) -> None:
        self._archive = archive
        self._at = at.astimezone(dt.UTC)
        self.hashes: dict[str, str] = {}

    def add(self, path: str, parts: Iterable[bytes]) -> None:
        entry = zipfile.ZipInfo(path, self._at.timetuple()[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = _READABLE
        digest = hashlib.sha256()
        with self._archive.open(entry, "w", force_zip64=True) as file:
            for part in parts:
                file.write(part)
                digest.update(part)
        self.hashes[path] = digest.hexdigest()
