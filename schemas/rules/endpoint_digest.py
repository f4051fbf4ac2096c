"""One digest over the endpoint rows of all subjects, kept up to date row by row. Pure.

Byte for byte: the digest of a row is SHA-256 over its canonical JSON, as `msgspec.json` writes the struct. The rows are
dealt into 256 buckets by the first byte of SHA-256 over the subject's id in UTF-8; the digest of a bucket is SHA-256
over the digests of its rows, in the order of the ids. The digest of all is SHA-256 over the rules' version in decimal,
one newline, and the digests of the 256 buckets. So one changed row costs one bucket, however many subjects there are.
"""

import hashlib
from bisect import bisect_left

import msgspec

BUCKETS = 256

_BYTES = 32
"""The length of a digest."""


class RowDigests:
    """``version`` is that of the rules which make the rows."""

    def __init__(self, version: int) -> None:
        self._version = version
        # Of each bucket the ids in order, and in the same order the digests of the rows, one after the other: so a
        # changed row is put in its place, and nothing is sorted or joined again.
        self._bucket_of: dict[str, int] = {}
        self._subjects: list[list[str]] = [[] for _ in range(BUCKETS)]
        self._rows = [bytearray() for _ in range(BUCKETS)]
        self._buckets = bytearray(hashlib.sha256().digest() * BUCKETS)

    def put(self, subject: str, row: msgspec.Struct) -> None:
        """The subject's row, in place of an earlier one."""
        bucket, place, known = self._place(subject)
        if not known:
            self._subjects[bucket].insert(place, subject)
        after = place + 1 if known else place
        self._rows[bucket][_BYTES * place : _BYTES * after] = hashlib.sha256(_encoder.encode(row)).digest()
        self._sum(bucket)

    def remove(self, subject: str) -> None:
        """Takes the subject's row out; it must be there."""
        bucket, place, known = self._place(subject)
        assert known, "only a row that was put in is taken out"
        del self._subjects[bucket][place], self._rows[bucket][_BYTES * place : _BYTES * (place + 1)]
        self._sum(bucket)

    def digest(self) -> str:
        """Hexadecimal."""
        return hashlib.sha256(b"%d\n" % self._version + self._buckets).hexdigest()

    def _place(self, subject: str) -> tuple[int, int, bool]:
        """The subject's bucket, its place there, and whether it has a row in that place."""
        bucket = self._bucket_of.get(subject)
        if bucket is None:
            bucket = self._bucket_of[subject] = hashlib.sha256(subject.encode()).digest()[0]
        subjects = self._subjects[bucket]
        place = bisect_left(subjects, subject)
        return bucket, place, place < len(subjects) and subjects[place] == subject

    def _sum(self, bucket: int) -> None:
        self._buckets[_BYTES * bucket : _BYTES * (bucket + 1)] = hashlib.sha256(self._rows[bucket]).digest()


_encoder = msgspec.json.Encoder()
