"""The direction of imports is a contract in pyproject.toml; import-linter reads it."""

import subprocess
import sys

from tests.architecture.tree import PACKAGES, ROOT, pyproject


def test_imports_point_inwards():
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-logo"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_contract_speaks_of_every_package():
    assert sorted(pyproject()["tool"]["importlinter"]["root_packages"]) == sorted(PACKAGES)
