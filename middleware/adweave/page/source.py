"""A page that has been read: its bytes, its text and its tree, each made once.

Everything the stage says about a page starts from a `Source`. Knows nothing of articles.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from adweave.page.charset import Reading, read, told_encoding
from adweave.page.doubt import PageDoubt
from adweave.page.tree import FORMATTING_NAMES, Document, parse

# What makes a parser's work, or its tree, grow with the square of the page. Formatting elements
# that a page leaves open are opened again in every paragraph that follows (WHATWG HTML,
# "reconstruct the active formatting elements"): n of them with different attributes make
# n * n / 2 elements. Attributes of a further <html> or <body> are put to the first one's, which
# are compared one by one. Up to this many of either a page stays below some megabytes of tree.
_LIMIT = 1_000
_FURTHER_LIMIT = 64
_FORMATTING = "|".join(FORMATTING_NAMES).encode()
FORMATTING_END = re.compile(rb"</(?i:%b)\b" % _FORMATTING)
# The look-ahead is for speed: most tags begin with a letter that none of these has.
_START = re.compile(rb"<(?=[abcefhinstuABCEFHINSTU])(?i:%b|html|body)\s+[^>]" % _FORMATTING)
_FURTHER = re.compile(rb"<(?i:html|body)\s+[^>]")
_SMALL_BODY = 8_192  # bytes; cannot hold enough of them to matter
# Six times what the largest of real articles have; each is some hundred bytes of tree.
_TAGS_LIMIT = 100_000


@dataclass(slots=True)
class Source:
    """One representation of a page, read and parsed. Make it with `read_page`.

    `body` holds the bytes as the upstream sent them; `encoding` is a WHATWG name.
    """

    body: bytes
    encoding: str
    is_told: bool  # whether a byte order mark or the Content-Type names the encoding
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
    reading = read(body, content_type)
    text = reading.text
    if len(body) > _SMALL_BODY:
        narrow = text.encode("utf-8", "replace") if reading.units == "utf-16" else body
        if _is_too_complex(narrow):
            raise PageDoubt("too-complex")
    is_told = told_encoding(body, content_type) is not None
    return Source(body, reading.encoding, is_told, reading, parse(text, located=True))


def _is_xml(content_type: str) -> bool:
    essence = content_type.partition(";")[0].strip().lower()
    return essence.endswith("+xml") or essence in ("text/xml", "application/xml")


def _is_too_complex(body: bytes) -> bool:
    """Whether the tree would be far larger than the page, or larger than any article's is."""
    if len(body) > 2 * _TAGS_LIMIT and body.count(b"<") > _TAGS_LIMIT:
        return True
    starts = len(_START.findall(body))
    if starts <= _LIMIT:
        return False
    further = len(_FURTHER.findall(body))
    if further > _FURTHER_LIMIT:
        return True
    return starts - further - len(FORMATTING_END.findall(body)) > _LIMIT
