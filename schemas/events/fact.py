"""What every fact has in common."""

from typing import Annotated, ClassVar

import msgspec

from schemas.topics import Topic

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
"""A short name or id in the words of the site, without identity."""


class Fact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all facts: frozen, keyword-only, unknown fields refused. ``TYPE`` is written by hand and never reused.

    A field that has its default is not written, so that a field added later changes no bytes and no digest of what was
    said before it was there.
    """

    TYPE: ClassVar[str]
    TOPICS: ClassVar[frozenset[Topic]]
