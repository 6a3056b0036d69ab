"""What the estimates' constants are taken from: sites' own templates, and fonts.

`templates_of` lays the corpus' articles out that bring a whole style sheet in the page, with
that sheet, and reads column, type, line and margins of their paragraphs. `advances_of` measures
running text, script by script.
"""

from __future__ import annotations

import random
import re
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .typesetting import WIDTHS, Typesetter

_LEAST_STYLE_CHARS = 15_000  # of a sheet that sets an article
_READ = """({ least }) => {
  let size = 0;
  for (const style of document.querySelectorAll("style")) size += style.textContent.length;
  if (size < least) return [];
  const found = [];
  const comments = document.createNodeIterator(document, NodeFilter.SHOW_COMMENT);
  for (let node = comments.nextNode(); node; node = comments.nextNode()) {
    if (!/^gap \\d+$/.test(node.data)) continue;
    const next = node.parentElement && node.nextElementSibling;
    if (!next || next.textContent.trim().length < 150) continue;
    const text = next.matches("p") ? next : next.querySelector("p") ?? next;
    const style = getComputedStyle(text);
    const [type, line, above, below, left, right] = ["fontSize", "lineHeight", "marginTop",
      "marginBottom", "paddingLeft", "paddingRight"].map((key) => parseFloat(style[key]) || 0);
    const wide = text.getBoundingClientRect().width - left - right;
    const margin = Math.max(above, below);
    if (type && wide > 0) found.push([wide, type, (line || 1.15 * type) / type, margin]);
  }
  return found;
}"""
_ADVANCE = """([words, font]) => {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = font;
  return words.map((word) => pen.measureText(word).width);
}"""
_SCRIPTS: Mapping[str, str] = {
    "Latin": "A-Za-z\u00c0-\u024f\u1e00-\u1eff",
    "Greek": "\u0370-\u03ff",
    "Cyrillic": "\u0400-\u052f",
    "Armenian": "\u0530-\u058f",
    "Hebrew": "\u0590-\u05ff",
    "Arabic": "\u0600-\u077f",
    "Devanagari": "\u0900-\u097f",
    "Bengali": "\u0980-\u09ff",
    "Thai": "\u0e00-\u0e7f",
    "Georgian": "\u10a0-\u10ff",
    "Kana": "\u3040-\u30ff",
    "Han": "\u4e00-\u9fff",
    "Hangul": "\uac00-\ud7af",
}
_WORDS = 4_000  # a script


@dataclass(frozen=True, slots=True)
class Measured:
    """A site's own template at one width; lengths in px, the line in em."""

    column: float
    type: float
    line: float
    margin: float


def template_of(setter: Typesetter, woven: bytes, content_type: str) -> dict[int, Measured] | None:
    """The template of one page with `<!--gap N-->` in it; None where it brings no whole sheet.

    A sheet that lets the text run as wide as the window, or over it, is none either.
    """
    found: dict[int, Measured] = {}
    for width in WIDTHS:
        asked = {"least": _LEAST_STYLE_CHARS}
        paragraphs: Sequence[Sequence[float]] = setter.ask(woven, content_type, width, _READ, asked)
        if len(paragraphs) < 3:
            return None
        found[width] = Measured(*(statistics.median(p[n] for p in paragraphs) for n in range(4)))
    narrow, wide = found[WIDTHS[0]].column, found[WIDTHS[-1]].column
    return found if narrow <= 345 and wide <= 1000 else None


def advances_of(setter: Typesetter, texts: Iterable[str], font: str) -> dict[str, float]:
    """Mean advance in em of the characters of each script; `font` is CSS, of 100 px."""
    words: dict[str, list[str]] = defaultdict(list)
    patterns = {name: re.compile(f"[{marks}]+") for name, marks in _SCRIPTS.items()}
    for text in texts:
        for name, pattern in patterns.items():
            words[name].extend(pattern.findall(text))
    found = {}
    for name, kept in words.items():
        if len(kept) < 40:
            continue
        random.Random(1).shuffle(kept)
        kept = kept[:_WORDS]
        widths = setter.ask(b"<p>x", "text/html", 800, _ADVANCE, [kept, font])
        found[name] = sum(widths) / 100 / sum(map(len, kept))
    return found
