"""Events as a trial brings them, made from a seed: the load of the benchmarks and of the kill test.

Per subject: screening, nine criteria, consent, enrolment, chemotherapy; then blood counts for as long as there are
events, a marrow now and then, contacts. One laboratory result in five is late: it comes after events that happened
after it. A few entries are corrected and a few records are sent twice. Nothing here is medicine; only the shapes and
the order matter.
"""

import datetime as dt
import random
from collections import deque
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from schemas.codec import encode
from schemas.events import (
    ChemotherapyBegun,
    ConsentSigned,
    ContactedAlive,
    CriterionAssessed,
    EntryCorrected,
    Facts,
    MarrowAssessed,
    ResultReported,
    ScreeningStarted,
    SpecimenCollected,
    SubjectEnrolled,
)
from schemas.events.enrollment import Answer, Intensity
from schemas.events.event import Event
from schemas.events.lab import Bound, Matrix, ResultStatus
from schemas.moments import Moment, Precision
from schemas.records import NewRecord
from schemas.topics import Topic, topic_name

LATE_SHARE = 0.20
CORRECTED_SHARE = 0.01
REPEATED_SHARE = 0.01

ZONE = dt.timezone(dt.timedelta(hours=8))
FIRST_DAY = dt.datetime(2024, 1, 1, tzinfo=ZONE)
COUNTS = (("wbc", "10*9/L"), ("anc", "10*9/L"), ("platelets", "10*9/L"), ("hemoglobin", "g/L"))


class Sent(msgspec.Struct, frozen=True):
    """A record, with the id of the event in it."""

    event_id: str
    record: NewRecord


def mixed_events(study: str, *, seed: int, subjects: int) -> Iterator[Sent]:
    """Never ends; the same arguments give the same events."""
    chance = random.Random(seed)
    people = [_Person(number, study, seed) for number in range(1, subjects + 1)]
    while True:
        person = chance.choice(people)
        sent = person.next()
        yield sent
        if chance.random() < REPEATED_SHARE:
            yield sent


class _Person:
    """One subject's events in the order in which they are sent."""

    def __init__(self, number: int, study: str, seed: int) -> None:
        self._subject = f"B-{number:04d}"
        self._study = study
        self._chance = random.Random(f"{seed}-{number}")
        self._day = FIRST_DAY + dt.timedelta(days=self._chance.randrange(200))
        self._count = 0
        self._ready: deque[Sent] = deque()
        self._late: deque[Sent] = deque()
        self._ready.extend(self._entry())

    def next(self) -> Sent:
        while not self._ready:
            if self._late and self._chance.random() < 0.5:
                self._ready.append(self._late.popleft())
            else:
                self._ready.extend(self._visit())
        return self._ready.popleft()

    def _entry(self) -> list[Sent]:
        criteria = [(f"I{number}", Answer.MET) for number in (1, 2, 3)]
        criteria += [(f"E{number}", Answer.NOT_MET) for number in range(1, 7)]
        return [
            self._sent(Topic.ENROLLMENT, ScreeningStarted(site="FJMUUH")),
            *(
                self._sent(Topic.ENROLLMENT, CriterionAssessed(criterion=name, answer=answer, evidence="form 2"))
                for name, answer in criteria
            ),
            self._sent(
                Topic.ENROLLMENT,
                ConsentSigned(form_version="2.1", language="zh", signed_by_subject=True, signed_by_family=True),
            ),
            self._sent(Topic.ENROLLMENT, SubjectEnrolled(site="FJMUUH")),
            self._sent(Topic.ENROLLMENT, ChemotherapyBegun(course=1, regimen="DA 3+7", intensity=Intensity.INTENSIVE)),
        ]

    def _visit(self) -> list[Sent]:
        """A blood sample with its counts; now and then a marrow, a contact, a correction."""
        self._day += dt.timedelta(hours=self._chance.randrange(6, 72))
        specimen = f"{self._subject}-{self._count}"
        visit = [self._sent(Topic.LAB, SpecimenCollected(specimen=specimen, matrix=Matrix.WHOLE_BLOOD))]
        for analyte, unit in COUNTS:
            result = self._sent(Topic.LAB, self._result(analyte, unit, specimen))
            (self._late if self._chance.random() < LATE_SHARE else visit).append(result)
        if self._chance.random() < 0.05:
            blasts = Decimal(self._chance.randrange(0, 60))
            visit.append(self._sent(Topic.FOLLOWUP, MarrowAssessed(blasts_pct=blasts, cells_counted=200)))
        if self._chance.random() < 0.10:
            visit.append(self._sent(Topic.FOLLOWUP, ContactedAlive(means="telephone")))
        if self._chance.random() < CORRECTED_SHARE * 5:
            visit.append(self._correction())
        return visit

    def _result(self, analyte: str, unit: str, specimen: str) -> ResultReported:
        number = Decimal(self._chance.randrange(1, 4000)) / 10
        return ResultReported(
            analyte=analyte,
            bound=Bound.EQUAL,
            number=number,
            unit=unit,
            text=str(number),
            unit_sent=unit,
            matrix=Matrix.WHOLE_BLOOD,
            status=ResultStatus.FINAL,
            series=f"{specimen}|{analyte}",
            code=analyte.upper(),
            code_system="99LAB",
            specimen=specimen,
            device="analyser-1",
        )

    def _correction(self) -> Sent:
        """Corrects a contact that it makes first, so that the target is always there or on its way."""
        target = self._sent(Topic.FOLLOWUP, ContactedAlive(means="telephone"))
        self._late.append(target)
        correction = EntryCorrected(
            target=target.event_id, target_type=ContactedAlive.TYPE, replacement={"means": "visit"}
        )
        return self._sent(Topic.FOLLOWUP, correction, reason="wrong means noted")

    def _sent(self, topic: Topic, facts: Facts, *, reason: str | None = None) -> Sent:
        self._count += 1
        event_id = f"{self._subject}-{self._count:07d}"
        event = Event(
            id=event_id,
            source="/hl7/LIS-A/FJMUUH" if topic is Topic.LAB else "/form/follow-up",
            subject=self._subject,
            happened=Moment(self._day, Precision.MINUTE),
            recorded_at=self._day + dt.timedelta(minutes=30, seconds=self._count % 1000),
            actor="analyser-1" if topic is Topic.LAB else "nurse-1",
            actor_role="device" if topic is Topic.LAB else "nurse",
            protocol_version="1",
            facts=facts,
            reason=reason,
        )
        name = topic_name(self._study, topic)
        return Sent(event_id, NewRecord(topic=name, key=self._subject.encode(), value=encode(event)))
