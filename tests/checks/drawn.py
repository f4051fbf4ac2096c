"""Facts of one subject on one line each. The first argument is when it happened: a date, or a date and time.

Each has an id of its own that a case may replace. All are recorded at noon of 2024-12-01, unless a case says otherwise;
`corrects` and `voids` are recorded after that, by a monitor, under the id "fix".
"""

import datetime as dt
from decimal import Decimal
from importlib.resources import files
from typing import Any

import msgspec

from schemas import events as ev
from schemas.codec import encode_facts
from schemas.events.conduct import EventOutcome, Relation, Seriousness
from schemas.events.enrollment import Intensity
from schemas.events.event import Event
from schemas.events.followup import Category, Cause, Certainty, RelapseSite
from schemas.events.lab import BlastMethod, Bound, Matrix, ResultStatus
from schemas.events.specimens import Unfit
from schemas.events.treatment import CourseEnding, Graft
from schemas.moments import Moment, Precision, day
from schemas.study import StudyDefinition, Text, Visit, parse_study
from tests.schemas.controls import ZONE, at

RECORDED_AT = "2024-12-01T12:00"
FIXED_AT = "2024-12-20T09:00"

_PLAIN: StudyDefinition = parse_study(files("schemas.studies").joinpath("nct06486350.toml").read_bytes())


def _ranged(study: StudyDefinition, analyte: str, low: str | None, high: str | None) -> StudyDefinition:
    limits = {"plausible_min": low and Decimal(low), "plausible_max": high and Decimal(high)}
    analytes = tuple(msgspec.structs.replace(each, **limits) if each.id == analyte else each for each in study.analytes)
    return msgspec.structs.replace(study, analytes=analytes)


# Platelets from 1 to 2,000, IL-6 from 0.5 up, leucocytes without limits; day 28 is 2024-02-07 where chemotherapy began
# on 2024-01-10, and its window runs from 2024-02-04 to 2024-02-14.
STUDY = msgspec.structs.replace(
    _ranged(_ranged(_ranged(_PLAIN, "platelets", "1", "2000"), "il6", "0.5", None), "wbc", None, None),
    visits=(
        Visit(
            id="day-28",
            text=Text("第28天", "Day 28"),
            anchor="chemotherapy",
            day=28,
            days_before=3,
            days_after=7,
            requires=("platelets", "marrow", "contact"),
        ),
        Visit(id="entry", text=Text("入组", "Entry"), anchor="enrolment", day=0, days_before=7),
    ),
)
FAMILY_SIGNS = msgspec.structs.replace(STUDY, family_signature_required=True)
ADULTS = msgspec.structs.replace(STUDY, age_min_years=18)


def moment(when: str) -> Moment:
    """A date is known to the day, a date and time to the minute."""
    if "T" in when:
        return Moment(at(when), Precision.MINUTE)
    return day(dt.date.fromisoformat(when), ZONE)


def entry(id_: str, when: str, facts: ev.Facts, recorded_at: str = RECORDED_AT) -> Event:
    return Event(
        id=id_,
        source="/form",
        subject="S-001",
        happened=moment(when),
        recorded_at=at(recorded_at),
        actor="nurse-1",
        actor_role="nurse",
        protocol_version="1",
        facts=facts,
    )


def _fix(id_: str, facts: ev.Facts, recorded_at: str) -> Event:
    return msgspec.structs.replace(
        entry(id_, "2024-12-20", facts, recorded_at), actor="monitor-1", actor_role="monitor", reason="source checked"
    )


def corrects(
    target: Event, *, happened: str | None = None, id_: str = "fix", recorded_at: str = FIXED_AT, **changes: Any
) -> Event:
    """The same facts but for ``changes``, and but for the time where ``happened`` is given."""
    facts = msgspec.structs.replace(target.facts, **changes)
    correction = ev.EntryCorrected(
        target=target.id,
        target_type=target.type,
        replacement=msgspec.json.decode(encode_facts(facts)),
        happened=None if happened is None else moment(happened),
    )
    return _fix(id_, correction, recorded_at)


def voids(target: Event, *, id_: str = "fix", recorded_at: str = FIXED_AT) -> Event:
    return _fix(id_, ev.EntryVoided(target=target.id), recorded_at)


def screened(when: str, id_: str = "screened") -> Event:
    return entry(id_, when, ev.ScreeningStarted(site="FJMUUH"))


def consent(when: str, id_: str = "consent", *, subject: bool = True, family: bool = False) -> Event:
    facts = ev.ConsentSigned(form_version="2", language="zh", signed_by_subject=subject, signed_by_family=family)
    return entry(id_, when, facts)


def enrolled(when: str, id_: str = "enrolled") -> Event:
    return entry(id_, when, ev.SubjectEnrolled(site="FJMUUH"))


def undone(when: str, id_: str = "undone") -> Event:
    return entry(id_, when, ev.EnrolmentUndone(why="found ineligible"))


def born(year: int, id_: str = "born") -> Event:
    return entry(id_, "2024-01-02", ev.DemographicsRecorded(year_of_birth=year))


def chemo(when: str, course: int = 1, id_: str | None = None) -> Event:
    facts = ev.ChemotherapyBegun(course=course, regimen="DA 3+7", intensity=Intensity.INTENSIVE)
    return entry(id_ or f"chemo-{course}", when, facts)


def dose(when: str, course: int = 1, id_: str = "dose") -> Event:
    return entry(id_, when, ev.DoseGiven(course=course, drug="cytarabine", amount=Decimal(100), unit="mg/m2"))


def course_ended(when: str, course: int = 1, id_: str = "ended") -> Event:
    return entry(id_, when, ev.CourseEnded(course=course, why=CourseEnding.COMPLETED))


def transplanted(when: str, id_: str = "transplant") -> Event:
    return entry(id_, when, ev.SubjectTransplanted(graft=Graft.ALLOGENEIC))


def result(when: str, id_: str = "result", *, recorded_at: str = RECORDED_AT, **facts: Any) -> Event:
    """A platelet count of 100, unless ``facts`` say otherwise; each id is a report line of its own."""
    said: dict[str, Any] = {
        "analyte": "platelets",
        "bound": Bound.EQUAL,
        "number": Decimal(100),
        "unit": "10*9/L",
        "text": "100",
        "unit_sent": "10*9/L",
        "matrix": Matrix.WHOLE_BLOOD,
        "status": ResultStatus.FINAL,
        "series": id_,
        "code": "777-3",
        "code_system": "LN",
    }
    return entry(id_, when, ev.ResultReported(**(said | facts)), recorded_at)


def blasts_counted(when: str, pct: str, id_: str = "blasts", *, specimen: str | None = None) -> Event:
    return entry(id_, when, ev.BloodBlastsCounted(blasts_pct=Decimal(pct), method=BlastMethod.SMEAR, specimen=specimen))


def collected(when: str, specimen: str = "A1", id_: str = "collected", **facts: Any) -> Event:
    return entry(id_, when, ev.SpecimenCollected(specimen=specimen, **({"matrix": Matrix.MARROW_SUPERNATANT} | facts)))


def processed(when: str, id_: str = "processed", **facts: Any) -> Event:
    return entry(id_, when, ev.SpecimenProcessed(specimen="A1", matrix=Matrix.MARROW_SUPERNATANT, **facts))


def received(when: str, id_: str = "received") -> Event:
    return entry(id_, when, ev.SpecimenReceived(specimen="A1", laboratory="central"))


def rejected(when: str, specimen: str = "A1", id_: str = "rejected") -> Event:
    return entry(id_, when, ev.SpecimenRejected(specimen=specimen, why=Unfit.CLOTTED))


def moved(when: str, id_: str = "moved") -> Event:
    return entry(id_, when, ev.SpecimenMoved(specimen="A1", to_place="freezer 2"))


def destroyed(when: str, specimen: str = "A1", id_: str = "destroyed") -> Event:
    return entry(id_, when, ev.SpecimenDestroyed(specimen=specimen, why="used up"))


def marrow(when: str, id_: str = "marrow", **facts: Any) -> Event:
    said: dict[str, Any] = {"blasts_pct": Decimal(3), "cells_counted": 500}
    return entry(id_, when, ev.MarrowAssessed(**(said | facts)))


def response(when: str, category: Category = Category.CR, id_: str = "response", **facts: Any) -> Event:
    return entry(id_, when, ev.ResponseAssessed(category=category, rule_set="ELN2022", **facts))


def relapsed(when: str, id_: str = "relapse") -> Event:
    return entry(id_, when, ev.SubjectRelapsed(found_in=(RelapseSite.MARROW,)))


def adverse(when: str, outcome: EventOutcome, id_: str = "event", *, serious: bool = True, **facts: Any) -> Event:
    because = (Seriousness.HOSPITALISATION,) if serious else ()
    return entry(
        id_,
        when,
        ev.AdverseEventReported(
            term="Febrile neutropenia",
            dictionary="CTCAE 5.0",
            grade=3,
            relation=Relation.PROBABLE,
            outcome=outcome,
            serious_because=because,
            **facts,
        ),
    )


def visit_done(when: str, visit: str = "day-28", id_: str = "done") -> Event:
    return entry(id_, when, ev.VisitDone(visit=visit))


def visit_missed(when: str, visit: str = "day-28", id_: str = "missed") -> Event:
    return entry(id_, when, ev.VisitMissed(visit=visit))


def alive(when: str, id_: str = "alive") -> Event:
    return entry(id_, when, ev.ContactedAlive(means="telephone"))


def died(when: str, id_: str = "died") -> Event:
    return entry(id_, when, ev.SubjectDied(cause=Cause.LEUKAEMIA, certainty=Certainty.DOCUMENTED))


def withdrew(when: str, id_: str = "withdrew") -> Event:
    return entry(id_, when, ev.SubjectWithdrew(follow_up_allowed=True))


def lost(when: str, id_: str = "lost") -> Event:
    return entry(id_, when, ev.SubjectLost(attempts=3))
