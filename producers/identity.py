"""The identity map: which hospital number is which subject. The only place where the two meet, under a key of its own.

A number is found by its HMAC-SHA256 and kept sealed beside it, so the table alone names nobody, and cannot be searched
by trying out all numbers either. Rows are added, never changed. Only the role ``trialog_intake`` reads them.
"""

import datetime as dt
import unicodedata
from collections.abc import Iterable
from typing import Any

import msgspec
import psycopg

from producers.errors import Unreadable, WrongKey
from producers.sealing import Sealer

SUBJECT_PREFIX = "S-"
SUBJECT_DIGITS = 3

# Serialises whoever adds to the map, so that two numbers never get the same next subject. Held until the commit.
_ADDING = 0x5452_4D41_5000_0001


class Mapped(msgspec.Struct, frozen=True, kw_only=True):
    subject: str
    mapped_at: dt.datetime


class Contradiction(msgspec.Struct, frozen=True, kw_only=True):
    """The map says otherwise: the number is another subject, or the subject has another number. Nothing was changed."""

    number_is_another_subject: bool


class IdentityMap:
    """What the key makes of numbers, and the statements on a connection that the caller commits."""

    def __init__(self, key: bytes) -> None:
        """``key`` has 32 bytes; raises WrongKey."""
        self._sealer = Sealer(key, "identity map")

    def number_mac(self, number: str, numbered_by: str = "") -> bytes:
        """The keyed hash by which a number is found, 32 bytes; spellings of one number have the same.

        ``numbered_by`` is the site whose number it is, empty for the study's first one.
        """
        site = [numbered_by.encode()] if numbered_by else []
        return self._sealer.name(*site, normalised(number).encode())

    def lookup(self, connection: psycopg.Connection[Any], number: str, numbered_by: str = "") -> Mapped | None:
        """The subject of a site's number, None where it is not mapped."""
        row = connection.execute(
            "SELECT subject, mapped_at FROM intake.identity_map WHERE number_mac = %s",
            (self.number_mac(number, numbered_by),),
        ).fetchone()
        return None if row is None else Mapped(subject=row[0], mapped_at=row[1])

    def map(
        self, connection: psycopg.Connection[Any], number: str, subject: str | None, numbered_by: str = ""
    ) -> Mapped | Contradiction:
        """Maps a site's number to a subject, or to the next free one where that is None. Twice is as once."""
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_ADDING,))
        known = self.lookup(connection, number, numbered_by)
        if known is not None:
            contradicts = subject is not None and subject != known.subject
            return Contradiction(number_is_another_subject=True) if contradicts else known
        if subject is None:
            subject = _next_subject(connection)
        mac = self.number_mac(number, numbered_by)
        row = connection.execute(
            "INSERT INTO intake.identity_map (number_mac, number_sealed, subject) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING RETURNING mapped_at",
            (mac, self._sealer.seal(normalised(number).encode(), mac), subject),
        ).fetchone()
        if row is None:
            return Contradiction(number_is_another_subject=False)
        return Mapped(subject=subject, mapped_at=row[0])

    def number_of(self, connection: psycopg.Connection[Any], subject: str) -> str | None:
        """The normalised number of a subject, None where it has none. Raises WrongKey where it does not open."""
        row = connection.execute(
            "SELECT number_mac, number_sealed FROM intake.identity_map WHERE subject = %s", (subject,)
        ).fetchone()
        return None if row is None else self._opened(row[0], row[1])

    def check_key(self, connection: psycopg.Connection[Any]) -> None:
        """Raises WrongKey where the map was written with another key: every patient would seem to be unknown."""
        row = connection.execute("SELECT number_mac, number_sealed FROM intake.identity_map LIMIT 1").fetchone()
        if row is not None:
            self._opened(row[0], row[1])

    def _opened(self, mac: bytes, sealed: bytes) -> str:
        try:
            return self._sealer.open(sealed, mac).decode()
        except Unreadable as error:
            raise WrongKey("the identity map was written with another key; give the doors that one") from error


def normalised(number: str) -> str:
    """One spelling of a hospital number: compatibility forms made plain, capitals, no blanks.

    >>> normalised(" ００１２ab 3")
    '0012AB3'
    """
    return "".join(unicodedata.normalize("NFKC", number).upper().split())


def mapped_of(connection: psycopg.Connection[Any], macs: Iterable[bytes]) -> set[bytes]:
    """Those of the keyed hashes whose numbers are mapped by now."""
    rows = connection.execute(
        "SELECT number_mac FROM intake.identity_map WHERE number_mac = ANY(%s)", (list(macs),)
    ).fetchall()
    return {row[0] for row in rows}


def _next_subject(connection: psycopg.Connection[Any]) -> str:
    """The lowest number above all that are taken: a gap may be a subject whose messages came from elsewhere."""
    row = connection.execute(
        "SELECT coalesce(max(substr(subject, %s)::bigint), 0) + 1 FROM intake.identity_map WHERE subject ~ %s",
        (len(SUBJECT_PREFIX) + 1, f"^{SUBJECT_PREFIX}[0-9]{{1,9}}$"),
    ).fetchone()
    assert row is not None
    return f"{SUBJECT_PREFIX}{row[0]:0{SUBJECT_DIGITS}d}"
