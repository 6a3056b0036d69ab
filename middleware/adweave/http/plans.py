"""The plan of one page as it is kept: small, because most of it is the same on every page.

A plan's markup is made of some hundred pieces that a generation of the configuration has in each
language: the styles, the scripts, a slot's element, a marker's entry. So a plan holds references
to pieces that all plans share, and packed numbers. Long markup is cut where what differs from
page to page meets what does not; cut elsewhere it would only share less.

Knows nothing of how plans are made, nor where they are kept.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterable
from typing import Final

# Only longer markup is cut: below that the references would take more than they save.
_LONG: Final = 600
# The ends of a rule of the styles or a marker's entry, of an attribute, and of what comes before
# a page's markers and before a marker's box.
_CUTS: Final = (b"}}", b"}'", b'"markers":{', b'"data-box":"')
# Pieces of all generations and languages in use. Full, the shelf starts anew: plans keep theirs.
_MOST_PIECES: Final = 32_768
# Measured: the object and its numbers, without what it refers to.
_OWN_BYTES: Final = 250

Pieces = tuple[bytes, ...]


class Shelf:
    """Pieces of markup that plans share, each kept once. Safe between threads."""

    def __init__(self, most: int = _MOST_PIECES) -> None:
        self._most = most
        self._pieces: dict[bytes, bytes] = {}
        self._rows: dict[Pieces, Pieces] = {}

    def row(self, pieces: Iterable[bytes]) -> tuple[Pieces, int]:
        """The same pieces as they are kept here, and how many bytes of them are new."""
        if len(self._pieces) >= self._most:
            self._pieces = {}
        if len(self._rows) >= self._most:
            self._rows = {}
        new = 0
        kept = []
        for piece in pieces:
            shared = self._pieces.setdefault(piece, piece)
            new += len(piece) if shared is piece else 0
            kept.append(shared)
        row = tuple(kept)
        return self._rows.setdefault(row, row), new


# One for the process, as `sys.intern` is: what it holds depends on nothing but its bytes.
_SHELF: Final = Shelf()


class PagePlan:
    """What goes into one page, checked.

    `insertions` are (byte offset, ASCII markup); `encoding` is the page's, `slots` the number of
    ad slots of all variants, `lang` that of the labels. Never changed once made.
    """

    __slots__ = ("_index", "_pieces", "encoding", "lang", "layout", "size_bytes", "slots")

    def __init__(
        self,
        insertions: Iterable[tuple[int, bytes]],
        encoding: str,
        slots: int,
        layout: str,
        lang: str,
    ) -> None:
        pieces: list[bytes] = []
        numbers: list[int] = []
        for offset, markup in insertions:
            cut = pieces_of(markup)
            numbers += (offset, len(cut))
            pieces += cut
        self._index = struct.pack(f"{len(numbers)}I", *numbers)
        self._pieces, new = _SHELF.row(pieces)
        self.encoding = sys.intern(encoding)
        self.slots = slots
        self.layout = sys.intern(layout)
        self.lang = sys.intern(lang)
        self.size_bytes = _OWN_BYTES + len(self._index) + 8 * len(pieces) + new
        """About what it takes in memory, what it shares with older plans left out."""

    @property
    def insertions(self) -> tuple[tuple[int, bytes], ...]:
        """(Byte offset, ASCII markup) in the order of the page."""
        pieces, at, found = self._pieces, 0, []
        for offset, count in struct.iter_unpack("II", self._index):
            if count == 1:
                found.append((offset, pieces[at]))
            else:
                found.append((offset, b"".join(pieces[at : at + count])))
            at += count
        return tuple(found)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PagePlan) and self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash(self._fields())

    def __repr__(self) -> str:
        return f"PagePlan{self._fields()!r}"

    def __reduce__(self) -> tuple[type[PagePlan], tuple[object, ...]]:
        """Made anew where it is read, so that it shares its pieces there, too."""
        return PagePlan, self._fields()

    def _fields(self) -> tuple[object, ...]:
        return self.insertions, self.encoding, self.slots, self.layout, self.lang


def pieces_of(markup: bytes) -> list[bytes]:
    """The markup in pieces that other plans are likely to have, too; never none."""
    pieces = [markup]
    if len(markup) > _LONG:
        for end in _CUTS:
            pieces = [part for piece in pieces for part in _behind(piece, end)]
    return pieces


def _behind(piece: bytes, end: bytes) -> list[bytes]:
    """`piece` cut behind each `end`, without what would be empty."""
    *parts, last = piece.split(end)
    parts = [part + end for part in parts]
    return [*parts, last] if last else parts
