"""One transaction: one batch of one topic-partition becomes ledger rows, states, read models, trail and a commit.

The order of locks is always the same, or two workers on one subject's topics would deadlock: the position's row; the
event ids, sorted; the subjects, sorted; the commits. What is committed is whole; what is not has left nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import psycopg

from projections import place, statements
from projections.arrays import blobs, texts
from projections.arrivals import Arrival, Arrived, digest_today
from projections.batch_columns import TrailRow, chained, entry_columns, ledger_columns, subject_columns, trail_columns
from projections.carrying import Carried
from projections.errors import FoldVersionDiffers
from projections.linked import load_linked, load_standing
from projections.pipelining import send
from projections.ruling import Ruled, candidates, doubted, refused, rule
from projections.stopwatch import Stopwatch
from projections.stored import restated_columns
from schemas.records import Applied, Batch, Position
from schemas.study import StudyDefinition
from schemas.subject import FOLD_VERSION, SubjectState, decode_state, digest, encode_state


class Transaction:
    """Writes one batch on a connection in pipeline mode. Used once; on any error the caller rolls back."""

    def __init__(self, connection: psycopg.Connection[Any], study: StudyDefinition, stopwatch: Stopwatch) -> None:
        self._connection = connection
        self._study = study
        self._stopwatch = stopwatch

    def write(self, batch: Batch, arrivals: Sequence[Arrival], *, refuse: bool) -> Applied:
        """Applies and commits. ``refuse`` quarantines the whole batch as refused by the database.

        Raises Fenced, FoldVersionDiffers, and what psycopg raises.
        """
        locked = place.lock(self._connection, batch)
        demand_fold_version(locked.fold_version)
        skipped = place.demand_same(self._connection, arrivals, locked.next_offset)
        fresh = arrivals[skipped:]
        if not fresh:
            self._connection.rollback()
            return Applied(next_offset=locked.next_offset, commit=None, skipped=skipped)
        self._stopwatch.lap("position")
        ruled = [refused(arrival) for arrival in fresh] if refuse else self._claim_ids(fresh)
        self._stopwatch.lap("entries")
        subjects, trail = self._carry(fresh[0].record.position, ruled)
        self._stopwatch.lap("states")
        hashes = chained(locked.chain_head, ruled)
        self._stopwatch.lap("chain")
        self._add_rows(batch, locked, ruled, hashes, trail)
        self._restate(subjects)
        commit = self._commit(batch, ruled, hashes[-1])
        self._stopwatch.lap("commit")
        counts = Counter(each.status for each in ruled)
        return Applied(
            next_offset=ruled[-1].arrival.record.offset + 1,
            commit=commit,
            accepted=counts["accepted"],
            duplicate=counts["duplicate"],
            quarantined=counts["quarantined"],
            skipped=skipped,
        )

    def _claim_ids(self, fresh: Sequence[Arrival]) -> list[Ruled]:
        """Adds an entry for each id that nobody has yet: whoever adds it first has it, the others wait and see."""
        first = candidates(fresh)
        where = fresh[0].record.position
        stored: dict[str, str] = {}
        if first:
            ids = sorted(first)
            columns = entry_columns([first[event_id] for event_id in ids])
            added = send(self._connection, statements.ADD_ENTRIES, (where.topic, where.partition, *columns))
            if added.fetchone() != (len(ids),):
                stored = self._known_digests(ids, fresh)
        return rule(fresh, first, stored)

    def _known_digests(self, ids: list[str], fresh: Sequence[Arrival]) -> dict[str, str]:
        """The facts digests of those ids that were known before this batch.

        A stored digest is of the facts as the code of its day wrote them. Since then a type may have got a new version:
        where a digest differs, what was received is decoded with today's code and compared again. Without that, an
        event that is sent again after an upgrade would look like a conflict.
        """
        where = fresh[0].record.position
        before = (where.topic, where.partition, where.offset)
        rows = send(self._connection, statements.KNOWN_DIGESTS, (texts(ids), *before))
        stored = {event_id: bytes(known).hex() for event_id, known in rows}
        differing = doubted(fresh, stored)
        if differing:
            values = send(self._connection, statements.KNOWN_VALUES, (texts(differing), *before))
            stored |= {event_id: digest_today(value) for event_id, value in values}
        return stored

    def _carry(self, first: Position, ruled: Sequence[Ruled]) -> tuple[list[Carried], list[TrailRow]]:
        """The states after each accepted event in turn, and what each of them changed."""
        accepted = [
            (each.arrival.record.offset, each.arrival.arrived)
            for each in ruled
            if each.status == "accepted" and each.arrival.arrived is not None
        ]
        by_subject: dict[str, list[Arrived]] = defaultdict(list)
        for _, arrived in accepted:
            if arrived.is_of_a_subject and arrived.event.subject is not None:
                by_subject[arrived.event.subject].append(arrived)
        carried = self._begin(first, by_subject)
        trail = []
        for offset, arrived in accepted:
            if arrived.is_of_a_subject and arrived.event.subject is not None:
                changes = carried[arrived.event.subject].take(arrived)
            else:
                changes = []
            trail.append(TrailRow(offset, arrived.event, changes))
        for each in carried.values():
            each.finish()
        return list(carried.values()), trail

    def _begin(self, first: Position, by_subject: Mapping[str, list[Arrived]]) -> dict[str, Carried]:
        """Locks the subjects, and loads what the batch may touch of them."""
        states = self._lock_subjects(sorted(by_subject))
        held = {subject: state.tallies.held for subject, state in states.items()}
        known = load_linked(self._connection, first, by_subject, held)
        return {
            subject: Carried(
                state, self._study, known.get(subject, ()), partial(load_standing, self._connection, first, subject)
            )
            for subject, state in states.items()
        }

    def _lock_subjects(self, subjects: list[str]) -> dict[str, SubjectState]:
        if not subjects:
            return {}
        empty = [SubjectState(subject=subject) for subject in subjects]
        states, digests = [encode_state(state) for state in empty], [digest(state) for state in empty]
        made = (FOLD_VERSION, texts(subjects), blobs(states), texts(digests))
        send(self._connection, statements.MAKE_SUBJECTS, made)
        rows = send(self._connection, statements.LOCK_SUBJECTS, (texts(subjects),)).fetchall()
        for _, _, fold_version in rows:
            demand_fold_version(fold_version)
        return {subject: decode_state(state) for subject, state, _ in rows}

    def _add_rows(
        self, batch: Batch, locked: place.Place, ruled: Sequence[Ruled], hashes: Sequence[bytes], trail: list[TrailRow]
    ) -> None:
        where = (batch.topic, batch.partition, locked.now)
        send(self._connection, statements.ADD_LEDGER, (*where, *ledger_columns(ruled, hashes)))
        self._stopwatch.lap("ledger")
        if trail:
            send(self._connection, statements.ADD_TRAIL, (*where, *trail_columns(trail)))
        self._stopwatch.lap("trail")

    def _restate(self, subjects: Sequence[Carried]) -> None:
        touched = [entry for carried in subjects for entry in carried.touched.values()]
        if touched:
            send(self._connection, statements.RESTATE_ENTRIES, restated_columns(touched))
        if subjects:
            send(self._connection, statements.RESTATE_SUBJECTS, subject_columns(subjects))
        self._stopwatch.lap("subjects")

    def _commit(self, batch: Batch, ruled: Sequence[Ruled], chain_head: bytes) -> int:
        """Moves the position and takes the next commit number, the last lock of all."""
        where = (batch.topic, batch.partition)
        first, last = ruled[0].arrival.record.offset, ruled[-1].arrival.record.offset
        counts = Counter(each.status for each in ruled)
        moved = (last + 1, chain_head, batch.log_end, counts["accepted"], counts["duplicate"], counts["quarantined"])
        send(self._connection, statements.MOVE_POSITION, (*moved, *where))
        send(self._connection, statements.LOCK_COMMITS)
        made = send(self._connection, statements.ADD_COMMIT, (*where, first, last))
        # Nothing of this batch is durable before this line, all of it is after; a restart asks the position which.
        self._connection.commit()
        row = made.fetchone()
        assert row is not None
        return int(row[0])


def demand_fold_version(found: int) -> None:
    """Raises FoldVersionDiffers."""
    if found != FOLD_VERSION:
        raise FoldVersionDiffers(
            f"the subjects' states were written with fold version {found}, and this code has {FOLD_VERSION}; run "
            "`trialog replay --swap` with this code, then start again"
        )
