"""The status of a subject over time, derived from its milestones and the study's criteria.

Each status names the date from which it holds and the entry that it came from. The last one in the list is the current
one: the list is in time, and what ends a subject's part stands behind what happened before, death last of all.

An enrolment that was undone takes back what came with it: of a subject who is not enrolled any more, neither treatment
nor response is a status. What was known before stays, and so do loss, end, withdrawal and death.
"""

import enum

import msgspec

from schemas.eligibility import Eligibility, judge
from schemas.events.followup import Category
from schemas.milestones import Mark, Milestones
from schemas.study import StudyDefinition

REMISSION = frozenset({Category.CR, Category.CRH, Category.CRI})


class Status(enum.StrEnum):
    SCREENED = "screened"
    ELIGIBLE = "eligible"
    ENROLLED = "enrolled"
    ON_TREATMENT = "on-treatment"
    IN_REMISSION = "in-remission"
    RELAPSED = "relapsed"
    LOST = "lost"
    OFF_STUDY = "off-study"
    WITHDRAWN = "withdrawn"
    DEAD = "dead"


class StatusSince(msgspec.Struct, frozen=True):
    status: Status
    since: Mark


# Where a subject stands in the study, weakest first: a status never gives way to one of a lower step.
_STEP = {
    Status.SCREENED: 0,
    Status.ELIGIBLE: 1,
    Status.ENROLLED: 2,
    Status.ON_TREATMENT: 3,
    Status.IN_REMISSION: 4,
    Status.RELAPSED: 4,
    Status.LOST: 5,
    Status.OFF_STUDY: 6,
    Status.WITHDRAWN: 7,
    Status.DEAD: 8,
}

_OF_THE_ENROLLED = frozenset({Status.ENROLLED, Status.ON_TREATMENT, Status.IN_REMISSION, Status.RELAPSED})


def statuses(milestones: Milestones, study: StudyDefinition) -> tuple[StatusSince, ...]:
    """Every status that the subject reached, by step and then in time; empty where nothing was ever said."""
    reached = [StatusSince(status, mark) for status, mark in _simple(milestones, study) if mark is not None]
    reached += _disease(milestones)
    if milestones.enrolment_undone is not None and milestones.enrolled is None:
        reached = [each for each in reached if each.status not in _OF_THE_ENROLLED]
    return tuple(sorted(reached, key=lambda each: (_STEP[each.status], each.since)))


def current(milestones: Milestones, study: StudyDefinition) -> StatusSince | None:
    """The status that holds now, None where nothing was ever said."""
    reached = statuses(milestones, study)
    return reached[-1] if reached else None


def _simple(milestones: Milestones, study: StudyDefinition) -> list[tuple[Status, Mark | None]]:
    verdict = judge(milestones, study)
    eligible = verdict.since if verdict.eligibility is Eligibility.ELIGIBLE else None
    return [
        (Status.SCREENED, milestones.screened),
        (Status.ELIGIBLE, eligible),
        (Status.ENROLLED, milestones.enrolled),
        (Status.ON_TREATMENT, milestones.treated),
        (Status.LOST, _still_lost(milestones)),
        (Status.OFF_STUDY, milestones.ended),
        (Status.WITHDRAWN, milestones.withdrew),
        (Status.DEAD, milestones.died),
    ]


def _still_lost(milestones: Milestones) -> Mark | None:
    """A contact after the loss ends it."""
    if milestones.lost is None or (milestones.alive is not None and milestones.alive > milestones.lost):
        return None
    return milestones.lost


def _disease(milestones: Milestones) -> list[StatusSince]:
    """Remission and relapse in turn; a relapse needs an earlier remission."""
    turns: list[StatusSince] = []
    for response in milestones.responses():
        in_remission = bool(turns) and turns[-1].status is Status.IN_REMISSION
        if response.category in REMISSION and not in_remission:
            turns.append(StatusSince(Status.IN_REMISSION, response.mark))
        elif response.category is Category.RELAPSE and in_remission:
            turns.append(StatusSince(Status.RELAPSED, response.mark))
    return turns
