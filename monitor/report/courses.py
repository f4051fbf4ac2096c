"""What the swimmer plot and the waterfall show of each subject: the way from day 0 on, and blasts in the marrow. Pure.

Day 0 is the first day of chemotherapy, or the enrolment where that has not begun. A marrow counts where its blasts were
readable, it is not called dilute, and its specimen was not rejected (`schemas.rules.history`).
"""

import datetime as dt
import enum
from collections.abc import Iterable, Mapping

import msgspec

from schemas.events.followup import Category
from schemas.rules.conditions import YES
from schemas.rules.endpoints import EndpointRow
from schemas.rules.history import history_of
from schemas.rules.timeline import Timeline
from schemas.settlement import Entry
from schemas.study import StudyDefinition


class Happening(enum.StrEnum):
    """A mark on a lane."""

    RESPONSE = "response"
    RELAPSE = "relapse"
    TRANSPLANT = "transplant"
    DEATH = "death"


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """One subject. ``days`` is the length, from ``start_on`` to death, to the last proof of life, or 0 where neither
    lies after it. ``marks`` are days from the start. ``followed`` is whether nothing ended the following: neither
    death, nor loss, nor withdrawal. ``best`` is the response so far.
    """

    subject: str
    start_on: dt.date
    days: int
    best: Category | None
    marks: tuple[tuple[int, Happening], ...]
    followed: bool


class BlastCount(msgspec.Struct, frozen=True, kw_only=True):
    """Blasts in percent of the cells of one marrow."""

    on: dt.date
    blasts_pct: float


class BlastChange(msgspec.Struct, frozen=True, kw_only=True):
    """From the last marrow up to day 0 to the lowest one after it, in percent of the former: -100 is none left."""

    subject: str
    before_pct: float
    lowest_pct: float
    best: Category | None

    @property
    def change(self) -> float:
        return (self.lowest_pct - self.before_pct) / self.before_pct * 100


def lanes(rows: Iterable[EndpointRow], timelines: Mapping[str, Timeline]) -> tuple[Lane, ...]:
    """One lane an enrolled subject, the longest first."""
    made = (_lane(row, timelines[row.subject]) for row in rows if row.membership.enrolled_on is not None)
    return tuple(sorted(made, key=lambda lane: (-lane.days, lane.subject)))


def _lane(row: EndpointRow, timeline: Timeline) -> Lane:
    start_on = row.membership.treated_on or row.membership.enrolled_on
    assert start_on is not None
    reached, response = timeline.milestones, row.response
    transplanted_on = None if reached.transplanted is None else reached.transplanted.on
    dated = (
        (Happening.RESPONSE, None if response is None else response.responded_on),
        (Happening.RELAPSE, None if response is None else response.relapsed_on),
        (Happening.TRANSPLANT, transplanted_on),
        (Happening.DEATH, row.membership.died_on),
    )
    marks = tuple(((on - start_on).days, what) for what, on in dated if on is not None and on >= start_on)
    alive_on = None if timeline.alive is None else timeline.alive.mark.on
    end_on = row.membership.died_on or alive_on or start_on
    ended = row.membership.died_on or reached.lost or reached.left or reached.ended
    return Lane(
        subject=row.subject,
        start_on=start_on,
        days=max([(end_on - start_on).days, 0, *(day for day, _ in marks)]),
        best=None if response is None else response.shown,
        marks=marks,
        followed=ended is None,
    )


def blasts_of(entries: Iterable[Entry], study: StudyDefinition, cutoff_on: dt.date) -> tuple[BlastCount, ...]:
    """The marrows of one subject that count, up to the cutoff, in order."""
    known = [entry for entry in entries if entry.happened.on <= cutoff_on]
    return tuple(
        BlastCount(on=each.mark.on, blasts_pct=float(each.facts.blasts_pct))
        for each in history_of(known, study.response).marrows
        if each.facts.blasts_pct is not None and each.adequate.span == YES
    )


def blast_change(row: EndpointRow, counts: Iterable[BlastCount]) -> BlastChange | None:
    """None where no blasts are known on either side of day 0, or where there were none before."""
    day_0_on, known = row.membership.treated_on, tuple(counts)
    if day_0_on is None:
        return None
    before = [each.blasts_pct for each in known if each.on <= day_0_on]
    after = [each.blasts_pct for each in known if each.on > day_0_on]
    if not before or not after or before[-1] <= 0:
        return None
    return BlastChange(
        subject=row.subject,
        before_pct=before[-1],
        lowest_pct=min(after),
        best=None if row.response is None else row.response.shown,
    )
