"""Whether what flows in an article's root are teasers of other pages, and no article.

Two views of it: by the pieces (short texts, each led by a linked title or picture of its own), and
by the tree (siblings of one shape, each led by a heading that links elsewhere: search results,
events, jobs, fronts). Whole posts below each other are no teasers, however their titles link,
and nor are the chapters of an article that link to what they are about, on other sites.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from urllib.parse import urlsplit

from adweave.page.lines import collapsed
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
_LED = 0.5  # share of the texts that have a title or a picture of their own
# So many texts make a wall, of this weight each in the middle, with so many pictures a text.
_WALL, _SHORT_LINES, _PICTURED = 24, 130.0, 0.45
_MORE_LINK = 0.7  # share of the text of a link that leads on to the whole
_LED_ON = 0.4  # share of the texts that have such below them
_NUMBER = re.compile(r"\d+")
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


def is_listing(
    root: Element, texts: Sequence[Piece], pieces: Sequence[Piece], address: str
) -> bool:
    """Whether the root's pieces are teasers; `texts` are the paragraphs among them.

    `address` is what the page gives as its own, or nothing.
    """
    host = _host(address)
    return (
        _are_teasers(texts, pieces, host)
        or _are_tiles(texts, pieces)
        or _lead_on(texts, pieces)
        or _has_items(root, host)
    )


def _are_teasers(texts: Sequence[Piece], pieces: Sequence[Piece], host: str) -> bool:
    """Whether the texts are short, and have each a linked title or picture of its own before it."""
    bodies = {id(piece) for piece in texts if not _is_title(piece)}
    if len(bodies) < _LEAST_ITEMS:
        return False
    titled = pictured = 0
    title = picture = False  # since the last text
    for piece in pieces:
        if id(piece) in bodies:
            titled += title
            pictured += picture
            title = picture = False
        elif piece.kind is BlockKind.IMAGE:
            picture = picture or (piece.element is not None and _is_linked(piece.element))
        elif (
            piece.kind is BlockKind.RELATED
            or (piece.kind is BlockKind.HEADING and piece.link_share > 0.5)
            or (piece.kind is BlockKind.PARAGRAPH and _is_title(piece))
        ):
            title = title or piece.element is None or not _leads_away(piece.element, host)
    lengths = sorted(piece.prose for piece in texts if id(piece) in bodies)
    longest = _SHORT_TEXT if len(lengths) < _MANY else _LONG_TEASER
    # A chapter has lists besides its texts; a teaser is a text.
    lists = sum(piece.kind is BlockKind.LIST and piece.prose > 0 for piece in pieces)
    is_led = max(titled, pictured) >= _LED * (len(lengths) + lists)
    return is_led and lengths[len(lengths) // 2] < longest


def _are_tiles(texts: Sequence[Piece], pieces: Sequence[Piece]) -> bool:
    """Whether the texts are many, a line or two each, and have a picture for every other one."""
    if len(texts) < _WALL:
        return False
    lengths = sorted(piece.prose for piece in texts)
    pictures = sum(piece.kind is BlockKind.IMAGE for piece in pieces)
    return lengths[len(lengths) // 2] < _SHORT_LINES and pictures >= _PICTURED * len(lengths)


def _lead_on(texts: Sequence[Piece], pieces: Sequence[Piece]) -> bool:
    """Whether texts have a heading each, and a link that says the same each time: "Read more"."""
    if len(texts) < _LEAST_ITEMS:
        return False
    bodies = {id(piece) for piece in texts}
    said: Counter[str] = Counter()
    has_heading = False
    for piece, below in pairwise(pieces):
        if piece.kind is BlockKind.HEADING:
            has_heading = True
        elif has_heading and id(piece) in bodies:
            has_heading = False
            if below.kind is not BlockKind.HEADING and below.link_share > _MORE_LINK:
                said[_NUMBER.sub("", below.text)] += 1
    return max(said.values(), default=0) >= max(_LEAST_ITEMS, _LED_ON * len(bodies))


def _host(address: str) -> str:
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def _leads_away(title: Element, host: str) -> bool:
    """Whether its links go to other sites than the page's own, as far as that is known."""
    links = [*title.select("a[href]"), title.closest("a[href]")]
    hosts = [_host(link.attr("href") or "") for link in links if link is not None]
    return bool(host and hosts) and not any(
        each in ("", host) or each.endswith(f".{host}") or host.endswith(f".{each}")
        for each in hosts
    )


def _is_title(piece: Piece) -> bool:
    """Whether a text begins with a link that is a good part of it: a title and its date."""
    if piece.link_share < _TITLE_LINK or piece.element is None:
        return False
    first = next((node for node in piece.element.children if not _is_space(node)), None)
    return isinstance(first, Element) and first.tag == "a" and first.attr("href") is not None


def _is_space(node: Node) -> bool:
    return isinstance(node, Comment) or (isinstance(node, Text) and node.data.isspace())


def _has_items(root: Element, host: str) -> bool:
    """Whether most of the root's text is in siblings of one shape with linked titles."""
    groups: dict[tuple[Element, str, str | None], dict[Element, None]] = {}
    for found in root.select(_HEADING_LINKS):
        heading = found if found.tag != "a" else found.closest(_HEADINGS)
        if heading is None or not is_linked_title(heading) or _leads_away(heading, host):
            continue
        at = heading
        while at is not root and isinstance(at.parent, Element):
            groups.setdefault((at.parent, at.tag, at.attr("class")), {})[at] = None
            at = at.parent
    lists = [list(items) for items in groups.values() if len(items) >= _LEAST_ITEMS]
    whole = len(collapsed(root.text)) if lists else 0
    for items in lists:
        lengths = sorted(len(collapsed(item.text)) for item in items)
        if lengths[len(lengths) // 2] < _LONGEST_TEASER and sum(lengths) > _MOST * whole:
            return True
    return False
