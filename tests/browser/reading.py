"""How the tests read a page: in which windows, how they scroll, and what they see move."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

MOBILE = {"width": 360, "height": 780}
TABLET = {"width": 768, "height": 1024}
DESKTOP = {"width": 1280, "height": 720}


def reserved_px(viewport: dict[str, int]) -> int:
    """How high a slot of the usual layout is in the usual article, label and all.

    Its column is 736 px wide from 768 px of window on: of 728x90 and 970x250 it holds the first.
    """
    return 24 + (250 if viewport["width"] < 768 else 90)


OpenPage = Callable[..., Page]
"""The fixture `reader`: opens a new reader's window."""

NewReader = Callable[..., BrowserContext]
"""The fixture `somebody`: a new reader, with no window yet."""

# Keeps every layout shift with what moved, also those that follow a reader's input.
WATCH_SHIFTS = """
window.shifts = [];
{
  const note = (entries) => {
    for (const entry of entries) {
      window.shifts.push({
        value: entry.value,
        follows: entry.hadRecentInput,
        sources: entry.sources.map(({node, previousRect: a, currentRect: b}) => ({
          node: node ? node.nodeName + (node.id ? "#" + node.id : "") : null,
          from: [a.x, a.y, a.width, a.height], to: [b.x, b.y, b.width, b.height],
        })),
      });
    }
  };
  const watch = new PerformanceObserver((list) => note(list.getEntries()));
  watch.observe({type: "layout-shift", buffered: true});
  // With those that have been seen and not been told of yet.
  window.shiftsNow = () => { note(watch.takeRecords()); return window.shifts; };
}
"""


def woven_page(chromium: Browser, url: str, viewport: dict[str, int]) -> tuple[Page, list[str]]:
    """A page that has to be woven, and what its console complains of from now on."""
    page = chromium.new_context(viewport=viewport).new_page()
    page.add_init_script(WATCH_SHIFTS)
    complaints: list[str] = []
    page.on(
        "console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    answer = page.goto(url)
    assert answer is not None
    assert answer.headers["adweave-status"].startswith("woven; slots=")
    return page, complaints


def scroll_to_end(page: Page, step: int = 300) -> None:
    """Scrolls as a reader's wheel does, between frames and two apart, until nothing is left."""
    page.mouse.move(100, 100)
    frame = "new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
    page.evaluate(
        "async step => { const end = () => scrollY + innerHeight >= "
        "document.documentElement.scrollHeight - 1;"
        f"while (!end()) {{ scrollBy(0, step); await {frame}; await {frame}; }} }}",
        step,
    )


def frames(page: Page) -> None:
    """Until two more frames have been drawn."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def shifts(page: Page) -> list[dict[str, Any]]:
    """Every layout shift so far and what moved, once two more frames have been drawn."""
    frames(page)
    found = page.evaluate("window.shiftsNow()")
    assert isinstance(found, list)
    return found
