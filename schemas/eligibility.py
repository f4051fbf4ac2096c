"""Whether a subject is eligible, from the answers to the study's criteria. Unknown is not "met".

Source: the study's registry record. Inclusion criteria must be met and exclusion criteria must be not met.
"""

import enum

import msgspec

from schemas.events.enrollment import Answer
from schemas.milestones import Mark, Milestones
from schemas.study import StudyDefinition


class Eligibility(enum.StrEnum):
    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not-eligible"
    UNDECIDED = "undecided"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """``failed`` and ``open`` name criteria in the study's order. ``since`` is the deciding answer, None while open."""

    eligibility: Eligibility
    failed: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    since: Mark | None = None


def judge(milestones: Milestones, study: StudyDefinition) -> Verdict:
    """Not eligible as soon as one criterion fails, undecided while any is open, else eligible since the last answer."""
    failed, open_, passed = [], [], []
    for criterion in study.criteria:
        answered = milestones.criteria.get(criterion.id)
        if answered is None or answered.answer is Answer.UNKNOWN:
            open_.append(criterion.id)
        elif (answered.answer is Answer.MET) is criterion.includes:
            passed.append(answered.mark)
        else:
            failed.append((answered.mark, criterion.id))
    if failed:
        return Verdict(
            eligibility=Eligibility.NOT_ELIGIBLE,
            failed=tuple(name for _, name in failed),
            open=tuple(open_),
            since=min(failed)[0],
        )
    if open_:
        return Verdict(eligibility=Eligibility.UNDECIDED, open=tuple(open_))
    return Verdict(eligibility=Eligibility.ELIGIBLE, since=max(passed, default=None))


def consent_is_valid(milestones: Milestones, study: StudyDefinition) -> bool:
    """Signed by the subject, by the family member where the study demands it, and not taken back since."""
    consent, taken_back = milestones.consent, milestones.consent_withdrawn
    if consent is None or not consent.signed_by_subject:
        return False
    if taken_back is not None and taken_back > consent.mark:
        return False
    return consent.signed_by_family or not study.family_signature_required
