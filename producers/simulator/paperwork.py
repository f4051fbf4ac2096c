"""The forms that a simulated site fills in, as JSON documents, for one patient at a time. Pure."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterator
from typing import Any

import msgspec

from producers.forms.translation import source_of
from producers.message import event_id
from producers.simulator.chance import Chance
from producers.simulator.courses import Assessment, Course
from producers.simulator.patients import Patient
from producers.simulator.planned import Planned
from schemas.study import StudyDefinition

_NURSES = ("nurse-01", "nurse-02", "nurse-03")
_INVESTIGATORS = ("investigator-01", "investigator-02")
_COORDINATOR = "coordinator-01"
_REGIMENS = ("standard",)
_MEANS = ("visit", "telephone", "ward")
_CONTACT_DAYS = 75
_PAPERS_LATE_SHARE = 0.12
_LATE_SHARE = 0.2

_encoder = msgspec.json.Encoder(decimal_format="string")


class Desk:
    """Fills in the forms of one patient; each gets its id, its author, and the times of writing and of sending."""

    def __init__(self, seed: int, course: Course, patient: Patient, study: StudyDefinition) -> None:
        self._seed = seed
        self._course = course
        self._patient = patient
        self._study = study
        self._chance = Chance(seed, course.subject, "desk")
        self._written = 0
        # What cannot be judged at screening: the first exclusion criterion that somebody has to answer.
        answered = (each.id for each in study.criteria if not each.includes and each.computed is None)
        self._doubtful = next(answered, None)

    def forms(self) -> Iterator[Planned]:
        """All forms of the patient, corrections included; those sent after the end are for the caller to drop."""
        course = self._course
        yield self._screening()
        if course.enrolled_on is None:
            if self._chance.happens(0.8):
                on = course.screened_on + dt.timedelta(self._chance.whole(1, 6))
                yield self._followup(on, "coordinator", ended={"happened": str(on), "why": "screen-failure"})
            return
        yield self._consent()
        yield self._enrolment()
        yield from self._treatment()
        yield from self._assessments()
        yield from self._contacts()
        yield from self._end()

    def _screening(self) -> Planned:
        """Names both numbers, and so tells the door who is who."""
        course, chance = self._course, self._chance
        on = str(course.screened_on)
        answers: dict[str, dict[str, str]] = {}
        for criterion in self._study.criteria:
            good = "met" if criterion.includes else "not-met"
            bad = "not-met" if criterion.includes else "met"
            answers[criterion.id] = {"happened": on, "answer": bad if criterion.id == course.failed else good}
        if course.failed is None and chance.happens(0.12) and self._doubtful is not None:
            answers[self._doubtful]["answer"] = "unknown"
        evidence = chance.pick(("marrow report", "flow cytometry", "molecular report"))
        if answers:
            next(iter(answers.values()))["evidence"] = evidence
        parts = {"criteria": answers} if answers else {}
        parts |= self._background(on)
        return self._form("enrolment", course.screened_on, "nurse", screening={"happened": on}, **parts)

    def _background(self, on: str) -> dict[str, dict[str, Any]]:
        """Who the patient is and what the disease is, noted when screening begins."""
        background, diagnosis = self._course.background, self._study.diagnosis
        parts: dict[str, dict[str, Any]] = {
            "demographics": {
                "happened": on,
                "year_of_birth": background.year_of_birth,
                "sex": background.sex.value,
            },
            "baseline": {"happened": on, "performance_status": background.performance},
        }
        if diagnosis is not None:
            said = {
                "disease": diagnosis.disease,
                "guideline": diagnosis.guideline,
                "guideline_version": diagnosis.guideline_version,
                "eln_risk": background.risk.value if diagnosis.risk_version else None,
                "eln_version": diagnosis.risk_version,
            }
            parts["diagnosis"] = {"happened": on, **{name: value for name, value in said.items() if value is not None}}
        return parts

    def _consent(self) -> Planned:
        course, chance = self._course, self._chance
        assert course.enrolled_on is not None
        on = course.enrolled_on if chance.happens(0.6) else course.screened_on
        at = dt.datetime.combine(on, dt.time(chance.whole(8, 16), chance.whole(0, 59)))
        # What was unknown at screening is known by now; answering again for all changes nothing where it was known.
        answer = {"happened": str(course.enrolled_on), "answer": "not-met", "evidence": "report of that day"}
        parts = {"criteria": {self._doubtful: answer}} if self._doubtful else {}
        return self._form(
            "enrolment",
            course.enrolled_on,
            "investigator",
            **parts,
            consent={
                "happened": at.isoformat(timespec="minutes"),
                "form_version": self._study.protocol_on(on),
                "language": "zh",
                "signed_by_subject": True,
                "signed_by_family": chance.happens(0.85),
            },
        )

    def _enrolment(self) -> Planned:
        enrolled_on = self._course.enrolled_on
        assert enrolled_on is not None
        return self._form("enrolment", enrolled_on, "nurse", enrolment={"happened": str(enrolled_on)})

    def _treatment(self) -> Iterator[Planned]:
        treatment = self._study.treatment
        regimen = self._chance.pick(treatment.regimens if treatment else _REGIMENS)
        later = treatment.later_regimens[0] if treatment and treatment.later_regimens else regimen
        for number, on in enumerate(self._told(self._course.chemotherapy_on), start=1):
            part = {
                "happened": str(on),
                "course": number,
                "regimen": regimen if number < 3 else later,
                "intensity": "intensive",
            }
            if number == 1:
                yield self._form("enrolment", on, "nurse", chemotherapy=part)
            else:
                yield self._followup(on, "nurse", chemotherapy=part)

    def _assessments(self) -> Iterator[Planned]:
        for place, assessment in enumerate(self._course.assessments):
            if assessment.on > self._course.last_seen_on():
                return
            form = self._assessed(assessment)
            yield form
            if place > 0 and self._chance.happens(0.08):
                yield self._retyped(form, assessment)

    def _assessed(self, assessment: Assessment) -> Planned:
        parts: dict[str, Any] = {"marrow": self._marrow(assessment)}
        if assessment.category is not None:
            parts["response"] = {
                "happened": str(assessment.on),
                "category": assessment.category.value,
                "rule_set": self._rule_set(),
                "course": assessment.course,
            }
        return self._followup(assessment.on, "investigator", **parts)

    def _rule_set(self) -> str:
        response = self._study.response
        return response.investigator_rule_set or response.rule_set or "investigator"

    def _marrow(self, assessment: Assessment) -> dict[str, Any]:
        chance = self._chance
        if assessment.blasts_pct is None:
            return {"happened": str(assessment.on), "specimen": self._accession(assessment.on), "dilute": True}
        aplastic = assessment.category is not None and assessment.category.value == "MLFS"
        return {
            "happened": str(assessment.on),
            "specimen": self._accession(assessment.on),
            "blasts_pct": f"{assessment.blasts_pct:.1f}",
            "cells_counted": 200 if aplastic or chance.happens(0.7) else 500,
            "cellularity_pct": str(chance.whole(10, 30) if aplastic else chance.whole(25, 85)),
            "spicules_present": True,
            "dilute": False,
            "auer_rods_present": assessment.category is None and chance.happens(0.3),
            "extramedullary_present": False,
            "blood_blasts_pct": "0.0" if assessment.category is not None else str(chance.whole(2, 80)),
        }

    def _retyped(self, form: Planned, assessment: Assessment) -> Planned:
        """A correction of the marrow on a form: the number of counted cells had been mistyped."""
        document = msgspec.json.decode(form.raw)
        replacement = {name: value for name, value in document["marrow"].items() if name != "happened"}
        replacement["cells_counted"] = 300
        return self._form(
            "correction",
            assessment.on + dt.timedelta(self._chance.whole(4, 20)),
            "investigator",
            target=event_id(source_of(self._patient.site), document["form_id"], "", 0),
            target_type="marrow.assessed.v1",
            reason="cells counted were mistyped",
            replacement=replacement,
        )

    def _contacts(self) -> Iterator[Planned]:
        course, chance = self._course, self._chance
        on = course.chemotherapy_on[0] + dt.timedelta(40 + chance.whole(0, _CONTACT_DAYS))
        while on < course.last_seen_on():
            form = self._followup(on, "coordinator", contact={"happened": str(on), "means": chance.pick(_MEANS)})
            yield form
            if chance.happens(0.012):
                yield self._voided(form, on)
            on += dt.timedelta(_CONTACT_DAYS + chance.whole(-9, 12))

    def _voided(self, form: Planned, on: dt.date) -> Planned:
        document = msgspec.json.decode(form.raw)
        return self._form(
            "correction",
            on + dt.timedelta(self._chance.whole(2, 15)),
            "coordinator",
            target=event_id(source_of(self._patient.site), document["form_id"], "", 0),
            target_type="subject.contacted-alive.v1",
            reason="written for the wrong subject",
            void=True,
        )

    def _end(self) -> Iterator[Planned]:
        course, chance = self._course, self._chance
        if course.died_on:
            assert course.cause is not None
            part = {"happened": str(course.died_on), "cause": course.cause.value, "certainty": "documented"}
            yield self._followup(course.died_on, "coordinator", death=part)
        elif course.lost_on:
            loss = {"happened": str(course.lost_on), "attempts": chance.whole(3, 6)}
            yield self._followup(course.lost_on, "coordinator", lost=loss)
        elif course.withdrew_on:
            left = {"happened": str(course.withdrew_on), "follow_up_allowed": chance.happens(0.5)}
            yield self._followup(course.withdrew_on, "investigator", withdrawal=left)
        elif course.completed_on:
            alive = {"happened": str(course.completed_on), "means": "visit"}
            part = {"happened": str(course.completed_on), "why": "completed"}
            yield self._followup(course.completed_on, "investigator", contact=alive, ended=part)

    def _told(self, days: tuple[dt.date, ...]) -> Iterator[dt.date]:
        return (on for on in days if on < self._course.last_seen_on())

    def _accession(self, on: dt.date) -> str:
        return f"BM{on:%y%m%d}{self._course.place:03d}"

    def _followup(self, on: dt.date, role: str, **parts: Any) -> Planned:
        return self._form("followup", on, role, **parts)

    def _form(self, kind: str, on: dt.date, role: str, **parts: Any) -> Planned:
        """Written on the day or a few days after; one in five a good while after."""
        chance = self._chance
        self._written += 1
        late = kind == "followup" and chance.happens(_LATE_SHARE)
        days = chance.whole(4, 24) if late else chance.weighted(((0, 0.75), (1, 0.2), (2, 0.05)))
        hour = 17
        if "screening" in parts:
            # The first form is mostly there before the first blood; where it is not, results wait for their patient.
            days, hour = (1, 16) if chance.happens(_PAPERS_LATE_SHARE) else (0, 8)
        written = dt.datetime.combine(on + dt.timedelta(days), dt.time(hour, chance.whole(0, 59)), self._study.tzinfo)
        whom: dict[str, str] = {"subject": self._course.subject}
        if kind == "enrolment":
            whom["hospital_number"] = self._patient.hospital_number
        elif kind == "followup" and chance.happens(0.3):
            whom = {"hospital_number": self._patient.hospital_number}
        document = {
            "form_id": self._form_id(),
            "actor": {"nurse": chance.pick(_NURSES), "investigator": chance.pick(_INVESTIGATORS)}.get(
                role, _COORDINATOR
            ),
            "actor_role": role,
            "recorded_at": written.isoformat(timespec="minutes"),
            **whom,
            **parts,
        }
        if len(self._study.sites) > 1:
            document["site"] = self._patient.site
        sent_at = written + dt.timedelta(minutes=chance.whole(1, 9))
        return Planned(at=sent_at, door="form", channel=kind, raw=_encoder.encode(document), expected="201", late=late)

    def _form_id(self) -> str:
        said = f"{self._seed}/{self._course.subject}/{self._written}"
        return str(uuid.UUID(bytes=hashlib.sha256(said.encode()).digest()[:16], version=4))
