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
from collections.abc import Set

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
from adweave.page.kinds import (
    BLOCKS_INSIDE,
    CAPTION_CHARS,
    DEFINED_SLOT,
    EMBEDS,
    IMAGES,
    INVISIBLE,
    KINDS,
    MEDIA,
    MEDIA_TAGS,
    OPENED_WHERE_MAIN,
    PARTS,
    SOLD,
    is_ad_name,
    is_byline,
    is_caption_anywhere,
    is_caption_name,
    is_editable,
    is_embed_name,
    is_filled_in,
    is_heading_box,
    is_one_cell,
    is_tiny,
)
from adweave.page.lines import collapsed
from adweave.page.listing import is_linked_title
from adweave.page.model import BlockKind
from adweave.page.pieces import Piece, Run
from adweave.page.tree import Element, Text, span_of
from adweave.page.words import BLANKS, is_blank, wide_characters, words_in

_SENTENCE_END = re.compile(r"[.!?…。！？؟।\"”»:;]\s*$")
_EXCERPT = 60
_LEFT_OPEN = "left-open"
_INNER_CAPTION = '[class*="caption" i]'
# Boxes whose text's length says something; others may be as long as a page's comments.
_MEASURED = (BlockKind.HEADING, BlockKind.LIST, BlockKind.QUOTE)
_LABEL_CHARS = 30  # of what stands above an advertisement of the page
_SINGLE_BREAKS_FROM = 1_200.0  # weight of an article that may be one run of text


class Flow:
    """Walks one article's root and collects its pieces."""

    def __init__(self, found: Survey, reading: Reading, root: Place) -> None:
        self._places = found.places
        self._reading = reading
        self._root = root
        self.pieces: list[Piece] = []
        self._sold, self._around_sold = _sold_in(root.element, reading)
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
        self._settle_open_paragraphs()
        return self.pieces

    def _settle_open_paragraphs(self) -> None:
        """Decide on places behind paragraphs without an end tag: elements there stand in them.

        That is as good as beside them where the page leaves its paragraphs open as a rule.
        """
        behind = [piece for piece in self.pieces if piece.fault == _LEFT_OPEN]
        is_rule = len(behind) > 0.5 * sum(piece.tag == "p" for piece in self.pieces)
        for piece in behind:
            piece.fault = None if is_rule else "unclosed"

    def _seen(self, raw: str) -> str:
        """A text of the tree as a reader sees it: any white space is one space."""
        return collapsed(self._reading.real(raw)).strip(BLANKS)

    # -- opening up ------------------------------------------------------------------------

    def _open(self, element: Element) -> None:
        """Walk the children of an element in which siblings flow."""
        location = element.source_location
        run = Run(location.start_tag.end_offset if location is not None else None)
        for node in list(element.children):
            if isinstance(node, Text):
                if not is_blank(node.data):
                    if run.breaks >= self._breaks:
                        self._end(run)
                    run.add(node, run.at, None)
                    run.after_break = False
                continue
            if not isinstance(node, Element):
                continue
            tag = node.tag
            start, end = span_of(node)
            run.meet(start)
            if tag == "br":
                if run.chain is None:
                    run.chain = start
                run.breaks += 1
                run.after_break = True
                if run.breaks >= self._breaks:
                    self._end(run)
                run.at, run.fault = end, None
                if not run.nodes and self.pieces and self.pieces[-1].tag == "":
                    self.pieces[-1].after = run.at
                continue
            if tag in INVISIBLE or is_hidden(node):
                if tag not in INLINE and tag not in INVISIBLE and _shows_a_picture(node):
                    self._end(run)
                    self._boxed(BlockKind.IMAGE, node, tag, start, end, run.fault)
                    run.breaks, run.chain = 0, None
            elif node not in self._sold and self._is_inline(node, tag):
                if run.breaks >= self._breaks:
                    self._end(run)
                fault = None if start is not None else "no-tag"
                # After a <br> directly behind it, so that white space stays with the text.
                run.add(node, run.at if run.after_break else start, end, fault)
            else:
                self._end(run)
                self._element(node, tag, start, end, run.fault)
                run.breaks, run.chain = 0, None
            run.after_break = False
            run.at = end
            run.fault = None if end is not None else _LEFT_OPEN if tag == "p" else "unclosed"
        # Text after </body> is put into the body all the same.
        if location is not None and location.end_tag is not None and element.tag != "body":
            run.close(location.end_tag.start_offset)
        self._end(run)

    def _end(self, run: Run) -> None:
        if run.nodes:
            self._run(run)
        run.nodes, run.breaks = [], 0 if run.nodes else run.breaks

    def _is_inline(self, node: Element, tag: str) -> bool:
        if tag not in INLINE:
            return False
        if tag in ("span", "font", "b", "strong", "i", "em", "a", "center", "ins", "small", "big"):
            return node.select_one(BLOCKS_INSIDE) is None and not self._is_broken_up(node)
        return True

    def _is_broken_up(self, node: Element) -> bool:
        """Whether an inline wrapper holds most of the article, in paragraphs parted by breaks."""
        if node.select_one("br + br") is None:
            return False
        return len(node.text) > 0.5 * len(self._root.element.text)

    # -- pieces ----------------------------------------------------------------------------

    def _add(self, piece: Piece) -> None:
        if self._pending is not None:
            piece.place, piece.fault = self._pending
            self._pending = None
        self.pieces.append(piece)

    def _run(self, run: Run) -> None:
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
                    linked += len(collapsed(node.text))
                elif node.tag not in ("b", "strong", "time"):
                    emphasised = False
                    linked += _linked_in(node)
                if media is None:
                    media = node if node.tag in MEDIA_TAGS else node.select_one(MEDIA)
        text = self._seen("".join(texts))
        if text or media is not None:
            self._paragraph(
                text, linked, media, emphasised, run.place, run.run_fault, run.start, run.end,
                "", None, breaks=run.inner,
            )  # fmt: skip

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
        *,
        breaks: int = 0,
        only_text: bool = False,
    ) -> None:
        length = len(text)
        wide = wide_characters(text)
        share = min(1.0, linked / length) if length else 0.0
        if media is not None and length < 200:
            is_image = media.tag in IMAGES
            kind = BlockKind.IMAGE if is_image else BlockKind.EMBED
            if is_image and is_tiny(media):
                kind = BlockKind.PARAGRAPH if length else BlockKind.OTHER
        elif share > 0.7 and length > 8:
            kind = BlockKind.RELATED
        elif emphasised and length < 90 and not _SENTENCE_END.search(text):
            kind = BlockKind.HEADING
        else:
            kind = BlockKind.PARAGRAPH
        prose = 0.0
        if kind is BlockKind.PARAGRAPH:
            prose = (length + 1.5 * wide) * (1 - share)
        words = words_in(text, wide)
        pictured = (
            kind is BlockKind.PARAGRAPH
            and media is not None
            and element is not None
            and not is_tiny(media)
            and _has_picture_at_an_edge(element)
        )
        self._add(
            Piece(
                kind, text, at, start, end, end, fault, words, prose, share, tag, element,
                media, breaks, only_text, pictured,
            )
        )  # fmt: skip

    def _element(
        self, node: Element, tag: str, start: int | None, end: int | None, fault: str | None
    ) -> None:
        """An element that is not inline: a block, or opened up into blocks."""
        if start is None:
            fault = "no-tag"
        kind = KINDS.get(tag)
        part = PARTS.get(tag)
        if part is not None:
            fault = part
        elif tag == ISLAND or node.attr("data-adweave-off") is not None or is_editable(node):
            self._boxed(BlockKind.OTHER, node, tag, start, end, fault)
            return
        if tag == "figcaption":
            if not is_blank(node.text):
                self._caption(self._seen(node.text), tag, start, end, node)
            return
        place = self._places.get(node)
        names = names_of(node)
        is_ad = node in self._sold or (len(names) > 2 and is_ad_name(names))
        if is_ad and not self._is_main(place):
            self._boxed(BlockKind.AD, node, tag, start, end, fault)
            return
        if tag == "p" or tag == "dd" or tag == "summary":
            self._whole(node, tag, start, end, fault)
            return
        if tag in ("header", "blockquote") and is_heading_box(node, self._seen(node.text)):
            media = node.select_one(MEDIA)
            kind = BlockKind.HEADING if media is None or media.tag == "svg" else kind
        elif tag == "header" and is_linked_title(node):
            kind = BlockKind.RELATED
        opened = tag in OPENED_WHERE_MAIN and self._is_main(place)
        opened = opened and not (tag == "form" and is_filled_in(node))
        opened |= tag == "table" and place is not None and place.mass > 0 and is_one_cell(node)
        if kind is not None and not opened:
            self._boxed(kind, node, tag, start, end, fault)
            return
        wraps = tag in INLINE and self._is_broken_up(node)
        if not wraps and (place is None or place.mass <= 0):
            self._small(node, tag, names, start, end, fault)
            return
        if place is not None and place.is_furniture:
            self._boxed(BlockKind.RELATED, node, tag, start, end, fault)
            return
        if not wraps and self._is_picture_box(node):
            self._boxed(BlockKind.IMAGE, node, tag, start, end, fault)
            return
        if node.select_one(BLOCKS_INSIDE) is None and node.select_one("br + br") is None:
            self._whole(node, tag, start, end, fault)
            return
        count = len(self.pieces)
        outer = self._pending
        if outer is None:
            self._pending = (start, fault)
        self._open(node)
        if outer is None and len(self.pieces) == count:
            self._pending = None
        if part == "inside-list" or (tag in ("td", "th") and not self._is_main(place)):
            for piece in self.pieces[count:]:
                piece.fault = piece.fault or part
        if part is not None and len(self.pieces) > count:
            self.pieces[-1].after = None
        elif len(self.pieces) == count + 1:
            # A wrapper of its own belongs to the piece; extractors unwrap such.
            self.pieces[-1].after = end

    def _is_picture_box(self, node: Element) -> bool:
        """Whether the element is one picture with its caption, whatever it is called."""
        picture = node.select_one("img, picture, figure")
        if picture is None or len(node.text) > CAPTION_CHARS:
            return False
        text = "".join(node.text.split())
        if not text or len(text) > CAPTION_CHARS * 0.75 or len(node.select("p")) > 2:
            return False
        image = node.select_one("img")
        return image is None or not is_tiny(image)

    def _is_main(self, place: Place | None) -> bool:
        return place is not None and place.mass > 0.5 * self._root.mass

    def _whole(
        self, node: Element, tag: str, start: int | None, end: int | None, fault: str | None
    ) -> None:
        """An element that is one paragraph."""
        raw = node.text
        media: Element | None = None
        linked, emphasised = 0, False
        only_text = node.select_one("*") is None
        if not only_text:
            media = node.select_one(MEDIA)
            raw = _without_scripts(node, raw)
            linked = _linked_in(node)
            strong = node.select_one("b, strong")
            if strong is not None and len(raw) < 120:
                emphasised = len(strong.text.strip()) >= 0.9 * len(raw.strip())
        text = self._seen(raw)
        if media is None and not only_text and len(text) <= _LABEL_CHARS:
            said = len(raw.strip())
            if node in self._around_sold or any(
                is_ad_name(names_of(box)) and len(box.text.strip()) >= said
                for box in node.select("ins, div")
            ):
                self._boxed(BlockKind.AD, node, tag, start, end, fault)
                return
        if not text and media is None:
            return
        if media is None and self._is_caption(node, text):
            self._caption(text, tag, start, end, node)
            return
        emphasised = emphasised or is_byline(node, names_of(node), text)
        self._paragraph(
            text, linked, media, emphasised, start, fault, start, end, tag, node,
            only_text=only_text,
        )  # fmt: skip

    def _is_caption(self, node: Element, text: str) -> bool:
        """Whether a text belongs to a picture: right below one, or called so."""
        if len(text) > CAPTION_CHARS:
            return False
        near = self.pieces[-2:]
        is_near = any(piece.kind in (BlockKind.IMAGE, BlockKind.EMBED) for piece in near)
        if is_near:
            inner = node.select_one(_INNER_CAPTION)
            if inner is not None and len(inner.text) > 0.8 * len(node.text):
                return True
        if node.attr("class") is None:
            return False
        names = names_of(node)
        return is_caption_anywhere(names) or (is_near and is_caption_name(names))

    def _caption(
        self, text: str, tag: str, start: int | None, end: int | None, node: Element
    ) -> None:
        """A caption: a part of the picture above, which nothing may part from it."""
        self._add(
            Piece(
                BlockKind.IMAGE, text, start, start, end, end, "inside-figure", words_in(text),
                0.0, 0.0, tag, node,
            )
        )  # fmt: skip

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
        text = self._reading.real(node.text)
        if kind in _MEASURED:
            text = collapsed(text)
        text = text.strip(BLANKS)
        wide = wide_characters(text)
        letters = len(text) - wide
        prose = 0.0
        share = 0.0
        pictured = False
        if kind is BlockKind.HEADING and not text and node.select_one(MEDIA) is not None:
            kind = BlockKind.IMAGE
        if kind is BlockKind.HEADING:
            if not text:
                return
            share = 1.0 if is_linked_title(node) else 0.0
        elif kind is BlockKind.IMAGE:
            embed = node.select_one("iframe, video, audio") if tag == "figure" else None
            table = node.select_one("table, blockquote, pre") if tag == "figure" else None
            if embed is not None:
                kind = BlockKind.EMBED
            elif table is not None and node.select_one("img") is None:
                kind, pictured = KINDS[table.tag], True  # with its caption, as a picture has
            else:
                image = node if tag == "img" else node.select_one("img")
                if image is not None and tag == "img" and is_tiny(image):
                    return
        elif kind in (BlockKind.LIST, BlockKind.TABLE):
            if not text and node.select_one(MEDIA) is None:
                return
            share = min(1.0, _linked_in(node) / len(text or " "))
            if share > 0.7 and kind is BlockKind.LIST:
                kind = BlockKind.HEADING if is_heading_box(node, text) else BlockKind.RELATED
            if kind is BlockKind.LIST and share < 0.35:
                prose = 0.5 * (letters + 2.5 * wide) * (1 - share)
        elif kind is BlockKind.QUOTE:
            if is_embed_name(names_of(node)):
                kind = BlockKind.EMBED
            else:
                prose = 0.5 * (letters + 2.5 * wide)
        elif kind not in (BlockKind.RULE, BlockKind.CODE, BlockKind.EMBED):
            if not text and node.select_one(MEDIA) is None and kind is not BlockKind.AD:
                return
            image = node.select_one("img, picture, figure")
            pictured = image is not None and not is_tiny(image)
        if kind in (BlockKind.LIST, BlockKind.QUOTE, BlockKind.TABLE):
            image = node.select_one("img, picture")
            pictured = pictured or (
                image is not None and not is_tiny(image) and _has_picture_at_an_edge(node)
            )
        words = words_in(text, wide)
        self._add(
            Piece(
                kind, text, start, start, end, end, fault, words, prose, share, tag, node,
                pictured=pictured,
            )
        )  # fmt: skip

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
        text = collapsed(_without_scripts(node, node.text)).strip(BLANKS)
        media = node.select_one(MEDIA)
        if node in self._around_sold:
            kind = BlockKind.AD
        elif is_embed_name(names) or (media is not None and media.tag in EMBEDS):
            kind = BlockKind.EMBED
        elif media is not None and (len(text) < 600 or len(node.select("img")) >= 3):
            kind = BlockKind.IMAGE
        elif not text:
            return
        elif is_heading_box(node, text) or node.select_one("h1") is not None:
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
            images = node.select("img")
            if images and all(map(is_tiny, images)):
                return
        self._boxed(kind, node, tag, start, end, fault)


def _sold_in(root: Element, reading: Reading) -> tuple[Set[Element], Set[Element]]:
    """What vendors fill in the article, by its markup or by a script; and what is around that."""
    sold = set(root.select(SOLD))
    if "defineSlot(" in reading.text:
        for name in set(DEFINED_SLOT.findall(reading.text)):
            sold.update(root.select(f'[id="{name}"]'))
    around: set[Element] = set()
    for element in sold:
        above = element.parent
        while isinstance(above, Element) and above is not root and above not in around:
            around.add(above)
            above = above.parent
    return sold, around


def _prose(piece: Piece) -> float:
    return piece.prose


def _shows_a_picture(node: Element) -> bool:
    """Whether what is nothing to read is a picture to look at."""
    picture = node if node.tag == "img" else node.select_one("img, picture, video, iframe")
    return picture is not None and not is_hidden(node, by_aria=False) and not is_tiny(picture)


def _linked_in(node: Element) -> int:
    """How many characters of an element's text are in links."""
    links = node.select("a")
    return len(collapsed("".join([link.text for link in links]))) if links else 0


def _without_scripts(node: Element, text: str) -> str:
    """An element's text without that of scripts and styles in it."""
    for silent in node.select("script, style, noscript"):
        if silent.text:
            text = text.replace(silent.text, " ")
    return text


def _has_picture_at_an_edge(block: Element) -> bool:
    """Whether a block begins or ends with a picture."""
    shown = [
        isinstance(node, Element)
        for node in block.descendants
        if (isinstance(node, Text) and not is_blank(node.data))
        or (isinstance(node, Element) and node.tag in MEDIA_TAGS and node.tag != "svg")
    ]
    return bool(shown) and (shown[0] or shown[-1])


def excerpt_of(text: str) -> str:
    """The first characters of a text, for explanations."""
    return " ".join(text[: 2 * _EXCERPT].split())[:_EXCERPT]
