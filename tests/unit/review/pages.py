"""Little pages with ads in them, for tests of the linter and of reviews."""

from __future__ import annotations

from adweave.review import Page

SENTENCE = (
    "The council met on Tuesday and agreed on the budget for the next year, after a long debate "
    "about the bridge, the library and the price of parking in the old town. "
)
PARAGRAPH = f"<p>{SENTENCE * 3}</p>"
RESERVED = '<div class="ad" data-label="Advertisement" style="min-height:274px"></div>'


def article(*parts: str, head: str = "", lang: str = "en", before: str = "") -> bytes:
    """A page whose article is made of parts; an int-like "5" is so many paragraphs."""
    text = "\n".join(
        "\n".join([PARAGRAPH] * int(part)) if part.isdigit() else part for part in parts
    )
    return (
        f'<!doctype html>\n<html lang="{lang}">\n<head><meta charset="utf-8"><title>News</title>'
        f"{head}</head>\n<body>\n{before}<header><h1>The council and the bridge</h1></header>\n"
        f"<article>\n{text}\n</article>\n</body></html>\n"
    ).encode()


def page(body: bytes, target: str = "page.html") -> Page:
    """A page as a file gives it."""
    return Page(target, f"/{target}", body, ((b"content-type", b"text/html; charset=utf-8"),))
