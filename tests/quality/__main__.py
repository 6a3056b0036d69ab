"""`python -m tests.quality`: the quality table of adweave and of what people use now."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from . import node
from .corpus import corpus_root, pages_of
from .document import document
from .judge import VOICES
from .report import LEGEND, table
from .run import Result, side_by_side
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
@click.option(
    "--write",
    "page_to_write",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write the page for readers here; asks every weaver and extractor.",
)
def main(
    names: tuple[str, ...],
    only: str,
    processes: int,
    torture: bool,
    with_mozilla: bool,
    fast: bool,
    each: bool,
    page_to_write: Path | None,
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
    if page_to_write is not None and (names or only or fast or not torture or not with_mozilla):
        raise click.UsageError("--write is for all weavers, pages and extractors")
    if with_mozilla and (trouble := node.trouble()):
        click.echo(f"Mozilla's Readability is left out: {trouble}", err=True)
        with_mozilla = False
        if page_to_write is not None:
            sys.exit(3)
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
    began = time.monotonic()
    voices = () if fast else tuple(VOICES)
    everything = side_by_side(wanted, pages, root, processes=processes, voices=voices)
    for name, results in everything.items():
        if with_mozilla:
            results = everything[name] = node.added_to(results, name, root)
        click.echo(f"\n## {name}\n\n{table(results)}")
        if each:
            _print_each(results)
    click.echo(f"\n{len(pages)} pages in {time.monotonic() - began:.0f} s", err=True)
    if page_to_write is not None:
        extractors = (*VOICES, "mozilla-readability")
        page_to_write.write_text(document(everything, extractors=extractors), encoding="utf-8")
        click.echo(f"\n{page_to_write}: written", err=True)


def _print_each(results: list[Result]) -> None:
    from .report import badness, complaint

    for result in results:
        if badness(result):
            click.echo(f"{badness(result):6.0f}  {result.page.id}: {complaint(result)}")


if __name__ == "__main__":
    main()
