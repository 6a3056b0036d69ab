"""A page as a reader scrolls it: the article's blocks and ads with top and height, per viewport.

Without a browser, heights are the outline's estimates. Our own insertions are taken out first,
so that a woven page is seen as the page it was, with slots at the places where they stand. The
rules read the same items whether they were estimated here or measured in `browser`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from adweave.page import (
    OURS,
    VIEWPORTS,
    BlockKind,
    Outline,
    PageDoubt,
    Source,
    end_of,
    outline_of,
    read_page,
    start_of,
)
from adweave.review.lint.ads import Ad, ads_in

_MARKER = re.compile(rb"<!--adweave:[^>]*-->")
# So much of a page's own text before an ad makes it stand below the first 100 px.
_LEAD_CHARS = 60


@dataclass(frozen=True, slots=True)
class Item:
    """A block or an ad of the article, at one viewport. `offset` is in the page's bytes.

    `ad` is an index into `Scene.ads`; None for blocks, and for what only the outline takes for
    an ad.
    """

    kind: BlockKind
    offset: int
    top_px: float
    height_px: float
    ad: int | None = None

    @property
    def is_ad(self) -> bool:
        """Whether it is an ad."""
        return self.kind is BlockKind.AD

    @property
    def bottom_px(self) -> float:
        """Where it ends."""
        return self.top_px + self.height_px


@dataclass(frozen=True, slots=True)
class Flow:
    """The article at one viewport, its items in reading order, tops from the article's start.

    `ad_tops` is where each ad of the page (by index) begins in the page, as far as it is known.
    """

    viewport: int
    items: tuple[Item, ...]
    ad_tops: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything about a page that the rules look at."""

    source: Source
    outline: Outline
    ads: tuple[Ad, ...]
    flows: tuple[Flow, ...]


@dataclass(frozen=True, slots=True)
class Bared:
    """A page without our insertions, and how its places belong to the page as it came."""

    source: Source
    cuts: tuple[tuple[int, int], ...]  # byte ranges that were taken out, in order

    def to_bare(self, offset: int) -> int:
        """A place of the page in the bared page."""
        lost = 0
        for start, end in self.cuts:
            if end <= offset:
                lost += end - start
            elif start < offset:
                return start - lost
        return offset - lost

    def to_page(self, offset: int) -> int:
        """A place of the bared page in the page: behind what was cut out there."""
        gained = 0
        for start, end in self.cuts:
            if start - gained > offset:
                break
            gained += end - start
        return offset + gained


def scene_of(source: Source, *, article_selector: str | None = None) -> Scene:
    """The page with estimated heights. Raises `PageDoubt` for what can't be read."""
    bared = bared_of(source)
    outline = outline_of(bared.source, article_selector=article_selector)
    ads = ads_in(source)
    return Scene(source, outline, ads, tuple(
        _estimated(v, outline, ads, bared) for v in range(len(VIEWPORTS))
    ))  # fmt: skip


def bared_of(source: Source) -> Bared:
    """Take out what adweave put in."""
    ranges: list[tuple[int, int]] = []
    places: set[int] = set()
    spans = []
    for element in source.tree.select(OURS):
        start, end = start_of(element), end_of(element)
        if start is not None and end is not None:
            spans.append((start, end))
            places |= {start, end}
    if spans:
        offsets = source.reading.byte_offsets(places)
        for start, end in spans:
            first, last = offsets[start], offsets[end]
            if first is not None and last is not None:
                ranges.append((first, last))
    ranges += [match.span() for match in _MARKER.finditer(source.body)]
    cuts: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if not cuts or start >= cuts[-1][1]:
            cuts.append((start, end))
    if not cuts:
        return Bared(source, ())
    body, at = bytearray(), 0
    for start, end in cuts:
        body += source.body[at:start]
        at = end
    body += source.body[at:]
    content_type = f"text/html; charset={source.encoding}"
    return Bared(read_page(bytes(body), content_type), tuple(cuts))


def _estimated(v: int, outline: Outline, ads: Sequence[Ad], bared: Bared) -> Flow:
    blocks = outline.blocks
    after: dict[int, list[int]] = {}  # block index -> ads that stand behind or in it
    instead: dict[int, int] = {}  # AD block -> the ad that it is
    before: list[int] = []
    behind: list[int] = []
    starts = [block.start for block in blocks]
    for number, ad in enumerate(ads):
        place = bared.to_bare(ad.start)
        index = bisect_right(starts, place) - 1
        if not blocks or index < 0:
            before.append(number)
        elif place >= blocks[-1].end:
            behind.append(number)
        elif ad.vendor == "adweave" and place <= blocks[index].start:
            if index == 0:
                before.append(number)
            else:
                after.setdefault(index - 1, []).append(number)
        elif blocks[index].kind is BlockKind.AD and index not in instead:
            instead[index] = number
        else:
            after.setdefault(index, []).append(number)
    items: list[Item] = []
    top = 0.0

    def put(kind: BlockKind, offset: int, height: float, ad: int | None) -> None:
        nonlocal top
        items.append(Item(kind, offset, top, height, ad))
        top += height

    for index, block in enumerate(blocks):
        same = instead.get(index)
        if same is None:
            put(block.kind, bared.to_page(block.start), block.heights_px[v], None)
        elif ads[same].shown[v]:
            put(BlockKind.AD, ads[same].start, ads[same].height_px[v], same)
        for number in after.get(index, ()):
            if ads[number].shown[v]:
                put(BlockKind.AD, ads[number].start, ads[number].height_px[v], number)
    tops: list[float | None] = [None] * len(ads)
    lead = _lead_px(v, blocks[0].start if blocks else None, ads, before)
    for number in before:
        tops[number] = _top_of_page(ads[number], bared)
    for item in items:
        if item.ad is not None:
            tops[item.ad] = lead + item.top_px
    for number in behind:
        tops[number] = lead + top
    return Flow(v, tuple(items), tuple(tops))


def _lead_px(v: int, article: int | None, ads: Sequence[Ad], before: Sequence[int]) -> float:
    """Roughly how far below the page's start the article begins: head, headline, ads above."""
    if article is None:
        return 0.0
    kept = sum(ads[n].height_px[v] for n in before if ads[n].shown[v])
    return 200.0 + min(kept, VIEWPORTS[v].height_px)


def _top_of_page(ad: Ad, bared: Bared) -> float | None:
    """0 for an ad that nothing to read or see stands before; else unknown."""
    if ad.vendor == "adweave":
        return None
    source = bared.source
    body = source.tree.select_one("body")
    start = start_of(body) if body is not None else None
    if start is None:
        return None
    place = bared.to_bare(ad.start)
    offset = source.reading.byte_offsets({start})[start]
    if offset is None or offset >= place:
        return None
    try:
        head = read_page(source.body[offset:place], f"text/html; charset={source.encoding}")
    except PageDoubt:
        return None
    for element in head.tree.select("script, style, noscript, template"):
        element.extract()
    seen = head.tree.select_one("img, svg, picture, video, h1, h2, header, nav, input")
    text = " ".join(head.tree.text.split())
    return None if seen is not None or len(text) > _LEAD_CHARS else 0.0
