"""Places named by what stands beside them, for pages whose markup must stay as it is.

A framework that takes a page over compares what it finds with what it would have made, so
nothing of ours may be in it. A script puts the slots in afterwards and has to find their places
in a tree that may have got banners and wrappers by then: so a place is named by the element
beside it, its tag and the beginning of its text. The other side of this agreement is
`browser/src/places.ts`. Knows nothing of frameworks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from adweave.page.charset import Reading, read_as
from adweave.page.integrity import weave
from adweave.page.source import Source
from adweave.page.tree import Comment, Document, Element, Text, comments_in, parse, texts_in

_LENGTH = 64  # UTF-16 code units of a text that name it
_LEAST = 20  # fewer are rather a button or a date, which scripts change
_ENOUGH = 2 * _LENGTH  # of a text, before a look whether it is
_SPACE = str.maketrans("", "", " \t\n\f\r\xa0")
_MARK = "adweave-place:"


class Landmark(NamedTuple):
    """A place `side` ("before", "after") the `nth` element, from 0, of its tag and beginning.

    `fingerprint` is `fingerprint` of its text. "end" is the end of the body, beside nothing.
    """

    side: Literal["before", "after", "end"]
    tag: str
    fingerprint: int
    nth: int


def fingerprint(text: str) -> int:
    """FNV-1a, 32 bits, over UTF-16 code units, of a text's beginning without white space."""
    units = _beginning(text).encode("utf-16-le", "surrogatepass")
    found = 0x811C9DC5
    for at in range(0, len(units), 2):
        found = ((found ^ (units[at] | units[at + 1] << 8)) * 0x01000193) & 0xFFFFFFFF
    return found


def _beginning(text: str) -> str:
    """The first `_LENGTH` UTF-16 code units of a text, white space left out."""
    found = text[:_ENOUGH].translate(_SPACE)
    if len(found) < _LENGTH:
        found = text.translate(_SPACE)
    units = found[:_LENGTH].encode("utf-16-le", "surrogatepass")
    return units[: 2 * _LENGTH].decode("utf-16-le", "surrogatepass")


def landmarks_of(source: Source, offsets: Iterable[int]) -> dict[int, Landmark]:
    """The names of places at byte offsets; those that nothing nameable stands beside are left out.

    Reads the page once more, with marks at the places, as a browser that runs scripts does.
    """
    places = sorted(set(offsets))
    marks = [(offset, f"<!--{_MARK}{offset}-->".encode("ascii")) for offset in places]
    reading = read_as(weave(source.body, marks, source.encoding), source.encoding)
    tree = parse(reading.text, located=False, scripting=True)
    namer = _Namer(tree, reading)
    found: dict[int, Landmark] = {}
    for comment in list(comments_in(tree)):
        if comment.data.startswith(_MARK):
            landmark = namer.name(comment)
            if landmark is not None:
                found[int(comment.data[len(_MARK) :])] = landmark
    return found


class _Namer:
    """Names elements of one tree. Each tag's elements are gone through once."""

    def __init__(self, tree: Document, reading: Reading) -> None:
        self._tree = tree
        self._reading = reading
        self._names: dict[str, dict[Element, tuple[str, int]]] = {}

    def name(self, mark: Comment) -> Landmark | None:
        below = _element(mark.next_siblings)
        above = _element(mark.previous_siblings)
        if below is not None and self._is_nameable(below):
            return self._landmark("before", below)
        if above is not None and self._is_nameable(above):
            return self._landmark("after", above)
        if isinstance(mark.parent, Element) and mark.parent.tag == "body" and below is None:
            return Landmark("end", "body", 0, 0)
        return None

    def _is_nameable(self, element: Element) -> bool:
        return len(self._beginning(element)) >= _LEAST

    def _landmark(self, side: Literal["before", "after"], element: Element) -> Landmark:
        tag = element.tag
        if tag not in self._names:
            self._names[tag] = self._named(tag)
        beginning, nth = self._names[tag][element]
        return Landmark(side, tag, fingerprint(beginning), nth)

    def _named(self, tag: str) -> dict[Element, tuple[str, int]]:
        """Each element's beginning, and how many with the same one are before it."""
        seen: dict[str, int] = {}
        names: dict[Element, tuple[str, int]] = {}
        body = self._tree.select_one("body")
        for element in body.select(tag) if body is not None else ():
            beginning = self._beginning(element)
            names[element] = (beginning, seen.get(beginning, 0))
            seen[beginning] = seen.get(beginning, 0) + 1
        return names

    def _beginning(self, element: Element) -> str:
        # Parts of a character must stay together, so whole texts are taken until it is enough.
        pieces = ""
        for text in texts_in(element):
            pieces += text.data
            if len(pieces) > _ENOUGH and len(_beginning(self._reading.real(pieces))) >= _LENGTH:
                break
        return _beginning(self._reading.real(pieces))


def _element(siblings: Iterable[object]) -> Element | None:
    """The nearest element, if nothing but white space and comments is before it."""
    for node in siblings:
        if isinstance(node, Element):
            return node
        if isinstance(node, Text) and node.data.strip():
            return None
    return None
