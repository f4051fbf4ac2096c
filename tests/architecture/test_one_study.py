"""What belongs to one study stands in its file: no code, page or text of the product names a study's own values."""

import ast
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from schemas.study import StudyDefinition, parse_study
from tests.architecture.tree import PACKAGES, ROOT, modules, parsed, shown

STUDY: StudyDefinition = parse_study((resources.files("schemas.studies") / "nct06486350.toml").read_bytes())
# Rule sets are of a disease, and name the papers that they are from.
OF_A_DISEASE = ROOT / "schemas" / "rules" / "rule_sets.py"
DOCUMENTS = (".toml", ".html", ".css", ".js", ".mako", ".svg")


def own_words() -> set[str]:
    """What names the study that Trialog brings, its sites, its marker, or its laboratory."""
    assert STUDY.marker is not None
    marker = STUDY.analyte(STUDY.marker.analyte)
    assert marker is not None
    words = {STUDY.id, STUDY.title.zh, STUDY.title.en, STUDY.zone, marker.id, marker.text.zh, marker.text.en}
    words |= {word for site in STUDY.sites for word in (site.id, site.text.zh, site.text.en)}
    words |= {row.code for row in STUDY.codes if row.system != "LN"}
    # Of the disease as its short names have it; "leukaemia" is what the platform's facts are about.
    return words | {"AML", "IL-6", "急性髓系"}


NAMES = re.compile(
    "|".join(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])" for word in own_words()), re.IGNORECASE
)


def named_in(tree: ast.Module) -> Iterator[str]:
    """`line: what` of every text or name that is one of the study's own, and of every number that is its target.

    Docstrings may tell an example.
    """
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in told:
            said = str(node.value)
            if NAMES.search(said) or (isinstance(node.value, int) and node.value == STUDY.target):
                yield f"{node.lineno}: {said}"
        elif isinstance(node, ast.Name | ast.Attribute | ast.arg | ast.FunctionDef | ast.ClassDef):
            name = next(getattr(node, field) for field in ("id", "attr", "arg", "name") if hasattr(node, field))
            if any(NAMES.fullmatch(part) for part in name.split("_")):
                yield f"{node.lineno}: {name}"


def documents() -> list[Path]:
    studies = ROOT / "schemas" / "studies"
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.suffix in DOCUMENTS]
    return sorted(path for path in found if studies not in path.parents)


def test_no_code_of_the_product_names_one_studys_values():
    sources = [path for path in modules(*PACKAGES) if path != OF_A_DISEASE]
    assert len(sources) > 100
    assert {shown(path): found for path in sources if (found := list(named_in(parsed(path))))} == {}


def test_no_page_or_text_of_the_product_names_one_studys_values():
    assert len(documents()) > 20
    found = {
        f"{shown(path)}:{line}"
        for path in documents()
        for line, text in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if NAMES.search(text)
    }
    assert found == set()


@pytest.mark.parametrize(
    "source",
    [
        'FILE = "nct06486350.toml"',
        'SITE = "FJMUUH"',
        "SUBJECTS = 72",
        "def show(log2_il6): ...",
        "course.il6 = 1",
        "class X:\n    il6: int",
        'panel = "IL6^Interleukin-6^99LAB"',
        'zone = "Asia/Shanghai"',
        'code = "IL6-BM"',
    ],
)
def test_a_value_of_one_study_would_be_noticed(source: str):
    assert list(named_in(ast.parse(source)))


@pytest.mark.parametrize("source", ["days = 730", "share = 0.72", '"""Such as AML."""', 'name = "AMLODIPINE"'])
def test_what_is_nobodys_own_passes(source: str):
    assert not list(named_in(ast.parse(source)))
