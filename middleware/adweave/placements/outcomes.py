"""What an experiment is judged by: metrics of the site's own, guardrails, and the plan.

Tables of `experiments/NAME.toml`. Says what may be written; how it is reckoned is the report's.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictFloat, StrictInt, StrictStr

from adweave.placements.base import Model, Name, Text

METRICS = (
    "revenue_per_view",
    "revenue_per_visitor",
    "viewable_per_view",
    "viewable_rate",
    "slots_per_view",
    "requests_per_view",
    "fill_rate",
    "time_in_view",
    "click_rate",
    "views_per_visitor",
    "bounce",
    "scroll_depth",
    "time_on_page",
    "layout_shift",
    "loader_errors",
)
"""Names of the metrics that every report has."""

EVENT_KINDS = (
    "view",
    "exposure",
    "request",
    "fill",
    "no-fill",
    "render",
    "viewable",
    "in-view",
    "click",
    "shift",
    "scroll",
    "error",
)

Positive = Annotated[StrictFloat, Field(gt=0, le=1)]


class Guardrail(Model):
    """What a variant may not cost the readers: a `[[guardrail]]` of an experiment."""

    metric: StrictStr = Field(description="Name of the metric: a built-in one or one of yours.")
    margin: Positive | None = Field(
        default=None,
        description="How much worse than the control is still borne, relative to it: `0.02` is 2 % "
        "less of what should be more, or 2 % more of what should be less.",
    )
    absolute: Annotated[StrictFloat, Field(gt=0)] | None = Field(
        default=None,
        description="The same in the metric's own measure, for metrics near 0; one of the two.",
    )


class OwnMetric(Model):
    """A metric of the site's own: a `[[metric]]` of an experiment."""

    name: Name = Field(description="Its name in the report and in `primary` and guardrails.")
    title: Text | None = Field(default=None, description="What the report calls it.")
    kind: Literal[
        "view", "exposure", "request", "fill", "no-fill", "render",
        "viewable", "in-view", "click", "shift", "scroll", "error",
    ] = Field(description="The kind of event that it is made of.")  # fmt: skip
    take: Literal["count", "sum"] = Field(
        default="count", description="How many such events there are, or the sum of their values."
    )
    per: Literal["view", "visitor", "request", "render", "viewable"] = Field(
        default="view",
        description="What it is divided by: page views, visitors, or events of a kind.",
    )
    placement: Name | None = Field(
        default=None, description="Events of this placement alone, above and below the line."
    )
    better: Literal["more", "less"] = Field(
        default="more", description="Which way is good: `less` for what should be rare."
    )


PlannedUnits = Annotated[StrictInt, Field(ge=200, le=1_000_000_000)]
