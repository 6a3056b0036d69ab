"""The metrics of a report, as data: each a ratio of two sums per unit.

A sum is a column of `reading`'s table of units, made of the events of one kind. Knows nothing
of how they are read, and of words only the metrics' own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from adweave.placements import Experiment, OwnMetric

Form = Literal["number", "share", "per thousand", "money", "seconds"]

PER_1000: tuple[Form, ...] = ("per thousand", "money")
"""Forms of which a thousand times the value is told."""

LONGEST_VIEW_S = 1800
"""Seconds of a page view that count at most: the half hour after which web analytics begin a new
visit; a tab left open over night is no reading."""


@dataclass(frozen=True, slots=True)
class Column:
    """A sum over the events of one kind.

    `take`: how many there are, the sum of their values, or each page view's last value (the
    largest: what is reported so only grows while a page is open).
    """

    key: str
    kind: str
    take: Literal["count", "sum", "last"] = "count"
    placement: str | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """`y` per `x`.

    `form` says how its values are written, `units` who it makes sense for, `better` which way is
    good (None: either may be). `verb` and `noun` are for sentences: "readers scroll 3 % less".
    `is_sum`: y adds values up, so that single units may weigh much (see `winsorise`).
    """

    key: str
    title: str
    y: str
    x: str
    form: Form = "number"
    units: tuple[str, ...] = ("visitor", "view")
    better: Literal["more", "less"] | None = "more"
    phrase: str = ""
    is_sum: bool = False

    def changed(self, relative: float) -> str:
        """What a reader of the report is told of a change: "earns 4.1 % more per page view"."""
        amount = f"{abs(relative):.1%}".replace("%", " %")
        word = "more" if relative > 0 else "less"
        if self.phrase:
            return self.phrase.format(change=f"{amount} {word}", amount=amount, word=word)
        return f"has {amount} {word} {self.title}"


COLUMNS = (
    Column("requests", "request"),
    Column("fills", "fill"),
    Column("no_fills", "no-fill"),
    Column("rendered", "render"),
    Column("viewable", "viewable"),
    Column("clicks", "click"),
    Column("revenue", "render", "sum"),
    Column("seconds_in_view", "in-view", "sum"),
    Column("scroll", "scroll", "last"),
    Column("shift", "shift", "last"),
    Column("errors", "error"),
)

COUNTS = (
    "page_views",
    *(column.key for column in COLUMNS if column.take == "count" and column.key != "errors"),
)
"""Plain counts, in the order in which a slot lives."""

_VISITOR = ("visitor",)

METRICS = (
    Metric("revenue_per_view", "revenue per 1000 page views", "revenue", "page_views", "money",
           phrase="earns {change} per page view", is_sum=True),
    Metric("revenue_per_visitor", "revenue per 1000 visitors", "revenue", "one", "money", _VISITOR,
           phrase="earns {change} per visitor", is_sum=True),
    Metric("viewable_per_view", "viewable slots per page view", "viewable", "page_views",
           phrase="shows {change} viewable slots per page view"),
    Metric("viewable_rate", "viewable rate", "viewable", "rendered", "share"),
    Metric("slots_per_view", "slots rendered per page view", "rendered", "page_views",
           better=None, phrase="renders {change} slots per page view"),
    Metric("requests_per_view", "slots requested per page view", "requests", "page_views",
           better=None, phrase="requests {change} slots per page view"),
    Metric("fill_rate", "fill rate", "fills", "requests", "share"),
    Metric("time_in_view", "seconds in view per page view", "seconds_in_view", "page_views",
           "seconds", phrase="has its slots {change} in view per page view", is_sum=True),
    Metric("click_rate", "clicks per 1000 page views", "clicks", "page_views", "per thousand",
           better=None, phrase="has {change} clicks per page view"),
    Metric("views_per_visitor", "page views per visitor", "page_views", "one", units=_VISITOR,
           phrase="has readers who see {change} pages each"),
    Metric("bounce", "visitors of one page view", "bounced", "one", "share", _VISITOR, "less",
           phrase="has {change} visitors who leave after one page"),
    Metric("scroll_depth", "scroll depth", "scroll", "scroll_views", "share",
           phrase="has readers who scroll {change}"),
    Metric("time_on_page", "seconds on page", "seconds", "scroll_views", "seconds",
           phrase="has readers who stay {change} long", is_sum=True),
    Metric("layout_shift", "layout shift (CLS)", "shift", "shift_views", better="less",
           phrase="moves the page {change}"),
    Metric("loader_errors", "errors per 1000 page views", "errors", "page_views",
           "per thousand", better="less"),
)  # fmt: skip

PRIMARY = next(metric for metric in METRICS if metric.key == "viewable_per_view")
"""What the verdict speaks of unless told otherwise: the nearest to yield that needs no prices."""

REPORTED = Metric(
    "reported", "page views whose end was reported", "scroll_views", "page_views", "share"
)
"""A matter of health: what never came cannot be compared."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A guardrail: how much worse a metric may be, relative to the control or by itself."""

    metric: Metric
    margin: float
    relative: bool

    def in_words(self) -> str:
        """The margin as the report writes such values: "2 %", "0.01" or, of a share, "2 points"."""
        if self.relative:
            return f"{self.margin * 100:g} %"
        if self.metric.form == "share":
            return f"{self.margin * 100:g} points"
        return f"{self.margin * (1000 if self.metric.form in PER_1000 else 1):g}"


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What an experiment is judged by."""

    metrics: tuple[Metric, ...]
    columns: tuple[Column, ...]
    primary: Metric
    limits: tuple[Limit, ...]


def outcomes_of(experiment: Experiment) -> Outcomes:
    """The built-in metrics and the experiment's own, its primary one and its guardrails."""
    columns = list(COLUMNS)
    metrics = list(METRICS)
    for own in experiment.metric:
        above = Column(f"own_{len(columns)}", own.kind, own.take, own.placement)
        columns.append(above)
        below = _below(own, columns)
        metrics.append(
            Metric(
                own.name,
                own.title or own.name,
                above.key,
                below,
                units=_VISITOR if own.per == "visitor" else ("visitor", "view"),
                better=own.better,
                is_sum=own.take == "sum",
            )
        )
    by_key = {metric.key: metric for metric in metrics}
    if experiment.guardrail:
        limits = tuple(
            Limit(by_key[one.metric], one.margin or one.absolute or 0.0, one.margin is not None)
            for one in experiment.guardrail
        )
    else:
        limits = (
            Limit(by_key["scroll_depth"], 0.02, True),
            Limit(by_key["layout_shift"], 0.01, False),
        )
    return Outcomes(tuple(metrics), tuple(columns), by_key[experiment.primary], limits)


def _below(own: OwnMetric, columns: list[Column]) -> str:
    if own.per in ("view", "visitor"):
        return "page_views" if own.per == "view" else "one"
    column = Column(f"own_{len(columns)}", own.per, "count", own.placement)
    columns.append(column)
    return column.key


def named(metrics: Sequence[Metric], key: str) -> Metric | None:
    """The metric of that name, or None."""
    return next((metric for metric in metrics if metric.key == key), None)
