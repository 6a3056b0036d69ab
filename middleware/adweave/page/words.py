"""How much a piece of text says, in any script.

Two measures: *words*, for people and for layouts, and *weight*, for comparing pieces of a
page. Scripts that write without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) count
two characters as a word; their characters weigh as two and a half of an alphabet's.
"""

from __future__ import annotations

import re

# CJK with kana, Hangul syllables and full-width forms; Thai, Lao, Burmese, Khmer.
_WIDE_RUN = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3005-\ua4cf\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff]+"
)
_WIDE_WEIGHT = 2.5
# A text with fewer bytes than this beyond one a character has hardly a wide one: each has two.
_FEW_BYTES = 0.05
# White space and characters without width, which editors leave behind in empty paragraphs.
BLANKS = (
    " \t\n\r\f\v\x1c\x1d\x1e\x1f\x85\xa0\xad\u034f\u1680\u180e\u2000\u2001\u2002\u2003\u2004"
    "\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202f"
    "\u205f\u2060\u3000\ufeff"
)


def is_blank(text: str) -> bool:
    """Whether a reader sees nothing of the text."""
    return not text or text.isspace() or not (text.isascii() or text.strip(BLANKS))


def wide_characters(text: str) -> int:
    """How many characters of the text are of scripts whose characters are whole syllables.

    Where they are fewer than one in forty, as a name in an English text, they count as none.
    """
    if text.isascii():
        return 0
    if len(text.encode("utf-8", "surrogatepass")) < (1 + _FEW_BYTES) * len(text):
        return 0
    return sum(map(len, _WIDE_RUN.findall(text)))


def weight_of(text: str) -> float:
    """The text's length in characters of an alphabet."""
    return len(text) + (_WIDE_WEIGHT - 1) * wide_characters(text)


def words_in(text: str, wide: int | None = None) -> float:
    """The number of words, whatever the script; `wide` is `wide_characters` if it is known."""
    if wide is None:
        wide = wide_characters(text)
    if not wide:
        return float(len(text.split()))
    return wide / 2 + len(_WIDE_RUN.sub(" ", text).split())
