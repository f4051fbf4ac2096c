"""When something happened, as precisely as the source said and no more precisely.

A date is not midnight: it keeps its own precision, and sorts before every instant of its day. Every time carries the
offset of the study's zone (the doors convert), so the calendar date of a fact is the date that its text shows.
"""

import datetime as dt
import enum
from typing import assert_never

import msgspec


class Precision(enum.StrEnum):
    """How much of a time the source gave."""

    DAY = "day"
    MINUTE = "minute"
    SECOND = "second"
    MILLISECOND = "millisecond"


class Moment(msgspec.Struct, frozen=True):
    """A time with its precision. For ``Precision.DAY``, ``at`` is the day's first instant in the study's zone."""

    at: dt.datetime
    precision: Precision

    @property
    def on(self) -> dt.date:
        """The calendar date in the study's zone."""
        return self.at.date()

    def sort_key(self) -> tuple[dt.datetime, int]:
        """Orders moments in time; of two that begin alike, the less precise comes first."""
        return (self.at.astimezone(dt.UTC), _RANK[self.precision])

    def __str__(self) -> str:
        match self.precision:
            case Precision.DAY:
                return self.at.date().isoformat()
            case Precision.MINUTE:
                return self.at.isoformat(timespec="minutes")
            case Precision.SECOND:
                return self.at.isoformat(timespec="seconds")
            case Precision.MILLISECOND:
                return self.at.isoformat(timespec="milliseconds")
            case _:
                assert_never(self.precision)


_RANK = {precision: rank for rank, precision in enumerate(Precision)}


def day(date: dt.date, zone: dt.tzinfo) -> Moment:
    """The moment that a source means which gives a date only.

    >>> str(day(dt.date(2026, 3, 2), dt.timezone(dt.timedelta(hours=8))))
    '2026-03-02'
    """
    return Moment(dt.datetime.combine(date, dt.time(), zone), Precision.DAY)


def has_utc(at: dt.datetime) -> bool:
    """False in the first and the last year of the calendar, where an instant may have no place in UTC."""
    return dt.MINYEAR < at.year < dt.MAXYEAR


def is_well_formed(moment: Moment) -> bool:
    """False for a time without an offset, a day that does not begin at midnight, or digits beyond the precision."""
    at = moment.at
    if at.tzinfo is None or not has_utc(at):
        return False
    if moment.precision is Precision.DAY:
        return at.time() == dt.time()
    if moment.precision is Precision.MINUTE:
        return at.second == 0 and at.microsecond == 0
    if moment.precision is Precision.SECOND:
        return at.microsecond == 0
    return at.microsecond % 1000 == 0
