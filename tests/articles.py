"""Articles and layouts made by hand, for tests of the planner."""

from __future__ import annotations

from typing import Any

from adweave.page import Block, BlockKind, Evidence, Gap, Outline
from adweave.placements import Layout

# One letter a block; heights are (mobile, desktop) px, words as a reader would count.
_LETTERS: dict[str, tuple[BlockKind, tuple[float, float], float]] = {
    "p": (BlockKind.PARAGRAPH, (300.0, 200.0), 60.0),
    "s": (BlockKind.PARAGRAPH, (60.0, 40.0), 8.0),
    "h": (BlockKind.HEADING, (60.0, 50.0), 4.0),
    "i": (BlockKind.IMAGE, (220.0, 400.0), 0.0),
    "e": (BlockKind.EMBED, (200.0, 400.0), 0.0),
    "r": (BlockKind.RELATED, (120.0, 90.0), 12.0),
    "a": (BlockKind.AD, (280.0, 280.0), 0.0),
    "-": (BlockKind.RULE, (20.0, 20.0), 0.0),
}


def article(letters: str, faults: dict[int, str] | None = None) -> Outline:
    """An outline from one letter a block, each block ten bytes long."""
    blocks = tuple(
        Block(kind, 10 * n, 10 * n + 10, words, heights)
        for n, (kind, heights, words) in enumerate(_LETTERS[letter] for letter in letters)
    )
    gaps = tuple(Gap(10 * n, (faults or {}).get(n)) for n in range(len(blocks) + 1))
    words = sum(block.words for block in blocks)
    evidence = Evidence(True, f"the text has {words:.0f} words", words * 6)
    return Outline(evidence=evidence, blocks=blocks, gaps=gaps, words=words)


def layout(*placements: dict[str, Any], **keys: Any) -> Layout:
    """A layout that asks for nothing but what is given."""
    distances = ("from_top", "from_bottom", "below_heading", "above_image", "from_own_ads")
    free: dict[str, Any] = dict.fromkeys(distances, "0px")
    free |= {"below_image": "0px", "min_length": "0 words", "max_density": 0.9}
    return Layout.model_validate(
        {"name": "test", "pages": ["/**"], **free, **keys, "placement": list(placements)}
    )


def inline(**keys: Any) -> dict[str, Any]:
    """An inline placement of one small size and no distances."""
    return {
        "name": "inline",
        "kind": "inline",
        "max": 99,
        "sizes": [[300, 50]],
        "fill": ["house"],
        **keys,
    }
