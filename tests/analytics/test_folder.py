"""The exported folder: its scripts reproduce every number, what was changed is noticed, and the files agree."""

import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from analytics.folder.contents import SUMS, Folder
from analytics.folder.labels import LABELS
from analytics.folder.plan_text import write_plan
from analytics.folder.scripts import PARTS, plan_in_r
from analytics.folder.table_files import write_csv
from analytics.folder.withholding import without
from analytics.plans.methods import LogRank
from analytics.plans.plan import Plan, PlanColumn, parse_plan
from analytics.plans.table import Table, read_csv
from analytics.study_table import MARKER_COLUMNS, STUDY_COLUMNS, study_table
from tests.analytics.folders import (
    EVERY_METHOD,
    made,
    made_folder,
    python_script,
    r_script,
    simulated,
    study_folder,
    written,
)
from tests.analytics.test_analyses import rows
from tests.analytics.trials import DRAWN, PLAN
from tests.rules.drawn import STUDY, on
from trialog.cli import app


def _r_is_here() -> bool:
    asked = ["Rscript", "--vanilla", "-e", "library(survival)"]
    return shutil.which("Rscript") is not None and subprocess.run(asked, capture_output=True).returncode == 0


needs_r = pytest.mark.skipif(not _r_is_here(), reason="no R with the package survival on this machine")


@cache
def drawn_folder() -> Folder:
    return study_folder(rows(DRAWN, 500)[0], on(500))


@cache
def simulated_folder() -> Folder:
    return study_folder(*simulated())


FOLDERS: dict[str, Callable[[], Folder]] = {
    "the drawn trial": drawn_folder,
    "a simulated trial of 72": simulated_folder,
    "every method": made_folder,
}


@pytest.fixture(scope="module", params=list(FOLDERS.values()), ids=list(FOLDERS))
def one(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(request.param(), tmp_path_factory.mktemp("analysis") / "folder")


def lines_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((path / "results.csv").read_text())))


def changed(path: Path, to: Path, quantity: str) -> Path:
    """A copy in which one number is a hundred-thousandth greater."""
    shutil.copytree(path, to)
    lines = lines_of(path)
    line = next(each for each in lines if each["quantity"] == quantity and each["value"])
    line["value"] = repr(float(line["value"]) * (1 + 1e-5))
    with (to / "results.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, lines[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    return to


def counts(printed: str) -> dict[str, int]:
    """
    >>> counts("a OK\\n3 OK, 0 DIFFERS, 1 not recomputed here\\n")
    {'OK': 3, 'DIFFERS': 0, 'not recomputed here': 1}
    """
    parts = (part.partition(" ") for part in printed.strip().splitlines()[-1].split(", "))
    return {what: int(count) for count, _, what in parts}


def shown_of(script: str, path: Path) -> dict[str, int]:
    lines = lines_of(path)
    own = sum(line[script] == "yes" for line in lines)
    return {"OK": own, "DIFFERS": 0, "not recomputed here": len(lines) - own}


def test_the_python_script_reproduces_every_number_that_it_names(one: Path) -> None:
    ended = python_script(one)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr
    assert counts(ended.stdout) == shown_of("python", one)


@needs_r
def test_the_r_script_reproduces_every_number_that_it_names(one: Path) -> None:
    ended = r_script(one)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr
    assert counts(ended.stdout) == shown_of("r", one)


@pytest.mark.parametrize("script", [python_script, pytest.param(r_script, marks=needs_r)])
def test_a_number_that_was_changed_is_noticed(script: Any, tmp_path: Path) -> None:
    path = written(drawn_folder(), tmp_path / "folder")
    ended = script(changed(path, tmp_path / "changed", "groups.everybody.exact.upper"))
    assert ended.returncode == 1, ended.stdout + ended.stderr
    found = [line.split()[:2] for line in ended.stdout.splitlines() if " DIFFERS " in line]
    assert found == [["orr", "groups.everybody.exact.upper"]]
    assert counts(ended.stdout)["DIFFERS"] == 1


def test_a_datum_that_was_changed_is_noticed(tmp_path: Path) -> None:
    path = written(drawn_folder(), tmp_path / "folder")
    lines = (path / "data.csv").read_text().splitlines(keepends=True)
    (path / "data.csv").write_text("".join(lines[:-1]))
    ended = python_script(path)
    assert ended.returncode == 1, ended.stdout
    assert any(line.startswith("os subjects 9 DIFFERS 8.0") for line in ended.stdout.splitlines())


def test_what_no_script_recomputes_is_what_the_readme_says() -> None:
    folder = simulated_folder()
    left = {(each.estimate, each.quantity.partition(".")[0]) for each in folder.numbers if not (each.python or each.r)}
    assert left == {
        ("marker-roc", "auc_optimism"),
        ("marker-roc", "cut_optimism"),
        ("marker-cut", "selected"),
        ("marker-cut", "optimism"),
        ("marker-spline", "fit"),
        ("marker-spline", "curve"),
    }
    told = folder.files["README.txt"].decode()
    assert "the bootstrap's optimism" in told
    assert "自助法乐观度" in told
    assert "position / 位置: commit 7\n" in told
    assert "seal / 封印: 2, root 00ff\n" in told
    assert f"data.csv: {hashlib.sha256(folder.files['data.csv']).hexdigest()}\n" in told


def test_the_sums_are_of_all_other_files(one: Path) -> None:
    said = {line[66:]: line[:64] for line in (one / SUMS).read_text().splitlines()}
    assert said == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in one.iterdir() if path.name != SUMS
    }
    assert sorted(said) == [
        *(
            "README.txt",
            "analysis.R",
            "analysis.py",
            "analysis_marker.py",
            "analysis_response.py",
            "analysis_survival.py",
        ),
        *("analysis_table.py", "data.csv", "data.json", "plan.toml", "results.csv", "results.json"),
    ]


SURVIVAL = '[[estimates]]\nid = "a"\nmethod = "kaplan-meier"\ntime = "time"\nevent = "event"\nby = "arm"\n'
SHARE = '[[estimates]]\nid = "b"\nmethod = "proportion"\noutcome = "good"\n'
# Whoever is high has no low value: in this direction no cut is better than none.
NO_CUT = '[[estimates]]\nid = "c"\nmethod = "roc"\noutcome = "high"\nmarker = "log2_x"\ncases = "lower"\n'
GRAY = '[[estimates]]\nid = "d"\nmethod = "gray"\ntime = "time"\ncause = "cause"\nof = "relapse"\ngroup = "arm"\n'


@pytest.mark.parametrize(
    ("estimates", "parts"),
    [
        (SURVIVAL, ["survival"]),
        (SHARE, ["response"]),
        (NO_CUT + 'missing = "leave-out"\n', ["marker"]),
        (SURVIVAL + SHARE, ["response", "survival"]),
        (GRAY + 'censored = "none"\n' + SURVIVAL, ["survival"]),
    ],
    ids=["survival", "a share", "a marker without a best cut", "two of them", "one that no script recomputes"],
)
def test_a_folder_has_the_parts_of_the_script_that_its_plan_needs(
    estimates: str, parts: list[str], tmp_path: Path
) -> None:
    folder = made_folder(estimates)
    path = written(folder, tmp_path / "folder")
    names = sorted(each.stem for each in path.glob("analysis*.py"))
    assert names == sorted(["analysis", "analysis_table", *(f"analysis_{part}" for part in parts)])
    said = ", ".join(f"analysis_{part}.py" for part in ("survival", "response", "marker") if part in parts)
    assert (
        f"(analysis_table.py, {said} are parts of it: those that the plan needs)" in (path / "README.txt").read_text()
    )
    ended = python_script(path)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr
    assert counts(ended.stdout) == shown_of("python", path)


def test_the_parts_of_the_script_are_what_it_names_itself() -> None:
    script = (files("analytics.folder") / "analysis.py").read_text()
    named = dict(re.findall(r'"(analysis_\w+)": \(([^)]*)\)', script))
    ours = {
        name.removesuffix(".py"): {method.__struct_config__.tag for method in methods}
        for name, methods in PARTS.items()
    }
    assert {part: set(re.findall(r'"([\w-]+)"', methods)) for part, methods in named.items()} == ours


@needs_r
def test_a_marker_without_a_best_cut_has_none_in_r_either(tmp_path: Path) -> None:
    path = written(made_folder(NO_CUT + 'missing = "leave-out"\n'), tmp_path / "folder")
    ended = r_script(path)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr
    assert counts(ended.stdout) == shown_of("r", path)


def test_trialog_estimate_gives_the_very_same_results(one: Path) -> None:
    command = ["estimate", str(one / "data.csv"), "--plan", str(one / "plan.toml"), "--json"]
    ended = CliRunner().invoke(app, command)
    found, exported = json.loads(ended.stdout.splitlines()[0]), json.loads((one / "results.json").read_bytes())
    assert {each.pop("prespecified") for each in found["results"]} == {None}
    # One of the folders is of a study with this plan, the other of no study at all.
    assert {each.pop("prespecified") for each in exported["results"]["results"]} in ({True}, {None})
    assert found["results"] == exported["results"]["results"]
    for name in ("plan_digest", "versions", "rows"):
        assert found[name] == exported["results"][name]
    assert found["data_digest"] == hashlib.sha256((one / "data.csv").read_bytes()).hexdigest()


def test_the_same_analysis_gives_the_same_bytes() -> None:
    again = study_folder(rows(DRAWN, 500)[0], on(500))
    assert again.files == drawn_folder().files
    later = study_folder(rows(DRAWN, 501)[0], on(501))
    assert later.files["SHA256SUMS"] != drawn_folder().files["SHA256SUMS"]


def test_the_data_are_dataset_json(one: Path) -> None:
    document = json.loads((one / "data.json").read_bytes())
    # CDISC Dataset-JSON v1.1: the attributes that it demands of a dataset and of a column.
    demanded = {
        "datasetJSONCreationDateTime",
        "datasetJSONVersion",
        "itemGroupOID",
        "records",
        "name",
        "label",
        "columns",
    }
    assert demanded <= document.keys()
    assert document["datasetJSONVersion"] == "1.1.0"
    assert document["datasetJSONCreationDateTime"] == "2026-03-01T08:30:00Z"
    assert document["records"] == len(document["rows"])
    types = {"string": str, "double": int | float, "boolean": bool}
    for place, column in enumerate(document["columns"]):
        assert {"itemOID", "name", "label", "dataType"} <= column.keys()
        values = [row[place] for row in document["rows"] if row[place] is not None]
        assert all(isinstance(value, types[column["dataType"]]) for value in values), column["name"]
    with (one / "data.csv").open(newline="") as file:
        assert next(csv.reader(file)) == [column["name"] for column in document["columns"]]
    assert [column["name"] for column in document["columns"] if column.get("keySequence")] in (["subject"], ["id"])


def test_every_column_of_the_study_has_a_label_in_both_languages() -> None:
    assert LABELS.keys() == STUDY_COLUMNS.keys()
    assert LABELS["died"] == "Died / 死亡"


@pytest.mark.parametrize("plan", [PLAN, parse_plan(EVERY_METHOD.encode())], ids=["of the study", "every method"])
def test_a_plan_that_is_written_is_read_as_the_same(plan: Plan) -> None:
    assert parse_plan(write_plan(plan)) == plan
    assert tomllib.loads(write_plan(plan).decode())["estimates"][0]["id"] == plan.estimates[0].id


def test_strange_texts_of_a_plan_survive() -> None:
    column = PlanColumn(kind="yes-no", yes='say "是"\\n', no="#")
    days = PlanColumn(kind="number")
    estimate = LogRank(id="a", title="é\n", time="days", event="a b", group="a b")
    plan = Plan(name="p = 1", columns={"a b": column, "days": days}, estimates=(estimate,))
    assert parse_plan(write_plan(plan)) == plan
    assert r'"yes" = "say \"\U0000662f\"\\n"' in plan_in_r(plan)


def test_the_table_is_read_as_it_was_written() -> None:
    plan = parse_plan(EVERY_METHOD.encode())
    assert read_csv(write_csv(made()), plan).columns == made().columns
    drawn = study_table(rows(DRAWN, 500)[0], STUDY.endpoints)
    assert read_csv(write_csv(drawn), PLAN).columns == drawn.columns


def test_a_table_is_written_with_all_its_digits() -> None:
    table = Table(rows=3, columns={"id": ("a,b", "c", "d"), "n": (1.0, 0.1 + 0.2, None), "b": (True, None, False)})
    assert write_csv(table) == b'id,n,b\n"a,b",1,1\nc,0.30000000000000004,\nd,,0\n'


def test_without_the_marker_neither_its_values_nor_what_tells_them_are_exported() -> None:
    folder = study_folder(*simulated(), hidden=MARKER_COLUMNS)
    header = folder.files["data.csv"].split(b"\n")[0].decode().split(",")
    assert set(STUDY_COLUMNS) - set(header) == {"marker", "marker_limit", "marker_below", "assay"}
    left_out = {each.id for each in PLAN.estimates} - {each.id for each in without(PLAN, MARKER_COLUMNS).estimates}
    assert left_out == {
        *("marker-response", "marker-response-firth", "marker-response-at-limit", "marker-roc", "marker-cut"),
        *("marker-spline", "marker-means", "marker-survival", "marker-survival-adjusted"),
    }
    assert {each["id"] for each in json.loads(folder.files["results.json"])["results"]["results"]}.isdisjoint(left_out)
    assert (
        "columns withheld / 隐去的列: marker, marker_limit, marker_below, assay\n"
        in folder.files["README.txt"].decode()
    )
    whole = {(each.estimate, each.quantity): each.value for each in simulated_folder().numbers}
    assert all(whole[each.estimate, each.quantity] == each.value for each in folder.numbers)
