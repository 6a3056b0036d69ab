"""A comparison to look at: each changed page before and after, side by side.

Knows what changed and how frames are drawn; nothing of how it was found out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adweave.review.comparing import PageChange, SlotChange, Totals
from adweave.review.overlay import Facts, block_facts, document, framed, slot_facts
from adweave.review.page import Page
from adweave.review.trial import Outcome

# More pages, or more bytes, and a browser would rather not open the file.
MOST_PAGES = 60
MOST_BYTES = 24_000_000


@dataclass(frozen=True, slots=True)
class Pair:
    """One page under both states."""

    page: Page
    old: Outcome
    new: Outcome
    change: PageChange


def comparison_page(pairs: Sequence[Pair], totals: Totals, old_label: str, new_label: str) -> str:
    """The changed pages as one HTML file; the first that fit, the heading says how many."""
    pages: list[tuple[str, Facts, str]] = []
    size = 0
    for pair in pairs[:MOST_PAGES]:
        markup = framed(
            pair.new.findings.source or pair.old.findings.source,
            pair.new.findings.outline or pair.old.findings.outline,
            _places(pair),
            body=pair.new.body,
            origin=pair.page.origin,
            target=pair.page.target,
        )
        size += len(markup)
        if pages and size > MOST_BYTES:
            break
        pages.append((f"{pair.page.target} ({_short(pair.change)})", _facts(pair), markup))
    left = totals.changed - len(pages)
    more = f"; the first {len(pages)} are here" if left > 0 else ""
    note = f"{totals.changed} of {totals.pages} pages change{more}"
    return document(
        title=f"{old_label} → {new_label}",
        note=note,
        pages=pages,
        layouts=_layouts(pairs),
        stages=[f"Before: {old_label}", f"After: {new_label}"],
    )


def _layouts(pairs: Sequence[Pair]) -> list[str]:
    """The arms to choose from, where an experiment has several."""
    most = max((len(p.new.findings.plans) for p in pairs), default=1)
    return [f"variant {number + 1}" for number in range(most)] if most > 1 else []


def _short(change: PageChange) -> str:
    if change.loses_all:
        return "loses all slots"
    counts = {kind: sum(c.kind == kind for c in change.changes) for kind in ("added", "removed")}
    moved = sum(c.kind == "moved" for c in change.changes)
    parts = [f"+{counts['added']}", f"-{counts['removed']}", f"{moved} moved"]
    kept = [part for part in parts if not part.startswith(("+0", "-0", "0 "))]
    return ", ".join(kept) or "other"


def _places(pair: Pair) -> list[tuple[int, int]]:
    """Every place of a slot before or after."""
    places: dict[int, int] = {}
    for outcome in (pair.old, pair.new):
        for plan in outcome.findings.plans if outcome.plan is not None else ():
            for slot in plan.slots:
                places.setdefault(slot.gap, slot.offset)
    return sorted(places.items())


def _facts(pair: Pair) -> Facts:
    outline = pair.new.findings.outline or pair.old.findings.outline
    return {
        "blocks": block_facts(outline),
        "total": _total(pair.change),
        "sides": [
            {"layouts": _side(pair.old, pair.change, is_new=False)},
            {"layouts": _side(pair.new, pair.change, is_new=True)},
        ],
        "entries": [*map(_entry, pair.change.changes), *_findings(pair.change)],
    }


def _total(change: PageChange) -> str:
    counts = ", ".join(
        f"{change.old.slots[viewport]} → {change.new.slots[viewport]} slots on {viewport}"
        for viewport in change.new.slots
    )
    reason = f"; now passed ({change.new.reason})" if change.new.reason else ""
    return f"{counts}{reason}"


def _side(outcome: Outcome, change: PageChange, *, is_new: bool) -> list[Facts]:
    states: dict[tuple[str, int, str], str] = {}
    for each in change.changes:
        gap = each.new_gap if is_new else each.old_gap
        for viewport in each.viewports:
            if gap is not None:
                states[each.placement, gap, viewport] = each.kind
    layouts = {x.name: x for x in (outcome.delivery.layouts if outcome.delivery else ())}
    sides: list[Facts] = []
    for plan in outcome.findings.plans if outcome.plan is not None else ():
        slots: list[Facts] = []
        gaps: dict[str, Facts] = {}
        outline = outcome.findings.outline
        for slot in plan.slots:
            for viewport in slot.viewports:
                state = states.get((slot.placement, slot.gap, viewport), "")
                slots.append({**slot_facts(slot, layouts[plan.layout], state), "on": [viewport]})
            inside = outline is not None and 0 <= slot.gap < len(outline.gaps)
            gaps[str(slot.gap)] = {"inside": inside, "title": slot.placement}
        sides.append({"name": plan.layout, "total": "", "slots": slots, "gaps": gaps})
    return sides


def _entry(change: SlotChange) -> Facts:
    gaps = [None if gap is None else str(gap) for gap in (change.old_gap, change.new_gap)]
    return {
        "gaps": gaps,
        "on": list(change.viewports),
        "state": {"added": "taken", "removed": "refused"}.get(change.kind, "moved"),
        "title": f"{change.placement} {change.kind}",
        "says": [where_of(change)],
    }


def where_of(change: SlotChange) -> str:
    """Where a slot was and is, in px below the article's start."""
    old = "outside the text" if change.old is None else f"{change.old:.0f} px"
    new = "outside the text" if change.new is None else f"{change.new:.0f} px"
    if change.kind == "moved":
        return f"from {old} to {new}"
    return f"at {new}" if change.kind == "added" else f"from {old}"


def _findings(change: PageChange) -> list[Facts]:
    return [
        {"gaps": None, "state": "refused", "title": "new lint finding", "says": [finding]}
        for finding in change.findings
    ]
