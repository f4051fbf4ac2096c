"""A seeded trial half way to its target, as events: for pictures, and for tests that want all of it at once."""

import datetime as dt
import random
from decimal import Decimal

import msgspec

from schemas import events as ev
from schemas.events.event import Event
from schemas.events.followup import Category, Cause, Certainty
from schemas.events.lab import Bound, Matrix, ResultStatus
from tests.monitor.serving import enrolled
from tests.projections.controls import STUDY, correction
from tests.schemas.controls import event

CUTOFF_ON = dt.date(2025, 11, 30)
_BEST = (
    (Category.CR, 46),
    (Category.CRI, 14),
    (Category.PR, 12),
    (Category.MLFS, 4),
    (Category.NR, 24),
)


def half_way(subjects: int = 41, screened_only: int = 9) -> list[Event]:
    """Events in the order of what happened; the last day on which anything did is ``CUTOFF_ON``."""
    dice = random.Random(20231)
    span = (CUTOFF_ON - STUDY.enrolment_begins_on).days
    days = sorted(dice.randint(12, span - 6) for _ in range(subjects))
    events = [each for number, day in enumerate(days, 1) for each in _subject(number, day, dice)]
    for number in range(subjects + 1, subjects + screened_only + 1):
        events += _screened_only(number, dice.randint(20, span - 20), dice)
    return sorted(events, key=lambda each: (each.happened.at, each.id))


def _subject(number: int, day: int, dice: random.Random) -> list[Event]:
    begun = STUDY.enrolment_begins_on + dt.timedelta(days=day)
    subject, prefix = f"S-{number:03}", f"e{number}-"
    events = enrolled(number, begun.isoformat())
    left = (CUTOFF_ON - begun).days
    lives = int(dice.expovariate(1 / 1400)) + 20
    followed = min(lives, left, 900)

    def said(name: str, facts: ev.Facts, after: int, source: str, role: str) -> None:
        happened = (begun + dt.timedelta(days=after)).isoformat()
        one = event(prefix + name, facts, happened=happened, recorded_at=f"{happened}T15:20", subject=subject)
        events.append(_from(one, source, role))

    said("il6", _result("il6", Decimal(dice.randint(3, 220)), number), 0, "/hl7/COBAS-E801/FJMUUH", "device")
    for visit in range(0, min(followed, 120), 9):
        counts = _result("platelets", Decimal(dice.randint(12, 240)), number * 1000 + visit)
        said(f"plt{visit}", counts, visit, "/hl7/BF-6900/FJMUUH", "device")
    assessed = dice.randint(24, 44)
    if followed > assessed:
        category = dice.choices([each for each, _ in _BEST], [weight for _, weight in _BEST])[0]
        blasts = Decimal(dice.randint(0, 4)) if category is not Category.NR else Decimal(31)
        marrow = ev.MarrowAssessed(blasts_pct=blasts, cells_counted=500, spicules_present=True, dilute=False)
        said("marrow", marrow, assessed, "/form/followup", "investigator")
        response = ev.ResponseAssessed(category=category, rule_set="ELN2022", course=1, marrow=f"{prefix}marrow")
        said("response", response, assessed, "/form/followup", "investigator")
    for visit in range(60, followed, 75):
        said(f"alive{visit}", ev.ContactedAlive(means="visit"), visit, "/form/followup", "nurse")
    if followed == lives:
        said(
            "died",
            ev.SubjectDied(cause=Cause.LEUKAEMIA, certainty=Certainty.DOCUMENTED),
            followed,
            "/form/followup",
            "investigator",
        )
    else:
        said("alive", ev.ContactedAlive(means="telephone"), followed, "/form/followup", "nurse")
    return events


def _screened_only(number: int, day: int, dice: random.Random) -> list[Event]:
    """Screened and not enrolled: no signature, or a criterion that fails."""
    begun = STUDY.enrolment_begins_on + dt.timedelta(days=day)
    events = [each for each in enrolled(number, begun.isoformat()) if not each.id.endswith(("-enrolled", "-treated"))]
    if dice.random() < 0.4:
        return [each for each in events if not each.id.endswith(("-consent", "-I3"))]
    fails = dice.choice(["E2", "E5", "I2"])
    kept = [each for each in events if not each.id.endswith(f"-{fails}")]
    answer = "not-met" if fails.startswith("I") else "met"
    assessed = ev.CriterionAssessed(criterion=fails, answer=answer)  # type: ignore[arg-type]
    return [*kept, event(f"e{number}-{fails}", assessed, happened=begun.isoformat(), subject=f"S-{number:03}")]


def _from(one: Event, source: str, role: str) -> Event:
    return msgspec.structs.replace(one, source=source, actor_role=role)


def _result(analyte: str, number: Decimal, series: int) -> ev.ResultReported:
    marrow = analyte == "il6"
    unit = "pg/mL" if marrow else "10*9/L"
    return ev.ResultReported(
        analyte=analyte,
        bound=Bound.EQUAL,
        number=number,
        unit=unit,
        text=str(number),
        unit_sent=unit,
        matrix=Matrix.MARROW_SUPERNATANT if marrow else Matrix.WHOLE_BLOOD,
        status=ResultStatus.FINAL,
        series=f"{analyte}-{series}",
        code="IL6-BM" if marrow else "777-3",
        code_system="99LAB" if marrow else "LN",
    )


def tail() -> list[Event]:
    """What came last: a little of everything, and none of it moves the cutoff."""
    last = CUTOFF_ON.isoformat()

    def said(id_: str, facts: ev.Facts, subject: str | None, source: str, role: str) -> Event:
        return _from(event(id_, facts, happened=last, recorded_at=f"{last}T16:40", subject=subject), source, role)

    counts = _result("platelets", Decimal(104), 900_001)
    sent = said("t-plt", counts, "S-039", "/hl7/BF-6900/FJMUUH", "device")
    better = _result("platelets", Decimal(96), 900_001)
    fix = correction("t-fix", sent, better, recorded_at=f"{last}T17:00", subject="S-039")
    marrow = ev.MarrowAssessed(blasts_pct=Decimal(2), cells_counted=500, spicules_present=True, dilute=False)
    return [
        said("t-waits", ev.MessageWaiting(door="hl7", message="ab" * 16), None, "/hl7/LIS/FJMUUH", "system"),
        sent,
        said("t-alive", ev.ContactedAlive(means="telephone"), "S-012", "/form/followup", "nurse"),
        said("t-marrow", marrow, "S-038", "/form/followup", "investigator"),
        _from(fix, "/hl7/LIS/FJMUUH", "laboratory"),
        said("t-il6", _result("il6", Decimal(44), 900_002), "S-041", "/hl7/COBAS-E801/FJMUUH", "device"),
    ]
