"""What is kept of pages in memory, under one ceiling.

Plans, woven pages in each coding, answers with the upstream's validators, what is known of pages by
their tags, and renderings of pages that are never alike. Plans take half at most, the small things
an eighth each, and pages what is left. Knows sizes, and nothing of how these are made and used.
"""

from __future__ import annotations

from typing import Final

from .alike import Renderings
from .counts import Counts
from .heads import Candidate
from .held import HeldAnswers
from .outcome import Page
from .plans import PagePlan
from .store import BoundedStore
from .streaming import KnownPages

CEILING_BYTES: Final = 64_000_000
_PLANS_SHARE: Final = 2
_SMALL_SHARE: Final = 8


class Memory:
    """The stores of one process. `plans` holds plans, and the reasons why there is none."""

    def __init__(self, counts: Counts) -> None:
        self.plans: BoundedStore[PagePlan | str] = BoundedStore(max_count=10_000, max_bytes=1 << 40)
        self.pages: BoundedStore[Page] = BoundedStore(max_count=1 << 40, max_bytes=CEILING_BYTES)
        self.held = HeldAnswers(CEILING_BYTES // _SMALL_SHARE)
        self.known = KnownPages(CEILING_BYTES // _SMALL_SHARE)
        self.renderings = _renderings(CEILING_BYTES)
        self._ceiling = CEILING_BYTES
        for name, evictions in (
            ("plans", lambda: self.plans.evictions),
            ("pages", lambda: self.pages.evictions),
            ("held", lambda: self.held.evictions),
        ):
            counts.follow(("adweave_evictions_total", "store", name), evictions)

    def set_up(self, *, max_plans: int, ceiling_bytes: int) -> None:
        """Begin with another configuration: what belongs to heads of the old one goes."""
        self.plans.max_count = max_plans
        self._ceiling = ceiling_bytes
        self.held = HeldAnswers(ceiling_bytes // _SMALL_SHARE, self.held.evictions)
        self.known = KnownPages(ceiling_bytes // _SMALL_SHARE)
        self.renderings = _renderings(ceiling_bytes)
        self.share_room()

    def share_room(self) -> None:
        """Pages take what the others leave."""
        self.plans.limit(self._ceiling // _PLANS_SHARE)
        kept_bytes = (
            self.plans.size_bytes
            + self.held.size_bytes
            + self.known.size_bytes
            + self.renderings.size_bytes
        )
        self.pages.limit(self._ceiling - kept_bytes)

    @property
    def gauges(self) -> dict[str, float]:
        """What is in memory now."""
        return {
            "adweave_plans": len(self.plans),
            "adweave_page_store_pages": len(self.pages),
            "adweave_page_store_bytes": self.pages.size_bytes,
            "adweave_plans_bytes": self.plans.size_bytes,
            "adweave_held_answers": len(self.held),
            "adweave_held_bytes": self.held.size_bytes,
            "adweave_known_pages": len(self.known),
            "adweave_known_bytes": self.known.size_bytes,
            "adweave_renderings_bytes": self.renderings.size_bytes,
            "adweave_cache_ceiling_bytes": self._ceiling,
        }


def _renderings(ceiling_bytes: int) -> Renderings:
    return Renderings(max_count=1 << 40, max_bytes=ceiling_bytes // _SMALL_SHARE)


def in_coding(key: bytes, candidate: Candidate, coding: str) -> bytes:
    """The key of a page in a coding; the upstream's own needs no name."""
    return key if coding == candidate.coding else key + coding.encode("ascii")
