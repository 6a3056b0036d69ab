"""What a request tells of its reader, for the loader: the country, and Global Privacy Control.

A page is the same for all readers and may lie in any cache, so it can't say this. The loader
asks only where the configuration has rules by country, and before it asks a vendor.
"""

from __future__ import annotations

import json
from collections.abc import Iterable


def reader_answer(fields: Iterable[tuple[bytes, bytes]], country_header: str | None) -> bytes:
    """The answer's body, as JSON. `fields` are the request's, with names in lower case.

    `country_header` names the field in which the site's CDN tells the country. What does not
    look like a country is left out. Source of the privacy field: W3C, Global Privacy Control.
    """
    wanted = (country_header or "").lower().encode("latin-1")
    found: dict[str, object] = {}
    for name, value in fields:
        text = value.strip().decode("latin-1")
        if wanted and name == wanted and len(text) == 2 and text.isascii() and text.isalpha():
            found["country"] = text.upper()
        elif name == b"sec-gpc" and text == "1":
            found["gpc"] = True
    return json.dumps(found, separators=(",", ":")).encode("ascii")
