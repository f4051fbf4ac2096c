"""The statistics' pages in a real browser: both languages, wide and narrow, without JavaScript, asking nobody else.

With TRIALOG_SCREENSHOTS=1 the pictures go to docs/screenshots/, else to the test's own folder.
"""

import os
from pathlib import Path

from playwright.sync_api import Browser

from tests.monitor.audit.test_explorer_in_chromium import SMALLEST, UNNAMED
from tests.monitor.test_overview_in_chromium import (
    BOTH,
    DOCS,
    OUTSIDE,
    OVERLAPPING,
    SHRUNK,
    SIZES,
    WIDE,
    opened,
)
from tests.monitor.test_overview_in_chromium import SMALLEST as SMALLEST_OF_PICTURES

PAGES = {
    "analyses": "/statistics",
    "history": "/statistics/history?number=response.rates.ORR",
    "history-plan": "/statistics/history?number=plan.os.median.everybody",
    "moved": "/statistics/history?number=accrual.median_on&before=2&after=4",
}
KEPT = {("analyses", 1440), ("history", 1440)}
"""What docs/screenshots/ has, in both languages, as much as a window shows."""


@SIZES
@BOTH
def test_every_page_fits_its_window_has_no_small_letters_and_is_whole_without_javascript(
    browser: Browser, half_way_address: str, language: str, size: tuple[int, int], tmp_path: Path
):
    keeping = os.environ.get("TRIALOG_SCREENSHOTS") == "1"
    with opened(browser, size, extra_http_headers={"Accept-Language": language}) as one:
        for name, path in PAGES.items():
            one.page.goto(half_way_address + path)
            assert one.page.evaluate("document.documentElement.scrollWidth") <= size[0], name
            assert one.page.evaluate(OUTSIDE, size[0]) == [], name
            assert one.page.evaluate(SMALLEST) >= 11, name
            assert one.page.evaluate(SMALLEST_OF_PICTURES) >= 11, name
            assert one.page.evaluate(SHRUNK) == [], name
            assert one.page.evaluate(OVERLAPPING) == [], name
            assert one.page.evaluate(UNNAMED) == [], name
            assert one.page.locator("script").count() == 0, name
            kept = keeping and (name, size[0]) in KEPT
            picture = (DOCS if kept else tmp_path) / f"statistics-{name}-{language}-{size[0]}.png"
            one.page.screenshot(path=picture, full_page=not kept)
        assert {url.split("/")[2] for url in one.asked} == {half_way_address.removeprefix("http://")}
        assert one.complaints == []


@BOTH
def test_from_an_estimate_to_its_history_to_a_move_to_the_entry_without_javascript(
    browser: Browser, half_way_address: str, language: str
):
    with opened(browser, WIDE, java_script_enabled=False) as one:
        page = one.page
        page.goto(f"{half_way_address}/statistics?lang={language}")
        page.locator("#orr .figures a").first.click()
        assert page.locator(".history-chart .curve").count() >= 1
        page.locator("select[name=number]").select_option("survival.deaths")
        page.locator("button[type=submit]").click()
        page.locator(".moves a[href*='before=']").first.click()
        assert page.locator(".movers tbody tr").count() >= 1
        page.locator(".movers td a").first.click()
        assert "/audit/events/" in page.url
        assert one.complaints == []
