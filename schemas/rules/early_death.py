"""Early death, and mortality at 30 and 60 days from day 0, of one member of the full set.

Source: clinical.md, "Early death: before any adequate marrow; 30- and 60-day mortality beside it". Day 0 is the first
day of chemotherapy; a death on day 30 is within 30 days. Of two on one day the marrow counts as taken before the death.
"""

import datetime as dt
import enum

import msgspec

from schemas.milestones import Mark
from schemas.rules.timeline import Timeline

MORTALITY_DAYS = (30, 60)


class Vital(enum.StrEnum):
    """What is known of a subject on one day, at the cutoff."""

    DIED = "died"
    ALIVE = "alive"
    UNKNOWN = "unknown"
    NOT_REACHED = "not-reached"


class EarlyDeathRow(msgspec.Struct, frozen=True, kw_only=True):
    """``by_day`` has one value for each of ``MORTALITY_DAYS``; ``over``: is that day at or before the cutoff."""

    early_death: bool
    died_on: dt.date | None
    by_day: tuple[Vital, ...]
    over: tuple[bool, ...]


def early_death_of(timeline: Timeline, day_0: Mark, cutoff_on: dt.date) -> EarlyDeathRow:
    died, marrow = timeline.milestones.died, timeline.adequate_marrow
    days_on = [day_0.on + dt.timedelta(days=days) for days in MORTALITY_DAYS]
    return EarlyDeathRow(
        early_death=died is not None and (marrow is None or marrow.on > died.on),
        died_on=died.on if died else None,
        by_day=tuple(_vital(timeline, day_on, cutoff_on) for day_on in days_on),
        over=tuple(day_on <= cutoff_on for day_on in days_on),
    )


def _vital(timeline: Timeline, day_on: dt.date, cutoff_on: dt.date) -> Vital:
    died, alive = timeline.milestones.died, timeline.alive
    if died is not None:
        return Vital.DIED if died.on <= day_on else Vital.ALIVE
    if alive is not None and alive.mark.on >= day_on:
        return Vital.ALIVE
    return Vital.NOT_REACHED if cutoff_on < day_on else Vital.UNKNOWN
