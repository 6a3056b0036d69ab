"""Places outside the article's flow, in a real browser: nothing moves, and they look right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from adweave import AdweaveMiddleware
from tests.browser.newsstand import WORDS
from tests.browser.reading import DESKTOP, MOBILE, WATCH_SHIFTS, scroll_to_end, shifts
from tests.browser.serving import served

SIZES = "sizes = [[320, 100]]\n"
LAYOUT = f"""\
pages = ["/**"]
[[placement]]
name = "top"
kind = "selector"
selector = "header.site"
any_page = true
{SIZES}
[[placement]]
name = "rail"
kind = "selector"
selector = "aside"
place = "first-child"
{SIZES}
[[placement]]
name = "foot"
kind = "sticky"
{SIZES}
[[placement]]
name = "front"
kind = "listing"
n = 4
{SIZES}
"""
CSS = (
    "body{margin:0;font:18px/1.6 serif}header{padding:1em}main{max-width:46rem;margin:auto}"
    ".grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(340px,1fr));gap:16px}"
    "ul.list{padding:0;list-style:none}"
)
HEAD = (
    "<!doctype html><html lang=en><head><title>Harbour</title><meta name=viewport "
    f'content="width=device-width,initial-scale=1"><style>{CSS}</style></head><body>'
    "<header class=site>The Harbour</header>"
)
ARTICLE = (
    f"{HEAD}<main><article><h1>The storm</h1>{f'<p>{WORDS * 2}</p>' * 20}</article></main>"
    "<aside><p>Weather</p></aside></body></html>"
)
CARDS = [
    f"<h3><a href=/{n}>What the storm left on day {n}</a></h3><p>A line about it.</p>"
    for n in range(12)
]
GRID = f"{HEAD}<main class=grid>{''.join(f'<div>{card}</div>' for card in CARDS)}</main></body>"
LIST = f"{HEAD}<ul class=list>{''.join(f'<li>{card}</li>' for card in CARDS)}</ul></body>"
PAGES = {"article": ARTICLE, "grid": GRID, "list": LIST}


async def page_of(request: Request) -> HTMLResponse:
    return HTMLResponse(PAGES[request.path_params["name"]])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("placements")
    for name, text in {
        "layouts/article.toml": LAYOUT,
        "creatives/house-320x100.html": "<!doctype html><title>House</title>House",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    app = Starlette(routes=[Route("/{name}", page_of)])
    with served(AdweaveMiddleware(app, folder, state=folder.parent / "state")) as address:
        yield address


@pytest.fixture
def visit(chromium: Browser, site: str) -> Iterator:
    contexts = []

    def visited(name: str, viewport: dict[str, int]) -> Page:
        context = chromium.new_context(base_url=site, viewport=viewport)
        contexts.append(context)
        context.add_init_script(WATCH_SHIFTS)
        page = context.new_page()
        page.goto(f"/{name}")
        return page

    yield visited
    for context in contexts:
        context.close()


EACH_WINDOW = pytest.mark.parametrize("viewport", [MOBILE, DESKTOP], ids=["360", "1280"])


@EACH_WINDOW
def test_an_articles_banner_rail_and_foot_fill_and_nothing_moves(visit, viewport):
    page = visit("article", viewport)
    for name in ("top", "foot"):
        expect(page.locator(f"ad-slot[data-placement={name}][data-state=filled]")).to_have_count(1)
    scroll_to_end(page)
    expect(page.locator("aside > ad-slot:first-child[data-state=filled]")).to_have_count(1)
    assert page.locator("ad-slot + header.site").count() == 1
    assert page.locator("ad-slot").count() == 3
    assert sum(shift["value"] for shift in shifts(page)) == 0


@EACH_WINDOW
def test_a_sticky_ad_stays_at_the_windows_edge_and_small(visit, viewport):
    page = visit("article", viewport)
    slot = page.locator("ad-slot[data-kind=sticky][data-state=filled]")
    expect(slot).to_be_visible()
    for _ in range(2):
        box = slot.bounding_box()
        assert box is not None
        assert round(box["y"] + box["height"]) == viewport["height"]
        assert box["height"] <= 0.3 * viewport["height"]
        scroll_to_end(page)


@EACH_WINDOW
@pytest.mark.parametrize("name", ["grid", "list"])
def test_a_front_has_slots_between_its_cards(visit, viewport, name):
    page = visit(name, viewport)
    scroll_to_end(page)
    expect(page.locator("ad-slot[data-placement=front][data-state=filled]")).to_have_count(2)
    assert page.locator("ad-slot[data-placement=foot]").count() == 0
    between = (
        "main.grid > div + ad-slot + div" if name == "grid" else "ul > li > ad-slot:last-child"
    )
    assert page.locator(between).count() == 2
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert sum(shift["value"] for shift in shifts(page)) == 0
