"""The laboratory of a simulated site: which specimens are taken, what is measured, and when results are sent."""

import datetime as dt
from collections.abc import Iterator
from typing import Literal

import msgspec

from producers.simulator.bloods import Blood, Counts
from producers.simulator.chance import Chance
from producers.simulator.courses import Assessment, Course
from producers.simulator.instruments import BF6900, LIS, XN1000, Instrument, Line, Order, counted, message
from producers.simulator.patients import Patient
from producers.simulator.vocabulary import (
    SPECIMENS,
    chemistry,
    code_of,
    marker_rows,
    scale_of,
    taken,
    written,
)
from schemas.events.followup import Category
from schemas.events.lab import Matrix
from schemas.study import Analyte, CodeRow, StudyDefinition

ASSAY_DEVIATIONS = (-2.4, 4.9)
"""The range of the simulated marker's assay, in deviations from the middle; beyond it a bound is reported."""

_LATE_SHARE = 0.2
_INDUCTION_DAYS = (0, 4, 8, 12, 16, 21, 25, 29)
_LATER_DAYS = (0, 12, 22)
_VISIT_DAYS = 60


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A report as an instrument sends it. ``again_at`` is None, or when it sends the same again."""

    instrument: Instrument
    patient: Patient
    order: Order
    at: dt.datetime
    late: bool = False
    again_at: dt.datetime | None = None
    again_dated: bool = False


class Laboratory:
    """All reports of one patient."""

    def __init__(self, seed: int, course: Course, patient: Patient, study: StudyDefinition) -> None:
        self._course = course
        self._patient = patient
        self._study = study
        self._blood = Blood(seed, course)
        self._chance = Chance(seed, course.subject, "laboratory")
        self._orders = 0

    def reports(self) -> Iterator[Sent]:
        """In no order of time; those sent after the end are for the caller to drop."""
        course = self._course
        for on in self._blood_days():
            yield from self._count(on)
        yield from self._marker(course.screened_on, course.marker)
        for matrix, analytes in chemistry(self._study):
            yield self._chemistry(course.screened_on, matrix, analytes)
        for assessment in course.assessments[1:3]:
            if assessment.on <= course.last_seen_on():
                yield from self._marker(assessment.on, self._marker_after(assessment))
                if self._chance.happens(0.5):
                    yield from self._differential(assessment.on)

    def _blood_days(self) -> list[dt.date]:
        course = self._course
        days = {course.screened_on}
        for number, begun_on in enumerate(course.chemotherapy_on, start=1):
            for day in _INDUCTION_DAYS if number == 1 else _LATER_DAYS:
                days.add(begun_on + dt.timedelta(day + (self._chance.whole(0, 1) if day > 3 else 0)))
        days.update(assessment.on for assessment in course.assessments)
        if course.chemotherapy_on:
            visit = course.chemotherapy_on[-1] + dt.timedelta(70)
            while visit < course.last_seen_on():
                days.add(visit)
                visit += dt.timedelta(_VISIT_DAYS + self._chance.whole(-5, 14))
        return sorted(day for day in days if day <= course.last_seen_on())

    def _count(self, on: dt.date) -> Iterator[Sent]:
        instrument = BF6900 if self._chance.happens(0.6) else XN1000
        counts = self._blood.at(on)
        lines = self._of_blood(counted(instrument, counts))
        if not lines:
            return
        first = self._sent(instrument, on, "00001^Automated Count^99MRC", Matrix.WHOLE_BLOOD, lines)
        yield first
        if self._chance.happens(0.03):
            # Platelets were clumped and counted again: the whole panel comes once more, as corrected.
            again = msgspec.structs.replace(counts, platelets=counts.platelets * 1.15 + 4)
            yield self._later(first, self._of_blood(counted(instrument, again)), "C")

    def _differential(self, on: dt.date) -> Iterator[Sent]:
        """Counted by hand: first a preliminary report, then the final one of the same lines."""
        counts = self._blood.at(on)
        lines = self._of_blood(_by_hand(counts, 0.9))
        if lines:
            first = self._sent(LIS, on, "DIFF^Manual differential^99LAB", Matrix.WHOLE_BLOOD, lines, status="P")
            yield first
            yield self._later(first, self._of_blood(_by_hand(counts, 1.0)), "F")

    def _of_blood(self, lines: tuple[Line, ...]) -> tuple[Line, ...]:
        return taken(lines, Matrix.WHOLE_BLOOD, self._study)

    def _chemistry(self, on: dt.date, matrix: Matrix, analytes: list[tuple[Analyte, CodeRow]]) -> Sent:
        lines = tuple(
            Line(type="NM", code=code_of(row, analyte), value=written(self._plausible(analyte)), unit=analyte.unit)
            for analyte, row in analytes
        )
        return self._sent(LIS, on, "CHEM^Chemistry^99LAB", matrix, lines)

    def _plausible(self, analyte: Analyte) -> float:
        return scale_of(analyte).at(min(max(self._chance.normal(0.0, 1.0), -4.0), 4.0))

    def _marker(self, on: dt.date, deviations: float) -> Iterator[Sent]:
        """Under a local code or one of LOINC, of those that the study has for the marker's specimen; none without."""
        rows, marker = marker_rows(self._study), self._study.marker
        if not rows or marker is None:
            return
        analyte = self._study.analyte(marker.analyte)
        assert analyte is not None, "the marker is one of the study's analytes"
        row = rows[0] if self._chance.happens(0.7) else rows[-1]
        scale = scale_of(analyte)
        low, high = (written(scale.at(each), 2) for each in ASSAY_DEVIATIONS)
        type_: Literal["NM", "SN", "ST"] = "NM"
        value = written(scale.at(deviations))
        if deviations < ASSAY_DEVIATIONS[0]:
            type_, value = ("SN", f"<^{low}") if self._chance.happens(0.5) else ("ST", f"<{low}")
        elif deviations > ASSAY_DEVIATIONS[1]:
            type_, value = "SN", f">^{high}"
        notes = (f"LLOQ={low}", f"ULOQ={high}")
        line = Line(type=type_, code=code_of(row, analyte), value=value, unit=analyte.unit, notes=notes)
        yield self._sent(LIS, on, f"{analyte.id.upper()}^{analyte.id}^99LAB", marker.matrix, (line,))

    def _marker_after(self, assessment: Assessment) -> float:
        """Falls with the disease, and stays where the disease stays."""
        falls = assessment.category not in (Category.NR, Category.NE, Category.RELAPSE)
        return max(self._course.marker + self._chance.normal(-1.0 if falls else 0.2, 0.5), -4.0)

    def _sent(
        self,
        instrument: Instrument,
        on: dt.date,
        panel: str,
        matrix: Matrix,
        lines: tuple[Line, ...],
        status: str = "F",
    ) -> Sent:
        chance = self._chance
        self._orders += 1
        # On the first day the papers come before the blood; afterwards it is drawn on the morning round.
        hour = chance.whole(9, 11) if on == self._course.screened_on else chance.whole(6, 8)
        collected = dt.datetime.combine(on, dt.time(hour, chance.whole(0, 59)), self._study.tzinfo)
        reported = collected + dt.timedelta(minutes=chance.whole(40, 200))
        late = chance.happens(_LATE_SHARE)
        sent = reported + (dt.timedelta(days=chance.whole(1, 9)) if late else dt.timedelta(seconds=chance.whole(2, 90)))
        number = f"{on:%y%m%d}{self._course.place:03d}{self._orders:03d}"
        order = Order(
            number=number,
            panel=panel,
            collected_at=collected,
            reported_at=reported,
            specimen=SPECIMENS[matrix],
            accession=f"{SPECIMENS[matrix][0]}{number}",
            status=status,
            lines=lines,
        )
        again_at, again_dated = self._repeated(sent)
        return Sent(
            instrument=instrument,
            patient=self._patient,
            order=order,
            at=sent,
            late=late,
            again_at=again_at,
            again_dated=again_dated,
        )

    def _later(self, first: Sent, lines: tuple[Line, ...], status: str) -> Sent:
        """The same lines of the same order in a later version."""
        reported = first.at + dt.timedelta(hours=self._chance.whole(2, 40), minutes=self._chance.whole(0, 59))
        order = msgspec.structs.replace(first.order, lines=lines, status=status, reported_at=reported)
        return msgspec.structs.replace(first, order=order, at=reported + dt.timedelta(seconds=20), again_at=None)

    def _repeated(self, sent: dt.datetime) -> tuple[dt.datetime | None, bool]:
        """Some instruments send again what they were not sure of, and some of those date the message anew."""
        if not self._chance.happens(0.04):
            return None, False
        return sent + dt.timedelta(minutes=self._chance.whole(1, 600)), self._chance.happens(0.3)


def _by_hand(counts: Counts, seen: float) -> tuple[Line, ...]:
    return (
        Line(type="NM", code="753-4^NEU# manual^LN", value=f"{counts.neutrophils * seen:.2f}", unit="10*9/L"),
        Line(type="NM", code="709-6^BLAST%^LN", value=f"{counts.blasts_pct * seen:.1f}", unit="%"),
    )


def bytes_of(sent: Sent, control_id: str, dated: dt.datetime) -> bytes:
    """The message of a report; ``dated`` is what it says of its own time (MSH-7)."""
    return message(sent.instrument, control_id, dated, sent.patient, sent.order)
