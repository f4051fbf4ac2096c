"""`trialog stats --plan` and `--export`: the plan's estimates as of a commit, and the folder of them."""

import json
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from analytics.analysis_store import store_analyses
from analytics.plan_as_of import plan_as_of
from analytics.plans.plan import parse_plan
from analytics.study_table import STUDY_COLUMNS
from projections.knowledge import known_at_commit
from schemas.events import RecordExported
from tests.analytics.folders import python_script
from tests.analytics.ledgers import Ledger
from tests.analytics.test_analyses import FEW
from tests.analytics.trials import DOCUMENT
from tests.rules.drawn import STUDY
from tests.servers.postgres import Database
from tests.trialog.line import SteppedLine
from tests.trialog.test_access import accesses
from tests.trialog.test_two_times import CR_TO_NR, DRAWN_EVENTS, environ
from trialog.cli import app

PLAN = parse_plan(DOCUMENT, STUDY_COLUMNS)


class Trial(msgspec.Struct, frozen=True):
    """The drawn trial is known at ``drawn``, and with the correction of a response at ``corrected``."""

    database: Database
    line: SteppedLine
    drawn: int
    corrected: int

    def run(self, *command: str, **more: str) -> Result:
        env = {**environ(self.database), "COLUMNS": "250", **more}
        return CliRunner().invoke(app, ["stats", *command], env=env)

    def says(self, *command: str, **more: str) -> str:
        ended = self.run(*command, **more)
        assert ended.exit_code == 0, ended.output
        return ended.stdout


@pytest.fixture(scope="module")
def trial(module_database: Database) -> Trial:
    line = SteppedLine(module_database)
    ledger = Ledger(module_database)
    drawn = ledger.commit(DRAWN_EVENTS)[-1]
    (corrected,) = ledger.commit([CR_TO_NR])
    ledger.close()
    return Trial(module_database, line, drawn, corrected)


def test_the_plan_is_estimated_as_it_was_known(trial: Trial) -> None:
    then = trial.says("--plan", "--known-at", str(trial.drawn))
    # As in test_figures: 4 of the 6 whose year is over responded; one of them is corrected to no response later.
    assert "orr (proportion): 6 subjects; left out: 3 not-in-set\n  everybody: 4 of 6, 0.6667 " in then
    assert "marker-roc (roc): 0 subjects\n  no estimate: There is nobody to estimate from yet.\n" in then
    assert then.startswith(f"known at commit {trial.drawn} (")
    assert "  everybody: 3 of 6, 0.5 " in trial.says("--plan")


def test_the_same_position_gives_the_same_bytes_as_what_was_stored(trial: Trial) -> None:
    command = ("--plan", "--known-at", str(trial.drawn), "--json")
    first = trial.run(*command)
    assert "no stored analyses to compare with" in first.stderr
    with trial.database.connect(autocommit=True) as connection:
        found = plan_as_of(connection, STUDY, PLAN, PLAN, known_at_commit(connection, trial.drawn))
    with trial.database.connect() as connection:
        store_analyses(connection, found.analyses, trial.drawn)
    again = trial.run(*command)
    assert again.stdout == first.stdout == found.body.decode() + "\n"
    assert "the same bytes as analyses " in again.stderr


def test_stored_analyses_that_say_something_else_are_a_no(trial: Trial) -> None:
    with trial.database.connect(autocommit=True) as connection:
        found = plan_as_of(connection, STUDY, PLAN, PLAN, known_at_commit(connection, trial.corrected)).analyses
    (first, *others) = found.results.results
    results = msgspec.structs.replace(found.results, results=(msgspec.structs.replace(first, subjects=5), *others))
    with trial.database.connect() as connection:
        store_analyses(connection, msgspec.structs.replace(found, results=results), trial.corrected)
    ended = trial.run("--plan")
    assert ended.exit_code == 1
    assert "have other bytes; differs in: orr" in str(ended.exception)
    assert trial.run("--plan", "--known-at", str(trial.drawn)).exit_code == 0


def test_another_plan_is_exploratory_where_it_is_not_the_studys(trial: Trial, tmp_path: Path) -> None:
    (tmp_path / "few.toml").write_bytes(FEW)
    told = trial.says("--plan-file", str(tmp_path / "few.toml"), "--known-at", str(trial.drawn))
    os_, own = told.split("own (proportion)")
    assert "This estimate is not in the study's analysis plan." not in os_
    assert "! This estimate is not in the study's analysis plan." in own


def test_a_folder_is_told_of_and_leaves_out_what_the_role_may_not_see(trial: Trial, tmp_path: Path) -> None:
    to = tmp_path / "analysis"
    told = trial.says("--export", str(to), "--known-at", str(trial.drawn), TRIALOG_ACTOR_ROLE="statistician")
    assert "9 subjects" in told
    assert "left out, as this role may not see them: marker, marker_limit, marker_below, assay" in told
    assert "marker" not in (to / "data.csv").read_text()
    last = accesses(trial.line)[-1]
    assert isinstance(last.facts, RecordExported)
    assert (last.facts.content, last.facts.rows, last.actor_role) == ("analysis-folder", 9, "statistician")
    assert f"sha256 of SHA256SUMS {last.facts.sha256}" in told
    assert f"position / 位置: commit {trial.drawn}\n" in (to / "README.txt").read_text()
    assert "seal / 封印: -\n" in (to / "README.txt").read_text()
    assert python_script(to).returncode == 0
    assert list(tmp_path.iterdir()) == [to], "nothing half-written is left"


def test_a_role_that_may_see_everything_gets_the_marker_and_the_bytes_of_stats(trial: Trial, tmp_path: Path) -> None:
    may = {"TRIALOG_ACTOR_ROLE": "monitor", "TRIALOG_UNMASKED_ROLES": "monitor"}
    at = ("--known-at", str(trial.drawn))
    found = json.loads(trial.says("--export", str(tmp_path / "a"), *at, "--json", **may))
    assert found["withheld"] == []
    assert found["rows"] == 9
    assert found["recomputed"] == found["numbers"]
    assert (tmp_path / "a" / "results.json").read_text() == trial.says("--plan", *at, "--json")
    trial.says("--export", str(tmp_path / "b"), *at, **may)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert {name: (tmp_path / "a" / name).read_bytes() for name in files} == {
        path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()
    }


def test_a_folder_that_is_there_is_left_alone(trial: Trial, tmp_path: Path) -> None:
    before = len(accesses(trial.line))
    ended = trial.run("--export", str(tmp_path))
    assert "is there already; an export is never written over" in str(ended.exception)
    assert getattr(ended.exception, "exit_code", None) == 2
    assert len(accesses(trial.line)) == before
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_recorded_is_not_exported(trial: Trial, tmp_path: Path) -> None:
    ended = trial.run("--export", str(tmp_path / "a"), TRIALOG_INTAKE_DATABASE_URL="")
    assert "the access could not be recorded, so nothing is shown" in str(ended.exception)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("--plan", "--diff", "1", "2"), "--plan, --plan-file and --export are of one point"),
        (("--plan-file", "/nowhere.toml"), "--plan-file: /nowhere.toml cannot be read"),
        (("--plan", "--known-at", "99"), "--known-at: there is no commit 99"),
    ],
)
def test_what_makes_no_sense_is_refused(trial: Trial, command: tuple[str, ...], told: str) -> None:
    ended = trial.run(*command)
    assert told in str(ended.exception)
    assert getattr(ended.exception, "exit_code", None) == 2
