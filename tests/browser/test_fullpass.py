"""Readers go through the demo, with batches of others among theirs that are forged, late, early and
large, and the report says of the readers what they did."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests import fullpass

VISITORS, BROWSERS = 300, 2


DAY_MS = 86_400_000


def hostile(page: fullpass.Seen) -> Iterator[tuple[str, bytes]]:
    """Batches that a report must not believe, each (path, body)."""
    now = round(time.time() * 1000)

    def batch(view: str, t: int = now, **changed: object) -> bytes:
        event = {"id": f"{view}-1", "kind": "exposure", "t": t}
        told = {
            "v": 1, "view": view, "unit": "visitor", "uid": view * 2, "path": "/", "width": 360,
            "gen": page.gen, "exp": "density", "variant": "dense", "events": [event],
        }  # fmt: skip
        return json.dumps({**told, **changed}).encode()

    yield page.events.partition("?")[0], batch("forged0000000001")  # without the page's token
    yield page.events[:-6] + "abcdef", batch("forged0000000002")
    yield page.events, batch("fromthefuture001", now + DAY_MS)
    yield page.events, batch("muchtoolate00001", now - 2 * DAY_MS)
    yield page.events, batch("unknownexp000001", exp="nobody")
    yield page.events, batch("unknownvariant01", variant="nobody")
    yield page.events, b"{" * 20_000
    yield page.events, batch("largebatch000001", more="x" * 5_000_000)


def test_the_report_tells_what_readers_of_the_demo_did(chromium: Browser, tmp_path: Path) -> None:
    with fullpass.newsroom(tmp_path) as address:
        crowd = fullpass.Crowd(address, seed=4)
        for _ in range(VISITORS):
            crowd.visit()
        assert {crowd.post(*each) for each in hostile(crowd.page())} <= {0, 204, 400, 403, 413}
        real = fullpass.browse(chromium, address, BROWSERS)
    sent = crowd.sent
    kept = tmp_path / "report.html"
    told = json.loads(fullpass.report(tmp_path, "--json", "--html", str(kept)))

    visitors, views = told["sections"]
    assert visitors["units"] == sent.visitors + real
    assert visitors["split"]["sound"]
    assert views["units"] == sent.without_id
    assert told["bot_page_views"] == sent.bot_views > 0
    assert told["events"]["torn"] == 0
    assert told["events"]["unknown"] == 2
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
