"""Pages that are never sent twice alike: one plan for all their renderings.

Of an address whose page was planned more than once, the last planned rendering is kept. The next
one that differs from it in tokens alone (`page.alike`) gets its plan, with the places moved. Kept
are only pages that their bytes alone decide about: where the configuration asks a page for its
section or its words, each rendering is planned. Knows bodies, plans and stores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from adweave.page import is_even, places_in
from adweave.placements import page_decides

from .engine import PagePlan
from .heads import Candidate
from .store import BoundedStore

# Encodings in which every byte below 128 is that character, wherever it stands.
_ASCII_IS_ASCII: Final = ("UTF-8", "windows-", "ISO-8859-", "KOI8-")
_MARK_BYTES: Final = 200  # about what it takes to know that an address was planned once


@dataclass(frozen=True, slots=True)
class Rendering:
    """A page as it was planned. Without a body: planned once so far."""

    body: bytes = b""
    plan: PagePlan | None = None


Renderings = BoundedStore[Rendering]


def note(renderings: Renderings, name: bytes, body: bytes, plan: PagePlan, of: Candidate) -> None:
    """Keep a rendering that was just planned, the second time that its address comes by."""
    if renderings.get(name) is None:
        renderings.put(name, Rendering(), _MARK_BYTES)
    elif _may_be_alike(body, plan, of):
        renderings.put(name, Rendering(body, plan), len(body) + _MARK_BYTES)


def plan_for(known: Rendering, body: bytes) -> PagePlan | None:
    """The plan of a kept rendering for another one; None where it may not hold for it."""
    plan = known.plan
    if plan is None:
        return None
    insertions = sorted(plan.insertions, key=lambda each: each[0])
    places = places_in(
        body, known.body, [at for at, _ in insertions], [markup for _, markup in insertions]
    )
    if places is None:
        return None
    moved = zip(places, (markup for _, markup in insertions), strict=True)
    return PagePlan(moved, plan.encoding, plan.slots, plan.layout, plan.lang)


def _may_be_alike(body: bytes, plan: PagePlan, of: Candidate) -> bool:
    return (
        plan.encoding.startswith(_ASCII_IS_ASCII)
        and not page_decides(of.decision, of.engine.site.settings)
        and not any(b"data-late=" in markup for _, markup in plan.insertions)
        and is_even(body)
    )
