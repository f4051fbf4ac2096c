"""The data dictionary as a person reads it."""

import re

import pytest

from schemas.contracts.described import PUBLISHED, enumerations_of, fields_of, parts_of
from tests.contracts.documents import DOCS

LANGUAGES = ("en", "zh")


def text(language: str) -> str:
    return (DOCS / f"data-dictionary.{language}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_type_has_a_section_with_a_row_for_each_field(language: str) -> None:
    for type_, struct in PUBLISHED.items():
        (section,) = re.findall(rf"(?ms)^### [^\n]+`{re.escape(type_)}`$(.*?)(?=^#)", text(language) + "#")
        assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [field.name for field in fields_of(struct)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_row_of_a_table_has_the_columns_of_its_head(language: str) -> None:
    for table in re.findall(r"(?:^\|.*\|\n)+", text(language), re.MULTILINE):
        columns = [len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()]
        assert len(set(columns)) == 1, table


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_within_the_document_and_to_a_schema_leads_somewhere(language: str) -> None:
    targets = re.findall(r"\]\(([^)]+)\)", text(language))
    anchors = set(re.findall(r'<a id="([^"]+)">', text(language)))
    assert len(anchors) == len(PUBLISHED) + len(parts_of()) + len(enumerations_of())
    for target in targets:
        assert target.removeprefix("#") in anchors if target.startswith("#") else (DOCS / target).exists()


@pytest.mark.parametrize(
    "line",
    [
        "| `cellularity_pct` | decimal | % | The cellularity of the marrow. | The report does not say. |",
        "| `course` | whole number, 1 to 40 | number | The course that ended. | (required) |",
        "| `found_in` | list, each: one of [RelapseSite](#relapsesite) |  | Where it was found. | (required) |",
        "| `sha256` | text of the form `^[0-9a-f]{64}$` |  | The SHA-256 digest of the very file. | (required) |",
        "| `karyotype` | text, at most 1000 characters |  | The karyotype as ISCN text. | Not tested, or not said. |",
        "| `gene` | text, 1 to 200 characters |  | The gene, by its HGNC symbol. | (required) |",
        "- happened: The day of death.",
        "| `CRi` | complete remission with incomplete haematologic recovery |",
    ],
)
def test_the_english_dictionary_says(line: str) -> None:
    assert f"\n{line}\n" in text("en")


@pytest.mark.parametrize(
    "line",
    [
        "| `blasts_pct` | 小数 | % | 原始细胞占骨髓有核细胞的比例。 | 标本无法判读。 |",
        "- 发生时间：死亡之日。",
        "| `CRi` | 完全缓解伴血液学未完全恢复 |",
    ],
)
def test_the_chinese_dictionary_says(line: str) -> None:
    assert f"\n{line}\n" in text("zh")
