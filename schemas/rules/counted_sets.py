"""Who is counted: the way from screening to assessment, and the full set.

Source: clinical.md, "Responder" (full set) and "Inclusion", "Exclusion". The full set is: enrolled, eligible, and
chemotherapy begun, each on or before the cutoff. The reasons why a subject is outside are named in this order.
"""

import datetime as dt
import enum

import msgspec

from schemas.eligibility import Eligibility, consent_is_valid, judge
from schemas.rules.timeline import Timeline
from schemas.study import StudyDefinition


class Outside(enum.StrEnum):
    """Why a subject is not in the full set."""

    NOT_ENROLLED = "not-enrolled"
    NOT_ELIGIBLE = "not-eligible"
    ELIGIBILITY_OPEN = "eligibility-open"
    NOT_TREATED = "chemotherapy-not-begun"


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """How far one subject came. A date is None where that was not reached by the cutoff.

    ``failed`` and ``open`` name criteria in the study's order. ``outside`` is empty for a member of the full set.
    ``assessed_on`` is the first adequate marrow after day 0.
    """

    screened_on: dt.date | None
    consented: bool
    eligibility: Eligibility
    failed: tuple[str, ...]
    open: tuple[str, ...]
    enrolled_on: dt.date | None
    treated_on: dt.date | None
    assessed_on: dt.date | None
    died_on: dt.date | None
    outside: tuple[Outside, ...]

    @property
    def in_full_set(self) -> bool:
        return not self.outside


def membership_of(timeline: Timeline, study: StudyDefinition) -> Membership:
    milestones = timeline.milestones
    verdict = judge(milestones, study)
    marks = (milestones.screened, milestones.enrolled, milestones.treated, timeline.adequate_marrow, milestones.died)
    screened_on, enrolled_on, treated_on, assessed_on, died_on = (mark.on if mark else None for mark in marks)
    missing = (
        (Outside.NOT_ENROLLED, enrolled_on is None),
        (Outside.NOT_ELIGIBLE, verdict.eligibility is Eligibility.NOT_ELIGIBLE),
        (Outside.ELIGIBILITY_OPEN, verdict.eligibility is Eligibility.UNDECIDED),
        (Outside.NOT_TREATED, treated_on is None),
    )
    return Membership(
        screened_on=screened_on,
        consented=consent_is_valid(milestones, study),
        eligibility=verdict.eligibility,
        failed=verdict.failed,
        open=verdict.open,
        enrolled_on=enrolled_on,
        treated_on=treated_on,
        assessed_on=assessed_on,
        died_on=died_on,
        outside=tuple(reason for reason, holds in missing if holds),
    )
