"""The page engine: bytes in, an outline of the article out, and a splice that is proved.

Takes a page's bytes and its Content-Type; gives blocks, gaps with byte offsets, and what the
page says about itself. Knows HTML; nothing of HTTP, configuration or ads. Pure functions: no
clock, no I/O.
"""

from __future__ import annotations

from adweave.page.doubt import REASONS, PageDoubt
from adweave.page.integrity import Insertion, broken_insertions, weave
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
from adweave.page.source import Source, read_page

__all__ = [
    "REASONS",
    "VIEWPORTS",
    "Block",
    "BlockKind",
    "Evidence",
    "Gap",
    "Insertion",
    "Metadata",
    "Outline",
    "PageDoubt",
    "Source",
    "Viewport",
    "broken_insertions",
    "outline_of",
    "read_page",
    "weave",
]
