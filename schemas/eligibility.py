"""Whether a subject is eligible, on a day or by all that is known. Unknown is not "met".

Source: the study's registry record. Inclusion criteria must be met and exclusion criteria must be not met; how each one
stands is in `schemas.criteria`.
"""

import datetime as dt
import enum

import msgspec

from schemas.consent import taken_back
from schemas.criteria import Difference, Reference, Standing, standings, turning_days
from schemas.milestones import Kept, Mark, Marked, Milestones
from schemas.study import StudyDefinition


class Eligibility(enum.StrEnum):
    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not-eligible"
    UNDECIDED = "undecided"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """``failed`` and ``open`` name criteria in the study's order.

    ``since`` is the entry that decided: the first that failed, or the last that passed; None while undecided.
    ``standings`` has every criterion, as applied to the day ``reference_on``.
    """

    eligibility: Eligibility
    failed: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    since: Mark | None = None
    reference_on: dt.date
    standings: tuple[Standing, ...] = ()

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Answers that do not count because facts say otherwise; each is the cause of a query."""
        return tuple(each.difference for each in self.standings if each.difference is not None)


class VerdictFrom(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict and the first day at whose end it held."""

    on: dt.date
    verdict: Verdict


def judge(milestones: Milestones, study: StudyDefinition, on: dt.date | None = None) -> Verdict:
    """The verdict at the end of the day ``on``, from what happened until then; None: from all that is known.

    A day in the past is exact while a register keeps every entry of its kind (``2 * ENDS_KEPT`` of each); of longer
    histories, judge milestones made from the entries up to that day, as `schemas.rules.timeline.timeline_of` cuts them.
    """
    if on is not None:
        milestones = known_on(milestones, on)
    enrolled = milestones.enrolled
    if enrolled is not None:
        return judge_enrolment(enrolled, milestones, study)
    if on is not None:
        return _verdict(standings(milestones, study, Reference(on=on)), on)
    last = max(_said(milestones), default=None)
    last_on = study.enrolment_begins_on if last is None else last.on
    return _verdict(standings(milestones, study, Reference(on=last_on, mark=last)), last_on)


def judge_enrolment(enrolled: Mark, milestones: Milestones, study: StudyDefinition) -> Verdict:
    """The verdict on one enrolment, which may have been undone since, from all that ``milestones`` know."""
    reference = Reference(on=enrolled.on, mark=enrolled, enrolled=enrolled)
    return _verdict(standings(milestones, study, reference), enrolled.on)


def verdicts(milestones: Milestones, study: StudyDefinition, until: dt.date) -> tuple[VerdictFrom, ...]:
    """Each verdict that differs from the one before in what failed or is open, up to ``until``; empty while unsaid.

    Judged as `judge` judges a day, so a verdict may also change on a day on which nothing happened: 22 days after an
    operation, say.
    """
    said_on = {mark.on for mark in (*_said(milestones), *milestones.enrolments, *milestones.enrolments_undone)}
    if not said_on:
        return ()
    turning_on = {on for on in turning_days(milestones, study, until) if on > min(said_on)}
    course: list[VerdictFrom] = []
    for on in sorted({on for on in said_on if on <= until} | turning_on):
        verdict = judge(milestones, study, on)
        if not course or (verdict.failed, verdict.open) != (course[-1].verdict.failed, course[-1].verdict.open):
            course.append(VerdictFrom(on=on, verdict=verdict))
    return tuple(course)


def known_on(milestones: Milestones, on: dt.date) -> Milestones:
    """What eligibility and consent rest on, of entries that happened until the end of a day; the rest as it is now.

    The very same milestones where nothing of it happened later.
    """
    if all(mark.on <= on for mark in (*_said(milestones), *milestones.enrolments, *milestones.enrolments_undone)):
        return milestones

    def until(kept: tuple[Kept, ...]) -> tuple[Kept, ...]:
        return tuple(each for each in kept if each.mark.on <= on)

    answers = {criterion: until(marks) for criterion, marks in milestones.answers.items()}
    return msgspec.structs.replace(
        milestones,
        screened=_until(milestones.screened, on),
        answers={criterion: marks for criterion, marks in answers.items() if marks},
        consents=until(milestones.consents),
        consent_withdrawals=until(milestones.consent_withdrawals),
        demographics_noted=until(milestones.demographics_noted),
        performances=until(milestones.performances),
        surgeries_noted=until(milestones.surgeries_noted),
        enrolments=until(milestones.enrolments),
        enrolments_undone=until(milestones.enrolments_undone),
        left=_until(milestones.left, on),
    )


def rests_on(milestones: Milestones) -> tuple[object, ...]:
    """All that eligibility and consent rest on: milestones that are equal in it are judged alike."""
    return (
        milestones.screened,
        milestones.answers,
        milestones.consents,
        milestones.consent_withdrawals,
        milestones.demographics_noted,
        milestones.performances,
        milestones.surgeries_noted,
        milestones.enrolments,
        milestones.enrolments_undone,
        milestones.left,
    )


def _until(mark: Mark | None, on: dt.date) -> Mark | None:
    return mark if mark is not None and mark.on <= on else None


def _said(milestones: Milestones) -> list[Mark]:
    """Every entry kept that eligibility rests on, but for enrolments."""
    registers: tuple[tuple[Marked, ...], ...] = (
        milestones.consents,
        milestones.demographics_noted,
        milestones.performances,
        milestones.surgeries_noted,
        *milestones.answers.values(),
    )
    said = [each.mark for register in registers for each in register]
    said += taken_back(milestones)
    return said if milestones.screened is None else [milestones.screened, *said]


def _verdict(stand: tuple[Standing, ...], reference_on: dt.date) -> Verdict:
    """Not eligible as soon as one criterion fails, undecided while any is open, else eligible."""
    failing = [each for each in stand if each.fails]
    passing = [each for each in stand if each.passes]
    open_ = tuple(each.criterion for each in stand if not (each.fails or each.passes))
    if failing:
        eligibility, since = Eligibility.NOT_ELIGIBLE, min(each.mark for each in failing if each.mark)
    elif open_:
        eligibility, since = Eligibility.UNDECIDED, None
    else:
        eligibility, since = Eligibility.ELIGIBLE, max((each.mark for each in passing if each.mark), default=None)
    return Verdict(
        eligibility=eligibility,
        failed=tuple(each.criterion for each in failing),
        open=open_,
        since=since,
        reference_on=reference_on,
        standings=stand,
    )
