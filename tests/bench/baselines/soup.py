"""Parse, insert after paragraphs 3 and 6, write: beautifulsoup4 on lxml, the usual recipe."""

from __future__ import annotations

import warnings

from bs4 import BeautifulSoup, XMLParsedAsHTMLWarning

from .markup import SLOT_ATTRIBUTES

AFTER = (3, 6)


def after_paragraphs_three_and_six(body: bytes, charset: str | None) -> bytes:
    """The page re-written with a slot after its third and sixth `<p>`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        soup = BeautifulSoup(body, "lxml", from_encoding=charset)
    paragraphs = soup.find_all("p", limit=max(AFTER))
    for count in AFTER:
        if count <= len(paragraphs):
            paragraphs[count - 1].insert_after(soup.new_tag("ad-slot", attrs=SLOT_ATTRIBUTES))
    return soup.encode(charset or "utf-8")
