"""What a page says about itself: JSON-LD, Open Graph, `<meta>` and microdata.

Read from the tree that is there already, in two steps: `declared_by` collects what is said,
`metadata_of` chooses. Where two places say different things, linked data about the article
comes first, then Open Graph and named `<meta>` elements, then microdata. What is malformed
counts as missing.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from adweave.page.charset import Reading
from adweave.page.model import Metadata
from adweave.page.tree import Document

_ARTICLE_TYPES = frozenset((
    "Article", "NewsArticle", "BlogPosting", "Report", "LiveBlogPosting", "Recipe", "Review",
    "OpinionNewsArticle", "ReportageNewsArticle", "AnalysisNewsArticle", "BackgroundNewsArticle",
    "ReviewNewsArticle", "AskPublicNewsArticle", "AdvertiserContentArticle", "SatiricalArticle",
    "TechArticle", "APIReference", "ScholarlyArticle", "MedicalScholarlyArticle",
    "SocialMediaPosting", "DiscussionForumPosting", "HowTo", "CriticReview", "ClaimReview",
))  # fmt: skip
# Of the page itself, where nothing is said of an article on it.
_PAGE_TYPES = frozenset(("WebPage", "ItemPage", "QAPage", "FAQPage", "AboutPage", "MedicalWebPage"))
_INSIDE = ("@graph", "mainEntity", "mainEntityOfPage")  # what an object is about, or belongs to
_JSON_LD_LIMIT = 200_000  # characters; a page's data may be far larger than its text
_WRAPPING = re.compile(r"^\s*(?:<!--|(?://\s*|/\*\s*)?<!\[CDATA\[(?:\s*\*/)?)")
_WRAPPED = re.compile(r"(?:-->|(?://\s*|/\*\s*)?\]\]>(?:\s*\*/)?|;)\s*$")
_LOOSE_COMMA = re.compile(r",(?=\s*[}\]])")
_PARTS = re.compile(r"[,;\u060c\u3001\uff0c\uff1b]")  # what parts one keyword from the next
_LOCALE = re.compile(r"^[A-Za-z]{2,3}(?:[_-][A-Za-z0-9]{2,8})*$")
_YEAR = re.compile(r"\d{4}|\d{1,2}[./-]\d{1,2}")

# Names of <meta> elements, from the widest used to the rarest.
_PUBLISHED = (
    "article:published_time", "article:published", "og:published_time", "datepublished",
    "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime", "publishdate",
    "publish-date", "publish_date", "published_time", "pubdate", "dc.date.issued",
    "dcterms.issued", "dcterms.created", "dc.date", "dcterms.date", "date", "article_date_original",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "article:modified", "og:updated_time", "datemodified",
    "dcterms.modified", "dc.date.modified", "last-modified", "lastmod", "updated_time",
)  # fmt: skip
_AUTHOR = (
    "author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl",
    "article:author", "article:author_name", "og:author", "authors", "creator",
)  # fmt: skip
_SECTION = (
    "article:section", "section", "parsely-section", "og:section", "sailthru.section",
    "cxenseparse:section", "dc.subject", "article.section", "category",
)  # fmt: skip
_TAGS = ("article:tag", "news_keywords", "parsely-tags", "sailthru.tags", "og:article:tag")
_LANGUAGE = ("og:locale", "content-language", "language", "dc.language", "dcterms.language")
_TIMES = "article time[datetime], main time[datetime]"
_AUTHOR_LINK = 'a[rel~="author"]'
_PAID_TIERS = ("locked", "metered", "premium", "paid", "subscriber", "subscription")


@dataclass(frozen=True, slots=True)
class Declared:
    """All that a page declares of itself, before anything is chosen from it."""

    named: Mapping[str, Sequence[str]]  # contents of <meta>, by lower-case name
    canonical: str
    linked: Sequence[Mapping[str, object]]  # JSON-LD objects, graphs taken apart
    types: frozenset[str]  # of those, without schema.org's address


def declared_by(tree: Document, reading: Reading) -> Declared:
    """Collect what the page declares: `<meta>`, the canonical link, linked data."""
    named: dict[str, list[str]] = {}
    for meta in tree.select("meta[content]"):
        attr = meta.attr
        name = attr("property") or attr("name") or attr("itemprop") or attr("http-equiv")
        if name:
            content = reading.real(attr("content") or "").strip()
            if content:
                named.setdefault(name.strip().lower(), []).append(content)
    link = tree.select_one('link[rel~="canonical" i][href]')
    canonical = (link.attr("href") or "").strip() if link is not None else ""
    linked = _linked_data(tree, reading)
    types = frozenset(kind for item in linked for kind in _types(item))
    return Declared(named, canonical or _first(named, "og:url"), linked, types)


def metadata_of(tree: Document, reading: Reading, declared: Declared) -> Metadata:
    """The page's metadata, chosen from what it declares."""
    named = declared.named
    about = _about(declared.linked)
    ids = {name: item for item in declared.linked if isinstance(name := item.get("@id"), str)}
    title = _text(about.get("headline")) or _first(named, "og:title", "twitter:title")
    if not title:
        element = tree.select_one("title")
        title = reading.real(element.text).strip() if element is not None else ""

    def said(item: str, *names: str) -> str:
        return _text(about.get(item), ids) or _first(named, *names)

    has_microdata = tree.select_one("[itemprop]") is not None

    def shown(item: str) -> str:
        return _microdata(tree, reading, item) if has_microdata else ""

    published = said("datePublished", *_PUBLISHED) or shown("datePublished")
    if not published and (time := tree.select_one(_TIMES)) is not None:
        published = (time.attr("datetime") or "").strip()
    modified = said("dateModified", *_MODIFIED) or shown("dateModified")
    author = _author(about, ids, named) or shown("author")
    if not author and (link := tree.select_one(_AUTHOR_LINK)) is not None:
        author = " ".join(reading.real(link.text).split())[:200]
    return Metadata(
        title=html.unescape(title),
        section=html.unescape(
            said("articleSection", *_SECTION)
            or shown("articleSection")
            or _breadcrumb(declared.linked)
        ),
        tags=_tags(about, named),
        canonical_url=declared.canonical or _address(about),
        published=published if _YEAR.search(published) else "",
        modified=modified if _YEAR.search(modified) else "",
        author=html.unescape(author),
        is_paid=_is_paid(about, declared, shown("isAccessibleForFree")),
        language=_language(about, named),
        words=_count(about.get("wordCount")),
    )


def is_article(types: Iterable[str]) -> bool:
    """Whether one of the schema.org types is an article's."""
    return not _ARTICLE_TYPES.isdisjoint(types)


def paid_parts(declared: Declared) -> list[str]:
    """CSS selectors of the parts that the page says are not for free."""
    return [
        selector
        for item in declared.linked
        for part in _items(item.get("hasPart"))
        if _is_no(part.get("isAccessibleForFree"))
        for selector in _texts(part.get("cssSelector"))
    ]


# -- linked data ---------------------------------------------------------------------------


def _linked_data(tree: Document, reading: Reading) -> list[Mapping[str, object]]:
    found: list[Mapping[str, object]] = []
    for script in tree.select('script[type="application/ld+json" i]'):
        text = script.text
        if len(text) <= _JSON_LD_LIMIT:
            found.extend(_objects(_parsed(reading.real(text))))
    return found


def _parsed(text: str) -> object:
    """The value of some JSON, mended where people often break it; None for what is no JSON."""
    for attempt in (_as_it_is, _mended):
        try:
            return json.loads(attempt(text), strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _as_it_is(text: str) -> str:
    return text


def _mended(text: str) -> str:
    return _LOOSE_COMMA.sub("", _WRAPPED.sub("", _WRAPPING.sub("", text)))


def _objects(value: object, depth: int = 0) -> Iterator[Mapping[str, object]]:
    if depth > 6:
        return
    if isinstance(value, list):
        for item in value:
            yield from _objects(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for name in _INSIDE:
            if name in value:
                yield from _objects(value[name], depth + 1)


def _about(linked: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
    """What is said of the article, else of the page."""
    for wanted in (_ARTICLE_TYPES, _PAGE_TYPES):
        for item in linked:
            if not wanted.isdisjoint(_types(item)):
                return item
    return {}


def _types(item: Mapping[str, object]) -> Iterator[str]:
    for name in _texts(item.get("@type")):
        yield name.rpartition("/")[2].rpartition(":")[2]


def _items(value: object) -> Iterator[Mapping[str, object]]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            yield item


def _texts(value: object, ids: Mapping[str, Mapping[str, object]] | None = None) -> list[str]:
    """The texts of a value: itself, its items, or the names of what it refers to."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item, ids)]
    if isinstance(value, dict):
        name = value.get("name") or value.get("@value")
        if name is None and ids is not None:
            name = ids.get(str(value.get("@id")), {}).get("name")
        return [text for text in _texts(name) if text]
    return []


def _text(value: object, ids: Mapping[str, Mapping[str, object]] | None = None) -> str:
    return next((text.strip() for text in _texts(value, ids) if text.strip()), "")


def _breadcrumb(linked: Sequence[Mapping[str, object]]) -> str:
    """The first step below the home page, where the trail has one between it and this page."""
    for item in linked:
        if "BreadcrumbList" not in _types(item):
            continue
        steps = [
            _text(step.get("name")) or _text(step.get("item"))
            for step in _items(item.get("itemListElement"))
        ]
        return steps[1] if len(steps) > 2 and not steps[1].startswith("http") else ""
    return ""


def _address(about: Mapping[str, object]) -> str:
    page = about.get("mainEntityOfPage")
    for value in (page, *(item.get("@id") for item in _items(page)), about.get("url")):
        if isinstance(value, str) and value.startswith("http"):
            return value
    return ""


# -- choosing ------------------------------------------------------------------------------


def _first(named: Mapping[str, Sequence[str]], *names: str) -> str:
    return next((named[name][0] for name in names if name in named), "")


def _author(
    about: Mapping[str, object],
    ids: Mapping[str, Mapping[str, object]],
    named: Mapping[str, Sequence[str]],
) -> str:
    """The first author's name; addresses of profiles are none."""
    said = [*_texts(about.get("author"), ids), *_texts(about.get("creator"), ids)]
    said += [text for name in _AUTHOR for text in named.get(name, ())]
    return next((t.strip() for t in said if t.strip() and "://" not in t and t[0] not in "#/@"), "")


def _tags(about: Mapping[str, object], named: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    for texts in (
        named.get("article:tag", ()),
        _texts(about.get("keywords")),
        *(named.get(name, ()) for name in (*_TAGS, "keywords")),
    ):
        tags = [html.unescape(tag).strip() for text in texts for tag in _PARTS.split(text)]
        kept = tuple(dict.fromkeys(tag for tag in tags if tag))
        if kept:
            return kept
    return ()


def _language(about: Mapping[str, object], named: Mapping[str, Sequence[str]]) -> str:
    language = about.get("inLanguage")
    for item in _items(language):
        language = item.get("alternateName") or item.get("name")
    for text in (*_texts(language), *(_first(named, name) for name in _LANGUAGE)):
        if _LOCALE.match(text.strip()):
            return text.strip().replace("_", "-")
    return ""


def _is_paid(about: Mapping[str, object], declared: Declared, shown: str) -> bool:
    free = about.get("isAccessibleForFree")
    if free is None:
        free = next(
            (f for item in declared.linked if (f := item.get("isAccessibleForFree")) is not None),
            None,
        )
    free = shown or None if free is None else free
    tier = _first(declared.named, "article:content_tier", "content_tier").lower()
    return _is_no(free) or (free is None and bool(paid_parts(declared))) or tier in _PAID_TIERS


def _is_no(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().rpartition("/")[2].lower() in ("false", "no", "0")
    return value is False


def _count(value: object) -> int | None:
    if isinstance(value, str):
        value = int(value) if value.strip().isascii() and value.strip().isdigit() else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _microdata(tree: Document, reading: Reading, item: str) -> str:
    """The value that an element with this `itemprop` gives, by attribute or by its text."""
    found = tree.select_one(f'[itemprop~="{item}"]')
    if found is None:
        return ""
    name = found.select_one('[itemprop="name"]') if item == "author" else None
    found = name if name is not None else found
    link = found.attr("href") if found.tag == "link" else None
    value = found.attr("content") or found.attr("datetime") or link or found.text
    return " ".join(reading.real(value).split())[:200]
