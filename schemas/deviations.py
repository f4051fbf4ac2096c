"""Enrolments that should not have been: what is flagged where the subject was not eligible, or had not consented.

Source: clinical.md, "Inclusion" and "Exclusion"; the principles of good clinical practice for consent. An enrolment is
never refused. Each time that a subject was enrolled is judged by all that is known of it now, also where it was undone
since: the undoing is on the record beside it. Two things may be wrong, in order of precedence:

1. Eligibility: a criterion fails; or one is open; or all pass, but on the day of enrolment that was not yet known.
2. Consent: there is none on which the enrolment rests; then one that was signed later, or none at all.
"""

import datetime as dt
import enum
from collections.abc import Iterable

import msgspec

from schemas.consent import consent_for, good_signatures, taken_back
from schemas.criteria import Standing
from schemas.eligibility import Eligibility, Verdict, judge_enrolment, known_on
from schemas.milestones import Mark, Milestones
from schemas.study import StudyDefinition


class DeviationKind(enum.StrEnum):
    """What was wrong with an enrolment."""

    NOT_ELIGIBLE = "enrolled-not-eligible"
    ELIGIBILITY_OPEN = "enrolled-eligibility-open"
    BEFORE_ELIGIBLE = "enrolled-before-eligible"
    WITHOUT_CONSENT = "enrolled-without-consent"
    BEFORE_CONSENT = "enrolled-before-consent"


class Deviation(msgspec.Struct, frozen=True, kw_only=True):
    """One deviation; ``on`` is the day of enrolment.

    ``entries`` are the enrolment, then in their order the entries that show it: answers and facts that failed, are
    unknown or came later; the withdrawal that ended a consent; the signature that came later, or else all signatures.
    ``criteria`` are those that failed or are open, or that did or were on that day; empty for consent.
    """

    kind: DeviationKind
    on: dt.date
    entries: tuple[str, ...]
    criteria: tuple[str, ...] = ()


def deviations(milestones: Milestones, study: StudyDefinition, verdict: Verdict | None = None) -> tuple[Deviation, ...]:
    """All deviations of a subject's enrolments, in their order; empty where there is nothing to flag.

    ``verdict`` is what `schemas.eligibility.judge` says of the same milestones by all that is known, from whoever has
    asked already: where an enrolment stands it is that one's, which is not judged again then.
    """
    found: list[Deviation | None] = []
    for enrolled, undone in milestones.times_enrolled():
        known = milestones if undone is None else known_on(milestones, undone.on)
        now = verdict if undone is None and verdict else judge_enrolment(enrolled, known, study)
        found += [_of_eligibility(enrolled, now, known, study), _of_consent(enrolled, known, study)]
    return tuple(each for each in found if each is not None)


def _of_eligibility(enrolled: Mark, now: Verdict, milestones: Milestones, study: StudyDefinition) -> Deviation | None:
    if now.eligibility is Eligibility.NOT_ELIGIBLE:
        return _about(enrolled, DeviationKind.NOT_ELIGIBLE, now.standings, now.failed)
    if now.eligibility is Eligibility.UNDECIDED:
        return _about(enrolled, DeviationKind.ELIGIBILITY_OPEN, now.standings, now.open)
    known = known_on(milestones, enrolled.on)
    then = now if known is milestones else judge_enrolment(enrolled, known, study)
    if then.eligibility is Eligibility.ELIGIBLE:
        return None
    late = {*then.failed, *then.open}
    criteria = tuple(each.criterion for each in then.standings if each.criterion in late)
    return _about(enrolled, DeviationKind.BEFORE_ELIGIBLE, now.standings, criteria)


def _about(enrolled: Mark, kind: DeviationKind, standings: Iterable[Standing], criteria: tuple[str, ...]) -> Deviation:
    marks = [each.mark for each in standings if each.criterion in criteria and each.mark is not None]
    return Deviation(kind=kind, on=enrolled.on, entries=_entries(enrolled, marks), criteria=criteria)


def _of_consent(enrolled: Mark, milestones: Milestones, study: StudyDefinition) -> Deviation | None:
    if consent_for(enrolled, milestones, study) is not None:
        return None
    ended = [mark for mark in taken_back(milestones) if mark < enrolled]
    later = [each.mark for each in good_signatures(milestones, study) if each.mark.on > enrolled.on]
    if later:
        entries = _entries(enrolled, [*ended[-1:], later[0]])
        return Deviation(kind=DeviationKind.BEFORE_CONSENT, on=enrolled.on, entries=entries)
    signed = [each.mark for each in milestones.consents]
    entries = _entries(enrolled, [*ended[-1:], *signed])
    return Deviation(kind=DeviationKind.WITHOUT_CONSENT, on=enrolled.on, entries=entries)


def _entries(enrolled: Mark, others: Iterable[Mark]) -> tuple[str, ...]:
    """The enrolment first; an entry that decided more than one thing once."""
    return tuple(dict.fromkeys(mark.entry for mark in (enrolled, *sorted(others))))
