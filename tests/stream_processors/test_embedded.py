"""The embedded loop on a real database: the same records, the same writer, no Kafka."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest

from benchmarks.consumers import study_named
from benchmarks.mix import mixed_events
from eventlog.embedded import EmbeddedAppender, EmbeddedReader
from eventlog.errors import LogUnavailable
from eventlog.topics import EmbeddedTopics
from projections.errors import Fenced
from projections.verify import verify_chain
from projections.writer import Writer
from schemas.records import NewRecord, Position
from schemas.topics import topic_names
from stream_processors.embedded import EmbeddedLoop
from stream_processors.health import Health, SignOfLife
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until
from tests.stream_processors.ledgers import ListWriter


class Embedded:
    """An embedded log with one study, and the loops that a test starts on it."""

    def __init__(self, database: Database, study: str) -> None:
        self.database = database
        self.study = study
        self.deaths: list[BaseException] = []
        self._loops: list[EmbeddedLoop] = []
        self._appender = EmbeddedAppender(lambda: database.connect("trialog_intake"))
        EmbeddedTopics(lambda: database.connect("trialog_owner")).ensure(study, partitions=2)

    def records(self, count: int, *, skip: int = 0) -> list[NewRecord]:
        mix = mixed_events(self.study, seed=7, subjects=5)
        return [sent.record for sent in islice(mix, skip, skip + count)]

    def append(self, records: list[NewRecord]) -> list[Position]:
        return self._appender.append(records)

    def append_once_back(self, records: list[NewRecord]) -> None:
        """The appender's connections died with the server: the first tries say so, and put nothing into the log."""

        def appended() -> bool:
            try:
                self.append(records)
            except LogUnavailable:
                return False
            return True

        wait_until(appended, what="an append")

    def loop(self, writer: Any = None, **options: Any) -> EmbeddedLoop:
        """A running loop; with the real writer where none is given."""
        loop = EmbeddedLoop(
            reader=EmbeddedReader(lambda: self.database.connect("trialog_app")),
            writer=writer or Writer(lambda: self.database.connect("trialog_app"), study_named(self.study)),
            topics=topic_names(self.study),
            on_death=self.deaths.append,
            **options,
        )
        self._loops.append(loop)
        loop.start()
        return loop

    def applied(self) -> int:
        return int(self.ask("SELECT coalesce(sum(next_offset), 0) FROM trial.positions")[0][0])

    def ask(self, question: str) -> list[Any]:
        with self.database.connect("trialog_read") as connection:
            return connection.execute(question).fetchall()  # type: ignore[arg-type]

    def until(self, condition: Callable[[], bool], what: str) -> None:
        wait_until(lambda: bool(self.deaths) or condition(), what=what)
        assert self.deaths == []

    def close(self) -> None:
        for loop in self._loops:
            loop.stop()
        self._appender.close()


@pytest.fixture
def embedded(database: Database, study: str) -> Iterator[Embedded]:
    made = Embedded(database, study)
    yield made
    database.start()
    made.close()


def test_all_that_was_appended_is_in_the_ledger_as_it_was_sent(embedded: Embedded) -> None:
    records = embedded.records(300)
    positions = embedded.append(records)
    loop = embedded.loop()
    embedded.until(lambda: embedded.applied() == 300, "300 records in the ledger")
    loop.stop()
    rows = embedded.ask('SELECT topic, partition, "offset", key, value FROM trial.ledger')
    ledger = {Position(row[0], row[1], row[2]): (bytes(row[3]), bytes(row[4])) for row in rows}
    assert ledger == {at: (record.key, record.value) for at, record in zip(positions, records, strict=True)}
    with embedded.database.connect("trialog_read") as connection:
        assert verify_chain(connection) == []
    assert (loop.alive, loop.failure) == (False, None)


def test_what_comes_while_the_loop_waits_is_taken_up(embedded: Embedded) -> None:
    embedded.loop()
    embedded.append(embedded.records(50))
    embedded.until(lambda: embedded.applied() == 50, "the first records in the ledger")
    embedded.append(embedded.records(50, skip=50))
    embedded.until(lambda: embedded.applied() == 100, "the next records in the ledger")


def test_the_next_loop_goes_on_where_the_last_one_was_stopped(embedded: Embedded) -> None:
    embedded.append(embedded.records(40))
    first = embedded.loop()
    embedded.until(lambda: embedded.applied() == 40, "40 records in the ledger")
    first.stop()
    embedded.append(embedded.records(40, skip=40))
    embedded.loop()
    embedded.until(lambda: embedded.applied() == 80, "80 records in the ledger")
    assert embedded.ask("SELECT count(*) FROM trial.ledger") == [(80,)]


def test_a_batch_is_no_larger_than_set_and_goes_on_without_a_gap(embedded: Embedded) -> None:
    positions = embedded.append(embedded.records(100))
    writer = ListWriter()
    embedded.loop(writer, batch_records_max=7)
    embedded.until(lambda: len(writer.records) == 100, "100 records in the writer")
    assert max(len(batch.records) for batch in writer.batches) == 7
    assert sorted(record.position for record in writer.records) == sorted(positions)


def test_a_database_that_goes_away_is_waited_for(embedded: Embedded) -> None:
    embedded.append(embedded.records(30))
    loop = embedded.loop()
    embedded.until(lambda: embedded.applied() == 30, "30 records in the ledger")
    embedded.database.kill()
    assert loop.alive
    embedded.database.start()
    embedded.append_once_back(embedded.records(30, skip=30))
    embedded.until(lambda: embedded.applied() == 60, "60 records in the ledger")
    assert embedded.ask("SELECT count(*) FROM trial.ledger") == [(60,)]


def test_a_log_that_was_made_anew_ends_the_loop_and_is_reported(embedded: Embedded) -> None:
    """The fence: the ledger holds what another log of the same name held."""
    embedded.append(embedded.records(20))
    loop = embedded.loop()
    embedded.until(lambda: embedded.applied() == 20, "20 records in the ledger")
    loop.stop()
    with embedded.database.connect("postgres", autocommit=True) as connection:
        connection.execute("DROP SCHEMA eventlog CASCADE")
    EmbeddedTopics(lambda: embedded.database.connect("trialog_owner")).ensure(embedded.study, partitions=2)
    EmbeddedAppender(lambda: embedded.database.connect("trialog_intake")).append(embedded.records(5))
    loop = embedded.loop()
    wait_until(lambda: not loop.alive, what="the end of the loop")
    assert [type(death) for death in embedded.deaths] == [Fenced]
    assert loop.failure is embedded.deaths[0]
    assert embedded.ask("SELECT count(*) FROM trial.ledger") == [(20,)]


def test_an_unforeseen_error_ends_the_loop_and_is_reported_without_its_text(
    embedded: Embedded, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Any) -> None:
        raise ValueError("a value of a record")

    writer = ListWriter(before_apply=fail)
    embedded.append(embedded.records(1))
    loop = embedded.loop(writer)
    wait_until(lambda: not loop.alive, what="the end of the loop")
    assert [type(death) for death in embedded.deaths] == [ValueError]
    assert writer.closed
    assert "ValueError" in caplog.text
    assert "a value of a record" not in caplog.text


def test_the_loop_gives_signs_of_life(embedded: Embedded) -> None:
    signs: list[SignOfLife] = []
    embedded.append(embedded.records(10))
    embedded.loop(health=Health(on_beat=lambda sign: signs.append(sign)))
    embedded.until(lambda: bool(signs) and signs[-1].applied_commit is not None, "a sign that names a commit")
    assert f"{embedded.study}.enrollment[0]" in signs[-1].assigned
