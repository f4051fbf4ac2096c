"""What happens to the patients of a simulated trial. Pure: the same seed gives the same courses; nothing is sent here.

The numbers are chosen to be plausible for newly diagnosed acute leukaemia under intensive chemotherapy, not to teach
anything: about three in four screened patients enrol, two in three to three in four respond, and a little more than
half are alive at two years. The marker is higher, with much noise, in those who do not respond.
"""

import datetime as dt
import math

import msgspec

from producers.simulator.chance import Chance
from schemas.events.background import Risk, Sex
from schemas.events.followup import Category, Cause
from schemas.study import StudyDefinition

SCREEN_FAILURE_SHARE = 0.235
_ANSWERED_WEIGHT = 16.0
_COMPUTED_WEIGHT = 3.0
_FIRST_SCREENING_DAYS_AFTER_OPENING = 2
_END_DAYS_BEFORE_CLOSING = 30
_LAST_SCREENING_DAYS_BEFORE_END = 16

_REMISSIONS = ((Category.CR, 0.72), (Category.CRH, 0.10), (Category.CRI, 0.18))
_NO_REMISSIONS = ((Category.NR, 0.60), (Category.PR, 0.25), (Category.MLFS, 0.10), (Category.NE, 0.05))
_RESPONDS = frozenset({Category.CR, Category.CRH, Category.CRI, Category.PR})


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """A marrow and what the investigator made of it. ``course`` is None before any."""

    on: dt.date
    category: Category | None
    course: int | None
    blasts_pct: float | None


class Background(msgspec.Struct, frozen=True, kw_only=True):
    """Who the patient is, as far as a study asks. ``performance`` is ECOG."""

    year_of_birth: int
    sex: Sex
    risk: Risk
    performance: int


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """One patient from screening to the last that is heard. Dates after ``ends_on`` may occur; they are not told.

    ``failed`` is the criterion that excludes; such a patient has no enrolment. ``marker`` is the marker's baseline, in
    deviations of its logarithm from the middle. ``lost_on`` and ``withdrew_on`` end the contacts.
    """

    subject: str
    place: int
    screened_on: dt.date
    ends_on: dt.date
    failed: str | None
    background: Background
    enrolled_on: dt.date | None = None
    marker: float = 0.0
    chemotherapy_on: tuple[dt.date, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    died_on: dt.date | None = None
    cause: Cause | None = None
    lost_on: dt.date | None = None
    withdrew_on: dt.date | None = None
    completed_on: dt.date | None = None

    def last_seen_on(self) -> dt.date:
        """The last day on which the hospital sees the patient."""
        ends = (self.died_on, self.lost_on, self.withdrew_on, self.completed_on, self.ends_on)
        return min(end for end in ends if end is not None)


def courses_of(seed: int, study: StudyDefinition, subjects: int) -> list[Course]:
    """All screened patients, in the order of screening, of whom exactly ``subjects`` enrol."""
    chance = Chance(seed, study.id, "screening")
    failures: list[str | None] = []
    while failures.count(None) < subjects:
        fails = chance.happens(SCREEN_FAILURE_SHARE)
        failures.append(chance.weighted(_failures(study)) if fails else None)
    begins_on = study.enrolment_begins_on + dt.timedelta(_FIRST_SCREENING_DAYS_AFTER_OPENING)
    span = max((ends_on(study) - begins_on).days - _LAST_SCREENING_DAYS_BEFORE_END, 1)
    days = sorted(int(span * chance.share() ** 0.93) for _ in failures)
    return [
        _course(
            Chance(seed, study.id, "patient", place),
            # A stream of its own, so that asking for more of a patient changes nothing of what happens to him or her.
            _background(Chance(seed, study.id, "background", place), study, begins_on + dt.timedelta(days), failed),
            study,
            place,
            begins_on + dt.timedelta(days),
            failed,
        )
        for place, (days, failed) in enumerate(zip(days, failures, strict=True), start=1)
    ]


def _background(chance: Chance, study: StudyDefinition, screened_on: dt.date, failed: str | None) -> Background:
    limits = {
        each.id: each.computed.limit
        for each in study.criteria
        if each.computed is not None and each.computed.rule == "performance-above"
    }
    most = min(limits.values(), default=2)
    age = max(int(min(max(chance.normal(54.0, 14.0), 19.0), 84.0)), (study.age_min_years or 18) + 1)
    return Background(
        year_of_birth=screened_on.year - age,
        sex=chance.weighted(((Sex.FEMALE, 0.47), (Sex.MALE, 0.53))),
        risk=chance.weighted(((Risk.FAVOURABLE, 0.3), (Risk.INTERMEDIATE, 0.4), (Risk.ADVERSE, 0.3))),
        performance=limits[failed] + 1 if failed in limits else min(chance.whole(0, 2), most),
    )


def ends_on(study: StudyDefinition) -> dt.date:
    """Nothing is said after this day: the trial is shown while it is under way.

    By the study's own dates and not by a clock, so that a simulated trial is the same on whatever day it is sent.
    """
    return study.enrolment_ends_on - dt.timedelta(_END_DAYS_BEFORE_CLOSING)


def _failures(study: StudyDefinition) -> list[tuple[str, float]]:
    """Which criteria exclude, and how often: what follows from a fact is mostly known before anybody is screened."""
    return [(each.id, _COMPUTED_WEIGHT if each.computed else _ANSWERED_WEIGHT) for each in study.criteria]


def _course(
    chance: Chance, background: Background, study: StudyDefinition, place: int, screened_on: dt.date, failed: str | None
) -> Course:
    subject = f"S-{place:03d}"
    marker = min(max(chance.normal(0.0, 1.0), -3.4), 5.2)
    if failed is not None:
        return Course(
            subject=subject,
            place=place,
            screened_on=screened_on,
            ends_on=ends_on(study),
            failed=failed,
            background=background,
            marker=marker,
        )
    enrolled_on = screened_on + dt.timedelta(chance.whole(1, 4))
    first_on = enrolled_on + dt.timedelta(chance.whole(0, 3))
    baseline = Assessment(on=screened_on, category=None, course=None, blasts_pct=round(chance.between(24, 92), 1))
    begun, assessments = _treated(chance, first_on, baseline, marker, _categories(study))
    died_on, cause = _death(chance, first_on, assessments)
    lost_on = first_on + dt.timedelta(chance.whole(150, 700)) if chance.happens(0.05) else None
    withdrew_on = first_on + dt.timedelta(chance.whole(20, 400)) if chance.happens(0.04) else None
    completed_on = enrolled_on + dt.timedelta(study.endpoints.survival_horizon_days + chance.whole(0, 20))
    died_on, lost_on, withdrew_on, completed = _first_end(died_on, lost_on, withdrew_on, completed_on)
    return Course(
        subject=subject,
        place=place,
        screened_on=screened_on,
        ends_on=ends_on(study),
        failed=None,
        background=background,
        enrolled_on=enrolled_on,
        marker=marker,
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


def _categories(study: StudyDefinition) -> frozenset[Category]:
    """What investigators of this study may find: with a rule set every category, else what the study itself names."""
    if study.response.rule_set is not None:
        return frozenset(Category)
    return frozenset({*study.endpoints.orr, Category.NR, Category.RELAPSE, Category.NE})


def _treated(
    chance: Chance, first_on: dt.date, baseline: Assessment, marker: float, categories: frozenset[Category]
) -> tuple[list[dt.date], list[Assessment]]:
    """First days of the courses, and the marrows: before treatment, after each induction, then as long as it holds."""
    begun, assessments = [first_on], [baseline]
    category = _after_induction(chance, marker, categories, earlier=None)
    on = first_on + dt.timedelta(chance.whole(26, 33))
    assessments.append(_assessment(chance, on, category, 1, baseline))
    begun.append(on + dt.timedelta(chance.whole(3, 9)))
    if category not in (Category.CR, Category.CRH):
        category = _after_induction(chance, marker, categories, earlier=category)
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


def _after_induction(
    chance: Chance, marker: float, categories: frozenset[Category], earlier: Category | None
) -> Category:
    """The category after an induction; the odds of remission fall as the marker rises."""
    odds = math.exp(-0.25 - 0.544 * marker)
    remission = odds / (1 + odds)
    if earlier is Category.PR:
        remission = 0.35 + 0.5 * remission
    elif earlier in (Category.CRI, Category.MLFS):
        remission = 0.9
    elif earlier is not None:
        remission *= 0.45
    if chance.happens(remission):
        return chance.weighted(_among(categories, _REMISSIONS))
    if earlier in (Category.CRI, Category.PR):
        return earlier
    return chance.weighted(_among(categories, _NO_REMISSIONS))


def _among(
    categories: frozenset[Category], weights: tuple[tuple[Category, float], ...]
) -> tuple[tuple[Category, float], ...]:
    """The weights of those that the study knows; all of them where it knows none."""
    return tuple(each for each in weights if each[0] in categories) or weights


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
