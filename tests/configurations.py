"""Configurations made by hand, as the placements folder would give them: for tests of what follows.

One placement `inline` and a notice, house creatives of the usual sizes, and an experiment
between the layouts `article` and `dense`.
"""

from __future__ import annotations

from typing import Any

from adweave.placements import Creative, Experiment, Layout, Settings, Site, Size


def creative(name: str, width: int, height: int, body: str | None = None) -> Creative:
    """A house creative that shows its own name and fills its frame."""
    html = body or (
        f"<!doctype html><title>{name}</title><style>html{{background:#0b5d57;color:#fff;"
        f"font:600 20px/{height}px system-ui;text-align:center}}body{{margin:0}}</style>{name}"
    )
    return Creative(
        name=name,
        path=f"creatives/{name}-{width}x{height}.html",
        body=html.encode(),
        content_type="text/html",
        size=Size(width, height),
        hash=f"{width:06d}{height:06d}",
    )


def picture(name: str, width: int, height: int) -> Creative:
    """A house creative that is an image."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"/>'
    return Creative(
        name=name,
        path=f"creatives/{name}-{width}x{height}.svg",
        body=svg.encode(),
        content_type="image/svg+xml",
        size=Size(width, height),
        hash=f"{width:06d}{height:06d}",
    )


CREATIVES = (
    creative("tall", 300, 250),
    creative("square", 300, 250),
    creative("wide", 728, 90),
    creative("billboard", 970, 250),
)
PLACEMENT: dict[str, Any] = {
    "name": "inline",
    "kind": "inline",
    "sizes": {"mobile": [[300, 250]], "desktop": [[728, 90], [970, 250]]},
    "lazy_margin": "0.5 screens",
}
NOTICE: dict[str, Any] = {"name": "notice", "kind": "notice"}


def layout(name: str = "article", *further: dict[str, Any], **keys: Any) -> Layout:
    """A layout with the placement `inline`, changed by `keys`, a notice, and `further` ones."""
    return Layout.model_validate(
        {"name": name, "placement": [{**PLACEMENT, **keys}, NOTICE, *further]}
    )


def site(
    *layouts: Layout,
    experiment: Experiment | None = None,
    creatives: tuple[Creative, ...] = CREATIVES,
    **settings: Any,
) -> Site:
    """A configuration as the placements folder would give it."""
    return Site(
        generation="0123456789ab",
        settings=Settings.model_validate({"consent": {"visitor_id": "assumed"}, **settings}),
        layouts={each.name: each for each in layouts},
        experiments={experiment.name: experiment} if experiment else {},
        creatives=creatives,
        label_overrides={},
    )


def experiment(name: str = "density", **keys: Any) -> Experiment:
    """Control `article` against `dense`, half and half."""
    arms = [
        {"name": "control", "layout": "article", "weight": 0.5},
        {"name": "dense", "layout": "dense", "weight": 0.5},
    ]
    return Experiment.model_validate({"name": name, "status": "running", "variant": arms, **keys})
