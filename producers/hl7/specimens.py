"""The specimen of an order: accession number, matrix and clinical time, from SPM (2.5.1) or OBR-15 (2.3.1). Pure."""

import datetime as dt
from types import MappingProxyType

import msgspec

from producers.hl7.orders import Order
from producers.hl7.problems import Place, Problem, RefusedError
from producers.hl7.times import time_in
from producers.hl7.wire import Segment
from schemas.events.lab import Matrix
from schemas.moments import Moment

# HL7 tables 0070 and 0487. Neither has a marrow supernatant, so that one is a local code.
MATRICES: MappingProxyType[str, Matrix] = MappingProxyType(
    {
        "": Matrix.UNKNOWN,
        "BLD": Matrix.WHOLE_BLOOD,
        "BLDA": Matrix.WHOLE_BLOOD,
        "BLDC": Matrix.WHOLE_BLOOD,
        "BLDCO": Matrix.WHOLE_BLOOD,
        "BLDV": Matrix.WHOLE_BLOOD,
        "WB": Matrix.WHOLE_BLOOD,
        "SER": Matrix.SERUM,
        "PLAS": Matrix.PLASMA,
        "PPP": Matrix.PLASMA,
        "MAR": Matrix.MARROW_ASPIRATE,
        "BMA": Matrix.MARROW_ASPIRATE,
        "BMSUP": Matrix.MARROW_SUPERNATANT,
    }
)


class Specimen(msgspec.Struct, frozen=True, kw_only=True):
    """``accession`` is None where the message names none; ``at`` where it does not say when the specimen was taken."""

    accession: str | None
    matrix: Matrix
    at: Moment | None
    described: bool


def specimen_of(order: Order, zone: dt.timezone, received_at: dt.datetime) -> Specimen:
    """The specimen of all results of an order. ``described`` says whether the message speaks of one at all.

    Raises RefusedError: several specimens, an unknown type, a time that is none.
    """
    collected = time_in(order.request, 7, zone, received_at)
    if len(order.specimens) > 1:
        raise RefusedError(Problem.SEVERAL_SPECIMENS, order.specimens[1].place())
    if order.specimens:
        spm = order.specimens[0]
        return Specimen(
            accession=_accession(spm) or _filler(order.request),
            matrix=_matrix(spm, 4),
            at=time_in(spm, 17, zone, received_at) or collected,
            described=True,
        )
    return Specimen(
        accession=_filler(order.request),
        matrix=_matrix(order.request, 15),
        at=collected,
        described=bool(order.request.component(15)) or collected is not None,
    )


def _matrix(segment: Segment, field: int) -> Matrix:
    code = segment.component(field)
    if code.upper() not in MATRICES:
        raise RefusedError(Problem.SPECIMEN_TYPE, segment.place(field))
    return MATRICES[code.upper()]


def _accession(spm: Segment) -> str | None:
    """SPM-2: the filler's number (its second component), else the placer's."""
    accession = spm.component(2, 2) or spm.component(2, 1)
    return _short(accession, spm.place(2))


def _filler(request: Segment) -> str | None:
    """OBR-3; analysers put the sample number there."""
    return _short(request.component(3), request.place(3))


def _short(accession: str, place: Place) -> str | None:
    if len(accession) > 64:
        raise RefusedError(Problem.FIELD_TOO_LONG, place)
    return accession or None
