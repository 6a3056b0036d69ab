"""How many lines a text makes, without a font at hand.

A text's length in em is the number of its characters times the mean advance of its script.
Advances are those of running text of the corpus' articles, measured in Chromium by `python -m
tests.bench.calibration advances` with Arial's metrics and Noto's faces for other scripts
(serif faces are about 8 % narrower, in Latin, Greek and Cyrillic).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from adweave.page.model import VIEWPORTS

# Measured by the same command on the articles that bring a whole style sheet with the page:
# medians of text column, type size, line height and paragraphs' margins.
COLUMNS_PX: Mapping[str, float] = {"mobile": 328.0, "desktop": 620.0}
TYPE_PX = 17.0
LINE_PX = 25.5  # 1.5 em
MARGIN_PX = 17.0  # 1 em

Columns = tuple[float, ...]  # one width in px for each of VIEWPORTS

COLUMNS: Columns = tuple(COLUMNS_PX[viewport.name] for viewport in VIEWPORTS)

_LATIN_EM = 0.445  # spaces included
# Spaces, digits and marks in text of another script.
_NEUTRAL_EM = 0.31
# Mean advance in em by the upper byte of a character's UTF-16 code. Vowel signs and other marks
# that take no room of their own are counted in.
_ADVANCES = [0.6] * 256
for _first, _last, _em in (
    (0x01, 0x02, 0.475),  # Latin with marks
    (0x03, 0x03, 0.51),  # Greek
    (0x04, 0x05, 0.53),  # Cyrillic, Hebrew; Armenian is wider (0.68)
    (0x06, 0x08, 0.48),  # Arabic
    (0x09, 0x09, 0.42),  # Devanagari 0.41, Bengali 0.51
    (0x0A, 0x0D, 0.46),  # India's other scripts, which the corpus does not have, between the two
    (0x0E, 0x0F, 0.43),  # Thai
    (0x1E, 0x1E, 0.475),  # Latin of Vietnam
    (0x20, 0x20, 0.33),  # dashes and quotation marks
    (0x2E, 0x9F, 1.0),  # Chinese, Japanese
    (0xAC, 0xD7, 0.92),  # Hangul
    (0xD8, 0xDF, 0.6),  # halves of a character beyond the basic plane, mostly emoji
    (0xF9, 0xFA, 1.0),
    (0xFB, 0xFE, 0.48),  # Arabic as presentation forms
    (0xFF, 0xFF, 1.0),  # full-width forms
):
    _ADVANCES[_first : _last + 1] = [_em] * (_last - _first + 1)
_SAMPLED = 48  # characters that decide a text's mean advance
# A line ends before the word that does not fit: its room is lost, half a long word in the mean.
# Where characters are syllables, a line may end behind each.
_LOST_EM = 1.3
_LOST_SHORT_EM = 0.9  # in scripts of India and Thailand, whose words take less room
_LOST_SYLLABLES_EM = 0.5
_SYLLABLES_FROM_EM = 0.7
_BOLD = 1.08  # of Latin, Greek and Cyrillic; other scripts' bold faces are no wider
_LATIN = (_LATIN_EM, _LOST_EM, _BOLD)


def collapsed(text: str) -> str:
    """The text as it is shown: runs of white space are one space."""
    if "\n" in text or "  " in text or "\t" in text:
        return " ".join(text.split())
    return text


def lines_of(
    text: str, columns: Columns = COLUMNS, *, type_px: float = TYPE_PX, bold: bool = False
) -> tuple[int, ...]:
    """The lines that a text makes in columns of these widths; none where it has no characters."""
    if not text:
        return tuple([0 for _ in columns])
    advance, lost, widened = _LATIN if text.isascii() else _setting(text)
    width = len(text) * advance * type_px
    if bold:
        width *= widened
    lost *= type_px
    return tuple([
        1 if width <= column
        else int((width - lost) / max(column - lost, 2 * type_px) + 0.999)
        for column in columns
    ])  # fmt: skip


def paragraph_px(text: str) -> tuple[float, ...]:
    """Heights of the lines of a text in the article's own column, for each of VIEWPORTS."""
    if text.isascii():
        return _latin_px(len(text))
    return tuple([count * LINE_PX for count in lines_of(text)])


@lru_cache(maxsize=4096)
def _latin_px(length: int) -> tuple[float, ...]:
    """By the length alone, in ASCII."""
    return tuple([count * LINE_PX for count in lines_of("a" * length)])


def _setting(text: str) -> tuple[float, float, float]:
    """Mean advance in em, em lost at a line's end, and how much wider bold type is.

    Taken from a sample where the text is long.
    """
    step = len(text) // _SAMPLED + 1
    upper = text[::step].encode("utf-16-le", "surrogatepass")[1::2]
    rest = upper.translate(None, b"\0")
    neutral = len(upper) - len(rest)
    each = _LATIN_EM if neutral * 2 > len(upper) else _NEUTRAL_EM
    advance = (neutral * each + sum([_ADVANCES[byte] for byte in rest])) / len(upper)
    if advance > _SYLLABLES_FROM_EM:
        return advance, _LOST_SYLLABLES_EM, 1.0
    script = rest[len(rest) // 2] if rest else 0
    lost = _LOST_SHORT_EM if 0x09 <= script <= 0x0F else _LOST_EM
    return advance, lost, _BOLD if script <= 0x04 else 1.0
