"""What happens to the patients of a simulated trial. Pure: the same seed gives the same courses; nothing is sent here.

The numbers are chosen to be plausible for newly diagnosed adult AML under intensive induction, not to teach anything:
about three in four screened patients enrol, two in three to three in four respond, and a little more than half are
alive at two years. Interleukin-6 in the marrow supernatant is higher, with much noise, in those who do not respond.
"""

import datetime as dt
import math

import msgspec

from producers.simulator.chance import Chance
from schemas.events.followup import Category, Cause
from schemas.study import StudyDefinition

ACCRUAL_BEGINS_ON = dt.date(2023, 7, 3)
ENDS_ON = dt.date(2026, 5, 31)
"""Nothing is said after this day. Fixed, so that a simulated trial is the same on whatever day it is sent."""

SCREEN_FAILURE_SHARE = 0.235
_FAILURES = (("E2", 26.0), ("E5", 26.0), ("I3", 16.0), ("I2", 12.0), ("E1", 8.0), ("I1", 6.0), ("E4", 4.0), ("E3", 2.0))
_LAST_SCREENING_DAYS_BEFORE_END = 16

_RESPONDS = frozenset({Category.CR, Category.CRH, Category.CRI, Category.PR})


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """A marrow and what the investigator made of it. ``course`` is None before any."""

    on: dt.date
    category: Category | None
    course: int | None
    blasts_pct: float | None


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """One patient from screening to the last that is heard. Dates after ``ENDS_ON`` may occur; they are not told.

    ``failed`` is the criterion that excludes; such a patient has no enrolment. ``log2_il6`` is the baseline in the
    marrow supernatant, in log2 pg/mL. ``lost_on`` and ``withdrew_on`` end the contacts.
    """

    subject: str
    place: int
    screened_on: dt.date
    failed: str | None
    declined: bool = False
    enrolled_on: dt.date | None = None
    log2_il6: float = 0.0
    chemotherapy_on: tuple[dt.date, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    died_on: dt.date | None = None
    cause: Cause | None = None
    lost_on: dt.date | None = None
    withdrew_on: dt.date | None = None
    completed_on: dt.date | None = None

    def last_seen_on(self) -> dt.date:
        """The last day on which the hospital sees the patient."""
        ends = (self.died_on, self.lost_on, self.withdrew_on, self.completed_on, ENDS_ON)
        return min(end for end in ends if end is not None)


def courses_of(seed: int, study: StudyDefinition, subjects: int) -> list[Course]:
    """All screened patients, in the order of screening, of whom exactly ``subjects`` enrol."""
    chance = Chance(seed, study.id, "screening")
    failures: list[str | None] = []
    while failures.count(None) < subjects:
        fails = chance.happens(SCREEN_FAILURE_SHARE)
        failures.append(chance.weighted(_FAILURES) if fails else None)
    span = (ENDS_ON - ACCRUAL_BEGINS_ON).days - _LAST_SCREENING_DAYS_BEFORE_END
    days = sorted(int(span * chance.share() ** 0.93) for _ in failures)
    return [
        _course(Chance(seed, study.id, "patient", place), place, ACCRUAL_BEGINS_ON + dt.timedelta(days), failed)
        for place, (days, failed) in enumerate(zip(days, failures, strict=True), start=1)
    ]


def _course(chance: Chance, place: int, screened_on: dt.date, failed: str | None) -> Course:
    subject = f"S-{place:03d}"
    log2_il6 = min(max(chance.normal(4.4, 1.6), -1.0), 12.8)
    if failed is not None:
        return Course(
            subject=subject,
            place=place,
            screened_on=screened_on,
            failed=failed,
            declined=failed == "I3",
            log2_il6=log2_il6,
        )
    enrolled_on = screened_on + dt.timedelta(chance.whole(1, 4))
    first_on = enrolled_on + dt.timedelta(chance.whole(0, 3))
    baseline = Assessment(on=screened_on, category=None, course=None, blasts_pct=round(chance.between(24, 92), 1))
    begun, assessments = _treated(chance, first_on, baseline, log2_il6)
    died_on, cause = _death(chance, first_on, assessments)
    lost_on = first_on + dt.timedelta(chance.whole(150, 700)) if chance.happens(0.05) else None
    withdrew_on = first_on + dt.timedelta(chance.whole(20, 400)) if chance.happens(0.04) else None
    completed_on = enrolled_on + dt.timedelta(730 + chance.whole(0, 20))
    died_on, lost_on, withdrew_on, completed = _first_end(died_on, lost_on, withdrew_on, completed_on)
    return Course(
        subject=subject,
        place=place,
        screened_on=screened_on,
        failed=None,
        enrolled_on=enrolled_on,
        log2_il6=log2_il6,
        chemotherapy_on=tuple(begun),
        assessments=tuple(assessments),
        died_on=died_on,
        cause=cause if died_on else None,
        lost_on=lost_on,
        withdrew_on=withdrew_on,
        completed_on=completed,
    )


def _first_end(
    died_on: dt.date | None, lost_on: dt.date | None, withdrew_on: dt.date | None, completed_on: dt.date
) -> tuple[dt.date | None, dt.date | None, dt.date | None, dt.date | None]:
    """Only the first of these is told: whoever is lost or withdrew is asked no more."""
    ends = [died_on, lost_on, withdrew_on, completed_on]
    first = min(end for end in ends if end is not None)
    died, lost, withdrew, completed = (end if end == first else None for end in ends)
    return died, lost if died is None else None, withdrew if died is None else None, completed if died is None else None


def _treated(
    chance: Chance, first_on: dt.date, baseline: Assessment, log2_il6: float
) -> tuple[list[dt.date], list[Assessment]]:
    """First days of the courses, and the marrows: before treatment, after each induction, then as long as it holds."""
    begun, assessments = [first_on], [baseline]
    category = _after_induction(chance, log2_il6, earlier=None)
    on = first_on + dt.timedelta(chance.whole(26, 33))
    assessments.append(_assessment(chance, on, category, 1, baseline))
    begun.append(on + dt.timedelta(chance.whole(3, 9)))
    if category not in (Category.CR, Category.CRH):
        category = _after_induction(chance, log2_il6, earlier=category)
    on = begun[-1] + dt.timedelta(chance.whole(27, 36))
    assessments.append(_assessment(chance, on, category, 2, baseline))
    if category not in _RESPONDS:
        return begun, assessments
    begun += [on + dt.timedelta(chance.whole(4, 12)), on + dt.timedelta(chance.whole(45, 60))]
    relapse_days = chance.waiting_days(0.42 if category is not Category.PR else 1.0)
    relapsed_on = begun[-1] + dt.timedelta(35 + int(relapse_days))
    kept_on = begun[-1] + dt.timedelta(chance.whole(60, 90))
    if kept_on < relapsed_on:
        assessments.append(_assessment(chance, kept_on, category, 4, baseline))
    if category is not Category.PR:
        assessments.append(_assessment(chance, relapsed_on, Category.RELAPSE, 4, baseline))
    return begun, assessments


def _after_induction(chance: Chance, log2_il6: float, earlier: Category | None) -> Category:
    """The category after an induction; the odds of remission fall with interleukin-6."""
    odds = math.exp(-0.25 - 0.34 * (log2_il6 - 4.4))
    remission = odds / (1 + odds)
    if earlier is Category.PR:
        remission = 0.35 + 0.5 * remission
    elif earlier in (Category.CRI, Category.MLFS):
        remission = 0.9
    elif earlier is not None:
        remission *= 0.45
    if chance.happens(remission):
        return chance.weighted(((Category.CR, 0.72), (Category.CRH, 0.10), (Category.CRI, 0.18)))
    if earlier in (Category.CRI, Category.PR):
        return earlier
    return chance.weighted(((Category.NR, 0.60), (Category.PR, 0.25), (Category.MLFS, 0.10), (Category.NE, 0.05)))


def _assessment(chance: Chance, on: dt.date, category: Category, course: int, baseline: Assessment) -> Assessment:
    before = baseline.blasts_pct or 50.0
    match category:
        case Category.NE:
            blasts = None
        case Category.PR:
            blasts = min(chance.between(6, 24), before * 0.48)
            blasts = max(blasts, 5.0)
        case Category.NR:
            blasts = max(before * chance.between(0.55, 0.95), 26.0)
        case Category.RELAPSE:
            blasts = chance.between(12, 80)
        case _:
            blasts = chance.between(0.2, 4.6)
    return Assessment(on=on, category=category, course=course, blasts_pct=None if blasts is None else round(blasts, 1))


def _death(chance: Chance, first_on: dt.date, assessments: list[Assessment]) -> tuple[dt.date | None, Cause | None]:
    """The day of death, however far away; the hazard goes with the disease."""
    if chance.happens(0.055):
        return first_on + dt.timedelta(chance.whole(9, 40)), chance.pick((Cause.INFECTION, Cause.TREATMENT))
    responses = [each for each in assessments if each.category is not None]
    relapse = next((each for each in responses if each.category is Category.RELAPSE), None)
    if not any(each.category in _RESPONDS for each in responses):
        days = 70 + chance.waiting_days(0.65)
        return first_on + dt.timedelta(int(days)), Cause.LEUKAEMIA
    in_remission = first_on + dt.timedelta(45 + int(chance.waiting_days(0.10)))
    if relapse is None or in_remission < relapse.on:
        return in_remission, chance.pick((Cause.INFECTION, Cause.TREATMENT, Cause.OTHER))
    return relapse.on + dt.timedelta(20 + int(chance.waiting_days(1.0))), Cause.LEUKAEMIA
