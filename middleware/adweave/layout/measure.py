"""Distances along the article, in every unit that a layout may use.

An article is a line; gap *i* is a point on it, and block *i* the stretch between gap *i* and
gap *i + 1*. Each unit is an axis: a list of positions, one per gap, never falling. `px` has one
axis per viewport; `screens` are px divided by the viewport's height; `words` and `blocks` are
the same for every viewport. A block without text (a rule, an image without a caption) does not
count on the `blocks` axis, so that "touching" means: no text in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from adweave.page import VIEWPORTS, BlockKind, Outline
from adweave.placements import Distance

MEDIA = frozenset({BlockKind.IMAGE, BlockKind.EMBED})
# What promotes something else: beside it, an ad reads as a part of it.
PROMOTION = frozenset({BlockKind.RELATED, BlockKind.FORM})


@dataclass(frozen=True, slots=True)
class Measures:
    """An outline's axes and landmarks.

    The landmark lists have one entry per gap: the gap index where the nearest such block above
    ends, or where the nearest below starts, or None. `first_text_end` is the gap below the
    article's first paragraph.
    """

    px: tuple[list[float], ...]
    words: list[float]
    blocks: list[float]
    heading_above: list[int | None]
    media_above: list[int | None]
    media_below: list[int | None]
    ad_above: list[int | None]
    ad_below: list[int | None]
    promotion_above: list[int | None]
    promotion_below: list[int | None]
    first_text_end: int | None

    def axis(self, unit: str, viewport: int) -> list[float]:
        """The positions that a distance in `unit` is measured on ("screens" are kept in px)."""
        if unit in ("px", "screens"):
            return self.px[viewport]
        return self.words if unit == "words" else self.blocks


def measures_of(outline: Outline) -> Measures:
    """Lay the outline's blocks along every axis. Linear in the number of blocks."""
    blocks = outline.blocks
    return Measures(
        px=tuple(
            list(accumulate((b.heights_px[v] for b in blocks), initial=0.0))
            for v in range(len(VIEWPORTS))
        ),
        words=list(accumulate((b.words for b in blocks), initial=0.0)),
        blocks=list(accumulate((float(b.words > 0) for b in blocks), initial=0.0)),
        heading_above=_nearest_above(outline, frozenset({BlockKind.HEADING})),
        media_above=_nearest_above(outline, MEDIA),
        media_below=_nearest_below(outline, MEDIA),
        ad_above=_nearest_above(outline, frozenset({BlockKind.AD})),
        ad_below=_nearest_below(outline, frozenset({BlockKind.AD})),
        promotion_above=_nearest_above(outline, PROMOTION),
        promotion_below=_nearest_below(outline, PROMOTION),
        first_text_end=next(
            (i + 1 for i, b in enumerate(blocks) if b.kind is BlockKind.PARAGRAPH), None
        ),
    )


def required_on_axis(distance: Distance, viewport: int) -> float:
    """A configured distance as a length on `Measures.axis(distance.unit, viewport)`."""
    if distance.unit == "screens":
        return distance.value * VIEWPORTS[viewport].height_px
    return distance.value


def _nearest_above(outline: Outline, kinds: frozenset[BlockKind]) -> list[int | None]:
    nearest: list[int | None] = [None]
    for index, block in enumerate(outline.blocks):
        nearest.append(index + 1 if block.kind in kinds else nearest[-1])
    return nearest


def _nearest_below(outline: Outline, kinds: frozenset[BlockKind]) -> list[int | None]:
    nearest: list[int | None] = [None]
    for index in range(len(outline.blocks) - 1, -1, -1):
        nearest.append(index if outline.blocks[index].kind in kinds else nearest[-1])
    nearest.reverse()
    return nearest
