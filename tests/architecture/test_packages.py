"""One distribution, its packages listed one by one, and nobody else under our generic first-level names."""

import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT, kept_files, modules, pyproject, shown

SETUPTOOLS = pyproject()["tool"]["setuptools"]


def test_the_list_of_packages_is_the_tree():
    found = {shown(path.parent).replace("/", ".") for path in modules(*PACKAGES) if path.name == "__init__.py"}
    assert sorted(SETUPTOOLS["packages"]) == sorted(found)


def test_every_folder_with_python_files_is_a_package():
    folders = {path.parent for path in modules(*PACKAGES, "benchmarks", "tests")}
    assert [shown(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


@pytest.mark.slow
def test_a_wheel_has_every_file_of_the_packages_and_nothing_else(tmp_path: Path):
    # Built from a copy of what git keeps: a build in the tree itself would pick up what earlier builds left.
    everything = kept_files()
    for path in everything:
        copy = tmp_path / "source" / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
    building = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(tmp_path),
        str(tmp_path / "source"),
    ]
    subprocess.run(building, cwd=tmp_path, check=True, timeout=300)
    (wheel,) = tmp_path.glob("trialog-*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    kept = {shown(path) for path in everything if path.relative_to(ROOT).parts[0] in PACKAGES}
    assert sorted(packed ^ kept) == []


def test_no_other_installed_distribution_owns_our_names():
    # `analytics-python`, for one, installs a package `analytics`: whichever comes first on the path would win.
    owners = packages_distributions()
    others = {name: set(owners.get(name, [])) - {"trialog"} for name in (*PACKAGES, "benchmarks", "tests")}
    assert {name: sorted(distributions) for name, distributions in others.items() if distributions} == {}


def test_our_packages_are_imported_from_this_tree():
    for name in PACKAGES:
        package = __import__(name)
        assert package.__file__ is not None
        assert package.__file__ == str(ROOT / name / "__init__.py")


def test_every_dependency_has_an_exact_version_in_the_lock():
    from packaging.requirements import Requirement  # comes with pytest
    from packaging.utils import canonicalize_name

    project = pyproject()["project"]
    asked = [*project["dependencies"], *(each for extra in project["optional-dependencies"].values() for each in extra)]
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    locked = {
        canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines) if version
    }
    for requirement in map(Requirement, asked):
        assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]), requirement
