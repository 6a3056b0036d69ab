"""What may stand in `experiments/NAME.toml`: the models of an experiment and its variants.

Who takes part is `partaking`'s, what decides is `outcomes`'; rules that need more than one value
are in `checks`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictStr, model_validator

from adweave.placements.base import Model, Name, Text
from adweave.placements.outcomes import Guardrail, OwnMetric, PlannedUnits, Positive
from adweave.placements.partaking import Namespace, RampStep
from adweave.placements.values import Share


class Variant(Model):
    """One arm of an experiment: a `[[variant]]`."""

    name: Name = Field(description="Its name in reports; `control` by custom for the first.")
    layout: StrictStr = Field(description="Name of the layout that its readers get.")
    weight: Annotated[float, Field(strict=True, ge=0, le=1_000_000)] = Field(
        description="Its part of the traffic. Parts are relative: 1 and 1 are halves."
    )


class Experiment(Model):
    """An A/B test between layouts: `experiments/NAME.toml`."""

    name: Name = Field(description="The file's name without `.toml`; need not be written.")
    status: Literal["draft", "running", "stopped", "decided"] = Field(
        default="draft", description="Only a `running` experiment changes pages."
    )
    traffic: Share = Field(
        default=1.0,
        description="Share of the readers who take part, 0 to 1; the others get the first "
        "variant's layout and are not counted.",
    )
    ramp: tuple[RampStep, ...] = Field(
        default=(),
        description="Traffic by schedule, instead of `traffic`: steps with a time and a share, "
        "none less than the one before. Before the first nobody takes part.",
    )
    namespace: Namespace | None = Field(
        default=None,
        description="Only visitors of this part take part: experiments with one `name` and ranges "
        "that do not overlap never share a visitor.",
    )
    seed: Text = Field(
        default="",
        description="What makes this experiment's split differ from others'. Default: its name. "
        "A new seed deals everybody anew.",
    )
    hash_version: Literal[1, 2] = Field(
        default=2,
        description="Version of the assignment hash, as in GrowthBook; 1 only to agree with old "
        "experiments there.",
    )
    unit: Literal["visitor", "view"] = Field(
        default="visitor",
        description="Who is assigned: the visitor where consent allows an id (else the page "
        "view, reported apart), or every page view by itself.",
    )
    assign: Literal["reader", "server"] = Field(
        default="reader",
        description="Who picks the variant: the reader's browser, from a page that is the same for "
        "everybody and may be in any cache; or the server, for pages that no cache keeps, each of "
        "which then has one variant's slots alone.",
    )
    variant: tuple[Variant, ...] = Field(
        default=(), description="Two or more; the first is the control."
    )
    primary: StrictStr = Field(
        default="viewable_per_view",
        description="The metric that decides: a built-in one or one of yours.",
    )
    guardrail: tuple[Guardrail, ...] = Field(
        default=(),
        description="What a variant may not cost the readers. Without any: scroll depth no more "
        "than 2 % lower, layout shift no more than 0.01 higher.",
    )
    metric: tuple[OwnMetric, ...] = Field(default=(), description="Metrics of your own.")
    minimum_effect: Positive | None = Field(
        default=None,
        description="The smallest relative change of the primary metric that is worth finding: the "
        "report says how many days are left until it can be seen.",
    )
    units: PlannedUnits = Field(
        default=10_000,
        description="Visitors that you plan for, all variants together: there the always-valid "
        "intervals are narrowest. Set it before the start and leave it.",
    )
    winsorise: Annotated[float, Field(strict=True, ge=0, le=0.05)] = Field(
        default=0.0,
        description="The share of units whose sums (revenue, seconds in view) are cut back to "
        "those of the one just below, so that few do not decide: `0.001` cuts the top 0.1 %.",
    )
    decided: StrictStr | None = Field(
        default=None, description="The variant that was shipped; `adweave experiment ship` sets it."
    )

    @property
    def variants(self) -> tuple[Variant, ...]:
        """The variants in the file's order; the first is the control."""
        return self.variant

    @property
    def weights(self) -> tuple[float, ...]:
        """The variants' shares, which sum to 1. Weights that do already are left untouched."""
        total = sum(variant.weight for variant in self.variant)
        if abs(total - 1) < 1e-9 or total == 0:
            return tuple(variant.weight for variant in self.variant)
        return tuple(variant.weight / total for variant in self.variant)

    @property
    def is_running(self) -> bool:
        """Whether it changes pages now."""
        return self.status == "running"

    @model_validator(mode="before")
    @classmethod
    def _seed_from_name(cls, value: object) -> object:
        if isinstance(value, dict) and "seed" not in value and "name" in value:
            return {**value, "seed": value["name"]}
        return value
