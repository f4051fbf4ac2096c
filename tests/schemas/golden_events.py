"""What the golden records say, written out: ``golden/<name>.json`` decodes to the event of that name here.

A name is the type's tag, with ``+`` and a word where one type has several. These are literals on purpose: nothing here
is computed by the code that the tests try. Contents are made up; no patient stands behind them.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

from schemas import events as ev
from schemas.events import Facts
from schemas.events.access import Via
from schemas.events.background import Finding, Mutation, Risk, Sex
from schemas.events.conduct import EventOutcome, Relation, Seriousness, Severity
from schemas.events.enrollment import Answer, ConsentScope, Intensity
from schemas.events.event import Event
from schemas.events.followup import Category, Cause, Certainty, EndReason, RelapseSite, ResidualDisease
from schemas.events.lab import BlastMethod, Bound, Matrix, ResultStatus
from schemas.events.quarantine import RedriveOutcome, Repaired
from schemas.events.review import Meaning, QueryClosing
from schemas.events.specimens import Unfit
from schemas.events.treatment import BloodProduct, CourseEnding, Graft
from schemas.moments import Moment, Precision
from tests.schemas.controls import at, on

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def said(id_: str, happened: Moment, recorded_at: dt.datetime, facts: Facts, **other: Any) -> Event:
    """An event with every attribute of the envelope; ``other`` overrides."""
    attributes: dict[str, Any] = {
        "source": "/form/followup",
        "subject": "S-017",
        "actor": "nurse-4",
        "actor_role": "nurse",
        "protocol_version": "1",
        "reason": "entered from the paper chart",
        "causation": "form-7d1c",
        "traceparent": TRACE,
    }
    return Event(id=id_, happened=happened, recorded_at=recorded_at, facts=facts, **(attributes | other))


def minute(instant: str) -> Moment:
    return Moment(at(instant), Precision.MINUTE)


def second(instant: str) -> Moment:
    return Moment(at(instant), Precision.SECOND)


ENROLLMENT = {
    "subject.screening-started.v1": said(
        "evt-0001", on("2024-03-01"), at("2024-03-01T08:40"), ev.ScreeningStarted(site="FJMUUH")
    ),
    "subject.criterion-assessed.v1": said(
        "evt-0002",
        on("2024-03-02"),
        at("2024-03-02T16:05:30"),
        ev.CriterionAssessed(criterion="E2", answer=Answer.NOT_MET, evidence="hepatitis and HIV serology of 1 March"),
        actor="physician-2",
        actor_role="investigator",
    ),
    "subject.consent-signed.v1": said(
        "evt-0003",
        minute("2024-03-01T10:15"),
        at("2024-03-01T10:20"),
        ev.ConsentSigned(
            form_version="2.1",
            language="zh-CN",
            signed_by_subject=True,
            signed_by_family=True,
            scope=(ConsentScope.PARTICIPATION, ConsentScope.FOLLOW_UP, ConsentScope.SPECIMEN_STORAGE),
            renews="2.0",
        ),
    ),
    "subject.consent-withdrawn.v1": said(
        "evt-0004",
        minute("2024-09-10T14:30"),
        at("2024-09-10T15:00"),
        ev.ConsentWithdrawn(scope=(ConsentScope.SPECIMEN_STORAGE, ConsentScope.DATA_REUSE)),
    ),
    "subject.enrolled.v1": said(
        "evt-0005", on("2024-03-04"), at("2024-03-04T11:00"), ev.SubjectEnrolled(site="FJMUUH")
    ),
    "subject.enrolment-undone.v1": said(
        "evt-0006",
        on("2024-03-08"),
        at("2024-03-08T09:12"),
        ev.EnrolmentUndone(why="the final report says acute promyelocytic leukaemia"),
    ),
    "subject.demographics-recorded.v1": said(
        "evt-0007",
        on("2024-03-01"),
        at("2024-03-01T08:45"),
        ev.DemographicsRecorded(year_of_birth=1968, sex=Sex.FEMALE),
    ),
    "disease.diagnosed.v1": said(
        "evt-0008",
        on("2024-02-27"),
        at("2024-03-05T17:20"),
        ev.DiseaseDiagnosed(
            guideline="CN-AML",
            disease="AML",
            guideline_version="2023",
            fab="M2",
            who="AML with RUNX1::RUNX1T1 fusion",
            who_edition="5",
            icc="AML with t(8;21)(q22;q22.1)/RUNX1::RUNX1T1",
            eln_risk=Risk.FAVOURABLE,
            eln_version="2022",
            karyotype="45,X,-X,t(8;21)(q22;q22)[18]/46,XX[2]",
            mutations=(
                Mutation(gene="KIT", change="NM_000222.3:c.2447A>T", vaf_pct=Decimal("18.40")),
                Mutation(gene="ASXL2", change="NM_018263.6:c.1770dup", vaf_pct=Decimal(41)),
            ),
            flt3_itd=Finding.NEGATIVE,
            flt3_itd_ratio=Decimal("0.00"),
            flt3_tkd=Finding.INDETERMINATE,
        ),
    ),
    "disease.diagnosed.v1+no-mutation": said(
        "evt-0009",
        on("2024-02-28"),
        at("2024-03-06T09:00"),
        ev.DiseaseDiagnosed(guideline="CN-AML", disease="AML", mutations=()),
        reason=None,
        causation=None,
        traceparent=None,
    ),
    "subject.baseline-recorded.v1": said(
        "evt-0010",
        on("2024-03-03"),
        at("2024-03-03T18:00"),
        ev.BaselineRecorded(
            performance_status=2,
            comorbidities=("I10", "E11.9"),
            major_surgeries_on=(dt.date(2023, 11, 20), dt.date(2024, 1, 9)),
            hepatitis_b_surface_antigen=Finding.NEGATIVE,
            hepatitis_c_antibody=Finding.NEGATIVE,
            hiv_antibody=Finding.NEGATIVE,
            syphilis_antibody=Finding.POSITIVE,
            temperature_celsius=Decimal("37.40"),
        ),
    ),
    "treatment.chemotherapy-begun.v1": said(
        "evt-0011",
        on("2024-03-06"),
        at("2024-03-06T08:30"),
        ev.ChemotherapyBegun(course=3, regimen="FLAG-IDA", intensity=Intensity.INTENSIVE, line=2),
    ),
}

LAB = {
    "lab.specimen-collected.v1": said(
        "evt-0101",
        minute("2024-03-05T07:10"),
        at("2024-03-05T07:12:09"),
        ev.SpecimenCollected(
            specimen="BM24-00317",
            matrix=Matrix.MARROW_ASPIRATE,
            temperature_celsius=Decimal("38.1"),
            antibiotics_given=True,
            visit="screening",
        ),
    ),
    "lab.specimen-processed.v1": said(
        "evt-0102",
        minute("2024-03-05T09:05"),
        at("2024-03-05T09:06"),
        ev.SpecimenProcessed(
            specimen="BM24-00317",
            matrix=Matrix.MARROW_SUPERNATANT,
            derived="BM24-00317-S1",
            centrifuged_at=at("2024-03-05T08:20"),
            centrifuge_g=1500,
            centrifuge_minutes=Decimal("10.5"),
            frozen_at=at("2024-03-05T09:01:30"),
            freezer_celsius=Decimal(-80),
            dilution=Decimal(2),
        ),
    ),
    "lab.specimen-received.v1": said(
        "evt-0103",
        minute("2024-03-05T10:40"),
        at("2024-03-05T10:41"),
        ev.SpecimenReceived(specimen="BM24-00317-S1", laboratory="CYTOKINE", temperature_celsius=Decimal("-71.5")),
    ),
    "lab.specimen-rejected.v1": said(
        "evt-0104",
        minute("2024-03-05T11:00"),
        at("2024-03-05T11:02"),
        ev.SpecimenRejected(specimen="BM24-00318", why=Unfit.HAEMOLYSED),
    ),
    "lab.specimen-moved.v1": said(
        "evt-0105",
        minute("2024-04-11T15:30"),
        at("2024-04-11T15:31"),
        ev.SpecimenMoved(specimen="BM24-00317-S1", to_place="freezer 4, box 12, C7", from_place="freezer 1, box 3, A2"),
    ),
    "lab.specimen-destroyed.v1": said(
        "evt-0106",
        minute("2024-09-12T09:00"),
        at("2024-09-12T09:05"),
        ev.SpecimenDestroyed(specimen="BM24-00317-S1", why="consent withdrawn"),
    ),
    "lab.result-reported.v1": said(
        "evt-0107",
        second("2024-03-05T07:10:00"),
        at("2024-03-06T14:22:51"),
        ev.ResultReported(
            analyte="il6",
            bound=Bound.GREATER_OR_EQUAL,
            number=Decimal("5000.0"),
            unit="pg/mL",
            text=">=5000.0",
            unit_sent="ng/L",
            matrix=Matrix.MARROW_SUPERNATANT,
            status=ResultStatus.CORRECTED,
            series="/hl7/LIS-A/FJMUUH ORD-88121 IL6-BM 1 2024-03-05",
            code="IL6-BM",
            code_system="99LAB",
            specimen="BM24-00317-S1",
            lower_limit=Decimal("1.5"),
            upper_limit=Decimal(5000),
            method="ECLIA",
            device="cobas e 801",
            device_serial="2164-07",
            dilution=Decimal(2),
            reference_range="0-7",
            reference_min=Decimal(0),
            reference_max=Decimal(7),
            flags="HH",
        ),
        source="/hl7/LIS-A/FJMUUH",
        actor="LIS-A",
        actor_role="device",
    ),
    "lab.result-reported.v1+no-number": said(
        "evt-0108",
        second("2024-03-07T06:30:12"),
        at("2024-03-07T08:00:03"),
        ev.ResultReported(
            analyte="platelets",
            bound=None,
            number=None,
            unit="10*9/L",
            text="-----",
            unit_sent="",
            matrix=Matrix.WHOLE_BLOOD,
            status=ResultStatus.UNOBTAINABLE,
            series="/hl7/XN/FJMUUH ORD-88140 777-3 1 2024-03-07",
            code="777-3",
            code_system="LN",
        ),
        source="/hl7/XN/FJMUUH",
        actor="XN",
        actor_role="device",
        reason=None,
        causation=None,
        traceparent=None,
    ),
    "lab.blood-blasts-counted.v1": said(
        "evt-0109",
        Moment(at("2024-03-05T07:10:00.250"), Precision.MILLISECOND),
        at("2024-03-05T13:00"),
        ev.BloodBlastsCounted(
            blasts_pct=Decimal("12.50"), method=BlastMethod.SMEAR, cells_counted=200, specimen="PB24-01177"
        ),
    ),
}

TREATMENT = {
    "treatment.dose-given.v1": said(
        "evt-0201",
        minute("2024-03-06T09:00"),
        at("2024-03-06T09:30"),
        ev.DoseGiven(course=1, drug="cytarabine", amount=Decimal("100.0"), unit="mg/m2", route="intravenous"),
    ),
    "treatment.course-ended.v1": said(
        "evt-0202", on("2024-03-12"), at("2024-03-12T20:00"), ev.CourseEnded(course=1, why=CourseEnding.TOXICITY)
    ),
    "treatment.transplanted.v1": said(
        "evt-0203",
        on("2024-08-20"),
        at("2024-08-21T09:00"),
        ev.SubjectTransplanted(graft=Graft.ALLOGENEIC, donor="matched-sibling"),
    ),
    "treatment.transfused.v1": said(
        "evt-0204",
        minute("2024-03-14T16:45"),
        at("2024-03-14T17:00"),
        ev.SubjectTransfused(product=BloodProduct.PLATELETS, units=2),
    ),
}

ASSESSMENTS = {
    "marrow.assessed.v1": said(
        "evt-0301",
        on("2024-04-08"),
        at("2024-04-10T12:00"),
        ev.MarrowAssessed(
            specimen="BM24-00455",
            blasts_pct=Decimal("4.5"),
            cells_counted=500,
            cellularity_pct=Decimal(35),
            spicules_present=True,
            dilute=False,
            auer_rods_present=False,
            erythroid_normal=True,
            megakaryocytes_normal=False,
            extramedullary_present=False,
            blood_blasts_pct=Decimal(0),
            residual_disease=ResidualDisease(
                method="flow-cytometry", detected=True, level_pct=Decimal("0.081"), limit_pct=Decimal("0.01")
            ),
        ),
    ),
    "response.assessed.v1": said(
        "evt-0302",
        on("2024-04-08"),
        at("2024-04-11T10:00"),
        ev.ResponseAssessed(category=Category.CRI, rule_set="ELN2022", course=1, marrow="evt-0301"),
        actor="physician-2",
        actor_role="investigator",
    ),
    "subject.relapsed.v1": said(
        "evt-0303",
        on("2024-11-02"),
        at("2024-11-03T08:00"),
        ev.SubjectRelapsed(found_in=(RelapseSite.MARROW, RelapseSite.EXTRAMEDULLARY)),
    ),
}

FOLLOWUP = {
    "safety.adverse-event-reported.v1": said(
        "evt-0401",
        on("2024-03-15"),
        at("2024-03-16T09:00"),
        ev.AdverseEventReported(
            term="Febrile neutropenia",
            dictionary="CTCAE 5.0",
            grade=4,
            relation=Relation.PROBABLE,
            outcome=EventOutcome.SEQUELAE,
            serious_because=(Seriousness.LIFE_THREATENING, Seriousness.HOSPITALISATION),
            ended_on=dt.date(2024, 3, 29),
        ),
    ),
    "conduct.deviation-recorded.v1": said(
        "evt-0402",
        on("2024-03-05"),
        at("2024-03-20T11:00"),
        ev.DeviationRecorded(
            kind="late-freezing",
            severity=Severity.MINOR,
            description="The supernatant was frozen after 41 minutes; the manual allows 30.",
            entry="evt-0102",
        ),
    ),
    "visit.done.v1": said("evt-0403", on("2024-06-05"), at("2024-06-05T11:30"), ev.VisitDone(visit="month-3")),
    "visit.missed.v1": said(
        "evt-0404", on("2024-09-20"), at("2024-09-20T17:00"), ev.VisitMissed(visit="month-6", why="typhoon")
    ),
    "subject.contacted-alive.v1": said(
        "evt-0405", on("2024-09-25"), at("2024-09-26T09:10"), ev.ContactedAlive(means="telephone")
    ),
    "subject.died.v1": said(
        "evt-0406",
        on("2025-01-17"),
        at("2025-01-20T10:00"),
        ev.SubjectDied(cause=Cause.INFECTION, certainty=Certainty.NOT_ASKED),
    ),
    "subject.died.v2": said(
        "evt-0407",
        on("2025-01-17"),
        at("2025-01-20T10:00"),
        ev.SubjectDied(cause=Cause.LEUKAEMIA, certainty=Certainty.ESTIMATED_DATE),
    ),
    "subject.withdrew.v1": said(
        "evt-0408", on("2024-10-01"), at("2024-10-01T15:00"), ev.SubjectWithdrew(follow_up_allowed=True)
    ),
    "subject.lost.v1": said("evt-0409", on("2024-12-31"), at("2025-01-02T09:00"), ev.SubjectLost(attempts=5)),
    "subject.study-ended.v1": said(
        "evt-0410", on("2026-03-04"), at("2026-03-05T09:00"), ev.StudyEnded(why=EndReason.COMPLETED)
    ),
}

ACTIONS = {
    "entry.corrected.v1": said(
        "evt-0501",
        minute("2024-04-12T09:00"),
        at("2024-04-12T09:00"),
        ev.EntryCorrected(
            target="evt-0301",
            target_type="marrow.assessed.v1",
            replacement={
                "specimen": "BM24-00455",
                "blasts_pct": "5.0",
                "cells_counted": 500,
                "residual_disease": {"method": "flow-cytometry", "detected": False, "limit_pct": "0.01"},
            },
            happened=on("2024-04-07"),
        ),
        reason="the report was amended",
    ),
    # Written when a death had version 1: what it puts in place is brought to version 2 with it.
    "entry.corrected.v1+died-v1": said(
        "evt-0502",
        minute("2025-01-22T09:00"),
        at("2025-01-22T09:00"),
        ev.EntryCorrected(
            target="evt-0406",
            target_type="subject.died.v2",
            replacement={"cause": "leukaemia", "certainty": "not-asked"},
        ),
        reason="the autopsy says otherwise",
    ),
    "entry.voided.v1": said(
        "evt-0503",
        minute("2024-04-13T08:00"),
        at("2024-04-13T08:01"),
        ev.EntryVoided(target="evt-0302"),
        reason="entered for the wrong subject",
    ),
}

DOORS = {
    "intake.message-waiting.v1": said(
        "evt-0601",
        second("2024-03-05T07:11:02"),
        at("2024-03-05T07:11:02"),
        ev.MessageWaiting(door="hl7", message="0f3ab9c15d7e4482a1c06b9d2e7f5a10"),
        source="/intake",
        subject=None,
        actor="intake",
        actor_role="intake",
    ),
    "intake.message-released.v1": said(
        "evt-0602",
        second("2024-03-05T11:30:00"),
        at("2024-03-05T11:30:00"),
        ev.MessageReleased(door="hl7", message="0f3ab9c15d7e4482a1c06b9d2e7f5a10"),
        source="/intake",
        subject=None,
        actor="intake",
        actor_role="intake",
    ),
    "intake.message-refused.v1": said(
        "evt-0603",
        second("2024-03-05T12:00:59"),
        at("2024-03-05T12:00:59"),
        ev.MessageRefused(
            door="form", message="77aa01c15d7e4482a1c06b9d2e7f5a11", problem="unknown-unit", where="$.results[2].unit"
        ),
        source="/intake",
        subject=None,
        actor="intake",
        actor_role="intake",
    ),
    "intake.control-id-reused.v1": said(
        "evt-0604",
        second("2024-03-06T00:00:04"),
        at("2024-03-06T00:00:04"),
        ev.ControlIdReused(
            door="hl7",
            sender="/hl7/XN/FJMUUH",
            message="c0ffee00c15d7e4482a1c06b9d2e7f5a",
            earlier="0f3ab9c15d7e4482a1c06b9d2e7f5a10",
        ),
        source="/intake",
        subject=None,
        actor="intake",
        actor_role="intake",
    ),
}

REVIEW = {
    "query.opened.v1": said(
        "evt-0701",
        second("2024-04-12T10:00:00"),
        at("2024-04-12T10:00:00"),
        ev.QueryOpened(
            query="Q-31",
            question="The investigator says CRi, and the counts on 8 April allow CR. Which is right?",
            entries=("evt-0302", "evt-0301"),
            rule="response-differs",
        ),
        actor="edit-checks",
        actor_role="system",
    ),
    "query.answered.v1": said(
        "evt-0702",
        second("2024-04-12T15:41:10"),
        at("2024-04-12T15:41:10"),
        ev.QueryAnswered(query="Q-31", answer="Platelets had been transfused two days before; CRi stands."),
    ),
    "query.closed.v1": said(
        "evt-0703",
        second("2024-04-13T09:00:00"),
        at("2024-04-13T09:00:00"),
        ev.QueryClosed(query="Q-31", why=QueryClosing.CONFIRMED),
        actor="monitor-1",
        actor_role="monitor",
    ),
    "record.signed.v1": said(
        "evt-0704",
        second("2024-04-14T10:00:00"),
        at("2024-04-14T10:00:00"),
        ev.RecordSigned(meaning=Meaning.APPROVAL, state_digest=DIGEST),
        actor="physician-2",
        actor_role="investigator",
    ),
    "record.source-verified.v1": said(
        "evt-0705",
        second("2024-04-15T11:20:00"),
        at("2024-04-15T11:20:00"),
        ev.SourceVerified(entry="evt-0301", document="marrow report of 10 April"),
        actor="monitor-1",
        actor_role="monitor",
    ),
    "record.frozen.v1": said(
        "evt-0706",
        second("2026-04-01T09:00:00"),
        at("2026-04-01T09:00:00"),
        ev.RecordFrozen(),
        actor="manager-1",
        actor_role="data-manager",
    ),
    "record.unfrozen.v1": said(
        "evt-0707",
        second("2026-04-02T09:00:00"),
        at("2026-04-02T09:00:00"),
        ev.RecordUnfrozen(),
        actor="manager-1",
        actor_role="data-manager",
    ),
    "record.locked.v1": said(
        "evt-0708",
        second("2026-05-01T09:00:00"),
        at("2026-05-01T09:00:00"),
        ev.RecordLocked(state_digest=DIGEST),
        subject=None,
        actor="manager-1",
        actor_role="data-manager",
    ),
    "access.action-refused.v1": said(
        "evt-0709",
        second("2026-05-02T10:00:00"),
        at("2026-05-02T10:00:00"),
        ev.ActionRefused(action="correct-entry", why="record-locked"),
    ),
    "access.exported.v1": said(
        "evt-0710",
        second("2026-05-03T10:00:00"),
        at("2026-05-03T10:00:00"),
        ev.RecordExported(content="endpoint rows", rows=72, sha256=DIGEST),
        subject=None,
        actor="statistician-1",
        actor_role="statistician",
    ),
    "access.subject-read.v1": said(
        "evt-0713",
        second("2026-05-05T10:00:00"),
        at("2026-05-05T10:00:00"),
        ev.SubjectRead(
            via=Via.COMMAND,
            view="subject",
            true_at="2024-06-30T23:59:59.999+08:00",
            known_at=2310,
            compared_with=1204,
        ),
        source="/command/subject",
        actor="auditor-1",
        actor_role="auditor",
    ),
    "access.quarantine-read.v1": said(
        "evt-0714",
        second("2026-05-06T10:00:00"),
        at("2026-05-06T10:00:00"),
        ev.QuarantineRead(held="nct06486350.lab[2]@117", via=Via.PAGE, masked=True),
        source="/page/quarantine",
        subject=None,
        actor="manager-1",
        actor_role="data-manager",
    ),
    "quarantine.redriven.v1": said(
        "evt-0715",
        second("2026-05-07T10:00:00"),
        at("2026-05-07T10:00:00"),
        ev.QuarantineRedriven(
            held="nct06486350.lab[2]@117",
            held_for="malformed-facts at $.data.number",
            outcome=RedriveOutcome.STILL_HELD,
            events=("evt-0301",),
            still_held_for="same-id-other-facts",
            repaired=Repaired.SCHEMA,
        ),
        source="/command/quarantine",
        subject=None,
        actor="manager-1",
        actor_role="data-manager",
        reason="the analyser's new firmware writes the number as text",
    ),
    "quarantine.redriven.v1+taken": said(
        "evt-0716",
        second("2026-05-07T10:00:01"),
        at("2026-05-07T10:00:01"),
        ev.QuarantineRedriven(
            held="9f86d081884c7d659a2feaa0c55ad015",
            held_for="unknown-code at OBX[2]-3",
            outcome=RedriveOutcome.TAKEN,
            events=("evt-0301", "evt-0302"),
            repaired=Repaired.CODE_MAP,
        ),
        source="/command/quarantine",
        subject=None,
        actor="manager-1",
        actor_role="data-manager",
        reason="the code map has the new analyser's codes",
    ),
    "record.redacted.v1": said(
        "evt-0711",
        second("2024-03-20T10:00:00"),
        at("2024-03-20T10:00:00"),
        ev.EntryRedacted(entry="evt-0002", field="evidence"),
        actor="manager-1",
        actor_role="data-manager",
        reason="a name slipped into the text",
    ),
}

GOLDEN: dict[str, Event] = ENROLLMENT | LAB | TREATMENT | ASSESSMENTS | FOLLOWUP | ACTIONS | DOORS | REVIEW
"""Every golden record's event, in its newest version, by the record's name."""
