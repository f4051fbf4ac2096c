"""Overall survival of one subject: from its start to death of any cause.

Source: clinical.md, "OS". Days are the difference of two dates, with no day added: death on the day of the start is 0.

In order of precedence:

1. The start is the study's ``survival_origin``. A subject without it by the cutoff has no time, with the reason. Where
   it is the diagnosis, the subject is observed only from enrolment on: entry is delayed to that day (left truncation),
   and who was not enrolled, or whose time ends on that day or before, has no time at risk.
2. A death on or before the cutoff is an event, where it is not later than the horizon (730 days, inclusive). A later
   one is censored at the horizon.
3. Everyone else is censored on the last proof of life (see ``schemas.rules.timeline``), which is never after the
   cutoff, or at the horizon where that is earlier.
"""

import datetime as dt
import enum
from typing import assert_never

import msgspec

from schemas.events.followup import SubjectDied
from schemas.milestones import Mark
from schemas.rules.timeline import ProofOfLife, Timeline
from schemas.study import Endpoints


class Censoring(enum.StrEnum):
    """Why the time ends without a death, in order of precedence."""

    HORIZON = "horizon"
    WITHDREW = "withdrew"
    LOST = "lost"
    STUDY_ENDED = "study-ended"
    ALIVE_AT_CUTOFF = "alive-at-cutoff"
    LAST_KNOWN_ALIVE = "last-known-alive"


class NoTime(enum.StrEnum):
    """Why a subject has no survival time."""

    NOT_STARTED = "not-started"
    DIED_BEFORE_START = "died-before-start"
    NOT_ENROLLED = "not-enrolled"
    NO_TIME_AT_RISK = "no-time-at-risk"
    DIAGNOSIS_NOT_RECORDED = "diagnosis-not-recorded"


class SurvivalRow(msgspec.Struct, frozen=True, kw_only=True):
    """The survival endpoint of one subject.

    ``entered_days`` is the day since the start from which on the subject is observed, 0 unless entry is delayed.
    ``days`` and ``event`` are within the horizon; ``followed_days`` and ``died`` are not cut at it. ``censoring`` is
    None for an event. ``source`` is the entry that the end date came from (death, or last proof of life) and
    ``source_type`` its type; ``because`` is the entry of the loss, withdrawal or end of study that explains a
    censoring, else None.
    """

    start_on: dt.date
    entered_days: int
    days: int
    event: bool
    followed_days: int
    died: bool
    censoring: Censoring | None
    source: str
    source_type: str
    because: str | None = None


def survival_of(timeline: Timeline, endpoints: Endpoints, cutoff_on: dt.date) -> SurvivalRow | NoTime:
    start = _start(timeline, endpoints)
    if isinstance(start, NoTime):
        return start
    died, enrolled = timeline.milestones.died, timeline.milestones.enrolled
    if died is not None and died.on < start.on:
        return NoTime.DIED_BEFORE_START
    delayed = endpoints.survival_origin == "diagnosis"
    if delayed and enrolled is None:
        return NoTime.NOT_ENROLLED
    entered_days = max((enrolled.on - start.on).days, 0) if delayed and enrolled is not None else 0
    if died is not None:
        end, type_ = died, SubjectDied.TYPE
    else:
        alive = timeline.alive
        assert alive is not None, "diagnosis, enrolment and chemotherapy, the starts, prove life themselves"
        end, type_ = alive.mark, alive.type
    followed_days = (end.on - start.on).days
    if delayed and min(followed_days, endpoints.survival_horizon_days) <= entered_days:
        return NoTime.NO_TIME_AT_RISK
    beyond = followed_days > endpoints.survival_horizon_days
    censoring, because = _censoring(timeline, cutoff_on, beyond=beyond)
    return SurvivalRow(
        start_on=start.on,
        entered_days=entered_days,
        days=min(followed_days, endpoints.survival_horizon_days),
        event=died is not None and not beyond,
        followed_days=followed_days,
        died=died is not None,
        censoring=censoring,
        source=end.entry,
        source_type=type_,
        because=because,
    )


def _start(timeline: Timeline, endpoints: Endpoints) -> Mark | NoTime:
    match endpoints.survival_origin:
        case "enrolment":
            return timeline.milestones.enrolled or NoTime.NOT_STARTED
        case "chemotherapy":
            return timeline.milestones.treated or NoTime.NOT_STARTED
        case "diagnosis":
            return timeline.milestones.diagnosed or NoTime.DIAGNOSIS_NOT_RECORDED
        case _:
            assert_never(endpoints.survival_origin)


def _censoring(timeline: Timeline, cutoff_on: dt.date, *, beyond: bool) -> tuple[Censoring | None, str | None]:
    """The reason, and the entry that explains it where there is one."""
    milestones, alive = timeline.milestones, timeline.alive
    if beyond:
        return Censoring.HORIZON, None
    if milestones.died is not None:
        return None, None
    assert alive is not None
    for reason, mark in (
        (Censoring.WITHDREW, milestones.withdrew),
        (Censoring.LOST, milestones.lost),
        (Censoring.STUDY_ENDED, milestones.ended),
    ):
        # A proof of life after it says that the subject was followed on: the censoring has another reason then.
        if mark is not None and mark >= alive.mark:
            return reason, mark.entry
    return _still_followed(alive, cutoff_on), None


def _still_followed(alive: ProofOfLife, cutoff_on: dt.date) -> Censoring:
    return Censoring.ALIVE_AT_CUTOFF if alive.mark.on == cutoff_on else Censoring.LAST_KNOWN_ALIVE
