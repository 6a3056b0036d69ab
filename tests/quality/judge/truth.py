"""The article's body as people marked it: where the corpus' true paragraphs stand in a page."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .reading import normalised

# Shorter paragraphs ("Photo: AP") occur by chance in navigation and are no anchors.
_ANCHOR_CHARS = 25
# A paragraph is looked for by its first and last characters when it is not there whole.
_EDGE_CHARS = 40


@dataclass(frozen=True, slots=True)
class Body:
    """Positions in the page's normalised text: its first paragraph's and last one's edges."""

    start: int
    first_end: int
    last_start: int
    end: int

    def holds(self, position: int) -> bool:
        """Whether a slot at the position stands between the first and the last paragraph."""
        return self.first_end <= position <= self.last_start


def body_in(text: str, paragraphs: Sequence[str]) -> Body | None:
    """Find the paragraphs in a page's normalised text; None when fewer than two are there."""
    copies = Counter(normalised(one) for one in paragraphs)
    # One span for each true copy of a paragraph. Texts that stand in the page as often as in
    # the truth are anchors; of the others (a teaser or a share text repeats a paragraph) the
    # spans nearest to an anchor are the article's.
    sure: list[tuple[int, int]] = []
    doubtful: list[tuple[int, list[tuple[int, int]]]] = []
    for wanted, count in copies.items():
        spans = _spans(text, wanted)
        if len(spans) <= count:
            sure += spans
        else:
            doubtful.append((count, spans))
    if not sure:
        sure = [spans[0] for _, spans in doubtful]
    middle = statistics.median(start for start, _ in sure) if sure else 0
    chosen = list(sure)
    for count, spans in doubtful:
        chosen += sorted(spans, key=lambda span: abs(span[0] - middle))[:count]
    if len(chosen) < 2:
        return None
    first = min(chosen)
    last = max(chosen)
    if first == last:
        return None
    return Body(first[0], first[1], last[0], last[1])


def _spans(text: str, wanted: str) -> list[tuple[int, int]]:
    if len(wanted) < _ANCHOR_CHARS:
        return []
    whole = [(at, at + len(wanted)) for at in _occurrences(text, wanted)]
    if whole or len(wanted) < 2 * _EDGE_CHARS:
        return whole
    spans = []
    for at in _occurrences(text, wanted[:_EDGE_CHARS]):
        end = text.find(wanted[-_EDGE_CHARS:], at, at + 2 * len(wanted))
        if end != -1:
            spans.append((at, end + _EDGE_CHARS))
    return spans


def _occurrences(text: str, wanted: str) -> list[int]:
    found = []
    at = text.find(wanted)
    while at != -1:
        found.append(at)
        at = text.find(wanted, at + len(wanted))
    return found
