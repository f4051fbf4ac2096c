"""Both catalogs say the same things, and numbers are said alike everywhere."""

import ast
import re
import string
from pathlib import Path

import pytest

import monitor
from analytics.estimates import Estimate, Missing
from monitor.words import LANGUAGES, THIN_SPACE, Words, catalog
from schemas.events import FACTS_BY_TYPE
from schemas.events.enrollment import Answer
from schemas.events.lab import Matrix
from schemas.outcomes import Reason

ROOT = Path(monitor.__file__ or "").parent


def placeholders(text: str | dict[str, str]) -> set[str]:
    forms = text.values() if isinstance(text, dict) else [text]
    return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name}


def test_both_languages_have_the_same_texts_with_the_same_places_to_fill():
    zh, en = catalog("zh"), catalog("en")
    assert sorted(zh) == sorted(en)
    assert {key: placeholders(zh[key]) for key in zh} == {key: placeholders(en[key]) for key in en}


def test_a_text_that_depends_on_a_number_has_the_forms_that_its_language_needs():
    for language, forms in (("zh", {"other"}), ("en", {"one", "other"})):
        plural = {key: set(text) for key, text in catalog(language).items() if isinstance(text, dict)}
        assert plural, language
        assert {key: have for key, have in plural.items() if have != forms} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_comes_from_the_log_and_the_statistics_has_a_word(language):
    words = Words(language)
    keys = [f"missing.{each.value}" for each in Missing]
    keys += [f"reasons.{each.value}" for each in Reason]
    keys += [f"events.{type_.rpartition('.v')[0].replace('.', '-')}" for type_ in FACTS_BY_TYPE]
    keys += [f"details.{each.value}" for each in (*Answer, *Matrix)]
    assert [key for key in keys if not words.has(key)] == []


def test_every_key_that_the_code_names_is_in_the_catalogs():
    named = set()
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr="text" | "rich"), args=[ast.Constant(value=str(key)), *_]):
                    named.add(key)
    for path in ROOT.rglob("*.html"):
        named |= set(re.findall(r"words\.text\(['\"]([a-z_.-]+)['\"]", path.read_text("utf-8")))
    assert len(named) > 40
    assert {key for key in named if "." in key} - set(catalog("en")) == set()


def test_thousands_stand_apart_by_a_thin_space_that_does_not_break():
    assert Words("en").number(4213) == f"4{THIN_SPACE}213"
    assert Words("zh").number(1000000) == f"1{THIN_SPACE}000{THIN_SPACE}000"
    assert Words("zh").number(72) == "72"


def test_one_record_and_two_records():
    assert Words("en").text("line.waits", n=1) == "1 record behind"
    assert Words("en").text("line.waits", n=1200) == f"1{THIN_SPACE}200 records behind"
    assert Words("zh").text("line.waits", n=1) == "落后 1 条记录"


def test_an_interval_is_in_brackets_without_its_unit_and_does_not_break():
    assert Words("en").interval(Estimate(value=0.5, lower=0.379757, upper=0.620243)) == "[38.0,\u00a062.0]"


def test_an_interval_without_one_limit_is_none():
    assert Words("en").interval(Estimate(value=1.0, interval_missing=Missing.NO_DEATHS_BY_THEN)) is None


def test_values_are_escaped_where_the_text_has_bold_parts():
    assert str(Words("en").rich("enrolment.last", on="<b>**x**")) == "Last on &lt;b&gt;<b>x</b>."


@pytest.mark.parametrize(
    ("value", "said"), [(0.0, "< 0.1%"), (0.0004, "< 0.1%"), (0.0006, "0.1%"), (0.5, "50.0%"), (0.9996, "> 99.9%")]
)
def test_a_probability_is_never_said_to_be_nothing_or_certain(value: float, said: str):
    assert Words("en").probability(value) == said
