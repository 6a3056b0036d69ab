"""A slot after every third `</p>`, wherever that is: the regular expression of many plugins."""

from __future__ import annotations

import re

from .markup import SLOT

_PARAGRAPH_END = re.compile(rb"</p\s*>", re.IGNORECASE)
_SLOT = SLOT.encode("ascii")


def every_third_paragraph_end(body: bytes, charset: str | None) -> bytes:
    """The page with a slot spliced in after each third paragraph's end tag."""
    seen = 0

    def after(found: re.Match[bytes]) -> bytes:
        nonlocal seen
        seen += 1
        return found.group() + _SLOT if seen % 3 == 0 else found.group()

    return _PARAGRAPH_END.sub(after, body)
