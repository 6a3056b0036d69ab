"""What may stand in `layouts/NAME.toml`: the models of a layout and its placements.

Every key is a field here with its meaning, unit, default and, where the default is a number
that somebody measured or ruled, its source; the reference in the docs is made from these, and from
the models in `settings`, `experiments` and `labels`. Rules that need more than one value (a
variant's layout, creatives that fit) are in `checks`. Knows nothing of HTML and HTTP.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    field_validator,
)
from pydantic.json_schema import WithJsonSchema

from adweave.placements.base import (
    Model,
    Name,
)
from adweave.placements.demand import (
    ADAPTERS,
    LabelStyle,
    PlacementAdSense,
    PlacementGpt,
    PlacementIframe,
    PlacementPrebid,
    RefreshOrOff,
)
from adweave.placements.globs import glob_fault
from adweave.placements.political import Political
from adweave.placements.schedule import Schedule
from adweave.placements.selectors import Selector
from adweave.placements.target import PlacementTarget, Target
from adweave.placements.values import (
    AdSizes,
    AnyDistance,
    Distance,
    PerViewport,
    PxDistance,
    Share,
    Size,
    hint,
    one_of,
    refusal,
)

KINDS = ("inline", "before", "after", "nth", "selector", "sticky", "listing", "notice")
# Kinds whose place is not one of the article's gaps.
ANCHORED_KINDS = ("selector", "sticky", "listing")

Count = Annotated[StrictInt, Field(ge=0, le=100)]


def _px(value: float) -> Distance:
    return Distance(value, "px")


def _px_each(mobile: float, desktop: float) -> PerViewport[Distance]:
    return PerViewport[Distance](mobile=_px(mobile), desktop=_px(desktop))


def _known_kind(kind: str) -> str:
    if kind not in KINDS:
        guess = hint(kind, KINDS)
        raise refusal(f"is no kind of placement; kinds are {one_of(KINDS)}{guess}", "unknown-value")
    return kind


def _known_adapter(adapter: str) -> str:
    if adapter not in ADAPTERS:
        guess = hint(adapter, ADAPTERS)
        raise refusal(
            f"is no fill adapter; adapters are {one_of(ADAPTERS)}{guess}", "unknown-value"
        )
    return adapter


def _page_glob(pattern: str) -> str:
    fault = glob_fault(pattern)
    if fault is not None:
        raise refusal(fault, "bad-glob")
    return pattern


# Of a placement that shows no ads. TOML cannot say it: a list of sizes that is written has some.
NO_SIZES = PerViewport[tuple[Size, ...]](mobile=(), desktop=())


class Placement(Model):
    """A rule that asks for slots: a `[[placement]]` of a layout."""

    name: Name = Field(description="Its name within the layout; slots, events and reports use it.")
    kind: Annotated[
        StrictStr,
        AfterValidator(_known_kind),
        WithJsonSchema({"type": "string", "enum": list(KINDS)}),
    ] = Field(
        description="Where slots go: `inline` in the article's flow, `before` or `after` the "
        "article, `nth` after its n-th block; `selector` beside or in an element anywhere on the "
        "page, `sticky` at the window's lower edge, `listing` between the items of a front or "
        "section page; `notice` a localized message after the article."
    )
    enabled: StrictBool = Field(
        default=True, description="`false` keeps the placement in the file and out of the pages."
    )
    priority: Annotated[StrictInt, Field(ge=-1000, le=1000)] = Field(
        default=0,
        description="Where two placements want the same stretch of an article, the higher one "
        "chooses first. Among equals, fixed places choose before `inline`, then the file's order "
        "stands.",
    )
    target: PlacementTarget | None = Field(
        default=None, description="Which of its layout's pages and requests it is for."
    )
    schedule: Schedule | None = Field(default=None, description="When it is on.")
    first: PerViewport[AnyDistance] | None = Field(
        default=None,
        description="At least so far from the article's start; the layout's `from_top` holds too.",
    )
    last: PerViewport[AnyDistance] | None = Field(
        default=None,
        description="At least so far from the article's end; the layout's `from_bottom` holds too.",
    )
    every: PerViewport[AnyDistance] = Field(
        default_factory=lambda: _px_each(750, 500),
        description="At least so much of the article between two slots. 750 px on mobile and "
        "500 px on desktop: Guardian spacefinder.",
    )
    max: Annotated[StrictInt, Field(ge=1, le=100)] = Field(
        default=6,
        description="At most so many slots in one page, at each viewport. Of a `selector` that "
        "matches several elements, the first only, unless this is written.",
    )
    min: Count = Field(
        default=0, description="Rather none than fewer than so many slots, at each viewport."
    )
    relax_to: Share = Field(
        default=1.0,
        description="For `inline`, where no place of an article keeps all distances: one slot "
        "all the same, at the place that comes nearest to keeping them, if each is kept to this "
        "share. 1 is never. What no slot may touch stays untouched.",
    )
    n: Annotated[StrictInt, Field(ge=1, le=1000)] | None = Field(
        default=None,
        description="For `nth`: after which block, counted from 1. For `listing`: after every "
        "n-th item, 6 unless written.",
    )
    selector: Selector | None = Field(
        default=None,
        description="For `selector`: a CSS selector of the element that the slot stands by. For "
        "`listing`: of the items, where the engine's own finding is to be overruled.",
    )
    place: Literal["before", "after", "first-child", "last-child"] = Field(
        default="before",
        description="For `selector`: where the slot stands to the element: `before` or `after` "
        "it, or in it as its `first-child` or `last-child`.",
    )
    any_page: StrictBool = Field(
        default=False,
        description="For `selector` and `sticky`: `true` puts it into pages without an article, "
        "too. For `listing`: `true` also goes by pages that the engine takes for an article.",
    )
    sizes: PerViewport[AdSizes] = Field(
        default_factory=lambda: NO_SIZES,
        description="Ad sizes that may fill a slot, in CSS px. The box is as high as the tallest "
        "of them that the column holds, so that nothing moves later; in a column that holds none "
        "of one window's sizes, those of the other that are no higher may come.",
    )
    lazy_margin: PerViewport[AnyDistance] = Field(
        default_factory=lambda: PerViewport[Distance].of(Distance(1.5, "screens")),
        description="A slot is filled when the reader is so near; `screens` or `px`.",
    )
    reserve: PerViewport[PxDistance] | None = Field(
        default=None,
        description="Height of the reserved box, label not counted, where it is to be more than "
        "the tallest of `sizes`: for ads that bring their own height.",
    )
    label_style: LabelStyle = Field(
        default="above",
        description="Where the label stands: `above` the ad or `below` it. The box is as high "
        "either way.",
    )
    fill: tuple[
        Annotated[
            StrictStr,
            AfterValidator(_known_adapter),
            WithJsonSchema({"type": "string", "enum": list(ADAPTERS)}),
        ],
        ...,
    ] = Field(
        default=("house",),
        description="Who is asked for an ad, in this order, until one has it: `house`, the "
        "creatives of this folder; `gpt`, `prebid`, `adsense` and `iframe` as `[demand]` of "
        "`site.toml` sets them up; `notice`, the localized message, as a last resort.",
    )
    refresh: RefreshOrOff = Field(
        default=None,
        description='A new ad after so long in view: `"60s"`, or `{ every = "60s", max = 5 }`; '
        '`"off"` is the default.',
    )
    political: Political | None = Field(
        default=None,
        description="Its ads are political: what they must say in the EU (2024/900, article 11).",
    )
    gpt: PlacementGpt | None = Field(default=None, description="What differs from `[demand.gpt]`.")
    prebid: PlacementPrebid | None = Field(
        default=None, description="What differs from `[demand.prebid]`."
    )
    adsense: PlacementAdSense | None = Field(
        default=None, description="What differs from `[demand.adsense]`."
    )
    iframe: PlacementIframe | None = Field(
        default=None, description="What differs from `[demand.iframe]`."
    )

    @field_validator("lazy_margin")
    @classmethod
    def _margin_is_on_screen(cls, margin: PerViewport[Distance]) -> PerViewport[Distance]:
        for distance in (margin.mobile, margin.desktop):
            if distance.unit not in ("px", "screens"):
                raise refusal(
                    f"is in {distance.unit}; a margin is measured on the screen: write "
                    '"1.5 screens" or "800px"',
                    "bad-unit",
                )
        return margin

    def box_px(self, viewport: str) -> int:
        """Height to reserve for the ad at a viewport, label not counted; 0: none."""
        tallest = max((size.height for size in self.sizes.for_viewport(viewport)), default=0)
        if self.reserve is None or not tallest:
            return tallest
        return max(tallest, round(self.reserve.for_viewport(viewport).value))

    @property
    def most(self) -> int:
        """The largest number of its slots that a page may have."""
        if self.kind == "sticky" or (
            self.kind == "selector" and "max" not in self.model_fields_set
        ):
            return 1
        return self.max

    @property
    def is_anchored(self) -> bool:
        """Whether its place is not one of the article's gaps."""
        return self.kind in ANCHORED_KINDS

    @property
    def is_ad(self) -> bool:
        """Whether it shows ads: all kinds but the notice do."""
        return self.kind != "notice"


class Layout(Model):
    """A set of placements for a kind of page: `layouts/NAME.toml`."""

    name: Name = Field(description="The file's name without `.toml`; need not be written.")
    pages: tuple[Annotated[StrictStr, AfterValidator(_page_glob)], ...] = Field(
        default=(),
        description="Paths of the pages that get this layout: `*` is anything within one step "
        "of a path, `/**` a path and all below it, `!` before a pattern takes pages out again. "
        "What an article is, the engine decides. Without `pages` only experiments use the "
        "layout.",
    )
    priority: Annotated[StrictInt, Field(ge=-1000, le=1000)] = Field(
        default=0,
        description="Where several layouts want a page, the highest wins; among equals the "
        "first by name.",
    )
    target: Target | None = Field(
        default=None,
        description="Which requests and pages it is for, beyond `pages`; where it is not, the "
        "next layout in the order of `priority` is asked.",
    )
    schedule: Schedule | None = Field(default=None, description="When it is on.")
    min_length: AnyDistance = Field(
        default=Distance(200, "words"), description="Shorter articles get no slot."
    )
    article: Selector | None = Field(
        default=None,
        description="CSS selector of the element that holds the article's text, where the "
        "engine's own finding is to be overruled.",
    )
    from_top: PerViewport[PxDistance] = Field(
        default_factory=lambda: _px_each(200, 300),
        description="No slot nearer to the article's start. 200 px on mobile, 300 px on "
        "desktop: Guardian spacefinder.",
    )
    from_bottom: PerViewport[PxDistance] = Field(
        default_factory=lambda: _px_each(200, 300),
        description="No slot nearer to the article's end. 200 px on mobile, 300 px on desktop: "
        "Guardian spacefinder.",
    )
    below_heading: PerViewport[PxDistance] = Field(
        default_factory=lambda: _px_each(100, 100),
        description="No slot nearer below a heading. 100 px: Guardian spacefinder.",
    )
    above_image: PerViewport[PxDistance] = Field(
        default_factory=lambda: _px_each(200, 200),
        description="No slot nearer above an image or embed. 200 px: Guardian spacefinder.",
    )
    below_image: PerViewport[PxDistance] = Field(
        default_factory=lambda: _px_each(35, 35),
        description="No slot nearer below an image or embed. 35 px: Guardian spacefinder.",
    )
    from_own_ads: PerViewport[PxDistance] = Field(
        default_factory=lambda: _px_each(300, 300),
        description="No slot nearer to an ad that the page brings itself, above or below. Not "
        "the whole of `every`: containers of such ads stand in many articles and often stay "
        "empty; their estimated height counts towards `max_density` all the same.",
    )
    max_density: PerViewport[Share] = Field(
        default_factory=lambda: PerViewport[float](mobile=0.30, desktop=0.50),
        description="Largest share of the main content's height that ads may take, 0 to 1. "
        "0.30 on mobile, 0.50 on desktop: Better Ads Standards.",
    )
    placement: tuple[Placement, ...] = Field(
        default=(),
        description="The placements. Where their `priority` is equal, this is the order in which "
        "they choose their gaps.",
    )

    def placement_named(self, name: str) -> Placement | None:
        """The placement of that name, or None."""
        return next((p for p in self.placement if p.name == name), None)
