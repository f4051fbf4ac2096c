"""The direction of imports is a contract in pyproject.toml; import-linter reads it."""

import os
import subprocess
import sys
from pathlib import Path

import grimp
import pytest
from importlinter import ContractCheck

from tests.architecture.allowed_imports import AllowedImports
from tests.architecture.tree import PACKAGES, ROOT, pyproject


def test_imports_point_inwards():
    done = _linted(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def _linted(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-logo"]
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=folder, env=surroundings, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_contract_speaks_of_every_package():
    assert sorted(pyproject()["tool"]["importlinter"]["root_packages"]) == sorted(PACKAGES)


@pytest.mark.parametrize("imported", ["numpy", "psycopg", "os", "random", "eventlog", "nobody_has_written_this_yet"])
def test_the_facts_may_import_nothing_that_is_not_listed(imported: str):
    check = _checked("schemas.codec", imported)
    assert not check.kept
    assert check.metadata == {"refused": [f"schemas.codec -> {imported}"]}


@pytest.mark.parametrize(("importer", "imported"), [("schemas.codec", "msgspec"), ("projections.writer", "psycopg")])
def test_what_is_listed_may_be_imported_and_others_are_not_bound(importer: str, imported: str):
    assert _checked(importer, imported).kept


def _checked(importer: str, imported: str) -> ContractCheck:
    """The contract of pyproject.toml, asked about a graph of one import."""
    graph = grimp.ImportGraph()
    graph.add_import(importer=importer, imported=imported)
    options = next(each for each in pyproject()["tool"]["importlinter"]["contracts"] if each["id"] == "pure")
    contract = AllowedImports(
        name=options["name"],
        session_options={},
        contract_options={key: options[key] for key in ("source_packages", "allowed_modules")},
    )
    return contract.check(graph, verbose=False)


def test_the_linter_itself_fails_on_a_library_that_is_not_listed(tmp_path: Path):
    package = tmp_path / "facts"
    package.mkdir()
    (package / "__init__.py").write_text("import hypothesis\n", encoding="utf-8")
    (tmp_path / "setup.cfg").write_text(
        "[importlinter]\nroot_package = facts\ninclude_external_packages = true\n"
        "contract_types =\n    allowed: tests.architecture.allowed_imports.AllowedImports\n"
        "[importlinter:contract:1]\nname = pure\ntype = allowed\nsource_packages = facts\nallowed_modules = msgspec\n",
        encoding="utf-8",
    )
    done = _linted(tmp_path)
    assert done.returncode == 1
    assert "facts -> hypothesis is not among the allowed imports" in done.stdout
    (package / "__init__.py").write_text("import msgspec\n", encoding="utf-8")
    assert _linted(tmp_path).returncode == 0
