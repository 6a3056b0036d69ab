"""The splice, and the proof that it changes nothing: weave, parse, take ours out, compare.

What is proved: the woven page without our elements has the tree of the page as it came, for
parsers with scripting on (browsers) and off (most crawlers). Knows
nothing of why an insertion stands where it stands.
"""

from __future__ import annotations

from collections.abc import Sequence

from adweave.page.charset import prescanned_encoding, read_as
from adweave.page.doubt import PageDoubt
from adweave.page.source import Source
from adweave.page.tree import (
    FORMATTING_NAMES,
    Comment,
    Document,
    Element,
    comments_in,
    parse,
    same_tree,
    span_of,
    tags,
    without,
    without_comments,
)

OURS = "ad-slot[data-label], ad-notice[data-text], [data-adweave]"
_OURS_IN_NOSCRIPT = ", ".join(f"noscript {one.strip()}" for one in OURS.split(","))
_OUR_COMMENT = "adweave:"
FORMATTING = ", ".join(FORMATTING_NAMES)
# What usually is in a <noscript>, and can be closed within it.
_SEALED_IN_HEAD = tags("link meta style")
_SEALED_IN_BODY = tags(
    "a abbr b br em figure figcaption h1 h2 h3 h4 h5 h6 hr i iframe img li link meta ol p picture"
    " small source span strong style u ul div"
)

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
        self._is_sealed = _are_sealed(source, source.tree.select("noscript"))
        self._own_elements = len(source.tree.select(OURS))
        self._scripted: Document | None = None

    def holds(self, insertions: Sequence[Insertion]) -> bool:
        if self._own_elements:
            return False  # a page that is woven already; ours could not be told from its own
        source = self._source
        woven = weave(source.body, insertions, source.encoding)
        # A <meta> that is pushed out of the first 1 024 bytes is not seen in time.
        if not source.is_told and prescanned_encoding(woven) != prescanned_encoding(source.body):
            return False
        try:
            reading = read_as(woven, source.encoding)
        except PageDoubt:
            return False
        text = reading.text
        comments = any(b"<!--adweave:" in inserted for _, inserted in insertions)
        plain = parse(text, located=False)
        is_sealed = self._is_sealed and not _are_inside(plain, comments)
        if not same_tree(_stripped(plain, comments), source.tree):
            return False
        if is_sealed:
            return True
        scripted = _stripped(parse(text, located=False, scripting=True), comments)
        if self._scripted is None:
            self._scripted = parse(source.reading.text, located=False, scripting=True)
        return same_tree(scripted, self._scripted)


def _are_inside(woven: Document, comments: bool) -> bool:
    """Whether anything of ours is in a <noscript>, which a parser with scripting reads as text."""
    if woven.select_one(_OURS_IN_NOSCRIPT) is not None:
        return True
    return comments and any(
        comment.data.startswith(_OUR_COMMENT) and _is_in_noscript(comment)
        for comment in comments_in(woven)
    )


def _is_in_noscript(comment: Comment) -> bool:
    above = comment.parent
    return isinstance(above, Element) and above.closest("noscript") is not None


def _are_sealed(source: Source, noscripts: Sequence[Element]) -> bool:
    """Whether parsers with scripting and without agree on all that is around each <noscript>.

    A parser with scripting reads what is in a <noscript> as text, one without as markup (WHATWG
    HTML, 13.2.6.4.5 and 13.2.6.4.7). What follows is the same to both where both end it at the
    same tag, and what is in it leaves nothing behind: every element in it is closed in it, none
    closes one outside, no formatting element was opened again for it or meets another. Then a
    page whose tree without scripting is kept has its tree with scripting kept too.
    """
    for noscript in noscripts:
        location, above = noscript.source_location, noscript.parent
        if location is None or location.end_tag is None or not isinstance(above, Element):
            return False
        if above.source_location is None and above.tag not in ("html", "head", "body"):
            return False
        begin, end = location.start_tag.end_offset, location.end_tag.start_offset
        if "</noscript" in source.reading.text[begin:end].lower():
            return False
        allowed = _SEALED_IN_HEAD if above.tag == "head" else _SEALED_IN_BODY
        for inner in noscript.select("*"):
            if inner.tag not in allowed or span_of(inner)[1] is None:
                return False
        if noscript.select_one(FORMATTING) is not None and noscript.closest(FORMATTING):
            return False
    return True


def _stripped(document: Document, comments: bool) -> Document:
    without(document, OURS)
    if comments:
        without_comments(document, _OUR_COMMENT)
    return document


def _offset(insertion: Insertion) -> int:
    return insertion[0]
