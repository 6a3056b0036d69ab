"""`python -m tests.quality`: the quality table of adweave and of what people use now."""

from __future__ import annotations

import sys
import time

import click

from . import node
from .corpus import corpus_root, pages_of
from .judge import VOICES
from .report import LEGEND, table
from .run import Result, run
from .weavers import WEAVERS


@click.command()
@click.option("--weaver", "names", multiple=True, help="Part of a weaver's name; all by default.")
@click.option("--only", default="", help="Pages whose id contains this.")
@click.option("--processes", default=2, show_default=True)
@click.option("--torture/--no-torture", default=True, help="Include the small hostile pages.")
@click.option(
    "--mozilla/--no-mozilla",
    "with_mozilla",
    default=True,
    help="Also ask Mozilla's Readability (needs node and npm).",
)
@click.option("--fast", is_flag=True, help="Ask no extractors.")
@click.option("--each", is_flag=True, help="A line for each page with a complaint.")
def main(
    names: tuple[str, ...],
    only: str,
    processes: int,
    torture: bool,
    with_mozilla: bool,
    fast: bool,
    each: bool,
) -> None:
    """Weave the corpus with each weaver, judge it, print the tables in Markdown."""
    root = corpus_root()
    if root is None:
        click.echo(
            "no corpus: put it beside the repository as ../shared/corpus, "
            "or name its folder in ADWEAVE_CORPUS",
            err=True,
        )
        sys.exit(3)
    if with_mozilla and (trouble := node.trouble()):
        click.echo(f"Mozilla's Readability is left out: {trouble}", err=True)
        with_mozilla = False
    wanted = [
        name
        for name in WEAVERS
        if (any(part in name for part in names) if names else name != "engine alone")
    ]
    pages = [
        page
        for page in pages_of(root)
        if only in page.id and (torture or page.facts.kind != "torture")
    ]
    click.echo(LEGEND)
    for name in wanted:
        began = time.monotonic()
        voices = () if fast else tuple(VOICES)
        results: list[Result] = list(run(name, pages, root, processes=processes, voices=voices))
        if with_mozilla:
            results = node.added_to(results, name, root)
        click.echo(f"\n## {name}\n\n{table(results)}")
        if each:
            _print_each(results)
        click.echo(f"\n{len(pages)} pages in {time.monotonic() - began:.0f} s", err=True)


def _print_each(results: list[Result]) -> None:
    from .report import badness, complaint

    for result in results:
        if badness(result):
            click.echo(f"{badness(result):6.0f}  {result.page.id}: {complaint(result)}")


if __name__ == "__main__":
    main()
