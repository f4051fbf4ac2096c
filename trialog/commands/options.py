"""Options that several commands share, and how a command gets its settings and its consoles."""

import os
import signal
import threading
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import msgspec
import psycopg
import typer
from rich.console import Console
from rich.table import Table

from schemas.study import StudyDefinition
from trialog.errors import NotReachable
from trialog.log_lines import configure
from trialog.settings import Settings
from trialog.stores import Stores
from trialog.study import load_study

Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Data folder (TRIALOG_DATA).")]
Http = Annotated[str | None, typer.Option("--http", metavar="HOST:PORT", help="Pages and forms (TRIALOG_HTTP).")]
Hl7 = Annotated[str | None, typer.Option("--hl7", metavar="HOST:PORT", help="HL7 door (TRIALOG_HL7).")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document and nothing else.")]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


class Context(msgspec.Struct, frozen=True):
    """What a command works with."""

    settings: Settings
    study: StudyDefinition


def context(
    *,
    data: Path | None = None,
    http: str | None = None,
    hl7: str | None = None,
    demand: tuple[str, ...] = (),
    log: str = "error",
) -> Context:
    """The settings from the environment and the options, which go first. Raises SettingsError.

    ``log`` is the level of log lines where TRIALOG_LOG does not say: a person at a terminal wants only errors.
    """
    options = {"TRIALOG_DATA": None if data is None else str(data), "TRIALOG_HTTP": http, "TRIALOG_HL7": hl7}
    environ = {**os.environ, **{name: value for name, value in options.items() if value is not None}}
    configure(environ.get("TRIALOG_LOG", log))
    settings = Settings.from_environ(environ, demand)
    return Context(settings, load_study(settings))


def demand_data(settings: Settings) -> None:
    """For commands that only look: an embedded database that was never made is not made by looking."""
    if settings.embedded and not (settings.data_dir / "postgres" / "PG_VERSION").exists():
        raise NotReachable(
            f"no trial in {settings.data_dir}: start one with `trialog up`, name its folder with --data, "
            "or set DATABASE_URL"
        )


def on_data(data: Path | None) -> Context:
    """For commands on data that are there: `context`, and `demand_data`."""
    given = context(data=data)
    demand_data(given.settings)
    return given


def connected(stores: Stores) -> closing[psycopg.Connection[Any]]:
    """A connection as the role that may only read. Raises NotReachable."""
    try:
        return closing(stores.connect_as("read")())
    except psycopg.OperationalError as error:
        raise NotReachable(f"the database does not answer ({type(error).__name__}); check DATABASE_URL") from error


def table(*columns: str) -> Table:
    made = Table(box=None, pad_edge=False)
    for column in columns:
        made.add_column(column)
    return made


def print_json(document: Any) -> None:
    out.file.write(msgspec.json.encode(document).decode() + "\n")


def asked_to_stop() -> threading.Event:
    """Set by SIGTERM and by Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
