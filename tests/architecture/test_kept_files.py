"""What is kept in the repository is the same for everybody who clones it: no path, host or secret of one machine."""

import re
import subprocess

import pytest

from tests.architecture.tree import ROOT, kept_files, shown, text_of

HOMES = ("work", "root", "home", "Users")
OF_ONE_MACHINE = re.compile(
    rf"(?<![\w./:$}}~-])/(?:{'|'.join(HOMES)})/[\w.]"  # somebody's folder, from the root of the disk
    r"|--(?:extra-)?index" + r"-url"
    r"|PIP_(?:FIND|INDEX|EXTRA)" + r"_"
    r"|--trusted" + r"-host"
    r"|BEGIN (?:RSA |EC |OPENSSH )?PRIVATE" + r" KEY"
)
BYTES_MAX = 5_000_000


def test_no_path_or_package_host_of_one_machine():
    found = []
    for path in kept_files():
        for number, line in enumerate((text_of(path) or "").splitlines(), start=1):
            if OF_ONE_MACHINE.search(line):
                found.append(f"{shown(path)}:{number}")
    assert found == []


@pytest.mark.parametrize(
    "line", ["cd /" + "work/main", "see /" + "home/ann/x", "pip --index" + "-url x", "'/" + "root/.m2'"]
)
def test_a_path_of_one_machine_would_be_noticed(line: str):
    assert OF_ONE_MACHINE.search(line)


@pytest.mark.parametrize(
    "line", ["https://example.org/home/page", "/var/lib/trialog", "trial/work/x", "${DATA}/work/x"]
)
def test_other_paths_pass(line: str):
    assert OF_ONE_MACHINE.search(line) is None


def test_nothing_large_is_kept():
    assert [shown(path) for path in kept_files() if path.stat().st_size > BYTES_MAX] == []


def test_what_is_built_is_ignored():
    built = [
        ".venv/bin/python",
        "build/x",
        "trialog.egg-info/PKG-INFO",
        "schemas/__pycache__/x.pyc",
        "data/PG_VERSION",
        ".env",
    ]
    asking = ["git", "-c", f"safe.directory={ROOT}", "check-ignore", *built]
    listed = subprocess.run(asking, cwd=ROOT, capture_output=True, text=True, check=False)
    assert listed.stdout.split() == built
