"""One digest over the endpoint rows of all subjects, kept up to date row by row. Pure.

Byte for byte: the digest of a row is SHA-256 over its canonical JSON, as `msgspec.json` writes the struct. The rows are
dealt into 256 buckets by the first byte of SHA-256 over the subject's id in UTF-8; the digest of a bucket is SHA-256
over the digests of its rows, in the order of the ids. The digest of all is SHA-256 over the rules' version in decimal,
one newline, and the digests of the 256 buckets. So one changed row costs one bucket, however many subjects there are.
"""

import hashlib

import msgspec

BUCKETS = 256


class RowDigests:
    """``version`` is that of the rules which make the rows."""

    def __init__(self, version: int) -> None:
        self._version = version
        self._rows: list[dict[str, bytes]] = [{} for _ in range(BUCKETS)]
        self._buckets = [hashlib.sha256().digest()] * BUCKETS

    def put(self, subject: str, row: msgspec.Struct) -> None:
        """The subject's row, in place of an earlier one."""
        bucket = _bucket(subject)
        self._rows[bucket][subject] = hashlib.sha256(_encoder.encode(row)).digest()
        self._sum(bucket)

    def remove(self, subject: str) -> None:
        """Takes the subject's row out; it must be there."""
        bucket = _bucket(subject)
        del self._rows[bucket][subject]
        self._sum(bucket)

    def digest(self) -> str:
        """Hexadecimal."""
        return hashlib.sha256(b"%d\n" % self._version + b"".join(self._buckets)).hexdigest()

    def _sum(self, bucket: int) -> None:
        rows = self._rows[bucket]
        self._buckets[bucket] = hashlib.sha256(b"".join(rows[subject] for subject in sorted(rows))).digest()


def _bucket(subject: str) -> int:
    return hashlib.sha256(subject.encode()).digest()[0]


_encoder = msgspec.json.Encoder()
