"""A page laid out by Chromium, with playwright: real heights for the linter's rules.

The page is opened from the bytes that were read, with scripts off, so that places in the markup
and boxes on the screen belong together: each ad and block of the outline gets an attribute on
its start tag. Style sheets and images come from the page's origin; hosts that sell ads get
nothing, so a box is what the page reserves for its ad. A box that is too low for any ad will grow
when one comes: then the estimate of the ad's height counts, and what is below moves down.

playwright is an extra (`pip install adweave[browser]`).
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypedDict, cast
from urllib.parse import urlsplit

from adweave.page import VIEWPORTS, BlockKind, weave
from adweave.review.lint.ads import is_ad_host
from adweave.review.lint.flow import Bared, Flow, Item, Scene, bared_of
from adweave.review.page import Page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

_PATIENCE_MS = 20_000
# The lowest size that is sold is 320 x 50 (IAB); a lower box has a label at best.
_LEAST_AD_PX = 40.0
_ATTRIBUTE = "data-adweave-seen"
_BLOCK_TAG = re.compile(rb"<[A-Za-z][^\s/>]*")
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

_BOXES = f"""() => Array.from(document.querySelectorAll('[{_ATTRIBUTE}]'), e => {{
  const box = e.getBoundingClientRect();
  const seen = e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden';
  return {{key: e.getAttribute('{_ATTRIBUTE}'), top: box.top + scrollY, height: box.height,
          seen: seen}};
}})"""


class NoBrowser(Exception):
    """There is no playwright, or it finds no Chromium; the text says what to install."""

    reason = "no-browser"


class _Seen(TypedDict):
    key: str
    top: float
    height: float
    seen: bool


@dataclass(frozen=True, slots=True)
class Lens:
    """A running browser to measure pages with."""

    browser: Browser

    def measured(self, page: Page, scene: Scene) -> Scene:
        """The scene with the heights that the browser gives. `page.body` is decoded."""
        bared = bared_of(scene.source)
        marked = _marked(scene, bared)
        boxes = [self._boxes(page, scene, marked, v) for v in range(len(VIEWPORTS))]
        flows = tuple(_flow(v, scene, bared, found) for v, found in enumerate(boxes))
        ads = tuple(
            replace(
                ad,
                reserved=tuple(_kept(found.get(f"a{number}")) for found in boxes),
                shown=tuple(_is_shown(found.get(f"a{number}")) for found in boxes),
            )
            for number, ad in enumerate(scene.ads)
        )
        return Scene(scene.source, scene.outline, ads, flows)

    def _boxes(self, page: Page, scene: Scene, body: bytes, v: int) -> dict[str, _Seen]:
        viewport = VIEWPORTS[v]
        address = page.target if page.origin else "http://page.invalid/"
        context = self.browser.new_context(
            viewport={"width": viewport.width_px, "height": viewport.height_px},
            java_script_enabled=False,
            service_workers="block",
        )
        try:
            tab = context.new_page()
            tab.set_default_timeout(_PATIENCE_MS)
            content_type = f"text/html; charset={scene.source.encoding}"

            def answer(route: Route) -> None:
                request = route.request
                if request.is_navigation_request() and request.frame == tab.main_frame:
                    route.fulfill(status=200, body=body, content_type=content_type)
                elif is_ad_host(urlsplit(request.url).hostname or "") or not page.origin:
                    route.abort()
                else:
                    route.continue_()

            tab.route("**/*", answer)
            tab.goto(address, wait_until="domcontentloaded")
            with contextlib.suppress(Exception):  # a slow image must not keep the page waiting
                tab.wait_for_load_state("load", timeout=_PATIENCE_MS / 2)
            found = cast("list[_Seen]", tab.evaluate(_BOXES))
        finally:
            context.close()
        return {box["key"]: box for box in found}


@contextlib.contextmanager
def lens() -> Iterator[Lens]:
    """A browser for as long as the block lasts. Raises `NoBrowser`."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise NoBrowser(
            "--browser needs playwright: pip install 'adweave[browser]', then playwright install "
            "chromium (or Chromium from your system)"
        ) from None
    with sync_playwright() as playwright:
        path = os.environ.get("ADWEAVE_CHROMIUM") or next(
            (found for name in _CHROMIUMS if (found := shutil.which(name))), None
        )
        try:
            browser = playwright.chromium.launch(
                executable_path=path,
                args=["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [],
            )
        except Error as error:
            reason = str(error).splitlines()[0]
            raise NoBrowser(
                f"--browser can't start Chromium ({reason}): playwright install chromium, or name "
                "one by ADWEAVE_CHROMIUM"
            ) from None
        try:
            yield Lens(browser)
        finally:
            browser.close()


def _kept(box: _Seen | None) -> float | None:
    """The height that an ad has before anything is loaded into it; None: none worth the name."""
    return None if box is None or box["height"] < _LEAST_AD_PX else box["height"]


def _is_shown(box: _Seen | None) -> bool:
    return box is not None and box["seen"]


def _marked(scene: Scene, bared: Bared) -> bytes:
    """The page with an attribute on each ad and each block that begins with a tag."""
    body, marks = scene.source.body, []
    taken = set()
    for number, ad in enumerate(scene.ads):
        marks.append((ad.mark_at, f' {_ATTRIBUTE}="a{number}"'.encode()))
        taken.add(ad.mark_at)
    for number, block in enumerate(scene.outline.blocks):
        start = bared.to_page(block.start)
        match = _BLOCK_TAG.match(body, start)
        if match is not None and match.end() not in taken:
            marks.append((match.end(), f' {_ATTRIBUTE}="b{number}"'.encode()))
            taken.add(match.end())
    return weave(body, marks, scene.source.encoding)


def _flow(v: int, scene: Scene, bared: Bared, boxes: dict[str, _Seen]) -> Flow:
    """The estimated flow's items, with the browser's boxes; what has none is left out."""
    estimated = scene.flows[v]
    inside: list[Item] = []
    starts = {bared.to_page(b.start): n for n, b in enumerate(scene.outline.blocks)}
    for item in estimated.items:
        key = f"a{item.ad}" if item.ad is not None else f"b{starts.get(item.offset, -1)}"
        box = boxes.get(key)
        if box is not None and box["seen"]:
            inside.append(replace(item, top_px=box["top"], height_px=box["height"]))
    inside = _with_ads(_in_one_column(inside), scene, v)
    tops: list[float | None] = []
    for number in range(len(scene.ads)):
        box = boxes.get(f"a{number}")
        tops.append(box["top"] if box is not None and box["seen"] else None)
    return Flow(v, tuple(inside), tuple(tops))


def _with_ads(items: Sequence[Item], scene: Scene, v: int) -> list[Item]:
    """The column as it will be: boxes that are too low grow to the height of their ads."""
    grown: list[Item] = []
    down = 0.0
    for item in items:
        more = 0.0
        if item.ad is not None and item.height_px < _LEAST_AD_PX:
            more = max(0.0, scene.ads[item.ad].height_px[v] - item.height_px)
        grown.append(replace(item, top_px=item.top_px + down, height_px=item.height_px + more))
        down += more
    return grown


def _in_one_column(items: Sequence[Item]) -> list[Item]:
    """Items from top to bottom; what floats beside others keeps what it adds to the height.

    White space between two blocks belongs to the upper one, as in the estimates, but not to an
    ad: then it is the lower one's.
    """
    ordered = sorted(items, key=lambda item: (item.top_px, item.kind is BlockKind.AD))
    column: list[Item] = []
    bottom = ordered[0].top_px if ordered else 0.0
    for item in ordered:
        top = max(bottom, item.top_px)
        if column and top > bottom:
            above = column[-1]
            if above.is_ad:
                top = bottom
            else:
                column[-1] = replace(above, height_px=top - above.top_px)
        column.append(replace(item, top_px=top, height_px=max(0.0, item.bottom_px - top)))
        bottom = max(bottom, item.bottom_px)
    return column
