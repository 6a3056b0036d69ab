"""Placements: a folder of TOML files -> a validated `Site`, or every mistake with its line.

`load` reads a folder once; `Live` keeps the last good state of one that people edit. Knows TOML
and errors; nothing of HTML, HTTP or how slots are chosen.
"""

from adweave.placements.live import Live
from adweave.placements.loading import Loaded, load, parse_layout
from adweave.placements.model import (
    Consent,
    Events,
    Experiment,
    Layout,
    Limits,
    Placement,
    Settings,
    Variant,
)
from adweave.placements.problems import PlacementsError, Problem
from adweave.placements.shipped import example_files
from adweave.placements.site import Creative, Delivery, Site
from adweave.placements.values import Distance, PerViewport, Size

__all__ = [
    "Consent",
    "Creative",
    "Delivery",
    "Distance",
    "Events",
    "Experiment",
    "Layout",
    "Limits",
    "Live",
    "Loaded",
    "PerViewport",
    "Placement",
    "PlacementsError",
    "Problem",
    "Settings",
    "Site",
    "Size",
    "Variant",
    "example_files",
    "load",
    "parse_layout",
]
