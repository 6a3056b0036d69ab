"""How tall a block will be, per viewport, without laying anything out.

Numbers are those of a usual article template: text at 18 px with a line height of 1.6 in a
column as wide as the window less 16 px on either side, at most 680 px. Knows nothing of trees
but attributes that it is given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from adweave.page.model import VIEWPORTS, Viewport
from adweave.page.tree import Element

_TYPE_PX = 18.0
_LINE_PX = 28.8
_COLUMN_PX = 680.0
_SIDE_PX = 32.0
_MARGIN_PX = 18.0  # between two blocks: one em, as in the HTML standard's style sheet
# Mean advance of a letter in common text faces, in em (Georgia 0.48, Arial 0.47, Roboto 0.46).
_LETTER_EM = 0.47
_SHARE_OF_LINE_LOST = 0.04  # words that do not fit wrap
_HEADING_PX: Mapping[str, float] = {
    "h1": 36.0, "h2": 27.0, "h3": 21.0, "h4": 18.0, "h5": 16.0, "h6": 15.0,
}  # fmt: skip
_RATIO = 1.5  # of an image that does not say its size: 3:2, the commonest in news
_SMALL_IMAGE_PX = 64.0
_PLAYER_RATIO = 16 / 9
# Heights of embeds that do not follow the column's width, as their makers' snippets set them.
_EMBED_PX: tuple[tuple[re.Pattern[str], float], ...] = (
    (re.compile(r"(?i)twitter|tweet|x\.com"), 480.0),
    (re.compile(r"(?i)instagram|tiktok"), 720.0),
    (re.compile(r"(?i)facebook|fb-post"), 560.0),
    (re.compile(r"(?i)spotify|podcast|soundcloud|audio|megaphone|acast"), 166.0),
)
_LENGTH = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(?:px)?\s*$")
_STYLE_LENGTH = re.compile(r"(?i)(?:^|;|\s)(width|height)\s*:\s*(\d+(?:\.\d+)?)px")


def column_px(viewport: Viewport) -> float:
    """Width of the text column."""
    return min(viewport.width_px - _SIDE_PX, _COLUMN_PX)


def text_heights(letters: float, wide: int, *, indent_px: float = 0.0) -> tuple[float, ...]:
    """Heights of a run of text with so many narrow and so many wide (CJK) characters."""
    width = (letters * _LETTER_EM + wide) * _TYPE_PX * (1 + _SHARE_OF_LINE_LOST)
    return tuple(
        _lines(width, column_px(viewport) - indent_px) * _LINE_PX + _MARGIN_PX
        for viewport in VIEWPORTS
    )


def heading_heights(tag: str, letters: float, wide: int) -> tuple[float, ...]:
    """Heights of a heading, from its level and length."""
    size = _HEADING_PX.get(tag, 21.0)
    width = (letters * 0.52 + wide) * size
    return tuple(
        _lines(width, column_px(viewport)) * size * 1.25 + size * 1.2 for viewport in VIEWPORTS
    )


def image_heights(image: Element | None, caption_letters: float) -> tuple[float, ...]:
    """Heights of a picture by its attributes, and of its caption."""
    wide, high = size_of(image) if image is not None else (None, None)
    heights: list[float] = []
    for viewport in VIEWPORTS:
        column = column_px(viewport)
        if wide and high:
            shown = min(wide, column)
            height = high if wide <= _SMALL_IMAGE_PX else shown * high / wide
        else:
            height = column / _RATIO
        caption = _lines(caption_letters * _LETTER_EM * 14.0, column) * 20.0
        heights.append(min(height, 2.0 * column) + caption + _MARGIN_PX)
    return tuple(heights)


def embed_heights(source: str, embed: Element | None) -> tuple[float, ...]:
    """Heights of a player, post or map; `source` is its address and class names."""
    wide, high = size_of(embed) if embed is not None else (None, None)
    for pattern, height in _EMBED_PX:
        if pattern.search(source):
            return tuple((high or height) + _MARGIN_PX for _ in VIEWPORTS)
    heights: list[float] = []
    for viewport in VIEWPORTS:
        column = column_px(viewport)
        if wide and high:
            height = high * min(1.0, column / wide)
        elif high:
            height = high
        else:
            height = column / _PLAYER_RATIO
        heights.append(height + _MARGIN_PX)
    return tuple(heights)


def rows_heights(rows: int, letters: float, wide: int, row_px: float) -> tuple[float, ...]:
    """Heights of lists and tables: at least a line for each row."""
    width = (letters * _LETTER_EM + wide) * _TYPE_PX
    return tuple(
        max(rows * row_px, _lines(width, column_px(viewport) - 40) * _LINE_PX) + _MARGIN_PX
        for viewport in VIEWPORTS
    )


def flat(height_px: float) -> tuple[float, ...]:
    """The same height on every viewport."""
    return tuple(height_px for _ in VIEWPORTS)


def size_of(element: Element) -> tuple[float | None, float | None]:
    """Width and height that an element's attributes or inline style give it, in px."""
    wide = _px(element.attr("width"))
    high = _px(element.attr("height"))
    if wide is None or high is None:
        style = element.attr("style")
        if style:
            for match in _STYLE_LENGTH.finditer(style):
                if match.group(1).lower() == "width":
                    wide = wide or float(match.group(2))
                else:
                    high = high or float(match.group(2))
    return wide, high


def _px(value: str | None) -> float | None:
    if value is None:
        return None
    match = _LENGTH.match(value)
    return float(match.group(1)) or None if match else None


def _lines(width_px: float, column: float) -> int:
    return max(1, int(width_px / column) + 1) if width_px > 0 else 0
