"""The rules at work: a scene and the layout's distances -> findings.

Everything is measured on the items of `Flow`, so that estimated and measured pages are judged
alike. The distance between two things is the text in between: ads that stand there do not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from adweave.page import VIEWPORTS, BlockKind
from adweave.placements import BETTER_ADS_DENSITY, Distance, Layout, PerViewport
from adweave.review.lint.ads import Ad
from adweave.review.lint.flow import Flow, Item, Scene
from adweave.review.lint.model import RULES, Finding, Share
from adweave.review.lint.words import fits_language

MOST_OUT_OF_VIEW = 3
FIRST_PX = 100.0
_MEDIA = (BlockKind.IMAGE, BlockKind.EMBED)
_SLACK_PX = 1.5  # of rounding, in a browser's layout
_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Bounds:
    """The distances to hold a page to: those of its layout, or the defaults."""

    layout: Layout

    def px(self, distances: PerViewport[Distance] | None, viewport: int) -> float:
        """A distance in px at a viewport; 0 where it is in words or blocks."""
        if distances is None:
            return 0.0
        distance = distances.for_viewport(VIEWPORTS[viewport].name)
        if distance.unit == "screens":
            return distance.value * VIEWPORTS[viewport].height_px
        return distance.value if distance.unit == "px" else 0.0

    def every_px(self, placement: str, viewport: int) -> float:
        """What must lie between two ads: the placement's `every`, else the layout's least."""
        own = self.layout.placement_named(placement)
        if own is not None:
            return self.px(own.every, viewport)
        inline = [self.px(p.every, viewport) for p in self.layout.placement if p.kind == "inline"]
        return min(inline, default=(750.0, 500.0)[viewport])

    def kept_share(self, flow: Flow, item: Item, ads: Sequence[Ad]) -> float:
        """To what share the layout keeps its distances there: `relax_to` for a single slot."""
        name = ads[item.ad].placement if item.ad is not None else ""
        own = self.layout.placement_named(name) if name else None
        if own is None:
            return 1.0
        alike = sum(i.ad is not None and ads[i.ad].placement == name for i in flow.items)
        return own.relax_to if alike == 1 else 1.0


def findings_of(scene: Scene, bounds: Bounds, language: str) -> Iterator[Finding]:
    """All findings, those of the flow first; places are not yet lines and columns."""
    for flow in scene.flows:
        yield from _flow_findings(flow, scene.ads, bounds)
    for number, ad in enumerate(scene.ads):
        if any(ad.shown):
            yield from _ad_findings(ad, [flow.ad_tops[number] for flow in scene.flows], language)
    for flow in scene.flows:
        yield from _out_of_view(flow, scene.ads)


def shares_of(scene: Scene) -> tuple[Share, ...]:
    """How much of the main content ads take, per viewport; none without an article."""
    return tuple(
        Share(
            VIEWPORTS[flow.viewport].name,
            sum(item.is_ad for item in flow.items),
            sum(item.height_px for item in flow.items if item.is_ad),
            sum(item.height_px for item in flow.items),
        )
        for flow in scene.flows
        if flow.items
    )


def _flow_findings(flow: Flow, ads: Sequence[Ad], bounds: Bounds) -> Iterator[Finding]:
    viewport = VIEWPORTS[flow.viewport].name
    items, layout = flow.items, bounds.layout
    places = [index for index, item in enumerate(items) if item.is_ad]
    if not places:
        return
    own = sum(items[index].height_px for index in places)
    height = sum(item.height_px for item in items)
    limit = BETTER_ADS_DENSITY[viewport]
    if height and own / height > limit:
        yield _finding(
            "density", viewport, items[places[0]], ads,
            f"ads take {own / height:.0%} of the main content's height ({own:.0f} of "
            f"{height:.0f} px); {limit:.0%} are allowed",
        )  # fmt: skip
    line = _Line(flow)
    last = len(items) - 1
    for order, index in enumerate(places):
        item = items[index]
        share = bounds.kept_share(flow, item, ads)

        def short(rule: str, need: float, have: float, what: str, at: Item = item) -> Finding:
            return _finding(
                rule, viewport, at, ads, f"{have:.0f} px {what}; {need:.0f} px are wanted"
            )

        top = line.text_between(-1, index)
        need = share * bounds.px(layout.from_top, flow.viewport)
        if top + _SLACK_PX < need and order == 0:
            yield short("from-top", need, top, "below the article's start")
        bottom = line.text_between(index, last + 1)
        need = share * bounds.px(layout.from_bottom, flow.viewport)
        if bottom + _SLACK_PX < need and order == len(places) - 1:
            yield short("from-bottom", need, bottom, "above the article's end")
        if order:
            yield from _pair(line, places[order - 1], index, ads, bounds, viewport)
        heading = line.above(index, (BlockKind.HEADING,))
        need = share * bounds.px(layout.below_heading, flow.viewport)
        if heading is not None and (have := line.text_between(heading, index)) + _SLACK_PX < need:
            yield short("near-heading", need, have, "below a heading")
        media = line.above(index, _MEDIA)
        need = share * bounds.px(layout.below_image, flow.viewport)
        if media is not None and (have := line.text_between(media, index)) + _SLACK_PX < need:
            yield short("near-image", need, have, f"below an {items[media].kind.value}")
        media = line.below(index, _MEDIA)
        need = share * bounds.px(layout.above_image, flow.viewport)
        if media is not None and (have := line.text_between(index, media)) + _SLACK_PX < need:
            yield short("near-image", need, have, f"above an {items[media].kind.value}")


def _pair(
    line: _Line, one: int, other: int, ads: Sequence[Ad], bounds: Bounds, viewport: str
) -> Iterator[Finding]:
    """What two ads, one after the other, break together."""
    item = line.items[other]
    have = line.text_between(one, other)
    if not any(between.kind not in _MEDIA for between in line.items[one + 1 : other]):
        yield _finding("near-ad", viewport, item, ads, "no text between this ad and the one above")
        return
    both = [ads[i.ad] for i in (line.items[one], item) if i.ad is not None]
    ours = [ad for ad in both if ad.vendor == "adweave"]
    if len(ours) == 1:
        ends = (line.items[one], item)
        share = min(bounds.kept_share(line.flow, each, ads) for each in ends)
        need = share * bounds.px(bounds.layout.from_own_ads, line.flow.viewport)
    else:
        names = [ad.placement for ad in ours] or [""]
        need = min(bounds.every_px(name, line.flow.viewport) for name in names)
    if have + _SLACK_PX < need:
        yield _finding(
            "too-close", viewport, item, ads,
            f"{have:.0f} px below the ad above; {need:.0f} px are wanted",
        )  # fmt: skip


class _Line:
    """Distances along a flow, without the ads."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.items = flow.items

    def text_between(self, one: int, other: int) -> float:
        """Px from the end of item `one` to the start of item `other`; -1 and n are the ends."""
        items = self.items
        start = items[one].bottom_px if one >= 0 else items[0].top_px
        end = items[other].top_px if other < len(items) else items[-1].bottom_px
        ads = sum(item.height_px for item in items[one + 1 : other] if item.is_ad)
        return max(0.0, end - start - ads)

    def above(self, index: int, kinds: Sequence[BlockKind]) -> int | None:
        """The nearest item of these kinds above."""
        return next((i for i in range(index - 1, -1, -1) if self.items[i].kind in kinds), None)

    def below(self, index: int, kinds: Sequence[BlockKind]) -> int | None:
        """The nearest item of these kinds below."""
        rest = range(index + 1, len(self.items))
        return next((i for i in rest if self.items[i].kind in kinds), None)


def _ad_findings(ad: Ad, tops: Sequence[float | None], language: str) -> Iterator[Finding]:
    """What concerns one ad wherever it stands."""
    at_top = [
        VIEWPORTS[v].name
        for v, top in enumerate(tops)
        if top is not None and top < FIRST_PX and ad.shown[v]
    ]
    if at_top:
        yield _of_ad("first-100px", _one(at_top), ad, "begins in the first 100 px of the page")
    bare = [VIEWPORTS[v].name for v, px in enumerate(ad.reserved) if px is None and ad.shown[v]]
    if bare:
        yield _of_ad("no-reserve", _one(bare), ad, "no height is reserved for it")
    if not ad.label:
        yield _of_ad("no-label", "", ad, "nothing says that it is an ad")
    elif language and ad.label_languages and not fits_language(ad.label_languages, language):
        theirs = ", ".join(sorted(ad.label_languages))
        yield _of_ad(
            "wrong-label", "", ad,
            f'the label "{ad.label}" is {theirs}, the article is {language}',
        )  # fmt: skip
    if ad.text:
        shown = ad.text if len(ad.text) <= _LONGEST_SHOWN else f"{ad.text[: _LONGEST_SHOWN - 1]}…"
        finding = _of_ad("ad-text", "", ad, f'"{shown}" is a part of the page\'s text')
        yield replace(finding, offset=ad.text_offset)


def _out_of_view(flow: Flow, ads: Sequence[Ad]) -> Iterator[Finding]:
    view = VIEWPORTS[flow.viewport]
    eager = [
        ad
        for ad, top in zip(ads, flow.ad_tops, strict=True)
        if top is not None and top > view.height_px and not ad.is_lazy and ad.shown[flow.viewport]
    ]
    if len(eager) > MOST_OUT_OF_VIEW:
        yield _of_ad(
            "out-of-view", view.name, eager[MOST_OUT_OF_VIEW],
            f"{len(eager)} ads out of view are loaded at once; {MOST_OUT_OF_VIEW} are the most",
        )  # fmt: skip


def _finding(rule: str, viewport: str, item: Item, ads: Sequence[Ad], message: str) -> Finding:
    name = ads[item.ad].name if item.ad is not None else "the page's own ad"
    return Finding(rule, viewport, item.offset, 0, 0, message, RULES[rule].fix, name)


def _of_ad(rule: str, viewport: str, ad: Ad, message: str) -> Finding:
    return Finding(rule, viewport, ad.start, 0, 0, message, RULES[rule].fix, ad.name)


def _one(viewports: Sequence[str]) -> str:
    """One viewport's name, or "" for all of them."""
    return viewports[0] if len(viewports) < len(VIEWPORTS) else ""
