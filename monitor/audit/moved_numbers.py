"""Numbers that moved: old and new side by side, each a door to who stands behind it. Pure."""

from collections.abc import Iterable

import msgspec
from markupsafe import Markup

from analytics.numbers import Moved
from monitor.audit import addresses
from monitor.audit.numbers_words import said, title
from monitor.marks import Marks
from monitor.words import Words

_DRAWN = (".curve", ".marks.", ".cumulative", "enrolment.on", "enrolment.last_subject", "accrual.intervals")
"""What only a drawing is made of: the same change said once more."""


class MovedRow(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    title: str
    old: str
    new: str
    address: str
    mark: Markup | None


def moved_rows(moved: Iterable[Moved], marks: Marks, words: Words) -> tuple[MovedRow, ...]:
    """In the order of the snapshot; without what only a drawing is made of."""
    return tuple(
        MovedRow(
            name=each.name,
            title=title(each.name, words),
            old=said(each.name, each.old, words),
            new=said(each.name, each.new, words),
            address=addresses.number(each.name),
            mark=marks.of(each.name),
        )
        for each in moved
        if not any(part in each.name for part in _DRAWN)
    )
