"""`adweave diff`: what a change of the configuration does to pages, before it is made."""

from __future__ import annotations

import contextlib
import json
import sys
import textwrap
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from adweave.cli.ends import refuse
from adweave.cli.pages import ended, one_at_most_on_stdout, written
from adweave.cli.selection import placements_option, state_folder, state_option
from adweave.page import VIEWPORTS
from adweave.review import (
    MOST_PAGES,
    Comparison,
    NoState,
    NotRead,
    PageChange,
    Pair,
    SlotChange,
    State,
    Target,
    Totals,
    changed_files,
    compared,
    comparison_page,
    opened,
    read_page_at,
    targets_of,
    where_of,
)

_WIDTH = 80
_LISTED = 20
_SAY_EVERY_S = 5.0


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.argument("names", metavar="[URL|FILE|FOLDER|SITEMAP|FEED]...", nargs=-1)
@placements_option
@state_option
@click.option("--limit", type=click.IntRange(min=1), help="At most so many pages.")
@click.option(
    "--jobs", type=click.IntRange(min=1), help="So many processes. Default: one for each core."
)
@click.option("--no-lint", is_flag=True, help="Leave the linter out; twice as fast.")
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object: files, totals, pages, faults."
)
@click.option(
    "--html", "html_file", metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Write the changed pages before and after, side by side.",
)  # fmt: skip
def diff(
    old: str,
    new: str,
    names: tuple[str, ...],
    placements: Path,
    state: Path | None,
    limit: int | None,
    jobs: int | None,
    no_lint: bool,
    as_json: bool,
    html_file: Path | None,
) -> None:
    """Compare what two states of the placements do to pages.

    OLD and NEW are folders, ids of `adweave history`, or git revisions of the folder that
    --placements names. Pages are URLs, files, folders of stored pages, sitemaps and feeds; each
    is tried under both states: slots added, moved and removed, pages that lose all their slots,
    new findings of the linter. Without pages, the files that differ are shown.

    \b
      adweave diff HEAD placements https://www.example.org/sitemap.xml --limit 200
      adweave diff 1f3a 9bc2 stored-pages/ --html diff.html

    Exit codes: 0 nothing changes, 1 something does, 2 wrong input or no page that can be compared,
    3 a page can't be had.
    """
    one_at_most_on_stdout(json=as_json, html=str(html_file) == "-")
    kept = state_folder(state, placements)
    with _opened(old, placements, kept) as before, _opened(new, placements, kept) as after:
        files = changed_files(before, after)
        try:
            targets = targets_of(names, limit=limit)
        except NotRead as fault:
            raise ended(fault) from None
        if names and not targets:
            refuse("There is no page in what was named.")
        pages = _compared(targets, before, after, jobs, lints=not no_lint)
        totals = Totals.of(pages)
        if html_file is not None:
            written(html_file, _html(targets, pages, totals, before, after))
        if as_json:
            document = _document(before, after, files, totals, pages)
            click.echo(json.dumps(document, ensure_ascii=False, indent=2))
        elif str(html_file) != "-":
            _print(before, after, files, totals, pages, has_pages=bool(names))
    is_away = any(page.is_away for page in pages)
    if pages and totals.faults == len(pages):
        raise SystemExit(3 if is_away else 2)
    if totals.changed or (not names and files):
        raise SystemExit(1)
    if is_away:
        raise SystemExit(3)


@contextlib.contextmanager
def _opened(name: str, placements: Path, state: Path) -> Iterator[State]:
    try:
        with opened(name, placements, state) as found:
            yield found
    except NoState as fault:
        refuse(f"{fault}.", fault.problems)


def _compared(
    targets: Sequence[Target], before: State, after: State, jobs: int | None, *, lints: bool
) -> list[PageChange]:
    progress = _Progress(len(targets))
    found: list[PageChange | None] = [None] * len(targets)
    for number, change in compared(targets, before.folder, after.folder, jobs=jobs, lints=lints):
        found[number] = change
        progress.step()
    progress.end()
    return [change for change in found if change is not None]


class _Progress:
    """How far it is, on standard error: one line that is written over, or one now and then."""

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0
        self._started = self._said = time.monotonic()
        self._is_live = sys.stderr.isatty()

    def step(self) -> None:
        """One page more."""
        self._done += 1
        now = time.monotonic()
        if now - self._said < (0.1 if self._is_live else _SAY_EVERY_S):
            return
        self._said = now
        rate = self._done / (now - self._started)
        left = (self._total - self._done) / rate
        line = f"{self._done} of {self._total} pages, {rate:.0f} a second, {left:.0f} s left"
        click.echo(f"\r{line:<60}" if self._is_live else line, err=True, nl=not self._is_live)

    def end(self) -> None:
        """Leave the line to what follows."""
        if self._is_live and self._total:
            click.echo(f"\r{'':<60}\r", err=True, nl=False)


def _html(
    targets: Sequence[Target],
    pages: Sequence[PageChange],
    totals: Totals,
    before: State,
    after: State,
) -> str:
    """The changed pages, those that lose all their slots first."""
    by_name = {target.address: target for target in targets}
    changed = sorted(
        (page for page in pages if page.is_changed and not page.fault),
        key=lambda page: (not page.loses_all, -len(page.changes)),
    )
    comparison = Comparison(before.site, after.site)
    pairs: list[Pair] = []
    for change in changed[:MOST_PAGES]:
        target = by_name[change.target]
        with contextlib.suppress(NotRead):  # it was there a moment ago
            page = read_page_at(target.address, target.path)
            old, new, again = comparison.outcomes(page)
            if old is not None and new is not None:
                pairs.append(Pair(page, old, new, again))
    return comparison_page(pairs, totals, before.label, after.label)


# -- what is printed -----------------------------------------------------------------------


def _print(
    before: State,
    after: State,
    files: Mapping[str, list[str]],
    totals: Totals,
    pages: Sequence[PageChange],
    *,
    has_pages: bool,
) -> None:
    if not has_pages:
        _print_files(files, before, after)
        return
    changed = [page for page in pages if page.is_changed and not page.fault]
    for page in changed[:_LISTED]:
        for line in _page_lines(page):
            click.echo(line)
    if len(changed) > _LISTED:
        click.echo(f"... and {len(changed) - _LISTED} more pages; --json has them all.")
    if changed:
        click.echo()
    for page in pages:
        if page.fault:
            click.echo(f"not compared: {page.target}: {page.fault}", err=True)
    for line in _total_lines(totals, before, after):
        click.echo(line)


def _print_files(files: Mapping[str, list[str]], before: State, after: State) -> None:
    if not files:
        click.echo(f"{before.label} and {after.label} have the same files.")
        return
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for path, lines in files.items():
        if not lines:
            click.echo(f"{path} differs; it is too long to show, or no text")
        for line in lines:
            click.echo(click.style(line, fg=colours.get(line[:1])))
    many = "1 file differs" if len(files) == 1 else f"{len(files)} files differ"
    click.echo(f"\n{many}. Name pages to see what that does to them.")


def _page_lines(page: PageChange) -> Iterator[str]:
    counts = ", ".join(
        f"{v.name} {page.old.slots[v.name]} -> {page.new.slots[v.name]}" for v in VIEWPORTS
    )
    yield from textwrap.wrap(f"{page.target}: {counts}", _WIDTH, subsequent_indent="  ")
    if page.old.reason != page.new.reason:
        was, now = (
            f"passed ({side.reason})" if side.reason else "woven" for side in (page.old, page.new)
        )
        yield f"    {was}, now {now}"
    if page.old.layouts != page.new.layouts:
        was, now = (", ".join(side.layouts) or "none" for side in (page.old, page.new))
        yield f"    layout {was}, now {now}"
    for change in page.changes:
        yield f"    {_signs(change)} {change.placement} {where_of(change)}{_only(change)}"
    for finding in page.findings:
        yield from textwrap.wrap(
            f"! lint: {finding}", _WIDTH, initial_indent="    ", subsequent_indent="      "
        )


def _signs(change: SlotChange) -> str:
    sign = {"added": "+", "removed": "-", "moved": "~"}[change.kind]
    colour = {"added": "green", "removed": "red", "moved": "yellow"}[change.kind]
    return click.style(sign, fg=colour)


def _only(change: SlotChange) -> str:
    return "" if len(change.viewports) == len(VIEWPORTS) else f", {change.viewports[0]} only"


def _total_lines(totals: Totals, before: State, after: State) -> Iterator[str]:
    yield f"{before.label} -> {after.label}"
    pages = "1 page" if totals.pages == 1 else f"{totals.pages} pages"
    faults = f", {totals.faults} not compared" if totals.faults else ""
    yield f"{pages}, {totals.changed} changed{faults}"
    kinds = totals.kinds
    yield f"slots: {kinds['added']} added, {kinds['removed']} removed, {kinds['moved']} moved"
    for v in VIEWPORTS:
        old, new = totals.old_slots[v.name], totals.new_slots[v.name]
        yield f"  on {v.name}: {old} -> {new} ({new - old:+d})"
    for what, names in (("lose all their slots", totals.lost), ("get their first", totals.gained)):
        if names:
            yield f"pages that {what}: {len(names)}"
            yield from (f"  {name}" for name in names[:_LISTED])
            if len(names) > _LISTED:
                yield f"  ... and {len(names) - _LISTED} more"
    if totals.findings:
        found = ", ".join(f"{count} {rule}" for rule, count in sorted(totals.findings.items()))
        yield from textwrap.wrap(f"new lint findings: {found}", _WIDTH, subsequent_indent="  ")


def _document(
    before: State,
    after: State,
    files: Mapping[str, list[str]],
    totals: Totals,
    pages: Sequence[PageChange],
) -> dict[str, object]:
    return {
        "old": {"label": before.label, "generation": before.site.generation},
        "new": {"label": after.label, "generation": after.site.generation},
        "files": dict(files),
        "totals": {
            "pages": totals.pages,
            "changed": totals.changed,
            "not_compared": totals.faults,
            "added": totals.kinds["added"],
            "removed": totals.kinds["removed"],
            "moved": totals.kinds["moved"],
            "slots": {
                v.name: {"old": totals.old_slots[v.name], "new": totals.new_slots[v.name]}
                for v in VIEWPORTS
            },
            "lose_all_slots": totals.lost,
            "get_first_slots": totals.gained,
            "new_findings": dict(totals.findings),
        },
        "pages": [_page_object(page) for page in pages if page.is_changed and not page.fault],
        "faults": [{"target": p.target, "why": p.fault} for p in pages if p.fault],
    }


def _page_object(page: PageChange) -> dict[str, object]:
    return {
        "target": page.target,
        **{
            name: {
                "layouts": list(side.layouts),
                "reason": side.reason,
                "slots": dict(side.slots),
                "language": side.language or None,
            }
            for name, side in (("old", page.old), ("new", page.new))
        },
        "kept": page.kept,
        "changes": [
            {
                "kind": change.kind,
                "placement": change.placement,
                "layout": change.layout,
                "viewports": list(change.viewports),
                "old_px": None if change.old is None else round(change.old),
                "new_px": None if change.new is None else round(change.new),
            }
            for change in page.changes
        ],
        "new_findings": list(page.findings),
        "mended_findings": list(page.mended),
    }
