"""Facts about another entry of the same subject. They travel on the topic of what they correct."""

from typing import Any, ClassVar

from schemas.events.fact import Fact
from schemas.moments import Moment
from schemas.topics import Topic

SUBJECT_TOPICS = frozenset({Topic.ENROLLMENT, Topic.LAB, Topic.FOLLOWUP})


class EntryCorrected(Fact, frozen=True, kw_only=True):
    """One entry is replaced by other facts of the same type. The envelope's reason says why; it may not be None.

    ``target`` is the entry's event id; ``target_type`` its type. ``replacement`` is the whole new payload, not a patch.
    ``happened`` is the new time of the fact, None where the time stays.
    """

    TYPE: ClassVar[str] = "entry.corrected.v1"
    TOPICS: ClassVar[frozenset[Topic]] = SUBJECT_TOPICS

    target: str
    target_type: str
    replacement: dict[str, Any]
    happened: Moment | None = None


class EntryVoided(Fact, frozen=True, kw_only=True):
    """One entry no longer counts; a voided correction gives back what it corrected. The reason may not be None."""

    TYPE: ClassVar[str] = "entry.voided.v1"
    TOPICS: ClassVar[frozenset[Topic]] = SUBJECT_TOPICS

    target: str
