"""The pieces of an article on their way to blocks, and the run of text being gathered.

Places are offsets into the reading's text. Knows nothing of what makes a piece.
"""

from __future__ import annotations

from dataclasses import dataclass

from adweave.page.model import BlockKind
from adweave.page.tree import Element, Node


@dataclass(slots=True)
class Piece:
    """One block to be, with its places as text offsets (None: no tag marks the place)."""

    kind: BlockKind
    text: str
    place: int | None  # where an element may stand before it
    start: int | None
    end: int | None
    after: int | None  # where an element may stand after it, if it is the last
    fault: str | None  # why nothing may stand before it
    words: float
    prose: float = 0.0  # weight of its text as an article's text; 0 for all that is not
    link_share: float = 0.0
    tag: str = ""
    element: Element | None = None
    media: Element | None = None  # the first picture or player in it
    breaks: int = 0  # `<br>` inside it, of a run of text
    only_text: bool = False  # its element has no other element in it
    pictured: bool = False  # furniture with pictures in it: to a reader, a picture


class Run:
    """Text and inline elements that belong together, and where we are in the walk.

    `at` is just past the last tag that was closed in its own place; `fault` says why nothing
    may stand there.
    """

    def __init__(self, at: int | None) -> None:
        self.nodes: list[Node] = []
        self.at = at
        self.fault: str | None = None if at is not None else "no-tag"
        self.breaks = 0  # `<br>` met since the last text
        self.inner = 0  # `<br>` between its texts
        self.after_break = False  # whether the last tag was a `<br>`
        self.chain: int | None = None  # where the breaks since the last text or block begin
        self.place: int | None = None  # where an element may stand before the run
        self.start: int | None = None
        self.run_fault: str | None = None
        self.end: int | None = None
        self._open_end = False

    def add(self, node: Node, start: int | None, end: int | None, fault: str | None = None) -> None:
        """Put a node to the run; text ends where the next tag begins."""
        if not self.nodes:
            self.start, self.run_fault = start, fault or self.fault
            # Extractors take the breaks as the beginning of what follows them.
            self.place = start if self.chain is None else self.chain
            self.inner = 0
        else:
            self.inner += self.breaks
        self.chain = None
        self.nodes.append(node)
        self.breaks = 0
        self.end = end
        self._open_end = end is None

    def meet(self, start: int | None) -> None:
        """A tag that starts here follows: text before it ends."""
        if self._open_end:
            self.close(start)

    def close(self, end: int | None) -> None:
        """The text so far ends at this place, if its end is not known yet."""
        if self._open_end:
            self.end, self._open_end = end, False
