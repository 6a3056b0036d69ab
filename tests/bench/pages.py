"""The pages that are measured: the corpus' articles where it is, else pages of our own."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.fuzz.cases import own_page
from tests.quality.corpus import corpus_root, pages_of

# The article that the figures in the docs are for.
_USUAL_BYTES = 113_000


@dataclass(frozen=True, slots=True)
class Sample:
    """A page to be measured."""

    name: str
    body: bytes
    content_type: str
    charset: str


def samples(limit: int) -> tuple[list[Sample], str]:
    """At most `limit` article pages in UTF-8, evenly over sizes, and where they are from."""
    root = corpus_root()
    if root is None:
        return _own(limit), "generated pages of our own (no corpus beside the repository)"
    found = [
        Sample(page.id, page.body(root), page.content_type, page.encoding)
        for page in pages_of(root)
        if page.facts.kind == "article" and page.encoding == "utf-8"
    ]
    found.sort(key=lambda sample: len(sample.body))
    step = max(len(found) / limit, 1.0)
    chosen = [found[int(i * step)] for i in range(min(limit, len(found)))]
    return chosen, "articles of the corpus"


def largest(count: int) -> tuple[list[Sample], str]:
    """The largest pages of the corpus, largest first, and where they are from."""
    root = corpus_root()
    if root is None:
        return _own(4 * count)[: -count - 1 : -1], "generated pages of our own"
    found = [
        Sample(page.id, page.body(root), page.content_type, page.encoding)
        for page in pages_of(root)
        if page.facts.kind != "torture"
    ]
    found.sort(key=lambda sample: len(sample.body), reverse=True)
    return found[:count], "largest pages of the corpus"


def usual_page() -> Sample:
    """A sound article of our own of about 113 KB, the size that the hit's figures are for."""
    text = "The ferry left before the tide had made up its mind, and nobody on the quay minded. "
    body = "".join(f"<p>{n}. {text * 4}</p>\n" for n in range(1, 31))
    links = "".join(
        f'<li class="teaser"><a href="/story/{n}"><span>Story number {n}</span></a></li>\n'
        for n in range(2000)
    )
    start = (
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8><title>Ferry</title></head>\n"
        f"<body><main><article><h1>The ferry</h1>\n{body}</article></main>\n<nav><ul>"
    )
    filler = links[: links.rfind("<li", 0, _USUAL_BYTES - len(start))]
    page = f"{start}{filler}</ul></nav></body></html>\n"
    return Sample("usual", page.encode(), "text/html; charset=utf-8", "utf-8")


def _own(limit: int) -> list[Sample]:
    chance = random.Random(11)
    made = []
    for number in range(limit):
        page = own_page(chance)
        links = "".join(f"<li><a href=/{n}>Story {n}</a></li>" for n in range(50 * number))
        page = page.replace("<footer>", f"<nav><ul>{links}</ul></nav><footer>")
        made.append(Sample(f"own-{number}", page.encode(), "text/html; charset=utf-8", "utf-8"))
    return made
