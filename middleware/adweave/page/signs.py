"""Small questions about a page that has been read: an element that is there, its `<meta>`s.

What layouts and rules of safety may ask beyond the outline. Knows nothing of why.
"""

from __future__ import annotations

import re
from typing import Final

from adweave.page.source import Source
from adweave.page.tree import Element

_SPACE: Final = re.compile(r"\s+")
_RUN: Final = 16  # characters; shorter ones are in any text of the language
_STEP: Final = 48  # characters from one run to the next: some fifty are enough to tell


def has_element(source: Source, selector: str) -> bool:
    """Whether some element matches a CSS selector. Raises ValueError for what is none."""
    return source.tree.select_one(selector) is not None


def is_edited(source: Source, text: str) -> bool:
    """Whether a form has the article's text in a field, as editors' previews do.

    `text` is a sample of the article's. Half of its runs of characters must be in one field: the
    source has markup between the words, and other quotation marks, so not all will.
    """
    areas = [area for area in source.tree.select("textarea") if _is_sent(area)]
    if not areas:
        return False
    shown = _SPACE.sub("", text)
    runs = [shown[at : at + _RUN] for at in range(0, len(shown) - _RUN + 1, _STEP)]
    for area in areas if runs else ():
        edited = _SPACE.sub("", source.reading.real(area.text))
        if 2 * sum(run in edited for run in runs) >= len(runs):
            return True
    return False


def _is_sent(area: Element) -> bool:
    """Whether a field can be changed and is sent: one with text to be copied is not."""
    if area.attr("name") is None:
        return False
    if area.attr("readonly") is not None or area.attr("disabled") is not None:
        return False
    return area.closest("form[method=post i]") is not None


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
