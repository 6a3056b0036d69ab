"""What a plan is: the slots chosen for one page and layout, and the verdict on every gap.

Plain frozen data. Knows gaps and rules; nothing of HTML, bytes to insert, or HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass

from adweave.page import VIEWPORTS

EVERY_VIEWPORT = tuple(viewport.name for viewport in VIEWPORTS)

# The line above every creative: 12 px type at line height 1.5 with 3 px above and below.
# `slots` draws it with exactly this height; the box reserved is creative + label.
LABEL_HEIGHT_PX = 24


@dataclass(frozen=True, slots=True)
class Slot:
    """One occurrence of a placement at a gap; `index` counts from 1 within the placement.

    `viewports` names the viewports at which it shows, in the order of `VIEWPORTS`.
    """

    placement: str
    index: int
    gap: int  # index into Outline.gaps
    offset: int  # byte offset of that gap
    viewports: tuple[str, ...] = EVERY_VIEWPORT


@dataclass(frozen=True, slots=True)
class Check:
    """One rule measured at one gap for one viewport.

    `required` and `actual` are in `unit` ("px", "words", "blocks"; "slots" for counts); the
    rule holds when `actual` is at least `required`. `viewport` is empty for rules that do not
    depend on one. `detail` carries what numbers cannot say, for example a fault's name.
    """

    rule: str
    viewport: str
    unit: str
    required: float
    actual: float
    detail: str = ""

    @property
    def holds(self) -> bool:
        """Whether the rule is met."""
        return self.actual >= self.required

    @property
    def shortfall(self) -> float:
        """How far off the rule is, as a share of what is required; 0 when it holds."""
        if self.holds:
            return 0.0
        return (self.required - self.actual) / self.required if self.required > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one placement says of one gap: taken at some viewports, or refused and by which rules.

    A gap that meets every rule at a viewport is still refused there when the placement's or the
    page's count is used up: then the only failed check is "max", "min" or "density". A gap that
    is taken at one viewport only has the checks that it fails at the other.
    """

    gap: int
    placement: str
    viewports: tuple[str, ...]  # where a slot shows here; none: refused
    checks: tuple[Check, ...]

    @property
    def is_taken(self) -> bool:
        """Whether there is a slot at this gap."""
        return bool(self.viewports)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The rules that refuse this gap, the one that misses by most first."""
        return tuple(sorted((c for c in self.checks if not c.holds), key=lambda c: -c.shortfall))

    def failed_at(self, viewport: str) -> tuple[Check, ...]:
        """Those of `failed` that matter at one viewport; none where the slot shows there."""
        return tuple(check for check in self.failed if check.viewport in ("", viewport))


@dataclass(frozen=True, slots=True)
class Plan:
    """The slots for one page and layout, in page order.

    `reason` says why a plan is empty ("no-article", "too-short", "no-gap"), else is None;
    `detail` is the sentence for people.
    """

    layout: str
    slots: tuple[Slot, ...]
    reason: str | None = None
    detail: str = ""
