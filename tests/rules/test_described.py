"""docs/responses.md shows the rule sets and the tables as they are.

``TRIALOG_WRITE_DOCS=1`` writes it anew: ``TRIALOG_WRITE_DOCS=1 pytest tests/rules/test_described.py``.
"""

import os
from pathlib import Path

from schemas.rules.conditions import FINDINGS, Quantity
from schemas.rules.described import _ZH_FINDINGS, _ZH_NAMES, described
from schemas.rules.rule_sets import RULE_SETS
from tests.rules.cases import cases, table

CR_OF_2022 = "| CR | marrow blasts below 5 % (exclusive); blasts in blood"
PAGE = Path(__file__).parents[2] / "docs" / "responses.md"
TEXT = described({name: table(name) for name in RULE_SETS})


def test_the_page_is_current() -> None:
    if os.environ.get("TRIALOG_WRITE_DOCS") == "1":
        PAGE.write_text(TEXT, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == TEXT


def test_the_page_says_limits_in_words_in_both_languages() -> None:
    (cr,) = (line for line in TEXT.splitlines() if line.startswith(CR_OF_2022))
    assert cr == (
        "| CR | marrow blasts below 5 % (exclusive); blasts in blood absent; extramedullary disease absent; "
        "ANC at least 1.0 10*9/L (inclusive); platelets at least 100 10*9/L (inclusive) "
        "| 骨髓原始细胞 &lt; 5 %（不含）；外周血原始细胞 无；髓外病变 无；"
        "中性粒细胞绝对值 ≥ 1.0 10*9/L（含）；血小板 ≥ 100 10*9/L（含） |"
    )
    assert "| relapse | earlier remission reached; ((marrow sample adequate and marrow blasts at least 5" in TEXT
    assert " or blasts in blood present or blasts back in blood found or extramedullary disease present)" in TEXT
    assert "where one lineage is required: (ANC at least 1.0 10*9/L (inclusive) or platelets at least" in TEXT
    assert "若要求单系：(中性粒细胞绝对值 ≥ 1.0 10*9/L（含）或血小板 ≥ 100 10*9/L（含）)" in TEXT
    assert "pretreatment marrow blasts at least 2 x marrow blasts (inclusive)" in TEXT
    assert "(sex female and haemoglobin at least 90 g/L (inclusive))" in TEXT
    assert "| NE | marrow sample not adequate | 骨髓标本 不合格 |" in TEXT
    assert "platelets known, of any size" in TEXT


def test_the_page_shows_every_case() -> None:
    shown = TEXT.splitlines()
    for name in RULE_SETS:
        assert f"### {name}: {len(cases(name))} cases · 病例" in shown
        for case in cases(name):
            assert sum(line.endswith(f" | {case['reason']} |") for line in shown) >= 1


def test_the_page_says_what_is_refractory_and_what_is_refused() -> None:
    assert "Refractory · 难治: no remission after 2 intensive courses · 强诱导疗程, or 180 days from a less" in TEXT
    assert "Refractory · 难治: no remission after 2 intensive courses · 强诱导疗程.\n" in TEXT
    assert "Refractory · 难治: not said.\n" in TEXT
    assert TEXT.endswith("a clinician has to supply it.\n")


def test_every_quantity_has_a_name_in_chinese() -> None:
    assert set(_ZH_NAMES) == set(Quantity)
    assert set(_ZH_FINDINGS) == {said for pair in FINDINGS.values() for said in pair}
