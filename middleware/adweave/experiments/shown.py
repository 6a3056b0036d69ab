"""How values are written: scaled, with their decimals and their sign."""

from __future__ import annotations

from adweave.experiments.metrics import PER_1000, Metric
from adweave.experiments.statistics import Interval


def scaled(metric: Metric | None, value: float) -> tuple[float, int, str]:
    """The number to show, its decimals and what follows it; None: a relative change."""
    if metric is None or metric.form == "share":
        return value * 100, 1, "%"
    if metric.form in PER_1000:
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


def amount(metric: Metric, value: float) -> str:
    """How much of a metric a difference is, without a sign: `0.25`; of a share, `1.5 points`."""
    shown, places, sign = scaled(metric, abs(value))
    return f"{shown:.{places}f}{' points' if sign == '%' else sign}"


def signed(metric: Metric | None, value: float) -> str:
    """A change with its sign; what rounds to nothing is +0."""
    shown, places, sign = scaled(metric, value)
    return f"{round(shown, places) + 0.0:+.{places}f}{sign}"


def between(metric: Metric | None, interval: Interval | None) -> str:
    """Both ends of an interval, or a dash."""
    if interval is None:
        return "-"
    return f"{signed(metric, interval.low)} to {signed(metric, interval.high)}"
