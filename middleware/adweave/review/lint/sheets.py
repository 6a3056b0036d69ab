"""A page's own `<style>` elements, as far as they reserve heights or write labels.

Reads rules whose last compound selector is made of a tag, ids and classes; whatever stands
before it is taken as fulfilled. Not a CSS engine: a rule that is not understood says nothing,
and `--browser` knows better.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from adweave.page import Element

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_WIDTH = re.compile(r"(min|max)-width\s*:\s*(\d+(?:\.\d+)?)px")
_HEIGHT = re.compile(r"(?:^|;)\s*(?:min-)?height\s*:\s*(\d+(?:\.\d+)?)px")
_CONTENT = re.compile(r"""(?:^|;)\s*content\s*:\s*(?:"([^"]+)"|'([^']+)')""")
_LAST = re.compile(r"([a-zA-Z][\w-]*)?((?:[#.][\w-]+)*)(::?(?:before|after))?$")
_PIECE = re.compile(r"([#.])([\w-]+)")
_HIDES = re.compile(r"(?:^|;)\s*display\s*:\s*none")
# Sheets longer than this are whole frameworks inlined; reading them takes longer than it helps.
_LONGEST = 400_000


@dataclass(frozen=True, slots=True)
class _Rule:
    tag: str
    ids: frozenset[str]
    classes: frozenset[str]
    pseudo: bool
    low_px: float  # window widths at which it holds
    high_px: float
    height_px: float | None
    content: str | None
    hides: bool

    def fits(self, element: Element, classes: frozenset[str]) -> bool:
        return (
            (not self.tag or element.tag == self.tag)
            and (not self.ids or element.attr("id") in self.ids)
            and self.classes <= classes
        )


class Sheets:
    """The rules of some style sheets that concern ads."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._rules = [rule for text in texts for rule in _rules(text)]

    def height_px(self, element: Element, width_px: int) -> float | None:
        """The height or least height that the element is given in a window so wide, or None."""
        heights = [
            rule.height_px
            for rule in self._fitting(element, width_px)
            if rule.height_px is not None and not rule.pseudo
        ]
        return max(heights, default=None)

    def content(self, element: Element) -> str | None:
        """The text that `::before` or `::after` puts into the element, or None."""
        for rule in self._fitting(element, None):
            if rule.pseudo and rule.content:
                return rule.content
        return None

    def hides(self, element: Element, width_px: int) -> bool:
        """Whether the element is not shown in a window so wide."""
        return any(rule.hides and not rule.pseudo for rule in self._fitting(element, width_px))

    def _fitting(self, element: Element, width_px: int | None) -> Iterator[_Rule]:
        if not self._rules:
            return
        classes = frozenset((element.attr("class") or "").split())
        for rule in self._rules:
            is_on = width_px is None or rule.low_px <= width_px <= rule.high_px
            if is_on and rule.fits(element, classes):
                yield rule


def _rules(text: str) -> Iterator[_Rule]:
    if len(text) > _LONGEST or not ("height" in text or "content" in text or "display" in text):
        return
    yield from _block(_COMMENT.sub("", text), 0.0, float("inf"))


def _block(text: str, low: float, high: float) -> Iterator[_Rule]:
    """The rules of a sheet or of an at-rule's block."""
    at = 0
    while (brace := text.find("{", at)) >= 0:
        prelude = text[at:brace].rpartition(";")[2].strip()
        end = _end_of_block(text, brace)
        body = text[brace + 1 : end]
        if prelude.startswith(("@media", "@supports", "@layer")):
            inner_low, inner_high = low, high
            for kind, px in _WIDTH.findall(prelude):
                if kind == "min":
                    inner_low = max(inner_low, float(px))
                else:
                    inner_high = min(inner_high, float(px))
            if "print" not in prelude:
                yield from _block(body, inner_low, inner_high)
        elif not prelude.startswith("@"):
            yield from _style_rules(prelude, body, low, high)
        at = end + 1


def _end_of_block(text: str, brace: int) -> int:
    depth = 0
    for match in re.finditer(r"[{}]", text[brace:]):
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            return brace + match.start()
    return len(text)


def _style_rules(prelude: str, body: str, low: float, high: float) -> Iterator[_Rule]:
    height = _HEIGHT.search(body)
    content = _CONTENT.search(body)
    hides = _HIDES.search(body) is not None
    if height is None and content is None and not hides:
        return
    for selector in prelude.split(","):
        last = re.split(r"[\s>+~]+", selector.strip())[-1]
        match = _LAST.fullmatch(last)
        if match is None or not match[2]:
            continue
        pieces = _PIECE.findall(match[2])
        yield _Rule(
            (match[1] or "").lower(),
            frozenset(name for sign, name in pieces if sign == "#"),
            frozenset(name for sign, name in pieces if sign == "."),
            match[3] is not None,
            low,
            high,
            float(height[1]) if height else None,
            (content[1] or content[2]) if content else None,
            hides,
        )
