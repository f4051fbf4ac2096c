"""What an edit check finds. No part of a finding is a patient's value."""

import datetime as dt
import enum

import msgspec

from schemas.settlement import Entry


class Severity(enum.StrEnum):
    """How much a finding weighs.

    An error cannot be right as it stands, or something is not there that has to be. A warning may be right: somebody
    looks at the source, and corrects it or confirms it as entered.
    """

    ERROR = "error"
    WARNING = "warning"


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """One place in the record at which a rule is broken.

    ``entries`` are the ids concerned, sorted. ``field`` is the field of their facts that is doubted, ``happened`` for
    the time of the fact and ``recorded_at`` for that of its recording. ``on`` is the day that it is about, None where
    the record has none. ``about`` tells apart what one rule doubts of the same entries, such as a visit's id; it is
    empty where there can be only one.
    """

    entries: tuple[str, ...]
    field: str
    on: dt.date | None
    about: str = ""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A doubt with the rule that has it. Fields as in `Doubt`."""

    rule: str
    severity: Severity
    entries: tuple[str, ...]
    field: str
    on: dt.date | None
    about: str


def doubt(field: str, *entries: Entry, about: str = "") -> Doubt:
    """A doubt about these entries, on the last of their days."""
    return Doubt(
        entries=tuple(sorted(entry.id for entry in entries)),
        field=field,
        on=max(entry.happened.on for entry in entries),
        about=about,
    )
