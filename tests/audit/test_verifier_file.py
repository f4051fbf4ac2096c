"""The verifier is one file that a person can read in one sitting and that runs anywhere."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from projections.export import verify_trialog

FILE = Path(verify_trialog.__file__)
TEXT = FILE.read_text(encoding="utf-8")
OLDER = ("3.9", "3.10")


def older_python(version: str) -> list[str] | None:
    """A command that runs this Python, None where the machine has none."""
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [*sorted(home.glob(f"{version}.*/bin/python")), shutil.which(f"python{version}")]
    for each in filter(None, found):
        asked = [str(each), "-I", "-c", "import sys; print(*sys.version_info[:2], sep='.')"]
        if subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() == version:
            return [str(each)]
    return None


def test_it_has_at_most_400_lines():
    assert len(TEXT.splitlines()) <= 400


def test_its_syntax_is_that_of_python_3_9():
    ast.parse(TEXT, feature_version=(3, 9))


def test_it_imports_the_standard_library_only():
    imported = set()
    for node in ast.walk(ast.parse(TEXT)):
        if isinstance(node, ast.Import):
            imported |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(str(node.module).split(".")[0])
    assert len(imported) > 10
    assert imported <= sys.stdlib_module_names


def test_it_is_found_alone_in_a_folder_and_says_how_it_is_used(tmp_path: Path):
    alone = shutil.copy(FILE, tmp_path)
    asked = subprocess.run(
        [sys.executable, "-I", "-S", alone, "--help"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "--kept SEAL" in asked.stdout
    assert "Exit code:" in asked.stdout


@pytest.mark.parametrize("version", OLDER)
def test_older_pythons_run_it(version: str, tmp_path: Path):
    python = older_python(version)
    if python is None:
        pytest.skip(f"no Python {version} on this machine")
    alone = shutil.copy(FILE, tmp_path)
    key = "trialog/X+00000000+AQ=="
    asked = subprocess.run(
        [*python, "-I", "-S", alone, "no-such-file", "--key", key], capture_output=True, text=True, check=False
    )
    assert (asked.returncode, asked.stderr) == (
        2,
        f"verify_trialog: {key}: no Ed25519 key in the form name+id+base64\n",
    )
