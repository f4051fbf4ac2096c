"""One OBX to one reported result, by the study's code map and units. Pure."""

import datetime as dt
import hashlib
import re
from decimal import Decimal

import msgspec

from producers.hl7.notes import noted
from producers.hl7.orders import Result
from producers.hl7.problems import Problem, RefusedError
from producers.hl7.specimens import Specimen
from producers.hl7.times import time_in
from producers.hl7.values import quantity_of_field, quantity_of_structured
from producers.hl7.wire import Segment
from producers.message import Draft
from producers.units import factor_for
from schemas.events.lab import ResultReported, ResultStatus
from schemas.moments import Moment
from schemas.quantities import NO_NUMBER, Quantity, Unread, interval_of_text
from schemas.study import Analyte, CodeRow, StudyDefinition
from schemas.units import UnitProblem, converted, folded

# 10^9/L, /mm^3
_BEFORE_A_POWER = re.compile(r"[xX*]?10|.*/\s*mm")
_CODING_SYSTEMS = {"LOINC": "LN", "LNC": "LN"}


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """What all results of an order have in common. ``order`` names it: OBR-3, else OBR-2."""

    study: StudyDefinition
    source: str
    sender: str
    received_at: dt.datetime
    request: Segment
    order: str
    specimen: Specimen


def draft_of(result: Result, sending: Sending) -> Draft | None:
    """The draft of a result, None where the study ignores its code. Raises RefusedError."""
    obx = result.observation
    found = _coded(obx, sending)
    if found is None:
        return None
    row, code, system = found
    analyte = sending.study.analyte(row.analyte)
    assert analyte is not None, "the study's code map names its own analytes"
    status = _status(obx)
    quantity, text = _quantity(obx)
    limits = noted(result.notes)
    factor, spelling = _unit(obx, analyte, needed=quantity.number is not None)
    printed = _reference_range(obx)
    normal = interval_of_text(printed)
    happened = _happened(obx, sending)
    device = obx.demand(18) if obx.component(18) else None
    facts = ResultReported(
        analyte=analyte.id,
        bound=quantity.bound,
        number=_scaled(quantity.number, factor),
        unit=analyte.unit,
        text=text,
        unit_sent=spelling,
        matrix=sending.specimen.matrix,
        status=status,
        series=_series(obx, sending, code, system, happened),
        code=code,
        code_system=system,
        specimen=sending.specimen.accession,
        lower_limit=_scaled(limits.lower_limit, factor),
        upper_limit=_scaled(limits.upper_limit, factor),
        method=_verbatim(obx, 17),
        device=device,
        dilution=limits.dilution,
        reference_range=printed[:200] or None,
        reference_min=_scaled(normal.low, factor),
        reference_max=_scaled(normal.high, factor),
        flags="~".join(obx.part(each) for each in obx.repetitions(8)) or None,
    )
    return Draft(
        facts=facts,
        happened=happened,
        recorded_at=_recorded_at(obx, sending, happened),
        actor=device or sending.sender,
        actor_role="device",
    )


def _coded(obx: Segment, sending: Sending) -> tuple[CodeRow, str, str] | None:
    """The code map's row for OBX-3 or its alternate code. None where the study ignores the code."""
    if not obx.component(3):
        raise RefusedError(Problem.FIELD_MISSING, obx.place(3))
    coded = [(obx.component(3, at), obx.component(3, at + 2)) for at in (1, 4)]
    known = False
    for code, named in coded:
        system = _CODING_SYSTEMS.get(named.upper(), named)
        for row in sending.study.codes:
            if (row.code, row.system) != (code, system):
                continue
            known = True
            if not row.matrices or sending.specimen.matrix in row.matrices:
                return row, code, system
    if known:
        raise RefusedError(Problem.MATRIX, obx.place(3))
    if any(code in sending.study.ignored_codes for code, _ in coded if code):
        return None
    raise RefusedError(Problem.UNKNOWN_CODE, obx.place(3))


def _status(obx: Segment) -> ResultStatus:
    said = obx.component(11)
    if not said:
        raise RefusedError(Problem.FIELD_MISSING, obx.place(11))
    try:
        return ResultStatus(said)
    except ValueError as error:
        raise RefusedError(Problem.STATUS, obx.place(11)) from error


def _quantity(obx: Segment) -> tuple[Quantity, str]:
    """The quantity, and OBX-5 as it was sent."""
    repetitions = obx.repetitions(5)
    text = obx.raw(5)
    if len(repetitions) > 1 or len(text) > 200:
        raise RefusedError(Problem.VALUE, obx.place(5))
    if not repetitions:
        return NO_NUMBER, text
    read: Quantity | Unread
    match obx.component(2):
        case "SN":
            rest = "".join(obx.part(repetitions[0], each) for each in range(3, obx.components(repetitions[0]) + 1))
            read = quantity_of_structured(obx.component(5, 1), obx.component(5, 2), rest)
        case "NM" | "ST":
            if obx.components(repetitions[0]) > 1:
                raise RefusedError(Problem.VALUE, obx.place(5))
            read = quantity_of_field(obx.component(5))
        case _:
            raise RefusedError(Problem.VALUE_TYPE, obx.place(2))
    if isinstance(read, Unread):
        raise RefusedError(Problem.VALUE, obx.place(5), because=read)
    return read, text


def _unit(obx: Segment, analyte: Analyte, *, needed: bool) -> tuple[Decimal | None, str]:
    """The factor and the spelling that was sent. A result without a number needs no unit, but may have no wrong one.

    Where it has none, the factor is None and not 1: limits and ranges in a unit that nobody names are not kept.
    """
    spelling = obx.component(6)
    if _BEFORE_A_POWER.fullmatch(folded(spelling)):
        # Analysers write 10^9/L without escaping the component separator, so the whole field is the spelling.
        spelling = obx.raw(6).strip()
    if not needed and not spelling:
        return None, spelling
    factor = factor_for(analyte, spelling)
    if isinstance(factor, UnitProblem):
        raise RefusedError(Problem.UNKNOWN_UNIT, obx.place(6), because=factor)
    return factor, spelling


def _scaled(number: Decimal | None, factor: Decimal | None) -> Decimal | None:
    return None if number is None or factor is None else converted(number, factor)


def _reference_range(obx: Segment) -> str:
    """OBX-7 as it was sent. A tilde between two numbers, not escaped, is one range and not two."""
    return obx.raw(7).strip() if len(obx.repetitions(7)) > 1 else obx.component(7)


def _happened(obx: Segment, sending: Sending) -> Moment:
    """The specimen's clinical time (SPM-17, OBR-7), else OBX-14, which means the same for one result."""
    if sending.specimen.at is not None:
        return sending.specimen.at
    observed = time_in(obx, 14, sending.study.tzinfo, sending.received_at)
    if observed is None:
        raise RefusedError(Problem.FIELD_MISSING, sending.request.place(7))
    return observed


def _recorded_at(obx: Segment, sending: Sending, happened: Moment) -> dt.datetime:
    """When the laboratory said this: the later of OBX-19 and OBR-22, else when it got the specimen (OBR-14).

    A correction of what was typed moves OBR-22 only, an analysis done again OBX-19 only; the version recorded last is
    in force. MSH-7 is not asked: sending again changes it, and must change nothing here.
    """
    zone, received_at = sending.study.tzinfo, sending.received_at
    said = [time_in(obx, 19, zone, received_at), time_in(sending.request, 22, zone, received_at)]
    at = [moment.at for moment in said if moment is not None]
    if not at and (got := time_in(sending.request, 14, zone, received_at)) is not None:
        at = [got.at]
    return max([*at, happened.at])


def _series(obx: Segment, sending: Sending, code: str, system: str, happened: Moment) -> str:
    """Sender, order, code, sub-id, date. Analysers count orders from 1 every day, so the date belongs to it.

    An order without a number is named by its clinical time, else two of one day would replace each other.
    """
    order = sending.order or sending.specimen.accession or str(happened)
    said = "\x1f".join((sending.source, order, code, system, obx.component(4), happened.on.isoformat()))
    return hashlib.sha256(said.encode()).hexdigest()[:40]


def _verbatim(obx: Segment, field: int) -> str | None:
    """A field's first component, cut at 200 characters; None where it is empty."""
    return obx.component(field)[:200] or None
