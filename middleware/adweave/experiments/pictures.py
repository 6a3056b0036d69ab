"""Pictures of the variants' layouts: one article as a column of blocks, and the slots among them.

SVG drawn from the engine's own estimates, the same for the same page and folder; no browser is
needed. Heights are to scale, one scale for all variants of a viewport; widths are not. Knows
outlines, plans and layouts; nothing of how a page was had.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from adweave.layout import Plan, slot_height_px
from adweave.page import VIEWPORTS, BlockKind, Outline
from adweave.placements import Layout

TALLEST = 460
"""Height of the tallest column in the picture."""
COLUMN, GUTTER = 72, 70
"""Width of an article, and of the numbers beside it."""
TOP, LINE = 34, 5

NOTICE_PX = 48
"""Of a notice: two lines and the space around them."""

_BLOCK_CLASSES = {
    BlockKind.HEADING: "head",
    BlockKind.IMAGE: "image",
    BlockKind.EMBED: "image",
}


@dataclass(frozen=True, slots=True)
class Arranged:
    """What a variant's layout does with the page. `plan` is None where it gets nothing; then
    `why` says so."""

    variant: str
    layout: Layout
    outline: Outline | None
    plan: Plan | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A block or a slot (then with a name), `top_px` below the article's start."""

    top_px: float
    height_px: float
    kind: BlockKind | None
    name: str = ""
    is_ad: bool = False


def layout_pictures(page: str, arranged: Sequence[Arranged]) -> Iterator[str]:
    """A heading, the pictures of each viewport, and what could not be drawn, as HTML."""
    drawn = [one for one in arranged if one.plan is not None and one.outline is not None]
    for one in arranged:
        if one not in drawn:
            yield f"<p>{escape(f'{one.variant} puts nothing into {page}: {one.why}')}</p>"
    if not drawn:
        return
    yield (
        f"<p>{escape(page[:1].upper() + page[1:])}, as the layouts of the variants weave it. "
        "Heights are estimates and to scale. The numbers say how many pixels below the article's "
        "beginning a slot starts.</p>"
    )
    yield '<div class="pictures">'
    for number, viewport in enumerate(VIEWPORTS):
        columns = [(one, _pieces(one, number)) for one in drawn]
        yield (
            f"<figure>{_picture(viewport.name, columns)}"
            f"<figcaption>{viewport.name}, {viewport.width_px} px wide</figcaption></figure>"
        )
    yield "</div>"


def _pieces(one: Arranged, viewport: int) -> list[_Piece]:
    """What stands below what at that viewport."""
    assert one.outline is not None
    assert one.plan is not None
    gaps = one.outline.gaps
    by_gap: dict[int, list[tuple[str, float, bool]]] = {}
    for slot in one.plan.slots:
        if VIEWPORTS[viewport].name in slot.viewports:
            gap = slot.gap
            if gap >= len(gaps):  # outside the text: above or below it
                gap = 0 if not gaps or slot.offset <= gaps[0].offset else len(gaps) - 1
            placement = one.layout.placement_named(slot.placement)
            is_ad = placement is not None and placement.kind != "notice"
            height = slot_height_px(placement, viewport) if placement and is_ad else NOTICE_PX
            by_gap.setdefault(gap, []).append((f"{slot.placement} {slot.index}", height, is_ad))
    found: list[_Piece] = []
    at = 0.0
    for number in range(len(one.outline.blocks) + 1):
        for name, height, is_ad in by_gap.get(number, ()):
            found.append(_Piece(at, height, None, name, is_ad))
            at += height
        if number < len(one.outline.blocks):
            block = one.outline.blocks[number]
            found.append(_Piece(at, block.heights_px[viewport], block.kind))
            at += block.heights_px[viewport]
    return found


def _picture(viewport: str, columns: Sequence[tuple[Arranged, Sequence[_Piece]]]) -> str:
    heights = [sum(piece.height_px for piece in pieces) for _, pieces in columns]
    scale = TALLEST / max(*heights, 1.0)
    body, told = [], []
    for place, ((one, pieces), height) in enumerate(zip(columns, heights, strict=True)):
        slots = [piece for piece in pieces if piece.is_ad]
        share = sum(piece.height_px for piece in slots) / height if height else 0.0
        left = place * (COLUMN + GUTTER)
        count = f"{len(slots)} slot{'' if len(slots) == 1 else 's'}"
        name = one.variant if len(one.variant) <= 19 else f"{one.variant[:18]}…"
        body.append(
            f'<text class="name" x="{left}" y="11">{escape(name)}</text>'
            f'<text class="tick" x="{left}" y="26">{count}, {share:.0%} of height</text>'
        )
        body += _column(pieces, left, scale)
        places = ", ".join(f"{piece.name} at {piece.top_px:,.0f} px" for piece in slots)
        told.append(f"{one.variant} has {count}{f': {places}' if places else ''}.")
    width = len(columns) * (COLUMN + GUTTER)
    return (
        f'<svg role="img" viewBox="0 0 {width} {TOP + TALLEST + 2}" style="width:{width}px" '
        'xmlns="http://www.w3.org/2000/svg">'
        f"<title>Slots on {viewport}, by variant</title><desc>{escape(' '.join(told))}</desc>"
        f"{''.join(body)}</svg>"
    )


def _column(pieces: Sequence[_Piece], left: int, scale: float) -> Iterator[str]:
    lowest = 0.0  # of the numbers, so that two do not stand on one another
    for piece in pieces:
        top, height = TOP + piece.top_px * scale, piece.height_px * scale
        if piece.kind is None:
            lowest = max(top + height / 2 + 4, lowest + 12)
            kind = "slot" if piece.is_ad else "notice"
            yield (
                f'<rect class="{kind}" x="{left}" y="{top:.1f}" width="{COLUMN}" '
                f'height="{max(height, 2):.1f}"/><text class="tick" x="{left + COLUMN + 4}" '
                f'y="{lowest:.1f}">{piece.top_px:,.0f}</text>'
            )
        elif piece.kind in _BLOCK_CLASSES:
            is_head = piece.kind is BlockKind.HEADING
            inner = max(1.0, min(height - 1, 4.0) if is_head else height - 2)
            yield (
                f'<rect class="{_BLOCK_CLASSES[piece.kind]}" x="{left}" '
                f'y="{top + (height - inner) / 2:.1f}" '
                f'width="{COLUMN * 3 // 4 if is_head else COLUMN}" height="{inner:.1f}"/>'
            )
        else:
            lines = max(1, round(height / LINE))
            step = height / lines
            strokes = "".join(
                f"M{left} {top + step * (line + 0.5):.1f}"
                f"h{COLUMN * 2 // 3 if line and line == lines - 1 else COLUMN}"
                for line in range(lines)
            )
            yield f'<path class="prose" d="{strokes}"/>'
