"""What the page engine says about one page: the vocabulary of every later stage.

Plain frozen data, made by `outline_of`, read by `layout`, `slots` and `explain`. Knows
HTML's words (blocks, offsets) and nothing of HTTP, configuration or ads.

Offsets are always byte offsets into the body as the upstream sent it (after its content
coding was taken off). Heights and distances are CSS pixels, one number per viewport, in
the order of `VIEWPORTS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Viewport:
    """A reader's window that heights are estimated for.

    `name` is the key used in placements files; `width_px` and `height_px` are CSS pixels.
    """

    name: str
    width_px: int
    height_px: int


# 360 x 780: the commonest Android viewport; 1280 x 720: a small laptop.
VIEWPORTS: tuple[Viewport, ...] = (
    Viewport("mobile", 360, 780),
    Viewport("desktop", 1280, 720),
)


class BlockKind(StrEnum):
    """What a block is to a reader; rules about neighbours are written in these words."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST = "list"
    TABLE = "table"
    QUOTE = "quote"
    CODE = "code"
    IMAGE = "image"  # img, picture, svg, figure: anything that shows a picture
    EMBED = "embed"  # iframe, video, audio, tweets and the like
    FORM = "form"
    AD = "ad"  # an advertisement that the page brings itself
    RELATED = "related"  # "read also" links, newsletter boxes, asides, navigation
    RULE = "rule"  # hr and other separators
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of the article at the level where its text flows."""

    kind: BlockKind
    start: int  # offset of the block's first byte
    end: int  # offset just past its last byte
    words: float  # language-neutral: two CJK or Thai characters weigh as one word
    heights_px: tuple[float, ...]  # one per viewport, its lower margin included
    excerpt: str = ""  # its first characters, for explanations only


@dataclass(frozen=True, slots=True)
class Gap:
    """A place between two blocks where an element may be put.

    Gap *i* of an outline lies before block *i*; the last gap lies after the last block,
    so an outline with n blocks has n + 1 gaps. `fault` names the rule that forbids the place
    whatever the layout asks for (for example "would-be-moved": a tree builder would not
    leave an element there), or is None.
    """

    offset: int
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the page says about itself, as far as layouts may target it. Missing is empty."""

    title: str = ""
    section: str = ""
    tags: tuple[str, ...] = ()
    canonical_url: str = ""
    published: str = ""
    modified: str = ""
    author: str = ""
    is_paid: bool = False
    language: str = ""  # as a BCP 47 tag ("pt-BR"); `Outline` has what the markup declares
    words: int | None = None  # as the page counts them itself


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why the engine believes or doubts that the page has an article.

    `found` is the verdict; `reason` a sentence for people ("the longest run of text has 412
    characters, 1200 are needed"); `text_chars` the weighted characters of the article's text
    (a CJK or Thai character weighs about two); `facts` further named observations.
    """

    found: bool
    reason: str
    text_chars: float
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """The article's blocks in reading order, its gaps, and what else a plan needs.

    An outline without an article has no blocks and no gaps, and says why in `evidence`.
    """

    evidence: Evidence
    blocks: tuple[Block, ...] = ()
    gaps: tuple[Gap, ...] = ()
    words: float = 0.0  # of the whole article, measured as for blocks
    text: str = ""  # a sample of the article's own text, for finding its language
    article_lang: str | None = None  # nearest `lang` attribute around the article's text
    html_lang: str | None = None  # `<html lang>`, as declared
    head_offset: int | None = None  # where elements may be put into the head
    opt_out: str | None = None  # reason not to weave that the page itself gives
    hydrated: str | None = None  # what tells that a framework takes the article over
    skips_comments: bool = False  # and whether it passes over comments in what it takes over
    frameworks: str = ""  # names of those that it may be, where the loader knows their signs
    csp: tuple[str, ...] = ()  # policies declared by <meta http-equiv>
    describe: Callable[[], Metadata] = field(default=Metadata, compare=False, repr=False)

    @property
    def metadata(self) -> Metadata:
        """What the page says about itself: worked out when asked, as few layouts ask."""
        return self.describe()
