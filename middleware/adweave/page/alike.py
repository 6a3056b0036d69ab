"""Two renderings of one page that differ in nothing but tokens: one's places are the other's.

Theory of operation. Many a CMS sends no page twice: a number for the request, a token against
forgery, the name of one of several image servers is another each time. None of them can move a
tag. Where the bytes that differ are part of a word that has a digit in both pages and none of the
characters which mean something to a tokenizer, and where that word is no tag's name, no character
reference, no end of a comment and no word about encodings or policies, the two pages are the same
sequence of tags, and so the same tree with other values in some attributes and texts. What was
found out about one, and proved of it, then holds for the other, at places that have moved by as
much as the words before them have grown.

Whether texts or values matter to whoever asks is not known here: a word with a digit in a page's
keywords is a token, too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from adweave.page.source import FORMATTING_END
from adweave.page.tree import FORMATTING_NAMES

_WORD: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-.:%~"
_DIGIT: Final = re.compile(rb"[0-9]")
# A shorter word is as likely a number that readers are told, except where readers see nothing.
_SHORTEST: Final = 8
_LONGEST: Final = 4_096
# Before a word: it would be a tag's name, a character reference, or a declaration.
_NAMES_SOMETHING: Final = b"<&#!"
_MATTERS: Final = re.compile(rb"(?i)charset|nonce-|sha(?:256|384|512)-|utf-|windows-|iso-8859-")
# So far before a word may stand what it is about: `charset="`.
_STEP_BACK: Final = 12
_MOST_DIFFERENCES: Final = 64
_STEP: Final = 4_096
# Elements that a parser opens again where they are left open, unless three alike are open already:
# whether they are alike is for their attributes to say (WHATWG HTML, 13.2.4.3).
_FORMATTING_START: Final = re.compile(rb"<(?i:%b)[\s>]" % "|".join(FORMATTING_NAMES).encode())


def is_even(body: bytes) -> bool:
    """Whether as many formatting elements are closed as are opened, as `places_in` needs it."""
    return len(_FORMATTING_START.findall(body)) == len(FORMATTING_END.findall(body))


def places_in(
    other: bytes, body: bytes, places: Sequence[int], inserted: Sequence[bytes]
) -> list[int] | None:
    """Where the places of `body` are in `other`; None unless the two differ in tokens alone.

    Both are bytes in an encoding that has ASCII as it is; `places` are byte offsets in rising
    order, `inserted` what goes there: a token of it is none that may differ.
    """
    found: list[int] = []
    waiting = list(reversed(places))
    at, there, differences = 0, 0, 0  # in `body`, and in `other`
    while True:
        same = _same(body, at, other, there)
        differs = at + same
        if differs == len(body) and there + same == len(other):
            found += [place - at + there for place in reversed(waiting)]
            return found
        word, new = _word_at(body, differs), _word_at(other, there + same)
        if word is None or new is None or not _is_token(body, word, other, new, inserted):
            return None
        differences += 1
        if differences > _MOST_DIFFERENCES:
            return None
        while waiting and waiting[-1] <= word[0]:
            found.append(waiting.pop() - at + there)
        if waiting and waiting[-1] < word[1]:
            return None
        at, there = word[1], new[1]


def _same(body: bytes, at: int, other: bytes, there: int) -> int:
    """How many bytes from here on are the same."""
    most = min(len(body) - at, len(other) - there)
    same, step = 0, _STEP
    while same < most:
        step = min(step, most - same)
        if body[at + same : at + same + step] == other[there + same : there + same + step]:
            same += step
        elif step == 1:
            break
        else:
            step //= 2
    return same


def _word_at(body: bytes, at: int) -> tuple[int, int] | None:
    """Begin and end of the word that `at` is in, or directly behind; None for an endless one."""
    before, after = body[max(0, at - _LONGEST) : at], body[at : at + _LONGEST]
    begin = at - len(before) + len(before.rstrip(_WORD))
    end = at + len(after) - len(after.lstrip(_WORD))
    if at - begin == _LONGEST or end - at == _LONGEST:
        return None
    return begin, end


def _is_token(
    body: bytes,
    word: tuple[int, int],
    other: bytes,
    new: tuple[int, int],
    inserted: Sequence[bytes],
) -> bool:
    """Whether one word in the other's place changes nothing but a value."""
    if body[word[1] : word[1] + 1] != other[new[1] : new[1] + 1]:
        return False
    if word[0] and body[word[0] - 1] in _NAMES_SOMETHING:
        return False
    for text, (begin, end) in ((body, word), (other, new)):
        token = text[begin:end]
        if not _DIGIT.search(token):
            return False
        if len(token) < _SHORTEST and not _is_unseen(text, begin):
            return False
        if b"--" in text[max(0, begin - 2) : end + 2]:  # a comment's end, or near to being one
            return False
        if _MATTERS.search(text[max(0, begin - _STEP_BACK) : end]):
            return False
        if token.endswith(b"/") and text[end : end + 1] == b">":
            return False
    return not any(body[word[0] : word[1]] in each for each in inserted)


def _is_unseen(text: bytes, at: int) -> bool:
    """Whether the place is in a comment or a script, as far as a look back tells."""
    return text.rfind(b"<!--", 0, at) > text.rfind(b"-->", 0, at) or (
        text.rfind(b"<script", 0, at) > text.rfind(b"</script", 0, at)
    )
