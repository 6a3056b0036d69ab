"""What a browser would make of a page's bytes: its charset, and its text.

The order is the Encoding and HTML Standards' one (byte order mark, Content-Type, `<meta>`,
windows-1252), found by html5lib's own input stream.
"""

from __future__ import annotations

import codecs
import io
import re

import webencodings
from html5lib._inputstream import HTMLBinaryInputStream

_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s;"']+)""", re.IGNORECASE)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16le"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
)


def declared_charset(content_type: str | None) -> str | None:
    """The charset parameter of a Content-Type, or None."""
    found = _CHARSET.search(content_type or "")
    return found.group(1) if found else None


def encoding_of(body: bytes, content_type: str | None) -> str:
    """The WHATWG name of the encoding that a browser would choose, in small letters."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return name
    stream = HTMLBinaryInputStream(
        io.BytesIO(body), transport_encoding=declared_charset(content_type), useChardet=False
    )
    return str(stream.charEncoding[0].name)


def text_of(body: bytes, encoding: str) -> str:
    """The page's text, without a byte order mark, wrong bytes replaced."""
    for mark, _ in _MARKS:
        if body.startswith(mark):
            body = body[len(mark) :]
            break
    found = webencodings.lookup(encoding)
    codec = found.codec_info if found is not None else codecs.lookup(encoding)
    text, _ = codec.decode(body, "replace")
    return text
