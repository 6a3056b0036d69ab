"""Variants compared with the control: changes, their intervals, and which of them stand.

Intervals of one metric are at 95 % over all of the experiment's comparisons to control
(Bonferroni: simple, and it gives intervals; with the usual one or two variants nothing better is
to be had). Metrics other than the primary one are looked at together: which of them moved is
Holm's verdict over all of them and all variants.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from adweave.experiments.metrics import Metric
from adweave.experiments.statistics import (
    MIN_UNITS,
    Estimate,
    Interval,
    Sums,
    adjusted,
    always_valid_interval,
    always_valid_p,
    boundary,
    difference,
    fixed_errors,
    fixed_interval,
    holm,
    relative_bounds,
    relative_difference,
)

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Change:
    """An estimate with both intervals.

    They are None with too few units, and where all units are alike: no variance is no knowledge.
    `is_constant`: enough units, and all of them alike in each of the two variants.
    """

    value: float
    always_valid: Interval | None
    fixed: Interval | None
    is_constant: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """One variant less the control in one metric; `relative` is None where the control is 0.

    `p_value` is always valid and for this comparison alone; `stands` says whether it does among
    all metrics but the primary one, at 5 % for the family. `bounds` are those of the relative
    change, whenever looked at: open above where the control is not surely above 0; None with too
    few units.
    """

    metric: Metric
    variant: str
    absolute: Change
    relative: Change | None
    p_value: float = 1.0
    stands: bool = False
    bounds: Interval | None = None

    @property
    def is_relative(self) -> bool:
        """Whether the relative change says as much as the absolute one.

        It has no interval where the control is not surely above 0, and where the variant has
        nothing at all.
        """
        relative = self.relative
        if relative is None:
            return False
        return relative.always_valid is not None or self.absolute.always_valid is None

    @property
    def shown(self) -> Change:
        """The relative change where there is one with an interval, else the absolute."""
        return self.relative if self.relative and self.is_relative else self.absolute


@dataclass(frozen=True, slots=True)
class Rules:
    """How sure, over how many comparisons, and where intervals are narrowest (units)."""

    alpha: float
    tightest_at: int


def compared(
    names: Sequence[str],
    metrics: Sequence[tuple[Metric, Sequence[Sums]]],
    primary: Metric,
    rules: Rules,
) -> tuple[Comparison, ...]:
    """Each variant but the first with the first, in each metric; by variant."""
    estimates = [(metric, adjusted(arms)) for metric, arms in metrics]
    found = [
        comparison
        for index in range(1, len(names))
        for metric, arms in estimates
        if (comparison := _comparison(metric, names[index], arms[index], arms[0], rules))
    ]
    others = [place for place, one in enumerate(found) if one.metric is not primary]
    together = holm([found[place].p_value for place in others])
    for place, p_value in zip(others, together, strict=True):
        found[place] = replace(found[place], stands=p_value <= 1 - LEVEL)
    return tuple(found)


def _comparison(
    metric: Metric, name: str, variant: Estimate | None, control: Estimate | None, rules: Rules
) -> Comparison | None:
    if variant is None or control is None:
        return None
    enough = min(variant.n, control.n) >= MIN_UNITS
    less = difference(variant, control)
    return Comparison(
        metric,
        name,
        _absolute(less, enough, rules),
        relative_change(variant, control, rules),
        always_valid_p(less, rules.tightest_at) if enough else 1.0,
        bounds=_bounds(variant, control, rules) if enough else None,
    )


def _absolute(less: Estimate, enough: bool, rules: Rules) -> Change:
    if not enough or not less.variance:
        return Change(less.value, None, None, enough)
    return Change(
        less.value,
        always_valid_interval(less, rules.alpha, rules.tightest_at),
        fixed_interval(less, rules.alpha),
    )


def relative_change(variant: Estimate, control: Estimate, rules: Rules) -> Change | None:
    """The relative change; with intervals where there are enough units and these have two ends.

    None where the control is 0.
    """
    relative = relative_difference(variant, control)
    if relative is None:
        return None
    enough = min(variant.n, control.n) >= MIN_UNITS
    if not enough or not relative.variance:
        is_constant = not variant.variance and not control.variance
        return Change(relative.value, None, None, enough and is_constant)
    return Change(
        relative.value,
        _closed(_bounds(variant, control, rules)),
        _closed(relative_bounds(variant, control, fixed_errors(rules.alpha))),
    )


def _closed(bounds: Interval) -> Interval | None:
    return bounds if math.isfinite(bounds.high) else None


def _bounds(variant: Estimate, control: Estimate, rules: Rules) -> Interval:
    errors = boundary(variant.n + control.n, rules.alpha, rules.tightest_at)
    return relative_bounds(variant, control, errors)
