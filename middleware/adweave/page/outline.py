"""The page engine's whole answer about one page.

Puts the parts together: is the page to be left alone, where is its article, which blocks has
it, and where between them may an element stand. Every gap gets a fault or none; a gap without
one keeps the tree and what text extractors read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, partial

from adweave.page.article import (
    Place,
    Survey,
    is_furniture_name,
    is_rival,
    names_of,
    root_of,
    survey,
)
from adweave.page.charset import read_as
from adweave.page.claims import denial_of, says_article
from adweave.page.flow import Flow, excerpt_of
from adweave.page.heights import heights_of
from adweave.page.hydration import frameworks_of, hydrated_by, skips_comments
from adweave.page.integrity import FORMATTING, OURS, broken_insertions, weave
from adweave.page.kinds import is_cut_name, is_editable, is_filled_in
from adweave.page.listing import is_listing
from adweave.page.metadata import Declared, declared_by, metadata_of, paid_parts
from adweave.page.model import Block, BlockKind, Evidence, Gap, Outline
from adweave.page.pieces import Piece
from adweave.page.source import Source
from adweave.page.tree import (
    Document,
    Element,
    Text,
    end_of,
    parse,
    span_of,
    start_of,
    unescape,
)

# An article has at least this weight of running text (about 100 English words).
_LEAST_TEXT = 500.0
# What a piece counts for or against being inside an article, in characters of prose.
_VALUES = {
    BlockKind.HEADING: -25.0,
    BlockKind.IMAGE: -40.0,
    BlockKind.RELATED: -80.0,
    BlockKind.FORM: -150.0,
    BlockKind.OTHER: -20.0,
}
_CUTS = (BlockKind.RELATED, BlockKind.OTHER, BlockKind.FORM, BlockKind.IMAGE, BlockKind.HEADING)
_LINKED_LIST = 0.1  # share of a list's text that makes it lead elsewhere
_LONG_LINE = 120.0  # weight of a text that is more than a note to the reader
_LEFT_OUT = 200  # characters; a part with fewer was emptied for those who did not pay
_SAMPLE = 2_000  # characters of text for finding the language
_OUR_MARKUP = re.compile(r"(?i)<!--adweave:\d|<[a-z][^<>]*\sdata-adweave[\s=/>]")
_HEAD_TAG = re.compile(r"(?i)<head[\s>]")
# An article that flows inside one of these is no place for an element.
_FORBIDDEN_ROOTS = (
    "figure, figcaption, a, button, nav, aside, footer, pre, code, blockquote,"
    " caption, th, details, dialog, label, plaintext, xmp, listing, [data-adweave-off]"
)
_NEARLY_THE_PAGE = 0.6  # share of the page's text
_LISTS = "ul, ol, dl, menu, dir, li, dt, dd"
_PROBE = '<ad-slot data-n="{}" data-label="Advertisement" aria-hidden="true"></ad-slot>'
_TEXT_IN_DRAWINGS = "svg title, svg style, svg script, math title, math style, math script"

_NOSCRIPT_END = re.compile(r"(?i)</noscript")
_BLOCKS = "p, div, ul, ol, table, h1, h2, h3, h4, h5, h6"


def outline_of(source: Source, *, article_selector: str | None = None) -> Outline:
    """Say what the page is made of.

    Raises PageDoubt("too-complex") for markup that is nested deeper than any page is.

    `article_selector` is a CSS selector for the element that holds the article; where it
    matches, nothing else is looked at. Raises ValueError for one that is no selector.
    """
    tree, reading = source.tree, source.reading
    html = tree.select_one("html")
    html_lang = html.attr("lang") or html.attr("xml:lang") if html is not None else None
    opt_out = _opt_out(source, html)
    if opt_out is not None:
        evidence = Evidence(False, f"the page is not to be woven: {opt_out}", 0.0)
        return Outline(evidence, html_lang=html_lang, opt_out=opt_out)
    found = survey(tree, reading)
    start = None
    if article_selector is not None:
        chosen = tree.select_one(article_selector)
        start = found.places.get(chosen) if chosen is not None else None
        if chosen is not None and start is None:
            evidence = Evidence(False, "the element that the layout names has no text", 0.0)
            return Outline(evidence, html_lang=html_lang)
    root = root_of(found, start)
    pieces = _trimmed(Flow(found, reading, root).collect()) if root is not None else []
    declared = declared_by(tree, reading)
    pieces = _before_cut(pieces, _paid_from(tree, declared))
    evidence = _evidence(
        found, root, pieces, declared.canonical, is_sure=says_article(tree, declared)
    )
    if evidence.found and root is not None and article_selector is None:
        around = partial(_around, tree, root.element, pieces, reading.text)
        evidence = _unless_denied(evidence, denial_of(tree, declared, root.element, around))
    describe = cache(partial(metadata_of, tree, reading, declared))
    csp = tuple(
        meta.attr("content") or ""
        for meta in tree.select('meta[http-equiv="content-security-policy" i][content]')
    )
    head = _head_place(source)
    if not evidence.found or root is None:
        head_offset = None if head is None else source.reading.byte_offsets([head])[head]
        return Outline(
            evidence, html_lang=html_lang, head_offset=head_offset, csp=csp, describe=describe
        )
    blocks, gaps, head_offset = _placed(source, root, pieces, head)
    hydrated = hydrated_by(tree, root.element)
    return Outline(
        evidence,
        blocks,
        gaps,
        words=sum(block.words for block in blocks),
        text=_sample(pieces),
        article_lang=_article_lang(root.element),
        html_lang=html_lang,
        head_offset=head_offset,
        hydrated=hydrated,
        skips_comments=hydrated is not None and skips_comments(hydrated),
        frameworks=frameworks_of(hydrated) if hydrated is not None else "",
        csp=csp,
        describe=describe,
    )


# -- is the page to be left alone ----------------------------------------------------------


def _opt_out(source: Source, html: Element | None) -> str | None:
    tree = source.tree
    meta = tree.select_one('meta[name="adweave" i]')
    if meta is not None and (meta.attr("content") or "").strip().lower() == "off":
        return "opt-out"
    if html is not None and (html.attr("amp") is not None or html.attr("\u26a1") is not None):
        return "amp"
    if _has_our_markup(source):
        return "already-woven"
    if tree.select_one("frameset") is not None:
        return "frameset"
    return None


def _has_our_markup(source: Source) -> bool:
    """Whether an element of the page is like ours, or anything reads like one of ours.

    Be it in a script or a title: whoever takes our insertions out again by their markup would
    take it out with them.
    """
    if source.tree.select_one(OURS) is not None:
        return True
    text = source.reading.text
    is_wide = source.encoding.lower().startswith("utf-16")
    is_named = "adweave" in text if is_wide else b"adweave" in source.body  # bytes are faster
    return is_named and _OUR_MARKUP.search(text) is not None


# -- the article's pieces ------------------------------------------------------------------


def _trimmed(pieces: list[Piece]) -> list[Piece]:
    """From the first paragraph of the article to its last.

    The run of pieces with the largest sum of values: paragraphs count for an article by their
    length, furniture against it, so that a rail after the end does not pay for its teasers.
    """
    best, best_from, best_to = 0.0, 0, 0
    total, begin = 0.0, 0
    for index, piece in enumerate(pieces):
        if total <= 0:
            total, begin = 0.0, index
        total += _value(piece)
        if total > best:
            best, best_from, best_to = total, begin, index + 1
    run = pieces[best_from:best_to]
    first = next((index for index, piece in enumerate(run) if _is_body(piece)), len(run))
    last = next((index for index in range(len(run), 0, -1) if _may_end(run[index - 1])), 0)
    run = run[first:last]
    rule = next((i for i in range(len(run) - 1, 0, -1) if run[i].kind is BlockKind.RULE), None)
    if rule is not None and _is_small_print(run[:rule], run[rule:]):
        last = next((index for index in range(rule, 0, -1) if _may_end(run[index - 1])), 0)
        run = run[:last]
    return run


def _before_cut(pieces: list[Piece], paid_from: int | None) -> list[Piece]:
    """The pieces before the place where a teaser breaks off or other stories begin, or all.

    A box that sells the rest may stand in a text that is there whole, and a few links in the
    middle of any: then more of it follows than went before.
    """
    total = sum(piece.prose for piece in pieces)
    before = 0.0
    row: list[int] = []  # furniture since the last paragraph of some length
    for index, piece in enumerate(pieces):
        if index and before >= 0.5 * total:
            if _is_cut(piece, paid_from):
                return _ended(pieces, index)
            if piece.prose > _LONG_LINE:
                row.clear()
            elif _is_furniture(piece):
                row.append(index)
                if len(row) >= 3 and before >= 0.6 * total:
                    return _ended(pieces, row[0])
        before += piece.prose
    return pieces


def _ended(pieces: list[Piece], index: int) -> list[Piece]:
    last = next((end for end in range(index, 0, -1) if _may_end(pieces[end - 1])), index)
    return pieces[:last]


def _is_furniture(piece: Piece) -> bool:
    return (
        piece.kind in _CUTS
        and piece.element is not None
        and is_furniture_name(names_of(piece.element))
    )


def _is_cut(piece: Piece, paid_from: int | None) -> bool:
    if paid_from is not None and piece.start is not None and piece.start >= paid_from:
        return True
    return (
        piece.kind in _CUTS and piece.element is not None and is_cut_name(names_of(piece.element))
    )


def _paid_from(tree: Document, declared: Declared) -> int | None:
    """Where the part begins that the page says is not for free, if it was left out."""
    for selector in paid_parts(declared):
        try:
            part = tree.select_one(selector)
        except ValueError:
            continue
        if part is not None and len(part.text.strip()) < _LEFT_OUT:
            return start_of(part)
    return None


def _is_small_print(body: list[Piece], rest: list[Piece]) -> bool:
    """Whether what stands below a rule is so little that it is about the article, not of it."""
    below = sum(piece.prose for piece in rest)
    return below < 600 and below < 0.12 * sum(piece.prose for piece in body)


def _value(piece: Piece) -> float:
    if piece.kind is BlockKind.PARAGRAPH:
        return min(piece.prose, 500.0) if piece.prose >= 50 else -10.0
    if piece.kind is BlockKind.LIST and piece.prose >= 50:
        return min(piece.prose, 500.0)
    return _VALUES.get(piece.kind, 0.0)


def _may_end(piece: Piece) -> bool:
    """Whether the article may end with it: a paragraph, or a list that is written out."""
    if piece.kind is BlockKind.LIST:
        return piece.prose >= 50
    if not _is_body(piece):
        return False
    element = piece.element
    return element is None or not is_furniture_name(names_of(element))


def _is_body(piece: Piece) -> bool:
    return piece.kind is BlockKind.PARAGRAPH and piece.prose >= 50


def _evidence(
    found: Survey, root: Place | None, pieces: list[Piece], address: str, *, is_sure: bool
) -> Evidence:
    chars = sum(piece.prose for piece in pieces)
    if root is None:
        return Evidence(False, "no article: the page has no running text", 0.0)
    facts = (("root", root.tag), ("blocks", str(len(pieces))))
    if is_rival(root):
        return Evidence(False, "no article: the longest text is comments or the like", chars, facts)
    if not is_sure and is_listing(
        root.element, [piece for piece in pieces if _is_body(piece)], pieces, address
    ):
        return Evidence(False, "no article: the texts are teasers of other pages", chars, facts)
    if chars < _LEAST_TEXT:
        reason = (
            f"no article: the longest run of text has {chars:.0f} characters,"
            f" {_LEAST_TEXT:.0f} are needed"
        )
        return Evidence(False, reason, chars, facts)
    return Evidence(True, f"an article of {chars:.0f} characters", chars, facts)


def _unless_denied(evidence: Evidence, denial: str | None) -> Evidence:
    if denial is None:
        return evidence
    reason = f"no article: the page says that it is {denial}"
    return Evidence(False, reason, evidence.text_chars, evidence.facts)


def _around(
    tree: Document, element: Element, pieces: Iterable[Piece], text: str
) -> tuple[str, ...]:
    """The body's markup before the article's root, behind it, and of each linked list in it."""
    body = tree.select_one("body")
    begin = start_of(body) if body is not None else None
    start, end = span_of(element)
    lists = (
        text[piece.start : piece.end]
        for piece in pieces
        if piece.kind is BlockKind.LIST and piece.link_share > _LINKED_LIST
    )
    return text[begin or 0 : start or 0], "" if end is None else text[end:], *lists


def _sample(pieces: Iterable[Piece]) -> str:
    parts: list[str] = []
    length = 0
    for piece in pieces:
        if piece.kind is BlockKind.PARAGRAPH:
            parts.append(piece.text)
            length += len(piece.text)
            if length >= _SAMPLE:
                break
    return "\n".join(parts)[:_SAMPLE]


def _article_lang(root: Element) -> str | None:
    near = root.closest("[lang]")
    return near.attr("lang") if near is not None and near.tag != "html" else None


# -- places --------------------------------------------------------------------------------


def _head_place(source: Source) -> int | None:
    """Behind the last element of the head, where nearly all of its declarations have been read.

    Not directly before `</head>`: white space in between moves to another element in libxml2,
    and a head that ends early has no such tag. Not behind a `<noscript>` either: an `<img>` in
    it ends the head for readers without scripts. An empty head is entered behind its start tag,
    and one that no tag made before the body's first: there the styles make it. None where
    nothing marks the place, or where libxml2 would find another head than HTML5 does.
    """
    head = source.tree.select_one("head")
    if head is None:
        return None
    for node in reversed(list(head.children)):
        if isinstance(node, Element) and node.tag != "noscript":
            end = end_of(node)
            if end is not None:
                return end
    location = head.source_location
    if location is not None:
        return location.start_tag.end_offset
    body = source.tree.select_one("body")
    if body is None or _HEAD_TAG.search(source.reading.text):
        return None
    first = next(iter(body.children), None)
    start = start_of(body)
    return start_of(first) if start is None and isinstance(first, Element) else start


def _placed(
    source: Source, root: Place, pieces: list[Piece], head: int | None
) -> tuple[tuple[Block, ...], tuple[Gap, ...], int | None]:
    places: list[int] = []
    faults: list[str | None] = []
    at = 0
    everywhere = _fault_of(source.tree, root)
    fostered = _is_fostered(source.tree, root.element)
    swallowed = _unclosed_text(root.element)
    for index in range(len(pieces) + 1):
        if index < len(pieces):
            place, fault = pieces[index].place, pieces[index].fault
        else:
            place, fault = _end_of_last(pieces[-1], root)
        if place is None:
            place, fault = at, fault or "no-tag"
        elif place < at:
            fault = fault or "moved"
            place = at
        if everywhere is not None:
            fault = fault or everywhere
        elif fostered:
            fault = fault or "would-be-moved"
        elif swallowed is not None and place >= swallowed:
            fault = fault or "unclosed-text"
        at = max(at, place)
        places.append(place)
        faults.append(fault)
    starts = [piece.start if piece.start is not None else place
              for piece, place in zip(pieces, places, strict=False)]  # fmt: skip
    ends = [piece.end if piece.end is not None else start
            for piece, start in zip(pieces, starts, strict=True)]  # fmt: skip
    wanted = {*places, *starts, *ends}
    if head is not None:
        wanted.add(head)
    offsets = source.reading.byte_offsets(wanted)

    def byte(place: int) -> int:
        offset = offsets[place]
        return offset if offset is not None else 0

    gaps = [
        Gap(offsets[place] or 0, fault if offsets[place] is not None else "charset-state")
        for place, fault in zip(places, faults, strict=True)
    ]
    if (
        _may_be_tangled(root.element)
        or _may_be_swallowed(source, places)
        or _may_be_fostered(source, root.element)
    ):
        gaps = _proved(source, gaps)
    blocks = tuple(
        Block(
            BlockKind.IMAGE if piece.pictured else piece.kind,
            byte(start),
            byte(end),
            piece.words,
            tall,
            excerpt_of(piece.text),
        )
        for piece, start, end, tall in zip(
            pieces, starts, ends, heights_of(pieces, source.reading.real), strict=True
        )
    )
    return blocks, tuple(gaps), offsets[head] if head is not None else None


def _fault_of(tree: Document, place: Place) -> str | None:
    """Why nothing may stand anywhere in the root, or None."""
    root = place.element
    if root.closest(_LISTS) is not None:
        return "inside-list"
    if root.closest('[aria-hidden="true" i]') is not None:
        return "inside-hidden"
    if root.closest("[hidden]") is not None and tree.select_one("script") is None:
        return "inside-hidden"  # nothing is there to uncover it
    editable = root.closest("[contenteditable]")
    if editable is not None and is_editable(editable):
        return "inside-editable"
    form = root.closest("form")
    if form is not None and is_filled_in(form):
        return "inside-form"
    forbidden = root.closest(_FORBIDDEN_ROOTS)
    if forbidden is not None:
        return f"inside-{forbidden.tag}"
    return _fault_of_part(place)


def _fault_of_part(root: Place) -> str | None:
    """Whether the root is in a header that is not nearly the page itself."""
    headers: list[Place] = []
    at = root
    while at.parent is not None:
        if at.tag == "header":
            headers.append(at)
        at = at.parent
    is_small = any(header.raw < _NEARLY_THE_PAGE * at.raw for header in headers)
    return "inside-header" if is_small else None


def _end_of_last(last: Piece, root: Place) -> tuple[int | None, str | None]:
    """The place after the last piece: behind its end tag, or behind the breaks after its text."""
    return last.after, "inside-paragraph" if last.tag == "" and root.tag == "p" else None


def _may_be_tangled(root: Element) -> bool:
    """Whether elements may be open where their paragraph is closed.

    Formatting elements are then opened again by the tree builder, and an element of ours would
    get a copy of them.
    """
    # A copy says that it stands where its original does. (To ask for the tags would cost a
    # hundred times as much.)
    places = [element.position for element in root.select(FORMATTING)]
    if len(set(places)) < len(places):
        return True
    boxes = {block.parent for block in root.select(_BLOCKS)}
    around = {box.closest(FORMATTING) for box in boxes if box is not None}
    return any(element is not None and end_of(element) is None for element in around)


def _may_be_swallowed(source: Source, places: list[int]) -> bool:
    """Whether a `<noscript>` without its end tag may reach into the article.

    It ends elsewhere for a parser with scripting, which reads text up to the next such tag.
    """
    text = source.reading.text
    for element in source.tree.select("noscript"):
        start, end = span_of(element)
        if end is not None:
            continue
        if start is None:
            return True
        closed = _NOSCRIPT_END.search(text, start)
        if closed is None or (start < places[-1] and closed.end() > places[0]):
            return True
    return False


def _is_fostered(tree: Document, root: Element) -> bool:
    """Whether the article stands in a table's markup and was put before the table.

    Parsers that all follow the standard do not agree on what happens to formatting there.
    """
    if tree.select_one("table") is None:
        return False
    at: Element | None = root
    while at is not None:
        tables = [
            node for node in at.next_siblings if isinstance(node, Element) and node.tag == "table"
        ]
        if tables:
            start = start_of(at)
            if start is None or any((start_of(table) or 0) < start for table in tables):
                return True
        parent = at.parent
        at = parent if isinstance(parent, Element) else None
    return False


def _unclosed_text(root: Element) -> int | None:
    """Where an unclosed title, style or script of a drawing begins, or None.

    HTML parsers end it with the drawing; libxml2 takes all that follows for its text.
    """
    for element in root.select(_TEXT_IN_DRAWINGS):
        location = element.source_location
        if location is not None and location.end_tag is None:
            return location.start_tag.start_offset
    return None


def _may_be_fostered(source: Source, root: Element) -> bool:
    """Whether something from inside a table may have been put beside one of our gaps.

    The tree builder puts what may not stand in a table before it, and joins it to text that is
    there already: then there is more before the table than the page has in that place.
    """
    if root.tag in ("td", "th"):
        return True
    for table in root.select("table"):
        at, _ = span_of(table)
        before = table.previous_sibling
        if at is None:
            return True
        if isinstance(before, Element):
            start, _ = span_of(before)
            if start is None or start > at:
                return True
        elif isinstance(before, Text):
            around = before.previous_sibling
            begins: int | None = None
            if isinstance(around, Element):
                begins = end_of(around)
            elif around is None and isinstance(before.parent, Element):
                location = before.parent.source_location
                begins = location.start_tag.end_offset if location is not None else None
            if begins is None or unescape(source.reading.text[begins:at]) != before.data:
                return True
    return False


def _proved(source: Source, gaps: list[Gap]) -> list[Gap]:
    """Mark the gaps at which an element would change the tree.

    Those are seen at once where the tree builder puts our element into a formatting element
    that it opens again; the self-check finds the rest.
    """
    tried = [index for index, gap in enumerate(gaps) if gap.fault is None]
    probes = [(gaps[index].offset, _PROBE.format(index).encode()) for index in tried]
    woven = weave(source.body, probes, source.encoding)
    tree = parse(read_as(woven, source.encoding).text, located=True)
    moved = {
        int(slot.attr("data-n") or -1)
        for slot in tree.select("ad-slot[data-n][data-label]")
        if isinstance(slot.parent, Element)
        and slot.parent.matches(FORMATTING)
        and end_of(slot.parent) is None  # one that is closed is the page's own
    }
    left = [
        (index, probe) for index, probe in zip(tried, probes, strict=True) if index not in moved
    ]
    broken = broken_insertions(source, [probe for _, probe in left])
    moved |= {left[number][0] for number in broken}
    return [
        Gap(gap.offset, "would-be-moved") if index in moved else gap
        for index, gap in enumerate(gaps)
    ]
