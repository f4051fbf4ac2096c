"""The exchange: all but the rows of the tables stays what it was, workers go on, and readers see no half."""

import threading
from typing import Any

import psycopg
import pytest
from alembic import command

import projections.replay.holding
import projections.replay.rebuild
from projections import reading
from projections.errors import FoldVersionDiffers
from projections.migrate import alembic_config
from projections.replay.errors import StillRead
from projections.verify import verify_chain
from projections.writer import Writer
from schemas.records import Applied
from tests.projections.controls import (
    ENROLLED,
    ENROLLMENT,
    LAB,
    SCREENED,
    MemoryLog,
    correction,
    moved_to,
    outcomes,
    platelets,
    rows,
    writer_on,
)
from tests.projections.rebuilding import (
    catalogue,
    folded,
    generation_schemas,
    generations,
    rebuild,
    with_fold_version,
)
from tests.projections.test_migrate import engine_of
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until

Reader = psycopg.Connection[Any]


@pytest.fixture
def written(writer: Writer, log: MemoryLog, database: Database) -> MemoryLog:
    log.send(SCREENED, ENROLLED, platelets("e-1"))
    log.apply_all(writer)
    return log


def test_all_but_the_rows_is_what_it_was(written: MemoryLog, database: Database) -> None:
    with database.connect("postgres") as operator:
        operator.execute("CREATE ROLE reporting")
        operator.execute("GRANT SELECT ON trial.subjects, trial.audit_trail TO reporting WITH GRANT OPTION")
    before = catalogue(database)
    assert ("trigger", "trial.audit_trail.append_only") in {each[:2] for each in before}
    assert ("grant", "subjects to reporting", "SELECT t") in before
    try:
        rebuild(database, swap=True)
        rebuild(database, swap=True)

        assert catalogue(database) == before
        with engine_of(database).connect() as connection:
            command.check(alembic_config(connection))
    finally:
        with database.connect("postgres") as operator:
            operator.execute("DROP OWNED BY reporting; DROP ROLE reporting")


def test_no_role_writes_what_is_kept_for_ever_after_an_exchange_or_sees_what_went(
    written: MemoryLog, database: Database
) -> None:
    rebuild(database, swap=True)
    for role, statement in (
        ("trialog_owner", "UPDATE trial.audit_trail SET actor = ''"),
        ("trialog_owner", "TRUNCATE trial.audit_trail"),
        ("trialog_owner", "DELETE FROM generation_1.audit_trail"),
        ("trialog_app", "DELETE FROM trial.entries"),
        ("trialog_app", "SELECT FROM generation_1.subjects"),
        ("trialog_read", "SELECT FROM generation_1.audit_trail"),
    ):
        with database.connect(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


def test_a_worker_writes_on_after_an_exchange(writer: Writer, written: MemoryLog, database: Database) -> None:
    for number in range(12):  # often enough that every statement of its is prepared
        written.send(platelets(f"before-{number}"))
        writer.apply(written.batch(LAB, 1 + number))
    found = rebuild(database, swap=True)

    corrected = correction("k-1", platelets("e-1"), platelets("", "5.5").facts)
    written.send(corrected, *moved_to([platelets("e-1")], "S-002", "b-"))
    assert writer.apply(written.batch(LAB, 13)).accepted == 2

    again = rebuild(database)
    assert (again.compared.count, again.live_generation) == (0, found.generation)
    sent = [SCREENED, ENROLLED, platelets("e-1"), corrected, *moved_to([platelets("e-1")], "S-002", "b-")]
    assert again.state_digest == folded([*sent, *(platelets(f"before-{number}") for number in range(12))])


def test_the_generation_that_was_exchanged_stays_until_the_next_exchange(
    written: MemoryLog, database: Database
) -> None:
    rebuild(database, swap=True)
    assert generation_schemas(database) == ["generation_1"]
    rebuild(database)
    assert generation_schemas(database) == ["generation_1"]
    rebuild(database, swap=True)
    assert generation_schemas(database) == ["generation_2"]
    assert generations(database) == [
        (1, 2, "writer", "dropped"),
        (2, 2, "ledger", "retired"),
        (3, 2, "ledger", "dropped"),
        (4, 2, "ledger", "live"),
    ]


def test_after_a_fold_version_change_replay_swap_is_the_way(
    writer: Writer, written: MemoryLog, database: Database, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_worker = writer
    written.send(*moved_to([SCREENED], "S-002", "b-"))
    with monkeypatch.context() as new_code:
        with_fold_version(new_code, 3)
        with pytest.raises(FoldVersionDiffers, match="version 2, and this code has 3; run `trialog replay --swap`"):
            writer_on(database).apply(written.batch(ENROLLMENT, 2))

        found = rebuild(database, swap=True)

        assert (found.fold_version, found.live_fold_version, found.compared.count) == (3, 2, 0)
        assert generations(database) == [(1, 2, "writer", "retired"), (2, 3, "ledger", "live")]

    # The old code is at work still, on a connection that it opened before: even a subject that nobody knew is refused.
    with pytest.raises(FoldVersionDiffers, match="fold version 3, and this code has 2"):
        old_worker.apply(written.batch(ENROLLMENT, 2))
    with pytest.raises(FoldVersionDiffers, match="fold version 3, and this code has 2"):
        writer_on(database).next_offset(ENROLLMENT, 0)
    assert len(outcomes(reader, ENROLLMENT)) == 2

    with monkeypatch.context() as new_code:
        with_fold_version(new_code, 3)
        assert writer_on(database).apply(written.batch(ENROLLMENT, 2)).accepted == 1
        assert rows(reader, "SELECT DISTINCT fold_version FROM trial.subjects") == [(3,)]
        assert rebuild(database).compared.count == 0


def test_a_worker_that_waits_while_the_generation_changes_sees_the_new_one(
    writer: Writer, written: MemoryLog, database: Database, reader: Reader
) -> None:
    """What a batch waits for is the position; the version that it is told then must be that of after the wait."""
    came_to: list[Applied | FoldVersionDiffers] = []

    def work() -> None:
        try:
            came_to.append(writer.apply(written.batch(ENROLLMENT, 2)))
        except FoldVersionDiffers as differs:
            came_to.append(differs)

    def waits() -> bool:
        question = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'trial.positions'::regclass"
        return rows(reader, question) == [(1,)]

    for number in range(6):  # its statements are prepared before
        written.send(platelets(f"p-{number}"))
        writer.apply(written.batch(LAB, 1 + number))
    written.send(*moved_to([SCREENED], "S-002", "b-"))
    worker = threading.Thread(target=work)
    with database.connect("trialog_owner") as owner:
        owner.execute("LOCK TABLE trial.positions IN EXCLUSIVE MODE")
        worker.start()
        wait_until(waits, what="a batch that waits")
        owner.execute("UPDATE trial.generations SET fold_version = 3")
    worker.join(30)
    assert [type(each) for each in came_to] == [FoldVersionDiffers]
    assert len(outcomes(reader, ENROLLMENT)) == 2


def test_nothing_is_exchanged_under_a_transaction_that_began_before(
    writer: Writer, written: MemoryLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projections.replay.rebuild, "HELD_PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(projections.replay.rebuild, "PATIENCE_SECONDS", 0.1)
    with database.connect("trialog_read") as auditor:
        auditor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        assert reading.head(auditor).commit == 2
        with pytest.raises(StillRead, match=r"\(backend \d+\): end it, then try again"):
            rebuild(database, swap=True)
        assert reading.study_digest(auditor) == folded([SCREENED, ENROLLED, platelets("e-1")])

    assert generations(database) == [(1, 2, "writer", "live"), (2, 2, "ledger", "dropped")]
    assert rebuild(database, swap=True).swapped_at == 2


def test_who_begins_after_the_rebuild_was_whole_sees_one_generation_at_one_commit(
    writer: Writer, written: MemoryLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader's transaction begins while writers are held; the exchange waits for it, or gives up that try."""
    looked: list[tuple[int, str]] = []
    wait = projections.replay.holding.wait_for_readers

    def with_a_reader(connection: Reader, own: list[int], seconds: float) -> None:
        with database.connect("trialog_read") as page:
            page.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            commit = reading.head(page).commit
            looked.append((commit, reading.study_digest(page)))
        wait(connection, own, seconds)

    monkeypatch.setattr(projections.replay.rebuild, "wait_for_readers", with_a_reader)
    written.send(platelets("e-2"))
    writer.apply(written.batch(LAB, 1))
    found = rebuild(database, swap=True)
    assert set(looked) == {(found.commit, found.state_digest)}
    with database.connect("trialog_read") as page:
        assert reading.study_digest(page) == found.state_digest
        assert verify_chain(page) == []
