"""Blood counts over the courses of chemotherapy: after each first day a fall, a nadir, and perhaps a recovery."""

import datetime as dt
import math
from bisect import bisect_right

import msgspec

from producers.simulator.chance import Chance
from producers.simulator.courses import Assessment, Course
from schemas.events.followup import Category

_NADIR_DAYS = (11, 17)
_RECOVERED_DAY = 25


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Cells in 10*9/L, haemoglobin in g/L, blasts in percent of leucocytes."""

    leucocytes: float
    neutrophils: float
    platelets: float
    haemoglobin: float
    blasts_pct: float


class Blood:
    """One patient's blood. ``at`` may be asked for days in any order; the answer depends on the day alone."""

    def __init__(self, seed: int, course: Course) -> None:
        self._seed = seed
        self._course = course
        chance = Chance(seed, course.subject, "blood")
        before = (
            math.exp(chance.normal(math.log(0.9), 0.6)),
            math.exp(chance.normal(math.log(42), 0.55)),
            chance.normal(78, 11),
        )
        self._blasts_before = chance.between(8, 75)
        self._knots = _knots(chance, course, before)
        self._days = [knot[0] for knot in self._knots]

    def at(self, on: dt.date) -> Counts:
        """What is counted on a day."""
        chance = Chance(self._seed, self._course.subject, "counted", on)
        neutrophils, platelets, haemoglobin = self._between_knots(on)
        blasts_pct = self._blasts(on, chance)
        neutrophils *= math.exp(chance.normal(0, 0.05))
        other = chance.between(0.35, 1.3) * (0.4 if neutrophils < 0.3 else 1.0)
        normal = neutrophils + other
        return Counts(
            leucocytes=normal / (1 - min(blasts_pct, 88) / 100),
            neutrophils=neutrophils,
            platelets=max(2.0, platelets * math.exp(chance.normal(0, 0.04))),
            haemoglobin=haemoglobin + chance.normal(0, 3),
            blasts_pct=blasts_pct,
        )

    def _between_knots(self, on: dt.date) -> tuple[float, float, float]:
        """Geometric between two knots, constant before the first and after the last."""
        place = bisect_right(self._days, on)
        if place == 0:
            return self._knots[0][1]
        if place == len(self._knots):
            return self._knots[-1][1]
        (left_on, left), (right_on, right) = self._knots[place - 1], self._knots[place]
        way = (on - left_on).days / max((right_on - left_on).days, 1)
        neutrophils, platelets, haemoglobin = (a * (b / a) ** way for a, b in zip(left, right, strict=True))
        return neutrophils, platelets, haemoglobin

    def _blasts(self, on: dt.date, chance: Chance) -> float:
        first_on = self._course.chemotherapy_on[0] if self._course.chemotherapy_on else None
        if first_on is None or on <= first_on:
            return self._blasts_before * chance.between(0.8, 1.2)
        told = [each for each in self._course.assessments if each.category is not None]
        now = next((each for each in reversed(told) if each.on <= on), told[0] if told else None)
        if now is None or (on - first_on).days < _RECOVERED_DAY:
            return 0.0
        return chance.between(3, 30) if now.category in (Category.NR, Category.RELAPSE) else 0.0


def _knots(
    chance: Chance, course: Course, before: tuple[float, float, float]
) -> list[tuple[dt.date, tuple[float, float, float]]]:
    """Days with neutrophils, platelets and haemoglobin, in order of time."""
    knots = [(course.screened_on, before)]
    last = before
    for place, begun_on in enumerate(course.chemotherapy_on, start=1):
        ends_on = course.chemotherapy_on[place] if place < len(course.chemotherapy_on) else None
        nadir = (chance.between(0.02, 0.12), chance.between(6, 22), chance.between(62, 78))
        recovered = _recovered(chance, _assessment_after(course, place))
        for day, values in ((0, last), *((day, nadir) for day in _NADIR_DAYS), (_RECOVERED_DAY, recovered)):
            on = begun_on + dt.timedelta(day)
            if ends_on is None or on < ends_on:
                knots.append((on, values))
        last = recovered
    return knots


def _assessment_after(course: Course, number: int) -> Assessment | None:
    return next((each for each in course.assessments if each.course is not None and each.course >= number), None)


def _recovered(chance: Chance, assessment: Assessment | None) -> tuple[float, float, float]:
    """Counts after a course that fit its category, with room for the scatter of single counts."""
    category = assessment.category if assessment else None
    haemoglobin = chance.between(88, 118)
    match category:
        case Category.CR | Category.PR | Category.RELAPSE:
            return chance.between(1.6, 3.8), chance.between(130, 260), haemoglobin
        case Category.CRH:
            return chance.between(0.62, 0.85), chance.between(58, 84), haemoglobin
        case Category.CRI:
            return chance.between(1.4, 2.6), chance.between(55, 84), haemoglobin
        case Category.MLFS:
            return chance.between(0.15, 0.40), chance.between(15, 40), chance.between(70, 88)
        case _:
            return chance.between(0.2, 0.8), chance.between(12, 45), chance.between(65, 85)
