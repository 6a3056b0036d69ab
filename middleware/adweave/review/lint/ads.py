"""The ads of any page: ours, those of the known vendors, and what is called an ad.

Reads a page's tree, its inline scripts and its own style sheets; nothing is run and nothing is
fetched. Says of each ad where it stands, who sells it, which height is kept for it, how it is
labelled and which text it brings. Knows nothing of articles and distances.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from adweave.layout import LABEL_HEIGHT_PX
from adweave.page import VIEWPORTS, Element, Source, Text, end_of, is_ad_name, start_of
from adweave.review.lint.sheets import Sheets
from adweave.review.lint.words import LONGEST_LABEL, label_languages

# Selector -> vendor; the first that fits names the ad.
VENDORS: tuple[tuple[str, str], ...] = (
    ("ad-slot[data-label]", "adweave"),
    ("ins.adsbygoogle, amp-ad[type=adsense]", "AdSense"),
    ('[id^="div-gpt-ad"], [data-google-query-id], [id^="google_ads_iframe"], '
     "amp-ad[type=doubleclick]", "GPT"),
    ('[id^="taboola-"], .trc_related_container, [data-taboola]', "Taboola"),
    (".OUTBRAIN, [data-ob-template], .ob-widget", "Outbrain"),
    ("[data-criteo-id], [id^=criteo-]", "Criteo"),
    ("[data-revive-zoneid]", "Revive"),
    ("[data-aax_size], [id^=aax_]", "Amazon"),
    ("amp-ad, amp-embed[type=taboola]", "AMP"),
)  # fmt: skip
_FEEDS = ("Taboola", "Outbrain")
_AD_HOSTS = re.compile(
    r"(?:^|\.)(?:doubleclick\.net|googlesyndication\.com|adnxs\.com|amazon-adsystem\.com|"
    r"taboola\.com|outbrain\.com|criteo\.(?:com|net)|rubiconproject\.com|pubmatic\.com|"
    r"openx\.net|smartadserver\.com|adform\.net|teads\.tv|adition\.com|yieldlab\.net|"
    r"casalemedia\.com|33across\.com|sharethrough\.com|adsafeprotected\.com|media\.net|"
    r"revcontent\.com|mgid\.com|adsrvr\.org|serving-sys\.com|zedo\.com|advertising\.com)$"
)
_NOT_CONTAINERS = frozenset(
    ["html", "head", "body", "main", "article", "form", "script", "style", "link", "meta", "a"]
)
_NO_TEXT = frozenset(
    ["script", "style", "noscript", "template", "iframe", "object", "svg", "textarea", "select"]
)
_MOST_NAMED_TEXT = 240  # a container with more text than that is no ad, whatever it is called
_DEFINED = re.compile(
    r"define(?:OutOfPage)?Slot\(\s*['\"][^'\"]*['\"]\s*,\s*(\[[\d\s,\[\]'\"a-z]*\])\s*,\s*"
    r"['\"]([\w:.-]+)['\"]"
)
_UNIT_CODE = re.compile(r"\bcode\s*:\s*['\"]([\w:.-]+)['\"]")
_SIZE = re.compile(r"\[\s*(\d{2,4})\s*,\s*(\d{2,4})\s*\]")
_SIZE_TEXT = re.compile(r"(\d{2,4})\s*[x\u00d7]\s*(\d{2,4})")
_STYLE_HEIGHT = re.compile(r"(?i)(?:^|;|\s)(?:min-)?height\s*:\s*(\d+(?:\.\d+)?)px")
_HIDDEN = re.compile(r"(?i)display\s*:\s*none")
_BOX = re.compile(r"(\d+)[^-]*-(\d+)")  # the tallest that it is in any column
_MOBILE = re.compile(r"(?i)(?:^|[\s_-])mobile(?:$|[\s_-])")
_DESKTOP = re.compile(r"(?i)(?:^|[\s_-])desktop(?:$|[\s_-])")
_LAZY = re.compile(r"(?i)(?:^|[\s_-])lazy")
# What an ad takes that does not say its size: a medium rectangle, or a leaderboard where the
# window is wide; a feed of recommendations takes a screen.
_ASSUMED_PX = (250.0, 250.0)
_FEED_PX = (800.0, 500.0)


@dataclass(frozen=True, slots=True)
class Ad:
    """One ad; offsets in bytes, heights in px, one per viewport.

    `reserved` is the height kept before it loads (None: none that can be seen), `height_px` what
    it takes, label included. `shown` says at which viewports there is an ad at all. `label` and
    its `label_languages` are what tells the reader; `text` is what the page's text gets from it,
    from `text_offset` on. `mark_at` is where an attribute can be put into its start tag.
    """

    vendor: str
    name: str
    start: int
    end: int
    mark_at: int
    reserved: tuple[float | None, ...]
    height_px: tuple[float, ...]
    shown: tuple[bool, ...]
    is_lazy: bool
    label: str
    label_languages: frozenset[str] | None
    text: str
    text_offset: int
    placement: str = ""


def is_ad_host(host: str) -> bool:
    """Whether a host is known to serve ads and nothing else."""
    return _AD_HOSTS.search(host) is not None


def ads_in(source: Source) -> tuple[Ad, ...]:
    """The page's ads, in its order."""
    return _Search(source).ads()


class _Search:
    def __init__(self, source: Source) -> None:
        self._source = source
        scripts = [script.text for script in source.tree.select("script:not([src])") if script.text]
        self._sizes = _defined_sizes(scripts)
        self._unit_codes = frozenset(
            code
            for text in scripts
            if "pbjs" in text or "adUnits" in text
            for code in _UNIT_CODE.findall(text)
        )
        self._gpt_is_lazy = any("enableLazyLoad" in text for text in scripts)
        self._sheets = Sheets(style.text for style in source.tree.select("style"))

    def ads(self) -> tuple[Ad, ...]:
        found = self._elements()
        starts = {element: start_of(element) for element in found}
        wanted: set[int] = set()
        texts: dict[Element, tuple[str, int | None]] = {}
        for element in found:
            start, end = starts[element], end_of(element)
            texts[element] = self._text(element)
            wanted |= {p for p in (start, end, texts[element][1]) if p is not None}
        offsets = self._source.reading.byte_offsets(wanted)
        ads = [
            ad
            for element, vendor in found.items()
            if (ad := self._ad(element, vendor, offsets, texts[element])) is not None
        ]
        return tuple(sorted(ads, key=lambda ad: ad.start))

    def _elements(self) -> dict[Element, str]:
        """Each ad's element: the innermost that a vendor fills, or a named container alone."""
        tree = self._source.tree
        sold: dict[Element, str] = {}
        for selector, vendor in VENDORS:
            for element in tree.select(selector):
                sold.setdefault(element, vendor)
        ids = {element.attr("id"): element for element in tree.select("[id]")}
        for code, vendor in (
            *((code, "GPT") for code in self._sizes),
            *((code, "Prebid") for code in self._unit_codes),
        ):
            if code in ids:
                sold.setdefault(ids[code], vendor)
        for frame in tree.select("iframe[src]"):
            host = urlsplit(_address(frame.attr("src") or "")).hostname or ""
            if is_ad_host(host):
                sold.setdefault(frame, "iframe")
        outermost = {e: v for e, v in sold.items() if not _is_inside(e, sold)}
        named = [
            e for e in tree.select("[class], [id]") if e not in outermost and self._is_named(e)
        ]
        holders: dict[Element, list[Element]] = {element: [] for element in named}
        for element in outermost:
            for above in _ancestors(element):
                if above in holders:
                    holders[above].append(element)
        found = dict(outermost)
        for container in named:
            inside = holders[container]
            if len(inside) == 1 and inside[0] in found:
                found[container] = found.pop(inside[0])  # the container is what the reader sees
                for above in _ancestors(container):
                    if above in holders:
                        holders[above] = [container if e is inside[0] else e
                                          for e in holders[above]]  # fmt: skip
            elif not inside and not _is_inside(container, found):
                found[container] = "unknown"
        return {e: v for e, v in found.items() if not _is_inside(e, found)}

    def _is_named(self, element: Element) -> bool:
        if element.tag in _NOT_CONTAINERS or element.tag in _NO_TEXT:
            return False
        names = f"{element.attr('class') or ''} {element.attr('id') or ''}"
        return (
            len(names) > 2
            and is_ad_name(names)
            and len(" ".join(element.text.split())) <= _MOST_NAMED_TEXT
            and element.select_one("p, h1, h2, h3, article, main, form") is None
        )

    def _ad(
        self,
        element: Element,
        vendor: str,
        offsets: dict[int, int | None],
        text: tuple[str, int | None],
    ) -> Ad | None:
        place = start_of(element)
        start = None if place is None else offsets[place]
        if place is None or start is None or _is_hidden(element):
            return None
        if vendor == "unknown" and _is_void(element):
            return None
        finish = end_of(element)
        end = None if finish is None else offsets[finish]
        reserved = self._reserved(element, vendor)
        heights = self._heights(element, vendor, reserved)
        label, languages = self._label(element, vendor)
        text_place = None if text[1] is None else offsets[text[1]]
        only = _only_at(element)
        shown = tuple(
            height > 0
            and only in ("", viewport.name)
            and not self._sheets.hides(element, viewport.width_px)
            for viewport, height in zip(VIEWPORTS, heights, strict=True)
        )
        wide = 2 if self._source.encoding.lower().startswith("utf-16") else 1
        return Ad(
            vendor=vendor,
            name=_name_of(element),
            start=start,
            end=end if end is not None else start,
            mark_at=start + (1 + len(element.tag)) * wide,
            reserved=reserved,
            height_px=heights,
            shown=shown,
            is_lazy=self._is_lazy(element, vendor),
            label=label,
            label_languages=languages,
            text=text[0],
            text_offset=text_place if text_place is not None else start,
            placement=element.attr("data-placement") or "" if vendor == "adweave" else "",
        )

    def _reserved(self, element: Element, vendor: str) -> tuple[float | None, ...]:
        if vendor == "adweave":
            box = _BOX.match(element.attr("data-box") or "")
            if box is None:
                return tuple(None for _ in VIEWPORTS)
            return tuple(float(px) + LABEL_HEIGHT_PX if int(px) else 0.0 for px in box.groups())
        chain = [element, *element.select("*")]
        parent = element.parent
        if isinstance(parent, Element) and _only_child(element, parent):
            chain.append(parent)
        reserved: list[float | None] = []
        for viewport in VIEWPORTS:
            heights = [
                height
                for one in chain
                if (height := self._height(one, viewport.width_px)) is not None
            ]
            reserved.append(max(heights, default=None))
        return tuple(reserved)

    def _height(self, element: Element, width_px: int) -> float | None:
        style = _STYLE_HEIGHT.search(element.attr("style") or "")
        if style is not None and float(style[1]) > 1:
            return float(style[1])
        attribute = element.attr("height") if element.tag in ("iframe", "img", "amp-ad") else None
        if attribute is not None and attribute.strip().isdigit() and int(attribute) > 1:
            return float(attribute)
        return self._sheets.height_px(element, width_px)

    def _heights(
        self, element: Element, vendor: str, reserved: tuple[float | None, ...]
    ) -> tuple[float, ...]:
        sizes = [size for one in (element, *element.select("*")) for size in self._sizes_of(one)]
        assumed = _FEED_PX if vendor in _FEEDS else _ASSUMED_PX
        heights: list[float] = []
        for viewport, kept, usual in zip(VIEWPORTS, reserved, assumed, strict=True):
            fitting = [high for wide, high in sizes if wide <= viewport.width_px]
            known = kept if kept is not None else max(fitting, default=None)
            if known is None and sizes:
                known = 0.0  # all of its sizes are too wide for this window
            heights.append(float(usual if known is None else known))
        return tuple(heights)

    def _sizes_of(self, element: Element) -> list[tuple[int, int]]:
        known = self._sizes.get(element.attr("id") or "", [])
        for attribute in ("data-sizes", "data-size", "data-ad-sizes", "data-aax_size"):
            value = element.attr(attribute)
            if value:
                known = known + [(int(w), int(h)) for w, h in _SIZE_TEXT.findall(value)]
                known = known + [(int(w), int(h)) for w, h in _SIZE.findall(value)]
        return [size for size in known if size[1] > 1]

    def _is_lazy(self, element: Element, vendor: str) -> bool:
        if vendor == "adweave" or (vendor == "GPT" and self._gpt_is_lazy):
            return True
        for one in (element, *element.select("*")):
            names = f"{one.attr('class') or ''} {one.attr('loading') or ''}"
            if _LAZY.search(names) or one.attr("data-lazy") is not None:
                return True
        return False

    def _label(self, element: Element, vendor: str) -> tuple[str, frozenset[str] | None]:
        """The label and its languages; ("", None) where nothing is known to be one."""
        if vendor == "adweave":
            label = element.attr("data-label") or ""
            tag = (element.attr("lang") or "").split("-")[0].lower()
            return label, frozenset({tag}) if label and tag else label_languages(label)
        for candidate in self._candidates(element):
            languages = label_languages(candidate)
            if languages is not None:
                return " ".join(candidate.split()), languages
        return "", None

    def _candidates(self, element: Element) -> Iterator[str]:
        """Texts in and around an ad that may be its label, the nearest first."""
        for one in (element, *element.select("*")):
            for attribute in ("data-label", "aria-label", "title", "data-content", "data-text"):
                value = one.attr(attribute)
                if value:
                    yield value
            content = self._sheets.content(one)
            if content:
                yield content
        for node in _visible_texts(element):
            yield self._source.reading.real(node.data)
        parent = element.parent
        for _ in range(2):
            if not isinstance(parent, Element) or parent.tag in ("body", "article", "main"):
                return
            content = self._sheets.content(parent)
            if content:
                yield content
            text = " ".join(
                self._source.reading.real(node.data) for node in _visible_texts(parent)
            ).strip()
            if len(text) > LONGEST_LABEL:
                return
            yield text
            parent = parent.parent

    def _text(self, element: Element) -> tuple[str, int | None]:
        """What the ad adds to the page's text, and near where."""
        words: list[str] = []
        place: int | None = None
        for node in _visible_texts(element):
            words.append(self._source.reading.real(node.data))
            if place is None and isinstance(node.parent, Element):
                place = start_of(node.parent)
        return " ".join(" ".join(words).split()), place


def _visible_texts(element: Element) -> Iterator[Text]:
    for node in element.children:
        if isinstance(node, Text):
            if node.data.strip():
                yield node
        elif isinstance(node, Element) and node.tag not in _NO_TEXT and not _is_hidden(node):
            yield from _visible_texts(node)


def _is_hidden(element: Element) -> bool:
    return element.attr("hidden") is not None or bool(_HIDDEN.search(element.attr("style") or ""))


def _only_at(element: Element) -> str:
    """The viewport that a container is for by its name, or ""."""
    names = f"{element.attr('class') or ''} {element.attr('id') or ''}"
    is_mobile, is_desktop = _MOBILE.search(names), _DESKTOP.search(names)
    if element.tag == "ad-slot" or bool(is_mobile) == bool(is_desktop):
        return ""
    return "mobile" if is_mobile else "desktop"


def _is_void(element: Element) -> bool:
    """Whether a container that is only called an ad could never show one: it is of no use."""
    return element.tag in ("meta", "link", "input", "img", "span", "i", "button", "li", "ul", "nav")


def _only_child(element: Element, parent: Element) -> bool:
    return parent.tag in ("div", "aside", "section", "figure") and not any(
        isinstance(node, Element) and node is not element and node.tag not in _NO_TEXT
        for node in parent.children
    )


def _ancestors(element: Element) -> Iterator[Element]:
    parent = element.parent
    while isinstance(parent, Element):
        yield parent
        parent = parent.parent


def _is_inside(element: Element, others: Iterable[Element]) -> bool:
    known = others if isinstance(others, dict) else set(others)
    return any(above in known for above in _ancestors(element))


def _address(source: str) -> str:
    return f"https:{source}" if source.startswith("//") else source


def _name_of(element: Element) -> str:
    """The element as a short selector."""
    ident = element.attr("id")
    if ident:
        return f"{element.tag}#{ident}"
    classes = (element.attr("class") or "").split()
    if element.tag == "ad-slot":
        return f"ad-slot {element.attr('data-placement') or ''}".strip()
    return ".".join([element.tag, *classes[:2]])


def _defined_sizes(scripts: Iterable[str]) -> dict[str, list[tuple[int, int]]]:
    """Element id -> sizes, from googletag.defineSlot."""
    sizes: dict[str, list[tuple[int, int]]] = {}
    for text in scripts:
        if "defineSlot" not in text:
            continue
        for listed, ident in _DEFINED.findall(text):
            known = sizes.setdefault(ident, [])
            known += [(int(w), int(h)) for w, h in _SIZE.findall(listed)]
    return sizes
