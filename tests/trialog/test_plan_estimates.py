"""`trialog stats --plan` and `--export`: the plan's estimates as of a commit, and the folder of them.

And `trialog stats` with a plan that asks for survival alone: what it does not ask for is marked everywhere.
"""

import csv
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner, Result

from analytics.analysis_store import store_analyses
from analytics.folder.plan_text import write_plan
from analytics.numbers import numbers_of
from analytics.plan_as_of import plan_as_of
from analytics.plans.plan import parse_plan
from analytics.prespecified import Prespecified
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


SURVIVAL_ALONE = msgspec.structs.replace(PLAN, estimates=tuple(each for each in PLAN.estimates if each.id == "os"))
OUTCOME = ("full set", "ORR", "CR", "CRi", "PR", "ORR will end", "survival", "OS at day", "median OS")


@pytest.fixture(scope="module")
def survival_alone(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file of a study's own plan."""
    file = tmp_path_factory.mktemp("plan") / "survival.toml"
    file.write_bytes(write_plan(SURVIVAL_ALONE))
    return str(file)


def document(trial: Trial, plan: str, *command: str) -> Any:
    return json.loads(trial.says(*command, "--json", TRIALOG_PLAN=plan))


def test_each_line_of_the_text_is_marked_where_the_plan_does_not_ask_for_it(trial: Trial, survival_alone: str) -> None:
    lines = [
        line
        for line in trial.says("--known-at", str(trial.drawn), TRIALOG_PLAN=survival_alone).splitlines()
        if line.startswith(OUTCOME)
    ]
    assert len(lines) == 10
    unmarked = [line.split("  ")[0] for line in lines if "(exploratory)" not in line]
    assert unmarked == ["survival", "OS at day 365", "OS at day 730", "median OS"]
    (plan,) = (
        line
        for line in trial.says("--known-at", str(trial.drawn), TRIALOG_PLAN=survival_alone).splitlines()
        if line.startswith("plan")
    )
    assert "NCT06486350 2; what it does not ask for is marked (exploratory)" in plan


def test_the_document_says_of_every_number_how_it_stands(trial: Trial, survival_alone: str) -> None:
    told_of = document(trial, survival_alone, "--known-at", str(trial.drawn))
    told = told_of.pop("prespecification")
    asked = Prespecified(SURVIVAL_ALONE, STUDY.endpoints).said(numbers_of(json.dumps(told_of).encode()))
    assert told == json.loads(msgspec.json.encode(asked))
    assert told["prespecified"]["survival.at.365"] == ["os"]
    assert "response.rates.ORR" in told["exploratory"]


def test_what_moved_is_marked_in_text_and_document(trial: Trial, survival_alone: str) -> None:
    moved = ("--diff", str(trial.drawn), str(trial.corrected))
    lines = {
        line.split()[0]: line
        for line in trial.says(*moved, TRIALOG_PLAN=survival_alone).splitlines()
        if line.startswith("response.")
    }
    assert "response.rates.ORR" in lines
    assert {name for name, line in lines.items() if "(exploratory)" not in line} == set()
    told = document(trial, survival_alone, *moved)
    assert told["prespecification"]["exploratory"] == [each["name"] for each in told["numbers"]]
    assert told["prespecification"]["prespecified"] == {}


def test_a_plan_that_is_not_the_studys_is_exploratory_everywhere_in_what_it_gives(
    trial: Trial, survival_alone: str, tmp_path: Path
) -> None:
    other = tmp_path / "other.toml"
    other.write_bytes(write_plan(PLAN).replace(b"bootstraps = 200", b"bootstraps = 5"))
    at = ("--plan-file", str(other), "--known-at", str(trial.drawn))
    not_asked = {each.id for each in PLAN.estimates} - {"os"}

    found = document(trial, survival_alone, *at)["results"]["results"]
    assert {each["id"] for each in found if each["prespecified"] is False} == not_asked
    assert {
        each["id"] for each in found if any(label["guard"] == "exploratory" for label in each["labels"])
    } == not_asked

    said = trial.says(*at, TRIALOG_PLAN=survival_alone)
    assert said.count("! This estimate is not in the study's analysis plan.") == len(not_asked)

    trial.says(*at, "--export", str(tmp_path / "folder"), TRIALOG_PLAN=survival_alone)
    exported = json.loads((tmp_path / "folder" / "results.json").read_text(encoding="utf-8"))["results"]["results"]
    shown = {each["id"] for each in exported}
    assert {each["id"] for each in exported if not each["prespecified"]} == not_asked & shown
    with (tmp_path / "folder" / "results.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert {line["estimate"] for line in lines if line["prespecified"] == "yes"} == {"os"}
    assert {line["prespecified"] for line in lines if line["estimate"] != "os"} == {"no"}
    readme = (tmp_path / "folder" / "README.txt").read_text(encoding="utf-8").splitlines()
    assert "os: Overall survival / 总生存" in readme
    assert "cr: Complete remission / 完全缓解 [exploratory / 探索性]" in readme
    assert sum(line.endswith("[exploratory / 探索性]") for line in readme) == len(not_asked & shown)
