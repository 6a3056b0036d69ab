"""Placements whose place is not one of the article's gaps: which anchors get their slots.

Takes the anchors that `page` found for each, and gives slots as the planner does. A `selector`
takes the first of its anchors, a `sticky` its one, a `listing` every n-th. No two slots stand at
one place. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from adweave.layout.model import EVERY_VIEWPORT, Plan, Slot
from adweave.page import Anchor
from adweave.placements import Layout, Placement

# Slots outside the article have numbers of gaps, too, by which they are told apart and ordered:
# negative ones, which no outline has. The same place has the same number in every layout.
FIRST_ANCHOR = -(1 << 40)
_USUAL_STEP = 6
# What keeps a page's article from slots; places outside it are then for pages of any kind.
_NO_ARTICLE = ("no-article", "too-short")


@dataclass(frozen=True, slots=True)
class AnchorVerdict:
    """What a placement says of one of its anchors: taken, or refused by `rule`.

    Rules are the anchor's fault, "breaks-tree", "touches-slot", "max", "step" (not the n-th) and
    "page" (not for a page like this).
    """

    placement: str
    anchor: Anchor
    rule: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether there is a slot at this anchor."""
        return not self.rule


def gap_of(anchor: Anchor) -> int:
    """The number that stands for an anchor where slots in the article have their gap's."""
    return FIRST_ANCHOR + anchor.offset


def with_anchored(
    plan: Plan,
    layout: Layout,
    anchors: Mapping[str, Sequence[Anchor]],
    *,
    has_article: bool,
    without: Collection[int] = frozenset(),
) -> tuple[Plan, tuple[AnchorVerdict, ...]]:
    """The plan with the slots of anchored placements, and what was said of each anchor.

    `anchors` are those of each placement by its name. `without` are what the self-check ruled
    out. A plan that was empty for its article's sake keeps its reason if it stays empty.
    """
    taken = {slot.offset for slot in plan.slots}
    slots: list[Slot] = []
    verdicts: list[AnchorVerdict] = []
    placements = [p for p in layout.placement if p.enabled and p.is_anchored]
    for placement in sorted(placements, key=lambda each: -each.priority):
        is_for_page = _is_for_page(placement, plan, has_article)
        index = 0
        for number, anchor in enumerate(anchors.get(placement.name, ()), 1):
            rule = anchor.fault or ""
            if not is_for_page:
                rule = "page"
            elif not rule and gap_of(anchor) in without:
                rule = "breaks-tree"
            elif not rule and placement.kind == "listing" and number % _step(placement):
                rule = "step"
            elif not rule and anchor.offset in taken:
                rule = "touches-slot"
            elif not rule and index >= placement.most:
                rule = "max"
            verdicts.append(AnchorVerdict(placement.name, anchor, rule))
            if not rule:
                index += 1
                taken.add(anchor.offset)
                slots.append(
                    Slot(placement.name, index, gap_of(anchor), anchor.offset, EVERY_VIEWPORT)
                )
    if not slots:
        return plan, tuple(verdicts)
    # Beside them, the article's own slots keep their order by gap.
    found = (*sorted(slots, key=lambda slot: slot.gap), *plan.slots)
    return replace(plan, slots=found, reason=None, detail=""), tuple(verdicts)


def _is_for_page(placement: Placement, plan: Plan, has_article: bool) -> bool:
    if placement.kind == "listing":
        return placement.any_page or not has_article
    return placement.any_page or (has_article and plan.reason not in _NO_ARTICLE)


def _step(placement: Placement) -> int:
    return placement.n or _USUAL_STEP
