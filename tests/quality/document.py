"""docs/quality.md: the whole of what `make quality` found out, as a page for readers.

Written from results alone; what it says of how it was measured is true of `run` and `judge`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .report import (
    COLUMNS,
    Figures,
    badness,
    complaint,
    figures_of,
    group_of,
    row,
    share,
    source_of,
)
from .run import Result

OURS = "adweave"

SECTIONS = (
    "Side by side",
    "Faults by kind",
    "What extractors read",
    "By language",
    "By source",
    "The ten worst pages",
    "How it was measured",
    "Beyond the corpus",
)

# Every fault that the judge knows, in an editor's words.
FAULTS: Mapping[str, str] = {
    "table": "in a table that is no layout of the page",
    "list": "in a list",
    "figure": "in a figure, picture, video or embed",
    "caption": "in a caption",
    "quote": "in a quotation",
    "code": "in code",
    "form": "in a form",
    "button": "in a button or another control",
    "link": "in a link",
    "nav": "in navigation",
    "aside": "in an aside",
    "header": "in a page's header",
    "footer": "in a page's footer",
    "heading": "in a heading",
    "hidden": "in a part that is hidden",
    "below-heading": "right below a heading",
    "below-picture": "right below a picture or embed",
    "above-picture": "right above a picture or embed",
    "touches-slot": "touching another slot",
    "before-article": "before the end of the article's first paragraph",
}

_INTRO = """\
# Quality

What adweave does with real pages, and what people use now does with the same ones. `make quality`
writes this page: it weaves every page of the development corpus with each of the weavers below, and
judges what comes out by code that shares nothing with the engine.

**The engine was tuned on this corpus.** On pages that it has never seen the figures for finding
articles and places are lower; those for bytes and trees follow from the self-check and do not
depend on the corpus.
"""

_METHOD = """\
- **The pages** are {pages} real ones ({articles} of them articles of 200 words or more) and
  {torture} small hostile ones, made of the tree-construction tests of HTML parsers. They are read
  from beside the repository and are no part of it.
- **adweave** is `AdweaveMiddleware` with the folder that `adweave init` writes, and a deadline long
  enough for a busy machine. Each page is asked for twice; the second answer has to be the first
  one's bytes.
- **The baselines** are in `tests/bench/baselines`: beautifulsoup4 on lxml, a slot after paragraphs
  3 and 6; and a regular expression, a slot after every third `</p>`. Their slots carry the markup
  that ours do, so that one judge reads both.
- **The judge** (`tests/quality/judge`) finds insertions by their look alone, cuts them out and
  compares bytes; parses with html5lib, with scripting off and on, takes the insertions out and
  compares trees; and reads the page as a run of texts, pictures and slots by rules of its own.
- **Inside the article** means between its first and its last paragraph, as people marked them;
  known for {truth} pages.
- **Labels** are judged by a word list of the judge's own, on pages whose language is sure.
- **Text** is what trafilatura, readability-lxml, Mozilla's Readability (Firefox' Reader View) and
  beautifulsoup4 (on lxml and on Python's own parser) extract, before and after.
"""

_BEYOND = """\
What follows is not measured by `make quality`, and each has a command or a test of its own.

- **Fuzzer** (`make fuzz`): 100 000 pages by default: mutations of real ones, made-up markup, small
  pages that a tree builder has to think about, spliced and lying encodings, cuts. No exception, no
  crash, no changed byte or tree; what once failed is kept in `tests/fuzz/kept`. CI runs 3 000.
- **Every gap** (`tests/property/page/test_torture.py`): of small pages of 17 kinds made by rules of
  our own, and of the corpus' hostile ones, an element and a comment are tried at every gap on their
  own, and an element beside every tag. Wherever the self-check lets it stand, html5lib sees the
  page's own tree with it taken out; parse5 decides where html5lib stands alone.
- **Encodings** (`tests/property/page/test_encodings.py`): the 22 of the corpus, declared in the
  header, by a byte order mark, by `<meta>`, by none, wrongly, or twice and differently.
- **Cuts** (`tests/property/page/test_cut_pages.py`): pages cut at every byte.
- **Time and memory** (`make bench ARGS="linear hostile self-check"`): ten times the content of the
  largest pages, some 70 kinds of markup made to be slow, and the self-check against the parse.
"""


def document(results: Mapping[str, Sequence[Result]], *, extractors: Sequence[str]) -> str:
    """The page. `results` by weaver, adweave's among them; `extractors` are those asked."""
    real = {name: [one for one in found if not _is_torture(one)] for name, found in results.items()}
    hostile = {name: [one for one in found if _is_torture(one)] for name, found in results.items()}
    figures = {name: figures_of(found) for name, found in real.items()}
    torture = {name: figures_of(found) for name, found in hostile.items()}
    ours = real[OURS]
    bodies = {
        SECTIONS[0]: _side_by_side(figures, torture),
        SECTIONS[1]: _faults(figures),
        SECTIONS[2]: _extractors(figures, torture, extractors),
        SECTIONS[3]: _table_by(ours, "script and language", group_of),
        SECTIONS[4]: _table_by(ours, "source", source_of),
        SECTIONS[5]: _worst(list(results[OURS])),
        SECTIONS[6]: _METHOD.format(
            pages=len(ours),
            articles=figures[OURS].articles,
            torture=len(hostile[OURS]),
            truth=sum(1 for one in ours if one.page.facts.paragraphs),
        ),
        SECTIONS[7]: _BEYOND,
    }
    parts = [_INTRO]
    parts += [f"## {name}\n\n{body.strip()}\n" for name, body in bodies.items()]
    return "\n".join(parts)


def title_of(weaver: str) -> str:
    """A weaver's name where Markdown is read."""
    return weaver.replace("</p>", "`</p>`")


def _is_torture(result: Result) -> bool:
    return result.page.facts.kind == "torture"


def _side_by_side(figures: Mapping[str, Figures], torture: Mapping[str, Figures]) -> str:
    lines = [row("", [title_of(name) for name in figures]), _rule(len(figures))]
    rows = {
        "articles of 200 words or more with a slot": lambda f: share(f.covered, f.articles),
        "... with a slot at a clean place": lambda f: share(f.one_clean, f.articles),
        "... with all of their slots at clean places": lambda f: share(f.all_clean, f.articles),
        "slots": lambda f: str(f.slots),
        "slots at a faulty place": lambda f: share(f.faulty, f.slots),
        "slots inside the article": lambda f: share(f.inside, f.truth_slots),
        "slots on pages that are no article": lambda f: str(f.stray),
        "... on listings among them": lambda f: str(f.on_listings),
        "pages labelled in the article's language": lambda f: share(f.labels_right, f.labelled),
        "pages whose own bytes changed": lambda f: str(f.integrity),
        "pages whose tree differs with the slots taken out": lambda f: str(f.parity),
        "pages from which an extractor reads other text": lambda f: str(f.impure),
        "pages that failed": lambda f: str(f.errors),
    }
    lines += [row(name, [cell(one) for one in figures.values()]) for name, cell in rows.items()]
    lines += [
        row("hostile pages: bytes changed", [str(one.integrity) for one in torture.values()]),
        row("hostile pages: tree differs", [str(one.parity) for one in torture.values()]),
        row("hostile pages: other text", [str(one.impure) for one in torture.values()]),
    ]
    return "\n".join(lines)


def _faults(figures: Mapping[str, Figures]) -> str:
    lines = ["Slots, and what is wrong with where they stand; a slot may have more than one fault."]
    lines += ["", row("", [title_of(name) for name in figures]), _rule(len(figures))]
    for kind, words in FAULTS.items():
        lines.append(row(words, [str(one.faults[kind]) for one in figures.values()]))
    return "\n".join(lines)


def _extractors(
    figures: Mapping[str, Figures], torture: Mapping[str, Figures], extractors: Sequence[str]
) -> str:
    lines = ["Pages from which it reads other text than before, hostile ones included."]
    lines += ["", row("", [title_of(name) for name in figures]), _rule(len(figures))]
    for name in extractors:
        counts = [figures[one].purity[name] + torture[one].purity[name] for one in figures]
        lines.append(row(name, [str(count) for count in counts]))
    return "\n".join(lines)


def _table_by(results: Sequence[Result], name: str, key: object) -> str:
    assert callable(key)
    lines = [row(name, [title for title, _ in COLUMNS]), _rule(len(COLUMNS))]
    for value in sorted({key(result) for result in results}):
        figures = figures_of(result for result in results if key(result) == value)
        lines.append(row(value, [cell(figures) for _, cell in COLUMNS]))
    everything = figures_of(results)
    lines.append(row("**all**", [cell(everything) for _, cell in COLUMNS]))
    return "\n".join(lines)


def _worst(results: list[Result]) -> str:
    worst = sorted((one for one in results if badness(one)), key=badness, reverse=True)[:10]
    lines = ["Of adweave's own, by name in the corpus, and why.", ""]
    lines += [f"{n}. `{one.page.id}`: {complaint(one)}" for n, one in enumerate(worst, 1)]
    return "\n".join(lines) if worst else "None: no page has a complaint."


def _rule(columns: int) -> str:
    return "|" + " --- |" * (columns + 1)
