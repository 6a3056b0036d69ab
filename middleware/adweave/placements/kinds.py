"""Rules about one placement: keys that its kind has no use for, its sizes, heights and counts."""

from __future__ import annotations

from collections.abc import Iterator

from adweave.placements.aims import aim_problems
from adweave.placements.chains import fill_problems
from adweave.placements.document import Document
from adweave.placements.folder import Folder
from adweave.placements.layouts import Layout, Placement
from adweave.placements.positions import Path
from adweave.placements.problems import Problem
from adweave.placements.values import VIEWPORTS

# Keys that mean nothing for a kind of place.
_FLOW_KEYS = ("first", "last", "every", "max", "min")
_ANCHOR_KEYS = ("selector", "place", "any_page")
_AD_KEYS = ("sizes", "lazy_margin", "fill", "reserve", "label_style", "refresh", "political",
            "gpt", "prebid", "adsense", "iframe")  # fmt: skip
_IDLE_KEYS = {
    "inline": ("n", *_ANCHOR_KEYS),
    "before": (*_FLOW_KEYS, "relax_to", "n", *_ANCHOR_KEYS),
    "after": (*_FLOW_KEYS, "relax_to", "n", *_ANCHOR_KEYS),
    "nth": (*_FLOW_KEYS, "relax_to", *_ANCHOR_KEYS),
    "selector": ("first", "last", "every", "min", "relax_to", "n"),
    "sticky": (*_FLOW_KEYS, "relax_to", "n", "selector", "place"),
    "listing": ("first", "last", "every", "min", "relax_to", "place"),
    "notice": (*_FLOW_KEYS, "relax_to", "n", *_AD_KEYS, *_ANCHOR_KEYS),
}
# A sticky ad may take 30 % of the window: Better Ads Standards, "large sticky ads". Windows as
# heights are estimated for: 780 px on mobile, 720 px on desktop; the label's line is 24 px.
_TALLEST_STICKY = {"mobile": 210, "desktop": 192}


def placement_problems(
    document: Document[Layout], index: int, placement: Placement, folder: Folder
) -> Iterator[Problem | None]:
    """What is wrong or unwise in one placement, the entry `index` of its file."""
    at: Path = ("placement", index)
    written = placement.model_fields_set
    for key in _IDLE_KEYS[placement.kind]:
        if key in written:
            yield document.problem(
                (*at, key),
                f'means nothing for kind "{placement.kind}"; take it out',
                code="idle-key",
                severity="warning",
            )
    if placement.kind == "selector" and placement.selector is None:
        yield _under(document, (*at, "selector"), 'selector is missing; kind "selector" needs the '
                     'element to stand by: write selector = "header.site"', "missing")  # fmt: skip
    if placement.kind == "nth" and placement.n is None:
        yield _under(document, (*at, "n"), 'n is missing; kind "nth" needs the number of the block '
                     "to follow: write n = 3", "missing")  # fmt: skip
    if placement.min > placement.max:
        key = "min" if "min" in written else "max"
        yield document.problem(
            (*at, key),
            f"cannot be met: min = {placement.min} is more than max = {placement.max}",
            code="min-over-max",
        )
    yield from aim_problems(document, at, placement.target, folder)
    if placement.kind == "notice":
        return
    yield from _size_problems(document, at, placement)
    yield from fill_problems(document, at, placement, folder)
    if placement.kind == "sticky":
        yield from _height_problems(document, at, placement)
    if placement.kind == "inline":
        yield from _every_problems(document, at, placement)
        yield from _count_problems(document, at, placement)


def _size_problems(
    document: Document[Layout], at: Path, placement: Placement
) -> Iterator[Problem | None]:
    if "sizes" not in placement.model_fields_set:
        yield _under(document, (*at, "sizes"), "sizes is missing; write sizes = { mobile = "
                     "[[300, 250]], desktop = [[728, 90]] }", "missing")  # fmt: skip
    for viewport in VIEWPORTS:
        if placement.reserve is None:
            break
        height = placement.reserve.for_viewport(viewport).value
        tallest = max((size.height for size in placement.sizes.for_viewport(viewport)), default=0)
        if height < tallest:
            yield document.problem(
                (*at, "reserve", viewport),
                f"is less than the tallest of sizes on {viewport}; what is below would move when "
                f'that one fills: write "{tallest}px" or more',
                code="reserve-too-small",
            )
            if placement.reserve.mobile == placement.reserve.desktop:
                break  # one value, one message


def _every_problems(
    document: Document[Layout], at: Path, placement: Placement
) -> Iterator[Problem | None]:
    for viewport in VIEWPORTS:
        every = placement.every.for_viewport(viewport)
        height = placement.box_px(viewport)
        if every.unit == "px" and every.value < height:
            yield document.problem(
                (*at, "every", viewport),
                f"is less than a slot's own {height} px on {viewport}; readers would see more ad "
                f'than article: write "{height}px" or more',
                code="every-too-small",
                severity="warning",
            )


def sticky_problems(document: Document[Layout], layout: Layout) -> Iterator[Problem | None]:
    """Sticky placements of one layout that would cover each other."""
    sticky = [
        (index, placement)
        for index, placement in zip(document.indices, layout.placement, strict=True)
        if placement.kind == "sticky" and placement.enabled
    ]
    for index, placement in sticky[1:]:
        if placement.target is None and placement.schedule is None:
            yield document.problem(
                ("placement", index, "kind"),
                f'is the kind of "{sticky[0][1].name}", too; the two would cover each other: take '
                "one out, or aim each by target or schedule",
                code="sticky-twice",
                severity="warning",
            )


def _height_problems(
    document: Document[Layout], at: Path, placement: Placement
) -> Iterator[Problem | None]:
    for viewport, tallest in _TALLEST_STICKY.items():
        height = placement.box_px(viewport)
        if height > tallest:
            key = "sizes" if placement.reserve is None else "reserve"
            yield document.problem(
                (*at, key, viewport),
                f"is too tall for a sticky place: {height} px, of which {tallest} px are 30 % of "
                f"the window on {viewport} without the label, the most that the Better Ads "
                "Standards allow",
                code="sticky-too-tall",
            )
            if placement.box_px("mobile") == placement.box_px("desktop"):
                break  # most likely one value; it gets one message


# A long read: 2 000 words of six characters, in lines of 27 px that hold 42 characters on mobile
# and 75 on desktop.
_LONG_ARTICLE = {"mobile": 7_700, "desktop": 4_300}


def _count_problems(
    document: Document[Layout], at: Path, placement: Placement
) -> Iterator[Problem | None]:
    for key in ("max", "min"):
        count: int = getattr(placement, key)
        if key not in placement.model_fields_set:
            continue
        room = {
            viewport: 1 + int(height // every.value)
            for viewport, height in _LONG_ARTICLE.items()
            if (every := placement.every.for_viewport(viewport)).unit == "px" and every.value > 0
        }
        if not room or count <= max(room.values()):
            continue
        viewport = max(room, key=lambda each: room[each])
        yield document.problem(
            (*at, key),
            f"is more than an article holds: one of 2000 words is about {_LONG_ARTICLE[viewport]} "
            f"px high on {viewport} and has places for {room[viewport]}, at "
            f"{placement.every.for_viewport(viewport)} each: write {room[viewport]} or less",
            code="too-many",
            severity="warning",
        )


def _under(document: Document[Layout], path: Path, sentence: str, code: str) -> Problem | None:
    """An error about a key that is not written, shown at the table it belongs to."""
    return document.problem(path, sentence, code=code, shows_value=False)
