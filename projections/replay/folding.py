"""Folds the accepted records of one subject after the other, each subject's in the order of the commits. Pure.

What it makes of a subject is what the live writer made of it, batch by batch: the same code carries the states, and
what an event changed does not depend on what came in the same batch. Memory holds one subject's history, never two.
"""

from collections.abc import Iterable, Iterator

from projections.arrivals import Arrived, arrived
from projections.by_subject import Accepted
from projections.carrying import Carried
from projections.replay.errors import Unreadable
from projections.replay.shadow_rows import entry_row, subject_row, trail_row
from schemas.admission import key_of
from schemas.changes import Field
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
    history = History(study)
    for accepted in records:
        if accepted.key != key:
            yield from history.finish()
            key, history = accepted.key, History(study)
        each = read_accepted(accepted)
        yield from history.rows(accepted, each, history.carry(each))
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


class History:
    """One subject's entries; what is about no subject, and oversight facts, go straight through."""

    def __init__(self, study: StudyDefinition) -> None:
        self._study = study
        self._carried: Carried | None = None
        self._entries: list[tuple[Accepted, Arrived]] = []

    def carry(self, each: Arrived) -> list[Field]:
        """Moves the subject on by one event, and returns what that changed."""
        subject = each.event.subject
        if not each.is_of_a_subject or subject is None:
            return []
        if self._carried is None:
            self._carried = Carried(SubjectState(subject=subject), self._study, (), _nothing_stood)
        return self._carried.take(each)

    def rows(self, accepted: Accepted, each: Arrived, changes: list[Field]) -> Iterator[Row]:
        """The rows of an event that was carried. That of an entry waits for what later events say of it."""
        yield "audit_trail", trail_row(accepted, each, changes)
        if each.entry is None or each.event.subject is None:
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


def _nothing_stood() -> Iterable[Entry]:
    """Before its first event a subject has no entry."""
    return ()
