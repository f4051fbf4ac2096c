"""PostgreSQL in a data folder: started, joined, stopped, killed, started again on the same data."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from projections.embedded_server import EmbeddedServer
from projections.errors import ServerNotStarted
from projections.migrate import migrate
from projections.writer import Writer
from tests.projections.controls import ENROLLMENT, SCREENED, STUDY, MemoryLog
from tests.servers.waiting import wait_until

# Starts the server in the folder it is told, says so, and waits until it is killed or its standard input ends.
USER = """
import sys
from pathlib import Path
from projections.embedded_server import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
server.start()
print(server.url(), flush=True)
sys.stdin.read()
server.stop()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not pytest's own: its folder is closed to the user as whom root's server runs, and its path is long.
    with tempfile.TemporaryDirectory(prefix="trialog-") as folder:
        yield Path(folder) / "data" / "postgres"


def postmaster(folder: Path) -> int:
    return int((folder / "postmaster.pid").read_text().splitlines()[0])


def test_data_outlive_a_stop(folder: Path, log: MemoryLog) -> None:
    log.send(SCREENED)
    with EmbeddedServer(folder) as server:
        migrate(server.url())
        writer = Writer(lambda: psycopg.connect(server.url("trialog_app")), STUDY)
        assert writer.apply(log.batch(ENROLLMENT)).accepted == 1
        writer.close()
    assert not (folder / "postmaster.pid").exists()
    with EmbeddedServer(folder) as server:
        migrate(server.url())
        writer = Writer(lambda: psycopg.connect(server.url("trialog_app")), STUDY)
        assert writer.next_offset(ENROLLMENT, 0) == 1
        writer.close()


def test_data_outlive_a_crash_of_the_server(folder: Path) -> None:
    server = EmbeddedServer(folder)
    server.start()
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE kept (n integer)")
    os.kill(postmaster(folder), signal.SIGQUIT)
    wait_until(lambda: not answers(server), what="the end of the server")

    server.start()

    with psycopg.connect(server.url()) as connection:
        connection.execute("SELECT FROM kept")
    server.stop()


def answers(server: EmbeddedServer) -> bool:
    try:
        psycopg.connect(server.url(), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def test_accepted_is_durable_and_no_row_gets_into_the_servers_log(folder: Path) -> None:
    with EmbeddedServer(folder) as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                assert connection.execute(f"SHOW {setting}").fetchone() == ("on",)
            connection.execute("CREATE TABLE short (said text PRIMARY KEY CHECK (said <> 'a secret'))")
            for said in ("a secret", "a\0secret"):
                with pytest.raises(psycopg.Error):
                    connection.execute("INSERT INTO short VALUES (%s)", (said,))
            with pytest.raises(psycopg.Error):
                connection.execute("INSERT INTO short VALUES ('a secret')")
            with pytest.raises(psycopg.Error):
                connection.execute("SELECT 'a secret'::integer")
        assert "CREATE TABLE" not in (folder / "log").read_text()
        assert "violates check constraint" in (folder / "log").read_text()
        assert "INSERT" not in (folder / "log").read_text()


def test_socket_is_for_the_owner_alone(folder: Path) -> None:
    with EmbeddedServer(folder):
        (socket,) = folder.glob(".s.PGSQL.*[0-9]")
        assert socket.stat().st_mode & 0o077 == 0


def test_second_process_joins_and_the_last_one_stops_the_server(folder: Path) -> None:
    server = EmbeddedServer(folder)
    server.start()
    with user_of(folder) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline().decode().strip() == server.url()
        server.stop()
        assert (folder / "postmaster.pid").exists()
        other.stdin.close()
        assert other.wait(timeout=60) == 0
    assert not (folder / "postmaster.pid").exists()


def test_killed_process_does_not_keep_the_server_running_for_ever(folder: Path) -> None:
    with user_of(folder) as other:
        assert other.stdout is not None
        other.stdout.readline()
        other.kill()
    with EmbeddedServer(folder) as server:
        assert answers(server)
    assert not (folder / "postmaster.pid").exists()


def test_dead_servers_number_given_to_another_process_is_not_taken_for_the_server(folder: Path) -> None:
    with EmbeddedServer(folder):
        stale = (folder / "postmaster.pid").read_text().splitlines()
    (folder / "postmaster.pid").write_text("\n".join([str(os.getpid()), *stale[1:]]) + "\n")
    with EmbeddedServer(folder) as server:
        assert answers(server)


def test_folder_that_is_none_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ServerNotStarted):
        EmbeddedServer(tmp_path / "file" / "data").start()


def user_of(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
