"""The audit's pages in a real browser: from a number to its events, to the correction that moved it, and back.

With TRIALOG_SCREENSHOTS=1 the pictures of the last test go to docs/screenshots/, else to the test's own folder.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.monitor.audit.course import AuditedTrial
from tests.monitor.test_overview_in_chromium import BOTH, DOCS, NARROW, OUTSIDE, SIZES, WIDE, opened

MOVED = {
    "en": ["5 of 8 · 62.5% [24.5, 91.5]", "4 of 8 · 50.0% [15.7, 84.3]"],
    "zh": ["5 / 8 · 62.5% [24.5, 91.5]", "4 / 8 · 50.0% [15.7, 84.3]"],
}


def heading(page: Page) -> str:
    return page.locator("h1").last.inner_text()


@pytest.mark.parametrize("scripts", [True, False], ids=["with-javascript", "without"])
@BOTH
def test_from_a_number_to_its_events_to_the_correction_that_moved_it_and_back(
    browser: Browser, trial: AuditedTrial, address: str, language: str, scripts: bool
):
    with opened(browser, WIDE, java_script_enabled=scripts) as one:
        page = one.page
        page.goto(f"{address}/?lang={language}")
        # From the number on the overview …
        page.locator(".forest-values a.door").first.click()
        assert page.url == f"{address}/audit/numbers/response.rates.ORR"
        expect(page.locator(".answer b")).to_have_text(MOVED[language][1])
        # … to whom it is made of, and of those to one entry that stands otherwise than it was sent …
        row = page.locator(".standing-behind tbody tr").filter(has_text="S-003")
        expect(row.locator(".corrected")).to_contain_text("marrow read again: 31 % blasts")
        row.locator(".corrected a").click()
        # … to the correction, which says who, why, and what it moved …
        expect(page.locator(".reason q")).to_have_text("marrow read again: 31 % blasts")
        moved = page.locator("#moved tbody tr").filter(has=page.locator('a[href="/audit/numbers/response.rates.ORR"]'))
        assert [moved.locator(f"td.{side}").inner_text() for side in ("was", "is")] == MOVED[language]
        # … to the entry that it corrected, and the numbers that stand on it …
        page.locator(".line a").first.click()
        page.locator(".line li[aria-current] .verdict").wait_for()
        page.locator('#behind a[href="/audit/numbers/response.rates.ORR"]').click()
        # … and back to the number, and to the overview.
        assert page.url == f"{address}/audit/numbers/response.rates.ORR"
        page.locator(".pages a").first.click()
        assert page.url == f"{address}/"
        assert one.complaints == []


@BOTH
def test_a_search_is_typed_and_sent_with_the_keyboard_and_leads_to_the_subject(
    browser: Browser, address: str, language: str
):
    with opened(browser, NARROW) as one:
        page = one.page
        page.goto(f"{address}/audit?lang={language}")
        page.locator("input[name=subject]").fill("s-003")
        page.locator("select[name=type]").select_option("entry.corrected.v1")
        page.keyboard.press("Enter")
        page.locator("button[type=submit]").click()
        expect(page.locator(".found tbody tr")).to_have_count(1)
        page.locator(".found .whom a").click()
        assert heading(page) == "S-003"
        page.locator("#content a[href^='/audit/compare']").last.click()
        page.locator("input[name=before]").fill("2")
        page.locator("input[name=after]").fill("20")
        page.locator("button[type=submit]").click()
        assert page.locator(".sides tr:not(.same) .mark").count() > 10
        assert one.complaints == []


PAGES = {
    "search": "/audit",
    "found": "/audit?subject=S-003&from=2020-01-01",
    "subject": "/audit/subjects/S-003",
    "correction": "/audit/entries?id=fix-response",
    "blinded": "/audit/entries?id=fix-il6",
    "numbers": "/audit/numbers",
    "number": "/audit/numbers/response.rates.ORR",
    "compare": "/audit/compare?subject=S-003&before=18&after=20",
    "study": "/audit/compare?before=18&after=20",
    "verification": "/audit/verification",
}
KEPT = {("subject", 1440), ("correction", 1440), ("correction", 390), ("compare", 1440)}
"""What docs/screenshots/ has, in both languages."""

SMALLEST = """Math.min(...[...document.querySelectorAll('.audit *')]
    .filter(e => e.childNodes.length && e.offsetParent && !e.closest('.unseen'))
    .map(e => parseFloat(getComputedStyle(e).fontSize)))"""

UNNAMED = """[...document.querySelectorAll('.audit a, .audit button, .audit input, .audit select')]
    .filter(e => !(e.textContent || e.closest('label')?.textContent || '').trim()).map(e => e.outerHTML)"""


@SIZES
@BOTH
def test_every_page_fits_its_window_asks_nobody_else_and_its_picture_is_taken(
    browser: Browser, address: str, language: str, size: tuple[int, int], tmp_path: Path
):
    keeping = os.environ.get("TRIALOG_SCREENSHOTS") == "1"
    with opened(browser, size, extra_http_headers={"Accept-Language": language}) as one:
        for name, path in PAGES.items():
            one.page.goto(f"{address}{path}")
            assert one.page.evaluate("document.documentElement.scrollWidth") <= size[0], name
            assert [each for each in one.page.evaluate(OUTSIDE, size[0]) if name != "verification"] == [], name
            assert one.page.evaluate(SMALLEST) >= 11, name
            assert one.page.evaluate(UNNAMED) == [], name
            folder = DOCS if keeping and (name, size[0]) in KEPT else tmp_path
            one.page.screenshot(path=folder / f"audit-{name}-{language}-{size[0]}.png", full_page=True)
        assert {url.split("/")[2] for url in one.asked} == {address.removeprefix("http://")}
        assert one.complaints == []
