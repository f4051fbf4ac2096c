"""Event-free survival of one member of the full set: to treatment failure, relapse or death, whichever is first.

Source: ELN 2022 (H. Döhner and others, Blood 140 (2022) 1345, table 9): from entry into the study to refractory
disease, relapse from CR, CRh or CRi, or death from any cause; without any of them, censored when last examined. The
start is that of overall survival.

1. Refractory disease is an event on the day from which the disease is refractory (see `schemas.rules.refractory`).
2. A relapse is one where a remission came before it (see `schemas.rules.response_times`).
3. Of events on one day the order is: refractory disease, relapse, death.
4. Without an event it is censored at the last assessment other than NE, and at its start where there is none. An event
   or censoring after the horizon of overall survival is censored at the horizon.
"""

import datetime as dt
import enum

import msgspec

from schemas.events.followup import Category
from schemas.rules.refractory import Refractory
from schemas.rules.response_times import Remission
from schemas.rules.survival import SurvivalRow
from schemas.rules.timeline import Timeline


class EventFreeEnd(enum.StrEnum):
    """What ended the time; the first one where two are on one day."""

    REFRACTORY = "refractory"
    RELAPSE = "relapse"
    DEATH = "death"


class EventFree(msgspec.Struct, frozen=True, kw_only=True):
    """Days from the start of overall survival. ``end`` is None for a censoring; ``source`` is the entry of the end,
    None where nothing was seen after the start.
    """

    days: int
    end: EventFreeEnd | None
    source: str | None


def event_free_of(
    timeline: Timeline,
    survival: SurvivalRow,
    refractory: Refractory | None,
    remission: Remission | None,
    horizon_days: int,
) -> EventFree:
    start_on = survival.start_on
    first = _first(timeline, refractory, remission)
    if first is not None and (days := (first[0] - start_on).days) <= horizon_days:
        return EventFree(days=max(days, 0), end=first[1], source=first[2])
    seen = [each.mark for each in timeline.assessments if each.category is not Category.NE and each.mark.on >= start_on]
    if first is not None:
        return EventFree(days=horizon_days, end=None, source=first[2])
    if not seen:
        return EventFree(days=0, end=None, source=None)
    return EventFree(days=min((seen[-1].on - start_on).days, horizon_days), end=None, source=seen[-1].entry)


def _first(
    timeline: Timeline, refractory: Refractory | None, remission: Remission | None
) -> tuple[dt.date, EventFreeEnd, str] | None:
    found: list[tuple[dt.date, EventFreeEnd, str]] = []
    if refractory is not None:
        found.append((refractory.on, EventFreeEnd.REFRACTORY, refractory.entry))
    if remission is not None and remission.relapsed:
        relapsed_on = remission.start_on + dt.timedelta(days=remission.days)
        found.append((relapsed_on, EventFreeEnd.RELAPSE, remission.source))
    if timeline.milestones.died is not None:
        found.append((timeline.milestones.died.on, EventFreeEnd.DEATH, timeline.milestones.died.entry))
    return min(found, key=lambda each: each[0], default=None)
