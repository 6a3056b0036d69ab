"""Pages that are never sent twice alike: one plan for all their renderings.

Of an address whose page was planned more than once, the last planned rendering is kept, and those
before it that were of use: readers who are logged in get other pages than those who are not. The
next one that differs from one of them in tokens alone (`page.alike`) gets its plan, with the places
moved. Kept are only pages that their bytes alone decide about: where the configuration asks a page
for its section or its words, each rendering is planned. A policy with a nonce for each answer is
the same policy: what is put in gets the new nonce. Knows bodies, plans and stores.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from adweave.page import Insertion, is_even, places_in
from adweave.placements import page_decides

from .engine import PagePlan
from .heads import Candidate
from .store import BoundedStore

# Encodings in which every byte below 128 is that character, wherever it stands.
_ASCII_IS_ASCII: Final = ("UTF-8", "windows-", "ISO-8859-", "KOI8-")
_MARK_BYTES: Final = 400  # about what it takes to know that an address was planned once
_KINDS: Final = 4  # of readers who come by in turns; the one that was of use longest ago goes
_NONCE: Final = re.compile(r"'nonce-([^']*)'")
_PROPER: Final = re.compile(r"[A-Za-z0-9+/_-]{8,}=*")


@dataclass(frozen=True, slots=True)
class Rendering:
    """A page as it was planned."""

    body: bytes
    plan: PagePlan
    nonce: bytes


# Of an address, the one that was of use last comes first. None yet: planned once so far.
Renderings = BoundedStore[tuple[Rendering, ...]]


def names_of(of: Candidate, address: bytes) -> Iterator[bytes]:
    """What renderings go by: those of a candidate, then of those whom the server deals otherwise.

    All that a plan depends on besides the body is in it, but for nonces.
    """
    head = of.head
    said = (
        head.content_type,
        head.content_language or "",
        of.coding,
        head.origin or "",
        *(_NONCE.sub("'nonce-'", policy) for policy in head.policies),
    )
    kind = "\n".join(said).encode("utf-8", "replace")
    yield b"\n".join((of.epoch, kind, address))
    for other, _ in of.others:
        yield b"\n".join((of.engine.epoch_for(other), kind, address))


def note(renderings: Renderings, name: bytes, body: bytes, plan: PagePlan, of: Candidate) -> None:
    """Keep a rendering that was just planned, the second time that its address comes by."""
    known = renderings.get(name)
    if known is None:
        _keep(renderings, name, ())
        return
    nonce = _nonce_of(of)
    if nonce is not None and _may_be_alike(body, plan, of):
        _keep(renderings, name, (Rendering(body, plan, nonce), *known[: _KINDS - 1]))


def found(
    renderings: Renderings, name: bytes, body: bytes, of: Candidate
) -> tuple[PagePlan, list[Insertion]] | None:
    """The plan of a kept rendering that holds for another one, and its insertions there."""
    known = renderings.get(name) or ()
    for at, each in enumerate(known):
        insertions = _insertions_for(each, body, of)
        if insertions is not None:
            if at:
                _keep(renderings, name, (each, *known[:at], *known[at + 1 :]))
            return each.plan, insertions
    return None


def _keep(renderings: Renderings, name: bytes, known: tuple[Rendering, ...]) -> None:
    renderings.put(name, known, _MARK_BYTES + sum(len(each.body) for each in known))


def _insertions_for(known: Rendering, body: bytes, of: Candidate) -> list[Insertion] | None:
    nonce = _nonce_of(of)
    if nonce is None or bool(nonce) != bool(known.nonce):
        return None
    insertions = sorted(known.plan.insertions, key=lambda each: each[0])
    markup = [text for _, text in insertions]
    was = b'nonce="%b"' % known.nonce
    bare = [text.replace(was, b"") for text in markup] if nonce else markup
    places = places_in(body, known.body, [at for at, _ in insertions], bare)
    if places is None:
        return None
    if nonce:
        markup = [text.replace(was, b'nonce="%b"' % nonce) for text in markup]
    return list(zip(places, markup, strict=True))


def _nonce_of(of: Candidate) -> bytes | None:
    """The nonce of an answer's policies; empty where they have none, None for several or odd ones.

    One of other characters than CSP's grammar has might not be what the page's markup says.
    """
    found = {nonce for policy in of.head.policies for nonce in _NONCE.findall(policy)}
    if len(found) > 1 or not all(map(_PROPER.fullmatch, found)):
        return None
    return found.pop().encode("ascii") if found else b""


def _may_be_alike(body: bytes, plan: PagePlan, of: Candidate) -> bool:
    return (
        plan.encoding.startswith(_ASCII_IS_ASCII)
        and not page_decides(of.decision, of.engine.site.settings)
        and not any(b"data-late=" in markup for _, markup in plan.insertions)
        and is_even(body)
    )
