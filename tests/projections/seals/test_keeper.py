"""When the keeper seals, and what it does when something is away or wrong."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from projections.errors import DatabaseNotReady
from projections.seals.errors import SealRefused
from projections.seals.keeper import Often, SealKeeper, Unsealed, due, unsealed
from projections.seals.reading import seals
from tests.projections.seals.controls import Ledger, as_owner, sealer_on
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until

SELDOM = Often(commits=1_000_000, minutes=1_000)


@contextmanager
def keeping(database: Database, place: Path, often: Often) -> Iterator[list[BaseException]]:
    """A keeper in a thread; what it died of, if it did."""
    stop, died = threading.Event(), list[BaseException]()
    keeper = SealKeeper(lambda: database.connect("trialog_app"), sealer_on(database, place), often, poll_seconds=0.02)

    def work() -> None:
        try:
            keeper.run(stop)
        except BaseException as error:  # noqa: BLE001 - shown by the test
            died.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield died
    finally:
        stop.set()
        thread.join()


def sizes(database: Database) -> list[int]:
    with database.connect("trialog_read") as connection:
        return [row.size for row in seals(connection)]


def state(database: Database) -> list[tuple[Any, ...]]:
    with database.connect("trialog_read") as connection:
        return connection.execute("SELECT name, state FROM trial.workers").fetchall()


@pytest.mark.parametrize(
    ("commits", "seconds", "answer"),
    [(0, 0.0, False), (0, 9_999.0, False), (1, 59.0, False), (1, 60.0, True), (9, 0.0, False), (10, 0.0, True)],
)
def test_a_seal_is_due_after_so_many_commits_or_minutes(commits: int, seconds: float, answer: bool) -> None:
    assert due(Unsealed(commits, seconds, 1), Often(commits=10, minutes=1)) is answer


def test_what_is_not_sealed_is_counted_by_the_databases_clock(database: Database, tmp_path: Path) -> None:
    ledger = Ledger(database)
    with database.connect("trialog_read", autocommit=True) as connection:
        assert unsealed(connection) == Unsealed(0, 0.0, 0)
        ledger.grow(30)
        sealer_on(database, tmp_path).seal()
        assert unsealed(connection) == Unsealed(0, 0.0, 1)
        ledger.grow(20)
        as_owner(database, "UPDATE trial.commits SET committed_at = committed_at - interval '1 hour' WHERE number >= 4")
        now = unsealed(connection)
    assert (now.commits, now.last_seal) == (2, 1)
    assert 3_600 <= now.seconds < 3_700


def test_it_seals_at_its_start_when_due_and_at_its_end(database: Database, tmp_path: Path) -> None:
    ledger = Ledger(database)
    ledger.grow(10)
    with keeping(database, tmp_path, Often(commits=3, minutes=1_000)) as died:
        wait_until(lambda: sizes(database) == [10], within_seconds=30, what="the first seal")
        ledger.grow(20)
        ledger.grow(10)
        wait_until(lambda: sizes(database)[1:] != [], within_seconds=30, what="the seal after three commits")
        assert state(database) == [("seals", "running")]
        ledger.grow(5)
    assert died == []
    assert sizes(database)[-1] == 45
    assert state(database) == [("seals", "stopped")]


def test_it_seals_what_has_waited_long_enough(database: Database, tmp_path: Path) -> None:
    ledger = Ledger(database)
    with keeping(database, tmp_path, Often(commits=1_000, minutes=5)) as died:
        wait_until(lambda: state(database) != [], within_seconds=30, what="the keeper")
        ledger.grow(10)
        as_owner(database, "UPDATE trial.commits SET committed_at = committed_at - interval '6 minutes'")
        wait_until(lambda: sizes(database) == [10], within_seconds=30, what="the seal")
    assert died == []


def test_a_contradiction_ends_it_loudly(database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Ledger(database).grow(10)
    sealer_on(database, tmp_path).seal()
    as_owner(database, "UPDATE trial.seals SET root = sha256('x')")
    with keeping(database, tmp_path, SELDOM) as died:
        wait_until(lambda: died != [], within_seconds=30, what="its end")
    assert isinstance(died[0], SealRefused)
    assert "no seal: it would contradict an earlier one" in capsys.readouterr().out


def test_a_database_that_was_away_is_sealed_when_it_is_back(database: Database, tmp_path: Path) -> None:
    ledger = Ledger(database)
    with keeping(database, tmp_path, Often(commits=1, minutes=1_000)) as died:
        wait_until(lambda: state(database) != [], within_seconds=30, what="the keeper")
        database.kill()
        database.start()
        ledger.grow(10)
        wait_until(lambda: sizes(database) != [], within_seconds=60, what="the seal")
    assert died == []


def test_a_database_without_the_tables_is_not_waited_for(empty_database: Database, tmp_path: Path) -> None:
    with keeping(empty_database, tmp_path, SELDOM) as died:
        wait_until(lambda: died != [], within_seconds=30, what="its end")
    assert isinstance(died[0], DatabaseNotReady)


def test_a_place_that_is_away_is_waited_for(database: Database, tmp_path: Path) -> None:
    Ledger(database).grow(10)
    place = tmp_path / "seals"
    place.write_text("in the way")
    with keeping(database, place, SELDOM) as died:
        place_is_back = threading.Timer(0.0, place.unlink)
        place_is_back.start()
        wait_until(lambda: sizes(database) == [10], within_seconds=30, what="the seal")
        place_is_back.join()
    assert died == []
    assert (place / "seal-0000000001.txt").exists()


def test_an_error_of_the_program_is_not_swallowed(database: Database, tmp_path: Path) -> None:
    Ledger(database).grow(10)
    as_owner(database, "ALTER TABLE trial.seals RENAME COLUMN text TO words")
    with keeping(database, tmp_path, SELDOM) as died:
        wait_until(lambda: died != [], within_seconds=30, what="its end")
    assert isinstance(died[0], psycopg.errors.UndefinedColumn)
