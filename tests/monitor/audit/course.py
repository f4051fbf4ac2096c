"""A small trial with a history worth auditing, written by the real writer and sealed by the real sealer.

Eight subjects begin chemotherapy. S-003 is called a complete remission, and a month later that is corrected to no
response, so ORR of those whose year is over goes from 5 of 8 to 4 of 8. S-004's enrolment is corrected, a result of
S-005 is voided, interleukin-6 of S-001 is corrected (and stays hidden), S-002 dies. One record is no event and one came
twice. There are two seals, and five records behind the second.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import msgspec

from projections.seals.keys import make_key
from projections.seals.outside import FolderPlace
from projections.seals.sealer import Sealer
from schemas import events as ev
from schemas.events.enrollment import Answer
from schemas.events.event import Event
from schemas.events.followup import Category, Cause, Certainty
from schemas.events.lab import Bound, Matrix, ResultStatus
from tests.monitor.serving import Trial, enrolled
from tests.projections.controls import FOLLOWUP, LAB, STUDY, correction, platelets, void
from tests.schemas.controls import event
from tests.servers.postgres import Database

RESPONSES = (
    Category.CR,
    Category.CR,
    Category.CR,
    Category.CRI,
    Category.PR,
    Category.NR,
    Category.NR,
    Category.NR,
)
IL6_VALUES = ("1234.5", "4321.5")
FREE_WORDS = ("the ward's own note 77", "seen by Dr Wang on the ward")
SCRIPT = "<script>alert(1)</script>"


def told_by(one: Event, actor: str, role: str, source: str = "/form/followup") -> Event:
    return msgspec.structs.replace(one, actor=actor, actor_role=role, source=source)


def responding(number: int, category: Category, on: str = "2024-03-04") -> list[Event]:
    """A member of the full set with one response, 30 days after the first day of chemotherapy."""
    subject, prefix = f"S-{number:03}", f"e{number}-"
    began = dt.date.fromisoformat(on) + dt.timedelta(days=number)
    day = (began + dt.timedelta(days=32)).isoformat()
    baseline = ev.BaselineRecorded(performance_status=1, major_surgeries_on=())
    assessed = ev.ResponseAssessed(category=category, rule_set="ELN2022", course=1, marrow=f"{prefix}marrow")
    marrow = ev.MarrowAssessed(blasts_pct=Decimal(3), cells_counted=500, spicules_present=True, dilute=False)
    later = (began + dt.timedelta(days=460)).isoformat()
    return [
        event(f"{prefix}baseline", baseline, happened=(began - dt.timedelta(days=2)).isoformat(), subject=subject),
        *enrolled(number, began.isoformat()),
        told_by(
            event(f"{prefix}marrow", marrow, happened=day, recorded_at=f"{day}T10:00", subject=subject),
            "dr-lin",
            "investigator",
        ),
        told_by(
            event(f"{prefix}response", assessed, happened=day, recorded_at=f"{day}T10:30", subject=subject),
            "dr-lin",
            "investigator",
        ),
        event(f"{prefix}alive", ev.ContactedAlive(means=FREE_WORDS[0]), happened=later, subject=subject),
    ]


def il6(id_: str, number: str, subject: str = "S-001") -> Event:
    facts = ev.ResultReported(
        analyte="il6",
        bound=Bound.EQUAL,
        number=Decimal(number),
        unit="pg/mL",
        text=number,
        unit_sent="pg/mL",
        matrix=Matrix.MARROW_SUPERNATANT,
        status=ResultStatus.FINAL,
        series=f"series of {id_}",
        code="IL6-BM",
        code_system="99LAB",
        flags="HH",
    )
    return told_by(
        event(id_, facts, happened="2024-03-05", subject=subject), "COBAS-E801", "device", "/hl7/COBAS-E801/FJMUUH"
    )


class AuditedTrial(Trial):
    """A trial that can be sealed. ``key`` signs."""

    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(database)
        self.key = make_key(f"trialog/{STUDY.id}")
        self._sealer = Sealer(lambda: database.connect("trialog_app"), lambda: [self.key], [FolderPlace(folder)])

    def seal(self) -> None:
        self._sealer.seal()


def tell(trial: AuditedTrial) -> None:
    """The whole history, in the commits in which it came."""
    for number, category in enumerate(RESPONSES, 1):
        trial.log.send(*responding(number, category))
        trial.write_only()
    first = il6("il6-1", IL6_VALUES[0])
    trial.log.send(first, platelets("plt-5", "55", subject="S-005", happened="2024-04-01"))
    trial.log.send(
        event(
            "evidence",
            ev.CriterionAssessed(criterion="E2", answer=Answer.NOT_MET, evidence=FREE_WORDS[1]),
            happened="2024-03-06",
            subject="S-006",
        )
    )
    trial.write_only()
    trial.seal()
    died = event(
        "e2-died",
        ev.SubjectDied(cause=Cause.INFECTION, certainty=Certainty.DOCUMENTED),
        happened="2025-05-01",
        subject="S-002",
    )
    trial.log.send(told_by(died, "dr-lin", "investigator"))
    trial.write_only()
    response = responding(3, Category.CR)[-2]
    worse = ev.ResponseAssessed(category=Category.NR, rule_set="ELN2022", course=1, marrow="e3-marrow")
    fix = correction("fix-response", response, worse, recorded_at="2024-05-10T09:00", subject="S-003")
    trial.log.send(
        msgspec.structs.replace(told_by(fix, "dr-chen", "investigator"), reason="marrow read again: 31 % blasts"),
        topic=FOLLOWUP,
    )
    trial.write_only()
    trial.seal()
    enrolment = next(each for each in responding(4, Category.CRI) if each.id == "e4-enrolled")
    moved = correction("fix-enrolment", enrolment, enrolment.facts, recorded_at="2024-05-11T09:00", subject="S-004")
    trial.log.send(msgspec.structs.replace(moved, reason=SCRIPT))
    trial.log.send(void("void-plt", "plt-5", subject="S-005"))
    second = il6("x", IL6_VALUES[1]).facts
    trial.log.send(
        msgspec.structs.replace(
            correction("fix-il6", first, second), reason=f"was typed {IL6_VALUES[0]}, is {IL6_VALUES[1]}"
        )
    )
    trial.write_only()
    trial.log.send(platelets("plt-5", "55", subject="S-005", happened="2024-04-01"))
    trial.log.send_bytes(LAB, b'{"specversion": "1.0"}', key=b"S-007")
    trial.write()


@contextmanager
def audited(database: Database, folder: Path) -> Iterator[AuditedTrial]:
    trial = AuditedTrial(database, folder)
    try:
        tell(trial)
        yield trial
    finally:
        trial.close()
