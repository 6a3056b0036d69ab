"""The styles that reserve each slot's box, show its label and its placeholder.

A box is the pair of creative heights that a placement reserves, in a narrow window and in a
wide one; no height is no slot there. Where the column decides which of the sizes fit, the box
has steps: a browser that knows container queries reserves what the column can hold, any other
the tallest. The box's name is the slot's `data-box`; one rule per distinct box is all that
differs between pages.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adweave.layout import LABEL_HEIGHT_PX
from adweave.slots.assets import built
from adweave.slots.model import WIDE_FROM_PX

if TYPE_CHECKING:
    from adweave.placements import Placement, Size

Steps = tuple[tuple[int, int], ...]
"""Column widths from which another height is reserved, and these heights, in CSS px."""


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """Heights reserved for a creative, in CSS px, label not counted; 0: hidden.

    `mobile_px` and `desktop_px` are for columns below the first step.
    """

    mobile_px: int
    desktop_px: int
    mobile_steps: Steps = ()
    desktop_steps: Steps = ()

    @property
    def name(self) -> str:
        """The value of `data-box`: "250-90", and with steps "250-250,90@728,250@970"."""
        return (
            f"{_named(self.mobile_px, self.mobile_steps)}"
            f"-{_named(self.desktop_px, self.desktop_steps)}"
        )

    def shown_at(self, viewports: Collection[str]) -> Box:
        """This box, hidden at every viewport that is not among `viewports`."""
        mobile = (self.mobile_px, self.mobile_steps) if "mobile" in viewports else (0, ())
        desktop = (self.desktop_px, self.desktop_steps) if "desktop" in viewports else (0, ())
        return Box(mobile[0], desktop[0], mobile[1], desktop[1])

    @property
    def rule(self) -> str:
        """The CSS that gives the box its heights."""
        wide = f"(min-width:{WIDE_FROM_PX}px)"
        narrow = self._declared(self.mobile_px, self.mobile_steps)
        broad = self._declared(self.desktop_px, self.desktop_steps)
        if narrow == broad:
            return narrow
        # What one window has and the other has not is not taken back, so it is for its own only.
        if not self.mobile_px or self.mobile_steps:
            narrow = f"@media not all and {wide}{{{narrow}}}"
        return f"{narrow}@media {wide}{{{broad}}}"

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

    def _declared(self, px: int, steps: Steps) -> str:
        slot = f'ad-slot[data-box="{self.name}"]'
        if not px:
            return f"{slot}{{display:none!important}}"
        return f"{slot}{{--adweave-height:{px}px}}" + "".join(
            f"@container (min-width:{width}px){{{slot}:after{{--adweave-height:{height}px}}}}"
            for width, height in steps
        )


def _named(px: int, steps: Steps) -> str:
    return ",".join([str(px), *(f"{height}@{width}" for width, height in steps)])


def _too_low(px: int) -> int:
    """The highest window, in px, of which a box for `px` takes more than 30 %."""
    return math.ceil((px + LABEL_HEIGHT_PX) / 0.3) - 1


def box_of(placement: Placement) -> Box:
    """The box of a placement: the tallest of the sizes that a column holds, so none outgrows it.

    In a column that holds none it is as for all of them, as a creative of the site's own is
    shrunk to fit. A height that the placement says outright (`reserve`) is that of all columns.
    """
    mobile, desktop = (placement.sizes.for_viewport(name) for name in ("mobile", "desktop"))
    mobile_px, desktop_px = placement.box_px("mobile"), placement.box_px("desktop")
    if placement.reserve is not None:
        return Box(mobile_px, desktop_px)
    return Box(
        mobile_px,
        desktop_px,
        _steps(mobile, desktop, mobile_px),
        _steps(desktop, mobile, desktop_px),
    )


def _steps(own: Sequence[Size], others: Sequence[Size], tallest: int) -> Steps:
    """Where a growing column changes the height, by a window's own sizes and the other window's.

    The loader takes `others` in a column that holds none of its own: see `browser/src/fill.ts`.
    """
    low = [size for size in others if size.height <= tallest]
    steps: list[tuple[int, int]] = []
    height = tallest
    for width in sorted({size.width for size in (*own, *low)}):
        fitting = [size for size in own if size.width <= width]
        fitting = fitting or [size for size in low if size.width <= width]
        held = max(size.height for size in fitting)
        if held != height:
            height = held
            steps.append((width, height))
    return tuple(steps)


def stylesheet(boxes: Iterable[Box], sticky: Iterable[Box] = ()) -> str:
    """All the CSS of a page with these boxes, in ASCII; `sticky` are those of sticky slots."""
    rules = [box.rule for box in sorted(set(boxes))]
    rules += [box.sticky_rule for box in sorted(set(sticky))]
    return built("slot.css") + "".join(rules)
