"""Shippable or not: the primary metric and the guardrails of one variant, put together.

A guardrail is a test of non-inferiority: it is *kept* only when the always-valid interval shows
the harm to be less than the margin, *broken* when it shows it to be more, else *open*. A
variant may be shipped when its primary metric is surely better and all guardrails are kept.
That asks for all at once, so no level is divided between them: a variant that breaks any is
passed with the level of that one test at most (Berger, "Multiparameter hypothesis testing and
acceptance sampling", Technometrics 1982: intersection-union). Margins and their reading by
intervals: CONSORT statement on non-inferiority trials, JAMA 2012.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from adweave.experiments.comparing import Change, Comparison
from adweave.experiments.metrics import Limit, Metric
from adweave.experiments.statistics import Interval

State = Literal["kept", "broken", "open"]
Outcome = Literal["shippable", "not shippable", "undecided"]
Direction = Literal["better", "worse", "unsure"]


@dataclass(frozen=True, slots=True)
class Guarded:
    """One guardrail's finding. `harm` is how much worse, in the margin's measure; below 0: better.

    `change` is None where the metric has no value in one of the two variants, or none for this
    kind of unit. It is not `is_relative`, though the margin is, where the relative change has
    not two ends: `harm` is None then.
    """

    limit: Limit
    state: State
    change: Change | None
    harm: float | None
    is_relative: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What is known of one variant."""

    variant: str
    primary: Comparison | None
    direction: Direction
    guarded: tuple[Guarded, ...]
    outcome: Outcome


def decide(
    variant: str, comparisons: Sequence[Comparison], primary: Metric, limits: Sequence[Limit]
) -> Decision:
    """`comparisons` of all variants with the control, of one kind of unit."""
    mine = {one.metric.key: one for one in comparisons if one.variant == variant}
    main = mine.get(primary.key)
    direction = _direction(main, primary)
    guarded = tuple(_guarded(limit, mine.get(limit.metric.key)) for limit in limits)
    if direction == "worse" or any(one.state == "broken" for one in guarded):
        outcome: Outcome = "not shippable"
    elif direction == "better" and all(one.state == "kept" for one in guarded):
        outcome = "shippable"
    else:
        outcome = "undecided"
    return Decision(variant, main, direction, guarded, outcome)


def _direction(comparison: Comparison | None, metric: Metric) -> Direction:
    interval = None if comparison is None else comparison.shown.always_valid
    if interval is None or interval.low <= 0 <= interval.high:
        return "unsure"
    return "better" if (interval.low > 0) == (metric.better != "less") else "worse"


def _guarded(limit: Limit, comparison: Comparison | None) -> Guarded:
    if comparison is None:
        return Guarded(limit, "open", None, None)
    is_relative = limit.relative and comparison.is_relative
    change = comparison.shown if limit.relative else comparison.absolute
    interval = comparison.bounds if limit.relative else change.always_valid
    if interval is None and change.is_constant:
        interval = Interval(change.value, change.value)
    if limit.metric.better == "less":
        harm, harms = change.value, interval
    else:
        harm = -change.value
        harms = None if interval is None else Interval(-interval.high, -interval.low)
    state: State = "open"
    if harms is not None and harms.high < limit.margin:
        state = "kept"
    elif harms is not None and harms.low > limit.margin:
        state = "broken"
    told = harm if is_relative == limit.relative or not change.value else None
    return Guarded(limit, state, change, told, is_relative)
