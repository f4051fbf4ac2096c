"""docs/estimate.md shows the examples as they run, and every method, field, guard and reason that there is.

``TRIALOG_WRITE_DOCS=1`` writes its made parts anew: ``TRIALOG_WRITE_DOCS=1 pytest tests/plans/test_page.py``.
"""

import os
import re

import pytest

from analytics.estimators.errors import Reason
from analytics.plans.guards import Guard
from analytics.plans.plan import Plan, PlanColumn
from analytics.plans.registry import METHODS
from analytics.plans.results import Result, Results
from analytics.study_table import STUDY_COLUMNS
from tests.plans.page import EXAMPLES, PAGE, marks, page, ran


def text() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_the_page_is_current_and_every_example_prints_what_it_shows() -> None:
    now = page(text())
    if os.environ.get("TRIALOG_WRITE_DOCS") == "1":
        PAGE.write_text(now, encoding="utf-8")
    assert text() == now


def test_every_method_has_a_section_its_fields_and_an_example() -> None:
    sections = re.split(r"^### ", text(), flags=re.MULTILINE)
    for method in METHODS:
        (section,) = (each for each in sections if each.startswith(f"{method}\n"))
        assert f"<!-- made: fields {method} -->" in section
        assert f'method = "{method}"' in section
        assert "Exit 0." in section


def test_every_field_of_a_plan_and_of_its_answer_is_in_the_page() -> None:
    for struct in (Plan, PlanColumn, Results, Result):
        for field in struct.__struct_fields__:
            assert f"`{field}`" in text(), field


@pytest.mark.parametrize("kind", [Guard, Reason])
def test_every_guard_and_every_reason_is_in_the_page(kind: type[Guard] | type[Reason]) -> None:
    assert [each.value for each in kind if f"| `{each.value}` |" not in text()] == []


def test_every_column_of_the_study_is_in_the_page() -> None:
    assert [name for name in STUDY_COLUMNS if f"| `{name}` |" not in text()] == []


def test_every_file_of_the_examples_is_in_the_page() -> None:
    shown = {file for mark in marks(text()) if mark.startswith("example ") for file in mark.split()[1:]}
    assert shown == {each.name for each in EXAMPLES.iterdir()}


def test_the_examples_say_what_other_programs_say() -> None:
    """R 4.2.2, survival 3.5-3, on leukemia: survfit, survdiff with rho 0 and 1, coxph."""
    assert "maintained: 7 events in 11; median 31 [13, not given]" in ran("leukaemia.csv", "kaplan-meier.toml").out
    compared = ran("leukaemia.csv", "log-rank.toml").out
    assert "chi-square 3.396 on 1, p = 0.06534" in compared
    assert "chi-square 2.779 on 1, p = 0.09549" in compared
    assert "hazard ratio 2.498 [0.9159, 6.813]" in ran("leukaemia.csv", "cox.toml").out


def test_a_refused_example_exits_1_and_a_wrong_file_exits_2() -> None:
    assert ran("subjects.csv", "refused.toml").code == 1
    assert ran("wrong.csv", "kaplan-meier.toml").code == 2
