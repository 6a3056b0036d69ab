"""The page engine: bytes in, an outline of the article out, and a splice that is proved.

Takes a page's bytes and its Content-Type; gives blocks, gaps with byte offsets, and what the
page says about itself. Knows HTML; nothing of HTTP, configuration or ads. Pure functions: no
clock, no I/O.
"""

from __future__ import annotations

from adweave.page.alike import is_even, places_in
from adweave.page.anchors import Anchor, anchor_at_end, anchors_at, anchors_in_listing
from adweave.page.doubt import REASONS, PageDoubt
from adweave.page.integrity import OURS, Insertion, broken_insertions, weave
from adweave.page.kinds import is_ad_name
from adweave.page.landmarks import Landmark, landmarks_of
from adweave.page.model import (
    VIEWPORTS,
    Block,
    BlockKind,
    Evidence,
    Gap,
    Metadata,
    Outline,
    Viewport,
)
from adweave.page.outline import outline_of
from adweave.page.signs import has_element, headlines_of, is_edited, metas_of
from adweave.page.source import Source, read_page
from adweave.page.tree import Comment, Element, Text, end_of, start_of

__all__ = [
    "OURS",
    "REASONS",
    "VIEWPORTS",
    "Anchor",
    "Block",
    "BlockKind",
    "Comment",
    "Element",
    "Evidence",
    "Gap",
    "Insertion",
    "Landmark",
    "Metadata",
    "Outline",
    "PageDoubt",
    "Source",
    "Text",
    "Viewport",
    "anchor_at_end",
    "anchors_at",
    "anchors_in_listing",
    "broken_insertions",
    "end_of",
    "has_element",
    "headlines_of",
    "is_ad_name",
    "is_edited",
    "is_even",
    "landmarks_of",
    "metas_of",
    "outline_of",
    "places_in",
    "read_page",
    "start_of",
    "weave",
]
