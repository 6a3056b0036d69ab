"""Money, end to end: Prebid's own auction in a browser, the intake, and the report's revenue."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from adweave import AdweaveMiddleware
from adweave.events import segments
from adweave.experiments import report_on
from adweave.placements import load
from tests.browser.adserver import CREATIVE, AdServer
from tests.browser.newsstand import Article, Newsstand
from tests.browser.reading import MOBILE
from tests.browser.serving import served

PLACEMENTS = Path(__file__).parents[2] / "placements"
PAGE = b"".join(Article(30).pieces()).decode()
CPM = 2.5

DEMAND = """
[demand]
timeout_ms = 20_000

[demand.prebid]
src = "/ads/prebid.js"
bids = [{ bidder = "local", params = { place = "{placement}" } }]
currency = "USD"

[demand.prebid.config.s2sConfig]
accountId = "1"
bidders = ["local"]
adapter = "prebidServer"
enabled = true
timeout = 16_000
endpoint = "/ads/openrtb2"
allowUnknownBidderCodes = true
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped folder, whose experiment runs and whose slots are sold by Prebid, else empty."""
    folder = tmp_path / "placements"
    shutil.copytree(PLACEMENTS, folder)
    for name, old, new in (
        ("experiments/density.toml", 'status = "draft"', 'status = "running"'),
        ("site.toml", 'visitor_id = "tcf"', 'visitor_id = "assumed"\nrequire = "none"'),
        ("layouts/article.toml", 'fill = ["house"]', 'fill = ["prebid"]'),
        ("layouts/article-dense.toml", 'fill = ["house"]', 'fill = ["prebid"]'),
    ):
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))
    settings = folder / "site.toml"
    settings.write_text(settings.read_text() + DEMAND)
    loaded = load(folder)
    assert loaded.site is not None, loaded.problems
    return folder


async def article(request: Request) -> HTMLResponse:
    return HTMLResponse(PAGE)


def test_the_report_has_the_money_that_prebids_winners_paid_in_each_variant(
    chromium: Browser, folder: Path, tmp_path: Path, stand: Newsstand
) -> None:
    ads = AdServer(stand)
    ads.bid = lambda impression: {"price": CPM, "adm": CREATIVE}

    async def ad(request: Request) -> Response:
        answer = stand.answers[request.url.path](request.url.path, await request.body())
        return Response(b"".join(answer.chunks), media_type=answer.content_type)

    app = Starlette(
        routes=[
            Route("/news/{name}", article),
            Route("/ads/prebid.js", ad),
            Route("/ads/openrtb2", ad, methods=["POST"]),
        ]
    )
    sold = {"control": 0, "dense": 0}
    views = {"control": 0, "dense": 0}
    with served(AdweaveMiddleware(app, folder, state=tmp_path / "state")) as site:
        for _ in range(5):
            context = chromium.new_context(base_url=site, viewport=MOBILE)
            page = context.new_page()
            page.goto("/news/one")
            variant = ("control", "dense")[page.evaluate("window.adweave.variant")]
            slots = page.locator("ad-slot:visible").all()  # some are for wide windows alone
            for slot in slots:
                slot.scroll_into_view_if_needed()
                expect(slot).to_have_attribute("data-state", "filled")
            sold[variant] += len(slots)
            views[variant] += 1
            with page.expect_event("requestfinished", lambda r: "/_adweave/e?k=" in r.url):
                page.evaluate("dispatchEvent(new Event('pagehide'))")
            context.close()

    configured = load(folder).site_or_raise()
    report = report_on(segments(tmp_path / "state"), configured.experiments["density"])
    (section,) = report.sections
    assert sum(sold.values()) == len(ads.asked["prebid"]) > 5
    for each in section.variants:
        assert each.counts["page_views"] == views[each.name]
        assert each.counts["rendered"] == sold[each.name]
        if views[each.name]:
            money = each.metrics["revenue_per_view"].value
            assert money == pytest.approx(sold[each.name] * CPM / 1000 / views[each.name])
