"""Facts on the topic ``oversight`` about reading: who was shown what. Never a value, and never folded into a state.

`ActionRefused` and `RecordExported` belong beside them and stand in `schemas.events.review`.
"""

import enum
from typing import Annotated, ClassVar

import msgspec

from schemas.events.fact import Fact, Name
from schemas.events.oversight import OVERSIGHT
from schemas.events.review import ActionRefused, RecordExported
from schemas.topics import Topic

DAY_OR_INSTANT_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?$(?!\n)"
)
HELD_PATTERN = r"^([a-z0-9._-]{1,200}\[[0-9]{1,6}\]@[0-9]{1,19}|[0-9a-f]{32,64})$(?!\n)"

Commit = Annotated[int, msgspec.Meta(ge=0)]

DayOrInstant = Annotated[str, msgspec.Meta(pattern=DAY_OR_INSTANT_PATTERN)]
"""A day, or an instant with its offset from UTC, as it is asked for."""

Held = Annotated[str, msgspec.Meta(pattern=HELD_PATTERN)]
"""What is held back: a log position (``study.lab[2]@117``), or the fingerprint of a message at a door."""


class Via(enum.StrEnum):
    """By which way somebody was shown it."""

    COMMAND = "command"
    PAGE = "page"
    API = "api"


class SubjectRead(Fact, frozen=True, kw_only=True):
    """A subject's record was shown to somebody; of several subjects at once where the envelope names none.

    ``view`` names the command or page, such as "subject". ``true_at`` is the time up to which facts were shown, None
    for all. ``known_at`` is the commit up to which the ledger was read, None for its head at that time;
    ``compared_with`` the other commit where two were put side by side.
    """

    TYPE: ClassVar[str] = "access.subject-read.v1"
    TOPICS: ClassVar[frozenset[Topic]] = OVERSIGHT

    via: Via
    view: Name
    true_at: DayOrInstant | None = None
    known_at: Commit | None = None
    compared_with: Commit | None = None


class QuarantineRead(Fact, frozen=True, kw_only=True):
    """The content of something held back was shown to somebody. ``masked``: its structure only, without its values."""

    TYPE: ClassVar[str] = "access.quarantine-read.v1"
    TOPICS: ClassVar[frozenset[Topic]] = OVERSIGHT

    held: Held
    via: Via
    masked: bool


AccessFacts = SubjectRead | QuarantineRead | RecordExported | ActionRefused
"""Whatever is recorded of somebody who looks, takes data away, or was refused."""
