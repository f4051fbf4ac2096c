"""Reads for one page of the audit: a connection of its own, one view of the database, a bounded time. The shell."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import msgspec
import psycopg

from analytics.cascade import Cascade, cascade
from analytics.computation import timelines_of
from analytics.load import Watch, one_view
from analytics.reading import latest_snapshot
from analytics.recompute import StudyAsOf, study_of
from monitor.audit.blinding import Blinding
from projections import reading
from projections.knowledge import known_at_head, told_of
from projections.recorded import Recorded, positions_of, recorded_at
from projections.seals.reading import SealRow, latest_seal, seal_before, seals
from schemas.events.event import Event
from schemas.records import Position
from schemas.rules.endpoints import endpoint_of
from schemas.rules.timeline import Timeline
from schemas.study import StudyDefinition
from schemas.two_times import Told

Connection = psycopg.Connection[Any]

PAGE_SECONDS_MAX = 20
"""How long a page may ask the database."""

ROWS_COMPUTED_AT_ONCE_MAX = 20_000
"""Up to how many rows of the ledger a page computes again what an event moved without being asked to."""

CASCADES_KEPT = 256


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How much there is: rows of the ledger and its last commit, and how many rows the last seal covers."""

    rows: int
    commit: int
    committed_at: dt.datetime | None
    seal: SealRow | None

    @property
    def unsealed(self) -> int:
        return self.rows - (self.seal.size if self.seal is not None else 0)


class AuditReader:
    """``connect`` opens a connection as the role that may only read. Safe to use from several threads.

    ``cutoff_on`` is the explicit data cutoff of the statistics, None for the default one.
    """

    def __init__(
        self, connect: Callable[[], psycopg.Connection], study: StudyDefinition, cutoff_on: dt.date | None
    ) -> None:
        self._connect = connect
        self._study = study
        self.cutoff_on = cutoff_on
        self._watch = Watch(study, cutoff_on)
        self._timelines: dict[str, Timeline] = {}
        self._computing = threading.Lock()
        self._as_of: StudyAsOf | None = None
        self._cascades: dict[str, Cascade] = {}

    @contextmanager
    def view(self) -> Iterator[Connection]:
        """A connection on which every query sees the same commits."""
        with closing(self._connect()) as connection:
            connection.autocommit = True
            # A plan of many small steps looks costly enough to be compiled, which takes longer than running it.
            connection.execute(
                "SELECT set_config('statement_timeout', %s, false), set_config('jit', 'off', false)",
                (f"{PAGE_SECONDS_MAX}s",),
            )
            with one_view(connection):
                yield connection

    def study_now(self, connection: Connection) -> StudyAsOf:
        """All numbers, endpoint rows and timelines as they are now. Only what changed is made again."""
        with self._computing:
            known_at = known_at_head(connection)
            if self._as_of is None or self._as_of.known_at != known_at:
                changed = self._watch.look(connection)
                for subject in changed.gone:
                    self._timelines.pop(subject, None)
                self._timelines.update(changed.timelines)
                self._as_of = study_of(dict(self._timelines), self._study, known_at, self.cutoff_on)
            return self._as_of

    def subject_now(self, connection: Connection, subject: str) -> StudyAsOf:
        """The newest numbers, with the endpoint row and the timeline of one subject alone: however many there are.

        The row is cut where the numbers are. Before the first snapshot everything is computed.
        """
        stored = latest_snapshot(connection)
        if stored is None:
            return self.study_now(connection)
        cutoff_on = stored.snapshot.key.cutoff_on
        entries = {subject: reading.entries_in_force(connection, subjects=[subject]).get(subject, [])}
        timelines = timelines_of(entries, cutoff_on, self._study)
        return StudyAsOf(
            known_at=known_at_head(connection),
            cutoff_on=cutoff_on,
            timelines=timelines,
            rows={subject: endpoint_of(timelines[subject], self._study, cutoff_on)},
            snapshot=stored.snapshot,
        )

    def moved_by(self, connection: Connection, event_id: str) -> Cascade:
        """What an event moved when it came. It never changes, so it is computed once."""
        found = self._cascades.get(event_id)
        if found is None:
            found = cascade(connection, self._study, event_id, self.cutoff_on)
            while len(self._cascades) >= CASCADES_KEPT:
                self._cascades.pop(next(iter(self._cascades)), None)
            self._cascades[event_id] = found
        return found

    def told(self, connection: Connection, subject: str) -> list[Told]:
        """Every accepted event of a subject, in the order of commits."""
        return told_of(connection, subject, known_at_head(connection))


def blinding_for(connection: Connection, study: StudyDefinition, events: list[Event]) -> Blinding:
    """Knows these events and all that they speak of, however long the chain of actions, up to a bound."""
    blinding = Blinding(study, events)
    for _ in range(20):
        missing = blinding.missing()
        found = recorded_at(connection, positions_of(connection, missing).values())
        for each in found:
            if each.event is not None:
                blinding.add(each.event)
        if not found:
            break
    return blinding


def counted(connection: Connection) -> Counted:
    head = reading.head(connection)
    rows = reading.ledger_counts(connection)
    return Counted(
        rows=rows.accepted + rows.duplicate + rows.quarantined,
        commit=head.commit,
        committed_at=head.committed_at,
        seal=latest_seal(connection),
    )


def record(connection: Connection, position: Position) -> Recorded | None:
    return next(iter(recorded_at(connection, [position])), None)


def first_seal_over(connection: Connection, commit: int) -> SealRow | None:
    """The first seal that covers a commit, None where none does yet."""
    before = seal_before(connection, commit)
    after = seals(connection, 0 if before is None else before.number)
    return after[0] if after else None
