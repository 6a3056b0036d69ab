"""The styles that reserve each slot's box, show its label and its placeholder.

A box is the pair of creative heights that a placement reserves, in a narrow window and in a
wide one. Its name, `"250-90"`, is the slot's `data-box`; one rule per distinct box is all
that differs between pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adweave.slots.assets import built
from adweave.slots.model import WIDE_FROM_PX

if TYPE_CHECKING:
    from adweave.placements import Placement


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """Heights reserved for a creative, in CSS px, label not counted."""

    mobile_px: int
    desktop_px: int

    @property
    def name(self) -> str:
        """The value of `data-box`."""
        return f"{self.mobile_px}-{self.desktop_px}"

    @property
    def rule(self) -> str:
        """The CSS that gives the box its heights."""
        selector = f'ad-slot[data-box="{self.name}"]'
        narrow, wide = (
            f"{selector}{{--adweave-height:{px}px}}" for px in (self.mobile_px, self.desktop_px)
        )
        if narrow == wide:
            return narrow
        return f"{narrow}@media (min-width:{WIDE_FROM_PX}px){{{wide}}}"


def box_of(placement: Placement) -> Box:
    """The box of a placement: the tallest of its sizes, so that none can outgrow it."""
    return Box(placement.box_px("mobile"), placement.box_px("desktop"))


def stylesheet(boxes: Iterable[Box]) -> str:
    """All the CSS of a page with these boxes, in ASCII."""
    return built("slot.css") + "".join(box.rule for box in sorted(set(boxes)))
