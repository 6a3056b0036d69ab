"""Whether what flows in an article's root are teasers of other pages, and no article.

Two views of it: by the pieces (short texts, nearly each with a linked title or a picture), and
by the tree (siblings of one shape, each led by a heading that links elsewhere: search results,
events, jobs, fronts). Whole posts below each other are no teasers, however their titles link.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from adweave.page.model import BlockKind
from adweave.page.pieces import Piece
from adweave.page.tree import Comment, Element, Node, Text

# Four of a kind are a list; fewer may be chance.
_LEAST_ITEMS = 4
_LONGEST_TEASER = 1_000  # characters; a post's text is longer
# Weights of a teaser's text: a few may be longer only where they are a long row.
_SHORT_TEXT, _LONG_TEASER = 220.0, 450.0
_MANY = 8
_TITLE_LINK = 0.3  # share of a text
_MOST = 0.6  # share of the root's text that the items hold
_HEADING_LINKS = ", ".join(f"h{n} a[href], a[href] h{n}" for n in range(1, 7))
_HEADINGS = "h1, h2, h3, h4, h5, h6"
_PICTURE_FILE = re.compile(r"(?i)^#|\.(?:avif|gif|jpe?g|png|svg|webp)(?:$|[?#])")


def is_linked_title(box: Element) -> bool:
    """Whether a heading, or a box with one, is for the most part a link to another page."""
    for found in (*box.select("a[href]"), box.closest("a[href]")):
        if found is None or (found.attr("href") or "").startswith("#"):
            continue
        heading = found.closest(_HEADINGS) or found.select_one(_HEADINGS)
        title = heading or box
        if len(found.text) >= 0.5 * len(title.text.strip()):
            return True
    return False


def _is_linked(picture: Element) -> bool:
    """Whether a picture leads to another page, and not to itself in a larger size."""
    link = picture.closest("a[href]") or picture.select_one("a[href]")
    return link is not None and _PICTURE_FILE.search(link.attr("href") or "") is None


def is_listing(root: Element, texts: Sequence[Piece], pieces: Sequence[Piece]) -> bool:
    """Whether the root's pieces are teasers; `texts` are the paragraphs among them."""
    return _are_teasers(texts, pieces) or _has_items(root)


def _are_teasers(texts: Sequence[Piece], pieces: Sequence[Piece]) -> bool:
    titles = {
        id(piece) for piece in pieces if piece.kind is BlockKind.PARAGRAPH and _is_title(piece)
    }
    texts = [piece for piece in texts if id(piece) not in titles] if titles else texts
    if len(texts) < _LEAST_ITEMS:
        return False
    heads = len(titles) + sum(
        1
        for piece in pieces
        if piece.kind is BlockKind.RELATED
        or (piece.kind is BlockKind.HEADING and piece.link_share > 0.5)
    )
    pictures = sum(
        1
        for piece in pieces
        if piece.kind is BlockKind.IMAGE and piece.element is not None and _is_linked(piece.element)
    )
    typical = sorted(piece.prose for piece in texts)[len(texts) // 2]
    longest = _SHORT_TEXT if len(texts) < _MANY else _LONG_TEASER
    return typical < longest and max(heads, pictures) >= 0.7 * len(texts)


def _is_title(piece: Piece) -> bool:
    """Whether a text begins with a link that is a good part of it: a title and its date."""
    if piece.link_share < _TITLE_LINK or piece.element is None:
        return False
    first = next((node for node in piece.element.children if not _is_space(node)), None)
    return isinstance(first, Element) and first.tag == "a" and first.attr("href") is not None


def _is_space(node: Node) -> bool:
    return isinstance(node, Comment) or (isinstance(node, Text) and node.data.isspace())


def _has_items(root: Element) -> bool:
    """Whether most of the root's text is in siblings of one shape with linked titles."""
    groups: dict[tuple[Element, str, str | None], dict[Element, None]] = {}
    for found in root.select(_HEADING_LINKS):
        heading = found if found.tag != "a" else found.closest(_HEADINGS)
        if heading is None or not is_linked_title(heading):
            continue
        at = heading
        while at is not root and isinstance(at.parent, Element):
            groups.setdefault((at.parent, at.tag, at.attr("class")), {})[at] = None
            at = at.parent
    whole = len(root.text)
    for items in groups.values():
        if len(items) < _LEAST_ITEMS:
            continue
        lengths = sorted(len(item.text) for item in items)
        if lengths[len(lengths) // 2] < _LONGEST_TEASER and sum(lengths) > _MOST * whole:
            return True
    return False
