"""The HTML parser, behind one small door so that it can be replaced.

Wraps `turbohtml`: an HTML5 tree builder in C that records where each tag stood. All of the
stage imports node types and parsing from here. Knows nothing of bytes and charsets: offsets
here are code points of the text that was parsed, which `charset` prepares so that its length
is not changed by the parser's newline normalisation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from turbohtml import Comment, Document, Element, Namespace, Node, NodeIterator, Text, unescape
from turbohtml import parse as _parse

__all__ = [
    "Comment",
    "Document",
    "Element",
    "Namespace",
    "Node",
    "Text",
    "comments_in",
    "end_of",
    "parse",
    "same_tree",
    "span_of",
    "start_of",
    "texts_in",
    "unescape",
    "without",
]


# DOM, NodeFilter.SHOW_TEXT and SHOW_COMMENT
_SHOW_TEXT, _SHOW_COMMENT = 4, 128


def parse(text: str, *, located: bool, scripting: bool = False) -> Document:
    """Parse a whole document as HTML5 says; `located` records the place of each tag."""
    return _parse(text, positions=located, source_locations=located, scripting=scripting)


def start_of(element: Element) -> int | None:
    """Where the element's start tag begins, or None for an element that no tag made."""
    location = element.source_location
    return None if location is None else location.start_tag.start_offset


def end_of(element: Element) -> int | None:
    """Just past the element's end tag, or past its only tag if it is void; None if unclosed."""
    return span_of(element)[1]


def span_of(element: Element) -> tuple[int | None, int | None]:
    """`start_of` and `end_of` for the price of one: the parser makes its record for each call."""
    location = element.source_location
    if location is None:
        return None, None
    tag = location.start_tag
    if location.end_tag is not None:
        return tag.start_offset, location.end_tag.end_offset
    return tag.start_offset, tag.end_offset if element.tag in VOID else None


def without(document: Document, selector: str) -> int:
    """Take the elements that match out of the tree, in place; says how many there were."""
    found = len(document.select(selector))
    if found:
        document.remove(selector)
    return found


def same_tree(one: Node, other: Node) -> bool:
    """Whether two trees have the same nodes, names, attributes and texts in the same order."""
    return one.equals(other)


def texts_in(node: Node) -> Iterator[Text]:
    """All text nodes below a node, in document order."""
    return cast("Iterator[Text]", NodeIterator(node, _SHOW_TEXT))


def comments_in(node: Node) -> Iterator[Comment]:
    """All comments below a node, in document order."""
    return cast("Iterator[Comment]", NodeIterator(node, _SHOW_COMMENT))


def tags(names: str) -> frozenset[str]:
    """A set of tag names written in one string."""
    return frozenset(names.split())


# WHATWG HTML, 13.2.4.2: the parser opens again what of these is left open.
FORMATTING_NAMES = [
    "a",
    "b",
    "big",
    "code",
    "em",
    "font",
    "i",
    "nobr",
    "s",
    "small",
    "strike",
    "strong",
    "tt",
    "u",
]
VOID = tags("area base br col embed hr img input link meta param source track wbr")


def without_comments(document: Document, prefix: str) -> int:
    """Take out the comments that start with `prefix`, in place; says how many there were."""
    found = [comment for comment in comments_in(document) if comment.data.startswith(prefix)]
    for comment in found:
        comment.extract()
    return len(found)
