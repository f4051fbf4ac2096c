"""The machine's own Chromium, driven by Playwright. Nothing is downloaded."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.servers.errors import Missing

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium_path() -> str:
    """TRIALOG_CHROMIUM where set, else the first of the usual names. Raises Missing where there is none."""
    named = os.environ.get("TRIALOG_CHROMIUM")
    path = named or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise Missing("no chromium (Debian: apt-get install chromium)")
    return path


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser without a window. Playwright's own loop runs in this thread until it is closed, and
    `asyncio.run` refuses to work meanwhile: close it before tests that use asyncio."""
    # Its sandbox wants kernel features and a user that containers often do not have; it shows only our own pages.
    path = chromium_path()
    arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--force-color-profile=srgb"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=arguments)
        try:
            yield browser
        finally:
            browser.close()
