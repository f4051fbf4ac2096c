"""Who is counted: the way from screening to assessment, and the three sets of analysis.

Source: clinical.md, "Responder" (full and evaluable set), "Early death", "Inclusion" and "Exclusion". Every demand is
to be met on or before the cutoff, and the reasons why a subject is outside of a set are named in the order of its
demands.

- The **full set** demands: enrolled, eligible, consent, chemotherapy begun. Consent is written in I3, "signed the
  consent", so it is demanded of the entry itself, whatever was answered to I3: one on which the enrolment rests (see
  `schemas.consent`). A withdrawal after enrolment undoes neither eligibility nor consent.
- The **evaluable set** demands all that, and an adequate marrow after day 0.
- The **safety set** demands enrolled and chemotherapy begun: what a treatment did to a subject is counted also where
  the enrolment was a deviation.
"""

import datetime as dt
import enum
from typing import NamedTuple

import msgspec

from schemas.consent import consent_for, consent_on
from schemas.deviations import Deviation, deviations
from schemas.eligibility import Eligibility, judge, rests_on
from schemas.milestones import Milestones
from schemas.rules.timeline import Timeline
from schemas.study import StudyDefinition


class Outside(enum.StrEnum):
    """Why a subject is not in a set."""

    NOT_ENROLLED = "not-enrolled"
    NOT_ELIGIBLE = "not-eligible"
    ELIGIBILITY_OPEN = "eligibility-open"
    NO_CONSENT = "no-consent-at-enrolment"
    NOT_TREATED = "chemotherapy-not-begun"
    NO_ADEQUATE_MARROW = "no-adequate-marrow"


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """How far one subject came. A date is None where that was not reached by the cutoff.

    ``consented``: the enrolment rests on a consent; before enrolment, one is valid at the cutoff. ``failed`` and
    ``open`` name criteria in the study's order. ``outside`` is empty for a member of the full set,
    ``outside_evaluable`` and ``outside_safety`` for a member of those. ``assessed_on`` is the first adequate marrow
    after day 0.
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
    outside_evaluable: tuple[Outside, ...]
    outside_safety: tuple[Outside, ...]
    deviations: tuple[Deviation, ...] = ()

    @property
    def in_full_set(self) -> bool:
        return not self.outside

    @property
    def in_evaluable_set(self) -> bool:
        return not self.outside_evaluable

    @property
    def in_safety_set(self) -> bool:
        return not self.outside_safety


_DEMANDED_BY_FULL = frozenset(Outside) - {Outside.NO_ADEQUATE_MARROW}
_DEMANDED_BY_SAFETY = frozenset({Outside.NOT_ENROLLED, Outside.NOT_TREATED})


class Admission(NamedTuple):
    """What eligibility and consent come to: the fields of a membership that most entries do not move."""

    consented: bool
    eligibility: Eligibility
    failed: tuple[str, ...]
    open: tuple[str, ...]
    deviations: tuple[Deviation, ...]


def membership_of(
    timeline: Timeline, study: StudyDefinition, before: tuple[Milestones, Membership] | None = None
) -> Membership:
    """``before`` are the subject's earlier milestones and what they came to by the same study, None where unknown.

    Where eligibility and consent rest on the same entries as then, they are not judged again.
    """
    milestones = timeline.milestones
    if before is not None and rests_on(before[0]) == rests_on(milestones):
        admission = _admission_in(before[1])
    else:
        admission = _admission_of(milestones, study)
    marks = (milestones.screened, milestones.enrolled, milestones.treated, timeline.adequate_marrow, milestones.died)
    screened_on, enrolled_on, treated_on, assessed_on, died_on = (mark.on if mark else None for mark in marks)
    unmet = {
        Outside.NOT_ENROLLED: enrolled_on is None,
        Outside.NOT_ELIGIBLE: admission.eligibility is Eligibility.NOT_ELIGIBLE,
        Outside.ELIGIBILITY_OPEN: admission.eligibility is Eligibility.UNDECIDED,
        # Who is not enrolled may still sign.
        Outside.NO_CONSENT: enrolled_on is not None and not admission.consented,
        Outside.NOT_TREATED: treated_on is None,
        Outside.NO_ADEQUATE_MARROW: assessed_on is None,
    }
    reasons = tuple(reason for reason, holds in unmet.items() if holds)
    return Membership(
        screened_on=screened_on,
        consented=admission.consented,
        eligibility=admission.eligibility,
        failed=admission.failed,
        open=admission.open,
        enrolled_on=enrolled_on,
        treated_on=treated_on,
        assessed_on=assessed_on,
        died_on=died_on,
        outside=tuple(reason for reason in reasons if reason in _DEMANDED_BY_FULL),
        outside_evaluable=reasons,
        outside_safety=tuple(reason for reason in reasons if reason in _DEMANDED_BY_SAFETY),
        deviations=admission.deviations,
    )


def _admission_of(milestones: Milestones, study: StudyDefinition) -> Admission:
    verdict, enrolled = judge(milestones, study), milestones.enrolled
    consent = consent_on(milestones, study) if enrolled is None else consent_for(enrolled, milestones, study)
    return Admission(
        consented=consent is not None,
        eligibility=verdict.eligibility,
        failed=verdict.failed,
        open=verdict.open,
        deviations=deviations(milestones, study, verdict),
    )


def _admission_in(member: Membership) -> Admission:
    return Admission(member.consented, member.eligibility, member.failed, member.open, member.deviations)
