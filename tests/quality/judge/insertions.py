"""Integrity: find what was put into a page by its look alone, cut it out, compare the rest.

Knows the written contract of what an insertion looks like (`<ad-slot ...></ad-slot>` with
`data-label`, `<ad-notice ...></ad-notice>`, `<!--adweave:N-->`, any element with the attribute
`data-adweave`) and nothing else of adweave: no offsets, no plan, no parser of its own. An
`<ad-slot>` without `data-label` is the publisher's own: some have an element of that name.
UTF-16 pages are read as code units, every other page byte by byte.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_VOID = frozenset({"link", "meta", "img", "base", "br", "hr", "input", "source"})

_ATTRIBUTES = r"""(?:\s+[^\s"'<>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*"""
_OWN_TAG = re.compile(rf"<(ad-slot|ad-notice)({_ATTRIBUTES})\s*></\1>")
_MARKER = re.compile(r"<!--adweave:\d+-->")
_ANY_TAG = re.compile(rf"<([A-Za-z][A-Za-z0-9-]*)({_ATTRIBUTES})\s*/?>")
_ATTRIBUTE_NAME = re.compile(
    r"""\s+([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?"""
)
_CANDIDATE = re.compile(r"<ad-slot|<ad-notice|<!--adweave:|\bdata-adweave\b")


@dataclass(frozen=True, slots=True)
class Found:
    """One insertion: what it is, and where in the woven page (in code units)."""

    kind: str  # the tag name, or "marker"
    start: int
    end: int
    markup: str


def units_of(body: bytes, encoding: str) -> str:
    """The page as one character per code unit, losslessly: bytes, or UTF-16 units."""
    if encoding not in ("utf-16le", "utf-16be"):
        return body.decode("latin-1")
    order = "little" if encoding == "utf-16le" else "big"
    even = len(body) // 2 * 2
    units = "".join(chr(int.from_bytes(body[i : i + 2], order)) for i in range(0, even, 2))
    # An odd last byte is no unit; a character outside UTF-16 keeps it comparable.
    return units + (chr(0x10000 + body[-1]) if len(body) % 2 else "")


def insertions_in(units: str) -> list[Found]:
    """Every insertion of the woven page, in page order, none inside another."""
    found: list[Found] = []
    at = 0
    while (candidate := _CANDIDATE.search(units, at)) is not None:
        one = _insertion_at(units, candidate, at)
        if one is None:
            at = candidate.end()
        else:
            found.append(one)
            at = one.end
    return found


def without(units: str, found: list[Found]) -> str:
    """The page with the insertions cut out and nothing else touched."""
    kept: list[str] = []
    at = 0
    for one in found:
        kept.append(units[at : one.start])
        at = one.end
    kept.append(units[at:])
    return "".join(kept)


def integrity_faults(original: bytes, woven: bytes, encoding: str) -> list[str]:
    """Sentences on what is wrong with the woven bytes; empty when nothing is."""
    if original == woven:
        return []
    before = units_of(original, encoding)
    after = units_of(woven, encoding)
    found = insertions_in(after)
    rest = without(after, found)
    faults = []
    if rest != before:
        faults.append(f"the page's own bytes differ: {_first_difference(before, rest)}")
    faults += [
        f"insertion is not ASCII: {one.markup[:80]!r}" for one in found if not one.markup.isascii()
    ]
    return faults


def attributes_of(markup: str) -> dict[str, str]:
    """Names and raw values (character references left alone) of a tag's attributes."""
    tag = _ANY_TAG.match(markup)
    if tag is None:
        return {}
    return {
        one.group(1).lower(): one.group(2) or one.group(3) or one.group(4) or ""
        for one in _ATTRIBUTE_NAME.finditer(tag.group(2))
    }


def _insertion_at(units: str, candidate: re.Match[str], floor: int) -> Found | None:
    start = candidate.start()
    if candidate.group() == "<!--adweave:":
        marker = _MARKER.match(units, start)
        return Found("marker", start, marker.end(), marker.group()) if marker else None
    if candidate.group() != "data-adweave":
        own = _OWN_TAG.match(units, start)
        if own is None or (own.group(1) == "ad-slot" and not _is_labelled(own.group())):
            return None
        return Found(own.group(1), start, own.end(), own.group())
    # An attribute: go back to the tag that carries it (a value may hold a "<").
    opening = units.rfind("<", floor, start)
    while opening != -1:
        tag = _ANY_TAG.match(units, opening)
        if tag is not None and tag.end() > start:
            if "data-adweave" not in attributes_of(tag.group()):
                return None
            return _whole_element(units, tag)
        opening = units.rfind("<", floor, opening)
    return None


def _is_labelled(markup: str) -> bool:
    return "data-label" in attributes_of(markup)


def _whole_element(units: str, tag: re.Match[str]) -> Found | None:
    name = tag.group(1).lower()
    end = tag.end()
    if name not in _VOID:
        closing = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(units, end)
        if closing is None:
            return None
        end = closing.end()
    return Found(name, tag.start(), end, units[tag.start() : end])


def _first_difference(before: str, after: str) -> str:
    at = next(
        (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
        min(len(before), len(after)),
    )
    return f"at {at}: {before[at : at + 40]!r} became {after[at : at + 40]!r}"
