"""`adweave explain`: where a page gets slots, where it gets none, and why.

Goes the same way as a request: the engine plans the page and notes what it found out; the
verdicts on the gaps are worked out only here.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from adweave.cli.explanation import as_object, as_text
from adweave.cli.pages import read_target
from adweave.cli.selection import placements_option, site_or_exit
from adweave.placements import Delivery, Site
from adweave.review import NotAPage, Page, explanation_of


@click.command()
@click.argument("target", metavar="URL|FILE")
@placements_option
@click.option("--layout", "layout_name", metavar="NAME", help="As if the page had this layout.")
@click.option("--path", metavar="PATH", help="The page's path on the site, for a file.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, positions in px.")
def explain(
    target: str, placements: Path, layout_name: str | None, path: str | None, as_json: bool
) -> None:
    """Where the page gets slots, where it gets none, and why.

    Shows the article's blocks in reading order and, between them, every gap with its distance
    from the article's start and what each placement says of it: a slot, or the rule that
    refuses it with the distance needed and the distance there.

    Exit codes: 0 the page gets slots, 1 it gets none, 2 wrong input, 3 the URL can't be reached.
    """
    site = site_or_exit(placements)
    page = read_target(target, path)
    try:
        explanation = explanation_of(page, site, _delivery(site, page, layout_name))
    except NotAPage as fault:
        raise click.UsageError(str(fault)) from None
    if as_json:
        click.echo(json.dumps(as_object(explanation), ensure_ascii=False, indent=2))
    else:
        click.echo(as_text(explanation))
    if not explanation.has_slots:
        raise SystemExit(1)


def _delivery(site: Site, page: Page, layout_name: str | None) -> Delivery:
    if layout_name is not None:
        layout = site.layouts.get(layout_name)
        if layout is None:
            names = ", ".join(f'"{name}"' for name in sorted(site.layouts))
            raise click.BadParameter(f'no layout is named "{layout_name}"; there are {names}')
        return Delivery((layout,))
    delivery = site.delivery_for(page.path)
    if delivery is None:
        raise click.UsageError(
            f"no layout wants the path {page.path}: add a pattern to a layout's `pages`, or see "
            "what a layout would do by --layout NAME"
        )
    return delivery
