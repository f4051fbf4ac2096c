"""Text to segments, fields, components: HL7 v2's encoding rules, with the place of everything. Pure.

Whatever the text is, it is read or refused with `RefusedError`. Positions are HL7's own, counted from 1.
"""

import re
from collections import Counter

import msgspec

from producers.hl7.charsets import codec_of
from producers.hl7.problems import Place, Problem, RefusedError

_SEGMENT_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]")
_BREAK = re.compile(r"\r\n|\r|\n")


class Separators(msgspec.Struct, frozen=True):
    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"


class Segment(msgspec.Struct, frozen=True):
    """``fields`` are raw: ``fields[0]`` is the name, except in MSH, where it is the name and MSH-1 the separator."""

    name: str
    number: int
    fields: tuple[str, ...]
    separators: Separators

    def raw(self, field: int) -> str:
        """A field as it was sent, empty where it was not."""
        return self.fields[field] if field < len(self.fields) else ""

    def repetitions(self, field: int) -> list[str]:
        """The repetitions of a field as they were sent, empty ones left out."""
        return [each for each in self.raw(field).split(self.separators.repetition) if each]

    def component(self, field: int, component: int = 1, subcomponent: int = 1) -> str:
        """A part of the field's first repetition, escapes resolved, blanks around it taken off; empty where absent."""
        repetitions = self.repetitions(field)
        return self.part(repetitions[0], component, subcomponent) if repetitions else ""

    def part(self, repetition: str, component: int = 1, subcomponent: int = 1) -> str:
        """The same, of one repetition."""
        components = repetition.split(self.separators.component)
        if component > len(components):
            return ""
        parts = components[component - 1].split(self.separators.subcomponent)
        return unescaped(parts[subcomponent - 1], self.separators).strip() if subcomponent <= len(parts) else ""

    def components(self, repetition: str) -> int:
        """How many components a repetition has, empty ones at the end left out."""
        return len(repetition.rstrip(self.separators.component).split(self.separators.component))

    def place(self, field: int = 0, component: int = 0) -> Place:
        return Place(self.name, self.number, field, component)

    def demand(self, field: int, *, length_max: int = 200) -> str:
        """The first component, which must be there and not be longer. Raises RefusedError."""
        value = self.component(field)
        if not value:
            raise RefusedError(Problem.FIELD_MISSING, self.place(field))
        if len(value) > length_max:
            raise RefusedError(Problem.FIELD_TOO_LONG, self.place(field))
        return value


def read_header(raw: bytes) -> tuple[Segment, str]:
    """MSH and Python's name of the message's character set. Raises RefusedError.

    MSH is read here as Latin-1, to find MSH-18 and to answer by MSH-10 whatever the rest is.
    """
    header = header_of(raw)
    codec = codec_of(header.raw(18))
    if codec is None:
        raise RefusedError(Problem.CHARSET, header.place(18))
    return header, codec


def header_of(raw: bytes) -> Segment:
    """MSH, read as Latin-1. Raises RefusedError where the message does not begin with one."""
    text = _BREAK.split(raw.lstrip(b"\r\n").decode("latin-1"), maxsplit=1)[0]
    if len(text) < 4 or not text.startswith("MSH"):
        raise RefusedError(Problem.NOT_HL7, Place("MSH"))
    return _header(text)


def read_segments(raw: bytes) -> tuple[Segment, ...]:
    """All segments. Raises RefusedError."""
    first, codec = read_header(raw)
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError as error:
        raise RefusedError(Problem.CHARSET, first.place(18)) from error
    segments: list[Segment] = []
    numbers: Counter[str] = Counter()
    for line in _BREAK.split(text.lstrip("\r\n")):
        if not line.strip():
            continue
        name = line[:3]
        if not _SEGMENT_NAME.fullmatch(name) or line[3:4] not in ("", first.separators.field):
            raise RefusedError(
                Problem.SEGMENT, Place(segments[-1].name, segments[-1].number) if segments else Place("MSH")
            )
        numbers[name] += 1
        segment = _header(line) if not segments else _segment(line, numbers[name], first.separators)
        if segments and name == "MSH":
            raise RefusedError(Problem.SEQUENCE, segment.place())
        if _CONTROL.search(line):
            raise RefusedError(Problem.CONTROL_CHARACTER, segment.place())
        segments.append(segment)
    return tuple(segments)


def unescaped(text: str, separators: Separators) -> str:
    r"""Escape sequences of separators and of printable hexadecimal resolved, highlighting taken out, others left.

    >>> unescaped(r"a\S\b\X41\ \X00\ \.br\ ", Separators())
    'a^bA \\X00\\ \\.br\\ '
    """
    if separators.escape not in text:
        return text
    mark = re.escape(separators.escape)
    return re.sub(f"{mark}([^{mark}]*){mark}", lambda found: _resolved(found, separators), text)


def escaped(text: str, separators: Separators) -> str:
    """Text that can stand in a subcomponent."""
    letters = {
        separators.escape: "E",
        separators.field: "F",
        separators.component: "S",
        separators.subcomponent: "T",
        separators.repetition: "R",
    }
    mark = separators.escape
    return "".join(f"{mark}{letters[each]}{mark}" if each in letters else each for each in text)


def _resolved(found: re.Match[str], separators: Separators) -> str:
    said = found.group(1)
    named = {
        "F": separators.field,
        "S": separators.component,
        "T": separators.subcomponent,
        "R": separators.repetition,
        "E": separators.escape,
        "H": "",
        "N": "",
    }
    if said in named:
        return named[said]
    if re.fullmatch(r"X(?:[2-6][0-9A-Fa-f]|7[0-9A-Ea-e])+", said):
        return bytes.fromhex(said[1:]).decode("ascii")
    return found.group(0)


def _header(line: str) -> Segment:
    """MSH. MSH-1 is the separator itself, so MSH-2 is what follows it."""
    field = line[3]
    fields = line.split(field)
    given = fields[1] if len(fields) > 1 else ""
    # A fifth character (the truncation character of version 2.7) is read over.
    marks = (field, *given[:4])
    if (
        len(given) not in (4, 5)
        or len(set(marks)) != len(marks)
        or any(each.isalnum() or not each.isprintable() or each.isspace() or ord(each) > 126 for each in marks)
    ):
        raise RefusedError(Problem.ENCODING_CHARACTERS, Place("MSH", 1, 2))
    return Segment("MSH", 1, ("MSH", field, *fields[1:]), Separators(*marks))


def _segment(line: str, number: int, separators: Separators) -> Segment:
    fields = tuple(line.split(separators.field))
    return Segment(fields[0], number, fields, separators)
