"""Times as forms write them, read as precisely as they are written and no more precisely.

A form gives a date, or a time to the minute, second or millisecond. Without an offset it is meant in the study's zone;
with one it is converted, so that the calendar date is the study's.
"""

import datetime as dt
import re

from schemas.moments import Moment, Precision, day

YEAR_MIN = 1900
"""An earlier year is a slip of the keyboard, not a date of this study."""

_WRITTEN = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:T(?P<minute>[0-9]{2}:[0-9]{2})(?P<second>:[0-9]{2}(?P<fraction>\.[0-9]{1,3})?)?"
    r"(?P<offset>Z|[+-][0-9]{2}:[0-9]{2})?)?"
)


def moment_of(written: str, zone: dt.tzinfo) -> Moment | None:
    """The moment that is written, in ``zone``; None where it is no time, or there is no such day.

    >>> zone = dt.timezone(dt.timedelta(hours=8))
    >>> str(moment_of("2026-03-02", zone)), str(moment_of("2026-03-02T01:30Z", zone))
    ('2026-03-02', '2026-03-02T09:30+08:00')
    >>> moment_of("2026-02-30", zone) is None
    True
    """
    found = _WRITTEN.fullmatch(written)
    if found is None or int(written[:4]) < YEAR_MIN:
        return None
    try:
        if found["minute"] is None:
            return day(dt.date.fromisoformat(written), zone)
        at = dt.datetime.fromisoformat(written)
        return Moment(at.replace(tzinfo=zone) if at.tzinfo is None else at.astimezone(zone), _precision(found))
    except (ValueError, OverflowError):
        return None


def _precision(found: re.Match[str]) -> Precision:
    if found["second"] is None:
        return Precision.MINUTE
    return Precision.SECOND if found["fraction"] is None else Precision.MILLISECOND


def is_after(moment: Moment, limit: dt.datetime) -> bool:
    """True where the moment certainly lies after ``limit``: a date is compared with the limit's date in its zone."""
    if moment.precision is Precision.DAY:
        return moment.on > limit.astimezone(moment.at.tzinfo).date()
    return moment.at > limit
