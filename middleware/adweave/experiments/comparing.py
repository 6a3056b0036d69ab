"""Variants compared with the control: changes, their intervals, and which of them stand.

Intervals of one metric are at 95 % over all of the experiment's comparisons to control
(Bonferroni: simple, and it gives intervals; with the usual one or two variants nothing better is
to be had). Metrics other than the primary one are looked at together: which of them moved is
Holm's verdict over all of them and all variants.
"""

from __future__ import annotations

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
    difference,
    fixed_interval,
    holm,
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
    all metrics but the primary one, at 5 % for the family.
    """

    metric: Metric
    variant: str
    absolute: Change
    relative: Change | None
    p_value: float = 1.0
    stands: bool = False

    @property
    def is_relative(self) -> bool:
        """Whether the relative change says more than that nothing is known.

        It has no interval where the variant has nothing at all and the control has something:
        the quotient's variance by the delta method is 0 then, which is not its error.
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
    relative = relative_difference(variant, control)
    return Comparison(
        metric,
        name,
        change_of(less, enough, rules),
        None if relative is None else change_of(relative, enough, rules, less),
        always_valid_p(less, rules.tightest_at) if enough else 1.0,
    )


def change_of(
    estimate: Estimate, enough: bool, rules: Rules, less: Estimate | None = None
) -> Change:
    """The estimate with intervals, where there are enough units and they vary.

    `less` is the difference behind a relative change: all are alike only where that says so.
    """
    if not enough or not estimate.variance:
        is_constant = enough and not (less or estimate).variance
        return Change(estimate.value, None, None, is_constant)
    return Change(
        estimate.value,
        always_valid_interval(estimate, rules.alpha, rules.tightest_at),
        fixed_interval(estimate, rules.alpha),
    )
