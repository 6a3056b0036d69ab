"""A page that comes back from the back/forward cache goes on as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.conftest import ARGUMENTS
from tests.browser.newsstand import Article, Newsstand
from tests.browser.reading import DESKTOP, MOBILE, TABLET, WATCH_SHIFTS, shifts
from tests.configurations import layout, site


@pytest.fixture(scope="module")
def remembering(chromium_path: str) -> Iterator[Browser]:
    """A Chromium that keeps pages for going back, which Playwright's usual one does not."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path,
            args=list(ARGUMENTS),
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield browser
        browser.close()


@pytest.mark.parametrize("viewport", [MOBILE, TABLET, DESKTOP], ids=["360", "768", "1280"])
def test_going_back_to_a_page_moves_nothing_and_goes_on_filling(
    remembering: Browser, stand: Newsstand, viewport: dict[str, int]
) -> None:
    for path in ("/a", "/b"):
        stand.publish(path, Article(30), site(layout()), {"inline": [1, 25]})
    page = remembering.new_context(base_url=stand.origin, viewport=viewport).new_page()
    page.add_init_script(WATCH_SHIFTS)
    page.add_init_script("addEventListener('pageshow', (e) => { window.kept = e.persisted })")
    page.goto("/a")
    expect(page.locator("ad-slot").first).to_have_attribute("data-state", "filled")
    page.evaluate("scrollTo({top: 300, behavior: 'instant'})")
    page.evaluate("location.href = '/b'")
    page.wait_for_url("**/b")
    page.wait_for_load_state("load")
    page.evaluate("setTimeout(() => history.back())")
    page.wait_for_url("**/a", wait_until="commit")
    page.wait_for_function("window.kept === true")
    assert page.locator("ad-slot").first.get_attribute("data-state") == "filled"
    page.locator("ad-slot").last.scroll_into_view_if_needed()
    expect(page.locator("ad-slot").last).to_have_attribute("data-state", "filled")
    assert shifts(page) == []
    page.context.close()
