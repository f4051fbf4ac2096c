"""The browser of the tests."""

from playwright.sync_api import Browser


def test_chromium_draws_a_page_with_chinese_text(browser: Browser):
    page = browser.new_page(viewport={"width": 390, "height": 800}, locale="zh-CN")
    page.set_content("<h1>入组</h1>")
    assert page.inner_text("h1") == "入组"
    assert page.evaluate("navigator.language") == "zh-CN"
    # A font that has the characters: a missing one draws the same box for both.
    widths = "c => { const x = document.createElement('canvas').getContext('2d'); x.font = '40px sans-serif';"
    drawn = widths + " x.fillText(c, 0, 40); return Array.from(x.getImageData(0, 0, 50, 50).data).join() }"
    assert page.evaluate(drawn, "入") != page.evaluate(drawn, "组")
    page.close()
