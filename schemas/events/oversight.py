"""Facts on the topic ``oversight``: about the running of the study. Never folded into a subject; no identity ever."""

from typing import Annotated, ClassVar

import msgspec

from schemas.events.fact import Fact
from schemas.topics import Topic

OVERSIGHT = frozenset({Topic.OVERSIGHT})

Fingerprint = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32,64}$")]
"""A keyed hash of a message's bytes: it names the message, and cannot be turned back into it."""


class MessageWaiting(Fact, frozen=True, kw_only=True):
    """A good message is about a patient who is not mapped to a subject yet. It is kept encrypted at the door.

    ``door`` is "hl7" or "form".
    """

    TYPE: ClassVar[str] = "intake.message-waiting.v1"
    TOPICS: ClassVar[frozenset[Topic]] = OVERSIGHT

    door: str
    message: Fingerprint


class MessageReleased(Fact, frozen=True, kw_only=True):
    """A waiting message's patient was mapped, and its events are in the log."""

    TYPE: ClassVar[str] = "intake.message-released.v1"
    TOPICS: ClassVar[frozenset[Topic]] = OVERSIGHT

    door: str
    message: Fingerprint


class MessageRefused(Fact, frozen=True, kw_only=True):
    """A message got a negative answer; its bytes are kept encrypted at the door and can be driven again.

    ``problem`` is the door's code for what is wrong, ``where`` the place in the message (such as "OBX[2]-5").
    """

    TYPE: ClassVar[str] = "intake.message-refused.v1"
    TOPICS: ClassVar[frozenset[Topic]] = OVERSIGHT

    door: str
    message: Fingerprint
    problem: str
    where: str | None = None


class ControlIdReused(Fact, frozen=True, kw_only=True):
    """A sender used a message control id again for other content. Both messages were taken."""

    TYPE: ClassVar[str] = "intake.control-id-reused.v1"
    TOPICS: ClassVar[frozenset[Topic]] = OVERSIGHT

    door: str
    sender: str
    message: Fingerprint
    earlier: Fingerprint
