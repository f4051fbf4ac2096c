"""The two forms in Chromium: by keyboard alone, without JavaScript, narrow and wide, in both languages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.producers_forms.site import Site

pytestmark = pytest.mark.slow


@pytest.fixture(params=[(390, 844), (1440, 900)], ids=["390", "1440"])
def page(browser: Browser, door: Site, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = request.param
    context = browser.new_context(
        base_url=str(door.client.base_url), java_script_enabled=False, viewport={"width": width, "height": height}
    )
    asked: list[str] = []
    context.on("request", lambda each: asked.append(each.url))
    yield context.new_page()
    context.close()
    outside = [url for url in asked if not url.startswith((str(door.client.base_url), "data:"))]
    assert outside == [], "a page asked for something outside"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", ["enrolment", "followup"])
def test_nothing_is_wider_than_the_screen(page: Page, kind: str, lang: str):
    page.goto(f"/forms/{kind}?lang={lang}")
    width = page.viewport_size["width"] if page.viewport_size else 0
    for selector in ("main", "header", "form .panel", "button", "input[type=text]", "select"):
        for each in page.locator(selector).all():
            box = each.bounding_box()
            if box is not None:
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= width + 1, selector


def test_a_form_is_filled_in_and_sent_by_keyboard_alone(page: Page, door: Site):
    number = 300 + (page.viewport_size or {"width": 0})["width"]
    page.goto("/forms/enrolment?lang=en")
    page.locator("#field-hospital_number").focus()
    for text in (f"SIM{number:07d}", f"S-{number}", "nurse-03"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.type("nurse")
    page.locator("#field-screening\\.happened").focus()
    page.keyboard.type("2026-02-30")
    page.keyboard.press("Enter")
    problems = page.get_by_role("alert")
    problems.wait_for()
    assert "1 thing is to be put right" in problems.inner_text()
    assert page.locator("#field-actor").input_value() == "nurse-03"
    assert page.locator("#field-screening\\.happened").get_attribute("aria-invalid") == "true"
    problems.get_by_role("link").click()
    page.locator("#field-screening\\.happened").fill("2026-03-02")
    page.keyboard.press("Enter")
    done = page.get_by_role("status")
    done.wait_for()
    assert f"S-{number}" in done.inner_text()
    assert [event.type for event in door.events() if event.subject == f"S-{number}"] == ["subject.screening-started.v1"]


def test_a_double_click_on_the_button_records_once(page: Page, door: Site):
    number = 400 + (page.viewport_size or {"width": 0})["width"]
    page.goto(f"/forms/followup?lang=zh&subject=S-{number}")
    page.locator("#field-actor").fill("coordinator-01")
    page.locator("#field-actor_role").select_option("coordinator")
    page.locator("#section-contact").click()
    page.locator("#field-contact\\.happened").fill("2026-04-01")
    page.locator("#field-contact\\.means").fill("电话")
    page.get_by_role("button").dblclick()
    page.get_by_role("status").wait_for()
    told = [event for event in door.events() if event.subject == f"S-{number}"]
    assert len(set(map(repr, told))) == 1
