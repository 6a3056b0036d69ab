"""The JSON that the page hands to the head script and to the loader.

The other side of this agreement is `browser/src/config.ts`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from adweave.slots.assets import creative_path
from adweave.slots.demand import asked, files, placement_settings, privacy, site_settings
from adweave.slots.markup import json_text
from adweave.slots.model import WIDE_FROM_PX

if TYPE_CHECKING:
    from adweave.placements import Assigned, Distance, Experiment, Layout, Placement, Site

Range = tuple[float, float]
NO_TERMS: Mapping[str, object] = MappingProxyType({})
"""Nothing besides the ranges says who takes part in an experiment."""

# Stands for the page's language, the only part that differs between pages of one delivery.
# No JSON string contains it: a control character is written as an escape there.
LANG_SLOT = "\0"
_VIEWPORTS = ("mobile", "desktop")


def head_json(
    experiment: Experiment,
    ranges: Sequence[Range],
    consent: str,
    attributes: Mapping[str, str],
    markers: Mapping[str, object],
    terms: Mapping[str, object] = NO_TERMS,
) -> str:
    """For the head script. `attributes` are those that all of the page's markers share."""
    return json_text(
        {
            "exp": open_experiment(experiment, ranges, terms),
            "consent": consent,
            "attrs": attributes,
            "markers": markers,
        }
    )


def late_json(
    attributes: Mapping[str, str], markers: Mapping[str, object], frameworks: str, file: str
) -> str:
    """For the loader on a page that a framework takes over, beside its own configuration.

    `file` is the address of the code that puts the slots in.
    """
    late = {"by": frameworks, "file": file, "attrs": attributes, "markers": markers}
    return json_text(late)


def loader_json(
    site: Site,
    layouts: Sequence[Layout],
    experiment: Mapping[str, object] | None,
    *,
    has_head: bool,
    events_path: str | None,
    barred: Collection[str] = (),
) -> str:
    """For the loader; `LANG_SLOT` stands where the page's language is to be put.

    `experiment` is what it is told of that: `open_experiment`, or `assigned_experiment`.

    `events_path` is None where the page's policy lets no events be sent; `barred` names adapters
    that it does not let in.
    """
    settings = site.settings
    names = asked(layouts, settings, barred)
    demand: dict[str, object] = {}
    if names:
        demand = {
            "demand": site_settings(names, settings),
            "files": files(names),
            "parallel": settings.demand.parallel,
            "privacy": privacy(settings),
        }
    return json_text(
        {
            "v": 1,
            "gen": site.generation,
            "layout": layouts[0].name,
            "lang": LANG_SLOT,
            "events": events_path if site.settings.events.enabled else None,
            "consent": site.settings.consent.visitor_id,
            "wide": WIDE_FROM_PX,
            "layouts": {layout.name: _placements(layout.placement, names) for layout in layouts},
            "house": _house(site, layouts),
            "exp": experiment,
            "head": has_head,
            **demand,
        }
    ).replace(json_text(LANG_SLOT), f'"{LANG_SLOT}"')


def open_experiment(
    experiment: Experiment, ranges: Sequence[Range], terms: Mapping[str, object]
) -> dict[str, object]:
    """An experiment whose variant is picked in the browser."""
    return {
        "key": experiment.name,
        "seed": experiment.seed,
        "hv": experiment.hash_version,
        "unit": experiment.unit,
        "ranges": ranges,
        "variants": [variant.name for variant in experiment.variants],
        "layouts": [variant.layout for variant in experiment.variants],
        **terms,
    }


def assigned_experiment(
    experiment: Experiment, layout: str, assigned: Assigned
) -> dict[str, object]:
    """An experiment whose variant is picked already: nothing of the other variants is told.

    `variants` has the name of the one that counts, or none where the reader is in none.
    """
    index = assigned.variant
    return {
        "key": experiment.name,
        "cookie": experiment.unit == "visitor",
        "variants": [] if index is None else [experiment.variants[index].name],
        "layouts": [layout],
        "qa": assigned.is_tester,
    }


def _placements(placements: Iterable[Placement], names: Sequence[str]) -> dict[str, object]:
    """`names` are the adapters with settings that may be asked; the others are in the loader."""
    return {
        placement.name: _placement(placement, (*names, "house", "notice"))
        for placement in placements
        if placement.is_ad
    }


def _placement(placement: Placement, names: Sequence[str]) -> dict[str, object]:
    found: dict[str, object] = {
        "sizes": {name: placement.sizes.for_viewport(name) for name in _VIEWPORTS},
        "margin": {
            name: root_margin(placement.lazy_margin.for_viewport(name)) for name in _VIEWPORTS
        },
        "fill": [name for name in placement.fill if name in names],
    }
    if placement.refresh is not None:
        found["refresh"] = {"every": placement.refresh.seconds, "max": placement.refresh.max}
    ask = placement_settings(placement, names)
    if ask:
        found["ask"] = ask
    return found


def root_margin(distance: Distance) -> str:
    """A distance ahead of the window as an IntersectionObserver's `rootMargin`.

    Raises ValueError for blocks and words, which say nothing about a window.
    """
    if distance.unit == "px":
        return f"{distance.value:g}px 0px"
    if distance.unit == "screens":
        return f"{distance.value * 100:g}% 0px"
    raise ValueError(f"a lazy margin is in px or screens, not in {distance.unit}")


def _house(site: Site, layouts: Iterable[Layout]) -> list[dict[str, object]]:
    """The creatives that some slot of these layouts could show."""
    sizes = {
        tuple(size)
        for layout in layouts
        for placement in layout.placement
        if placement.is_ad and "house" in placement.fill
        for viewport in _VIEWPORTS
        for size in placement.sizes.for_viewport(viewport)
    }
    return [
        {"name": creative.name, "src": creative_path(creative), "size": creative.size}
        for creative in site.creatives
        if tuple(creative.size) in sizes
    ]
