"""`python -m tests.bench.calibration`: estimated heights against those that Chromium lays out.

An outline's gaps without a fault are marked in the page, which is laid out by `typesetting`; the
distance between two of them is compared with the sum of the heights of the blocks between.

* `neighbours`: from each gap to the next one.
* `apart`: from each gap to the first one at least 500 px below (in Chromium), the distance that
  two slots have on a desktop page.

A page counts with at most 24 distances of a kind at a width, evenly over the article, so that a
live blog does not outweigh all others. Left out, and counted: distances over what only a script
can fill (embeds, advertisements of the page). Constants of the estimates are fitted on one half
of the pages, drawn by the hash of their names; the other half is reported beside it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import click

from adweave.page import BlockKind, Outline, PageDoubt, outline_of, read_page
from adweave.page.integrity import weave
from adweave.page.tree import parse
from tests.quality.corpus import Page, corpus_root, pages_of

from .templates import advances_of, template_of
from .typesetting import OTHERS, USUAL, WIDTHS, Template, Typesetter

# Which of the engine's viewports serves a window of this width: 768 has the desktop's sizes.
SERVED_BY = {360: 0, 768: 1, 1280: 1}
APART_PX = 500.0
WANTED = (0.15, 0.40)  # at the median, at the 95th percentile
_PER_PAGE = 24
_PICTURES_PER_PAGE = 5
_FILLED_BY_SCRIPTS = frozenset({BlockKind.EMBED, BlockKind.AD})
_DOCS = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "heights.md"
_FROM, _TO = "<!-- from here: make calibrate -->\n", "<!-- to here -->\n"
_FACES = ("Arial, sans-serif", "'Liberation Serif', serif")
_CANDIDATES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

Pool = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Distance:
    """Between two gaps of a page, estimated and laid out, in px."""

    page: str
    group: str
    width: int
    kind: str
    blocks: tuple[str, ...]
    excerpt: str
    estimated: float
    actual: float

    @property
    def off(self) -> float:
        """By which share of the real distance the estimate is too large (or, below 0, small)."""
        return (self.estimated - self.actual) / max(self.actual, 1.0)

    @property
    def error(self) -> float:
        return abs(self.off)

    @property
    def is_fitted_on(self) -> bool:
        return is_fitted_on(self.page)


def is_fitted_on(page: str) -> bool:
    """Whether constants may be fitted on this page; the same for all made from one page."""
    return hashlib.sha256(page.partition("--")[0].encode()).digest()[0] % 2 == 0


def marked(body: bytes, content_type: str) -> tuple[Outline, bytes, str] | None:
    """The page's outline, the page with its gaps marked, and its type; None without an article."""
    try:
        source = read_page(body, content_type)
        outline = outline_of(source)
    except PageDoubt:
        return None
    if not outline.blocks:
        return None
    marks = [
        (gap.offset, f"<!--gap {number}-->".encode())
        for number, gap in enumerate(outline.gaps)
        if gap.fault is None
    ]
    return outline, weave(body, marks, source.encoding), f"text/html; charset={source.encoding}"


def distances_in(
    outline: Outline, tops: dict[int, float], width: int, *, page: str, group: str
) -> list[Distance]:
    """The distances between an outline's gaps that lie at these tops."""
    gaps = sorted(tops)
    pairs = [("neighbours", a, b) for a, b in pairwise(gaps)]
    for index, gap in enumerate(gaps):
        for other in gaps[index + 1 :]:
            if tops[other] - tops[gap] >= APART_PX:
                pairs.append(("apart", gap, other))
                break
    found = []
    for kind, above, below in pairs:
        blocks = outline.blocks[above:below]
        found.append(
            Distance(
                page, group, width, kind,
                tuple(block.kind.value for block in blocks),
                " | ".join(block.excerpt for block in blocks)[:60],
                sum(block.heights_px[SERVED_BY[width]] for block in blocks),
                tops[below] - tops[above],
            )
        )  # fmt: skip
    return found


def measured(
    pages: Iterable[Page],
    root: Path,
    setter: Typesetter,
    pool: Pool,
    *,
    widths: Sequence[int] = WIDTHS,
    template: Template = USUAL,
) -> Iterator[Distance]:
    """All distances of the pages, those that scripts fill included; a line for each that fails."""
    for page in pages:
        made = marked(page.body(root), page.content_type)
        if made is None:
            continue
        outline, woven, content_type = made
        for width in widths:
            try:
                tops = setter.tops(woven, content_type, width, pool=pool, template=template)
            except RuntimeError as error:
                click.echo(f"{page.id} at {width}: {error}", err=True)
                continue
            yield from distances_in(outline, tops, width, page=page.id, group=page.group)


def counted(found: Iterable[Distance]) -> tuple[list[Distance], int]:
    """Those that count, at most 24 a page, kind and width, and how many scripts would fill."""
    sets: dict[tuple[str, str, int], list[Distance]] = {}
    left_out = 0
    for one in found:
        if _FILLED_BY_SCRIPTS.intersection(one.blocks):
            left_out += 1
        else:
            sets.setdefault((one.page, one.kind, one.width), []).append(one)
    kept = []
    for group in sets.values():
        step = max(len(group) / _PER_PAGE, 1.0)
        kept += [group[int(n * step)] for n in range(min(_PER_PAGE, len(group)))]
    return kept, left_out


def picture_sizes(pages: Iterable[Page], root: Path) -> Pool:
    """Sizes of articles' pictures, at most five an article, where the markup gives one."""
    found: list[tuple[float, float]] = []
    for page in pages:
        body = page.body(root)
        made = marked(body, page.content_type)
        if made is None:
            continue
        sizes = []
        for block in made[0].blocks:
            if block.kind is BlockKind.IMAGE:
                tree = parse(body[block.start : block.end].decode("latin-1"), located=False)
                for image in tree.select("img"):
                    wide, high = image.attr("width") or "", image.attr("height") or ""
                    if wide.isdecimal() and high.isdecimal() and min(int(wide), int(high)) > 64:
                        sizes.append((float(wide), float(high)))
        found += sizes[:_PICTURES_PER_PAGE]
    return sorted(found)


# -- the report ----------------------------------------------------------------------------


def _at(values: Iterable[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def _row(name: str, kept: Sequence[Distance]) -> str:
    errors = [one.error for one in kept]
    pages = len({one.page for one in kept})
    over = sum(error > WANTED[1] for error in errors)
    together = sum(one.estimated for one in kept) / sum(one.actual for one in kept) - 1
    cells = (
        name, f"{pages}", f"{len(kept)}", f"{_at(errors, 0.5):.1%}", f"{_at(errors, 0.95):.0%}",
        f"{together:+.1%}", f"{over / len(kept):.1%}",
    )  # fmt: skip
    return _cells(*cells)


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _head(*names: str) -> list[str]:
    return [_cells(*names), _cells(*["---"] * len(names))]


def _table(first: str, rows: Iterable[tuple[str, Sequence[Distance]]]) -> str:
    head = _head(first, "pages", "distances", "median", "95th", "all together", "over 40 %")
    return "\n".join([*head, *(_row(name, kept) for name, kept in rows if kept), ""])


def report(kept: Sequence[Distance], left_out: int, worst: int) -> str:
    """The whole result as Markdown."""
    parts = []
    for kind in ("neighbours", "apart"):
        rows = [
            (f"{width} px, {half}",
             [d for d in kept if (d.kind, d.width) == (kind, width) and d.is_fitted_on == fitted])
            for width in WIDTHS
            for half, fitted in (("pages fitted on", True), ("other pages", False))
        ]  # fmt: skip
        parts.append(f"**{_TITLES[kind]}**\n\n{_table('window', rows)}")
    for width in WIDTHS:
        apart = [d for d in kept if d.kind == "neighbours" and d.width == width]
        groups = sorted({d.group for d in apart})
        rows = [(group, [d for d in apart if d.group == group]) for group in groups]
        parts.append(f"**Neighbouring gaps by language, {width} px**\n\n{_table('group', rows)}")
    parts.append(f"{left_out} distances over what only scripts fill are left out.\n")
    parts.append(_sources(kept, worst))
    return "\n".join(parts)


_TITLES = {
    "neighbours": "From each gap to the next",
    "apart": f"From each gap to the first one at least {APART_PX:.0f} px below",
}


def _sources(kept: Sequence[Distance], worst: int) -> str:
    """Where the errors over 40 % come from: kinds of block, then single distances."""
    near = [d for d in kept if d.kind == "neighbours"]
    all_of = Counter(" + ".join(sorted(set(d.blocks))) for d in near)
    over = Counter(" + ".join(sorted(set(d.blocks))) for d in near if d.error > WANTED[1])
    lines = ["**Errors over 40 % between neighbours, by the blocks between them**\n"]
    lines += _head("blocks", "distances", "over 40 %")
    lines += [f"| {name} | {all_of[name]} | {number} |" for name, number in over.most_common(10)]
    lines += ["\n**The largest, one a page, in px**\n"]
    lines += [
        "| page | window | blocks | estimated | laid out |",
        "| --- | --- | --- | --- | --- |",
    ]
    seen: set[str] = set()
    for one in sorted(near, key=lambda d: abs(d.estimated - d.actual), reverse=True):
        name = one.page.partition("--")[0]  # the same page may be there in several charsets
        if one.error > WANTED[1] and name not in seen and len(seen) < worst:
            seen.add(name)
            page = name if len(name) <= 48 else f"{name[:47]}…"
            blocks = " + ".join(one.blocks[:4])
            lines.append(
                f"| {page} | {one.width} | {blocks} | {one.estimated:.0f} | {one.actual:.0f} |"
            )
    return "\n".join([*lines, ""])


def missed(kept: Sequence[Distance]) -> list[str]:
    """Each width at which the wanted bounds do not hold, in a sentence."""
    found = []
    for kind in ("neighbours", "apart"):
        for width in WIDTHS:
            errors = [d.error for d in kept if (d.kind, d.width) == (kind, width)]
            for name, share, bound in (("median", 0.5, WANTED[0]), ("95th", 0.95, WANTED[1])):
                if _at(errors, share) > bound:
                    found.append(
                        f"{kind} at {width} px: {name} {_at(errors, share):.1%}, wanted {bound:.0%}"
                    )
    return found


# -- the command ---------------------------------------------------------------------------


def chromium_path() -> str:
    """The browser to use; ends the command where there is none."""
    found = os.environ.get("ADWEAVE_CHROMIUM") or next(
        filter(None, map(shutil.which, _CANDIDATES)), None
    )
    if found is None:
        click.echo(
            "no Chromium found: apt-get install chromium (or set ADWEAVE_CHROMIUM)", err=True
        )
        sys.exit(3)
    return found


def _articles(root: Path, limit: int) -> list[Page]:
    """Articles of the corpus, evenly over its sources where not all are wanted."""
    found = [page for page in pages_of(root) if page.facts.kind == "article"]
    step = max(len(found) / limit, 1.0) if limit else 1.0
    return [found[int(n * step)] for n in range(min(limit or len(found), len(found)))]


@click.command()
@click.argument(
    "what", type=click.Choice(["distances", "templates", "advances"]), default="distances"
)
@click.option("--pages", default=0, help="How many articles of the corpus; 0 is all of them.")
@click.option("--worst", default=25, show_default=True, help="How many large errors to name.")
@click.option("--others", is_flag=True, help="Lay the pages out with other templates, too.")
@click.option("--docs", is_flag=True, help=f"Write the result into docs/explanation/{_DOCS.name}.")
def main(what: str, pages: int, worst: int, others: bool, docs: bool) -> None:
    """Compare estimated heights with Chromium's (distances), or measure what they are made of:
    sites' own templates (templates), fonts' mean advances (advances).

    Ends with 1 where the distances miss what is wanted of them.
    """
    root = corpus_root()
    if root is None:
        click.echo("no corpus: set ADWEAVE_CORPUS to the folder that has its index.json", err=True)
        sys.exit(3)
    chosen = _articles(root, pages)
    runners: dict[str, Callable[[Typesetter], str]] = {
        "templates": lambda setter: _templates(setter, chosen, root),
        "advances": lambda setter: _advances(setter, chosen, root),
    }
    with Typesetter(chromium_path()) as setter:
        if what in runners:
            click.echo(runners[what](setter))
            return
        pool = picture_sizes(_articles(root, 0), root)
        kept, left_out = counted(measured(chosen, root, setter, pool))
        text = report(kept, left_out, worst)
        if others or docs:
            text += "\n" + _other_templates(setter, chosen, root, pool, kept)
    click.echo(text)
    if docs:
        before, _, rest = _DOCS.read_text("utf-8").partition(_FROM)
        after = rest.partition(_TO)[2]
        _DOCS.write_text(f"{before}{_FROM}\n{text}\n{_TO}{after}", "utf-8")
    short = missed(kept)
    for sentence in short:
        click.echo(sentence, err=True)
    sys.exit(1 if short else 0)


def _other_templates(
    setter: Typesetter, pages: Sequence[Page], root: Path, pool: Pool, usual: Sequence[Distance]
) -> str:
    """The same pages in templates that the estimates know nothing of."""
    rows = [(f"{USUAL.name}, {w} px", [d for d in usual if d.width == w]) for w in (360, 1280)]
    for other in OTHERS:
        found = measured(pages[::4], root, setter, pool, widths=(360, 1280), template=other)
        kept, _ = counted(found)
        rows += [(f"{other.name}, {w} px", [d for d in kept if d.width == w]) for w in (360, 1280)]
    apart = [(name, [d for d in kept if d.kind == "apart"]) for name, kept in rows]
    return f"**Other templates, gaps at least 500 px apart**\n\n{_table('template', apart)}"


def _templates(setter: Typesetter, pages: Sequence[Page], root: Path) -> str:
    found = []
    for page in pages:
        made = marked(page.body(root), page.content_type)
        if made is None:
            continue
        try:
            template = template_of(setter, made[1], made[2])
        except RuntimeError as error:
            click.echo(f"{page.id}: {error}", err=True)
            continue
        if template is not None:
            found.append(template)
    lines = [f"{len(found)} articles bring a whole style sheet; lower quartile, median, upper:\n"]
    lines += [
        "| window | column px | type px | line em | margin px |",
        "| --- | --- | --- | --- | --- |",
    ]
    for width in WIDTHS:
        cells = []
        for key in ("column", "type", "line", "margin"):
            values = [getattr(template[width], key) for template in found]
            cells.append(", ".join(f"{_at(values, share):.4g}" for share in (0.25, 0.5, 0.75)))
        lines.append(_cells(str(width), *cells))
    return "\n".join(lines)


def _advances(setter: Typesetter, pages: Sequence[Page], root: Path) -> str:
    texts = []
    for page in pages:
        try:
            texts.append(outline_of(read_page(page.body(root), page.content_type)).text)
        except PageDoubt:
            continue
    sans, serif = (advances_of(setter, texts, f"100px {face}") for face in _FACES)
    lines = _head("script", "Arial", "a serif face")
    lines += [_cells(name, f"{sans[name]:.3f}", f"{serif[name]:.3f}") for name in sans]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
