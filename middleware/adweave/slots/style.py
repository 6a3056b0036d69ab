"""The styles that reserve each slot's box, show its label and its placeholder.

A box is the pair of creative heights that a placement reserves, in a narrow window and in a
wide one; no height is no slot there. Its name, `"250-90"`, is the slot's `data-box`; one rule
per distinct box is all that differs between pages.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adweave.layout import LABEL_HEIGHT_PX
from adweave.slots.assets import built
from adweave.slots.model import WIDE_FROM_PX

if TYPE_CHECKING:
    from adweave.placements import Placement


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """Heights reserved for a creative, in CSS px, label not counted; 0: hidden."""

    mobile_px: int
    desktop_px: int

    @property
    def name(self) -> str:
        """The value of `data-box`."""
        return f"{self.mobile_px}-{self.desktop_px}"

    def shown_at(self, viewports: Collection[str]) -> Box:
        """This box, hidden at every viewport that is not among `viewports`."""
        return Box(
            self.mobile_px if "mobile" in viewports else 0,
            self.desktop_px if "desktop" in viewports else 0,
        )

    @property
    def rule(self) -> str:
        """The CSS that gives the box its heights."""
        wide = f"(min-width:{WIDE_FROM_PX}px)"
        if self.mobile_px == self.desktop_px:
            return self._declared(self.mobile_px)
        # A hidden box must show again in the other window, so its rule is for its own only.
        narrow = self._declared(self.mobile_px)
        if not self.mobile_px:
            narrow = f"@media not all and {wide}{{{narrow}}}"
        return f"{narrow}@media {wide}{{{self._declared(self.desktop_px)}}}"

    @property
    def sticky_rule(self) -> str:
        """Hides a sticky slot of this box in windows of which it would take more than 30 %.

        Source: Better Ads Standards, "large sticky ads".
        """
        hidden = (
            f'{{ad-slot[data-kind="sticky"][data-box="{self.name}"]{{display:none!important}}}}'
        )
        widths = ((self.mobile_px, "max-width", 0.02), (self.desktop_px, "min-width", 0))
        return "".join(
            f"@media ({side}:{WIDE_FROM_PX - below:g}px) and (max-height:{_too_low(px)}px){hidden}"
            for px, side, below in widths
            if px
        )

    def _declared(self, px: int) -> str:
        declaration = f"--adweave-height:{px}px" if px else "display:none!important"
        return f'ad-slot[data-box="{self.name}"]{{{declaration}}}'


def _too_low(px: int) -> int:
    """The highest window, in px, of which a box for `px` takes more than 30 %."""
    return math.ceil((px + LABEL_HEIGHT_PX) / 0.3) - 1


def box_of(placement: Placement) -> Box:
    """The box of a placement: the tallest of its sizes, so that none can outgrow it."""
    return Box(placement.box_px("mobile"), placement.box_px("desktop"))


def stylesheet(boxes: Iterable[Box], sticky: Iterable[Box] = ()) -> str:
    """All the CSS of a page with these boxes, in ASCII; `sticky` are those of sticky slots."""
    rules = [box.rule for box in sorted(set(boxes))]
    rules += [box.sticky_rule for box in sorted(set(sticky))]
    return built("slot.css") + "".join(rules)
