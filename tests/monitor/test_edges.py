"""At every edge of a trial the pages say a sentence, and never a number that is none."""

import datetime as dt
import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from typing import Any

import msgspec
import pytest

from analytics.analyses import encode_analyses
from analytics.analysis_store import StoredAnalyses
from monitor import rendering, tables
from monitor.report.content import Report
from monitor.statistics.analyses_page import Newest, analyses_page
from monitor.words import LANGUAGES, Language, Words
from tests.analytics.trials import EDGES
from tests.monitor import samples
from tests.monitor.report.drawn import report

UNSAID = re.compile(r"\b(?:nan|NaN|None|null|inf|Infinity)\b|\[\]|\{\w*\}")

at_every_edge = pytest.mark.parametrize("edge", EDGES)
in_both = pytest.mark.parametrize("language", LANGUAGES)


@cache
def _at(edge: str) -> Report:
    return report(*EDGES[edge])


@at_every_edge
@in_both
def test_the_overview_and_its_tables_say_no_number_that_is_none(edge: str, language: Language) -> None:
    now = samples.status(_at(edge).then.snapshot)
    pieces = [piece.html for piece in rendering.pieces(now, samples.STUDY, language).values()]
    for page in pieces + [rendering.table(each, now, samples.STUDY, language, True) for each in tables.NAMES]:
        assert UNSAID.findall(unescape(re.sub(r"<[^>]*>", " ", page))) == []
        assert re.findall(r'="(?:nan|inf|None)|[MHVL ]nan', page) == []


@at_every_edge
@in_both
def test_the_plans_analyses_say_a_number_or_why_there_is_none(edge: str, language: Language) -> None:
    held = _at(edge).analyses
    assert held is not None
    at = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    stored = StoredAnalyses(analyses_id=1, commit=3, analyses=held, body=encode_analyses(held), computed_at=at)
    page = analyses_page(stored, Newest(commit=3, endpoint_digest=""), True, Words(language))
    for each in page.estimates:
        assert bool(each.numbers) != bool(each.refused), each.id
        assert [said for said in _texts(each) if UNSAID.search(said)] == []


def _texts(told: Any) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, msgspec.Struct):
        for name in told.__struct_fields__:
            yield from _texts(getattr(told, name))
    elif isinstance(told, list | tuple):
        for each in told:
            yield from _texts(each)
