"""What came of an experiment: estimates, intervals, and whether the split can be believed.

Takes segment files and an experiment as configured, gives a `Report`. Visitors and page
views as units are two sections and never meet in one estimate. Intervals of one metric are
at 95 % over all of the experiment's comparisons to control (Bonferroni). Knows nothing of
how the report is shown; the sentences are in `words`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adweave.experiments.assignment import expected_shares
from adweave.experiments.metrics import METRICS, Metric
from adweave.experiments.reading import Group, Health, Layout, Reading, UnitReading
from adweave.experiments.srm import ALPHA, SplitTest, sequential_test
from adweave.experiments.statistics import (
    MIN_UNITS,
    Estimate,
    Interval,
    always_valid_interval,
    difference,
    fixed_interval,
    ratio,
    relative_difference,
)
from adweave.placements import Experiment

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric of one variant. `interval` is for a fixed horizon.

    It is None with too few units, and where all units are alike: no variance is no knowledge.
    """

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
class Change:
    """An estimate with both intervals; None as in `Measured`, for either variant."""

    value: float
    always_valid: Interval | None
    fixed: Interval | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One variant less the control in one metric; `relative` is None where the control is 0."""

    metric: Metric
    variant: str
    absolute: Change
    relative: Change | None


@dataclass(frozen=True, slots=True)
class Split:
    """The test of the split of one kind of unit. `alarm_ms`: when it first was sure."""

    test: SplitTest
    alarm_ms: int | None


@dataclass(frozen=True, slots=True)
class Section:
    """All that concerns one kind of unit: "visitor" or "view"."""

    unit: str
    units: int
    crossovers: int
    split: Split
    variants: tuple[VariantReport, ...]
    comparisons: tuple[Comparison, ...]

    def comparison(self, metric: Metric, variant: str) -> Comparison | None:
        """The variant's comparison in that metric, where both have a value."""
        return next(
            (c for c in self.comparisons if c.metric is metric and c.variant == variant), None
        )


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report. `span_ms`: first and last event, None without one."""

    experiment: Experiment
    span_ms: tuple[int, int] | None
    sections: tuple[Section, ...]
    bot_views: int
    health: Health

    @property
    def sound(self) -> bool:
        """Whether the split of every section is; an empty report has nothing unsound."""
        return all(section.split.test.sound for section in self.sections)


@dataclass(frozen=True, slots=True)
class Traffic:
    """All traffic by layout, whether a test ran on it or not."""

    span_ms: tuple[int, int] | None
    layouts: tuple[Layout, ...]
    health: Health


def report_on(paths: Sequence[Path], experiment: Experiment) -> Report:
    """Reads the segments and works the report out.

    Raises `ReportsUnavailable` without DuckDB. Units that met an earlier configuration of
    the experiment are counted by the variant that they saw.
    """
    variants = [variant.name for variant in experiment.variants]
    shares = expected_shares(experiment)
    with Reading(paths) as reading:
        span = reading.span_ms(experiment.name)
        units = reading.units(experiment.name, variants)
        alpha = ALPHA / max(1, len(units))  # the alarm of either section condemns the report
        sections = tuple(
            _section(kind, found, experiment, shares, alpha) for kind, found in units.items()
        )
        return Report(
            experiment,
            span,
            sections,
            reading.bot_views(experiment.name),
            reading.health(),
        )


def traffic_in(paths: Sequence[Path]) -> Traffic:
    """Page views and slots by layout. Raises `ReportsUnavailable` without DuckDB."""
    with Reading(paths) as reading:
        span = reading.span_ms(None)
        return Traffic(span, tuple(reading.layouts()), reading.health())


def _section(
    kind: str, found: UnitReading, experiment: Experiment, shares: Sequence[float], alpha: float
) -> Section:
    test = sequential_test((point.counts for point in found.checkpoints), shares, alpha)
    alarm_ms = None if test.alarm_at is None else found.checkpoints[test.alarm_at].at_ms
    total = sum(test.counts)
    metrics = [metric for metric in METRICS if kind in metric.units]
    estimates = [
        {metric.key: ratio(group.sums[metric.key]) for metric in metrics} for group in found.groups
    ]
    variants = tuple(
        VariantReport(
            name=variant.name,
            layout=variant.layout,
            expected_share=share,
            share=count / total if total else None,
            units=group.units,
            counts=group.counts,
            metrics=_measured(estimated, group),
        )
        for variant, share, count, group, estimated in zip(
            experiment.variants, shares, test.counts, found.groups, estimates, strict=True
        )
    )
    comparisons = tuple(
        comparison
        for index in range(1, len(variants))
        for metric in metrics
        if (
            comparison := _comparison(
                metric,
                variants[index].name,
                estimates[index][metric.key],
                estimates[0][metric.key],
                (1 - LEVEL) / (len(variants) - 1),
            )
        )
    )
    return Section(kind, total, found.crossovers, Split(test, alarm_ms), variants, comparisons)


def _measured(estimated: dict[str, Estimate | None], group: Group) -> dict[str, Measured]:
    enough = group.units >= MIN_UNITS
    return {
        key: Measured(
            estimate.value,
            fixed_interval(estimate, 1 - LEVEL) if enough and estimate.variance else None,
        )
        for key, estimate in estimated.items()
        if estimate is not None
    }


def _comparison(
    metric: Metric, name: str, variant: Estimate | None, control: Estimate | None, alpha: float
) -> Comparison | None:
    if variant is None or control is None:
        return None
    enough = min(variant.n, control.n) >= MIN_UNITS
    relative = relative_difference(variant, control)
    return Comparison(
        metric,
        name,
        _change(difference(variant, control), alpha, enough),
        None if relative is None else _change(relative, alpha, enough),
    )


def _change(estimate: Estimate, alpha: float, enough: bool) -> Change:
    if not enough or not estimate.variance:
        return Change(estimate.value, None, None)
    return Change(
        estimate.value, always_valid_interval(estimate, alpha), fixed_interval(estimate, alpha)
    )
