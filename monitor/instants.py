"""Instants and spans of time as people read them: ISO, in the study's zone, no more than is needed."""

import datetime as dt

from monitor.line import HEARD_WITHIN
from monitor.words import Words


def at(instant: dt.datetime, zone: dt.tzinfo, now: dt.datetime) -> str:
    """The time of day where it is today's, else date and time.

    >>> noon = dt.datetime(2026, 3, 2, 12, tzinfo=dt.timezone.utc)
    >>> at(noon, dt.timezone.utc, noon), at(noon, dt.timezone.utc, noon + dt.timedelta(days=1))
    ('12:00:00', '2026-03-02 12:00')
    """
    local = instant.astimezone(zone)
    if local.date() == now.astimezone(zone).date():
        return f"{local:%H:%M:%S}"
    return f"{local:%Y-%m-%d %H:%M}"


def iso(instant: dt.datetime, zone: dt.tzinfo) -> str:
    return instant.astimezone(zone).isoformat(timespec="seconds")


def ago(instant: dt.datetime, now: dt.datetime, words: Words) -> str:
    """How long ago, coarse on purpose: a number that changes each second draws the eye for nothing."""
    gone = now - instant
    if gone <= HEARD_WITHIN:
        return words.text("data.just_now")
    minutes = max(round(gone.total_seconds() / 60), 1)
    if minutes < 120:
        return words.text("data.minutes_ago", n=minutes)
    return words.text("data.hours_ago", n=minutes // 60)
