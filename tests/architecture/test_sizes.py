"""A module ends at 400 lines and a function at 60; 250 and 25 are aimed at. Tests and migrations are exempt."""

import ast

from tests.architecture.tree import PACKAGES, modules, parsed, shown

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60

SOURCES = [path for path in modules(*PACKAGES, "benchmarks") if "migrations" not in path.parts]


def test_there_are_sources_to_measure():
    assert len(SOURCES) > 20


def test_no_module_is_longer_than_400_lines():
    lengths = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in lengths.items() if lines > MODULE_LINES_MAX} == {}


def test_no_function_is_longer_than_60_lines():
    lengths = {
        f"{shown(path)}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for path in SOURCES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None
    }
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES_MAX} == {}
