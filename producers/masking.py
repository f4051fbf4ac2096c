"""What may be shown of a message that a door refused: its structure, never what it says. Pure."""

import re

from producers.forms.documents import CorrectionForm, EnrolmentForm, FollowupForm
from schemas.masking import masked, names_of

_SEGMENTS = frozenset(
    ["MSH", "SFT", "PID", "PD1", "NK1", "NTE", "PV1", "PV2", "ORC", "OBR", "TQ1", "CTD", "OBX", "FT1", "CTI", "SPM"]
)
_SAID = re.compile(r"[^|^~\\&]+")
_LINES = re.compile(r"\r\n|\r|\n")

MASK = "·"


def masked_message(kind: str, raw: bytes) -> str:
    """``kind`` is the intake's, such as "hl7" or "form/enrolment"."""
    if kind == "hl7":
        return _masked_segments(raw)
    return masked(raw, names_of([EnrolmentForm, FollowupForm, CorrectionForm]))


def _masked_segments(raw: bytes) -> str:
    """Every segment that HL7 knows by its name, its separators as they are, and a mark for whatever stands between.

    As bytes, whatever character set it was sent in: a mark stands for any number of them.
    """
    return "\n".join(_masked_segment(line) for line in _LINES.split(raw.decode("latin-1").strip("\x0b\x1c\r\n")))


def _masked_segment(line: str) -> str:
    name, rest = line[:3], line[3:]
    if name not in _SEGMENTS or rest[:1] not in ("", "|"):
        return f"‹no known segment, {len(line)} bytes›"
    return name + _SAID.sub(MASK, rest)
