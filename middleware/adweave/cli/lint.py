"""`adweave lint`: ads of any page, judged by where they stand and how they are marked."""

from __future__ import annotations

import contextlib
import json
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from adweave.cli.ends import give_up
from adweave.cli.pages import junit_option, one_at_most_on_stdout, read_target, written
from adweave.cli.selection import site_or_exit
from adweave.placements import Layout, Site
from adweave.review import Page, woven
from adweave.review.lint import (
    DEFAULT_LAYOUT,
    RULES,
    Finding,
    Level,
    LintReport,
    Measure,
    NoBrowser,
    as_junit,
    as_object,
    as_sarif,
    lens,
    lint_page,
)

_WIDTH = 80
_COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow"}
_DEFAULT_FOLDER = Path("placements")


@click.command()
@click.argument("targets", metavar="URL|FILE...", nargs=-1, required=True)
@click.option(
    "--placements",
    type=click.Path(path_type=Path),
    envvar="ADWEAVE_PLACEMENTS",
    metavar="DIR",
    help="Judge by the distances of this folder's layouts (or ADWEAVE_PLACEMENTS). Default: "
    "./placements if it is there, else the built-in distances.",
)
@click.option(
    "--weave", is_flag=True, help="Weave each page by the placements first, and judge the result."
)
@click.option(
    "--browser",
    is_flag=True,
    help="Lay pages out in Chromium instead of estimating heights; needs adweave[browser].",
)
@click.option(
    "--ignore",
    "ignored",
    multiple=True,
    type=click.Choice(sorted(RULES)),
    metavar="RULE",
    help="A rule to leave out; may be repeated.",
)
@click.option("--path", metavar="PATH", help="The page's path on the site, for one file.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, one per page.")
@click.option(
    "--sarif",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Write a SARIF 2.1.0 log for code scanning; - for standard output.",
)
@junit_option
@click.option("--rules", is_flag=True, is_eager=True, expose_value=False, callback=lambda c, p, v: (
    _print_rules(c) if v else None), help="List the rules with their sources.")  # fmt: skip
def lint(
    targets: tuple[str, ...],
    placements: Path | None,
    weave: bool,
    browser: bool,
    ignored: tuple[str, ...],
    path: str | None,
    as_json: bool,
    sarif: Path | None,
    junit: Path | None,
) -> None:
    """Find what is wrong with the ads of any page: yours or another's, woven or not.

    Knows adweave's slots, Google Publisher Tag, AdSense, Taboola, Outbrain, Prebid's ad units,
    frames of known ad servers, and what is called an ad. Judges, on mobile and on desktop, how
    much room ads take, how near they stand to each other, to headings, images and the article's
    ends, whether height is kept for them, and how they are labelled. Each finding names its
    rule, the place in the page and what to do.

    Exit codes: 0 nothing found, 1 findings, 2 wrong input or no page that can be judged, 3 a page
    or the browser can't be had.
    """
    if path is not None and len(targets) > 1:
        raise click.UsageError("--path is for one page; there are several.")
    one_at_most_on_stdout(json=as_json, sarif=str(sarif) == "-", junit=str(junit) == "-")
    is_text = not as_json and str(sarif) != "-" and str(junit) != "-"
    site = _site(placements, is_needed=weave)
    reports = []
    with _measuring(browser) as measure:
        for target in targets:
            page = read_target(target, path)
            layout = _layout(site, page)
            if weave and site is not None:
                page = woven(page, site)
            report = lint_page(page, layout, ignored=ignored, measure=measure)
            reports.append(report)
            if as_json:
                click.echo(json.dumps(as_object(report), ensure_ascii=False))
            elif is_text:
                _print(report, is_first=len(reports) == 1)
    if sarif is not None:
        written(sarif, json.dumps(as_sarif(reports), ensure_ascii=False, indent=2))
    if junit is not None:
        written(junit, as_junit(reports))
    if is_text:
        click.echo(_summary(reports))
    if any(report.findings for report in reports):
        raise SystemExit(1)
    if all(report.passed is not None for report in reports):
        raise SystemExit(2)


@contextlib.contextmanager
def _measuring(browser: bool) -> Iterator[Measure | None]:
    if not browser:
        yield None
        return
    try:
        with lens() as found:
            yield found.measured
    except NoBrowser as fault:
        give_up(f"{fault}.")


def _site(placements: Path | None, *, is_needed: bool) -> Site | None:
    if placements is None and not is_needed and not _DEFAULT_FOLDER.is_dir():
        return None
    return site_or_exit(placements or _DEFAULT_FOLDER)


def _layout(site: Site | None, page: Page) -> Layout:
    delivery = site.delivery_for(page.path) if site is not None else None
    return DEFAULT_LAYOUT if delivery is None else delivery.layout


def _print(report: LintReport, *, is_first: bool) -> None:
    if not is_first:
        click.echo()
    click.echo("\n".join(textwrap.wrap(_heading(report), _WIDTH, subsequent_indent="  ")))
    for finding in report.findings:
        for line in _lines(report.target, finding):
            click.echo(line)


def _heading(report: LintReport) -> str:
    if report.passed is not None:
        return f"{report.target}: not judged, the page can't be read ({report.passed})"
    count = sum(number for _, number in report.vendors)
    if not count:
        return f"{report.target}: no ads found"
    sold = ", ".join(f"{number} {vendor}" for vendor, number in report.vendors)
    shares = ", ".join(f"{share.value:.0%} on {share.viewport}" for share in report.shares)
    room = f"; share of the main content's height: {shares}" if shares else ""
    note = f". {report.note}" if report.note else ""
    ads = "1 ad" if count == 1 else f"{count} ads"
    return f"{report.target}: {ads} ({sold}){room}{note}"


def _lines(target: str, finding: Finding) -> list[str]:
    level = click.style(finding.level.value, fg=_COLOURS[finding.level])
    where = f" ({finding.viewport})" if finding.viewport else ""
    first = f"{target}:{finding.line}:{finding.col}: {level}: {finding.rule}{where}"
    text = f"{finding.ad}: {finding.message}"
    return [first, *_indented(text), *_indented(f"fix: {finding.fix}")]


def _indented(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="    ", subsequent_indent="    ")


def _summary(reports: Sequence[LintReport]) -> str:
    findings = [finding for report in reports for finding in report.findings]
    judged = sum(report.passed is None for report in reports)
    pages = "1 page" if judged == 1 else f"{judged} pages"
    left = f"; {len(reports) - judged} not judged" if judged < len(reports) else ""
    how = "laid out in Chromium" if any(r.is_measured for r in reports) else "heights estimated"
    if not findings:
        return f"{pages}, nothing found ({how}){left}."
    levels = Counter(finding.level for finding in findings)
    parts = [
        f"{levels[level]} {level.value}{'' if levels[level] == 1 else 's'}"
        for level in Level
        if levels[level]
    ]
    broken = sum(report.breaks_better_ads for report in reports)
    better = f"; {broken} of them over the Better Ads density" if broken else ""
    return f"{pages}: {' and '.join(parts)} ({how}){better}{left}."


def _print_rules(context: click.Context) -> None:
    for rule in RULES.values():
        click.echo(f"{rule.id} ({rule.level.value})")
        for text in (rule.summary, f"Source: {rule.source}", f"Fix: {rule.fix}"):
            click.echo(textwrap.fill(text, _WIDTH, initial_indent="  ", subsequent_indent="    "))
    context.exit()
