"""Which messages the doors have taken: what identifies each, and its content, both as keyed hashes.

A receipt is written before the events are appended, and every message whose receipt is written stays spooled until they
are. So a receipt is no proof that the events are in the log, and a message that repeats one is appended again under
the same ids. What it proves is what an identity meant when it was seen first.
"""

import datetime as dt
from typing import Any

import msgspec
import psycopg

from producers.message import Message
from producers.sealing import Sealer

_LOCK_SPACE = 0x5452_4543


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The receipt of one content. ``first_seen_at`` is the same each time that this content comes.

    ``content`` names it; ``earlier`` names the content that the same identity had before, None where it had none.
    """

    first_seen_at: dt.datetime
    content: str
    earlier: str | None


class Conflict(msgspec.Struct, frozen=True):
    """The identity may not be used again, and it came with other content. Nothing was changed."""


class Receipts:
    def __init__(self, key: bytes) -> None:
        """``key`` has 32 bytes; raises WrongKey."""
        self._sealer = Sealer(key, "receipts")

    def note(self, connection: psycopg.Connection[Any], message: Message) -> Receipt | Conflict:
        """Writes the receipt, or finds it, in the caller's transaction."""
        identity = self._sealer.name(message.source.encode(), message.identity.encode())
        content = self._sealer.name(message.content_digest.encode()).hex()
        # Two contents under one identity at the same instant would each take itself for the first.
        connection.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)", (_LOCK_SPACE, int.from_bytes(identity[:4], "big", signed=True))
        )
        key = (message.source, identity.hex())
        rows = connection.execute(
            "SELECT content_digest, first_seen_at FROM intake.receipts WHERE source = %s AND identity = %s"
            " ORDER BY first_seen_at, content_digest",
            key,
        ).fetchall()
        seen = [row[0] for row in rows]
        if content in seen:
            place = seen.index(content)
            return Receipt(
                first_seen_at=rows[place][1], content=content, earlier=seen[place - 1] if place > 0 else None
            )
        if seen and not message.identity_reusable:
            return Conflict()
        written = connection.execute(
            "INSERT INTO intake.receipts (source, identity, content_digest) VALUES (%s, %s, %s)"
            " RETURNING first_seen_at",
            (*key, content),
        ).fetchone()
        assert written is not None
        return Receipt(first_seen_at=written[0], content=content, earlier=seen[-1] if seen else None)
