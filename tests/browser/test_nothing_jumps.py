"""The shift that slots cause is exactly 0: twelve kinds of page, three widths, whatever happens.

Shifts right after the window changed its size are the page's own reflow; there it is the slots
themselves that must keep their place and height.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.adserver import AdServer, selling
from tests.browser.layouts import LAYOUTS
from tests.browser.newsstand import Article, Newsstand, Response
from tests.browser.reading import (
    DESKTOP,
    MOBILE,
    TABLET,
    OpenPage,
    frames,
    reserved_px,
    scroll_to_end,
    shifts,
)
from tests.configurations import layout, site

WINDOWS = pytest.mark.parametrize("viewport", [MOBILE, TABLET, DESKTOP], ids=["360", "768", "1280"])
PAGES = pytest.mark.parametrize("name", LAYOUTS)
SLOTS = {"inline": [1, 4, 7, 10, 13], "notice": [16]}
FONTS = Path("/usr/share/fonts/truetype/noto")


def jumps(page: Page) -> list[dict[str, Any]]:
    """Shifts that no change of the window's size explains."""
    return [shift for shift in shifts(page) if not shift["follows"]]


def heights(page: Page) -> list[int]:
    found = page.evaluate("Array.from(document.querySelectorAll('ad-slot'), s => s.offsetHeight)")
    assert isinstance(found, list)
    return found


def test_there_are_at_least_twelve_pages() -> None:
    assert len(LAYOUTS) >= 12


@WINDOWS
@PAGES
def test_a_whole_read_moves_nothing(
    stand: Newsstand, reader: OpenPage, name: str, viewport: dict[str, int]
) -> None:
    stand.publish("/a", LAYOUTS[name], site(layout(lazy_margin="1.5 screens")), SLOTS)
    page = reader(viewport)
    page.goto("/a")
    scroll_to_end(page, 260)
    assert shifts(page) == []
    page.evaluate("scrollTo({top: 0, behavior: 'instant'})")  # fast, and back up
    scroll_to_end(page, 2500)
    expect(page.locator("ad-slot[data-state=filled]")).to_have_count(5)
    assert shifts(page) == []
    # The window gets narrower, then it is turned.
    before = heights(page)
    for width, height in (
        (viewport["width"] - 40, viewport["height"]),
        (viewport["height"], viewport["width"]),
        (viewport["width"], viewport["height"]),
    ):
        page.set_viewport_size({"width": width, "height": height})
        frames(page)
        assert heights(page) == before
    assert jumps(page) == []


@pytest.mark.parametrize(
    ("name", "viewport"),
    list(zip(LAYOUTS, [MOBILE, TABLET, DESKTOP] * 4, strict=True)),
    ids=list(LAYOUTS),
)
def test_a_whole_read_without_ads_moves_nothing(
    stand: Newsstand, reader: OpenPage, name: str, viewport: dict[str, int]
) -> None:
    nothing = site(layout(lazy_margin="1.5 screens"), creatives=())
    stand.publish("/a", LAYOUTS[name], nothing, SLOTS)
    page = reader(viewport)
    page.goto("/a")
    scroll_to_end(page, 260)
    expect(page.locator("ad-slot[data-state=empty]")).to_have_count(5)
    page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
    frames(page)
    scroll_to_end(page, 2500)
    assert shifts(page) == []


@WINDOWS
@pytest.mark.parametrize("fill", ["iframe", "gpt", "adsense", "prebid", "notice"])
def test_whoever_fills_a_slot_early_or_late_moves_nothing(
    stand: Newsstand, reader: OpenPage, fill: str, viewport: dict[str, int]
) -> None:
    AdServer(stand)
    path = {"iframe": "/ads/serve", "gpt": "/ads/gampad", "adsense": "/ads/adsense"}.get(fill)
    gate = threading.Event()
    if path is not None:
        answer = stand.answers[path]

        def late(asked: str, body: bytes) -> Response:
            response = answer(asked, body)
            response.gates[0] = gate
            return response

        stand.answers[path] = late
    sizes = {"mobile": [[300, 250]], "desktop": [[300, 250]]}
    stand.publish("/a", Article(), selling(fill, sizes=sizes), {"inline": [1, 4, 7]})
    page = reader(viewport)
    page.goto("/a")
    page.evaluate("scrollTo({top: 150, behavior: 'instant'})")
    frames(page)
    gate.set()
    scroll_to_end(page, 200)
    page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
    expect(page.locator("ad-slot").first).to_have_attribute("data-state", "filled")
    assert shifts(page) == []


@pytest.mark.parametrize("has_ad", [True, False], ids=["an ad", "no ad"])
def test_an_answer_that_comes_after_the_window_was_turned_moves_nothing(
    stand: Newsstand, reader: OpenPage, has_ad: bool
) -> None:
    ads = AdServer(stand)
    if not has_ad:
        ads.page = lambda words: "<script>parent.postMessage({adweave: 'no-fill'}, '*')</script>"
    gate = threading.Event()
    answer = stand.answers["/ads/serve"]

    def late(asked: str, body: bytes) -> Response:
        response = answer(asked, body)
        response.gates[0] = gate
        return response

    stand.answers["/ads/serve"] = late
    sizes = {"mobile": [[300, 250]], "desktop": [[728, 90]]}
    stand.publish("/a", Article(), selling("iframe", sizes=sizes), {"inline": [1]})
    page = reader(MOBILE)
    page.goto("/a", wait_until="commit")
    stand.wait_for(lambda s: any(path.startswith("/ads/serve") for path in s.requests))
    page.set_viewport_size({"width": 780, "height": 360})
    before = shifts(page)
    slot = page.locator("ad-slot")
    turned = slot.bounding_box()
    gate.set()
    expect(slot).to_have_attribute("data-state", "filled" if has_ad else "empty")
    assert slot.bounding_box() == turned
    assert shifts(page) == before


@WINDOWS
def test_a_creative_larger_than_its_box_moves_nothing(
    stand: Newsstand, reader: OpenPage, viewport: dict[str, int]
) -> None:
    ads = AdServer(stand)
    ads.page = lambda words: (
        "<!doctype html><body style='width:3000px;height:3000px'><script>"
        "parent.postMessage({adweave: 'size', width: 3000, height: 3000}, '*')</script>"
    )
    ads.gpt = lambda asked: [300, 250]
    stand.publish("/a", Article(), selling("iframe"), {"inline": [1, 4]})
    page = reader(viewport)
    page.goto("/a")
    expect(page.locator("ad-slot").first).to_have_attribute("data-state", "filled")
    assert heights(page)[0] == reserved_px(viewport)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert shifts(page) == []


@WINDOWS
def test_a_typeface_that_arrives_late_changes_no_slot(
    stand: Newsstand, reader: OpenPage, viewport: dict[str, int]
) -> None:
    file = next(iter(sorted(FONTS.glob("NotoSerif-Regular.*"))), None)
    if file is None:
        pytest.skip("fonts-noto-core is not installed")
    gate = threading.Event()
    stand.responses["/late.ttf"] = Response([file.read_bytes()], "font/ttf", gates={0: gate})
    # The same typeface before and after: the text itself stays, so what moves would be ours.
    css = (
        "@font-face{font-family:Late;src:url(/late.ttf);font-display:swap}"
        "article{font-family:Late,'Noto Serif';max-width:46rem;margin:auto;padding:0 16px}"
        "ad-slot{--adweave-font:Late,'Noto Serif'}"
    )
    stand.publish("/a", Article(css=css), site(layout()), SLOTS)
    page = reader(viewport)
    page.goto("/a", wait_until="domcontentloaded")
    page.evaluate("scrollTo({top: 400, behavior: 'instant'})")
    before = heights(page)
    gate.set()
    page.evaluate("document.fonts.ready")
    assert page.evaluate("document.fonts.check('16px Late')")
    assert heights(page) == before
    assert shifts(page) == []
