"""Where a slot must not stand, judged on html5lib's tree: an editor's list, as rules.

A faulty place is in a table, list, figure, caption, quote, code, form, button, link, nav,
aside, page header or footer, heading or hidden part; right after a heading; touching a
picture, embed or another slot; before the article's first paragraph. Containers that hold
most of the page's running text (a layout table's cell, ASP.NET's one form, a body hidden
until its fonts are there) are the page itself and no fault.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from .reading import (
    BLOCKS,
    HEADINGS,
    Item,
    Reading,
    What,
    is_caption_like,
    is_embed_like,
    is_hidden,
)
from .trees import Node, local_name

# Ancestors that are always faulty, by tag.
_NEVER = {
    **dict.fromkeys(("li", "ul", "ol", "dl", "dt", "dd", "menu", "dir"), "list"),
    **dict.fromkeys(("figure", "picture", "video", "audio", "object", "svg", "canvas"), "figure"),
    **dict.fromkeys(("figcaption", "caption"), "caption"),
    **dict.fromkeys(("blockquote", "q"), "quote"),
    **dict.fromkeys(("pre", "code", "samp", "kbd", "listing", "xmp"), "code"),
    **dict.fromkeys(("button", "select", "label", "summary", "textarea", "option"), "button"),
    **dict.fromkeys(("template", "noscript", "noframes", "math"), "hidden"),
    **dict.fromkeys(HEADINGS, "heading"),
    "a": "link",
    "nav": "nav",
}
# Ancestors that are faulty unless they hold most of the page's running text.
_UNLESS_PAGE = {
    **dict.fromkeys(("td", "th"), "table"),
    **dict.fromkeys(("form", "fieldset"), "form"),
    "header": "header",
    "footer": "footer",
    "aside": "aside",
}
_TABLE_PARTS = frozenset({"table", "tbody", "thead", "tfoot", "tr", "colgroup"})
_ROLES = {
    "navigation": "nav",
    "complementary": "aside",
    "banner": "header",
    "contentinfo": "footer",
    "heading": "heading",
    "button": "button",
    "search": "form",
}
# Text in these is no running text of an article.
_NOT_RUNNING = HEADINGS | frozenset(
    {"a", "nav", "aside", "footer", "button", "li", "figcaption", "label"}
)

_COMMENTS = re.compile(r"comments?(?![a-z])|disqus", re.IGNORECASE)

# "Most of the page": half its running text.
_SHARE_OF_PAGE = 0.5
# The article's root holds this share of the running text; deeper elements do not.
_SHARE_OF_ARTICLE = 0.6
# A block of this many normalised characters is a paragraph and no dateline or byline; one of
# Chinese, Japanese, Korean or Thai says as much with half of them.
_PARAGRAPH_CHARS = 60
_DENSE = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Masses:
    """Running text per element (characters, all descendants), and the page's whole."""

    of: dict[Node, int]
    total: int

    def share(self, node: Node) -> float:
        """The part of the page's running text that stands in the element, 0 to 1."""
        return self.of.get(node, 0) / self.total if self.total else 0.0


def masses_of(reading: Reading) -> Masses:
    """Weigh the page's running text: what stands in no link, list, heading or page furniture."""
    of: dict[Node, int] = defaultdict(int)
    total = 0
    for item in reading.items:
        if item.what is not What.TEXT:
            continue
        around = list(reading.around(item))
        if any(local_name(node) in _NOT_RUNNING or _holds_comments(node) for node in around):
            continue
        for node in around:
            of[node] += len(item.text)
        total += len(item.text)
    return Masses(of, total)


def _holds_comments(node: Node) -> bool:
    """Readers' comments can be longer than the article that they are about."""
    if local_name(node) in ("html", "body", "main", "article", ""):
        return False  # "comments-open" and the like say something of the page
    names = f"{node.attrib.get('id', '')} {node.attrib.get('class', '')}"
    return _COMMENTS.search(names) is not None


def place_faults(reading: Reading, index: int, masses: Masses, body_start: int) -> list[str]:
    """The faults of the slot at `reading.items[index]`, each once, in a fixed order.

    `body_start` is the position just past the article's first paragraph: from the corpus'
    truth where it has one, else from `first_paragraph_end`.
    """
    slot = reading.items[index]
    faults = _ancestor_faults(reading, slot.node, masses)
    before = _neighbour(reading, index, -1)
    after = _neighbour(reading, index, +1)
    if before is not None and before.what is What.TEXT and _is_in_heading(reading, before):
        faults.append("below-heading")
    for side, item in (("below", before), ("above", after)):
        if item is None:
            continue
        if item.what is What.SLOT:
            faults.append("touches-slot")
        elif _is_picture(reading, item, slot.node):
            faults.append(f"{side}-picture")
    if slot.start < body_start:
        faults.append("before-article")
    return list(dict.fromkeys(faults))


def first_paragraph_end(reading: Reading, masses: Masses) -> int:
    """Where the first paragraph of the page's running text ends, by our own lights."""
    root = _article_root(reading, masses)
    if root is None:
        return 0
    run: Node | None = None
    length = 0
    for item in reading.items:
        if item.what is not What.TEXT:
            continue
        around = list(reading.around(item))
        if root not in around or any(local_name(node) in HEADINGS for node in around):
            run, length = None, 0
            continue
        block = next((node for node in around if local_name(node) in BLOCKS), root)
        weight = len(item.text) + len(_DENSE.findall(item.text))
        length = length + weight if block is run else weight
        run = block
        if length >= _PARAGRAPH_CHARS and not any(local_name(n) == "a" for n in around):
            # A slot may stand between two breaks inside this block: end with the item.
            return item.end
    return 0


def _article_root(reading: Reading, masses: Masses) -> Node | None:
    if not masses.total:
        return None
    fitting = [node for node in masses.of if masses.share(node) >= _SHARE_OF_ARTICLE]
    # Nested elements that all hold the text: the deepest has the most ancestors.
    return max(fitting, key=lambda node: sum(1 for _ in reading.above(node)), default=None)


def _ancestor_faults(reading: Reading, slot: Node, masses: Masses) -> list[str]:
    faults = []
    below = slot
    for node in reading.above(slot):
        name = local_name(node)
        if name in ("body", "html", ""):
            below = node
            continue
        is_page = masses.share(node) >= _SHARE_OF_PAGE
        fault = _NEVER.get(name) or _ROLES.get(node.attrib.get("role", "").lower())
        if fault and not (fault in ("aside", "header", "footer", "form") and is_page):
            faults.append(fault)
        if name in _UNLESS_PAGE and not is_page:
            faults.append(_UNLESS_PAGE[name])
        # Directly in a table's skeleton, where no cell holds it.
        if name in _TABLE_PARTS and local_name(below) not in _TABLE_PARTS | {"td", "th", "caption"}:
            faults.append("table")
        if (
            is_hidden(node)
            or node.attrib.get("aria-hidden") == "true"
            or (name in ("details", "dialog") and "open" not in node.attrib)
        ) and not is_page:
            faults.append("hidden")
        if is_embed_like(node):
            faults.append("figure")
        below = node
    return faults


def _neighbour(reading: Reading, index: int, step: int) -> Item | None:
    at = index + step
    while 0 <= at < len(reading.items):
        item = reading.items[at]
        if item.what is not What.BREAK:
            return item
        at += step
    return None


def _is_in_heading(reading: Reading, item: Item) -> bool:
    return any(
        local_name(node) in HEADINGS or node.attrib.get("role") == "heading"
        for node in reading.around(item)
    )


def _is_picture(reading: Reading, item: Item, slot: Node) -> bool:
    if item.what is What.MEDIA:
        return True
    shared = set(reading.above(slot))
    return any(
        (is_caption_like(node) or is_embed_like(node)) and node not in shared
        for node in reading.around(item)
    )
