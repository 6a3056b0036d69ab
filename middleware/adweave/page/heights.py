"""How tall an article's blocks will be, per viewport, without a browser.

Blocks are stacked as CSS stacks them: lines of text by `lines`, pictures and players by `media`,
margins collapsed with those of the block above. The style is that of a usual article template:
what a site's own style sheet says is not known here.

A block's height reaches from the gap above it to the gap below it. A gap lies below the lower
margin of the block above it; where the next block's upper margin is larger, what is left of it
belongs to that block (CSS 2.1, section 8.3.1, for an empty block between two others).

Paragraphs are worked out from their length. Other blocks are walked, up to a number of elements.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from adweave.page.article import INLINE, names_of
from adweave.page.lines import (
    COLUMNS,
    LINE_PX,
    MARGIN_PX,
    TYPE_PX,
    Columns,
    collapsed,
    lines_of,
    paragraph_px,
)
from adweave.page.media import held_px, icon_px, picture_px, player_px, post_px, size_of
from adweave.page.model import BlockKind
from adweave.page.pieces import Piece
from adweave.page.tree import Element, Text, tags

__all__ = ["heights_of", "size_of"]

Heights = tuple[float, ...]  # px, one for each of VIEWPORTS


@dataclass(frozen=True, slots=True)
class _Face:
    """How text is set: type and line in px."""

    type_px: float = TYPE_PX
    line_px: float = LINE_PX
    bold: bool = False


class _Box(NamedTuple):
    """A block as it is stacked: its height without margins, and those."""

    heights: Heights
    top: float = 0.0
    bottom: float = 0.0


_NOTHING: Heights = tuple([0.0 for _ in COLUMNS])
_TEXT = _Face()
_CAPTION = _Face(14.0, 19.5)  # 0.82 em
_CODE_LINE_PX = 21.0
_HEADINGS: Mapping[str, _Face] = {
    tag: _Face(size, size * 1.25, True)
    for tag, size in (
        ("h1", 34.0), ("h2", 23.8), ("h3", 20.4), ("h4", 18.7), ("h5", 17.0), ("h6", 15.3),
    )
}  # fmt: skip
_SPACED = tags("p ul ol dl menu figure table blockquote pre address form details fieldset")
_SILENT = tags(
    "script style template noscript link meta title base head param source track datalist noframes"
    " dialog area map col colgroup object"
)
_PLAYERS = tags("iframe video audio embed object canvas amp-iframe amp-video amp-youtube")
_FIELDS = tags("input button select textarea")
_ALL_MEDIA = _PLAYERS | _FIELDS | tags("img svg picture amp-img")
_INDENT_PX = 34.0  # of lists
_QUOTE_PX = 51.0  # both sides
_ITEM_PX = 8.5  # below each item of a list
_CELL_PX = 17.0  # both sides of a cell
_CELL_HIGH_PX = 10.2
_BELOW_BASELINE_PX = 6.6  # a picture stands on its line's base
_FIELD_PX = 30.0
_LARGEST_WALK = 600  # elements of a block; of those behind them only the text counts
_DEEPEST_WALK = 40  # elements inside each other; likewise


def heights_of(pieces: Sequence[Piece], real: Callable[[str], str]) -> list[Heights]:
    """The height of each block, in the order of the pieces.

    `real` turns text of the tree into real text (`Reading.real`).
    """
    found: list[Heights] = []
    above = math.inf  # the first block's upper margin lies above the first gap
    for piece in pieces:
        if piece.only_text and piece.tag == "p" and piece.kind is not BlockKind.HEADING:
            heights, top, bottom = paragraph_px(piece.text), MARGIN_PX, MARGIN_PX
        else:
            heights, top, bottom = _box_of(piece, real)
        beyond = bottom + top - above if top > above else bottom
        found.append(tuple([height + beyond for height in heights]))
        above = bottom
    return found


def _box_of(piece: Piece, real: Callable[[str], str]) -> _Box:
    tag, element, kind = piece.tag, piece.element, piece.kind
    if element is None or tag == "":
        top = 0.0
        if piece.place is not None and piece.start is not None and piece.start - piece.place >= 8:
            top = LINE_PX  # the empty line that two breaks make
        return _Box(_run(piece), top)
    if kind is BlockKind.PARAGRAPH or kind is BlockKind.HEADING:
        face = _HEADINGS.get(tag)
        if face is not None:
            lines = lines_of(piece.text, type_px=face.type_px, bold=face.bold)
            return _Box(tuple([n * face.line_px for n in lines]), face.type_px, 0.75 * face.type_px)
        if piece.only_text or (
            piece.media is None and element.select_one("br" if tag == "p" else _BLOCKS) is None
        ):
            lines = lines_of(piece.text, bold=kind is BlockKind.HEADING)
            margin = MARGIN_PX if tag in _SPACED else 0.0
            return _Box(tuple([n * LINE_PX for n in lines]), margin, margin)
    if kind is BlockKind.EMBED and tag not in _PLAYERS:
        height = post_px(names_of(element))
        if height is not None:
            return _Box(tuple([height for _ in COLUMNS]), MARGIN_PX, MARGIN_PX)
    return _Walk(real).block(element, tag, COLUMNS, _TEXT)


def _run(piece: Piece) -> Heights:
    """Heights of a run of text and inline elements; each break ends a line half full."""
    ends = piece.breaks + 1
    heights = tuple([
        (n if ends == 1 else max(ends, n + 0.5 * ends)) * LINE_PX
        for n in lines_of(piece.text)
    ])  # fmt: skip
    media = piece.media
    if media is None:
        return heights
    return tuple([a + b for a, b in zip(heights, _media(media, media.tag, COLUMNS), strict=True)])


def _media(element: Element, tag: str, columns: Columns) -> Heights:
    """Heights that a picture, player or field gives to the line that it stands in."""
    if tag == "picture":
        image = element.select_one("img")
        if image is None:
            return _NOTHING
        heights = picture_px(image, columns)
    elif tag == "img" or tag == "amp-img":
        heights = picture_px(element, columns)
    elif tag == "svg":
        heights = icon_px(element, columns)
    elif tag in _FIELDS:
        if element.attr("type") == "hidden":
            return _NOTHING
        heights = tuple([_FIELD_PX for _ in columns])
    else:
        heights = player_px(element, columns)
    return tuple([
        height + _BELOW_BASELINE_PX if height > LINE_PX - _BELOW_BASELINE_PX
        else (LINE_PX if height > 0 else 0.0)
        for height in heights
    ])  # fmt: skip


class _Walk:
    """Lays one block out, element by element, until it has met too many."""

    def __init__(self, real: Callable[[str], str]) -> None:
        self._real = real
        self._left = _LARGEST_WALK
        self._depth = 0

    def block(self, element: Element, tag: str, columns: Columns, face: _Face) -> _Box:
        """One block-level element."""
        if tag in _ALL_MEDIA:
            return _Box(_media(element, tag, columns))
        heading = _HEADINGS.get(tag)
        if heading is not None:
            inner = self.flow(element, columns, heading)
            return _Box(inner.heights, heading.type_px, 0.75 * heading.type_px)
        if tag == "hr":
            return _Box(tuple([1.0 for _ in columns]), LINE_PX, LINE_PX)
        if tag == "pre" or tag == "xmp" or tag == "listing":
            count = element.text.strip().count("\n") + 1
            return _Box(tuple([_CODE_LINE_PX * count for _ in columns]), MARGIN_PX, MARGIN_PX)
        if tag == "table":
            return _Box(self._table(element, columns, face), MARGIN_PX, MARGIN_PX)
        if tag == "blockquote":
            height = post_px(names_of(element))
            if height is not None:
                return _Box(tuple([height for _ in columns]), MARGIN_PX, MARGIN_PX)
            inner = self.flow(element, _less(columns, _QUOTE_PX), face)
            return _Box(inner.heights, max(MARGIN_PX, inner.top), max(MARGIN_PX, inner.bottom))
        if tag in ("ul", "ol", "menu"):
            inner = self.flow(element, _less(columns, _INDENT_PX), face)
            return _Box(inner.heights, max(MARGIN_PX, inner.top), max(MARGIN_PX, inner.bottom))
        if tag == "li":
            inner = self.flow(element, columns, face)
            return _Box(inner.heights, inner.top, max(_ITEM_PX, inner.bottom))
        if tag == "dd":
            inner = self.flow(element, _less(columns, _INDENT_PX), face)
            return _Box(inner.heights, inner.top, max(_ITEM_PX, inner.bottom))
        if tag == "details":
            summary = element.select_one("summary")
            inner = _Box(_NOTHING) if summary is None else self.flow(summary, columns, face)
            return _Box(inner.heights, MARGIN_PX, MARGIN_PX)
        held = held_px(element, columns)
        if held is not None and element.select_one(_MEDIA) is not None:
            return _Box(held)
        if tag == "figcaption":
            face = _CAPTION
        inner = self.flow(element, columns, face)
        if tag in _SPACED:
            return _Box(inner.heights, max(MARGIN_PX, inner.top), max(MARGIN_PX, inner.bottom))
        return inner

    def flow(self, element: Element, columns: Columns, face: _Face) -> _Box:
        """What flows in an element: lines, and blocks one below the other."""
        if element.select_one("*") is None:
            text = collapsed(self._real(element.text)).strip()
            lines = lines_of(text, columns, type_px=face.type_px, bold=face.bold)
            return _Box(tuple([count * face.line_px for count in lines]))
        self._depth += 1
        box = self._flow(element.children, columns, face)
        self._depth -= 1
        return box

    def _flow(self, children: Iterable[object], columns: Columns, face: _Face) -> _Box:
        total = [0.0 for _ in columns]
        top: float | None = None
        below = 0.0
        texts: list[str] = []
        shown: list[Heights] = []
        crowd = 0  # blocks that are no longer walked; a line each at the least

        def put(box: _Box) -> None:
            nonlocal top, below
            if top is None:
                top = box.top
            else:
                margin = max(below, box.top)
                for at in range(len(total)):
                    total[at] += margin
            for at, height in enumerate(box.heights):
                total[at] += height
            below = box.bottom

        def end(*, broken: bool = False) -> None:
            text = self._real("".join(texts))
            text = "" if text.isspace() else collapsed(text).strip()
            lines = lines_of(text, columns, type_px=face.type_px, bold=face.bold)
            heights = [n * face.line_px for n in lines]
            for media in shown:
                for at, height in enumerate(media):
                    heights[at] += height
            least = face.line_px * (crowd or broken)
            if least and (crowd or not any(heights)):
                heights = [max(height, least) for height in heights]
            texts.clear()
            shown.clear()
            if any(heights):
                put(_Box(tuple(heights)))

        for node in children:
            if isinstance(node, Text):
                texts.append(node.data)
                continue
            if not isinstance(node, Element):
                continue
            tag = node.tag
            if tag in _SILENT or _is_unseen(node):
                continue
            self._left -= 1
            if tag == "br":
                end(broken=True)
            elif tag in _ALL_MEDIA:
                shown.append(_media(node, tag, columns))
            elif self._left < 0 or self._depth > _DEEPEST_WALK:
                texts.append(node.text)
                crowd += tag not in INLINE
            elif tag in INLINE and node.select_one(_NOT_TEXT) is None:
                texts.append(node.text)
            elif tag in INLINE and node.select_one(_BLOCKS) is None:
                held = held_px(node, columns)
                if held is not None:
                    shown.append(held)
                else:
                    shown.extend([
                        _media(inner, inner.tag, columns)
                        for inner in node.select(_MEDIA)
                        if inner.closest("noscript") is None
                    ])  # fmt: skip
                texts.append(node.text)
            else:
                end()
                put(self.block(node, tag, columns, face))
        end()
        return _Box(tuple(total), top or 0.0, below)

    def _table(self, table: Element, columns: Columns, face: _Face) -> Heights:
        """Rows one below the other; each is as tall as its tallest cell."""
        total = [0.0 for _ in columns]
        rows = list(_rows(table))
        for number, row in enumerate(rows):
            if self._left < 0:
                rest = (len(rows) - number) * (face.line_px + _CELL_HIGH_PX)
                total = [height + rest for height in total]
                break
            cells = [
                cell
                for cell in row.children
                if isinstance(cell, Element) and cell.tag in ("td", "th")
            ][:_LARGEST_WALK]
            if not cells:
                continue
            self._left -= len(cells)
            lengths = [min(max(len(cell.text.strip()), 4), 120) for cell in cells]
            whole = sum(lengths)
            tallest = [0.0 for _ in columns]
            for cell, length in zip(cells, lengths, strict=True):
                share = length / whole
                inner = self.flow(
                    cell,
                    tuple([
                        max((column - _CELL_PX * len(cells)) * share, 2 * TYPE_PX)
                        for column in columns
                    ]),
                    face,
                )  # fmt: skip
                beyond = inner.top + inner.bottom + _CELL_HIGH_PX
                for at, height in enumerate(inner.heights):
                    tallest[at] = max(tallest[at], height + beyond)
            for at, height in enumerate(tallest):
                total[at] += height
        caption = table.select_one("caption")
        if caption is not None:
            for at, height in enumerate(self.flow(caption, columns, _CAPTION).heights):
                total[at] += height
        return tuple(total)


_MEDIA = "img, svg, iframe, video, audio, embed, canvas, input, button, select, textarea"
_BLOCKS = (
    "p, div, section, article, ul, ol, dl, table, blockquote, pre, h1, h2, h3, h4, h5, h6,"
    " figure, form, hr, main, center, br"
)
_NO_BOX = re.compile(r"(?i)display\s*:\s*none")
_NOT_TEXT = f"{_MEDIA}, {_BLOCKS}"


def _rows(table: Element) -> Iterator[Element]:
    """The rows of a table, without those of tables in its cells."""
    for part in table.children:
        if isinstance(part, Element):
            if part.tag == "tr":
                yield part
            elif part.tag in ("tbody", "thead", "tfoot"):
                for row in part.children:
                    if isinstance(row, Element) and row.tag == "tr":
                        yield row


def _is_unseen(element: Element) -> bool:
    """Whether it takes no room; what is hidden from assistive technology alone does."""
    if element.attr("hidden") is not None:
        return True
    style = element.attr("style")
    return style is not None and _NO_BOX.search(style) is not None


def _less(columns: Columns, px: float) -> Columns:
    return tuple([max(column - px, 4 * TYPE_PX) for column in columns])
