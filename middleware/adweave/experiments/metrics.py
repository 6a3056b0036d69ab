"""The metrics of a report, as data: each a ratio of two counts per unit.

The counts are columns of `reading`'s table of units. Knows nothing of SQL and of words
other than the metrics' own titles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

COUNTS = (
    "page_views",
    "requests",
    "fills",
    "no_fills",
    "rendered",
    "viewable",
    "clicks",
)
"""Plain counts, in the order in which a slot lives."""


@dataclass(frozen=True, slots=True)
class Metric:
    """`y` per `x`. `form` says how its values are written; `units` who it makes sense for."""

    key: str
    title: str
    y: str
    x: str
    form: Literal["number", "share", "per thousand"] = "number"
    units: tuple[str, ...] = ("visitor", "view")


PRIMARY = Metric("viewable_per_view", "viewable slots per page view", "viewable", "page_views")
"""What the verdict speaks of: the nearest to yield that needs no prices."""

METRICS = (
    PRIMARY,
    Metric("viewable_rate", "viewable rate", "viewable", "rendered", "share"),
    Metric("slots_per_view", "slots rendered per page view", "rendered", "page_views"),
    Metric("fill_rate", "fill rate", "fills", "requests", "share"),
    Metric("click_rate", "clicks per 1000 page views", "clicks", "page_views", "per thousand"),
    Metric("views_per_visitor", "page views per visitor", "page_views", "one", units=("visitor",)),
    Metric("scroll_depth", "scroll depth", "scroll", "scroll_views", "share"),
    Metric("layout_shift", "layout shift (CLS)", "shift", "shift_views"),
)
