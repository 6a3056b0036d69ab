"""All parts together: the shipped folder, the middleware, a real browser and the report."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from adweave import AdweaveMiddleware
from adweave.events import events_folder
from adweave.experiments import report_on
from adweave.placements import load
from tests.browser.newsstand import Article
from tests.browser.reading import DESKTOP, MOBILE, WATCH_SHIFTS, scroll_to_end, shifts
from tests.browser.serving import served

PLACEMENTS = Path(__file__).parents[2] / "placements"
PAGE = b"".join(Article(30).pieces()).decode()


async def article(request: Request) -> HTMLResponse:
    return HTMLResponse(PAGE)


def serving(folder: Path, state: Path) -> AbstractContextManager[str]:
    """The woven app at the address that is given, until the end of the block."""
    app = Starlette(routes=[Route("/news/{name}", article)])
    return served(AdweaveMiddleware(app, folder, state=state))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped folder, with its experiment running and ids that need no dialogue."""
    folder = tmp_path / "placements"
    shutil.copytree(PLACEMENTS, folder)
    for name, old, new in (
        ("experiments/density.toml", 'status = "draft"', 'status = "running"'),
        ("site.toml", 'visitor_id = "tcf"', 'visitor_id = "assumed"'),
    ):
        text = (folder / name).read_text()
        assert text.count(old) == 1
        (folder / name).write_text(text.replace(old, new))
    return folder


@pytest.fixture
def site(folder: Path, tmp_path: Path) -> Iterator[str]:
    with serving(folder, tmp_path / "state") as site:
        yield site


def visit(chromium: Browser, site: str, viewport: dict[str, int]) -> Page:
    context = chromium.new_context(base_url=site, viewport=viewport)
    context.add_init_script(WATCH_SHIFTS)
    return context.new_page()


@pytest.mark.parametrize("viewport", [MOBILE, DESKTOP], ids=["360", "1280"])
def test_the_shipped_folder_fills_labelled_slots_and_nothing_moves(
    chromium: Browser, site: str, viewport: dict[str, int]
) -> None:
    page = visit(chromium, site, viewport)
    answer = page.goto("/news/one")
    assert answer is not None
    assert re.match(r"woven; slots=\d+", answer.headers["adweave-status"])
    # Some slots are there for the other kind of window only.
    count = page.locator("ad-slot").filter(visible=True).count()
    assert count >= 3
    scroll_to_end(page)
    expect(page.locator("ad-slot[data-state=filled]")).to_have_count(count)
    assert page.get_by_role("complementary", name="Advertisement").count() == count
    assert shifts(page) == []
    page.context.close()


def test_the_report_counts_what_readers_saw_in_each_variant(
    chromium: Browser, folder: Path, tmp_path: Path
) -> None:
    seen = Counter[str]()
    with serving(folder, tmp_path / "state") as site:
        for _ in range(6):
            page = visit(chromium, site, MOBILE)
            page.goto("/news/one")
            seen[("control", "dense")[page.evaluate("window.adweave.variant")]] += 1
            expect(page.locator("ad-slot").first).to_have_attribute("data-state", "filled")
            with page.expect_event("requestfinished", lambda r: "/_adweave/e?k=" in r.url):
                page.evaluate("dispatchEvent(new Event('pagehide'))")
            page.context.close()

    configured = load(folder).site
    assert configured is not None
    segments = sorted(events_folder(tmp_path / "state").iterdir())
    report = report_on(segments, configured.experiments["density"])
    (section,) = report.sections
    assert section.unit == "visitor"
    assert {each.name: each.units for each in section.variants if each.units} == dict(seen)
    assert sum(each.counts["page_views"] for each in section.variants) == 6
    assert sum(each.counts["rendered"] for each in section.variants) >= 6
    assert report.bot_views == 0
