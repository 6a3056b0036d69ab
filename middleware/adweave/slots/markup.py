"""Elements, comments and attributes as ASCII bytes, whatever they are to say.

Characters outside ASCII become character references, so that the bytes are right in every
encoding that contains ASCII. Knows nothing of plans or configuration.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

# Line breaks are written as references, so that no line-based tool can change them.
_ESCAPES = str.maketrans(
    {
        "&": "&amp;",
        '"': "&quot;",
        "'": "&#39;",
        "<": "&lt;",
        ">": "&gt;",
        "\n": "&#10;",
        "\r": "&#13;",
    }
)


def attribute_value(text: str) -> str:
    """`text` for use between quotes of either kind, in ASCII."""
    return text.translate(_ESCAPES).encode("ascii", "xmlcharrefreplace").decode("ascii")


def element(tag: str, attributes: Mapping[str, str]) -> bytes:
    """An empty element. An attribute whose value is empty is written as its name alone."""
    written = "".join(
        f' {name}="{attribute_value(value)}"' if value else f" {name}"
        for name, value in attributes.items()
    )
    return f"<{tag}{written}></{tag}>".encode("ascii")


def marker(number: int) -> bytes:
    """The comment that the head script may turn into an element."""
    return b"<!--adweave:%d-->" % number


def json_text(value: object) -> str:
    """Compact JSON in ASCII, without the characters that tags and comments begin or end with."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e")


def json_attribute(name: str, text: str) -> str:
    """An attribute that holds JSON; in single quotes, as JSON is full of double ones."""
    return f"{name}='{text.replace('&', '&amp;').replace(chr(39), '&#39;')}'"
