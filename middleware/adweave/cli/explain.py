"""`adweave explain`: where a page gets slots, where it gets none, and why.

Goes the same way as a request: the engine plans the page and notes what it found out; the
verdicts on the gaps are worked out only here.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from adweave.cli.ends import meant
from adweave.cli.explanation import as_object, as_text
from adweave.cli.pages import one_at_most_on_stdout, read_target, written
from adweave.cli.selection import placements_option, site_or_exit
from adweave.placements import Delivery, Site
from adweave.review import NotAPage, Page, Reader, explanation_of, explanation_page


@click.command()
@click.argument("target", metavar="URL|FILE")
@placements_option
@click.option("--layout", "layout_name", metavar="NAME", help="As if the page had this layout.")
@click.option("--path", metavar="PATH", help="The page's path on the site, for a file.")
@click.option(
    "--header", "headers", multiple=True, metavar="FIELD",
    help="A field of the reader's request, like 'Cookie: member=1'; may be repeated.",
)  # fmt: skip
@click.option(
    "--at",
    metavar="TIME",
    help="When the reader asks, for schedules: 2026-03-29T02:30 (UTC without a zone).",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, positions in px.")
@click.option(
    "--html", "html_file", metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Write the page itself with blocks, gaps, slots and distances drawn over it.",
)  # fmt: skip
def explain(
    target: str,
    placements: Path,
    layout_name: str | None,
    path: str | None,
    headers: tuple[str, ...],
    at: str | None,
    as_json: bool,
    html_file: Path | None,
) -> None:
    """Where the page gets slots, where it gets none, and why.

    Shows the article's blocks in reading order and, between them, every gap with its distance
    from the article's start and what each placement says of it: a slot, or the rule that
    refuses it with the distance needed and the distance there. Below stands the smallest change
    of the configuration that would turn it.

    Exit codes: 0 the page gets slots, 1 it gets none, 2 wrong input, 3 the URL can't be reached.
    """
    one_at_most_on_stdout(json=as_json, html=str(html_file) == "-")
    site = site_or_exit(placements)
    page = read_target(target, path)
    try:
        delivery = _delivery(site, page, layout_name)
        explanation = explanation_of(page, site, delivery, reader=_reader(headers, at))
    except NotAPage as fault:
        raise click.UsageError(str(fault)) from None
    if html_file is not None:
        written(html_file, explanation_page(explanation))
    if as_json:
        click.echo(json.dumps(as_object(explanation), ensure_ascii=False, indent=2))
    elif str(html_file) != "-":
        click.echo(as_text(explanation))
    if explanation.passed == "already-woven":
        advice = "It came through adweave: name its address at the upstream, or a file."
        click.echo(advice, err=True)
    if not explanation.has_slots:
        raise SystemExit(1)


def _reader(headers: tuple[str, ...], at: str | None) -> Reader:
    fields = []
    for header in headers:
        name, colon, value = header.partition(":")
        if not colon or not name.strip():
            raise click.BadParameter(
                f'"{header}" is no field; write it like "Cookie: member=1"', param_hint="--header"
            )
        fields.append((name.strip().lower().encode("latin-1", "replace"), value.strip().encode()))
    if at is None:
        return Reader(fields=tuple(fields))
    try:
        time = datetime.fromisoformat(at)
    except ValueError:
        raise click.BadParameter(
            f'"{at}" is no time; write it like 2026-03-29T02:30', param_hint="--at"
        ) from None
    return Reader(fields=tuple(fields), now=time.replace(tzinfo=time.tzinfo or UTC).timestamp())


def _delivery(site: Site, page: Page, layout_name: str | None) -> Delivery | None:
    """The layout that is named; None where the request decides."""
    if layout_name is not None:
        layout = site.layouts.get(layout_name)
        if layout is None:
            hint = meant(layout_name, site.layouts)
            raise click.BadParameter(f'No layout is named "{layout_name}". {hint}')
        return Delivery((layout,))
    if site.delivery_for(page.path) is None:
        raise click.UsageError(
            f"no layout wants the path {page.path}: add a pattern to a layout's `pages`, or see "
            "what a layout would do by --layout NAME"
        )
    return None
