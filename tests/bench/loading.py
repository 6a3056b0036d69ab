"""What the browser code costs a reader: its own time on the main thread while a page loads.

Chromium on a processor slowed down to a quarter, pages whose only scripts are ours. Counted is
the thread time of all script of ours from the first byte until everything in view is filled,
compiling included, without the layout of the page that happens to fall into it. The least of
the rounds is told: what else the machine does can only add.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import brotli
from playwright.sync_api import Browser, sync_playwright

from adweave.slots.assets import built
from tests.browser.newsstand import Article, Newsstand
from tests.configurations import experiment, layout, site

SLOWDOWN = 4
_SCRIPT = frozenset({"EvaluateScript", "FunctionCall", "v8.compile"})
_RENDERING = frozenset({"Layout", "UpdateLayoutTree"})
_CATEGORIES = ["devtools.timeline", "v8"]


@dataclass(frozen=True)
class Load:
    """One load: ms of our script, the longest piece of it, and requests before a slot is near."""

    script_ms: float
    longest_ms: float
    requests: int


def load(browser: Browser, stand: Newsstand, path: str) -> Load:
    """Load a page of the stand once, with an empty cache."""
    context = browser.new_context(base_url=stand.origin, viewport={"width": 360, "height": 780})
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    asked = len(stand.requests)
    browser.start_tracing(page=page, categories=_CATEGORIES)
    page.goto(path, wait_until="networkidle")
    events = json.loads(browser.stop_tracing())["traceEvents"]
    context.close()
    pieces = list(_pieces(events, stand.origin))
    ours = [path for path in stand.requests[asked:] if path.startswith("/_adweave/")]
    # The loader itself is not counted.
    return Load(sum(pieces) / 1000, max(pieces, default=0) / 1000, len(ours) - 1)


def _pieces(events: Iterable[dict[str, Any]], origin: str) -> Iterable[float]:
    """Thread times, in µs, of scripts from `origin` that no other encloses, less rendering."""
    timed = sorted(
        (event["ts"], -event.get("dur", 0), event.get("tdur", 0), n, event)
        for n, event in enumerate(events)
        if event.get("ph") == "X" and event["name"] in _SCRIPT | _RENDERING
    )
    end, spent = 0.0, 0.0
    for start, minus, used, _, event in timed:
        if event["name"] in _RENDERING:
            spent -= used if start < end else 0
        elif start >= end and event["args"].get("data", {}).get("url", "").startswith(origin):
            if spent:
                yield spent
            end, spent = start - minus, used
    yield spent


def loading(rounds: int = 9) -> str:
    """The table, as Markdown."""
    stand = Newsstand()
    both = site(layout("article"), layout("dense"), experiment=experiment())
    stand.publish("/plain", Article(), site(layout("article")), {"inline": [1, 4]})
    stand.publish("/near", Article(), both, {"inline": [1, 4]}, {"inline": [1, 5]})
    stand.publish("/far", Article(30), both, {"inline": [20]}, {"inline": [25]})
    lines = ["| page | script of ours, ms | longest piece, ms | requests before a slot is near |"]
    lines.append("| --- | --- | --- | --- |")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for path, name in (
            ("/plain", "two slots filled"),
            ("/near", "two slots filled, an experiment"),
            ("/far", "no slot is near, an experiment"),
        ):
            loads = [load(browser, stand, path) for _ in range(rounds)]
            script = min(each.script_ms for each in loads)
            longest = min(each.longest_ms for each in loads)
            requests = max(each.requests for each in loads) if path == "/far" else "-"
            lines.append(f"| {name} | {script:.1f} | {longest:.1f} | {requests} |")
        browser.close()
    stand.close()
    sizes = {
        name: len(brotli.compress(built(name).encode("ascii")))
        for name in ("loader.js", "head.js", "gpt.js", "prebid.js", "adsense.js", "slot.css")
    }
    compressed = ", ".join(f"{name} {size / 1024:.2f}" for name, size in sizes.items())
    return "\n".join([*lines, "", f"KB with brotli: {compressed}."])


if __name__ == "__main__":
    print(loading())
