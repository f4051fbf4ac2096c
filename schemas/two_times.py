"""The two times of a question to the record: true at X, and known at Y.

**True at X** asks when things happened. X is a date or an instant, and a fact that happened at X counts:

1. A date counts to the end of its day: of all facts those count whose calendar date is that date or an earlier one. The
   calendar date of a fact is the one that its own text shows (see `schemas.moments`: the doors write every time in the
   study's zone), as it is for a data cutoff; so a subject true at a date and statistics cut at it see the same facts.
2. An instant is compared as an instant, whatever its offset: a fact counts from its own first instant on, that instant
   included. A fact known to the minute counts from the minute's beginning, and one known to the day from the first
   instant of that day in the study's zone; so at midnight the facts dated that day count, and a millisecond before
   midnight they do not.

**Known at Y** asks when the system came to know. Y is a commit, by its number or by an instant, which names the last
commit at or before it. What was known at Y is what the commits up to Y accepted, whatever any clock said of it.

An instant without an offset is refused, for both: it would mean another instant in every zone. A date for Y is refused
too: a day has many commits, and the end of a day that is not over has none yet.
"""

import datetime as dt
import re

import msgspec

from schemas.events.event import Event
from schemas.moments import Moment, has_utc
from schemas.records import Position
from schemas.study import StudyDefinition

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_COMMIT = re.compile(r"[0-9]{1,18}")


class UnclearTime(ValueError):
    """A text names no one time. The message says what is missing and how to say it."""


class TrueAt(msgspec.Struct, frozen=True, kw_only=True):
    """X: the end of the day ``on``, or the instant ``at``, which carries its offset. Both None: everything counts."""

    on: dt.date | None = None
    at: dt.datetime | None = None

    def includes(self, happened: Moment) -> bool:
        """Whether a fact that happened then had happened at X."""
        if self.on is not None:
            return happened.on <= self.on
        return self.at is None or happened.at <= self.at

    def __str__(self) -> str:
        if self.on is not None:
            return self.on.isoformat()
        return "ever" if self.at is None else self.at.isoformat()


EVER = TrueAt()
"""True at infinity: nothing is cut off."""


class KnownAt(msgspec.Struct, frozen=True, kw_only=True):
    """Y: everything of the commits up to ``commit``; of that one only what lies before the offset ``before``.

    ``before`` is None for the whole commit. A commit is one stretch of one partition, so an offset names one point in
    it: a commit may hold several events, and what was known between two of them has a name as well. ``committed_at`` is
    None for commit 0, the empty ledger.
    """

    commit: int
    committed_at: dt.datetime | None
    before: int | None = None

    def knows(self, commit: int, offset: int) -> bool:
        """Whether the row at this offset of this commit was known."""
        return commit < self.commit or (commit == self.commit and (self.before is None or offset < self.before))

    def is_after(self, other: "KnownAt") -> bool:
        """Whether more may be known here than there."""
        return self.point > other.point

    @property
    def point(self) -> tuple[int, bool, int]:
        """What orders two of them."""
        return (self.commit, self.before is None, self.before or 0)

    def __str__(self) -> str:
        return f"commit {self.commit}" if self.before is None else f"commit {self.commit} before offset {self.before}"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One accepted event, and how the system came to know it. ``received_at`` is the writer's time of receipt."""

    event: Event
    position: Position
    received_at: dt.datetime
    commit: int
    committed_at: dt.datetime


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Who said something, in which role, when and why, and since which commit it is known; without what was said."""

    event: str
    type: str
    actor: str
    actor_role: str
    reason: str | None
    happened: str
    recorded_at: dt.datetime
    received_at: dt.datetime
    commit: int
    committed_at: dt.datetime
    position: str


def origin_of(told: Told) -> Origin:
    event = told.event
    return Origin(
        event=event.id,
        type=event.type,
        actor=event.actor,
        actor_role=event.actor_role,
        reason=event.reason,
        happened=str(event.happened),
        recorded_at=event.recorded_at,
        received_at=told.received_at,
        commit=told.commit,
        committed_at=told.committed_at,
        position=str(told.position),
    )


def parse_true_at(text: str, study: StudyDefinition) -> TrueAt:
    """X from a date or from an instant with its offset. Raises UnclearTime.

    ``study`` gives the offset of the example in what is said of an instant without one.
    """
    if _DATE.fullmatch(text):
        return TrueAt(on=_date(text))
    return TrueAt(at=_instant(text, study, "a date such as 2026-03-02, or an instant with its offset"))


def parse_known_at(text: str, study: StudyDefinition) -> int | dt.datetime:
    """Y as the number of a commit, or as an instant that names one. Raises UnclearTime."""
    if _COMMIT.fullmatch(text):
        return int(text)
    if _DATE.fullmatch(text):
        end = dt.datetime.combine(_date(text), dt.time(), study.tzinfo)
        raise UnclearTime(
            f"{text} is a day of many commits: say the instant, such as {end.isoformat(timespec='minutes')} for what "
            "was known when that day began, or the number of a commit"
        )
    return _instant(text, study, "the number of a commit, or an instant with its offset")


def _date(text: str) -> dt.date:
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        raise UnclearTime(f"{text} is no day of the calendar") from None
    if not dt.MINYEAR < found.year < dt.MAXYEAR:
        raise UnclearTime(f"{text} is outside of the calendar that is kept")
    return found


def _instant(text: str, study: StudyDefinition, wanted: str) -> dt.datetime:
    if not _INSTANT.fullmatch(text):
        raise UnclearTime(f"{text!r} is not {wanted}, such as 2026-03-02T09:30{_offset(study)}")
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise UnclearTime(f"{text} is no instant of the calendar") from None
    if found.tzinfo is None:
        raise UnclearTime(
            f"{text} has no offset, and would be another instant in every zone: in the study's zone it is "
            f"{text}{_offset(study)}"
        )
    if not has_utc(found):
        raise UnclearTime(f"{text} is outside of the calendar that is kept")
    return found


def _offset(study: StudyDefinition) -> str:
    """As it stands in a text: +08:00.

    A zone of whole minutes, which is all that a study definition can give.
    """
    return dt.datetime(2000, 1, 1, tzinfo=study.tzinfo).isoformat()[-6:]
