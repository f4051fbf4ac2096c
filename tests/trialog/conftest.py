"""A line on a database of its own, and commands that find it by their settings."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.postgres import Database
from tests.trialog.line import Ended, SteppedLine, run

Command = Callable[..., Ended]


@pytest.fixture
def stepped_line(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SteppedLine:
    monkeypatch.setenv("DATABASE_URL", database.url("trialog_read"))
    monkeypatch.setenv("TRIALOG_INTAKE_DATABASE_URL", database.url("trialog_intake"))
    monkeypatch.setenv("TRIALOG_DATA", str(tmp_path))
    return SteppedLine(database)


@pytest.fixture
def trialog(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """``trialog("subject", "S-001")`` runs that command."""
    return lambda *command: run(capsys, monkeypatch, *command)
