"""Folds the accepted records of one subject after the other, each subject's in the order of the commits. Pure.

What it makes of a subject is what the live writer made of it, batch by batch: the same code carries the states, and
what an event changed does not depend on what came in the same batch. Memory holds one subject's history, never two.
"""

from collections.abc import Callable, Iterable, Iterator

from projections.arrivals import Arrived, arrived
from projections.by_subject import Accepted
from projections.carrying import Carried
from projections.replay.errors import Unreadable
from projections.replay.shadow_rows import entry_row, subject_row, trail_row
from schemas.admission import key_of
from schemas.codec import decode
from schemas.outcomes import Undecodable
from schemas.settlement import Entry
from schemas.study import StudyDefinition
from schemas.subject import SubjectState

Row = tuple[str, bytes]
"""A shadow table, and one row of it."""


def rows_of_subjects(records: Iterable[Accepted], study: StudyDefinition) -> Iterator[Row]:
    """The rows of all three tables, as they come to be.

    ``records`` are those of a subject (by their keys) all together, in the order of commits and, within one, of
    offsets. Raises Unreadable.
    """
    key: bytes | None = None
    history = _History(study)
    for accepted in records:
        if accepted.key != key:
            yield from history.finish()
            key, history = accepted.key, _History(study)
        yield from history.take(accepted)
    yield from history.finish()


def read_accepted(accepted: Accepted) -> Arrived:
    """The event of an accepted record. Raises Unreadable with the record's place and the decoder's reason."""
    event = decode(accepted.value)
    if isinstance(event, Undecodable):
        raise Unreadable(
            f"{accepted} was accepted, and this code cannot read it ({event}): what was rebuilt so far is thrown away; "
            "live stays as it is"
        )
    if accepted.key != key_of(event.subject):
        raise Unreadable(
            f"{accepted} was accepted, and lies under another key than its subject's: run `trialog ledger verify`"
        )
    return arrived(event)


class _History:
    """One subject's entries; what is about no subject, and oversight facts, go straight through."""

    def __init__(self, study: StudyDefinition) -> None:
        self._study = study
        self._carried: Carried | None = None
        self._entries: list[tuple[Accepted, Arrived]] = []

    def take(self, accepted: Accepted) -> Iterator[Row]:
        each = read_accepted(accepted)
        if not each.is_of_a_subject or each.event.subject is None:
            yield "audit_trail", trail_row(accepted, each, [])
            yield "entries", entry_row(accepted, each, None)
            return
        if self._carried is None:
            self._carried = from_nothing(each.event.subject, self._study)
        yield "audit_trail", trail_row(accepted, each, self._carried.take(each))
        if each.entry is None:
            yield "entries", entry_row(accepted, each, None)
        else:
            self._entries.append((accepted, each))

    def finish(self) -> Iterator[Row]:
        """How each entry stands at last, and the state. Nothing where no event has a part in a state."""
        if self._carried is None:
            return
        self._carried.finish()
        touched: dict[str, Entry] = self._carried.touched
        for accepted, each in self._entries:
            yield "entries", entry_row(accepted, each, touched.get(each.event.id))
        yield "subjects", subject_row(self._carried.state, self._carried.status, self._carried.reached())


def from_nothing(subject: str, study: StudyDefinition) -> Carried:
    """A subject of whom nothing was said yet."""
    nothing_stands: Callable[[], Iterable[Entry]] = tuple
    return Carried(SubjectState(subject=subject), study, (), nothing_stands)
