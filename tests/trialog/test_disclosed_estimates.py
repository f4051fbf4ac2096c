"""What each role is shown of a blinded marker: by the plan's estimates, their folder, the report and the pages."""

import json
import re
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from analytics.analyses import encode_analyses
from analytics.analysis_store import store_analyses
from analytics.plan_as_of import plan_as_of
from analytics.plans.plan import parse_plan
from analytics.study_table import STUDY_COLUMNS
from monitor.app import Monitoring
from monitor.audit.answers import Audit
from projections.knowledge import known_at_head
from schemas.events import ActionRefused
from tests.analytics.ledgers import Ledger
from tests.monitor.report.test_report import MARKED, PLANNED_CUT, VALUES
from tests.monitor.serving import served
from tests.monitor.statistics.test_statistics_pages import get
from tests.rules.drawn import STUDY, events
from tests.servers.postgres import Database
from tests.trialog.line import SteppedLine
from tests.trialog.test_access import accesses
from tests.trialog.test_two_times import environ
from trialog.cli import app

DOCUMENT = PLANNED_CUT.format(cut="3")
MAY = {"TRIALOG_ACTOR_ROLE": "statistician", "TRIALOG_UNMASKED_ROLES": "statistician,monitor"}
MAY_NOT = {"TRIALOG_ACTOR_ROLE": "investigator", "TRIALOG_UNMASKED_ROLES": "statistician,monitor"}
NAMED_NOWHERE = {"TRIALOG_ACTOR_ROLE": "statistician"}
# Midway between log2 of 4.75 and of 8.75: 2.688605…
BETWEEN = "2.6886"


class Marked(msgspec.Struct, frozen=True):
    """Eight subjects with a marker each, and a plan with a cut of it."""

    database: Database
    line: SteppedLine
    plan: Path

    def run(self, *command: str, **role: str) -> Result:
        env = {**environ(self.database), "COLUMNS": "250", "TRIALOG_PLAN": str(self.plan), **role}
        return CliRunner().invoke(app, list(command), env=env)

    def says(self, *command: str, **role: str) -> str:
        ended = self.run(*command, **role)
        assert ended.exit_code == 0, ended.output
        return ended.stdout


@pytest.fixture(scope="module")
def trial(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Marked:
    line = SteppedLine(module_database)
    ledger = Ledger(module_database)
    ledger.commit([event for subject, history in MARKED.items() for event in events(history, subject)])
    ledger.commit(VALUES)
    ledger.close()
    plan = tmp_path_factory.mktemp("plan") / "marked.plan.toml"
    plan.write_text(DOCUMENT)
    return Marked(module_database, line, plan)


def by_id(document: str) -> dict[str, dict]:
    return {each["id"]: each for each in json.loads(document)["results"]["results"]}


def test_json_gives_the_cuts_of_a_curve_to_a_role_that_may_see_them(trial: Marked) -> None:
    told = by_id(trial.says("stats", "--plan", "--json", **MAY))
    cuts = told["at-cut"]["answer"]["curve"]["cut"]
    assert f"{cuts[2]:.4f}" == BETWEEN
    assert "values-withheld" not in {label["guard"] for each in told.values() for label in each["labels"]}
    assert len(told["by-value"]["answer"]["diagnostics"]["forms"][0]["covariate"]) == 8


@pytest.mark.parametrize("role", [MAY_NOT, NAMED_NOWHERE, {}], ids=["another role", "no role is named", "the default"])
def test_json_gives_no_other_role_a_value(trial: Marked, role: dict[str, str]) -> None:
    document = trial.says("stats", "--plan", "--json", **role)
    told = by_id(document)
    assert told["at-cut"]["answer"]["curve"]["cut"] is None
    assert told["at-cut"]["answer"]["curve"]["cut_missing"] == "withheld"
    assert told["at-cut"]["answer"]["at_cut"]["cut"] == 3.0
    assert [each["curve"] for each in told["by-side"]["answer"]["groups"]] == [None, None]
    assert told["by-value"]["answer"]["diagnostics"]["martingale"] is None
    assert BETWEEN not in document
    for each in told.values():
        assert [label["guard"] for label in each["labels"]].count("values-withheld") == 1


def test_lines_say_what_is_withheld_and_why(trial: Marked) -> None:
    told = trial.says("stats", "--plan", **MAY_NOT)
    assert "the plan's cut 3: 2 cases and 0 controls below it" in told
    assert "! What says values of the blinded marker is withheld: curve.cut. Ask somebody whose role" in told
    assert "withheld" not in trial.says("stats", "--plan", **MAY)


def test_a_folder_has_the_marker_for_a_role_that_may_see_it_alone(trial: Marked, tmp_path: Path) -> None:
    trial.says("stats", "--export", str(tmp_path / "may"), **MAY)
    assert "4.75" in (tmp_path / "may" / "data.csv").read_text()
    assert sorted(each.name for each in (tmp_path / "may").glob("analysis*")) == [
        *("analysis.R", "analysis.py", "analysis_marker.py", "analysis_survival.py", "analysis_table.py")
    ]
    refused = trial.run("stats", "--export", str(tmp_path / "not"), **MAY_NOT)
    assert "every estimate of the plan reads what this role may not see" in str(refused.exception)


@pytest.mark.parametrize(("role", "seen"), [(MAY, True), (MAY_NOT, False)])
def test_a_report_shows_the_marker_on_purpose_to_a_role_that_may_see_it(
    trial: Marked, tmp_path: Path, role: dict[str, str], seen: bool
) -> None:
    path = tmp_path / "report.html"
    command = ("report", "--html", str(path), "--lang", "en", "--with-blinded")
    ended = trial.run(*command, **role)
    assert path.exists() is seen
    if seen:
        assert "FOR THE STATISTICIAN ALONE" in path.read_text("utf-8")
        return
    assert "the role investigator may not see values; TRIALOG_UNMASKED_ROLES names" in str(ended.exception)
    last = accesses(trial.line)[-1]
    assert last.facts == ActionRefused(action="report --with-blinded", why="role-sees-no-values")


def pages(trial: Marked, *, sees: bool) -> str:
    """The page of the stored analyses."""

    def connect():
        return trial.database.connect("trialog_read")

    audit = Audit(connect, STUDY, sees_everything=sees)
    with served(Monitoring(connect, STUDY, dict, forms=False, audit=audit)) as address:
        return get(address, "/statistics").text


def test_what_is_stored_is_whole_and_the_page_shows_what_its_role_may_see(trial: Marked) -> None:
    plan = parse_plan(DOCUMENT.encode(), STUDY_COLUMNS)
    with trial.database.connect("trialog_read", autocommit=True) as connection:
        found = plan_as_of(connection, STUDY, plan, plan, known_at_head(connection))
    with trial.database.connect("trialog_app") as connection:
        store_analyses(connection, found.analyses, found.known_at.commit)
        ((body,),) = connection.execute("SELECT body FROM trial.analyses").fetchall()
    assert bytes(body) == encode_analyses(found.analyses)
    assert re.search(rb"2\.6886\d+", bytes(body))
    whole, bounded = pages(trial, sees=True), pages(trial, sees=False)
    # For both: the curve of the marker, which has no cut on it, and who moves its coefficient, by size. The curves by
    # its sides name subjects by days, and the residuals over it have its values below.
    assert [len(re.findall(r"<svg[^>]*analysis-chart", each)) for each in (whole, bounded)] == [4, 2]
    assert "the courses of those on one side of it, are not shown" in bounded
    assert BETWEEN not in whole + bounded
    assert "at the plan&#39;s cut of 3" in bounded
