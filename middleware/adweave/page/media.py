"""How tall pictures, players and posts from elsewhere are, by what their markup says of them.

Knows attributes and addresses of one element; nothing of where it stands.
"""

from __future__ import annotations

import re

from adweave.page.lines import Columns
from adweave.page.tree import Element

# Of a picture that says nothing of its size: the median of the corpus' articles (3:2).
_RATIO = 1.5
_USUAL_WIDTH_PX = 600.0  # likewise; of those that say theirs, the median is 640
_LARGEST_PX = 20_000.0  # more is a slip of the pen, or worse
_PLAYER_RATIO = 16 / 9
_FRAME_PX = 150.0  # of a frame without a size (CSS 2.1, section 10.6.2)
_AUDIO_PX = 54.0  # Chromium's controls
_ICON_PX = 24.0
# Posts are lines of text until a script makes a frame of them: usual heights of those.
_POSTS: tuple[tuple[re.Pattern[str], float], ...] = (
    (re.compile(r"(?i)twitter|tweet|//x\.com"), 480.0),
    (re.compile(r"(?i)instagram|tiktok"), 720.0),
    (re.compile(r"(?i)facebook|fb-post"), 560.0),
    (re.compile(r"(?i)spotify|podcast|soundcloud|audio|megaphone|acast"), 166.0),
)
_VIDEO = re.compile(r"(?i)youtu\.?be|vimeo|dailymotion|jwplayer|jwplatform|brightcove|player|video")
_LONGEST_LENGTH, _LONGEST_STYLE = 32, 2_000  # characters of attributes that are read
_LENGTH = re.compile(r"^\s*(\d{1,5}(?:\.\d+)?)\s*(?:px)?\s*$")
_STYLE_LENGTH = re.compile(r"(?i)(?:^|;|\s)(width|height)\s*:\s*(\d{1,5}(?:\.\d+)?)px")
_PADDING = re.compile(r"(?i)padding-(?:bottom|top)\s*:\s*(\d{1,3}(?:\.\d+)?)%")
_IN_ADDRESS = re.compile(r"[-_/]([1-9]\d{1,3})x([1-9]\d{1,3})[-_./]")


def size_of(element: Element) -> tuple[float | None, float | None]:
    """Width and height that an element's attributes or inline style give it, in px."""
    wide = _px(element.attr("width"))
    high = _px(element.attr("height"))
    if wide is None or high is None:
        style = element.attr("style")
        if style:
            for match in _STYLE_LENGTH.finditer(style[:_LONGEST_STYLE]):
                if match.group(1).lower() == "width":
                    wide = wide or float(match.group(2))
                else:
                    high = high or float(match.group(2))
    return wide, high


def picture_px(image: Element, columns: Columns) -> tuple[float, ...]:
    """Heights of an `<img>` in columns of these widths."""
    wide, high = size_of(image)
    if wide is None or high is None:
        natural = _natural_size(image)
        if natural is not None:
            ratio = natural[0] / natural[1]
            if wide is None and high is None:
                wide, high = natural
        else:
            ratio = _RATIO
        if wide is None:
            wide = high * ratio if high is not None else _USUAL_WIDTH_PX
        if high is None:
            high = wide / ratio
    high = min(high, _LARGEST_PX)
    return tuple(high if wide <= column else high * column / wide for column in columns)


def player_px(player: Element, columns: Columns) -> tuple[float, ...]:
    """Heights of an `<iframe>`, `<video>` or the like."""
    tag = player.tag
    if tag == "audio":
        shown = 0.0 if player.attr("controls") is None else _AUDIO_PX
        return tuple(shown for _ in columns)
    wide, high = size_of(player)
    if wide and high:
        return tuple(high * min(1.0, column / wide) for column in columns)
    if high:
        return tuple(high for _ in columns)
    address = player.attr("src") or player.attr("data-src") or ""
    if tag == "video" or _VIDEO.search(address):
        return tuple(column / _PLAYER_RATIO for column in columns)
    height = post_px(address) or _FRAME_PX
    return tuple(height for _ in columns)


def post_px(names: str) -> float | None:
    """Height of a post or an audio player by its address or names; None where it is neither."""
    for pattern, height in _POSTS:
        if pattern.search(names):
            return height
    return None


def icon_px(drawing: Element, columns: Columns) -> tuple[float, ...]:
    """Heights of an `<svg>`: an icon where it says nothing."""
    wide, high = size_of(drawing)
    high = min(high or wide or _ICON_PX, _LARGEST_PX)
    wide = wide or high
    return tuple(high if wide <= column else high * column / wide for column in columns)


def held_px(box: Element, columns: Columns) -> tuple[float, ...] | None:
    """Heights of a box that keeps a ratio free for its content by padding in per cent."""
    style = box.attr("style")
    if style is None or "padding" not in style:
        return None
    found = _PADDING.search(style[:_LONGEST_STYLE])
    if found is None:
        return None
    share = float(found.group(1)) / 100
    return tuple(column * share for column in columns) if 0.1 < share < 4 else None


def _natural_size(image: Element) -> tuple[float, float] | None:
    """The picture's own size as far as the markup tells it."""
    for prefix in ("data-", "data-original-"):
        wide, high = _px(image.attr(f"{prefix}width")), _px(image.attr(f"{prefix}height"))
        if wide and high:
            return wide, high
    for name in ("src", "data-src", "data-original", "data-lazy-src", "srcset", "data-srcset"):
        address = image.attr(name)
        if address and "x" in address and not address.startswith("data:"):
            found = _IN_ADDRESS.search(address)
            if found is not None:
                return float(found.group(1)), float(found.group(2))
    parent = image.parent
    if isinstance(parent, Element) and parent.tag == "picture":
        for source in parent.select("source[width][height]"):
            wide, high = size_of(source)
            if wide and high:
                return wide, high
    return None


def _px(value: str | None) -> float | None:
    if value is None or len(value) > _LONGEST_LENGTH:
        return None
    match = _LENGTH.match(value)
    return float(match.group(1)) or None if match else None
