"""Where a page's article is: the element in which its text flows.

Theory of operation. The parser's C finds the text nodes that are long enough to be prose;
each belongs to the nearest block element around it, its *leaf*. A leaf's mass is the weight
of its text, less for links and very short pieces. Masses are added up along the ancestors
(`Place`), with less for what markup or class names say is furniture: navigation, rails,
comments, promotion. Then we walk down from `<body>`, always to the heaviest child, for as long
as what stays behind is not of a kind with what we go to. Where we stop, siblings flow: that is
the article's root.

Class names are evidence and not truth: a name that taints most of the page's text is ignored.
Language-neutral: nothing here counts words or reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from adweave.page.charset import Reading
from adweave.page.doubt import PageDoubt
from adweave.page.tree import Document, Element, Node, tags, texts_in
from adweave.page.words import weight_of

INLINE = tags(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q ruby"
    " rb rp rt s samp small span strike strong sub sup time tt u var wbr"
)
# Text in these is never the article's.
_SILENT = tags(
    "script style noscript template textarea select option optgroup datalist button title svg"
    " math iframe object audio video canvas nav figcaption figure dialog menu label legend"
    " noembed noframes xmp listing plaintext caption thead tfoot th summary head"
)
_FURNITURE = {"aside": 0.1, "footer": 0.1, "address": 0.3, "header": 0.5, "li": 0.7, "dd": 0.8,
              "dt": 0.5, "pre": 0.6, "td": 0.9, "a": 0.1}  # fmt: skip
# Parts of a page that are not its article, by what authors call them; a name that begins or
# ends so. The first two groups are believed anywhere, the third not below an element that is
# named as the article's body.
# Of these, a page may well have more than it has article.
_RIVALS = (
    r"comments?|coment\w*|kommentar\w*|commentaires?|commentlist|disqus|respond|reply|replies|related|"
    r"recirc\w*|recommend\w*|outbrain|taboola|footer|foot|trending|most-?read|popular|more-?from|"
    r"cookies?|consent|gdpr|onetrust[\w-]*|ot-sdk[\w-]*|cybotcookie\w*|didomi[\w-]*|cmplz[\w-]*|"
    r"usercentrics[\w-]*|osano[\w-]*"
)
_STRONG = (
    _RIVALS + r"|masthead|navbar|navigation|nav|menu|breadcrumbs?|share|sharing|social|"
    r"newsletter|subscribe|subscription|signup|popup|modal|overlay|"
    r"pagination|pager|copyright|toolbar|login|toc|reflist|"
    r"references|navbox|catlinks|infobox|popover|dialog|toast|tooltip"
)
_WEAK = (
    r"sidebar|side-bar|rail|promo|promotion|sponsor\w*|advert\w*|ads?|banner|widget|disclaimer|"
    r"authors?|bio|biography|about-?(?:the-?)?author|author-?\w+|byline|paywall|tags|tag-?list|tag-?cloud|teasers?|read-?more|also|hidden|screen-?reader\w*|"
    r"sr-only|visually-?hidden|noprint|no-print|correction"
)
_EDGE = r"(?:^|[\s_-])(?:{})(?:$|[\s_-])"
_STRONG_NAME = re.compile(
    _EDGE.format(_STRONG)
    + r"|[a-z](?:Comments?|Coment\w*|Kommentar\w*|Related|Footer|Share|Newsletter|Recommend\w*)"
    + r"(?:$|[\s_A-Z-])"
    + r"|(?:^|\s)(?:comments?|related|footer)[A-Z]"
)
_WEAK_NAME = re.compile(
    _EDGE.format(_WEAK) + r"|[a-z](?:Sidebar|Promo)(?:$|[\s_A-Z-])|(?:^|\s)sidebar[A-Z]"
)
_RIVAL_NAME = re.compile(_EDGE.format(_RIVALS) + r"|omment|Related|Recommend|Footer")
_POSITIVE = re.compile(
    r"(?i)article-?_?(?:body|content|text)|(?:entry|post|story|main|page)-?_?(?:body|content|text)"
    r"|articlebody|bodytext|body-copy|richtext|rich-text"
)
_HIDDEN_STYLE = re.compile(r"(?i)display\s*:\s*none|visibility\s*:\s*hidden")
# What Astro hydrates; all around it stays as it was sent.
ISLAND = "astro-island"
_TAINT = 0.12
_LINKED = 0.35  # share of links above which text is a list of links
_FLOWING = tags("p div section article span td")
_LISTS = tags("ul ol dl menu dir")  # never an article's root: nothing may stand between items
_PLAIN, _BODY, _WEAK_TAINT, _STRONG_TAINT = range(4)
_DEEPEST = 200  # elements around a text; the corpus' deepest has 45, Chromium's tree stops at 512
_LONGEST_NAME = 200  # characters; what comes after says no more, and hostile pages have a lot
_NEXT_TO_NOTHING = 400.0  # weight of a page's text
# Shares of the page's text above which a name is not believed: a weak one, a strong one, and
# one of what may well be longer than the article.
_MOST, _HALF, _NEARLY_ALL = 0.45, 0.5, 0.8
# Characters; shorter text nodes are menus, buttons, dates. In scripts without spaces, a few
# characters are half a sentence.
_LEAST_ASCII, _LEAST_TEXT_NODE = 20, 8
_MIN_LEAF = 25.0  # weight below which a piece of text says nothing about where it is


@dataclass(slots=True, eq=False)
class Place:
    """An element on the way from `<body>` to a piece of text, with what is known of it."""

    element: Element
    tag: str
    parent: Place | None
    depth: int
    factor: float  # of its own: 0 silent, below 1 furniture, above 1 named as an article's
    name: int  # what its author's name for it says: one of _PLAIN, _BODY, _WEAK_TAINT, ...
    text: float = 0.0  # weight of the text that is directly its own (as a leaf)
    linked: float = 0.0  # of that, inside links
    own_mass: float = 0.0  # of that text alone, whatever is around it
    raw: float = 0.0  # mass at and below it, by text alone
    strong: float = 1.0  # product of the factors from the body down to it
    weak: float = 1.0  # product of the weak taints down to it, from the last body name on
    mass: float = 0.0  # mass at and below it, furniture counted for less

    @property
    def is_furniture(self) -> bool:
        """Whether it is a part that stands in or beside an article and is none of it."""
        return self.name >= _WEAK_TAINT or self.factor < 0.2

    @property
    def link_share(self) -> float:
        """The share of its own text that is inside links."""
        return self.linked / self.text if self.text else 0.0


@dataclass(slots=True)
class Survey:
    """All places of a page that have text, and the masses that were found.

    `places` are in an order in which parents stand before their children.
    """

    places: dict[Node, Place]
    body: Place | None

    def children(self) -> dict[Place, list[Place]]:
        """The places directly below each place that has any."""
        below: dict[Place, list[Place]] = {}
        for place in self.places.values():
            if place.parent is not None:
                below.setdefault(place.parent, []).append(place)
        return below


def is_hidden(element: Element, *, by_aria: bool = True) -> bool:
    """Whether the element says that it is not shown; `by_aria`: or not read out."""
    attr = element.attr
    if attr("hidden") is not None or (by_aria and attr("aria-hidden") == "true"):
        return True
    style = attr("style")
    return style is not None and _HIDDEN_STYLE.search(style) is not None


def names_of(element: Element) -> str:
    """The element's class, id and role in one string; what its author calls it."""
    attr = element.attr
    names = f"{attr('class') or ''} {attr('id') or ''} {attr('role') or ''}"
    return names if len(names) < _LONGEST_NAME else names[:_LONGEST_NAME]


def is_furniture_name(names: str) -> bool:
    """Whether an author would call a part so that is not the article itself."""
    return _STRONG_NAME.search(names) is not None or _WEAK_NAME.search(names) is not None


def survey(tree: Document, reading: Reading) -> Survey:
    """Find the page's text, leaf by leaf, and add up its masses.

    Hidden text counts only on pages that show next to none: they uncover it by script.
    """
    found = _survey(tree, reading, hidden=False)
    if found.body is None or found.body.raw < _NEXT_TO_NOTHING:
        uncovered = _survey(tree, reading, hidden=True)
        if uncovered.body is not None and uncovered.body.raw > _NEXT_TO_NOTHING:
            return uncovered
    return found


def _survey(tree: Document, reading: Reading, *, hidden: bool) -> Survey:
    places: dict[Node, Place] = {}
    owners: dict[Node, Element | None] = {}
    is_real = reading.codec is None
    start = tree.select_one("body")
    has_templates = start is not None and start.select_one("template") is not None
    for node in texts_in(start) if start is not None else ():
        data = node.data
        length = len(data)
        if length < _LEAST_ASCII and (length < _LEAST_TEXT_NODE or data.isascii()):
            continue
        data = data.strip()
        if len(data) < _LEAST_ASCII and (len(data) < _LEAST_TEXT_NODE or data.isascii()):
            continue
        parent = node.parent
        if parent is None:
            continue
        if parent in owners:
            block = owners[parent]
        else:
            block = _owner(parent, hidden)
            if has_templates and block is not None and _is_in_template(block):
                block = None
            owners[parent] = block
        if block is None:
            continue
        place = places.get(block) or _place(block, places, hidden)
        if place.factor > 0:
            place.text += weight_of(data if is_real else reading.real(data))
    leaves = [place for place in places.values() if place.text]
    if not leaves:
        return Survey(places, None)
    # A block that has nothing but links is no place at all: most of a page's rails go so.
    for leaf in leaves:
        for link in leaf.element.select("a"):
            if _owner(link.parent, hidden) is leaf.element:
                weight = weight_of(reading.real(link.text.strip()))
                leaf.text += weight
                leaf.linked += weight
    _add_up(list(places.values()))
    return Survey(places, next(iter(places.values())))


def _add_up(places: list[Place]) -> None:
    """Fill in the masses, from the leaves up and from the body down; parents stand first."""
    from_leaves = places[::-1]
    for place in from_leaves:
        if place.text and place.factor > 0:
            place.own_mass = _leaf_mass(place)
            place.raw += place.own_mass
        if place.parent is not None:
            place.parent.raw += place.raw
    _lift_taints(places, places[0])
    for place in places:
        above, name = place.parent, place.name
        factor = place.factor * _TAINT if name == _STRONG_TAINT else place.factor
        if above is None:
            place.strong = factor
            weak = 1.0
        else:
            place.strong = above.strong * factor
            weak = above.weak
        if name == _BODY:
            weak = 1.0
        elif name == _WEAK_TAINT:
            weak *= _TAINT
        place.weak = weak
    for place in from_leaves:
        if place.own_mass:
            place.mass += place.own_mass * place.strong * place.weak
        if place.parent is not None:
            place.parent.mass += place.mass


def _owner(element: Node | None, hidden: bool) -> Element | None:
    """The block that text in this element belongs to; None where it is silent or in a link."""
    at = element
    for _ in range(_DEEPEST):
        if not isinstance(at, Element):
            return None
        tag = at.tag
        if tag in _SILENT or tag == "a":
            return None
        if tag not in INLINE:
            return at
        if tag == "span" and not hidden and is_hidden(at):
            return None
        at = at.parent
    raise PageDoubt("too-complex")


def _is_in_template(element: Element) -> bool:
    """Whether it is part of what a script may copy: the tree's document does not have it."""
    at: Node | None = element
    while isinstance(at, Element):
        at = at.parent
    return not isinstance(at, Document)


def _place(element: Element, places: dict[Node, Place], hidden: bool) -> Place:
    """The place of an element, made with all its ancestors; factor 0 below what is silent."""
    chain: list[Element] = []
    at: Node | None = element
    above: Place | None = None
    while isinstance(at, Element) and at.tag != "html":
        above = places.get(at)
        if above is not None:
            break
        chain.append(at)
        if len(chain) > _DEEPEST:
            raise PageDoubt("too-complex")
        at = at.parent
    for node in reversed(chain):
        tag = node.tag
        factor, name = _own_factor(node, tag, hidden)
        depth = 0
        if above is not None:
            if above.factor == 0:
                factor = 0.0
            depth = above.depth + 1
            if depth > _DEEPEST:
                raise PageDoubt("too-complex")
        places[node] = above = Place(node, tag, above, depth, factor, name)
    return above if above is not None else Place(element, element.tag, None, 0, 0.0, _PLAIN)


def _own_factor(element: Element, tag: str, hidden: bool) -> tuple[float, int]:
    if tag in _SILENT:
        return 0.0, _PLAIN
    factor = _FURNITURE.get(tag, 1.0)
    attributes = len(element.attrs)
    if not attributes:
        return factor, _PLAIN
    only = element.attr("class") if attributes == 1 else None
    if only is not None and tag != "body":  # most have nothing but a class
        kind = _kind_of_name(only[:_LONGEST_NAME])
        return (factor * 1.2 if kind == _BODY else factor), kind
    if not hidden and is_hidden(element):
        return 0.0, _PLAIN
    if tag == "body":
        return 1.0, _PLAIN
    names = names_of(element)
    if len(names) <= 2:
        return factor, _PLAIN
    kind = _kind_of_name(names)
    if element.attr("itemprop") == "articleBody":
        kind = _BODY
    return (factor * 1.2 if kind == _BODY else factor), kind


@lru_cache(maxsize=8192)  # a site's pages use the same few hundred names
def _kind_of_name(names: str) -> int:
    """What a name given by the author says of a part."""
    if _STRONG_NAME.search(names):
        return _PLAIN if _POSITIVE.search(names) else _STRONG_TAINT
    if _POSITIVE.search(names):
        return _BODY
    return _WEAK_TAINT if _WEAK_NAME.search(names) else _PLAIN


def _leaf_mass(leaf: Place) -> float:
    if leaf.text < _MIN_LEAF or (leaf.tag[0] == "h" and leaf.tag[1:].isdigit()):
        return 0.0
    free = 1.0 - leaf.link_share
    return leaf.text * free * free * min(1.0, leaf.text / 80.0)


def _lift_taints(places: Iterable[Place], body: Place) -> None:
    """Drop a taint where most of the page's text is below elements of that name.

    Names count as the same by the word that taints them: page builders give each part a class
    of its own besides.
    """
    named: dict[tuple[int, str], list[Place]] = {}
    words: dict[Place, str] = {}
    for place in places:
        if place.name >= _WEAK_TAINT and place.raw:
            words[place] = word = _tainting_word(names_of(place.element), place.name)
            named.setdefault((place.name, word), []).append(place)
    for (name, word), alike in named.items():
        if name == _WEAK_TAINT:
            most = _MOST * body.raw
        else:
            most = (_NEARLY_ALL if _RIVAL_NAME.search(word) else _HALF) * body.raw
        if sum(place.raw for place in alike) < most:
            continue
        if sum(place.raw for place in alike if not _is_inside(place, words)) < most:
            continue
        if most > _HALF * body.raw and not any(_holds_a_page(place) for place in alike):
            continue
        for place in alike:
            place.name = _PLAIN


@lru_cache(maxsize=4096)
def _tainting_word(names: str, name: int) -> str:
    found = (_WEAK_NAME if name == _WEAK_TAINT else _STRONG_NAME).search(names)
    return found.group().strip(" _-\t\n").lower() if found is not None else names


def _is_inside(place: Place, words: Mapping[Place, str]) -> bool:
    """Whether the place is in another that the same word taints."""
    word = words[place]
    at = place.parent
    while at is not None:
        if words.get(at) == word:
            return True
        at = at.parent
    return False


def _holds_a_page(place: Place) -> bool:
    """Whether an element has what a page has once, whatever its author calls it."""
    return place.element.select_one('h1, main, [itemprop~="articleBody"]') is not None


def is_rival(place: Place) -> bool:
    """Whether a place is in what may be longer than the article and is none of it: comments."""
    at: Place | None = place
    while at is not None:
        if at.name == _STRONG_TAINT and _RIVAL_NAME.search(names_of(at.element)):
            return True
        at = at.parent
    return False


def root_of(found: Survey, start: Place | None = None) -> Place | None:
    """The place in which the article's text flows, walking down from `start` (or the body)."""
    at = start or found.body
    if at is None or at.mass <= 0:
        return None
    children = found.children()
    while below := children.get(at):
        best = max(below, key=_mass)
        own = at.own_mass * at.strong * at.weak
        if best.mass < own or best.mass <= 0 or best.tag in _LISTS:
            break
        if at.mass - best.mass > 0.02 * at.mass and _left_behind(at, best, children):
            break
        at = best
    return at


def _left_behind(at: Place, best: Place, children: Mapping[Place, list[Place]]) -> bool:
    """Whether going down to `best` would leave text of the same kind behind."""
    siblings = children[at]
    fair = sum(1 for child in siblings if child.mass >= 0.25 * best.mass)
    if best.mass < 0.4 * at.mass and fair >= 3:
        return True  # no part outweighs the others
    inside = _paragraphs(best, children)
    if not inside:
        return False
    heaviest = max(inside, key=_own_text)
    typical = sum(map(_own_text, inside)) / len(inside)
    best_name = best.element.attr("class")
    count, weight = 0, 0.0
    for child in siblings:
        if child is best or child.mass <= 0 or child.is_furniture:
            continue
        if child not in children:
            alike = child.text >= 60 and child.link_share < _LINKED
        else:
            leaves = _paragraphs(child, children)
            if not leaves:
                continue
            mean = sum(map(_own_text, leaves)) / len(leaves)
            if child.tag == best.tag and child.element.attr("class") == best_name:
                alike = mean >= 0.3 * typical
            else:
                alike = mean >= max(80.0, 0.4 * typical) and any(
                    _same_kind(leaf, heaviest) and abs(leaf.depth - heaviest.depth) <= 1
                    for leaf in leaves
                )
                # A long introduction in a box, beside a body of many short paragraphs.
                alike |= len(inside) <= 2 < len(leaves) and child.mass >= 0.5 * best.mass
        if alike:
            count += 1
            weight += child.mass
    if not count:
        return False
    if best not in children:
        return True  # one paragraph, however long, beside others of its kind
    return weight >= 0.12 * at.mass and (count >= 2 or weight >= 0.2 * at.mass)


def _paragraphs(place: Place, children: Mapping[Place, list[Place]]) -> list[Place]:
    """The leaves at or below a place that have text enough to be paragraphs."""
    found: list[Place] = []
    waiting = [place]
    while waiting:
        at = waiting.pop()
        if at.text >= 40 and at.mass > 0 and at.link_share < _LINKED:
            found.append(at)
        waiting += children.get(at, ())
    return found


def _same_kind(one: Place, other: Place) -> bool:
    return one.tag == other.tag or {one.tag, other.tag} <= _FLOWING


def _own_text(place: Place) -> float:
    return place.text


def _mass(place: Place) -> float:
    return place.mass
