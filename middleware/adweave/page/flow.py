"""The article's blocks in reading order, with the places between them.

From the article's root down: an element in which siblings flow is opened up, and what stands
in it is a piece: an element that is a block to a reader, or a run of text and inline elements
between two blocks or two `<br><br>`. Places are offsets into the reading's text, not bytes.

The place before a piece is directly before a start tag, or directly after an end tag or void
tag, and at the level of the outermost opened element that begins with that piece: a paragraph
that is alone in its wrapper is not parted from it. Text is never split.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from adweave.page import heights
from adweave.page.article import (
    INLINE,
    ISLAND,
    Place,
    Survey,
    is_furniture_name,
    is_hidden,
    names_of,
)
from adweave.page.charset import Reading
from adweave.page.model import BlockKind
from adweave.page.tree import Element, Node, Text, end_of, start_of, tags
from adweave.page.words import wide_characters, words_in

_INVISIBLE = tags(
    "script style template noscript link meta title base head param source track datalist"
    " noframes wbr col colgroup"
)
_HEADINGS = tags("h1 h2 h3 h4 h5 h6 hgroup")
_EMBEDS = tags("iframe video audio embed object amp-iframe amp-video amp-youtube")
_IMAGES = tags("img picture svg figure canvas amp-img image")
_KINDS: dict[str, BlockKind] = {
    **dict.fromkeys(_HEADINGS, BlockKind.HEADING),
    **dict.fromkeys(("ul", "ol", "dl", "menu", "dir"), BlockKind.LIST),
    "table": BlockKind.TABLE,
    "blockquote": BlockKind.QUOTE,
    **dict.fromkeys(("pre", "code", "xmp", "listing", "textarea"), BlockKind.CODE),
    **dict.fromkeys(_IMAGES, BlockKind.IMAGE),
    **dict.fromkeys(_EMBEDS, BlockKind.EMBED),
    **dict.fromkeys(("form", "fieldset", "button", "input", "select"), BlockKind.FORM),
    **dict.fromkeys(("nav", "aside"), BlockKind.RELATED),
    "hr": BlockKind.RULE,
    **dict.fromkeys(("header", "footer", "address", "details", "dialog"), BlockKind.OTHER),
}
# Between these nothing may stand, whatever flows in them.
_PARTS: dict[str, str] = {
    **dict.fromkeys(("td", "th", "tr", "tbody", "thead", "tfoot", "caption"), "inside-table"),
    **dict.fromkeys(("li", "dt", "dd"), "inside-list"),
}
# Blocks that are opened up when they hold most of the article: the page is laid out with them.
_OPENED_WHERE_MAIN = tags("table form blockquote header")
_BLOCKS_INSIDE = (
    "p, div, section, article, ul, ol, dl, table, blockquote, pre, h1, h2, h3, h4, h5, h6,"
    " figure, form, hr, main, center"
)
_MEDIA_TAGS = tags("img picture svg iframe video audio embed object canvas")
_MEDIA = "img, picture, svg, iframe, video, audio, embed, object, canvas"
_AD_NAME = re.compile(
    r"(?i)(?:^|[\s_-])(?:ads?|adv|advert\w*|advertisement|adslot|ad-?unit|ad-?container|"
    r"ad-?wrapper|ad-?placeholder|adsbygoogle|adbox|adspace|gpt|dfp|doubleclick|google_ads\w*|"
    r"sponsored|outbrain|taboola|reklam\w*|werbung|anzeige|publicidad|pubblicita|publicite|"
    r"annonce)(?:$|[\s_-]|\d)|^div-gpt-ad|\sdiv-gpt-ad"
)
_EMBED_NAME = re.compile(
    r"(?i)twitter-tweet|instagram-media|tiktok-embed|fb-post|fb-video|wp-block-embed|"
    r"reddit-card|embed|video-?player|jwplayer|brightcove"
)
_SENTENCE_END = re.compile(r"[.!?…。！？؟।\"”»:;]\s*$")
_EXCERPT = 60
_SINGLE_BREAKS_FROM = 1_200.0  # weight of an article that may be one run of text


@dataclass(slots=True)
class Piece:
    """One block to be, with its places as text offsets (None: no tag marks the place)."""

    kind: BlockKind
    text: str
    place: int | None  # where an element may stand before it
    start: int | None
    end: int | None
    after: int | None  # where an element may stand after it, if it is the last
    fault: str | None  # why nothing may stand before it
    words: float
    heights_px: tuple[float, ...]
    prose: float = 0.0  # weight of its text as an article's text; 0 for all that is not
    link_share: float = 0.0
    tag: str = ""
    element: Element | None = None


class _Run:
    """Text and inline elements that belong together, and where we are in the walk.

    `at` is just past the last tag that was closed in its own place; `fault` says why nothing
    may stand there.
    """

    def __init__(self, at: int | None) -> None:
        self.nodes: list[Node] = []
        self.at = at
        self.fault: str | None = None if at is not None else "no-tag"
        self.breaks = 0  # `<br>` met since the last text
        self.after_break = False  # whether the last tag was a `<br>`
        self.start: int | None = None
        self.run_fault: str | None = None
        self.end: int | None = None
        self._open_end = False

    def add(self, node: Node, start: int | None, end: int | None, fault: str | None = None) -> None:
        """Put a node to the run; text ends where the next tag begins."""
        if not self.nodes:
            self.start, self.run_fault = start, fault or self.fault
        self.nodes.append(node)
        self.breaks = 0
        self.end = end
        self._open_end = end is None

    def meet(self, node: Element) -> None:
        """A tag follows: text before it ends here."""
        if self._open_end:
            self.close(start_of(node))

    def close(self, end: int | None) -> None:
        """The text so far ends at this place, if its end is not known yet."""
        if self._open_end:
            self.end, self._open_end = end, False


class Flow:
    """Walks one article's root and collects its pieces."""

    def __init__(self, found: Survey, reading: Reading, root: Place) -> None:
        self._places = found.places
        self._reading = reading
        self._root = root
        self.pieces: list[Piece] = []
        self._breaks = 2  # how many `<br>` part two paragraphs
        self._pending: tuple[int | None, str | None] | None = None

    def collect(self) -> list[Piece]:
        """All pieces below the root, furniture at either end included."""
        self._open(self._root.element)
        total = sum(piece.prose for piece in self.pieces)
        if total > _SINGLE_BREAKS_FROM and len(self._root.element.select("br")) >= 4:
            longest = max(self.pieces, key=_prose)
            if longest.tag == "" and longest.prose > 0.6 * total:
                # The page parts its paragraphs with one <br> and no blank line.
                self.pieces, self._breaks = [], 1
                self._open(self._root.element)
        return self.pieces

    # -- opening up ------------------------------------------------------------------------

    def _open(self, element: Element) -> None:
        """Walk the children of an element in which siblings flow."""
        location = element.source_location
        run = _Run(location.start_tag.end_offset if location is not None else None)
        for node in list(element.children):
            if isinstance(node, Text):
                if not node.data.isspace():
                    if run.breaks >= self._breaks:
                        self._end(run)
                    run.add(node, run.at, None)
                    run.after_break = False
                continue
            if not isinstance(node, Element):
                continue
            tag = node.tag
            if tag == "br":
                run.meet(node)
                run.breaks += 1
                run.after_break = True
                if run.breaks >= self._breaks:
                    self._end(run)
                run.at, run.fault = end_of(node), None
                if not run.nodes and self.pieces and self.pieces[-1].tag == "":
                    self.pieces[-1].after = run.at
                continue
            if tag in _INVISIBLE or is_hidden(node):
                run.meet(node)
            elif self._is_inline(node, tag):
                if run.breaks >= self._breaks:
                    self._end(run)
                run.meet(node)
                start = start_of(node)
                fault = None if start is not None else "no-tag"
                # After a <br> directly behind it, so that white space stays with the text.
                run.add(node, run.at if run.after_break else start, end_of(node), fault)
            else:
                run.meet(node)
                self._end(run)
                self._element(node, tag, run.fault)
                run.breaks = 0
            run.after_break = False
            closed = end_of(node)
            run.at, run.fault = closed, None if closed is not None else "unclosed"
        # Text after </body> is put into the body all the same.
        if location is not None and location.end_tag is not None and element.tag != "body":
            run.close(location.end_tag.start_offset)
        self._end(run)

    def _end(self, run: _Run) -> None:
        if run.nodes:
            self._run(run)
        run.nodes, run.breaks = [], 0 if run.nodes else run.breaks

    def _is_inline(self, node: Element, tag: str) -> bool:
        if tag not in INLINE:
            return False
        if tag in ("span", "font", "b", "strong", "i", "em", "a", "center", "ins", "small", "big"):
            return node.select_one(_BLOCKS_INSIDE) is None
        return True

    # -- pieces ----------------------------------------------------------------------------

    def _add(self, piece: Piece) -> None:
        if self._pending is not None:
            piece.place, piece.fault = self._pending
            self._pending = None
        self.pieces.append(piece)

    def _run(self, run: _Run) -> None:
        """A run of text and inline elements, between two blocks or two `<br><br>`."""
        texts: list[str] = []
        linked = 0
        media: Element | None = None
        emphasised = True
        for node in run.nodes:
            if isinstance(node, Text):
                texts.append(node.data)
                emphasised = False
            elif isinstance(node, Element):
                texts.append(node.text)
                if node.tag == "a":
                    linked += len(node.text)
                elif node.tag not in ("b", "strong"):
                    emphasised = False
                    linked += sum(len(link.text) for link in node.select("a"))
                if media is None:
                    media = node if node.tag in _MEDIA_TAGS else node.select_one(_MEDIA)
        text = self._reading.real("".join(texts)).strip()
        if text or media is not None:
            at, end, fault = run.start, run.end, run.run_fault
            self._paragraph(text, linked, media, emphasised, at, fault, at, end, "", None)

    def _paragraph(
        self,
        text: str,
        linked: int,
        media: Element | None,
        emphasised: bool,
        at: int | None,
        fault: str | None,
        start: int | None,
        end: int | None,
        tag: str,
        element: Element | None,
    ) -> None:
        length = len(text)
        wide = wide_characters(text)
        share = min(1.0, linked / length) if length else 0.0
        tall = heights.text_heights(length - wide, wide)
        if media is not None and length < 200:
            is_image = media.tag in _IMAGES
            kind = BlockKind.IMAGE if is_image else BlockKind.EMBED
            tall = (
                heights.image_heights(media, length)
                if is_image
                else heights.embed_heights(f"{media.attr('src')} {names_of(media)}", media)
            )
            if is_image and _is_tiny(media):
                kind = BlockKind.PARAGRAPH if length else BlockKind.OTHER
                tall = heights.text_heights(max(length - wide, 1), wide)
        elif share > 0.7 and length > 8:
            kind = BlockKind.RELATED
        elif emphasised and length < 90 and not _SENTENCE_END.search(text):
            kind = BlockKind.HEADING
        else:
            kind = BlockKind.PARAGRAPH
        prose = 0.0
        if kind is BlockKind.PARAGRAPH:
            prose = (length + 1.5 * wide) * (1 - share)
        words = words_in(text)
        self._add(
            Piece(kind, text, at, start, end, end, fault, words, tall, prose, share, tag, element)
        )

    def _element(self, node: Element, tag: str, fault: str | None) -> None:
        """An element that is not inline: a block, or opened up into blocks."""
        location = node.source_location
        start = location.start_tag.start_offset if location is not None else None
        if start is None:
            fault = "no-tag"
        end = end_of(node)
        kind = _KINDS.get(tag)
        part = _PARTS.get(tag)
        if part is not None:
            fault = part
        elif tag == ISLAND or node.attr("data-adweave-off") is not None:
            self._boxed(BlockKind.OTHER, node, tag, start, end, fault)
            return
        place = self._places.get(node)
        names = names_of(node)
        if len(names) > 2 and _is_ad_name(names) and not self._is_main(place):
            self._boxed(BlockKind.AD, node, tag, start, end, fault)
            return
        if tag == "p" or tag == "dd" or tag == "summary":
            self._whole(node, tag, start, end, fault)
            return
        opened = tag in _OPENED_WHERE_MAIN and self._is_main(place)
        if kind is not None and not opened:
            self._boxed(kind, node, tag, start, end, fault)
            return
        if place is None or place.mass <= 0:
            self._small(node, tag, names, start, end, fault)
            return
        if place.is_furniture:
            self._boxed(BlockKind.RELATED, node, tag, start, end, fault)
            return
        if node.select_one(_BLOCKS_INSIDE) is None and node.select_one("br + br") is None:
            self._whole(node, tag, start, end, fault)
            return
        count = len(self.pieces)
        outer = self._pending
        if outer is None:
            self._pending = (start, fault)
        self._open(node)
        if outer is None and len(self.pieces) == count:
            self._pending = None
        if part is not None and len(self.pieces) > count:
            self.pieces[-1].after = None
        elif len(self.pieces) == count + 1:
            # A wrapper of its own belongs to the piece; extractors unwrap such.
            self.pieces[-1].after = end

    def _is_main(self, place: Place | None) -> bool:
        return place is not None and place.mass > 0.5 * self._root.mass

    def _whole(
        self, node: Element, tag: str, start: int | None, end: int | None, fault: str | None
    ) -> None:
        """An element that is one paragraph."""
        raw = node.text
        media = node.select_one(_MEDIA)
        if not raw or raw.isspace():
            if media is None:
                return
            raw = ""
        if node.select_one("script, style, noscript") is not None:
            for silent in node.select("script, style, noscript"):
                raw = raw.replace(silent.text, " ")
        text = self._reading.real(raw).strip()
        if not text and media is None:
            return
        linked = sum(len(link.text) for link in node.select("a"))
        emphasised = False
        strong = node.select_one("b, strong")
        if strong is not None and len(raw) < 120:
            emphasised = len(strong.text.strip()) >= 0.9 * len(raw.strip())
        self._paragraph(text, linked, media, emphasised, start, fault, start, end, tag, node)

    def _boxed(
        self,
        kind: BlockKind,
        node: Element,
        tag: str,
        start: int | None,
        end: int | None,
        fault: str | None,
    ) -> None:
        """An element that is a block of its own kind, whatever is in it."""
        raw = node.text
        text = self._reading.real(raw).strip() if raw and not raw.isspace() else ""
        wide = wide_characters(text)
        letters = len(text) - wide
        prose = 0.0
        share = 0.0
        if kind is BlockKind.HEADING:
            if not text:
                return
            tall = heights.heading_heights(tag, letters, wide)
            share = 1.0 if node.select_one("a") is not None else 0.0
        elif kind is BlockKind.IMAGE:
            embed = node.select_one("iframe, video, audio") if tag == "figure" else None
            table = node.select_one("table, blockquote, pre") if tag == "figure" else None
            if embed is not None:
                kind = BlockKind.EMBED
                tall = heights.embed_heights(f"{embed.attr('src')} {names_of(node)}", embed)
            elif table is not None and node.select_one("img") is None:
                kind = _KINDS[table.tag]
                tall = heights.rows_heights(len(node.select("tr")), letters, wide, 40)
            else:
                image = node if tag == "img" else node.select_one("img")
                if image is not None and tag == "img" and _is_tiny(image):
                    return
                tall = heights.image_heights(image, letters if tag == "figure" else 0)
        elif kind is BlockKind.EMBED:
            tall = heights.embed_heights(f"{node.attr('src')} {names_of(node)}", node)
        elif kind in (BlockKind.LIST, BlockKind.TABLE):
            if not text and node.select_one(_MEDIA) is None:
                return
            linked = sum(len(link.text) for link in node.select("a"))
            share = min(1.0, linked / len(raw.strip() or " "))
            if share > 0.7 and kind is BlockKind.LIST:
                kind = BlockKind.RELATED
            rows = len(node.select("tr" if kind is BlockKind.TABLE else "li, dt, dd"))
            tall = heights.rows_heights(rows, letters, wide, 40 if kind is BlockKind.TABLE else 34)
            if kind is BlockKind.LIST and share < 0.35:
                prose = 0.5 * (letters + 2.5 * wide) * (1 - share)
        elif kind is BlockKind.QUOTE:
            if _is_embed_name(names_of(node)):
                kind = BlockKind.EMBED
                tall = heights.embed_heights(names_of(node), node)
            else:
                tall = heights.text_heights(letters, wide, indent_px=40)
                prose = 0.5 * (letters + 2.5 * wide)
        elif kind is BlockKind.RULE:
            tall = heights.flat(34)
        elif kind is BlockKind.CODE:
            tall = heights.flat(24.0 * (raw.count("\n") + 1) + 34)
        else:
            if not text and node.select_one(_MEDIA) is None and kind is not BlockKind.AD:
                return
            tall = heights.text_heights(letters, wide)
        words = words_in(text)
        self._add(
            Piece(kind, text, start, start, end, end, fault, words, tall, prose, share, tag, node)
        )

    def _small(
        self,
        node: Element,
        tag: str,
        names: str,
        start: int | None,
        end: int | None,
        fault: str | None,
    ) -> None:
        """An element without prose in it: a short line, a box, a picture, or nothing."""
        raw = node.text
        text = "" if not raw or raw.isspace() else raw.strip()
        heading = node.select_one("h1, h2, h3, h4, h5, h6")
        media = node.select_one(_MEDIA)
        if _is_embed_name(names) or (media is not None and media.tag in _EMBEDS):
            kind = BlockKind.EMBED
        elif media is not None and len(text) < 300:
            kind = BlockKind.IMAGE
        elif not text:
            return
        elif heading is not None and len(heading.text) > 0.5 * len(text):
            kind = BlockKind.HEADING
        elif node.select_one("form, input, button, textarea, select") is not None:
            kind = BlockKind.FORM
        elif node.select_one("script, style") is not None and node.select_one("p") is None:
            return
        elif is_furniture_name(names) or node.select_one("nav, aside") is not None:
            kind = BlockKind.RELATED
        elif node.select_one("table") is not None:
            kind = BlockKind.TABLE
        elif node.select_one("ul, ol, dl") is not None:
            kind = BlockKind.LIST
        elif node.select_one("blockquote") is not None:
            kind = BlockKind.QUOTE
        elif node.select_one("pre") is not None:
            kind = BlockKind.CODE
        else:
            self._whole(node, tag, start, end, fault)
            return
        if kind is BlockKind.IMAGE:
            image = node.select_one("img")
            if image is not None and _is_tiny(image):
                return
        self._boxed(kind, node, tag, start, end, fault)


@lru_cache(maxsize=4096)
def _is_ad_name(names: str) -> bool:
    return _AD_NAME.search(names) is not None


@lru_cache(maxsize=4096)
def _is_embed_name(names: str) -> bool:
    return _EMBED_NAME.search(names) is not None


def _prose(piece: Piece) -> float:
    return piece.prose


def _is_tiny(image: Element) -> bool:
    """Spacers, tracking pixels, icons and emoji are no pictures to a reader."""
    wide, high = heights.size_of(image)
    return (wide is not None and wide <= 32) or (high is not None and high <= 32)


def excerpt_of(text: str) -> str:
    """The first characters of a text, for explanations."""
    return " ".join(text[: 2 * _EXCERPT].split())[:_EXCERPT]
