"""The one writer of the projections: the Faust worker and the embedded loop both call it. Synchronous."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import msgspec
import psycopg

from projections import statements
from projections.arrays import register
from projections.arrivals import Arrival, arrivals_of
from projections.collecting import collector_paused
from projections.errors import DatabaseAway, DatabaseNotReady, Fenced, Unwritable
from projections.stopwatch import Stopwatch, Timings
from projections.transaction import Transaction, demand_fold_version
from schemas.records import Applied, Batch
from schemas.study import StudyDefinition
from schemas.subject import FOLD_VERSION
from schemas.topics import Topic, topic_name

Connect = Callable[[], psycopg.Connection[Any]]

TRIES_MAX = 10
"""How often a deadlock is tried again. The order of locks makes one all but impossible; ten in a row are a defect."""

_TRY_AGAIN = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)

# What a server says of a value that it does not take: bad data, and limits such as a key too long for an index.
_REFUSALS = (psycopg.errors.DataError, psycopg.errors.ProgramLimitExceeded)

_NOT_READY = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.InvalidSchemaName,
    psycopg.errors.InsufficientPrivilege,
)


class Writer:
    """Applies batches of one study. Not for two threads at once; each worker has its own."""

    def __init__(self, connect: Connect, study: StudyDefinition, *, timings: Timings | None = None) -> None:
        """``connect`` gives a new connection as ``trialog_app``; it is first called by the first question or batch.

        ``timings`` is called with each part of a batch and its seconds; None measures nothing.
        """
        self._connect = connect
        self._study = study
        self._stopwatch = Stopwatch(timings)
        self._topics = MappingProxyType({topic_name(study.id, topic): topic for topic in Topic})
        self._connection: psycopg.Connection[Any] | None = None

    def next_offset(self, topic: str, partition: int) -> int:
        """The offset that is to be applied next, 0 where nothing was. Raises as `apply` does."""
        with self._errors():
            connection = self._opened()
            row = connection.execute(statements.NEXT_OFFSET, (topic, partition)).fetchone()
            connection.rollback()
        return 0 if row is None else int(row[0])

    def apply(self, batch: Batch) -> Applied:
        """Applies a batch in one transaction. What was applied before is skipped, a bad record is quarantined.

        Raises Fenced, FoldVersionDiffers or Unwritable: stop the process; DatabaseAway: the batch is applied or not,
        and applying it again is safe; DatabaseNotReady. Only where the database refuses a record does the batch become
        several transactions, so that this one alone is quarantined.
        """
        self._stopwatch.start()
        if not batch.records:
            return Applied(next_offset=self.next_offset(batch.topic, batch.partition), commit=None)
        topic = self._topics.get(batch.topic)
        assert topic is not None, f"{batch.topic} is no topic of study {self._study.id}"
        with collector_paused():
            arrivals = arrivals_of(batch.records, topic)
            self._stopwatch.lap("decode")
            return self._apply(batch, arrivals)

    def close(self) -> None:
        """Gives the connection up; the writer opens a new one when it is asked again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _apply(self, batch: Batch, arrivals: Sequence[Arrival]) -> Applied:
        try:
            return self._tried(batch, arrivals, refuse=False)
        except _REFUSALS:
            if len(arrivals) > 1:
                return self._apply_halves(batch, arrivals)
        try:
            return self._tried(batch, arrivals, refuse=True)
        except _REFUSALS as error:
            raise Unwritable(
                f"{batch.records[0].position}: the database refuses its ledger row ({type(error).__name__})"
            ) from None  # what the database says of a row holds the row's values

    def _apply_halves(self, batch: Batch, arrivals: Sequence[Arrival]) -> Applied:
        """Closes in on the record that the database refuses; each half is a batch of its own."""
        middle = len(arrivals) // 2
        first = self._apply(_part(batch, arrivals[:middle]), arrivals[:middle])
        second = self._apply(_part(batch, arrivals[middle:]), arrivals[middle:])
        return Applied(
            next_offset=second.next_offset,
            commit=second.commit if second.commit is not None else first.commit,
            accepted=first.accepted + second.accepted,
            duplicate=first.duplicate + second.duplicate,
            quarantined=first.quarantined + second.quarantined,
            skipped=first.skipped + second.skipped,
        )

    def _tried(self, batch: Batch, arrivals: Sequence[Arrival], *, refuse: bool) -> Applied:
        tries = 0
        while True:
            try:
                return self._once(batch, arrivals, refuse=refuse)
            except _TRY_AGAIN:
                tries += 1
                if tries == TRIES_MAX:
                    raise
                time.sleep(0.01 * tries)

    def _once(self, batch: Batch, arrivals: Sequence[Arrival], *, refuse: bool) -> Applied:
        with self._errors():
            connection = self._opened()
            with connection.pipeline():
                return Transaction(connection, self._study, self._stopwatch).write(batch, arrivals, refuse=refuse)

    def _opened(self) -> psycopg.Connection[Any]:
        """The connection, prepared when it is new. Raises FoldVersionDiffers."""
        if self._connection is None or self._connection.closed:
            connection = self._connect()
            self._connection = connection
            connection.autocommit = False
            connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
            register(connection)
            connection.execute(statements.SETTINGS)
            other = connection.execute(statements.OTHER_FOLD_VERSION, {"version": FOLD_VERSION}).fetchone()
            connection.commit()
            if other is not None:
                demand_fold_version(other[0])
        return self._connection

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """psycopg's errors as ours, but for those that `_tried` and `_apply` answer; no transaction stays open."""
        try:
            yield
        except (*_TRY_AGAIN, *_REFUSALS):
            self._roll_back()
            raise
        except _NOT_READY as error:
            self._roll_back()
            raise DatabaseNotReady(
                f"the database is not ready ({type(error).__name__}): run `trialog migrate`"
            ) from error
        except psycopg.IntegrityError as error:
            # No record can cause this: keys and counts are the writer's own.
            self._roll_back()
            raise Fenced(
                f"rows are there that this writer did not write ({type(error).__name__}); run `trialog ledger verify`"
            ) from None
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            raise DatabaseAway(f"the database does not answer ({type(error).__name__}); try the batch again") from error
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        """Ends the transaction; where that fails too, ends the connection, and the server does the rest."""
        if self._connection is None:
            return
        try:
            self._connection.rollback()
        except psycopg.Error:
            self.close()


def _part(batch: Batch, arrivals: Sequence[Arrival]) -> Batch:
    return msgspec.structs.replace(batch, records=tuple(arrival.record for arrival in arrivals))
