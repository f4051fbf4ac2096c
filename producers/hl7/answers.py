"""The acknowledgement of a message. Pure.

MSA-2 echoes MSH-10 as it was sent, in the sender's own separators and character set. ERR says where, in the form of the
message's version: ERR-1 in 2.3.1, ERR-2, 3, 4, 7 and 8 in 2.5.1.
"""

import datetime as dt

from producers.hl7.charsets import codec_of
from producers.hl7.problems import Condition, Place, RefusedError, condition_of
from producers.hl7.wire import Segment, Separators, escaped, header_of
from producers.message import Accepted, Refusal
from schemas.study import StudyDefinition

APPLICATION = "TRIALOG"
_NO_HEADER = Segment("MSH", 1, ("MSH", "|", "^~\\&"), Separators())
_OLD = "2.3.1"
_NEW = "2.5.1"


def answer_to(
    raw: bytes, said: Accepted | Refusal, *, study: StudyDefinition, at: dt.datetime, control_id: str
) -> bytes:
    """The ACK for a message, without its frame. ``raw`` may be anything, or only the message's beginning.

    It comes from the sender's own site, where the message names one of the study's; else from the study's first.
    """
    try:
        header = header_of(raw)
    except RefusedError:
        header = _NO_HEADER
    version = _OLD if header.component(12) == _OLD else _NEW
    site = study.site(header.component(4)) or study.sites[0]
    lines = [_msh(header, version, site.id, at, control_id), _msa(header, said)]
    if isinstance(said, Refusal):
        lines.append(_err(header.separators, version, said))
    text = "\r".join(lines) + "\r"
    # What is echoed was read as Latin-1, byte for byte, and goes back the same way, whatever its character set; what
    # this door says is ASCII.
    return text.encode("latin-1", errors="replace")


def _msh(header: Segment, version: str, facility: str, at: dt.datetime, control_id: str) -> str:
    marks = header.separators
    kind = ["ACK", "R01"] if version == _OLD else ["ACK", "R01", "ACK"]
    charset = header.raw(18) if codec_of(header.raw(18)) is not None else ""
    fields = [
        "MSH" + marks.field + marks.component + marks.repetition + marks.escape + marks.subcomponent,
        escaped(APPLICATION, marks),
        escaped(facility, marks),
        _echo(header.raw(3)),
        _echo(header.raw(4)),
        at.strftime("%Y%m%d%H%M%S%z"),
        "",
        marks.component.join(kind),
        control_id,
        _echo(header.raw(11)) or "P",
        version,
        *([""] * 5),
        _echo(charset),
    ]
    return marks.field.join(fields).rstrip(marks.field)


def _msa(header: Segment, said: Accepted | Refusal) -> str:
    marks = header.separators
    if isinstance(said, Refusal):
        fields = ["MSA", said.ack, _echo(header.raw(10)), escaped(said.text, marks)]
    else:
        fields = ["MSA", "AA", _echo(header.raw(10))]
    return marks.field.join(fields)


def _err(marks: Separators, version: str, refusal: Refusal) -> str:
    place = next((each for each in refusal.details if isinstance(each, Place)), None)
    condition = condition_of(refusal)
    if version == _OLD:
        return marks.field.join(["ERR", _location_old(place, condition, marks)])
    number, text = condition.value
    fields = [
        "ERR",
        "",
        _location(place, marks),
        marks.component.join([str(number), escaped(text, marks), "HL70357"]),
        "E",
        "",
        "",
        escaped(refusal.problem, marks),
        escaped(refusal.text, marks),
    ]
    return marks.field.join(fields)


def _location(place: Place | None, marks: Separators) -> str:
    """ERL: segment, which one, field, repetition, component; empty where the whole message is meant."""
    if place is None:
        return ""
    parts = [place.segment, str(place.number or 1)]
    if place.field:
        parts.append(str(place.field))
    if place.component:
        parts += ["1", str(place.component)]
    return marks.component.join(parts)


def _location_old(place: Place | None, condition: Condition, marks: Separators) -> str:
    """ERR-1 of 2.3.1: segment, which one, field, and the condition as code, text and table."""
    number, text = condition.value
    parts = ["", "", ""] if place is None else [place.segment, str(place.number or 1), str(place.field or "")]
    code = marks.subcomponent.join([str(number), escaped(text, marks), "HL70357"])
    return marks.component.join([*parts, code])


def _echo(raw: str) -> str:
    """A field of the message as it was sent, without what cannot stand in an answer."""
    return "".join(each for each in raw[:200] if each >= " " and each != "\x7f")
