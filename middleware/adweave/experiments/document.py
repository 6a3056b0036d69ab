"""A report as plain values for JSON: names are part of what scripts rely on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict

from adweave.experiments.changes import Changed, Step
from adweave.experiments.comparing import Change, Comparison
from adweave.experiments.decision import Decision, Guarded
from adweave.experiments.report import Report, Section, Sensitivity, Traffic, VariantReport
from adweave.experiments.statistics import Interval
from adweave.experiments.words import split_in_words, verdict

Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]


def report_document(
    report: Report, changes: Sequence[Changed] = (), steps: Sequence[Step] = ()
) -> dict[str, Value]:
    """The report, its verdict in words included. Times in milliseconds since 1970."""
    return {
        "experiment": report.experiment.name,
        "status": report.experiment.status,
        "verdict": verdict(report, changes),
        "sound": report.sound,
        "primary": report.outcomes.primary.key,
        "first": report.span_ms[0] if report.span_ms else None,
        "last": report.span_ms[1] if report.span_ms else None,
        "sections": [_section(section) for section in report.sections],
        "imported_revenue": [
            {**asdict(one), "interval": _interval(one.interval)} for one in report.imported
        ],
        "gone": _gone(report),
        "bot_page_views": report.bot_views,
        "generations": [{"id": gen, "first": at} for gen, at in report.generations],
        "changes": [
            {"at": one.at_ms, "author": one.author, "what": list(one.what)} for one in changes
        ],
        "ramp": [{"at": step.at_ms, "traffic": step.traffic} for step in steps],
        "events": {**asdict(report.health)},
    }


def _gone(report: Report) -> Value:
    one = report.gone
    if one is None:
        return None
    return {"first": str(one.first), "last": str(one.last), "page_views": one.page_views}


def traffic_document(traffic: Traffic) -> dict[str, Value]:
    """Traffic by layout."""
    return {
        "first": traffic.span_ms[0] if traffic.span_ms else None,
        "last": traffic.span_ms[1] if traffic.span_ms else None,
        "layouts": [{"layout": layout.name, **layout.counts} for layout in traffic.layouts],
        "events": {**asdict(traffic.health)},
    }


def _section(section: Section) -> dict[str, Value]:
    test = section.split.test
    return {
        "unit": section.unit,
        "units": section.units,
        "crossovers": section.crossovers,
        "split": {
            "sound": test.sound,
            "in_words": split_in_words(section),
            "p_value": test.p_value,
            "alarm": section.split.alarm_ms,
            "units": list(test.counts),
            "expected": list(test.expected),
        },
        "reported": {
            "shares": list(section.missing.reported),
            "uneven": list(section.missing.uneven),
        },
        "heavy": [
            {"metric": one.metric.key, "variant": one.variant, "share": one.share}
            for one in section.heavy
        ],
        "decisions": [_decision(decision) for decision in section.decisions],
        "plan": None if section.sensitivity is None else _sensitivity(section.sensitivity),
        "adjusted_by_earlier_visits_of": section.with_past,
        "winsorised_at": {**section.caps},
        "variants": [_variant(variant) for variant in section.variants],
        "comparisons": [_comparison(comparison) for comparison in section.comparisons],
        "over_time": [
            {
                "metric": course.metric.key,
                "variant": course.variant,
                "points": [{"at": p.at_ms, **_change(p.change)} for p in course.points],
            }
            for course in section.courses
        ],
        "segments": [
            {
                "by": one.dimension,
                "name": one.name,
                "variant": one.variant,
                "units": one.units,
                "relative": _change(one.change),
            }
            for one in section.segments
        ],
    }


def _sensitivity(found: Sensitivity) -> dict[str, Value]:
    return {
        **asdict(found),
        "detectable": found.detectable if math.isfinite(found.detectable) else None,
    }


def _decision(decision: Decision) -> dict[str, Value]:
    return {
        "variant": decision.variant,
        "outcome": decision.outcome,
        "primary": decision.direction,
        "guardrails": [_guarded(one) for one in decision.guarded],
    }


def _guarded(guarded: Guarded) -> dict[str, Value]:
    return {
        "metric": guarded.limit.metric.key,
        "margin": guarded.limit.margin,
        "relative": guarded.limit.relative,
        "state": guarded.state,
        "harm": guarded.harm,
    }


def _variant(variant: VariantReport) -> dict[str, Value]:
    measured: dict[str, Value] = {
        key: {"value": metric.value, "interval": _interval(metric.interval)}
        for key, metric in variant.metrics.items()
    }
    return {
        "name": variant.name,
        "layout": variant.layout,
        "expected_share": variant.expected_share,
        "share": variant.share,
        "units": variant.units,
        **variant.counts,
        "metrics": measured,
    }


def _comparison(comparison: Comparison) -> dict[str, Value]:
    return {
        "metric": comparison.metric.key,
        "variant": comparison.variant,
        "absolute": _change(comparison.absolute),
        "relative": None if comparison.relative is None else _change(comparison.relative),
        "p_value": comparison.p_value,
        "stands_among_all": comparison.stands,
    }


def _change(change: Change) -> dict[str, Value]:
    return {
        "value": change.value,
        "always_valid": _interval(change.always_valid),
        "fixed_horizon": _interval(change.fixed),
    }


def _interval(interval: Interval | None) -> list[Value] | None:
    return None if interval is None else [interval.low, interval.high]
