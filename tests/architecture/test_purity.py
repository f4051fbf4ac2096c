"""The facts read no clock, no file, no environment and no dice: the same events give the same state anywhere.

What they may import is a contract in pyproject.toml. Here stands what they may not do with what they may import, found
in the source; and a fold that is run elsewhere.
"""

import ast
import json
import os
import subprocess
import sys

import pytest

from tests.architecture.tree import ROOT, modules, parsed, pyproject, shown

READS_A_CLOCK = {
    *("now", "today", "utcnow", "localtime", "gmtime", "ctime", "monotonic", "perf_counter", "process_time", "time_ns"),
    *("utcfromtimestamp"),
}
READS_THE_ZONE_OF_THE_MACHINE = {"astimezone": 0, "fromtimestamp": 1}
"""Methods that take the machine's own zone where they get no more arguments than these."""

READS_OR_WRITES = {"read_text", "read_bytes", "write_text", "write_bytes", "getenv", "environ", "file_digest"}
NOT_OF_ONES_ARGUMENTS = {
    *("open", "input", "print", "eval", "exec", "compile", "breakpoint", "help", "exit", "quit"),
    *("__import__", "__builtins__", "__loader__", "__spec__", "__file__"),
    # Another one in every process: a text's hash is seeded by chance, and an object's id is an address.
    *("hash", "id"),
}
ALLOWED = {
    name
    for contract in pyproject()["tool"]["importlinter"]["contracts"]
    if contract["id"] == "pure"
    for name in (*contract["source_packages"], *contract["allowed_modules"])
}


def impurities(tree: ast.Module) -> list[str]:
    """What in this module reaches outside of its arguments: `line: what`."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found += [f"{node.lineno}: imports {name}" for name in _imported(node) if not _allowed(name)]
        elif isinstance(node, ast.Attribute) and node.attr in READS_A_CLOCK | READS_OR_WRITES:
            found.append(f"{node.lineno}: .{node.attr}")
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in NOT_OF_ONES_ARGUMENTS:
            found.append(f"{node.lineno}: {node.id}")
        elif isinstance(node, ast.Call) and _is_impure_call(node):
            found.append(f"{node.lineno}: {ast.unparse(node)}")
    return found


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The modules that are imported, and names among them that read a clock or a file under another name."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    risky = READS_A_CLOCK | READS_OR_WRITES
    return [node.module or "", *(f"{node.module}:{alias.name}" for alias in node.names if alias.name in risky)]


def _allowed(name: str) -> bool:
    return ":" not in name and name.partition(".")[0] in ALLOWED


def _is_impure_call(node: ast.Call) -> bool:
    arguments = len(node.args) + len(node.keywords)
    if isinstance(node.func, ast.Attribute):
        return node.func.attr == "open" or arguments <= READS_THE_ZONE_OF_THE_MACHINE.get(node.func.attr, -1)
    if isinstance(node.func, ast.Name) and node.func.id == "getattr" and len(node.args) > 1:
        name = node.args[1]
        return isinstance(name, ast.Constant) and name.value in READS_A_CLOCK | READS_OR_WRITES
    return False


def test_no_function_of_the_facts_reads_a_clock_a_file_the_environment_or_dice():
    paths = list(modules("schemas"))
    assert len(paths) > 10
    assert {shown(path): found for path in paths if (found := impurities(parsed(path)))} == {}


IMPURE = {
    "a clock": [
        "import time",
        "from time import time as at",
        "import datetime as dt\nx = dt.datetime.now(dt.UTC)",
        "import datetime as dt\nx = dt.date.today()",
        "import datetime as dt\ndef f(read=dt.datetime.utcnow): return read()",
        "from datetime import datetime\nread = datetime.now",
        "import datetime as dt\nx = getattr(dt.datetime, 'now')()",
    ],
    "the machine's zone": [
        "import datetime as dt\ndef f(at: dt.datetime): return at.astimezone()",
        "import datetime as dt\nx = dt.datetime.fromtimestamp(0)",
        "import zoneinfo",
    ],
    "a file": [
        "from pathlib import Path",
        "import io",
        "from importlib import resources",
        "x = open('study.toml')",
        "read = open\nx = read('study.toml')",
        "def f(path): return path.read_text()",
        "def f(path): return path.open()",
        "import hashlib\ndef f(file): return hashlib.file_digest(file, 'sha256')",
        "x = __file__",
        "print('x')",
    ],
    "the environment": ["import os", "from os import environ", "import sys", "import locale", "import platform"],
    "dice": [
        "import random",
        "import secrets",
        "from uuid import uuid4",
        "def f(text): return hash(text)",
        "def f(thing): return id(thing)",
        "x = max([1], key=hash)",
    ],
    "the network": ["import socket", "import urllib.request", "import http.client"],
    "another library or package": [
        "import numpy",
        "import psycopg",
        "from eventlog.log import Reader",
        "x = __import__('os')",
        "x = eval('1')",
    ],
}


@pytest.mark.parametrize(
    "source", [pytest.param(each, id=f"{what}-{n}") for what, all_of in IMPURE.items() for n, each in enumerate(all_of)]
)
def test_an_impure_module_would_be_noticed(source: str):
    assert impurities(ast.parse(source)) != []


@pytest.mark.parametrize(
    "source",
    [
        "import datetime as dt\nimport msgspec\nfrom schemas.topics import Topic\n",
        "import datetime as dt\ndef f(at: dt.datetime): return at.astimezone(dt.UTC)",
        "import datetime as dt\nx = dt.datetime.fromtimestamp(0, dt.UTC)",
        "def f(entry): return entry.id",
        "def f(query): return query.open",
        "x = getattr(object(), 'TYPE')",
    ],
)
def test_a_pure_module_passes(source: str):
    assert impurities(ast.parse(source)) == []


ELSEWHERE = (
    {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "1", "TZ": "America/New_York", "LC_ALL": "C.UTF-8"},
    {"PYTHONHASHSEED": "2", "TZ": "Asia/Shanghai", "LC_ALL": "POSIX", "PYTHONOPTIMIZE": "1"},
)


def test_a_fold_comes_to_the_same_under_any_hash_seed_zone_and_locale_and_touches_nothing():
    said = []
    for environment in ELSEWHERE:
        command = [sys.executable, "-m", "tests.architecture.folding_elsewhere"]
        surroundings = {**os.environ, **environment}
        done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=True)
        said.append(json.loads(done.stdout))
    assert said[0] == said[1] == said[2]
    assert said[0]["touched"] == []
    assert said[0]["events"] == 600
