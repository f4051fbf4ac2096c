"""A machine without Kafka, Chromium or npm: the tests say so, and fail where the part is required.

Run as CI runs them.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PART = {
    "kafka": ("tests/servers/test_brokers.py::test_the_session_s_broker_answers", "TRIALOG_REQUIRE_KAFKA"),
    "browser": ("tests/servers/test_chromium.py", "TRIALOG_REQUIRE_BROWSER"),
    "asyncapi": (
        "tests/contracts/test_asyncapi.py::test_the_document_is_valid_under_the_specification_s_own_schema",
        "TRIALOG_REQUIRE_ASYNCAPI",
    ),
}


def run_on_a_bare_machine(part: str, *options: str, required: bool) -> subprocess.CompletedProcess[str]:
    """pytest on one test of the part, with no program on the path and no Docker engine."""
    test, variable = PART[part]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TRIALOG_")}
    environ |= {"PATH": "/nonexistent", "DOCKER_HOST": "unix:///nonexistent/docker.sock"}
    environ |= {variable: "1"} if required else {}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, test]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("part", PART)
def test_a_missing_part_skips_with_one_loud_line(part: str):
    done = run_on_a_bare_machine(part, required=False)
    assert done.returncode == 0, done.stdout
    assert f"{part.upper()} TESTS WERE SKIPPED, 1 of them: " in done.stdout
    assert f"{part} tests: 0 passed, 0 failed, 1 skipped (not there)" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("part", PART)
def test_a_missing_part_that_is_required_fails(part: str):
    done = run_on_a_bare_machine(part, required=True)
    assert done.returncode == 1, done.stdout
    assert f"{PART[part][1]}=1 forbids it" in done.stdout
    assert f"{part} tests: 0 passed, 1 failed, 0 skipped (not there)" in done.stdout


@pytest.mark.slow
def test_a_missing_part_is_told_by_the_process_that_ran_its_test():
    done = run_on_a_bare_machine("browser", "-n", "1", required=True)
    assert done.returncode == 1, done.stdout
    assert "TRIALOG_REQUIRE_BROWSER=1 forbids it" in done.stdout
    assert "browser tests: 0 passed, 1 failed, 0 skipped (not there)" in done.stdout
