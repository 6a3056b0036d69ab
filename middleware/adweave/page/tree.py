"""The HTML parser, behind one small door so that it can be replaced.

Wraps `turbohtml`: an HTML5 tree builder in C that records where each tag stood. All of the
stage imports node types and parsing from here. Knows nothing of bytes and charsets: offsets
here are code points of the text that was parsed, which `charset` prepares so that its length
is not changed by the parser's newline normalisation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from turbohtml import Comment, Document, Element, Namespace, Node, NodeIterator, Text
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
    "start_of",
    "texts_in",
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
    location = element.source_location
    if location is None:
        return None
    if location.end_tag is not None:
        return location.end_tag.end_offset
    return location.start_tag.end_offset if element.tag in VOID else None


def without(document: Document, selector: str) -> Document:
    """Take the elements that match out of the tree, in place."""
    document.remove(selector)
    return document


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


VOID = tags("area base br col embed hr img input link meta param source track wbr")


def without_comments(document: Document, prefix: str) -> int:
    """Take out the comments that start with `prefix`, in place; says how many there were."""
    found = [comment for comment in comments_in(document) if comment.data.startswith(prefix)]
    for comment in found:
        comment.extract()
    return len(found)
