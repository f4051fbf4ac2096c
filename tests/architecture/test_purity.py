"""The facts read no clock, no file, no environment and no dice: the same events give the same state anywhere."""

import ast
import sys

import pytest

from tests.architecture.tree import modules, parsed, shown

READS_A_CLOCK = {"now", "today", "utcnow", "localtime", "monotonic", "perf_counter", "time_ns", "utcfromtimestamp"}
READS_OR_WRITES = {"open", "input", "print", "eval", "exec", "compile", "breakpoint", "__import__"}
TOUCHES_THE_WORLD = {
    *("asyncio", "ctypes", "glob", "http", "importlib", "io", "logging", "multiprocessing", "os", "pathlib", "random"),
    *(
        "secrets",
        "select",
        "shutil",
        "signal",
        "socket",
        "sqlite3",
        "ssl",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
    ),
    *("time", "urllib", "uuid", "warnings"),
}


def impurities(tree: ast.Module) -> list[str]:
    """What in this module reaches outside of its arguments: `line: what`."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found += [f"{node.lineno}: imports {name}" for name in _imported(node) if not _pure(name)]
        elif isinstance(node, ast.Attribute) and node.attr in READS_A_CLOCK:
            found.append(f"{node.lineno}: .{node.attr}")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in READS_OR_WRITES:
            found.append(f"{node.lineno}: {node.func.id}()")
    return found


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names]


def _pure(name: str) -> bool:
    first = name.partition(".")[0]
    if first in {"schemas", "msgspec"}:
        return True
    return first in sys.stdlib_module_names and first not in TOUCHES_THE_WORLD


def test_the_facts_are_pure():
    paths = list(modules("schemas"))
    assert len(paths) > 10
    assert {shown(path): found for path in paths if (found := impurities(parsed(path)))} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "from pathlib import Path",
        "import random",
        "import psycopg",
        "from eventlog.log import Reader",
        "import datetime as dt\nx = dt.datetime.now(dt.UTC)",
        "import datetime as dt\nx = dt.date.today()",
        "x = open('study.toml')",
        "print('x')",
    ],
)
def test_an_impure_module_would_be_noticed(source: str):
    assert impurities(ast.parse(source)) != []


def test_a_pure_module_passes():
    assert impurities(ast.parse("import datetime as dt\nimport msgspec\nfrom schemas.topics import Topic\n")) == []
