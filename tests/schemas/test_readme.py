"""What the README says that the core answers is what it answers."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```console\n\$ (\.venv/bin/python -c .*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)


def asked(block: str) -> tuple[str, str]:
    """The command, and what it prints."""
    lines = block.splitlines()
    last = max(number for number, line in enumerate(lines) if line.startswith("> "))
    command = "\n".join([lines[0], *(line.removeprefix("> ") for line in lines[1 : last + 1])])
    return command.removeprefix(".venv/bin/python"), "\n".join(lines[last + 1 :])


def test_the_readme_asks_for_status_response_and_endpoint_row() -> None:
    assert len(BLOCKS) == 3


@pytest.mark.parametrize("block", BLOCKS, ids=["status", "response", "endpoint-row"])
def test_the_core_answers_as_the_readme_says(block: str) -> None:
    command, expected = asked(block)
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        ["bash", "-c", f"{sys.executable}{command}"], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == expected.strip()
