"""Small questions about a page that has been read: an element that is there, its `<meta>`s.

What layouts and rules of safety may ask beyond the outline. Knows nothing of why.
"""

from __future__ import annotations

from adweave.page.source import Source


def has_element(source: Source, selector: str) -> bool:
    """Whether some element matches a CSS selector. Raises ValueError for what is none."""
    return source.tree.select_one(selector) is not None


def metas_of(source: Source) -> dict[str, tuple[str, ...]]:
    """The contents of all `<meta>` elements by their lower-case name, property or itemprop."""
    found: dict[str, list[str]] = {}
    for meta in source.tree.select("meta[content]"):
        content = source.reading.real(meta.attr("content") or "").strip()
        for name in {meta.attr(key) for key in ("name", "property", "itemprop")}:
            if name:
                found.setdefault(name.strip().lower(), []).append(content)
    return {name: tuple(contents) for name, contents in found.items()}


def headlines_of(source: Source) -> tuple[str, ...]:
    """What may be the headline: the first `<h1>` and the `<title>`, as far as they are there."""
    found = (source.tree.select_one(tag) for tag in ("h1", "title"))
    texts = (source.reading.real(each.text).strip() for each in found if each is not None)
    return tuple(text for text in texts if text)
