"""Places for elements outside the article's flow: by a selector, at the page's end, in listings.

An anchor is a byte offset with a fault or none, as a gap of the outline is. Faults are what can
be told from the tree: no tag marks the place, the parent takes no element of ours (tables,
lists, links, text), the page keeps ads out of it, a framework takes it over. What is left is
for the self-check, as with gaps.

**Listings.** A front or section page is runs of like items: siblings of one kind, most of which
hold a link that reads like a title. The run with the most text is the page's main one. Between
the items of a real list (`<ul>`) nothing may stand but items, so there the slot goes to the end
of the item before; elsewhere behind it.

Knows nothing of layouts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from adweave.page.hydration import hydrated_by, skips_comments
from adweave.page.kinds import is_editable, is_filled_in
from adweave.page.source import Source
from adweave.page.tree import VOID, Element, Node, Text, end_of, start_of, tags

Side = Literal["before", "after", "first-child", "last-child"]

# Parents in which an element of ours would be moved, invalid, or part of something else.
_NO_PARENTS = tags(
    "a abbr audio b bdi bdo button caption cite code col colgroup datalist dd del dfn dl dt em"
    " figcaption figure font frameset h1 h2 h3 h4 h5 h6 head hgroup html i iframe ins kbd label"
    " legend map mark math menu meter noscript object ol optgroup option output p picture pre"
    " progress q rb rp rt rtc ruby s samp script select small span strong style sub summary sup"
    " svg table tbody template textarea tfoot thead title tr tt u ul var video xmp plaintext"
)
# Around the place, however far out.
_NO_ANCESTORS = (
    "a, button, pre, code, figure, label, svg, math, details:not([open]), dialog, template,"
    " noscript, [hidden], [data-adweave-off], select, object, video, audio, iframe"
)
_LIST_ITEMS = tags("li")
# No cards: what leads around a site is made of links, too.
_NO_LISTING = "nav, footer, [role=navigation], [role=menu], form, table, dialog, template, noscript"
# A layout asks for a hundred slots at most; more places than this are work for nothing.
_MOST_PLACES = 1_000
# The fewest items that make a listing, and the fewest characters that read like a title.
_LEAST_ITEMS = 4
_SHORTEST_TITLE = 12
_LONGEST_ITEM = 2_000
_MOST_ARE_ITEMS = 0.6


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place for an element. `offset` is in bytes; `name` calls it for people.

    `fault` says why nothing may be put there, or is None. `is_late`: a framework that passes
    over comments takes the place over, so that only a comment may be put there.
    """

    offset: int
    name: str
    fault: str | None = None
    is_late: bool = False


def anchors_at(source: Source, selector: str, side: Side) -> tuple[Anchor, ...]:
    """The places by the elements that match a CSS selector, in the page's order.

    Raises ValueError for a selector that is none.
    """
    found = source.tree.select(selector)[:_MOST_PLACES]
    return _made(source, [(element, side) for element in found])


def anchor_at_end(source: Source) -> Anchor | None:
    """The place for what stands at no place of the flow: behind the last of the body's elements.

    Not directly before `</body>`: white space behind that tag is one text with what is before.
    """
    body = source.tree.select_one("body")
    if body is None:
        return None
    location = body.source_location
    ends = location.end_tag.start_offset if location and location.end_tag else None
    # What stands behind `</body>` is in the body all the same, but a comment there is not.
    inside = [
        node
        for node in body.children
        if isinstance(node, Element) and (ends is None or (start_of(node) or 0) < ends)
    ]
    closed = [element for element in inside if end_of(element) is not None]
    wanted: list[tuple[Element, Side]] = [(element, "after") for element in closed[-1:]]
    for element, side in (*wanted, (body, "last-child")):
        (anchor,) = _made(source, [(element, side)])
        if anchor.fault in (None, "inside-text"):  # it is laid over the page, beside nothing
            return replace(anchor, fault=None)
    return None


def anchors_in_listing(source: Source, selector: str | None = None) -> tuple[Anchor, ...]:
    """The places after each item of the page's main listing but the last, in order.

    `selector` names the items; without it they are found. Empty where the page has none.
    """
    items = _items(source) if selector is None else _largest(source.tree.select(selector))
    if len(items) < _LEAST_ITEMS:
        return ()
    side: Side = "last-child" if items[0].tag in _LIST_ITEMS else "after"
    return _made(source, [(item, side) for item in items[:-1][:_MOST_PLACES]])


# -- places -----------------------------------------------------------------------------------


def _made(source: Source, wanted: Sequence[tuple[Element, Side]]) -> tuple[Anchor, ...]:
    found = [(element, side, _place(element, side)) for element, side in wanted]
    offsets = source.reading.byte_offsets({place for _, _, place in found if place is not None})
    anchors: list[Anchor] = []
    taken_over: dict[Element, str | None] = {}
    for element, side, place in found:
        offset = None if place is None else offsets[place]
        if place is None:
            fault: str | None = "no-tag"
        elif offset is None:
            fault = "charset-state"
        else:
            fault = _fault(element, side)
        is_late = False
        owner = _owner(element, side)
        if fault in (None, "inside-text") and owner is not None:
            if owner not in taken_over:
                taken_over[owner] = hydrated_by(source.tree, owner, whole=False)
            mark = taken_over[owner]
            is_late = mark is not None and skips_comments(mark)
            fault = "hydrated" if mark is not None and not is_late else fault
        anchors.append(Anchor(offset or 0, _name(element), fault, is_late))
    return tuple(sorted(anchors, key=lambda anchor: anchor.offset))


def _place(element: Element, side: Side) -> int | None:
    """The place as a text offset; None where no tag marks it."""
    location = element.source_location
    if location is None:
        return None
    if side == "before":
        return start_of(element)
    if side == "after":
        return end_of(element)
    if element.tag in VOID:
        return None
    if side == "first-child":
        return location.start_tag.end_offset
    return location.end_tag.start_offset if location.end_tag is not None else None


def _parent(element: Element, side: Side) -> Element | None:
    if side in ("first-child", "last-child"):
        return element
    return element.parent if isinstance(element.parent, Element) else None


def _owner(element: Element, side: Side) -> Element | None:
    """What would be taken over with the place; the items of a list share their list's fate."""
    parent = _parent(element, side)
    if parent is element and element.tag in _LIST_ITEMS and isinstance(element.parent, Element):
        return element.parent
    return parent


def _fault(element: Element, side: Side) -> str | None:
    parent = _parent(element, side)
    if parent is None or parent.closest("body") is None:
        return "not-in-body"
    if parent.tag in _NO_PARENTS:
        return f"inside-{parent.tag}"
    forbidden = parent.closest(_NO_ANCESTORS)
    if forbidden is not None:
        return (
            "opted-out"
            if forbidden.attr("data-adweave-off") is not None
            else (f"inside-{forbidden.tag}")
        )
    if parent.closest('[aria-hidden="true" i]') is not None:
        return "inside-hidden"
    editable = parent.closest("[contenteditable]")
    if editable is not None and is_editable(editable):
        return "inside-editable"
    form = parent.closest("form")
    if form is not None and is_filled_in(form):
        return "inside-form"
    if any(_is_words(node) for node in _beside(element, side)):
        return "inside-text"
    return None


def _beside(element: Element, side: Side) -> Iterable[Node | None]:
    """The nodes that an element at the place would stand between."""
    if side == "before":
        return (element.previous_sibling,)
    if side == "after":
        return (element.next_sibling,)
    children = list(element.children)
    if not children:
        return ()
    return (children[0],) if side == "first-child" else (children[-1],)


def _is_words(node: Node | None) -> bool:
    return isinstance(node, Text) and bool(node.data.strip())


def _name(element: Element) -> str:
    """How people call an element: `aside#rail`, `div.card`."""
    own = element.attr("id")
    if own:
        return f"{element.tag}#{own.strip()}"
    classes = (element.attr("class") or "").split()
    return f"{element.tag}.{classes[0]}" if classes else element.tag


# -- listings ---------------------------------------------------------------------------------


def _items(source: Source) -> list[Element]:
    """The items of the run with the most text."""
    best: list[Element] = []
    most = 0
    seen: dict[Element, None] = {}
    for link in source.tree.select("a[href]"):
        at: Node | None = link.parent
        # The parent of a run is rarely further up than this; each is looked at once.
        for _ in range(8):
            if not isinstance(at, Element) or at.tag in ("body", "html"):
                break
            up = at.parent
            if isinstance(up, Element):
                seen[up] = None
            at = up
    for parent in seen:
        if parent.closest(_NO_LISTING) is not None:
            continue
        items = _run_in(parent)
        length = sum(len(item.text) for item in items) if len(items) >= _LEAST_ITEMS else 0
        if length > most:
            best, most = items, length
    return best


def _run_in(parent: Element) -> list[Element]:
    """The items among an element's children: those of its commonest kind, if most are items."""
    by_tag: dict[str, list[Element]] = {}
    for child in parent.children:
        if isinstance(child, Element):
            by_tag.setdefault(child.tag, []).append(child)
    if not by_tag:
        return []
    alike = max(by_tag.values(), key=len)
    if len(alike) < _LEAST_ITEMS:
        return []
    items = [child for child in alike if _is_item(child)]
    return items if len(items) >= _MOST_ARE_ITEMS * len(alike) else []


def _is_item(element: Element) -> bool:
    """Whether it reads like a teaser: a title that links, and not much more than a paragraph."""
    if element.tag == "a":
        links = [element] if element.attr("href") else []
    else:
        links = element.select("a[href]")
    if not links or len(element.text) > _LONGEST_ITEM:
        return False
    titles = {(link.attr("href"), link.text.strip()) for link in links
              if len(link.text.strip()) >= _SHORTEST_TITLE
              and not (link.attr("href") or "").startswith("#")}  # fmt: skip
    return 0 < len({href for href, _ in titles}) <= 4


def _largest(found: Sequence[Element]) -> list[Element]:
    """Of elements that match, those of the parent that has the most of them."""
    by_parent: dict[Node, list[Element]] = {}
    for element in found:
        if element.parent is not None:
            by_parent.setdefault(element.parent, []).append(element)
    return max(by_parent.values(), key=len, default=[])
