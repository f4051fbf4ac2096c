"""HL7 times (TS, DTM): as precise as they were sent, in the study's zone. Pure."""

import datetime as dt
import re

from producers.hl7.problems import Problem, RefusedError
from producers.hl7.wire import Segment
from schemas.moments import Moment, Precision, day

YEAR_MIN = 1900

# Clocks of analysers are set by hand.
AHEAD_MAX = dt.timedelta(minutes=5)

_WRITTEN = re.compile(
    r"(?P<day>[0-9]{8})"
    r"(?:(?P<minute>[0-9]{4})(?:(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,4}))?)?)?"
    r"(?P<offset>[+-][0-9]{4})?"
)


def moment_of(written: str, zone: dt.timezone) -> Moment | None:
    """The moment, in ``zone`` where no offset is given; None where it is no time, or says only year, month or hour.

    A fourth decimal of the second is cut off.

    >>> zone = dt.timezone(dt.timedelta(hours=8))
    >>> [str(moment_of(written, zone)) for written in ("20260302", "202603020830", "20260302003000.5+0000")]
    ['2026-03-02', '2026-03-02T08:30+08:00', '2026-03-02T08:30:00.500+08:00']
    >>> moment_of("20260230", zone), moment_of("2026030208", zone)
    (None, None)
    """
    found = _WRITTEN.fullmatch(written)
    if found is None or int(written[:4]) < YEAR_MIN:
        return None
    try:
        offset = zone if found["offset"] is None else dt.datetime.strptime(found["offset"], "%z").tzinfo
        date = dt.datetime.strptime(found["day"], "%Y%m%d").replace(tzinfo=offset)
        if found["minute"] is None:
            # A date elsewhere is two dates here.
            return day(date.date(), zone) if date.utcoffset() == zone.utcoffset(None) else None
        at = date.replace(
            hour=int(found["minute"][:2]),
            minute=int(found["minute"][2:]),
            second=int(found["second"] or 0),
            microsecond=int((found["fraction"] or "0").ljust(3, "0")[:3]) * 1000,
        )
        return Moment(at.astimezone(zone), _precision(found))
    except (ValueError, OverflowError):
        return None


def _precision(found: re.Match[str]) -> Precision:
    if found["second"] is None:
        return Precision.MINUTE
    return Precision.SECOND if found["fraction"] is None else Precision.MILLISECOND


def time_in(segment: Segment, field: int, zone: dt.timezone, received_at: dt.datetime) -> Moment | None:
    """The time in a field (the begin of a range), None where it is empty. Raises RefusedError: no time, or not yet."""
    written = segment.component(field)
    if not written or written == '""':
        return None
    moment = moment_of(written, zone)
    if moment is None:
        raise RefusedError(Problem.TIME, segment.place(field))
    latest = received_at.astimezone(zone) + AHEAD_MAX
    if (moment.on > latest.date()) if moment.precision is Precision.DAY else (moment.at > latest):
        raise RefusedError(Problem.FUTURE, segment.place(field))
    return moment
