"""A name says what is in it. These say nothing, and things gather under them."""

import ast
import re

from tests.architecture.tree import PACKAGES, modules, parsed, shown

SAYS_NOTHING = re.compile(r"^_*(utils?|helpers?|commons?|base|managers?|data|info|misc|shared|stuff|lib)(_\w+)?$")
ENDS_IN_NOTHING = re.compile(r"_(utils?|helpers?|manager|info|misc)$")
VERBS_OF_NOTHING = re.compile(r"^_*(process|handle|do|perform)_")
CLASSES_OF_NOTHING = re.compile(r"(Utils?|Helper|Manager|Info)$")

ALL = [*modules(*PACKAGES, "benchmarks", "tests")]
SOURCES = [*modules(*PACKAGES, "benchmarks")]


def test_no_module_or_package_is_named_after_nothing():
    named = {shown(path): part for path in ALL for part in (path.stem, path.parent.name)}
    named |= {shown(path): path.stem for path in ALL if path.stem != "__init__"}
    bad = [name for name, part in named.items() if SAYS_NOTHING.search(part) or ENDS_IN_NOTHING.search(part)]
    assert bad == []


def test_no_function_processes_or_handles_and_no_class_manages():
    bad = []
    for path in SOURCES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and VERBS_OF_NOTHING.search(node.name):
                bad.append(f"{shown(path)}:{node.lineno} {node.name}")
            if isinstance(node, ast.ClassDef) and CLASSES_OF_NOTHING.search(node.name):
                bad.append(f"{shown(path)}:{node.lineno} {node.name}")
    assert bad == []
