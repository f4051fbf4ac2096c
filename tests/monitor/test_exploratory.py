"""Every place of the overview, the tables, the status and the terminal that shows a number of outcome has its mark.

The plan here asks for nothing that is shown, so whatever has no mark is either a number of conduct, which is named
below one by one, or a place that forgot it.
"""

import io
import re
from decimal import Decimal
from html import unescape

import msgspec
import pytest
from rich.console import Console

from analytics.numbers import numbers_of
from analytics.plans.plan import Plan
from analytics.snapshot import encode_snapshot
from monitor import rendering
from monitor.view import Status
from monitor.words import LANGUAGES, Language, Words
from tests.analytics.trials import PLAN
from tests.monitor import samples
from trialog.printing import print_status

BOTH = pytest.mark.parametrize("language", LANGUAGES)

ASKS_FOR_NOTHING_SHOWN = msgspec.structs.replace(
    PLAN, estimates=tuple(each for each in PLAN.estimates if each.id == "marker-survival")
)

WORD: dict[Language, str] = {"en": "exploratory", "zh": "探索性"}
MARK = re.compile(r'<span class="exploratory" title="([^"]+)">([^<]+)</span>')


def under(plan: Plan | None, now: Status | None = None) -> Status:
    return samples.under_the_plan(now or samples.under_way(), plan)


def panel(name: str, now: Status, language: Language) -> str:
    return rendering.pieces(now, samples.STUDY, language)[name].html


def places(html: str) -> list[str]:
    """The parts of a panel that say a number: the large one, each sentence, each line of values, the legend."""
    found = re.findall(r'<p class="answer">.*?</p>', html, re.DOTALL)
    said = re.search(r'<p class="sentences">(.*?)</p>', html, re.DOTALL)
    found += re.findall(r"<span data-value>.*?</span>(?= <span data-value>| $)", (said[1] if said else ""), re.DOTALL)
    found += re.findall(r'<dd><a class="door".*?</dd>', html, re.DOTALL)
    return found + re.findall(r'<p class="legend.*?</p>', html, re.DOTALL)


def rows_of(name: str, now: Status, language: Language) -> list[str]:
    """The rows of a page of tables, each with the title of its table before it."""
    html = rendering.table(name, now, samples.STUDY, language, forms=False)
    rows = []
    for section in re.findall(r'<section class="panel">(.*?)</section>', html, re.DOTALL):
        title = re.search(r"<h2>.*?</h2>", section, re.DOTALL)
        rows += [(title[0] if title else "") + row for row in re.findall(r"<tr><td.*?</tr>", section, re.DOTALL)]
    return rows


@BOTH
@pytest.mark.parametrize(("name", "count"), [("response", 7), ("survival", 4)])
def test_every_number_of_outcome_on_the_overview_is_marked(name: str, count: int, language: Language) -> None:
    found = places(panel(name, under(ASKS_FOR_NOTHING_SHOWN), language))
    # How many years are over is conduct: it says over whom the rates are.
    over = Words(language).text("response.dots", n=24).partition("**")[0]
    unmarked = [each for each in found if not MARK.search(each) and over not in unescape(each)]
    assert unmarked == []
    assert sum(bool(MARK.search(each)) for each in found) == count


@BOTH
@pytest.mark.parametrize(("name", "conduct"), [("response", 4), ("survival", 0)])
def test_every_row_of_outcome_in_the_tables_is_marked(name: str, conduct: int, language: Language) -> None:
    rows = rows_of(name, under(ASKS_FOR_NOTHING_SHOWN), language)
    unmarked = [each for each in rows if not MARK.search(each)]
    said = [Words(language).text(f"tables.{key}") for key in ("full_set", "assessed", "closed", "evaluable")]
    assert [re.sub(r"<.*", "", each.partition("<td>")[2]) for each in unmarked] == said[:conduct]
    assert len(rows) > 10


@BOTH
def test_the_mark_says_why_in_the_readers_language(language: Language) -> None:
    marks = set(MARK.findall(unescape(panel("survival", under(ASKS_FOR_NOTHING_SHOWN), language))))
    assert marks == {(Words(language).text("exploratory.why"), WORD[language])}


@BOTH
@pytest.mark.parametrize("name", ["enrolment", "funnel", "latest", "data", "foot"])
def test_conduct_is_never_marked(name: str, language: Language) -> None:
    assert not MARK.search(panel(name, under(ASKS_FOR_NOTHING_SHOWN), language))


@BOTH
def test_under_the_studys_own_plan_the_overview_and_its_tables_have_no_mark(language: Language) -> None:
    now = under(PLAN)
    html = "".join(piece.html for piece in rendering.pieces(now, samples.STUDY, language).values())
    html += "".join("".join(rows_of(name, now, language)) for name in rendering.TABLES)
    assert WORD[language] not in html


@BOTH
def test_only_the_number_that_the_plan_asks_for_otherwise_is_marked(language: Language) -> None:
    at_90 = tuple(
        msgspec.structs.replace(each, level=Decimal("0.9")) if each.id == "cr" else each for each in PLAN.estimates
    )
    now = under(msgspec.structs.replace(PLAN, estimates=at_90))
    marked = [each for each in places(panel("response", now, language)) if MARK.search(each)]
    assert len(marked) == 1
    assert "45.8%" in marked[0]  # 11 of 24
    assert next(row for row in rows_of("response", now, language) if MARK.search(row)).count("CR ·") == 1


@BOTH
def test_without_a_plan_a_page_says_so_once_and_marks_no_number(language: Language) -> None:
    said = Words(language).text("exploratory.all")
    now = under(None)
    parts = rendering.pieces(now, samples.STUDY, language)
    overview = rendering.overview(now, parts, samples.STUDY, language, forms=False)
    tables = {name: rendering.table(name, now, samples.STUDY, language, forms=False) for name in rendering.TABLES}
    assert unescape(overview).count(said) == 1
    assert {name: unescape(html).count(said) for name, html in tables.items()} == {
        **dict.fromkeys(rendering.TABLES, 0),
        "response": 1,
        "survival": 1,
    }
    assert not MARK.search(overview + "".join(tables.values()))


def test_before_the_first_snapshot_nothing_is_marked() -> None:
    html = "".join(piece.html for piece in rendering.pieces(samples.first_start(), samples.STUDY, "en").values())
    assert "exploratory" not in html


@pytest.mark.parametrize("plan", [PLAN, ASKS_FOR_NOTHING_SHOWN, None], ids=["own", "another", "none"])
def test_the_status_as_json_tells_every_number(plan: Plan | None) -> None:
    now = under(plan)
    assert now.statistics is not None
    document = msgspec.json.decode(msgspec.json.encode(now))["statistics"]
    told, names = (
        document["prespecification"],
        set(numbers_of(encode_snapshot(now.statistics.snapshot))),
    )
    listed = [*told["prespecified"], *told["exploratory"], *told["conduct"]]
    assert set(listed) <= names
    assert len(listed) == len(set(listed))
    outcome = {name for name in names if name.startswith(("response.rates.", "survival.at."))} & set(listed)
    assert outcome <= set(told["prespecified"] if plan is PLAN else told["exploratory"])
    assert told["plan"] == (None if plan is None else "NCT06486350 2")


def printed(now: Status) -> list[str]:
    written = io.StringIO()
    print_status(Console(file=written, width=200), now)
    return written.getvalue().splitlines()


def test_the_terminal_marks_every_line_of_outcome() -> None:
    outcome = ("full set", "ORR", "CR", "CRi", "PR", "ORR will end", "survival", "OS at day", "median OS")
    lines = [line for line in printed(under(ASKS_FOR_NOTHING_SHOWN)) if line.startswith(outcome)]
    assert len(lines) == 10
    assert [line for line in lines if "(exploratory)" not in line] == []
    assert [line for line in printed(under(PLAN)) if line.startswith(outcome) and "(exploratory)" in line] == []
    (plan,) = (line for line in printed(under(None)) if line.startswith("plan"))
    assert "every number but those of the trial's conduct is exploratory" in plan
