"""The structure of an ORU^R01: one patient, orders, each with its results and specimens. Pure."""

from collections.abc import Sequence

import msgspec

from producers.hl7.problems import Place, Problem, RefusedError
from producers.hl7.wire import Segment

RESULTS_MAX = 1000


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """An OBX and the notes that follow it."""

    observation: Segment
    notes: list[Segment] = []


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An OBR with the OBX and SPM segments up to the next one, in any order: version 2.5.1 has SPM after OBX."""

    request: Segment
    results: list[Result] = []
    specimens: list[Segment] = []


def patient_of(segments: Sequence[Segment]) -> Segment:
    """The one PID. Raises RefusedError."""
    found = [segment for segment in segments if segment.name == "PID"]
    if not found:
        raise RefusedError(Problem.SEGMENT_MISSING, Place("PID"))
    if len(found) > 1:
        raise RefusedError(Problem.SEVERAL_PATIENTS, found[1].place())
    return found[0]


def hospital_number_of(patient: Segment) -> str:
    """PID-3: the repetition that calls itself a medical record number, else the first. Raises RefusedError."""
    repetitions = patient.repetitions(3)
    numbers = [each for each in repetitions if patient.part(each, 5) in ("MR", "PI")] + repetitions
    number = next((said for each in numbers if (said := patient.part(each))), "")
    if not number or number == '""':
        raise RefusedError(Problem.FIELD_MISSING, patient.place(3))
    if len(number) > 64:
        raise RefusedError(Problem.FIELD_TOO_LONG, patient.place(3))
    return number


def orders_of(segments: Sequence[Segment]) -> list[Order]:
    """The orders with their results. Raises RefusedError where there is none, or a result stands before its order."""
    orders: list[Order] = []
    results = 0
    # Notes belong to the segment before them; only those on a result are read.
    notes: list[Segment] = []
    for segment in segments[1:]:
        match segment.name:
            case "OBR":
                orders.append(Order(request=segment))
                notes = []
            case "OBX" | "SPM" if not orders:
                raise RefusedError(Problem.SEQUENCE, segment.place())
            case "OBX":
                result = Result(observation=segment)
                orders[-1].results.append(result)
                notes = result.notes
                results += 1
            case "SPM":
                orders[-1].specimens.append(segment)
                notes = []
            case "NTE":
                notes.append(segment)
            case _:
                pass
    if not orders:
        raise RefusedError(Problem.SEGMENT_MISSING, Place("OBR"))
    if results == 0:
        raise RefusedError(Problem.SEGMENT_MISSING, Place("OBX"))
    if results > RESULTS_MAX:
        raise RefusedError(Problem.TOO_MANY_RESULTS, Place("OBX", RESULTS_MAX + 1))
    return orders
