"""Facts on the topic ``oversight`` about the review of the record: queries, signatures, locks, access.

They carry a subject where they are about one, and are never folded into its state.
"""

import enum
from typing import Annotated, ClassVar

import msgspec

from schemas.events.fact import Fact, Name
from schemas.events.oversight import OVERSIGHT
from schemas.topics import Topic

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


class QueryOpened(Fact, frozen=True, kw_only=True):
    """Somebody doubts an entry, or an edit check does.

    ``query`` is its id, ``rule`` the edit check that found it, None for a person's own question. ``entries`` are those
    that it is about.
    """

    TYPE: ClassVar[str] = "query.opened.v1"
    TOPICS: ClassVar[frozenset[Topic]] = OVERSIGHT

    query: Name
    question: Words
    entries: Annotated[tuple[Name, ...], msgspec.Meta(max_length=100)] = ()
    rule: Name | None = None


class QueryAnswered(Fact, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "query.answered.v1"
    TOPICS: ClassVar[frozenset[Topic]] = OVERSIGHT

    query: Name
    answer: Words


class QueryClosing(enum.StrEnum):
    CORRECTED = "corrected"
    CONFIRMED = "confirmed-as-entered"
    WITHDRAWN = "withdrawn"


class QueryClosed(Fact, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "query.closed.v1"
    TOPICS: ClassVar[frozenset[Topic]] = OVERSIGHT

    query: Name
    why: QueryClosing


class Meaning(enum.StrEnum):
    """What somebody says by a signature (21 CFR 11.50)."""

    AUTHORSHIP = "authorship"
    REVIEW = "review"
    APPROVAL = "approval"
    RESPONSIBILITY = "responsibility"


class RecordSigned(Fact, frozen=True, kw_only=True):
    """A subject's record, or the study's where the envelope names no subject, was signed as it stood.

    ``state_digest`` is the digest of what was signed; a state with another digest is not signed.
    """

    TYPE: ClassVar[str] = "record.signed.v1"
    TOPICS: ClassVar[frozenset[Topic]] = OVERSIGHT

    meaning: Meaning
    state_digest: Sha256


class SourceVerified(Fact, frozen=True, kw_only=True):
    """An entry was compared with its source document and found the same. ``document`` names that, without identity."""

    TYPE: ClassVar[str] = "record.source-verified.v1"
    TOPICS: ClassVar[frozenset[Topic]] = OVERSIGHT

    entry: Name
    document: Name | None = None


class RecordFrozen(Fact, frozen=True, kw_only=True):
    """Entries may no longer be changed until the record is unfrozen. The subject's, or the study's without one."""

    TYPE: ClassVar[str] = "record.frozen.v1"
    TOPICS: ClassVar[frozenset[Topic]] = OVERSIGHT


class RecordUnfrozen(Fact, frozen=True, kw_only=True):
    """A frozen record may be changed again."""

    TYPE: ClassVar[str] = "record.unfrozen.v1"
    TOPICS: ClassVar[frozenset[Topic]] = OVERSIGHT


class RecordLocked(Fact, frozen=True, kw_only=True):
    """Entries may never be changed again. ``state_digest`` is the digest of what was locked."""

    TYPE: ClassVar[str] = "record.locked.v1"
    TOPICS: ClassVar[frozenset[Topic]] = OVERSIGHT

    state_digest: Sha256


class ActionRefused(Fact, frozen=True, kw_only=True):
    """Somebody tried what they may not do, or what a lock forbids. ``action`` is its name, ``why`` the rule's."""

    TYPE: ClassVar[str] = "access.action-refused.v1"
    TOPICS: ClassVar[frozenset[Topic]] = OVERSIGHT

    action: Name
    why: Name


class RecordExported(Fact, frozen=True, kw_only=True):
    """Data left the system. ``content`` says what, ``rows`` how many, ``sha256`` names the very file."""

    TYPE: ClassVar[str] = "access.exported.v1"
    TOPICS: ClassVar[frozenset[Topic]] = OVERSIGHT

    content: Name
    rows: Annotated[int, msgspec.Meta(ge=0)]
    sha256: Sha256


class EntryRedacted(Fact, frozen=True, kw_only=True):
    """A field of an entry is no longer shown, such as a name that slipped into a text. The ledger keeps its bytes.

    ``field`` is the path within the entry's facts, such as "evidence". The envelope's reason says why.
    """

    TYPE: ClassVar[str] = "record.redacted.v1"
    TOPICS: ClassVar[frozenset[Topic]] = OVERSIGHT

    entry: Name
    field: Name
