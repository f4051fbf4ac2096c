"""Messages that a door must refuse or flag, as real senders make them; each with the answer it should get."""

import datetime as dt
from collections.abc import Iterator

import msgspec

from producers.simulator.chance import Chance
from producers.simulator.instruments import BF6900, LIS, XN1000, Line, Order, message
from producers.simulator.patients import Patient, patient_of
from producers.simulator.planned import Planned
from schemas.study import StudyDefinition

_BLOOD = ("BLD", "Whole blood")
_UNKNOWN_PLACE = 990_000
_WHITE = Line(type="NM", code="6690-2^WBC^LN", value="6.10", unit="10*9/L")


def faulty(seed: int, study: StudyDefinition, ends_on: dt.date) -> Iterator[Planned]:
    """In no order of time. The patients are screened ones' numbers where the fault is not the patient."""
    chance = Chance(seed, "faults")
    patient = patient_of(seed, 1)

    def at() -> dt.datetime:
        on = ends_on - dt.timedelta(chance.whole(30, 700))
        return dt.datetime.combine(on, dt.time(11, chance.whole(0, 59), chance.whole(0, 59)), study.tzinfo)

    def order(when: dt.datetime, name: str, lines: tuple[Line, ...]) -> Order:
        return Order(
            number=f"F-{name}",
            panel="00001^Automated Count^99MRC",
            collected_at=when - dt.timedelta(hours=2),
            reported_at=when - dt.timedelta(minutes=3),
            specimen=_BLOOD,
            accession=f"F-{name}",
            status="F",
            lines=lines,
        )

    when = at()
    unknown = Line(type="NM", code="99999-9^Mystery^LN", value="1.0", unit="10*9/L")
    yield _hl7(when, BF6900.name, "AE", message(BF6900, "F0001", when, patient, order(when, "code", (_WHITE, unknown))))
    when = at()
    odd = msgspec.structs.replace(_WHITE, unit="10)/mm)")
    yield _hl7(when, XN1000.name, "AE", message(XN1000, "F0002", when, patient, order(when, "unit", (odd,))))
    when = at()
    good = message(BF6900, "F0003", when, patient, order(when, "charset", (_WHITE,)))
    # Says UTF-8 and is GB 18030: the name is no UTF-8, and what cannot be read is not guessed.
    yield _hl7(when, BF6900.name, "AE", good.replace(b"GB 18030-2000", b"UNICODE UTF-8"))
    when = at()
    good = message(LIS, "F0004", when, patient, order(when, "type", (_WHITE,)))
    yield _hl7(when, LIS.name, "AR", good.replace(b"ORU^R01^ORU_R01", b"ADT^A01^ADT_A01"))
    when = at()
    good = message(LIS, "F0005", when, patient, order(when, "training", (_WHITE,)))
    yield _hl7(when, LIS.name, "AR", good.replace(b"|F0005|P|", b"|F0005|T|"))
    yield from _of_strangers(seed, at, order)
    yield from _forms(seed, at)


def _of_strangers(seed: int, at, order) -> Iterator[Planned]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Good messages about patients who are never screened: they wait for ever."""
    for number in (1, 2):
        when = at()
        stranger: Patient = patient_of(seed, _UNKNOWN_PLACE + number)
        yield _hl7(
            when,
            XN1000.name,
            "AA",
            message(XN1000, f"W000{number}", when, stranger, order(when, f"stranger-{number}", (_WHITE,))),
        )


def _forms(seed: int, at) -> Iterator[Planned]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """A date that no clock has reached, and a field that no form has."""
    documents = (
        {"contact": {"happened": "2999-01-01", "means": "telephone"}},
        {"contact": {"happened": "2024-05-05", "means": "telephone", "mood": "good"}},
    )
    for number, parts in enumerate(documents):
        when = at()
        document = {
            "form_id": f"fault-{seed}-{number:04d}",
            "actor": "coordinator-01",
            "actor_role": "coordinator",
            "recorded_at": when.isoformat(timespec="minutes"),
            "subject": "S-001",
            **parts,
        }
        yield Planned(at=when, door="form", channel="followup", raw=msgspec.json.encode(document), expected="422")


def _hl7(at: dt.datetime, channel: str, expected: str, raw: bytes) -> Planned:
    return Planned(at=at, door="hl7", channel=channel, raw=raw, expected=expected)  # type: ignore[arg-type]
