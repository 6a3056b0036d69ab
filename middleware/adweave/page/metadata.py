"""What a page says about itself: JSON-LD, Open Graph and `<meta>`, as far as layouts target it.

Read from the tree that is there already. What is malformed counts as missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from adweave.page.charset import Reading
from adweave.page.model import Metadata
from adweave.page.tree import Document

_ARTICLE_TYPES = ("Article", "NewsArticle", "BlogPosting", "Report", "LiveBlogPosting", "Recipe",
                  "Review", "OpinionNewsArticle", "ReportageNewsArticle", "AnalysisNewsArticle",
                  "TechArticle", "ScholarlyArticle", "SocialMediaPosting")  # fmt: skip
_JSON_LD_LIMIT = 200_000  # characters; a page's data may be far larger than its text


def json_ld_of(tree: Document, reading: Reading) -> list[Mapping[str, object]]:
    """All JSON-LD objects of the page, graphs taken apart; malformed ones are left out."""
    found: list[Mapping[str, object]] = []
    for script in tree.select('script[type="application/ld+json"]'):
        text = script.text
        if len(text) > _JSON_LD_LIMIT:
            continue
        try:
            found.extend(_objects(json.loads(reading.real(text), strict=False)))
        except (ValueError, RecursionError):
            continue
    return found


def metadata_of(
    tree: Document, reading: Reading, linked_data: list[Mapping[str, object]]
) -> Metadata:
    """The page's metadata; JSON-LD first, then Open Graph and named `<meta>` elements."""
    metas: dict[str, list[str]] = {}
    for meta in tree.select("meta[content]"):
        name = meta.attr("property") or meta.attr("name") or meta.attr("itemprop")
        if name:
            metas.setdefault(name.lower(), []).append(reading.real(meta.attr("content") or ""))

    def named(*names: str) -> str:
        return next((metas[name][0].strip() for name in names if metas.get(name)), "")

    about = next((item for item in linked_data if _is_article(item)), {})
    title = _text(about.get("headline")) or named("og:title", "twitter:title")
    if not title:
        element = tree.select_one("title")
        title = reading.real(element.text).strip() if element is not None else ""
    canonical = tree.select_one('link[rel~="canonical"][href]')
    tags = [tag.strip() for tag in metas.get("article:tag", [])]
    if not tags:
        tags = [tag.strip() for tag in _texts(about.get("keywords")) or [named("keywords")]]
        tags = [tag.strip() for joined in tags for tag in joined.split(",")]
    free = about.get("isAccessibleForFree")
    tier = named("article:content_tier").lower()
    return Metadata(
        title=title,
        section=_text(about.get("articleSection")) or named("article:section", "section"),
        tags=tuple(tag for tag in tags if tag),
        canonical_url=(canonical.attr("href") or "" if canonical is not None else "")
        or named("og:url"),
        published=_text(about.get("datePublished")) or named("article:published_time", "date"),
        modified=_text(about.get("dateModified")) or named("article:modified_time"),
        author=_text(about.get("author")) or named("author", "article:author"),
        is_paid=free is False
        or (isinstance(free, str) and free.strip().lower() == "false")
        or tier in ("locked", "metered", "premium", "paid"),
    )


def _is_article(item: Mapping[str, object]) -> bool:
    return any(kind in _ARTICLE_TYPES for kind in _texts(item.get("@type")))


def _objects(value: object) -> Iterator[Mapping[str, object]]:
    if isinstance(value, list):
        for item in value:
            yield from _objects(item)
    elif isinstance(value, dict):
        yield value
        graph = value.get("@graph")
        if isinstance(graph, list):
            yield from _objects(graph)


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    if isinstance(value, dict):
        name = value.get("name")
        return [name] if isinstance(name, str) else []
    return []


def _text(value: object) -> str:
    texts = _texts(value)
    return texts[0].strip() if texts else ""
