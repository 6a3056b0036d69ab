"""`adweave report`: an experiment's results as a page of text, or as JSON.

Finds the experiment and the segments and shows what `experiments` worked out; has no
opinion on it but the exit code: 0 done, 1 a split is broken, 2 wrong input, 3 no DuckDB.
"""

from __future__ import annotations

import json
import textwrap
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import click

from adweave.cli.ends import give_up, refuse
from adweave.cli.pages import read_target, written
from adweave.cli.picturing import arranged, typical_article
from adweave.cli.selection import (
    experiment_or_exit,
    placements_option,
    site_or_exit,
    state_folder,
    state_option,
)
from adweave.events import events_folder, held_still, segments, sums_without_days
from adweave.experiments import (
    COUNT_TITLES,
    COUNTS,
    MIN_UNITS,
    Changed,
    Day,
    ImportFault,
    Report,
    ReportsUnavailable,
    Section,
    Step,
    Traffic,
    between,
    changes_during,
    counts_sentence,
    health_sentences,
    imported_in_words,
    read_revenue,
    report_document,
    report_on,
    report_page,
    sensitivity_in_words,
    signed,
    split_in_words,
    steps_during,
    traffic_document,
    traffic_in,
    value_shown,
    verdict,
)
from adweave.placements import Experiment, History

WIDTH = 80
LABEL_WIDTH = 33

_CHANGE_WIDTHS = (9, 19, 19)
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
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the report of EXPERIMENT with plots to FILE, a page that needs nothing else.",
)
@click.option(
    "--page",
    "pictured",
    metavar="FILE|URL",
    help="With --html: the page that the variants' layouts are drawn on. Default: a typical "
    "article.",
)
@click.option(
    "--revenue",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="CSV or Parquet of what the ad server paid for EXPERIMENT: columns date, placement, "
    "variant, revenue; or an ad server's report by key-values: date, key-values, revenue.",
)
def report(
    experiment: str | None,
    placements: Path,
    state: Path | None,
    as_json: bool,
    page: Path | None,
    pictured: str | None,
    revenue: Path | None,
) -> None:
    """Results of EXPERIMENT, or of those that run; without any, the traffic by layout.

    Exit codes: 0 done, 1 a split is broken and its results can't be believed, 2 wrong input, 3 no
    DuckDB.
    """
    if page is not None and experiment is None:
        raise click.UsageError("--html needs EXPERIMENT: it writes one page of one experiment.")
    if pictured is not None and page is None:
        raise click.UsageError("--page needs --html FILE: layouts are drawn there.")
    if revenue is not None and experiment is None:
        raise click.UsageError("--revenue needs EXPERIMENT: its variants are named in the file.")
    site = site_or_exit(placements)
    drawn_on = typical_article() if pictured is None else read_target(pictured)
    chosen = (
        [experiment_or_exit(site, experiment)]
        if experiment is not None
        else [one for one in site.experiments.values() if one.is_running]
    )
    state = state_folder(state, placements)
    click.get_current_context().with_resource(held_still(state))
    paths = segments(state)
    try:
        if chosen:
            detailed = as_json or page is not None
            money = None if revenue is None else money_in(revenue, chosen[0])
            sums = sums_without_days(state)
            reports = [
                report_on(paths, one, detailed=detailed, revenue=money, sums=sums) for one in chosen
            ]
        else:
            reports = []
            traffic = traffic_in(paths)
    except ReportsUnavailable as error:
        give_up(str(error))
    changes = [changes_of(state, one) for one in reports]
    steps = [steps_during(one.experiment, site.settings, one.span_ms or (0, 0)) for one in reports]
    if page is not None:
        pictures = (drawn_on.target, arranged(site, chosen[0], drawn_on))
        written(page, report_page(reports[0], changes[0], pictures, steps[0]))
        click.echo(f"{page} written.", err=True)
    if as_json:
        documents = [report_document(*one) for one in zip(reports, changes, steps, strict=True)]
        if experiment is not None:
            document = documents[0]
        elif reports:
            document = {"experiments": [*documents]}
        else:
            document = {"traffic": traffic_document(traffic)}
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    elif reports:
        told = [report_lines(*one) for one in zip(reports, changes, steps, strict=True)]
        click.echo("\n\n".join(map("\n".join, told)))
    else:
        click.echo("\n".join(traffic_lines(traffic)))
    if not paths and not as_json:
        click.echo(f"{events_folder(state)} has no event files: name the state by --state DIR.")
    if not all(one.sound for one in reports):
        raise SystemExit(1)


def changes_of(state: Path, report: Report) -> tuple[Changed, ...]:
    """What was changed while it ran; where the history can't be read, that is said."""
    if report.span_ms is None:
        return ()
    try:
        return changes_during(History(state), report.experiment.name, report.span_ms)
    except OSError as error:
        click.echo(
            f"What was changed while {report.experiment.name} ran is not known: "
            f"{error.filename or state} cannot be read: {error.strerror}.",
            err=True,
        )
        return ()


def money_in(path: Path, experiment: Experiment) -> Mapping[Day, float]:
    """The file's money; says what is wrong with it and ends with 2 where it can't be used."""
    try:
        return read_revenue(path, [variant.name for variant in experiment.variants])
    except ImportFault as fault:
        refuse(f"{fault}.")


def report_lines(
    report: Report, changes: Sequence[Changed] = (), steps: Sequence[Step] = ()
) -> Iterator[str]:
    """The report as lines of 80 columns at most, the verdict first."""
    yield from textwrap.wrap(verdict(report, changes), WIDTH)
    yield ""
    yield f"{report.experiment.name} ({report.experiment.status}){_span(report.span_ms)}"
    for section in report.sections:
        yield ""
        yield from _section_lines(section)
    for one in report.imported:
        yield ""
        yield from textwrap.wrap(imported_in_words(one, report.experiment.variants[0].name), WIDTH)
    yield ""
    yield from _health_lines(health_sentences(report, changes, steps))


def traffic_lines(traffic: Traffic) -> Iterator[str]:
    """Traffic by layout, as lines."""
    yield "No experiment is running."
    yield ""
    yield f"Traffic by layout{_span(traffic.span_ms)}"
    yield ""
    for block in _blocks(traffic.layouts):
        yield _row("", [layout.name for layout in block])
        for key in COUNTS:
            yield _row(COUNT_TITLES[key], [f"{layout.counts[key]:,}" for layout in block])
        rates = [
            f"{layout.counts['viewable'] / layout.counts['rendered']:.1%}"
            if layout.counts["rendered"]
            else "-"
            for layout in block
        ]
        yield _row("viewable rate", rates)
        yield ""
    yield from _health_lines([counts_sentence(traffic.health)])


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
            yield _row(COUNT_TITLES[key], [f"{variant.counts[key]:,}" for variant in block])
        for metric in metrics:
            measured = [variant.metrics.get(metric.key) for variant in block]
            cells = [
                "-" if m is None else value_shown(metric, m.value, m.interval) for m in measured
            ]
            yield _row(metric.title, cells)
        yield ""
    control, *others = section.variants
    for number, variant in enumerate(others):
        if number:
            yield ""
        compared = [c for c in section.comparisons if c.variant == variant.name]
        if not any(c.shown.fixed for c in compared):
            yield f"  {variant.name}: no intervals below {MIN_UNITS} units in each variant."
            continue
        yield f"  {variant.name} to {control.name}"
        yield _row("", ["change", "whenever you look", "at one set look"], _CHANGE_WIDTHS)
        for comparison in compared:
            change = comparison.shown
            form = None if comparison.is_relative else comparison.metric
            cells = [
                signed(form, change.value),
                between(form, change.always_valid),
                between(form, change.fixed),
            ]
            mark = "* " if comparison.stands else ""
            yield _row(f"{mark}{comparison.metric.title}", cells, _CHANGE_WIDTHS)
    if any(comparison.stands for comparison in section.comparisons):
        yield "  * stands among all metrics but the deciding one (Holm, 5 % together)"
    yield ""
    yield from textwrap.wrap(f"Split: {split_in_words(section)}.", WIDTH)
    if section.sensitivity is not None:
        yield from textwrap.wrap(sensitivity_in_words(section.sensitivity), WIDTH)


def _health_lines(sentences: Iterable[str]) -> Iterator[str]:
    for sentence in sentences:
        yield from textwrap.wrap(sentence, WIDTH, subsequent_indent="  ")


Item = TypeVar("Item")


def _blocks(items: Sequence[Item], size: int = 4) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _row(title: str, cells: Sequence[str], widths: Sequence[int] = ()) -> str:
    """A title and right-aligned cells; without widths, the cells share what is left."""
    widths = widths or [min(20, (WIDTH - LABEL_WIDTH) // len(cells))] * len(cells)
    shown = (_cut(cell, width - 1).rjust(width) for cell, width in zip(cells, widths, strict=True))
    label = _cut(f"  {title}", LABEL_WIDTH)
    return f"{label:<{LABEL_WIDTH}}{''.join(shown)}".rstrip()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}\u2026"


def _span(span_ms: tuple[int, int] | None) -> str:
    if span_ms is None:
        return ", no events"
    first, last = (time.strftime("%Y-%m-%d %H:%M", time.gmtime(at / 1000)) for at in span_ms)
    return f", {first} to {last} UTC"
