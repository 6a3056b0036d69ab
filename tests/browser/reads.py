"""Scripted reads of an article, and how many of its ads were fetched for nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playwright.sync_api import Page

from adweave.placements import Site
from tests.browser.newsstand import Article, Newsstand
from tests.browser.reading import MOBILE, OpenPage, frames

SLOTS = {"inline": [2, 7, 12, 17, 22, 27]}
ARTICLE = Article(30)

# A read is steps down (or up) the page in px, each followed by some frames of rest. Depths as
# in published scroll-depth figures: most readers stop in the first half.
READS: dict[str, Sequence[int]] = {
    "leaves at once": [],
    "reads the first screens": [300] * 6,
    "reads half": [250] * 16,
    "reads to the end": [250] * 44,
    "leafs through": [900] * 13,
    "jumps to the end": [20_000],
    "looks for the comments and comes back": [20_000, -20_000, 300, 300],
}


@dataclass
class Tally:
    """Ads fetched, and of them those whose slot was half in the window in some frame."""

    fetched: int = 0
    seen: int = 0

    @property
    def unseen(self) -> int:
        """Fetched for nobody."""
        return self.fetched - self.seen


def _read(page: Page, steps: Sequence[int]) -> None:
    page.evaluate(
        "window.watch = new IntersectionObserver((entries) => { for (const entry of entries)"
        " if (entry.isIntersecting) entry.target.dataset.seen = ''; }, {threshold: 0.5});"
        "for (const slot of document.querySelectorAll('ad-slot')) watch.observe(slot)"
    )
    for step in steps:
        page.evaluate("step => scrollBy({top: step, behavior: 'instant'})", step)
        frames(page)
    frames(page)


def fetched_and_seen(stand: Newsstand, reader: OpenPage, configuration: Site) -> Tally:
    """All reads of one article under one configuration."""
    stand.publish("/read", ARTICLE, configuration, SLOTS)
    tally = Tally()
    for steps in READS.values():
        page = reader(MOBILE)
        page.goto("/read", wait_until="networkidle")
        _read(page, steps)
        page.wait_for_load_state("networkidle")
        tally.fetched += page.locator("ad-slot > iframe").count()
        tally.seen += page.locator("ad-slot[data-seen]:has(iframe)").count()
        page.context.close()
    return tally
