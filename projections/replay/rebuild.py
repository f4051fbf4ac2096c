"""`replay`: everything that is derived from the ledger, made once more, compared with the live one, and exchanged.

In this order, and a kill at any moment leaves the live generation as it is:

1. One rebuild at a time, by a lock that ends with its connection. What a killed one has left is dropped.
2. A generation with empty tables in a schema of its own. With a log, its records come beside them and are compared.
3. The tables are filled up to the commit that was the last one at the beginning, then get their keys and indexes.
4. They follow the live writer, step by step; the last step while no batch is under way. At that commit both
   generations are compared in one state of the database, and live goes on meanwhile.
5. Either the tables are dropped; or they follow once more, the last step while no batch is under way, and one
   transaction puts them in the place of the live ones, which stay beside until the next exchange.
"""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec
import psycopg

from projections import reading
from projections.replay import generations
from projections.replay.comparing import Compared, compare
from projections.replay.errors import LedgerDisagrees, StillRead
from projections.replay.filling import Connect, Filling
from projections.replay.following import follow, steps
from projections.replay.generations import Generation, live_generation
from projections.replay.holding import (
    HELD_PATIENCE_SECONDS,
    PATIENCE_SECONDS,
    TRIES_MAX,
    lock_tables,
    wait_for_readers,
    writers_held,
)
from projections.replay.logs import Log, LogRecords, Place, places
from projections.replay.owning import as_owner, demand_alone
from projections.replay.shadow import TABLES, exchange, index
from projections.replay.stages import Report, Stage, silent
from projections.replay.workers import fill_with, psycopg_errors_as_ours
from schemas.study import StudyDefinition
from schemas.subject import study_digest

Connection = psycopg.Connection[Any]

BEHIND_MAX = 200
"""With so few events to follow, the rest is left to the moment in which writers are held."""

ROUNDS_MAX = 50

_ROWS = """
SELECT coalesce(sum(accepted), 0)::bigint AS accepted, coalesce(sum(duplicate), 0)::bigint AS duplicate,
       coalesce(sum(quarantined), 0)::bigint AS quarantined
FROM trial.positions
"""
_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_DIGESTS = "SELECT subject, digest FROM trial.subjects"


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What a rebuild came to.

    ``generation`` was made with ``fold_version`` from ``source``, and compared at ``commit`` with the one that was live
    then, which had ``live_fold_version``. ``duplicate`` and ``quarantined`` ledger rows stayed what they were.
    ``swapped_at`` is the commit at which it went live, None where it was dropped.
    """

    generation: int
    fold_version: int
    source: str
    commit: int
    accepted: int
    duplicate: int
    quarantined: int
    subjects: int
    state_digest: str
    live_generation: int
    live_fold_version: int
    live_state_digest: str
    compared: Compared
    swapped_at: int | None = None

    @property
    def is_of_another_version(self) -> bool:
        return self.fold_version != self.live_fold_version


def replay(
    connect: Connect,
    study: StudyDefinition,
    *,
    log: Log | None = None,
    swap: bool = False,
    workers: int = 1,
    report: Report = silent,
) -> Replayed:
    """Rebuilds from the ledger, or from ``log`` where one is given, and compares; with ``swap`` the rebuilt goes live.

    ``connect`` gives new connections as ``trialog_owner``, or as a role that may act as it; more than one worker means
    processes, to which it is pickled. Statuses and order are the ledger's: what was quarantined stays so. Raises
    RebuildError, DatabaseAway, DatabaseNotReady, and what ``log`` raises.
    """
    owner = partial(as_owner, connect)
    with psycopg_errors_as_ours(), owner() as connection:
        demand_alone(connection)
        generations.discard_left_over(connection)
        source = "ledger" if log is None else "log"
        generation = generations.begin(connection, source)
        try:
            rebuild = _Rebuild(owner, connection, generation, study, log, report)
            rebuild.fill(workers)
            found = rebuild.compare(source)
            if swap:
                return msgspec.structs.replace(found, swapped_at=rebuild.exchange())
            generations.discard(connection, generation)
            return found
        except BaseException:
            # Where not even this can be done, the next rebuild does it first.
            with suppress(psycopg.Error):
                generations.discard(connection, generation)
            raise


class _Rebuild:
    """One generation on its way. ``_at`` is the commit that its tables are at."""

    def __init__(
        self,
        owner: Connect,
        connection: Connection,
        generation: Generation,
        study: StudyDefinition,
        log: Log | None,
        report: Report,
    ) -> None:
        self._owner = owner
        self._connection = connection
        self._generation = generation
        self._report = report
        self._records = None if log is None else LogRecords(log, generation.shadow)
        self._filling = Filling(shadow=generation.shadow, study=study, until=0, from_log=log is not None)
        self._at = 0
        self._events = 0

    def fill(self, workers: int) -> None:
        """All that was committed when it began, with keys and indexes."""
        if self._records is not None:
            self._records.make(self._connection)
        head, rows = self._now(self._report)
        filling = msgspec.structs.replace(self._filling, until=head)
        total = rows["accepted"]
        self._report(Stage.FOLD, 0, total)
        self._events = fill_with(workers, self._owner, filling, lambda more: self._report(Stage.FOLD, more, total))
        self._at = head
        for table in TABLES:
            self._index(table)
        self._come_near()

    def compare(self, source: str) -> Replayed:
        """Both generations at one commit. Raises LedgerDisagrees."""
        self._report(Stage.COMPARE, 0, 1)
        with self._owner() as holder, self._owner() as seeing, seeing.transaction():
            with writers_held(holder):
                self._catch_up(silent)
                seeing.execute(_SNAPSHOT)
                rows = _rows(seeing)
            self._demand_complete(rows["accepted"])
            live, asked = live_generation(seeing), self._generation.shadow.asked
            compared = compare(seeing, self._generation.shadow, self._filling.study)
            digests = dict(seeing.execute(asked(_DIGESTS)).fetchall())
            live_digest = reading.study_digest(seeing)
        generations.note_compared(self._connection, self._generation, self._at, compared.count)
        self._report(Stage.COMPARE, 1, 1)
        return Replayed(
            generation=self._generation.number,
            fold_version=self._generation.fold_version,
            source=source,
            commit=self._at,
            accepted=rows["accepted"],
            duplicate=rows["duplicate"],
            quarantined=rows["quarantined"],
            subjects=len(digests),
            state_digest=study_digest(digests.items()),
            live_generation=live.number,
            live_fold_version=live.fold_version,
            live_state_digest=live_digest,
            compared=compared,
        )

    def exchange(self) -> int:
        """Goes live, and returns at which commit. Raises StillRead."""
        self._report(Stage.EXCHANGE, 0, 1)
        with self._owner() as holder:
            own = [holder.info.backend_pid, self._connection.info.backend_pid]
            wait_for_readers(self._connection, own, PATIENCE_SECONDS)
            self._exchange(holder, own)
        # What was exchanged before stays as it was; the one before that is not needed any more.
        with suppress(psycopg.Error):
            generations.discard_retired(self._connection)
        self._report(Stage.EXCHANGE, 1, 1)
        return self._at

    def _exchange(self, holder: Connection, own: list[int]) -> None:
        for last in (*(False,) * (TRIES_MAX - 1), True):
            self._come_near()
            try:
                with writers_held(holder):
                    self._catch_up(silent)
                    self._demand_complete(_rows(self._connection)["accepted"])
                    wait_for_readers(self._connection, own, HELD_PATIENCE_SECONDS)
                    self._go_live()
                return
            except StillRead:
                if last:
                    raise

    def _go_live(self) -> None:
        """Nothing of the exchange is there before this transaction's end, all of it is after."""
        if self._records is not None:
            self._records.drop(self._connection)
        with self._connection.transaction():
            self._connection.execute("SET LOCAL synchronous_commit = on")
            lock_tables(self._connection)
            live = live_generation(self._connection)
            exchange(self._connection, live.shadow, self._generation.shadow)
            generations.note_exchanged(self._connection, live, self._generation)

    def _index(self, table: str) -> None:
        self._report(Stage.INDEX, 0, len(TABLES))
        try:
            index(self._connection, self._generation.shadow, table)
        except psycopg.errors.UniqueViolation:
            raise LedgerDisagrees("an event id, or a place, was accepted twice: run `trialog ledger verify`") from None
        self._report(Stage.INDEX, 1, len(TABLES))

    def _come_near(self) -> None:
        """Follows until little is left. Where live is faster than that for ever, writers are held a little longer."""
        for _ in range(ROUNDS_MAX):
            if self._catch_up(self._report) <= BEHIND_MAX:
                return

    def _catch_up(self, report: Report) -> int:
        """Follows up to the last commit that there is now; returns how many events that were.

        Nobody is reported to while writers are held: who knows what a report waits for.
        """
        head, _ = self._now(report)
        events = 0
        for end in steps(self._connection, self._at, head):
            more = follow(self._connection, self._filling, self._at, end)
            self._at = end
            events += more
            report(Stage.FOLLOW, more, events)
        self._events += events
        return events

    def _now(self, report: Report) -> tuple[int, Mapping[str, int]]:
        """The last commit and the counts of rows, at once; the log's records are brought up to there."""
        with self._connection.transaction():
            self._connection.execute(_SNAPSHOT)
            head, rows = reading.head(self._connection).commit, _rows(self._connection)
            found: list[Place] = places(self._connection)
        if self._records is not None:
            report(Stage.LOG, self._records.bring(self._connection, found), sum(rows.values()))
        return head, rows

    def _demand_complete(self, accepted: int) -> None:
        if self._events != accepted:
            raise LedgerDisagrees(
                f"the positions count {accepted} accepted rows, and the commits cover {self._events}: run "
                "`trialog ledger verify`"
            )


def _rows(connection: Connection) -> Mapping[str, int]:
    """Ledger rows by status."""
    row = connection.execute(_ROWS).fetchone()
    assert row is not None
    return dict(zip(("accepted", "duplicate", "quarantined"), row, strict=True))
