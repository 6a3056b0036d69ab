"""A report as one page that can be kept or mailed: no script, nothing loaded from elsewhere."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Iterator, Sequence
from html import escape

from adweave.experiments.changes import Changed, Step
from adweave.experiments.health import health_sentences
from adweave.experiments.imported import imported_in_words
from adweave.experiments.metrics import COUNTS, Metric
from adweave.experiments.pictures import Arranged, layout_pictures
from adweave.experiments.plots import Band, course_plot, interval_plot, split_plot
from adweave.experiments.report import Course, Report, Section
from adweave.experiments.shown import between, signed, value_shown
from adweave.experiments.words import UNIT_WORDS, sensitivity_in_words, split_in_words, verdict

_STYLE = """
:root{color-scheme:light dark;--line:#1f5fbf;--soft:#1f5fbf33;--rule:#8884;--other:#b3541e}
body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem}h2{font-size:1.15rem;margin-top:2.5rem}h3{font-size:1rem}
.verdict{font-size:1.15rem;border-left:4px solid var(--line);padding-left:1rem}
.broken{border-color:#c22}table{border-collapse:collapse;width:100%;font-size:.875rem}
th,td{padding:.3rem .5rem;border-bottom:1px solid var(--rule);text-align:right}
th:first-child,td:first-child{text-align:left;font-weight:normal}.wide{overflow-x:auto}
td+td{white-space:nowrap}td:first-child{min-width:9rem}.wide svg{min-width:32rem}
svg{width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:currentColor}
.grid{stroke:var(--rule)}.mark{stroke:currentColor;stroke-dasharray:4 3}.band{fill:var(--soft)}
.line{fill:none;stroke:var(--line);stroke-width:2}.arm1{stroke:var(--other)}
.arm2{stroke:#2a8a4a}.arm3{stroke:#8a4aa8}.dot{fill:var(--line)}.tick{opacity:.7}
.warning{background:#fc03;padding:.5rem 1rem}
.pictures{display:flex;flex-wrap:wrap;gap:1.5rem 2rem}figure{margin:0}figure svg{max-width:100%}
figcaption{font-size:.875rem;opacity:.8}.prose{stroke:#8887;stroke-width:2}.head{fill:currentColor}
.image{fill:#8884;stroke:#8887}.slot{fill:var(--soft);stroke:var(--line);stroke-width:1.5}
.notice{fill:none;stroke:currentColor;stroke-dasharray:3 2}
"""

COUNT_TITLES = {
    "page_views": "page views",
    "requests": "slots requested",
    "fills": "slots filled",
    "no_fills": "slots without a fill",
    "rendered": "slots rendered",
    "viewable": "slots viewable",
    "clicks": "clicks",
}


def report_page(
    report: Report,
    changes: Sequence[Changed] = (),
    pictured: tuple[str, Sequence[Arranged]] | None = None,
    steps: Sequence[Step] = (),
) -> str:
    """The whole page. The report should be a detailed one: else there are no plots over time.

    `pictured` is what a page is called, and what each variant's layout does with it.
    """
    name = escape(report.experiment.name)
    found = escape(verdict(report, changes))
    parts = [
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{name}</title>'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<style>{_STYLE}</style><h1>{name} ({report.experiment.status})</h1>",
        f'<p class="verdict{"" if report.sound else " broken"}">{found}</p>',
    ]
    if report.span_ms:
        first, last = (_day(at) for at in report.span_ms)
        parts.append(f"<p>{first} to {last} UTC</p>")
    for section in report.sections:
        parts.extend(_section(section, report))
    if pictured is not None:
        parts += ["<h2>The layouts</h2>", *layout_pictures(*pictured)]
    control = report.experiment.variants[0].name
    parts.extend(f"<p>{escape(imported_in_words(one, control))}</p>" for one in report.imported)
    parts.append("<h2>Health of the data</h2><ul>")
    parts.extend(f"<li>{escape(one)}</li>" for one in health_sentences(report, changes, steps))
    parts.append("</ul></html>\n")
    return "\n".join(parts)


def _section(section: Section, report: Report) -> Iterator[str]:
    primary = report.outcomes.primary
    yield f"<h2>{section.units:,} {UNIT_WORDS[section.unit]}</h2>"
    if section.sensitivity is not None:
        yield f"<p>{escape(sensitivity_in_words(section.sensitivity))}</p>"
    yield from _values(section)
    for variant in section.variants[1:]:
        yield from _changes(section, variant.name, primary)
    for course in section.courses:
        if len(course.points) < 2:  # nothing over time to see yet
            continue
        marks = [(0.0, "as control"), *_margins(course, report)]
        band = Band(
            [
                (p.at_ms, p.change.value, p.change.always_valid.low, p.change.always_valid.high)
                for p in course.points
                if p.change.always_valid is not None
            ]
        )
        title = f"{course.metric.title}: change in {course.variant}"
        yield f"<h3>{escape(title)}, with its interval as it was at each time</h3>"
        yield course_plot(title, band, marks)
    if section.checkpoints:
        names = [variant.name for variant in section.variants]
        title = f"Share of {UNIT_WORDS[section.unit]} so far"
        yield f"<h3>{title}</h3>"
        yield split_plot(title, section.checkpoints, section.split.test.expected, names)
        yield f"<p>Split: {escape(split_in_words(section))}.</p>"
    yield from _segments(section, primary)


def _margins(course: Course, report: Report) -> Iterator[tuple[float, str]]:
    for limit in report.outcomes.limits:
        if limit.metric is course.metric and limit.relative:
            side = 1 if limit.metric.better == "less" else -1
            yield side * limit.margin, f"your margin, {limit.in_words()}"


def _values(section: Section) -> Iterator[str]:
    heads = "".join(f"<th>{escape(variant.name)}</th>" for variant in section.variants)
    yield f'<div class="wide"><table><tr><th></th>{heads}</tr>'
    yield _row("layout", [variant.layout for variant in section.variants])
    yield _row(UNIT_WORDS[section.unit], [f"{variant.units:,}" for variant in section.variants])
    for key in COUNTS:
        if key == "page_views" and section.unit == "view":
            continue
        yield _row(COUNT_TITLES[key], [f"{variant.counts[key]:,}" for variant in section.variants])
    for metric in dict.fromkeys(c.metric for c in section.comparisons):
        found = [variant.metrics.get(metric.key) for variant in section.variants]
        yield _row(
            metric.title,
            ["-" if m is None else value_shown(metric, m.value, m.interval) for m in found],
        )
    yield "</table></div>"


def _changes(section: Section, name: str, primary: Metric) -> Iterator[str]:
    control = section.variants[0].name
    yield f"<h3>{escape(name)} to {escape(control)}</h3>"
    yield (
        '<div class="wide"><table><tr><th></th><th>change</th><th>whenever you look</th>'
        "<th>at one set look</th><th>stands among all</th></tr>"
    )
    for one in section.comparisons:
        if one.variant != name:
            continue
        form = None if one.is_relative else one.metric
        stands = "decides" if one.metric is primary else "yes" if one.stands else ""
        yield _row(
            one.metric.title,
            [
                signed(form, one.shown.value),
                between(form, one.shown.always_valid),
                between(form, one.shown.fixed),
                stands,
            ],
        )
    yield "</table></div>"


def _segments(section: Section, primary: Metric) -> Iterator[str]:
    if not section.segments:
        return
    yield f"<h3>{escape(primary.title)} by segment</h3>"
    yield (
        '<p class="warning">Not for picking. Among many segments some always look better by '
        "chance; the intervals are widened for their number, and still a segment that was not "
        "named before the start is a question for the next experiment, and no result.</p>"
    )
    for variant in dict.fromkeys(one.variant for one in section.segments):
        rows = []
        for one in section.segments:
            if one.variant != variant:
                continue
            interval = one.change.always_valid
            ends = None if interval is None else (interval.low, interval.high)
            label = textwrap.shorten(f"{one.dimension} {one.name}", 20, placeholder="…")
            rows.append((f"{label} ({one.units:,})", one.change.value, ends))
        yield interval_plot(f"{variant}: {primary.title} by segment", rows)


def _row(title: str, cells: Sequence[str]) -> str:
    return f"<tr><td>{escape(title)}</td>{''.join(f'<td>{escape(c)}</td>' for c in cells)}</tr>"


def _day(at_ms: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(at_ms / 1000))
