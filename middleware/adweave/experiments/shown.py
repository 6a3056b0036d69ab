"""How values are written: scaled, with their decimals and their sign."""

from __future__ import annotations

from adweave.experiments.metrics import Metric
from adweave.experiments.statistics import Interval


def scaled(metric: Metric | None, value: float) -> tuple[float, int, str]:
    """The number to show, its decimals and what follows it; None: a relative change."""
    if metric is None or metric.form == "share":
        return value * 100, 1, "%"
    if metric.form in ("per thousand", "money"):
        return value * 1000, 2, ""
    if metric.form == "seconds":
        return value, 1, " s"
    return value, 2 if abs(value) >= 0.1 else 4, ""


def value_shown(metric: Metric, value: float, interval: Interval | None) -> str:
    """A value and half of its interval: `57.7% ± 1.0`."""
    shown, places, sign = scaled(metric, value)
    if interval is None:
        return f"{shown:.{places}f}{sign}"
    half, _, _ = scaled(metric, (interval.high - interval.low) / 2)
    return f"{shown:.{places}f}{sign} \u00b1 {half:.{places}f}"


def signed(metric: Metric | None, value: float) -> str:
    """A change with its sign; what rounds to nothing is +0."""
    shown, places, sign = scaled(metric, value)
    return f"{round(shown, places) + 0.0:+.{places}f}{sign}"


def between(metric: Metric | None, interval: Interval | None) -> str:
    """Both ends of an interval, or a dash."""
    if interval is None:
        return "-"
    return f"{signed(metric, interval.low)} to {signed(metric, interval.high)}"
