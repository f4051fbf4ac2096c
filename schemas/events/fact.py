"""What every fact has in common."""

from typing import ClassVar

import msgspec

from schemas.topics import Topic


class Fact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all facts: frozen, keyword-only, unknown fields refused. ``TYPE`` is written by hand and never reused."""

    TYPE: ClassVar[str]
    TOPICS: ClassVar[frozenset[Topic]]
