"""What came of an experiment: estimates, intervals, and whether they can be believed.

Takes event files and an experiment as configured, gives a `Report`. Visitors and page views
as units are two sections and never meet in one estimate. Knows nothing of how the report is
shown; the sentences are in `words`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from adweave.experiments.assignment import expected_shares
from adweave.experiments.comparing import (
    LEVEL,
    Change,
    Comparison,
    Rules,
    compared,
    relative_change,
)
from adweave.experiments.decision import Decision, decide
from adweave.experiments.imported import Day, Imported, imported
from adweave.experiments.metrics import REPORTED, Metric, Outcomes, outcomes_of
from adweave.experiments.planning import detectable, needed
from adweave.experiments.reading import Gone, Group, Health, LayoutTraffic, Reading, UnitReading
from adweave.experiments.srm import ALPHA, SplitTest, sequential_test
from adweave.experiments.statistics import (
    MIN_UNITS,
    Estimate,
    Interval,
    Sums,
    adjusted,
    fixed_interval,
    ratio,
)
from adweave.placements import Experiment

DAY_MS = 86_400_000

HEAVY = 0.05
"""From this share on of all that a variant's units have, a single unit's is worth a word: intervals
rest on sums of many, none of which weighs much."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric of one variant, not adjusted. `interval` is for a fixed horizon; None as in
    `Change`."""

    value: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class VariantReport:
    """One variant's units and what they did. `counts` has the keys of `metrics.COUNTS`."""

    name: str
    layout: str
    expected_share: float
    share: float | None
    units: int
    counts: dict[str, int]
    metrics: dict[str, Measured]


@dataclass(frozen=True, slots=True)
class Split:
    """The test of the split of one kind of unit. `alarm_ms`: when it first was sure."""

    test: SplitTest
    alarm_ms: int | None


@dataclass(frozen=True, slots=True)
class Missing:
    """Page views whose end was never reported: shares of those that were, by variant.

    `uneven` names variants that surely differ from the control in it (at 1 %, whenever looked
    at): what is known of scrolling, shifts and time is then known of other readers in each.
    """

    reported: tuple[float | None, ...]
    uneven: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Of the primary metric: what can be seen now, and when the wanted effect will be.

    Relative changes, at 80 % power, by the always-valid interval. `needed` is in units of all
    variants; `days_left` goes by the units a day so far, of whom fewer are new each day, so it
    is rather too short than too long.
    """

    detectable: float
    wanted: float | None
    needed: int | None
    days_left: float | None


@dataclass(frozen=True, slots=True)
class Point:
    """A relative change as it stood at a time, with the interval valid at any."""

    at_ms: int
    change: Change


@dataclass(frozen=True, slots=True)
class Course:
    """How a metric's change came to be what it is; not adjusted, nothing cut."""

    metric: Metric
    variant: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """The primary metric's relative change among some units.

    Its interval is for all segments together: each is wider than the whole's for that.
    """

    dimension: str
    name: str
    variant: str
    units: int
    change: Change


@dataclass(frozen=True, slots=True)
class Heavy:
    """A single unit that has a large share of all that its variant has of a metric."""

    metric: Metric
    variant: str
    share: float


@dataclass(frozen=True, slots=True)
class Section:
    """All that concerns one kind of unit: "visitor" or "view"."""

    unit: str
    units: int
    crossovers: int
    split: Split
    missing: Missing
    variants: tuple[VariantReport, ...]
    comparisons: tuple[Comparison, ...]
    decisions: tuple[Decision, ...]
    sensitivity: Sensitivity | None
    heavy: tuple[Heavy, ...]
    with_past: int  # units known from before the experiment, by which estimates are adjusted
    caps: dict[str, float]
    checkpoints: tuple[tuple[int, tuple[int, ...]], ...]
    courses: tuple[Course, ...]
    segments: tuple[Segment, ...]

    def comparison(self, metric: Metric, variant: str) -> Comparison | None:
        """The variant's comparison in that metric, where both have a value."""
        return next(
            (c for c in self.comparisons if c.metric is metric and c.variant == variant), None
        )


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report. `span_ms`: first and last event, None without one.

    `generations`: the configurations that its readers met, and when first. `gone`: the part of the
    run whose events are no longer there, and so in nothing here.
    """

    experiment: Experiment
    outcomes: Outcomes
    span_ms: tuple[int, int] | None
    sections: tuple[Section, ...]
    bot_views: int
    health: Health
    generations: tuple[tuple[str, int], ...]
    imported: tuple[Imported, ...] = ()
    gone: Gone | None = None

    @property
    def sound(self) -> bool:
        """Whether the split of every section is; an empty report has nothing unsound."""
        return all(section.split.test.sound for section in self.sections)


@dataclass(frozen=True, slots=True)
class Traffic:
    """All traffic by layout, whether a test ran on it or not."""

    span_ms: tuple[int, int] | None
    layouts: tuple[LayoutTraffic, ...]
    health: Health


def report_on(
    paths: Sequence[Path],
    experiment: Experiment,
    *,
    detailed: bool = False,
    revenue: Mapping[Day, float] | None = None,
    sums: Sequence[Path] = (),
) -> Report:
    """Reads the event files and works the report out; `detailed`: with what plots need.

    `revenue` is what `read_revenue` gives; `sums` are files of days whose events are gone. Raises
    `ReportsUnavailable` without DuckDB. Units that met an earlier configuration of the experiment
    are counted by the variant that they saw.
    """
    outcomes = outcomes_of(experiment)
    variants = [variant.name for variant in experiment.variants]
    with Reading(paths) as reading:
        span = reading.span_ms(experiment.name)
        gone = reading.gone(sums, experiment.name)
        units = reading.units(
            experiment.name,
            variants,
            outcomes,
            winsorise=experiment.winsorise,
            detailed=detailed,
            is_cut=gone is not None,
        )
        alpha = ALPHA / max(1, len(units))  # the alarm of either section condemns the report
        sections = tuple(
            _section(kind, found, experiment, outcomes, alpha) for kind, found in units.items()
        )
        return Report(
            experiment,
            outcomes,
            span,
            sections,
            reading.bot_views(experiment.name),
            reading.health(),
            tuple(reading.generations(experiment.name)),
            imported(revenue, reading.views_by_day(experiment.name), variants) if revenue else (),
            gone,
        )


def traffic_in(paths: Sequence[Path]) -> Traffic:
    """Page views and slots by layout. Raises `ReportsUnavailable` without DuckDB."""
    with Reading(paths) as reading:
        span = reading.span_ms(None)
        return Traffic(span, tuple(reading.layouts()), reading.health())


def _section(
    kind: str, found: UnitReading, experiment: Experiment, outcomes: Outcomes, alpha: float
) -> Section:
    shares = expected_shares(experiment)
    test = sequential_test((point.counts for point in found.checkpoints), shares, alpha)
    alarm_ms = None if test.alarm_at is None else found.checkpoints[test.alarm_at].at_ms
    names = [variant.name for variant in experiment.variants]
    rules = Rules((1 - LEVEL) / max(1, len(names) - 1), experiment.units)
    metrics = [metric for metric in outcomes.metrics if kind in metric.units]
    metrics = [metric for metric in metrics if _is_known(metric, found, outcomes)]
    arms = [(metric, _arms(found, metric)) for metric in metrics]
    comparisons = compared(names, arms, outcomes.primary, rules)
    return Section(
        unit=kind,
        units=sum(test.counts),
        crossovers=found.crossovers,
        split=Split(test, alarm_ms),
        missing=_missing(found, names, rules),
        variants=tuple(_variants(experiment, found, test, shares, metrics)),
        comparisons=comparisons,
        decisions=tuple(
            decide(name, comparisons, outcomes.primary, outcomes.limits) for name in names[1:]
        ),
        sensitivity=_sensitivity(found, experiment, outcomes, shares, rules),
        heavy=tuple(_heavy(found, names, metrics)),
        with_past=sum(group.with_past for group in found.groups),
        caps=found.caps,
        checkpoints=tuple((point.at_ms, point.counts) for point in found.checkpoints),
        courses=tuple(_courses(found, names, outcomes, rules)),
        segments=tuple(_segments(found, names, rules)),
    )


def _arms(found: UnitReading, metric: Metric) -> list[Sums]:
    return [group.sums[metric.key] for group in found.groups]


def _is_known(metric: Metric, found: UnitReading, outcomes: Outcomes) -> bool:
    """Money and seconds are shown where any came in; all else, where it has a value."""
    if metric.is_sum and metric is not outcomes.primary:
        return any(sums.y for sums in _arms(found, metric))
    return any(sums.x for sums in _arms(found, metric))


def _variants(
    experiment: Experiment,
    found: UnitReading,
    test: SplitTest,
    shares: Sequence[float],
    metrics: Sequence[Metric],
) -> Iterator[VariantReport]:
    total = sum(test.counts)
    for variant, share, count, group in zip(
        experiment.variants, shares, test.counts, found.groups, strict=True
    ):
        yield VariantReport(
            name=variant.name,
            layout=variant.layout,
            expected_share=share,
            share=count / total if total else None,
            units=group.units,
            counts=group.counts,
            metrics=_measured(metrics, group),
        )


def _measured(metrics: Sequence[Metric], group: Group) -> dict[str, Measured]:
    found = {}
    for metric in metrics:
        estimate = ratio(group.sums[metric.key])
        if estimate is not None:
            enough = group.units >= MIN_UNITS and estimate.variance
            interval = fixed_interval(estimate, 1 - LEVEL) if enough else None
            found[metric.key] = Measured(estimate.value, interval)
    return found


def _heavy(found: UnitReading, names: Sequence[str], metrics: Sequence[Metric]) -> Iterator[Heavy]:
    for metric in metrics:
        for name, group in zip(names, found.groups, strict=True):
            total, most = group.sums[metric.key].y, group.largest.get(metric.key, 0.0)
            if group.units >= MIN_UNITS and total > 0 and most >= HEAVY * total:
                yield Heavy(metric, name, most / total)


def _missing(found: UnitReading, names: Sequence[str], rules: Rules) -> Missing:
    arms = _arms(found, REPORTED)
    values = [ratio(sums) for sums in arms]
    strict = Rules(ALPHA / max(1, len(names) - 1), rules.tightest_at)
    uneven = [
        one.variant
        for one in compared(names, [(REPORTED, arms)], REPORTED, strict)
        if one.absolute.always_valid is not None
        and not one.absolute.always_valid.low <= 0 <= one.absolute.always_valid.high
    ]
    return Missing(tuple(None if v is None else v.value for v in values), tuple(uneven))


def _sensitivity(
    found: UnitReading,
    experiment: Experiment,
    outcomes: Outcomes,
    shares: Sequence[float],
    rules: Rules,
) -> Sensitivity | None:
    if outcomes.primary.key not in found.groups[0].sums:
        return None
    estimates = adjusted(_arms(found, outcomes.primary))
    noise = noise_of([one for one in estimates if one is not None and one.n >= MIN_UNITS])
    if noise is None or len(found.checkpoints) < 2 or len(shares) < 2:
        return None
    units = sum(found.checkpoints[-1].counts)
    days = (found.checkpoints[-1].at_ms - found.checkpoints[0].at_ms) / DAY_MS
    pair = (shares[0], min(share for share in shares[1:]))
    if min(pair) <= 0:
        return None
    wanted = experiment.minimum_effect
    size = None
    if wanted is not None:
        size = needed(noise, wanted, alpha=rules.alpha, tightest_at=rules.tightest_at, shares=pair)
    left = None
    if size is not None and days > 0:
        left = max(0.0, (size - units) / (units / days))
    return Sensitivity(
        detectable(noise, units, alpha=rules.alpha, tightest_at=rules.tightest_at, shares=pair),
        wanted,
        size,
        left,
    )


def noise_of(estimates: Sequence[Estimate]) -> float | None:
    """A unit's standard deviation relative to the metric, over some variants' estimates."""
    total = sum(one.n for one in estimates)
    if not total:
        return None
    mean = sum(one.n * one.value for one in estimates) / total
    variance = sum(one.n * one.n * one.variance for one in estimates) / total
    return math.sqrt(variance) / abs(mean) if mean and variance else None


def _courses(
    found: UnitReading, names: Sequence[str], outcomes: Outcomes, rules: Rules
) -> Iterator[Course]:
    limited = [limit.metric for limit in outcomes.limits]
    for metric in dict.fromkeys([outcomes.primary, *limited]):
        for arm, name in enumerate(names[1:], 1):
            points = []
            for moment in found.moments:
                sums = moment.sums.get(metric.key)
                change = None if sums is None else _relative(sums[arm], sums[0], rules)
                if change is not None and change.always_valid is not None:
                    points.append(Point(moment.at_ms, change))
            if points:
                yield Course(metric, name, tuple(points))


def _segments(found: UnitReading, names: Sequence[str], rules: Rules) -> Iterator[Segment]:
    together = Rules(rules.alpha / max(1, len(found.parts)), rules.tightest_at)
    for part in found.parts:
        for arm, name in enumerate(names[1:], 1):
            change = _relative(part.sums[arm], part.sums[0], together)
            if change is not None:
                units = part.sums[arm].n + part.sums[0].n
                yield Segment(part.dimension, part.name, name, units, change)


def _relative(variant: Sums, control: Sums, rules: Rules) -> Change | None:
    estimates = [ratio(sums) if sums.n else None for sums in (variant, control)]
    if estimates[0] is None or estimates[1] is None:
        return None
    return relative_change(estimates[0], estimates[1], rules)
