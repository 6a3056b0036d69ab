"""A page that has been read: its bytes, its text and its tree, each made once.

Everything the stage says about a page starts from a `Source`. Knows nothing of articles.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from adweave.page.charset import Reading, read
from adweave.page.doubt import PageDoubt
from adweave.page.tree import Document, parse

# Formatting elements that a page leaves open are opened again in every paragraph that follows
# (WHATWG HTML, "reconstruct the active formatting elements"): n of them with different
# attributes make n * n / 2 elements. Up to this many a page stays below a megabyte of tree.
_OPEN_FORMATTING_LIMIT = 1_000
# The look-ahead is for speed: most tags begin with a letter that no formatting element has.
_FORMATTING_START = re.compile(
    rb"<(?=[abceifnstuABCEFINSTU])(?i:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)\s+[^>]"
)
_FORMATTING_END = re.compile(rb"</(?i:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)\b")
_SMALL_BODY = 65_536  # bytes; cannot hold enough of them to matter


@dataclass(slots=True)
class Source:
    """One representation of a page, read and parsed. Make it with `read_page`.

    `body` holds the bytes as the upstream sent them; `encoding` is a WHATWG name.
    """

    body: bytes
    encoding: str
    reading: Reading = field(repr=False)
    tree: Document = field(repr=False)


def read_page(body: bytes, content_type: str | None, *, complete: bool = True) -> Source:
    """Read and parse a page (bytes after content decoding).

    `complete` is False where the body is known to have been cut off. Raises PageDoubt with
    reason "cut", "xml", "charset" or "too-complex"; nothing else, whatever the bytes are.
    """
    if not complete:
        raise PageDoubt("cut")
    if content_type and _is_xml(content_type):
        raise PageDoubt("xml")
    if len(body) > _SMALL_BODY and _is_tangled(body):
        raise PageDoubt("too-complex")
    reading = read(body, content_type)
    return Source(body, reading.encoding, reading, parse(reading.text, located=True))


def _is_xml(content_type: str) -> bool:
    essence = content_type.partition(";")[0].strip().lower()
    return essence.endswith("+xml") or essence in ("text/xml", "application/xml")


def _is_tangled(body: bytes) -> bool:
    """Whether so many formatting elements stay open that the tree would be far larger."""
    starts = len(_FORMATTING_START.findall(body))
    if starts <= _OPEN_FORMATTING_LIMIT:
        return False
    return starts - len(_FORMATTING_END.findall(body)) > _OPEN_FORMATTING_LIMIT
