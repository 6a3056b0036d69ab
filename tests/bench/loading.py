"""What the browser code costs a reader: its own time on the main thread while a page loads.

Chromium on a processor slowed down to a quarter, pages whose only scripts are ours, so that ours
also pays for what the first script of any page has to set up. Counted is the thread time of all
script of ours from the first byte until everything in view is filled, compiling included;
the styles and layout of the page that fall into it are told apart. The median of the rounds and
the least are told: what else the machine does can only add.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

import brotli
from playwright.sync_api import Browser, sync_playwright

from adweave.slots.assets import built
from tests.browser.newsstand import Article, Newsstand, Response
from tests.configurations import experiment, layout, site

SLOWDOWN = 4
_SCRIPT = frozenset({"EvaluateScript", "FunctionCall", "v8.compile"})
_RENDERING = frozenset({"Layout", "UpdateLayoutTree"})
# The least that a script can do with a page: what the browser sets up for the first one of a page.
_FIRST = b"(()=>{window.read=document.currentScript.getAttribute('data-adweave')})()"
_CATEGORIES = ["devtools.timeline"]


@dataclass(frozen=True)
class Load:
    """One load: ms of our script and its longest piece, of styles and layout in it; requests."""

    script_ms: float
    longest_ms: float
    forced_ms: float
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
    scripts = [script for script, _ in pieces]
    forced = sum(rendering for _, rendering in pieces)
    return Load(sum(scripts) / 1000, max(scripts) / 1000, forced / 1000, len(ours) - 1)


def _pieces(events: Iterable[dict[str, Any]], origin: str) -> Iterable[tuple[float, float]]:
    """Thread times, in µs, of scripts from `origin` that no other encloses, and rendering in them.

    Rendering inside of rendering is no more of it.
    """
    timed = sorted(
        (event["ts"], -event.get("dur", 0), event.get("tdur", 0), n, event)
        for n, event in enumerate(events)
        if event.get("ph") == "X" and event["name"] in _SCRIPT | _RENDERING
    )
    end, spent, rendered, rendered_until = 0.0, 0.0, 0.0, 0.0
    for start, minus, used, _, event in timed:
        if event["name"] in _RENDERING:
            if rendered_until <= start < end:
                rendered += used
                rendered_until = start - minus
        elif start >= end and event["args"].get("data", {}).get("url", "").startswith(origin):
            if spent:
                yield spent - rendered, rendered
            end, spent, rendered = start - minus, used, 0.0
    yield spent - rendered, rendered


def loading(rounds: int = 11) -> str:
    """The table, as Markdown."""
    stand = Newsstand()
    both = site(layout("article"), layout("dense"), experiment=experiment())
    stand.publish("/plain", Article(), site(layout("article")), {"inline": [1, 4]})
    stand.publish("/near", Article(), both, {"inline": [1, 4]}, {"inline": [1, 5]})
    stand.publish("/far", Article(30), both, {"inline": [20]}, {"inline": [25]})
    first, *rest = Article(30).pieces()
    script = b"<script async src=/first.js data-adweave='{}'></script>"
    stand.responses["/first"] = Response([first, script, *rest])
    stand.responses["/first.js"] = Response([_FIRST], "text/javascript")
    stand.publish("/idle", Article(30), site(layout("article")), {"inline": [20]})
    lines = [
        "| page | script of ours, ms (least) | longest piece, ms | layout in it, ms "
        "| requests before a slot is near |"
    ]
    lines.append("| --- | --- | --- | --- | --- |")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for path, name in (
            ("/first", "none of ours; a script that reads one attribute"),
            ("/idle", "no slot is near"),
            ("/plain", "two slots filled"),
            ("/near", "two slots filled, an experiment"),
            ("/far", "no slot is near, an experiment"),
        ):
            loads = [load(browser, stand, path) for _ in range(rounds)]
            script = median(each.script_ms for each in loads)
            least = min(each.script_ms for each in loads)
            longest = median(each.longest_ms for each in loads)
            forced = median(each.forced_ms for each in loads)
            is_far = path in ("/idle", "/far")
            requests = max(each.requests for each in loads) if is_far else "-"
            lines.append(
                f"| {name} | {script:.1f} ({least:.1f}) | {longest:.1f} | {forced:.1f} "
                f"| {requests} |"
            )
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
