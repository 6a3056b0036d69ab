"""Readers go through the demo, and the report says of them what they did."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests import fullpass

VISITORS, BROWSERS = 300, 2


def test_the_report_tells_what_readers_of_the_demo_did(chromium: Browser, tmp_path: Path) -> None:
    with fullpass.newsroom(tmp_path) as address:
        crowd = fullpass.Crowd(address, seed=4)
        for _ in range(VISITORS):
            crowd.visit()
        for body in (b"{}", b"{" * 20_000):
            crowd.post("/_adweave/e", body)  # forged, without a page's token; too large
        real = fullpass.browse(chromium, address, BROWSERS)
    sent = crowd.sent
    kept = tmp_path / "report.html"
    told = json.loads(fullpass.report(tmp_path, "--json", "--html", str(kept)))

    visitors, views = told["sections"]
    assert visitors["units"] == sent.visitors + real
    assert visitors["split"]["sound"]
    assert views["units"] == sent.without_id
    assert told["bot_page_views"] == sent.bot_views > 0
    assert told["events"]["torn"] == told["events"]["unknown"] == 0
    assert sum(each["page_views"] for each in visitors["variants"]) == (
        sum(sent.views.values()) + real
    )
    # Chromium's readers see house ads, which earn nothing.
    for each in visitors["variants"]:
        money = each["metrics"]["revenue_per_view"]["value"] * each["page_views"]
        assert money == pytest.approx(sent.money[each["name"]])
    (revenue,) = (c for c in visitors["comparisons"] if c["metric"] == "revenue_per_view")
    low, high = revenue["relative"]["always_valid"]
    assert low < sent.true_change(pages=20_000) < high
    assert told["verdict"].startswith("density: over ")
    assert kept.read_text().count("<title>Slots on ") == 2
