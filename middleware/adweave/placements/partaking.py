"""Who takes part in an experiment: ramps, namespaces, the holdout, and the rules between them.

Tables of `experiments/NAME.toml` and `site.toml`. Says what may be written; who takes part by it
is `experiments.assignment`'s to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field
from pydantic.json_schema import WithJsonSchema

from adweave.placements.base import Model, Name
from adweave.placements.schedule import Moment, start_of
from adweave.placements.values import Share, kind_of, refusal


def _read_range(value: object) -> object:
    parts = value if isinstance(value, list | tuple) else ()
    are_numbers = all(isinstance(p, int | float) and not isinstance(p, bool) for p in parts)
    if len(parts) != 2 or not are_numbers:
        found = f"has {len(parts)} entries" if parts and are_numbers else f"is {kind_of(value)}"
        raise refusal(f"{found}; write where it begins and ends: [0.0, 0.5]", "wrong-type")
    low, high = parts
    if not 0 <= low < high <= 1:
        raise refusal("is no stretch of 0 to 1; write the smaller end first: [0.0, 0.5]")
    return float(low), float(high)


class Namespace(Model):
    """`namespace`: a part of the visitors, for experiments that are not to share any."""

    name: Name = Field(
        description="Experiments with the same one divide the visitors among themselves."
    )
    range: Annotated[
        tuple[float, float],
        BeforeValidator(_read_range),
        WithJsonSchema(
            {
                "type": "array",
                "items": {"type": "number", "minimum": 0, "maximum": 1},
                "minItems": 2,
                "maxItems": 2,
                "examples": [[0.0, 0.5]],
            }
        ),
    ] = Field(
        description="This experiment's part: from the first number, up to and without the second. "
        "Parts are of a thousandth at least."
    )

    def meets(self, other: Namespace) -> bool:
        """Whether some visitor may be in both."""
        mine, its = self.range, other.range
        return self.name != other.name or (mine[0] < its[1] and its[0] < mine[1])


class RampStep(Model):
    """A step of `ramp`: so much traffic from then on."""

    at: Moment = Field(
        description="From then on: a date, or a date with a time; without an offset, in "
        "`time_zone` of `site.toml`."
    )
    traffic: Share = Field(description="Share of the readers who take part from then on.")

    def since_s(self, zone: str) -> float:
        """When it begins, in seconds since 1970."""
        return start_of(self.at, ZoneInfo(zone))


class Experiments(Model):
    """`[experiments]`: what holds for all experiments."""

    holdout: Share = Field(
        default=0.0,
        description="Share of the readers who are in no experiment, whichever runs: they always "
        "get the first variant's layout and are not counted.",
    )


def ramp_faults(ramp: tuple[RampStep, ...], zone: str) -> Iterator[tuple[int, str, str]]:
    """Of each step that is out of order: its index, its key, and what is wrong with it."""
    for index, (before, step) in enumerate(pairwise(ramp), 1):
        if step.since_s(zone) <= before.since_s(zone):
            yield index, "at", f"is not later than the step before it, {_written(before.at)}"
        if step.traffic < before.traffic:
            yield (
                index, "traffic",
                f"is less than {before.traffic:g} of the step before it; readers who are in would "
                "fall out of the experiment",
            )  # fmt: skip


def _written(moment: object) -> str:
    return moment.isoformat() if isinstance(moment, datetime) else str(moment)
