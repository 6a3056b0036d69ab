"""A page as its reader meets it: a flat run of texts, pictures and slots in document order.

Built on html5lib's tree by rules of its own. Positions count the characters of the page's
visible text without white space, so that a position means the same whatever the markup.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from .trees import Node, is_ours, local_name

SILENT = frozenset(
    {"script", "style", "template", "head", "title", "textarea", "option", "noframes", "ad-notice"}
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BLOCKS = HEADINGS | {
    *("address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog"),
    *("dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header"),
    *("hgroup", "hr", "html", "li", "main", "menu", "nav", "ol", "p", "pre", "section", "table"),
    *("tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
}
_MEDIA = frozenset(
    {"img", "picture", "video", "audio", "iframe", "object", "embed", "canvas", "amp-img"}
)
_EMBED_CLASSES = frozenset(
    {"twitter-tweet", "instagram-media", "tiktok-embed", "fb-post", "fb-video", "reddit-card"}
)
_CAPTION_CLASS = re.compile(
    r"caption|wp-block-image|(?:image|photo|picture)[_-]*credit|media[_-]*(?:info|subtitle|rights)",
    re.IGNORECASE,
)
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_PIXELS = re.compile(r"\s*(\d+)")
_INVISIBLE = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]+")

# Smaller pictures are icons, smileys and tracking pixels: no reader sees a picture there.
_SMALLEST_PICTURE_PX = 41


# What a walk asks for next: a child to go into, or something to do between two of them.
Step = tuple[Node, bool, bool] | Callable[[], None]


class What(StrEnum):
    """What the reader meets."""

    TEXT = "text"
    MEDIA = "media"
    SLOT = "slot"
    BREAK = "break"


@dataclass(slots=True)
class Item:
    """One thing in reading order. `start` is its position in the normalised text."""

    what: What
    node: Node  # the element that holds the text, or the picture or slot itself
    text: str  # normalised; empty for all but texts
    start: int

    @property
    def end(self) -> int:
        """The position just past it."""
        return self.start + len(self.text)


@dataclass(slots=True)
class Reading:
    """The page's run of items, with a way up from each."""

    items: list[Item] = field(default_factory=list)
    parents: dict[Node, Node] = field(default_factory=dict)
    text: str = ""

    def above(self, node: Node) -> Iterator[Node]:
        """The node's ancestors, nearest first; the node itself is not one."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def around(self, item: Item) -> Iterator[Node]:
        """The elements that an item stands in, nearest first."""
        if item.what is What.TEXT:
            yield item.node
        yield from self.above(item.node)


def normalised(text: str) -> str:
    """Compatibility form, caseless, without white space and invisible characters."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()


def reading_of(root: Node) -> Reading:
    """Walk a html5lib document (parsed with scripting off) once."""
    reading = Reading()
    pieces: list[str] = []
    at = 0

    def say(node: Node, text: str | None) -> None:
        nonlocal at
        piece = normalised(text or "")
        if piece:
            reading.items.append(Item(What.TEXT, node, piece, at))
            pieces.append(piece)
            at += len(piece)

    def walk(node: Node, is_silent: bool, is_gone: bool) -> Iterator[Step]:
        # Silent: its text is not read. Gone: its pictures are not seen either.
        name = local_name(node)
        if name in ("ad-slot", "") and is_ours(node):
            reading.items.append(Item(What.SLOT, node, "", at))
            return
        if not name and node is not root:
            return
        if name == "br":
            reading.items.append(Item(What.BREAK, node, "", at))
        is_gone = is_gone or name in SILENT or is_hidden(node)
        if _is_media(node, name) and not is_gone:
            reading.items.append(Item(What.MEDIA, node, "", at))
            return
        # A lazily loaded picture often stands in <noscript> alone: seen, but not read.
        is_silent = is_silent or is_gone or name in ("noscript", "svg") or name in _MEDIA
        if not is_silent:
            yield lambda: say(node, node.text)
        for child in node:
            reading.parents[child] = node
            yield child, is_silent, is_gone
            if not is_silent:
                yield lambda child=child: say(node, child.tail)  # type: ignore[misc]

    # A loop instead of recursion: torture pages nest deeper than Python's stack.
    stack = [walk(root, False, False)]
    while stack:
        step = next(stack[-1], None)
        if step is None:
            stack.pop()
        elif callable(step):
            step()
        else:
            stack.append(walk(*step))
    reading.text = "".join(pieces)
    return reading


def is_hidden(node: Node) -> bool:
    """Whether the element says of itself that it is not shown.

    A page that hides its whole body until its fonts are there is read all the same.
    """
    if local_name(node) in ("html", "body"):
        return False
    attributes = node.attrib
    if "hidden" in attributes:
        return True
    return _HIDING_STYLE.search(attributes.get("style", "")) is not None


def is_caption_like(node: Node) -> bool:
    """Whether the element is a picture's frame or caption, by tag or by class."""
    name = local_name(node)
    if name in ("figure", "figcaption", "picture", "video", "caption"):
        return True
    classes = node.attrib.get("class", "")
    # A body or article may be named for what it can hold ("has-captions"): too large for one.
    is_small = name not in ("html", "body", "main", "article", "section")
    return is_small and _CAPTION_CLASS.search(classes) is not None


def is_embed_like(node: Node) -> bool:
    """Whether the element becomes an embed (a tweet and its like) when its script runs."""
    return not _EMBED_CLASSES.isdisjoint(node.attrib.get("class", "").split())


def _is_media(node: Node, name: str) -> bool:
    if name == "svg":
        return _pixels(node, "width") > 100
    if name not in _MEDIA:
        return False
    for side in ("width", "height"):
        size = _pixels(node, side)
        if 0 <= size < _SMALLEST_PICTURE_PX:
            return False
    source = node.attrib.get("src", "")
    if name == "iframe" and "googletagmanager" in source:
        return False
    return not (name == "img" and not node.attrib.keys() - {"alt", "class", "style", "id"})


def _pixels(node: Node, side: str) -> int:
    value = node.attrib.get(side, "")
    found = _PIXELS.match(value)
    return int(found.group(1)) if found and "%" not in value else -1
