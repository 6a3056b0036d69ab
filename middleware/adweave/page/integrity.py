"""The splice, and the proof that it changes nothing: weave, parse, take ours out, compare.

What is proved is DESIGN.md section 4: the woven page without our elements has the tree of the
page as it came, for parsers with scripting on (browsers) and off (most crawlers). Knows
nothing of why an insertion stands where it stands.
"""

from __future__ import annotations

from collections.abc import Sequence

from adweave.page.charset import read_as
from adweave.page.doubt import PageDoubt
from adweave.page.source import Source
from adweave.page.tree import Document, parse, same_tree, without, without_comments

OURS = "ad-slot[data-label], ad-notice[data-text], [data-adweave]"
_OUR_COMMENT = "adweave:"

Insertion = tuple[int, bytes]


def weave(body: bytes, insertions: Sequence[Insertion], encoding: str) -> bytes:
    """Splice ASCII insertions (byte offset, bytes) into a page.

    In UTF-16 pages they are encoded as the page is. Two insertions at the same offset keep
    their order. Raises ValueError for an insertion that is not ASCII or not inside the body.
    """
    codec = {"UTF-16LE": "utf-16-le", "UTF-16BE": "utf-16-be"}.get(encoding)
    pieces: list[bytes] = []
    at = 0
    for offset, inserted in sorted(insertions, key=_offset):
        if not inserted.isascii():
            raise ValueError("an insertion must be ASCII")
        if not 0 <= offset <= len(body):
            raise ValueError(f"offset {offset} is outside a body of {len(body)} bytes")
        pieces.append(body[at:offset])
        pieces.append(inserted.decode("ascii").encode(codec) if codec else inserted)
        at = offset
    pieces.append(body[at:])
    return b"".join(pieces)


def broken_insertions(source: Source, insertions: Sequence[Insertion]) -> frozenset[int]:
    """The self-check: indexes of the insertions that would change the page's tree.

    Empty means that the woven page, with our elements taken out, is the page as it came. All
    that are not in the result have been checked together.
    """
    check = _Check(source)
    indexes = list(range(len(insertions)))
    if not indexes or check.holds(insertions):
        return frozenset()
    broken = set(_guilty(check, insertions, indexes))
    # Each that is left is good alone; together they need not be.
    left = [index for index in indexes if index not in broken]
    while left and not check.holds([insertions[index] for index in left]):
        broken.add(left.pop())
    return frozenset(broken)


def _guilty(check: _Check, insertions: Sequence[Insertion], suspects: list[int]) -> list[int]:
    """Halve the suspects, known to break the tree together, down to single ones."""
    if len(suspects) == 1:
        return suspects
    half = len(suspects) // 2
    guilty: list[int] = []
    for part in (suspects[:half], suspects[half:]):
        if not check.holds([insertions[index] for index in part]):
            guilty += _guilty(check, insertions, part)
    return guilty


class _Check:
    """Compares woven texts with one source; keeps the tree for scripting once it is made."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._has_noscript = source.tree.select_one("noscript") is not None
        self._own_elements = len(source.tree.select(OURS))
        self._scripted: Document | None = None

    def holds(self, insertions: Sequence[Insertion]) -> bool:
        if self._own_elements:
            return False  # a page that is woven already; ours could not be told from its own
        source = self._source
        woven = weave(source.body, insertions, source.encoding)
        try:
            reading = read_as(woven, source.encoding)
        except PageDoubt:
            return False
        text = reading.text
        comments = any(b"<!--adweave:" in inserted for _, inserted in insertions)
        plain = _stripped(parse(text, located=False), comments)
        if not same_tree(plain, source.tree):
            return False
        if not self._has_noscript:
            return True
        # With scripting, <noscript> holds text. Where the two trees agree on all the rest,
        # as nearly always, the page's own tree for scripting need not be built.
        scripted = _stripped(parse(text, located=False, scripting=True), comments)
        if self._scripted is None:
            self._scripted = parse(source.reading.text, located=False, scripting=True)
        return same_tree(scripted, self._scripted)


def _stripped(document: Document, comments: bool) -> Document:
    without(document, OURS)
    if comments:
        without_comments(document, _OUR_COMMENT)
    return document


def _offset(insertion: Insertion) -> int:
    return insertion[0]
