"""`trialog report`: what it writes, that it says in the log that it was asked, and what it refuses."""

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from schemas.events.access import SubjectRead
from tests.analytics.ledgers import Ledger
from tests.analytics.trials import DRAWN
from tests.rules.drawn import events
from tests.servers.postgres import Database
from tests.trialog.line import SteppedLine
from tests.trialog.test_access import accesses
from trialog.cli import app

FEW = """
name = "few"
[[estimates]]
id = "os"
title = "Overall survival"
method = "kaplan-meier"
time = "survival_days"
event = "died"
missing = "leave-out"
"""


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "few.plan.toml").write_text(FEW)
    monkeypatch.setenv("TRIALOG_PLAN", str(tmp_path / "few.plan.toml"))


def run(*command: str) -> Result:
    return CliRunner().invoke(app, ["report", *command], env={"COLUMNS": "250"})


@pytest.mark.usefixtures("plan")
def test_it_writes_both_files_in_both_languages_and_says_so_in_the_log(
    stepped_line: SteppedLine, database: Database, tmp_path: Path
) -> None:
    ledger = Ledger(database)
    first = ledger.commit(events(DRAWN["S-001"], "S-001"))[-1]
    last = ledger.commit(events(DRAWN["S-002"], "S-002"))[-1]
    ledger.close()
    ended = run(str(tmp_path / "out"), "--json")
    assert ended.exit_code == 0, ended.output
    told = json.loads(ended.stdout)
    assert told["known_at"]["commit"] == last
    assert [Path(each["path"]).name for each in told["files"]] == [
        "report-zh.html",
        "report-zh.pdf",
        "report-en.html",
        "report-en.pdf",
    ]
    for each in told["files"]:
        body = Path(each["path"]).read_bytes()
        assert (len(body), hashlib.sha256(body).hexdigest()) == (each["bytes"], each["sha256"])
    (read,) = [each.facts for each in accesses(stepped_line) if isinstance(each.facts, SubjectRead)]
    assert (read.view, read.known_at) == ("report", last)
    then = run("--html", str(tmp_path / "then.html"), "--lang", "en", "--known-at", str(first))
    assert then.exit_code == 0, then.output
    assert f"commit {first}" in (tmp_path / "then.html").read_text("utf-8")
    assert "S-002" not in (tmp_path / "then.html").read_text("utf-8"), "not known then"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ((), "name a folder, or files with --html and --pdf"),
        (("out", "--lang", "fr"), "--lang fr: give one of zh, en, both"),
        (("out", "--html", "r.html"), "a folder and single files ask for different things"),
        (("--html", "r.html"), "a single file is in one language"),
    ],
)
def test_what_it_cannot_know_it_asks_for(command: tuple[str, ...], said: str) -> None:
    ended = run(*command)
    assert said in str(ended.exception)
