"""A real Astro site with islands of Svelte and Vue: the article is around them, or in one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from adweave import AdweaveMiddleware
from tests.browser.packages import built
from tests.browser.reading import DESKTOP, MOBILE, scroll_to_end, shifts, woven_page
from tests.browser.serving import served

PLACEMENTS = Path(__file__).parents[2] / "placements"
FOLDER = Path(__file__).parent / "astro"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the built site, woven."""
    files = built(FOLDER, "astro", "dist/story/index.html").parents[1]
    app = Starlette(routes=[Mount("/", StaticFiles(directory=files, html=True))])
    state = tmp_path_factory.mktemp("state")
    with served(AdweaveMiddleware(app, PLACEMENTS, state=state)) as address:
        yield address


@pytest.mark.parametrize("viewport", [MOBILE, DESKTOP], ids=["360", "1280"])
def test_islands_of_svelte_and_vue_come_alive_beside_an_article_with_slots(
    chromium: Browser, site: str, viewport: dict[str, int]
) -> None:
    page, complaints = woven_page(chromium, f"{site}/story/", viewport)
    for name in ("svelte", "vue"):
        page.wait_for_function(f"document.documentElement.dataset.{name} === 'yes'")
    scroll_to_end(page)
    shown = page.locator("ad-slot").filter(visible=True)
    expect(shown.first).to_have_attribute("data-state", "filled")
    for name in ("Likes", "Shares"):
        page.get_by_role("button", name=f"{name}: 0").click()
        expect(page.get_by_role("button", name=f"{name}: 1")).to_be_visible()
    assert complaints == []
    assert shifts(page) == []
    page.context.close()


def test_an_article_that_is_an_island_of_vue_itself_gets_slots_once_it_lives(
    chromium: Browser, site: str
) -> None:
    page, complaints = woven_page(chromium, f"{site}/island/", DESKTOP)
    page.wait_for_function("document.documentElement.dataset.vue === 'yes'")
    expect(page.locator("astro-island ad-slot").first).to_be_attached()
    scroll_to_end(page)
    shown = page.locator("astro-island ad-slot").filter(visible=True)
    expect(shown.first).to_have_attribute("data-state", "filled")
    assert complaints == []
    assert shifts(page) == []
    page.context.close()
