"""Brings filled shadow tables up to what was committed since: event by event, as the live writer carried them.

To fold again whoever has a new event would cost the whole rebuild where everybody has one. Here an event costs what it
costs the writer, and less: no chain, no claim of its id, no wait for the disk at each commit.
"""

from collections import defaultdict
from functools import partial
from typing import Any

import psycopg

from projections import statements
from projections.arrays import blobs, texts
from projections.arrivals import Arrived
from projections.batch_columns import subject_columns
from projections.by_subject import Accepted, accepted_in_order
from projections.carrying import Carried
from projections.linked import load_linked, load_standing
from projections.replay.filling import Copier, Filling
from projections.replay.folding import read_accepted
from projections.replay.shadow_rows import entry_row, trail_row
from projections.stored import restated_columns
from schemas.records import Position
from schemas.settlement import Entry
from schemas.study import StudyDefinition
from schemas.subject import FOLD_VERSION, SubjectState, decode_state, digest, encode_state

Connection = psycopg.Connection[Any]

ROWS_A_STEP = 2_000

_STATES = "SELECT subject, state FROM trial.subjects WHERE subject = ANY(%s::text[])"
_COMMITS = """
SELECT number, last_offset - first_offset + 1 FROM trial.commits WHERE number > %s AND number <= %s ORDER BY number
"""

_NOT_IN_A_BATCH = Position("", 0, 0)
"""What the shadow tables hold is earlier than all that is being followed: no row of theirs is left out."""


def steps(connection: Connection, since: int, until: int) -> list[int]:
    """The commits up to which one transaction each goes, a few thousand ledger rows apart; the last is ``until``."""
    ends, rows = [], 0
    for number, more in connection.execute(_COMMITS, (since, until)).fetchall():
        rows += more
        if rows >= ROWS_A_STEP:
            ends.append(number)
            rows = 0
    if until > since and (not ends or ends[-1] != until):
        ends.append(until)
    return ends


def follow(connection: Connection, filling: Filling, since: int, until: int) -> int:
    """Carries the shadow tables from commit ``since`` to ``until`` in one transaction; returns how many events came.

    ``connection`` is the owner's, set up by `projections.arrays.register`. Raises Unreadable.
    """
    records = filling.shadow.records if filling.from_log else None
    with connection.transaction():
        read = [(each, read_accepted(each)) for each in accepted_in_order(connection, since, until, records)]
        _Step(connection, filling).write(read)
    return len(read)


class _Step:
    """The events of some commits on their way into the shadow tables."""

    def __init__(self, connection: Connection, filling: Filling) -> None:
        self._connection = connection
        self._shadow = filling.shadow
        self._study: StudyDefinition = filling.study

    def write(self, read: list[tuple[Accepted, Arrived]]) -> None:
        by_subject: dict[str, list[Arrived]] = defaultdict(list)
        for _, each in read:
            if each.is_of_a_subject and each.event.subject is not None:
                by_subject[each.event.subject].append(each)
        carried = self._begin(by_subject)
        copier = Copier(self._connection, self._shadow)
        for accepted, each in read:
            of = each.event.subject
            changes = carried[of].take(each) if each.is_of_a_subject and of is not None else []
            copier.add("audit_trail", trail_row(accepted, each, changes))
        touched: dict[str, Entry] = {}
        for subject in carried.values():
            subject.finish()
            touched |= subject.touched
        for accepted, each in read:
            copier.add("entries", entry_row(accepted, each, touched.pop(each.event.id, None)))
        copier.flush()
        self._restate(list(touched.values()), list(carried.values()))

    def _begin(self, by_subject: dict[str, list[Arrived]]) -> dict[str, Carried]:
        subjects = sorted(by_subject)
        stored = dict(self._connection.execute(self._shadow.asked(_STATES), (subjects,)).fetchall())
        states = {
            subject: decode_state(stored[subject]) if subject in stored else SubjectState(subject=subject)
            for subject in subjects
        }
        held = {subject: state.tallies.held for subject, state in states.items()}
        linked, standing = self._shadow.asked(statements.LINKED), self._shadow.asked(statements.STANDING)
        known = load_linked(self._connection, _NOT_IN_A_BATCH, by_subject, held, linked)
        return {
            subject: Carried(
                state,
                self._study,
                known.get(subject, ()),
                partial(load_standing, self._connection, _NOT_IN_A_BATCH, subject, standing),
            )
            for subject, state in states.items()
        }

    def _restate(self, entries: list[Entry], subjects: list[Carried]) -> None:
        """Entries that were there before and stand otherwise now, and the states."""
        if entries:
            self._execute(statements.RESTATE_ENTRIES, restated_columns(entries))
        if subjects:
            states = [carried.state for carried in subjects]
            named = texts([state.subject for state in states])
            encoded, digests = (
                blobs([encode_state(state) for state in states]),
                texts([digest(state) for state in states]),
            )
            self._execute(statements.MAKE_SUBJECTS, (FOLD_VERSION, named, encoded, digests))
            self._execute(statements.RESTATE_SUBJECTS, subject_columns(subjects))

    def _execute(self, statement: str, parameters: tuple[Any, ...]) -> None:
        self._connection.execute(self._shadow.asked(statement).encode(), parameters)
