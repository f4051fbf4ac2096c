"""What the README says that the core answers is what it answers."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(
    r"```sh\n\.venv/bin/python( -c .*?)\n```\n```text\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL
)
"""Pairs of what is asked and what is answered."""


def test_the_readme_asks_for_status_response_and_endpoint_row() -> None:
    assert len(BLOCKS) == 3


@pytest.mark.parametrize(("command", "expected"), BLOCKS, ids=["status", "response", "endpoint-row"])
def test_the_core_answers_as_the_readme_says(command: str, expected: str) -> None:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        ["bash", "-c", f"{sys.executable}{command}"], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    assert ran.stdout == expected
