"""Every place of a small page tried on its own, and judged by a parser that the engine lacks.

The promise: where the engine's self-check lets an element stand, the rest of the tree is the
page's, with scripting off and on.
html5lib judges. It is of 2020 and wrong here and there, so that what it alone says is a dispute,
which `settled` takes to a third parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from adweave.page import PageDoubt, Source, broken_insertions, outline_of, read_page, weave
from tests.quality import node
from tests.quality.judge import encoding_of, integrity_faults, text_of
from tests.quality.judge.trees import (
    Node,
    first_difference,
    html5lib_of_today,
    remove_ours,
    tree_of,
)

SLOT = (
    b'<ad-slot data-placement="inline" data-n="1" data-label="Advertisement" lang="en"></ad-slot>'
)
MARKER = b"<!--adweave:1-->"

_EDGE = re.compile(rb"<|(?<=>)")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong with an insertion. With `pair` (the texts) it is html5lib's view alone."""

    offset: int
    inserted: bytes
    fault: str
    pair: tuple[str, str] | None = None

    def __str__(self) -> str:
        return f"{self.inserted[:11].decode()} at {self.offset}: {self.fault}"


@dataclass(slots=True)
class Tally:
    """How many places were tried, and how many of them the engine refused."""

    pages: int = 0
    gaps: int = 0
    edges: int = 0
    refused: int = 0
    surprises: int = 0  # slots refused at gaps that the outline finds no fault with


def troubles_of(
    body: bytes, content_type: str | None, tally: Tally, *, edges: bool = False
) -> Iterator[Trouble]:
    """Try each gap of the page, with `edges` also each place beside a tag.

    A slot is tried at every place, at gaps a marker, too.
    """
    try:
        source = read_page(body, content_type)
        outline = outline_of(source)
    except PageDoubt:
        return
    if outline.opt_out is not None:
        return
    tally.pages += 1
    seen = encoding_of(body, content_type)
    judge = _Judge(text_of(body, seen))
    gaps = {gap.offset: gap for gap in outline.gaps}
    tally.gaps += len(gaps)
    places = [(offset, inserted) for offset in gaps for inserted in (SLOT, MARKER)]
    if edges:
        beside = {found.start() for found in _EDGE.finditer(body)} - gaps.keys()
        tally.edges += len(beside)
        places += [(offset, SLOT) for offset in sorted(beside)]
    for offset, inserted in places:
        if broken_insertions(source, [(offset, inserted)]):
            tally.refused += 1
            # A marker is a comment, which a tree builder does not move as it moves an element.
            if inserted == SLOT and offset in gaps and gaps[offset].fault is None:
                tally.surprises += 1
            continue
        yield from _judged(source, judge, seen, offset, inserted)


def _judged(
    source: Source, judge: _Judge, seen: str, offset: int, inserted: bytes
) -> Iterator[Trouble]:
    woven = weave(source.body, [(offset, inserted)], source.encoding)
    for fault in integrity_faults(source.body, woven, seen):
        yield Trouble(offset, inserted, fault)
    text = text_of(woven, seen)
    difference = judge.difference(text)
    if difference:
        yield Trouble(offset, inserted, difference, (judge.text, text))


class _Judge:
    """html5lib's trees of one page, made once for all places."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._trees = self._originals()

    def difference(self, woven: str) -> str:
        """Where the tree parts from the page's, in words; "" where it does not."""
        if isinstance(self._trees, str):
            return self._trees
        difference = _difference(self._trees, woven)
        if not difference:
            return ""
        with html5lib_of_today():
            trees = self._originals()
            return difference if isinstance(trees, str) else _difference(trees, woven)

    def _originals(self) -> list[Node] | str:
        try:
            return [tree_of(self.text, scripting=scripting) for scripting in (False, True)]
        except Exception as crash:  # html5lib has assertions that some pages trip over
            return f"html5lib fails on the page as it came: {crash!r}"


def _difference(trees: list[Node], woven: str) -> str:
    for scripting, before in zip((False, True), trees, strict=True):
        try:
            after = tree_of(woven, scripting=scripting)
        except Exception as crash:
            return f"html5lib fails on the woven page only: {crash!r}"
        remove_ours(after)
        if difference := first_difference(before, after):
            return f"scripting {'on' if scripting else 'off'}: {difference}"
    return ""


def settled(troubles: Iterable[Trouble]) -> tuple[list[Trouble], list[Trouble]]:
    """Troubles that stand, and disputes that parse5 could not be asked about."""
    found = list(troubles)
    lost = [one for one in found if one.pair is None]
    disputes = [one for one in found if one.pair is not None]
    if not disputes:
        return lost, []
    if node.trouble():
        return lost, disputes
    same = node.third_voices([one.pair for one in disputes if one.pair is not None])
    lost += [one for one, is_same in zip(disputes, same, strict=True) if not is_same]
    return lost, []
