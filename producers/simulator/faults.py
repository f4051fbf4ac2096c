"""Messages that a door must refuse or flag, as real senders make them; each with the answer it should get."""

import datetime as dt
from collections.abc import Iterator

import msgspec

from producers.simulator.chance import Chance
from producers.simulator.instruments import BF6900, LIS, XN1000, Instrument, Line, Order, channel_of, message
from producers.simulator.patients import Patient, patient_of
from producers.simulator.planned import Expected, Planned
from producers.simulator.vocabulary import SPECIMENS, good_line
from schemas.events.lab import Matrix
from schemas.study import StudyDefinition

_UNKNOWN_PLACE = 990_000


def faulty(seed: int, study: StudyDefinition, ends_on: dt.date) -> Iterator[Planned]:
    """In no order of time. They are about the first screened patient where the fault is not the patient."""
    times = _times(seed, study, ends_on)
    if study.codes:
        yield from _refused(seed, study, times)
        yield from _of_strangers(seed, study, times)
    yield from _forms(seed, study, times)


def _refused(seed: int, study: StudyDefinition, times: Iterator[dt.datetime]) -> Iterator[Planned]:
    """An unknown code and unit, a charset that is not what it says, a message of another kind, and a training one."""
    patient = patient_of(seed, study, 1)
    good, matrix = good_line(study)

    def written(instrument: Instrument, name: str, *lines: Line) -> tuple[dt.datetime, bytes]:
        at = next(times)
        return at, message(instrument, name, at, patient, _order(at, name, matrix, lines))

    at, raw = written(BF6900, "F0001", good, Line(type="NM", code="99999-9^Mystery^LN", value="1.0", unit=good.unit))
    yield _hl7(at, BF6900, patient, "AE", raw)
    at, raw = written(XN1000, "F0002", msgspec.structs.replace(good, unit="1"))
    yield _hl7(at, XN1000, patient, "AE", raw)
    at, raw = written(BF6900, "F0003", good)
    # Says UTF-8 and is GB 18030: the name is no UTF-8, and what cannot be read is not guessed.
    yield _hl7(at, BF6900, patient, "AE", raw.replace(b"GB 18030-2000", b"UNICODE UTF-8"))
    at, raw = written(LIS, "F0004", good)
    yield _hl7(at, LIS, patient, "AR", raw.replace(b"ORU^R01^ORU_R01", b"ADT^A01^ADT_A01"))
    at, raw = written(LIS, "F0005", good)
    yield _hl7(at, LIS, patient, "AR", raw.replace(b"|F0005|P|", b"|F0005|T|"))


def _of_strangers(seed: int, study: StudyDefinition, times: Iterator[dt.datetime]) -> Iterator[Planned]:
    """Good messages about patients who are never screened: they wait for ever."""
    good, matrix = good_line(study)
    for number in (1, 2):
        at, name = next(times), f"W000{number}"
        stranger = patient_of(seed, study, _UNKNOWN_PLACE + number)
        raw = message(XN1000, name, at, stranger, _order(at, name, matrix, (good,)))
        yield _hl7(at, XN1000, stranger, "AA", raw)


def _forms(seed: int, study: StudyDefinition, times: Iterator[dt.datetime]) -> Iterator[Planned]:
    """A date that no clock has reached, and a field that no form has."""
    contacts = (
        {"happened": "2999-01-01", "means": "telephone"},
        {"happened": "2024-05-05", "means": "telephone", "mood": "good"},
    )
    for number, contact in enumerate(contacts):
        at = next(times)
        document = {
            "form_id": f"fault-{seed}-{number:04d}",
            "actor": "coordinator-01",
            "actor_role": "coordinator",
            "recorded_at": at.isoformat(timespec="minutes"),
            "subject": "S-001",
            "contact": contact,
        }
        if len(study.sites) > 1:
            document["site"] = study.sites[0].id
        yield Planned(at=at, door="form", channel="followup", raw=msgspec.json.encode(document), expected="422")


def _times(seed: int, study: StudyDefinition, ends_on: dt.date) -> Iterator[dt.datetime]:
    """Times within the last two years."""
    chance = Chance(seed, "faults")
    while True:
        on = ends_on - dt.timedelta(chance.whole(30, 700))
        yield dt.datetime.combine(on, dt.time(11, chance.whole(0, 59), chance.whole(0, 59)), study.tzinfo)


def _order(at: dt.datetime, name: str, matrix: Matrix, lines: tuple[Line, ...]) -> Order:
    return Order(
        number=name,
        panel="00001^Automated Count^99MRC",
        collected_at=at - dt.timedelta(hours=2),
        reported_at=at - dt.timedelta(minutes=3),
        specimen=SPECIMENS[matrix],
        accession=name,
        status="F",
        lines=lines,
    )


def _hl7(at: dt.datetime, instrument: Instrument, patient: Patient, expected: Expected, raw: bytes) -> Planned:
    return Planned(at=at, door="hl7", channel=channel_of(instrument, patient), raw=raw, expected=expected)
