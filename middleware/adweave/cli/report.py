"""`adweave report`: an experiment's results as a page of text, or as JSON.

Finds the experiment and the segments and shows what `experiments` worked out; has no
opinion on it but the exit code: 0 done, 1 a split is broken, 2 wrong input, 3 no DuckDB.
"""

from __future__ import annotations

import json
import textwrap
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import click

from adweave.cli.selection import (
    experiment_or_exit,
    placements_option,
    site_or_exit,
    state_folder,
    state_option,
)
from adweave.events import events_folder, segments
from adweave.experiments import (
    COUNTS,
    MIN_UNITS,
    Health,
    Interval,
    Metric,
    Report,
    ReportsUnavailable,
    Section,
    Traffic,
    report_document,
    report_on,
    split_in_words,
    traffic_document,
    traffic_in,
    verdict,
)

WIDTH = 80
LABEL_WIDTH = 31

_COUNT_TITLES = {
    "page_views": "page views",
    "requests": "slots requested",
    "fills": "slots filled",
    "no_fills": "slots without a fill",
    "rendered": "slots rendered",
    "viewable": "slots viewable",
    "clicks": "clicks",
}
_CHANGE_WIDTHS = (9, 20, 20)
_UNIT_TITLES = {"visitor": "visitors", "view": "page views"}
_SECTION_TITLES = {
    "visitor": "Visitors",
    "view": "Page views as units: readers who have no id or gave no consent to one",
}


@click.command()
@click.argument("experiment", required=False)
@placements_option
@state_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of text.")
def report(experiment: str | None, placements: Path, state: Path | None, as_json: bool) -> None:
    """Results of EXPERIMENT, or of those that run; without any, the traffic by layout.

    Exit code 1 says that a split is broken and its results can't be believed.
    """
    site = site_or_exit(placements)
    chosen = (
        [experiment_or_exit(site, experiment)]
        if experiment is not None
        else [one for one in site.experiments.values() if one.is_running]
    )
    state = state_folder(state, placements)
    paths = segments(state)
    try:
        if chosen:
            reports = [report_on(paths, one) for one in chosen]
        else:
            reports = []
            traffic = traffic_in(paths)
    except ReportsUnavailable as error:
        click.echo(error, err=True)
        raise SystemExit(3) from None
    if as_json:
        if experiment is not None:
            document = report_document(reports[0])
        elif reports:
            document = {"experiments": [report_document(one) for one in reports]}
        else:
            document = {"traffic": traffic_document(traffic)}
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    elif reports:
        click.echo("\n\n".join("\n".join(report_lines(one)) for one in reports))
    else:
        click.echo("\n".join(traffic_lines(traffic)))
    if not paths and not as_json:
        click.echo(f"{events_folder(state)} has no event files: name the state by --state DIR.")
    if not all(one.sound for one in reports):
        raise SystemExit(1)


def report_lines(report: Report) -> Iterator[str]:
    """The report as lines of 80 columns at most, the verdict first."""
    yield from textwrap.wrap(verdict(report), WIDTH)
    yield ""
    yield f"{report.experiment.name} ({report.experiment.status}){_span(report.span_ms)}"
    for section in report.sections:
        yield ""
        yield from _section_lines(section)
    yield ""
    yield from _health_lines(report.health)


def traffic_lines(traffic: Traffic) -> Iterator[str]:
    """Traffic by layout, as lines."""
    yield "No experiment is running."
    yield ""
    yield f"Traffic by layout{_span(traffic.span_ms)}"
    yield ""
    for block in _blocks(traffic.layouts):
        yield _row("", [layout.name for layout in block])
        for key in COUNTS:
            yield _row(_COUNT_TITLES[key], [f"{layout.counts[key]:,}" for layout in block])
        rates = [
            f"{layout.counts['viewable'] / layout.counts['rendered']:.1%}"
            if layout.counts["rendered"]
            else "-"
            for layout in block
        ]
        yield _row("viewable rate", rates)
        yield ""
    yield from _health_lines(traffic.health)


def _section_lines(section: Section) -> Iterator[str]:
    yield _SECTION_TITLES[section.unit]
    metrics = list(dict.fromkeys(c.metric for c in section.comparisons))
    for block in _blocks(section.variants):
        yield _row("", [variant.name for variant in block])
        yield _row("layout", [variant.layout for variant in block])
        yield _row(_UNIT_TITLES[section.unit], [f"{variant.units:,}" for variant in block])
        shares = [
            "-" if variant.share is None else f"{variant.share:.2%} of {variant.expected_share:.0%}"
            for variant in block
        ]
        yield _row("share, of configured", shares)
        for key in COUNTS:
            if key == "page_views" and section.unit == "view":
                continue
            yield _row(_COUNT_TITLES[key], [f"{variant.counts[key]:,}" for variant in block])
        for metric in metrics:
            measured = [variant.metrics.get(metric.key) for variant in block]
            cells = ["-" if m is None else _value(metric, m.value, m.interval) for m in measured]
            yield _row(metric.title, cells)
        yield ""
    control, *others = section.variants
    for number, variant in enumerate(others):
        if number:
            yield ""
        compared = [c for c in section.comparisons if c.variant == variant.name]
        if not any((c.relative or c.absolute).fixed for c in compared):
            yield f"  {variant.name}: no intervals below {MIN_UNITS} units in each variant."
            continue
        yield f"  {variant.name} to {control.name}"
        yield _row("", ["change", "whenever you look", "at one set look"], _CHANGE_WIDTHS)
        for comparison in compared:
            change = comparison.relative or comparison.absolute
            form = None if comparison.relative else comparison.metric
            cells = [
                _signed(form, change.value),
                _between(form, change.always_valid),
                _between(form, change.fixed),
            ]
            yield _row(comparison.metric.title, cells, _CHANGE_WIDTHS)
    yield ""
    yield from textwrap.wrap(f"Split: {split_in_words(section)}.", WIDTH)
    if section.crossovers:
        yield from textwrap.wrap(
            f"{section.crossovers:,} saw more than one variant and are left out of all but the "
            "split: weights or seed were changed while it ran, or ids are shared.",
            WIDTH,
        )


def _health_lines(health: Health) -> Iterator[str]:
    left_out = {
        "sent twice": health.doubles,
        "by bots": health.bots,
        "naming an unknown experiment or variant": health.unknown,
        "lost by a store that could not write": health.lost,
    }
    found = [f"{count:,} {what}" for what, count in left_out.items() if count]
    text = f"Data: {health.events:,} events"
    text += f", of them {', '.join(found)}" if found else ""
    text += f"; {health.torn:,} torn lines skipped" if health.torn else ""
    yield from textwrap.wrap(f"{text}.", WIDTH)


Item = TypeVar("Item")


def _blocks(items: Sequence[Item], size: int = 4) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _row(title: str, cells: Sequence[str], widths: Sequence[int] = ()) -> str:
    """A title and right-aligned cells; without widths, the cells share what is left."""
    widths = widths or [min(20, (WIDTH - LABEL_WIDTH) // len(cells))] * len(cells)
    shown = (_cut(cell, width - 1).rjust(width) for cell, width in zip(cells, widths, strict=True))
    return f"{'  ' + title:<{LABEL_WIDTH}}{''.join(shown)}".rstrip()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}\u2026"


def _scaled(metric: Metric | None, value: float) -> tuple[float, int, str]:
    """A value as it is written: scaled, with its decimals and its sign; None: a relative one."""
    if metric is None or metric.form == "share":
        return value * 100, 1, "%"
    if metric.form == "per thousand":
        return value * 1000, 2, ""
    return value, 2 if abs(value) >= 0.1 else 4, ""


def _value(metric: Metric, value: float, interval: Interval | None) -> str:
    shown, places, sign = _scaled(metric, value)
    if interval is None:
        return f"{shown:.{places}f}{sign}"
    half, _, _ = _scaled(metric, (interval.high - interval.low) / 2)
    return f"{shown:.{places}f}{sign} \u00b1 {half:.{places}f}"


def _signed(metric: Metric | None, value: float) -> str:
    shown, places, sign = _scaled(metric, value)
    return f"{shown:+.{places}f}{sign}"


def _between(metric: Metric | None, interval: Interval | None) -> str:
    if interval is None:
        return "-"
    return f"{_signed(metric, interval.low)} to {_signed(metric, interval.high)}"


def _span(span_ms: tuple[int, int] | None) -> str:
    if span_ms is None:
        return ", no events"
    first, last = (time.strftime("%Y-%m-%d %H:%M", time.gmtime(at / 1000)) for at in span_ms)
    return f", {first} to {last} UTC"
