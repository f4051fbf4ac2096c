"""The fact on the topic ``oversight`` that something held back was driven again. Never folded into a state."""

import enum
from typing import Annotated, ClassVar

import msgspec

from schemas.events.access import Held
from schemas.events.fact import Fact, Name
from schemas.events.oversight import OVERSIGHT
from schemas.topics import Topic


class Repaired(enum.StrEnum):
    """What was repaired before something was driven again."""

    SCHEMA = "schema"
    CODE_MAP = "code-map"
    IDENTITY_MAP = "identity-map"
    STUDY = "study-definition"
    RECORD = "record"
    OTHER = "other"


class RedriveOutcome(enum.StrEnum):
    """What driving it again came to."""

    TAKEN = "taken"
    WAITING = "waiting"
    STILL_HELD = "still-held"


class QuarantineRedriven(Fact, frozen=True, kw_only=True):
    """Somebody drove something again that was held back: a quarantined record, or a message that a door had refused.

    ``held`` names the original, which stays where it is; ``held_for`` is the reason for which it was held. ``events``
    are the ids of the facts that came of it: they are in the log themselves, so a replay needs no code map and no
    identity map. Empty where it waits for its patient, or is held still; ``still_held_for`` then says why, None
    otherwise. Where other facts stand under its id, ``events`` has that id. The envelope has the author, and in its
    reason why it was driven again. ``repaired`` is None where the author did not say.
    """

    TYPE: ClassVar[str] = "quarantine.redriven.v1"
    TOPICS: ClassVar[frozenset[Topic]] = OVERSIGHT

    held: Held
    held_for: Name
    outcome: RedriveOutcome
    events: Annotated[tuple[Name, ...], msgspec.Meta(max_length=10_000)] = ()
    still_held_for: Name | None = None
    repaired: Repaired | None = None
