"""What the loader is told of the demand adapters, and where each must be let in.

The settings of `[demand]` and of placements as the browser code wants them: whatever is a
default or not asked by any placement of the page stays out. The other side is
`browser/src/demand/`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from adweave.slots.assets import fetched_file, frame_file
from adweave.slots.csp import Needs
from adweave.slots.model import WIDE_FROM_PX

if TYPE_CHECKING:
    from adweave.placements import Layout, Placement, Settings

ON_DEMAND = ("gpt", "prebid", "adsense")
"""Adapters whose code is a file of its own, fetched when a slot first asks for it."""

LIMITED_SRC = "https://pagead2.googlesyndication.com/tag/js/gpt.js"
"""Where the tag for limited ads comes from. Source: Google Publisher Tag, limited ads."""

# Google's tags show their creatives in frames from here, each on a name of its own.
_GPT_FRAMES = ("https://any.safeframe.googlesyndication.com",)
_ADSENSE_FRAMES = ("https://googleads.g.doubleclick.net",)


def asked(layouts: Iterable[Layout], settings: Settings, barred: Collection[str] = ()) -> list[str]:
    """The adapters with settings that some placement of these layouts asks, in a fixed order."""
    named = {
        name
        for layout in layouts
        for placement in layout.placement
        if placement.is_ad
        for name in placement.fill
    }
    return [
        name
        for name in (*ON_DEMAND, "iframe")
        if name in named and name not in barred and getattr(settings.demand, name) is not None
    ]


def site_settings(names: Iterable[str], settings: Settings) -> dict[str, dict[str, object]]:
    """Each adapter's settings for the whole site, as the loader reads them."""
    demand = settings.demand
    found: dict[str, dict[str, object]] = {}
    for name in names:
        table = getattr(demand, name)
        common: dict[str, object] = {
            "timeout": table.timeout_ms or demand.timeout_ms,
            "vendors": table.vendors,
            "purposes": table.purposes,
        }
        found[name] = common | dict(_own(name, settings))
    return found


def _own(name: str, settings: Settings) -> Iterator[tuple[str, object]]:
    demand = settings.demand
    if name == "gpt" and (gpt := demand.gpt) is not None:
        yield from {"unit": gpt.unit, "src": gpt.src, "wide": WIDE_FROM_PX}.items()
        yield "single", gpt.single_request
        if gpt.targeting:
            yield "targeting", gpt.targeting
        if gpt.limited_ads:
            yield "limited", LIMITED_SRC
    elif name == "prebid" and (prebid := demand.prebid) is not None:
        yield from {"src": prebid.src, "config": prebid.config, "floor": prebid.floor}.items()
        yield from {"currency": prebid.currency, "frame": frame_file()[0]}.items()
        if prebid.hand_over:
            yield "handOver", True
        yield "bids", [bid.model_dump(mode="json", exclude_none=True) for bid in prebid.bids]
    elif name == "adsense" and (adsense := demand.adsense) is not None:
        yield from {"client": adsense.client, "src": adsense.src, "test": adsense.test}.items()
        if adsense.slot is not None:
            yield "slot", adsense.slot
    elif name == "iframe" and (iframe := demand.iframe) is not None:
        yield from {"url": iframe.url, "sandbox": " ".join(iframe.sandbox)}.items()
        yield "allow", "; ".join(iframe.allow)


def placement_settings(placement: Placement, names: Collection[str]) -> dict[str, object]:
    """What a placement changes of those settings; nothing for most."""
    found: dict[str, object] = {}
    if placement.gpt is not None:
        unit = {} if placement.gpt.unit is None else {"unit": placement.gpt.unit}
        own = {"own": placement.gpt.targeting} if placement.gpt.targeting else {}
        found["gpt"] = {**unit, **own}
    if placement.prebid is not None:
        found["prebid"] = placement.prebid.model_dump(
            mode="json", exclude_none=True, exclude_unset=True
        )
    if placement.adsense is not None:
        found["adsense"] = {"slot": placement.adsense.slot}
    if placement.iframe is not None:
        found["iframe"] = {"url": placement.iframe.url}
    return {name: value for name, value in found.items() if name in names and value}


def files(names: Iterable[str]) -> dict[str, str]:
    """The address of each adapter's code that the loader has to fetch."""
    return {name: fetched_file(name)[0] for name in names if name in ON_DEMAND}


def privacy(settings: Settings) -> dict[str, object]:
    """What must have been agreed to, and how long an answer is waited for."""
    consent = settings.consent
    regions = [(region.countries, region.require) for region in consent.regions]
    return {
        "require": consent.require,
        "wait": consent.wait_ms,
        **({"regions": regions} if regions else {}),
    }


def needs(settings: Settings) -> Mapping[str, Needs]:
    """For each adapter that is set up, what it needs a page's policy to allow."""
    demand = settings.demand
    found: dict[str, Needs] = {}
    if demand.gpt is not None:
        scripts = (demand.gpt.src, *((LIMITED_SRC,) if demand.gpt.limited_ads else ()))
        found["gpt"] = Needs(scripts, _GPT_FRAMES)
    if demand.adsense is not None:
        found["adsense"] = Needs((demand.adsense.src,), _ADSENSE_FRAMES)
    if demand.prebid is not None:
        found["prebid"] = Needs((demand.prebid.src,))
    if demand.iframe is not None:
        found["iframe"] = Needs((), (demand.iframe.url.partition("{")[0],))
    return found
