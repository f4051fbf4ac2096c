"""The overview in a real browser: both languages, wide and narrow, live, and asking nobody else for anything.

With TRIALOG_SCREENSHOTS=1 the pictures of the last test go to docs/screenshots/, else to the test's own folder.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.monitor.course import half_way, tail
from tests.monitor.serving import Trial, enrolled, served
from tests.projections.controls import LAB
from tests.servers.postgres import Database

WIDE, NARROW = (1440, 900), (390, 844)
SIZES = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1440", "390"])
BOTH = pytest.mark.parametrize("language", ["zh", "en"])
DOCS = Path(__file__).parents[2] / "docs" / "screenshots"


@pytest.fixture(scope="module")
def half_way_trial(module_database: Database) -> Iterator[Trial]:
    """41 of 72, with a repeated message, a record that is none, and one that waits."""
    trial = Trial(module_database)
    events = half_way()
    for first in range(0, len(events), 12):
        trial.log.send(*events[first : first + 12])
        trial.write_only()
    trial.log.send(events[-1])
    trial.log.send_bytes(LAB, b'{"specversion": "1.0"}', key=b"S-041")
    trial.write_only()
    for each in tail():
        trial.log.send(each)
        trial.write_only()
    trial.write()
    yield trial
    trial.close()


@pytest.fixture(scope="module")
def half_way_address(half_way_trial: Trial) -> Iterator[str]:
    with served(half_way_trial.monitoring()) as address:
        yield address


class Opened:
    """A page with what its browser complained of and whom it asked."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.asked: list[str] = []
        page.on(
            "console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))


@contextmanager
def opened(browser: Browser, size: tuple[int, int] = WIDE, **context) -> Iterator[Opened]:
    width, height = size
    with browser.new_context(viewport={"width": width, "height": height}, **context) as made:
        yield Opened(made.new_page())


def shows(page: Page, selector: str, text: str) -> None:
    page.locator(selector).filter(has_text=text).first.wait_for(timeout=20_000)


@pytest.mark.parametrize("size", [WIDE, (1024, 768), (768, 1024), NARROW, (2560, 1440)], ids=lambda size: str(size[0]))
@BOTH
def test_nothing_scrolls_sideways_nothing_is_too_small_and_nobody_else_is_asked(
    browser: Browser, half_way_trial: Trial, half_way_address: str, language: str, size: tuple[int, int]
):
    half_way_trial.beat()
    with opened(browser, size) as one:
        with one.page.expect_response(lambda answer: "/live" in answer.url):
            one.page.goto(f"{half_way_address}/?lang={language}")
        assert one.page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert one.page.evaluate(SMALLEST) >= 11
        assert one.page.evaluate(SHRUNK) == []
        assert one.page.evaluate(OUTSIDE, size[0]) == []
        assert one.page.evaluate(OVERLAPPING) == []
        assert {url.split("/")[2] for url in one.asked} == {half_way_address.removeprefix("http://")}
        assert one.complaints == []


SMALLEST = "Math.min(...[...document.querySelectorAll('svg text')].map(t => parseFloat(getComputedStyle(t).fontSize)))"

# What is on the screen, not only what the style says: no drawing is scaled down.
SHRUNK = """[...document.querySelectorAll('svg text')].filter(t => {
    const scale = t.getScreenCTM();
    return scale.a < 0.99 || scale.d < 0.99;
}).map(t => t.textContent)"""

OUTSIDE = """width => [...document.querySelectorAll('svg text, .panel *')].filter(e => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && (box.left < -0.5 || box.right > width + 0.5) && !e.closest('.unseen');
}).map(e => e.textContent.slice(0, 40))"""

OVERLAPPING = """() => [...document.querySelectorAll('svg.chart')].flatMap(chart => {
    const seen = [...chart.querySelectorAll('text')].filter(t => getComputedStyle(t).display !== 'none')
        .map(t => [t.textContent, t.getBoundingClientRect()]);
    return seen.flatMap(([a, p], i) => seen.slice(i + 1)
        .filter(([, q]) => p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 4 && q.top < p.bottom - 4)
        .map(([b]) => `${a} / ${b}`));
})"""


@SIZES
@BOTH
def test_a_commit_changes_the_number_without_a_reload_and_takes_neither_focus_nor_place(
    browser: Browser, trial: Trial, address: str, language: str, size: tuple[int, int]
):
    trial.say(*enrolled(1), *enrolled(2))
    with opened(browser, size) as one:
        page = one.page
        page.goto(f"{address}/?lang={language}")
        shows(page, ".panel-enrolment .answer b", "2")
        page.evaluate("window.notReloaded = true")
        link = page.locator(".panel-response .panel-head a")
        link.focus()
        page.evaluate("window.scrollTo(0, 240)")
        before = page.evaluate("[scrollY, document.activeElement.getBoundingClientRect().top]")
        trial.say(*enrolled(3))
        shows(page, ".panel-enrolment .answer b", "3")
        assert page.evaluate("window.notReloaded") is True
        assert page.evaluate("document.activeElement.getAttribute('href')") == "/tables/response"
        assert page.evaluate("[scrollY, document.activeElement.getBoundingClientRect().top]") == before
        assert one.complaints == []


@pytest.mark.parametrize("media", ["screen", "print"])
@pytest.mark.parametrize("width", [1440, 1024, 800, 390])
def test_each_dot_of_the_forest_stands_in_the_row_of_its_name(
    browser: Browser, half_way_address: str, width: int, media: Literal["screen", "print"]
):
    with opened(browser, (width, 900)) as one:
        one.page.emulate_media(media=media)
        one.page.goto(f"{half_way_address}/?lang=en")
        rows, dots = one.page.evaluate(FOREST)
        assert len(rows) == len(dots) == 4
        assert [abs(row - dot) < 2 for row, dot in zip(rows, dots, strict=True)] == [True] * 4


FOREST = """() => {
    const middle = ({ top, height }) => top + height / 2;
    return ['.forest-names > div', '.forest-chart circle'].map(
        each => [...document.querySelectorAll(each)].map(e => middle(e.getBoundingClientRect())));
}"""


def test_what_changed_is_tinted_and_then_is_not(browser: Browser, trial: Trial, address: str):
    trial.say(*enrolled(1))
    with opened(browser) as one:
        one.page.goto(f"{address}/?lang=en")
        shows(one.page, ".panel-enrolment .answer b", "1")
        trial.say(*enrolled(2))
        one.page.locator(".panel-enrolment .answer b.changed").wait_for(timeout=20_000)
        one.page.locator(".changed").first.wait_for(state="detached")


def test_who_wants_less_motion_gets_a_tint_that_does_not_move(browser: Browser, trial: Trial, address: str):
    trial.say(*enrolled(1))
    with opened(browser, reduced_motion="reduce") as one:
        one.page.goto(f"{address}/?lang=en")
        shows(one.page, ".panel-enrolment .answer b", "1")
        trial.say(*enrolled(2))
        changed = one.page.locator(".panel-enrolment .answer b.changed")
        changed.wait_for(timeout=20_000)
        assert changed.evaluate("e => getComputedStyle(e).animationName") == "none"


def test_events_that_were_there_stay_the_same_rows(browser: Browser, trial: Trial, address: str):
    trial.say(*enrolled(1))
    with opened(browser) as one:
        one.page.goto(f"{address}/?lang=en")
        shows(one.page, ".events .who", "S-001")
        one.page.evaluate("document.querySelector('.events tbody tr').wasThere = true")
        trial.say(enrolled(2)[0])
        shows(one.page, ".events .who", "S-002")
        rows = one.page.evaluate("[...document.querySelectorAll('.events tbody tr')].map(row => row.wasThere === true)")
        assert rows.index(True) == 1


@BOTH
def test_the_page_is_whole_without_javascript(browser: Browser, half_way_address: str, language: str):
    with opened(browser, NARROW, java_script_enabled=False) as one:
        one.page.goto(f"{half_way_address}/?lang={language}")
        assert one.page.locator(".panel-enrolment .answer b").inner_text() == "41"
        for chart in ("enrolment", "forest", "survival"):
            box = one.page.locator(f".{chart}-chart").bounding_box()
            assert box is not None
            assert box["width"] > 120
            assert box["height"] > 150
        assert one.page.locator(".survival-chart .curve").count() == 1
        assert one.complaints == []


def test_a_page_that_loses_its_server_says_since_when_and_what_it_shows_and_comes_back(browser: Browser, trial: Trial):
    trial.say(*enrolled(1))
    with opened(browser) as one:
        with served(trial.monitoring()) as address:
            one.page.goto(f"{address}/?lang=en")
            shows(one.page, ".state-word", "Live")
        shows(one.page, ".state-word", "Broken since ")
        assert "this page has lost its server" in one.page.locator(".state-said").inner_text()
        assert "shown is position" in one.page.locator(".state-said").inner_text()
        trial.say(*enrolled(2))
        with served(trial.monitoring(), port=int(address.rpartition(":")[2])):
            shows(one.page, ".state-word", "Live")
            shows(one.page, ".panel-enrolment .answer b", "2")


def test_the_keyboard_reaches_every_link_in_the_order_of_reading(browser: Browser, half_way_address: str):
    with opened(browser) as one:
        page = one.page
        page.goto(f"{half_way_address}/?lang=en")
        reached = []
        for _ in range(page.locator("a").count()):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.getAttribute('href')"))
        assert reached[0] == "#content"
        panels = [href for href in reached if href.startswith("/tables/")]
        assert panels == [
            f"/tables/{name}" for name in ("enrolment", "funnel", "response", "survival", "events", "data")
        ]


def test_every_picture_is_said_in_words_to_who_does_not_see_it(browser: Browser, half_way_address: str):
    with opened(browser) as one:
        one.page.goto(f"{half_way_address}/?lang=en")
        labels = one.page.evaluate(
            "[...document.querySelectorAll('svg.chart')].map(e => [e.getAttribute('role'), e.ariaLabel])"
        )
        assert [role for role, _ in labels] == ["img"] * 3
        assert "41 of 72 subjects" in labels[0][1]
        assert "ORR of the full set will end between" in labels[1][1]
        assert "day 730:" in labels[2][1]


def test_no_page_shows_a_value_of_interleukin_6(half_way_trial: Trial, half_way_address: str, browser: Browser):
    with opened(browser) as one:
        for path in ("/", "/tables/events", "/tables/data", "/api/status"):
            one.page.goto(f"{half_way_address}{path}?lang=en")
            text = one.page.locator("body").inner_text()
            assert "pg/mL" not in text
        one.page.goto(f"{half_way_address}/?lang=en")
        assert "Interleukin-6 in marrow supernatant, value blinded" in one.page.locator(".events").inner_text()


@SIZES
@BOTH
def test_the_pictures_of_the_page_are_taken(
    browser: Browser, half_way_trial: Trial, half_way_address: str, language: str, size: tuple[int, int], tmp_path: Path
):
    half_way_trial.beat()
    half_way_trial.beat("worker-2")
    half_way_trial.beat("analyse")
    folder = DOCS if os.environ.get("TRIALOG_SCREENSHOTS") == "1" else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"overview-{language}-{size[0]}.png"
    with opened(browser, size) as one:
        one.page.goto(f"{half_way_address}/?lang={language}")
        one.page.locator(".state .tone-good").wait_for(timeout=20_000)
        one.page.locator(".changed").first.wait_for(state="detached")
        one.page.screenshot(path=path, full_page=True)
    assert path.stat().st_size > 50_000
