"""Where things are: every link of the audit pages is made here. Pure."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from schemas.records import Position

SEARCH = "/audit"
SUBJECTS = "/audit/subjects"
NUMBERS = "/audit/numbers"
COMPARISON = "/audit/compare"
VERIFICATION = "/audit/verification"

_POSITION = re.compile(r"([A-Za-z0-9._-]{1,200})\[([0-9]{1,6})\]@([0-9]{1,18})")
_WHOLE = re.compile(r"[0-9]{1,18}")
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,200}")


def event(position: Position) -> str:
    return f"/audit/events/{quote(position.topic, safe='')}/{position.partition}/{position.offset}"


def subject(subject_id: str) -> str:
    return f"{SUBJECTS}/{quote(subject_id, safe='')}"


def number(name: str) -> str:
    return f"{NUMBERS}/{quote(name, safe='')}"


def search(asked: Mapping[str, str]) -> str:
    return f"{SEARCH}?{urlencode(asked)}" if asked else SEARCH


def comparison(asked: Mapping[str, str]) -> str:
    return f"{COMPARISON}?{urlencode(asked)}" if asked else COMPARISON


def position_in_path(topic: str, partition: str, offset: str) -> Position | None:
    """The position that the parts of an address name, None where they name none."""
    if not (_TOPIC.fullmatch(topic) and _WHOLE.fullmatch(partition) and _WHOLE.fullmatch(offset)):
        return None
    return Position(topic, int(partition), int(offset)) if int(partition) < 2**31 else None


def parse_position(text: str) -> Position | None:
    """A position as people copy it, such as nct06486350.lab[0]@12; None for anything else."""
    found = _POSITION.fullmatch(text.strip())
    return position_in_path(*found.groups()) if found else None


def short(position: Position) -> str:
    """Enough to tell positions of one study apart by eye.

    >>> short(Position("nct06486350.lab", 0, 12))
    'lab[0]@12'
    """
    return str(Position(position.topic.rpartition(".")[2], position.partition, position.offset))
