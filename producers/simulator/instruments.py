"""HL7 v2 messages as the simulated instruments write them: two analysers (2.3.1) and a laboratory system (2.5.1)."""

import datetime as dt
from collections.abc import Sequence

import msgspec

from producers.simulator.bloods import Counts
from producers.simulator.patients import Patient

CHARSETS = {"GB 18030-2000": "gb18030", "UNICODE UTF-8": "utf-8"}


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """``charset`` is the name in MSH-18. ``count_unit`` and ``haemoglobin_unit`` are spelled as the instrument does."""

    name: str
    version: str
    charset: str
    count_unit: str = ""
    haemoglobin_unit: str = ""
    haemoglobin_per_g_per_l: float = 1.0


BF6900 = Instrument(
    name="BF-6900", version="2.3.1", charset="GB 18030-2000", count_unit="10*3/uL", haemoglobin_unit="g/L"
)
XN1000 = Instrument(
    name="XN-1000",
    version="2.3.1",
    charset="UNICODE UTF-8",
    count_unit="x10^9/L",
    haemoglobin_unit="g/dL",
    haemoglobin_per_g_per_l=0.1,
)
LIS = Instrument(name="LIS-A", version="2.5.1", charset="UNICODE UTF-8")


def channel_of(instrument: Instrument, patient: Patient) -> str:
    """The connection of an instrument: each site has its own."""
    return f"{patient.site}/{instrument.name}"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One OBX. ``value`` is as it is sent: a number, or "^"-parts for a structured one (type SN)."""

    type: str
    code: str
    value: str
    unit: str = ""
    normal: str = ""
    sub_id: str = ""
    notes: tuple[str, ...] = ()


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One report. ``number`` is the filler order; times are local; ``specimen`` is a code with its text."""

    number: str
    panel: str
    collected_at: dt.datetime
    reported_at: dt.datetime
    specimen: tuple[str, str]
    accession: str
    status: str
    lines: tuple[Line, ...]


def message(instrument: Instrument, control_id: str, sent_at: dt.datetime, patient: Patient, order: Order) -> bytes:
    """The message's bytes in the instrument's charset, segments ended by carriage returns, without MLLP's frame."""
    text = "\r".join(_segments(instrument, control_id, sent_at, patient, order)) + "\r"
    return text.encode(CHARSETS[instrument.charset])


def counted(instrument: Instrument, counts: Counts) -> tuple[Line, ...]:
    """A complete blood count, with more numbers than a study needs."""
    unit = instrument.count_unit
    haemoglobin = counts.haemoglobin * instrument.haemoglobin_per_g_per_l
    digits = 1 if instrument.haemoglobin_per_g_per_l != 1 else 0
    erythrocytes = counts.haemoglobin / 30.5
    return (
        Line(type="IS", code="08001^Take Mode^99MRC", value="O"),
        Line(type="NM", code="6690-2^WBC^LN", value=f"{counts.leucocytes:.2f}", unit=unit, normal="3.50-9.50"),
        Line(type="NM", code="751-8^NEU#^LN", value=f"{counts.neutrophils:.2f}", unit=unit, normal="1.80-6.30"),
        Line(type="NM", code="789-8^RBC^LN", value=f"{erythrocytes:.2f}", unit="10*12/L", normal="3.80-5.80"),
        Line(
            type="NM",
            code="718-7^HGB^LN",
            value=f"{haemoglobin:.{digits}f}",
            unit=instrument.haemoglobin_unit,
            normal="115-175" if digits == 0 else "11.5-17.5",
        ),
        Line(type="NM", code="4544-3^HCT^LN", value=f"{counts.haemoglobin * 0.302:.1f}", unit="%", normal="35.0-50.0"),
        Line(type="NM", code="777-3^PLT^LN", value=f"{counts.platelets:.0f}", unit=unit, normal="125-350"),
    )


def _segments(
    instrument: Instrument, control_id: str, sent_at: dt.datetime, patient: Patient, order: Order
) -> Sequence[str]:
    modern = instrument.version == "2.5.1"
    site = patient.site
    type_ = "ORU^R01^ORU_R01" if modern else "ORU^R01"
    msh = (
        f"MSH|^~\\&|{instrument.name}|{site}|TRIALOG|{site}|{_written(sent_at)}||{type_}|{control_id}|P"
        f"|{instrument.version}||||||{instrument.charset}"
    )
    pid = f"PID|1||{patient.hospital_number}^^^{site}^MR||{patient.name}||{patient.born}|{patient.sex}"
    # OBR-15 (specimen) until 2.3.1; from 2.5 on the specimen has a segment of its own. OBR-22: when it was reported.
    source = "" if modern else "^".join(order.specimen)
    obr = (
        f"OBR|1||{order.number}|{order.panel}|||{_written(order.collected_at)}||||||||{source}|||||||"
        f"{_written(order.reported_at)}|||{order.status}"
    )
    obx = [each for place, line in enumerate(order.lines, start=1) for each in _obx(place, line, order, instrument)]
    if not modern:
        return [msh, pid, obr, *obx]
    code, text = order.specimen
    times = f"{_written(order.collected_at)}|{_written(order.reported_at)}"
    spm = f"SPM|1|{order.accession}&{site}||{code}^{text}^HL70487|||||||||||||{times}"
    return [msh, pid, obr, *obx, spm]


def _obx(place: int, line: Line, order: Order, instrument: Instrument) -> list[str]:
    """The result and its notes."""
    obx = (
        f"OBX|{place}|{line.type}|{line.code}|{line.sub_id}|{line.value}|{line.unit}|{line.normal}||||{order.status}"
        f"|||{_written(order.collected_at)}||||{instrument.name}"
    )
    return [obx, *(f"NTE|{number}|L|{note}" for number, note in enumerate(line.notes, start=1))]


def _written(at: dt.datetime) -> str:
    """To the second, without an offset: such a time is meant in the study's zone."""
    return at.strftime("%Y%m%d%H%M%S")
