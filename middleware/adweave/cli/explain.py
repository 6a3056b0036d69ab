"""`adweave explain`: where a page gets slots, where it gets none, and why.

Goes the same way as a request: the engine plans the page and notes what it found out; the
verdicts on the gaps are worked out only here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import click

from adweave.cli.explanation import Explanation, LayoutExplanation, as_object, as_text
from adweave.cli.pages import Page, read_target
from adweave.cli.selection import placements_option, site_or_exit
from adweave.http import (
    REASONS,
    VERSION,
    CodingDoubt,
    Counts,
    Engine,
    Findings,
    PageHead,
    PagePassed,
    Weaver,
    decoded,
)
from adweave.layout import verdicts_for
from adweave.placements import Delivery, Site


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
    explanation = explanation_of(page, site, _delivery(site, page, layout_name))
    if as_json:
        click.echo(json.dumps(as_object(explanation), ensure_ascii=False, indent=2))
    else:
        click.echo(as_text(explanation))
    if not explanation.has_slots:
        raise SystemExit(1)


def explanation_of(page: Page, site: Site, delivery: Delivery) -> Explanation:
    """What the engine finds out about the page, with the verdicts of each of its layouts.

    Goes by the answer's header fields first, as the gateway does.
    """
    findings = Findings()
    passed, detail = None, ""
    try:
        engine, body, head = _candidate(page, site, delivery)
        engine.plan(body, head, findings)
    except PagePassed as refusal:
        passed = refusal.reason
        detail = refusal.detail or REASONS[passed]
    note = ""
    if delivery.experiment is not None:
        arms = ", ".join(f'{v.name} gets "{v.layout}"' for v in delivery.experiment.variants)
        note = f'experiment "{delivery.experiment.name}" is running: {arms}'
    plans = {plan.layout: plan for plan in findings.plans}
    layouts = {layout.name: layout for layout in delivery.layouts}
    outline = findings.outline
    return Explanation(
        target=page.target,
        size=len(page.body),
        findings=findings,
        layouts=tuple(
            LayoutExplanation(
                name,
                plans.get(name),
                verdicts_for(outline, layout, without=findings.without) if outline else (),
            )
            for name, layout in layouts.items()
        ),
        passed=passed,
        passed_detail=detail,
        note=note,
    )


@dataclass(frozen=True, slots=True)
class _InForce:
    """The configuration of a command: one site, for as long as it runs."""

    site: Site


def _candidate(page: Page, site: Site, delivery: Delivery) -> tuple[Engine, bytes, PageHead]:
    """What the page's head leaves to plan, its content coding taken off.

    Raises `PagePassed`, and `click.UsageError` for an answer that is no page.
    """
    weaver = Weaver(_InForce(site), version=VERSION, counts=Counts())
    found = weaver.consider("GET", page.path, 200, page.fields, page.origin, delivery)
    if found is None:
        kind = dict(page.fields).get(b"content-type", b"nothing").decode("latin-1")
        raise click.UsageError(f"{page.target} is no HTML page: its Content-Type is {kind}")
    if isinstance(found, str):
        raise PagePassed(found)
    if not page.is_whole:
        raise PagePassed("cut", "fewer bytes came than Content-Length announces")
    try:
        return (
            found.engine,
            decoded(page.body, found.coding, found.engine.max_body_bytes),
            found.head,
        )
    except CodingDoubt as doubt:
        raise PagePassed(doubt.reason) from doubt


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
