"""What a page says of itself that makes it no article, however much text it has.

A home page, an archive or a shop's category may hold whole posts or a long text for search
engines; readers do not come to read them. Asked only of pages on which an article was found.
A page that also says it is an article is believed in that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from adweave.page.metadata import Declared, is_article
from adweave.page.tree import Document, Element

_HOME = "a home page"
_LISTING = "a list of other pages"
_PRODUCT = "a product for sale"
# Classes that content systems put to the body: WordPress, Drupal, Shopify, Magento, Ghost.
_BODY_CLASSES = {
    **dict.fromkeys(
        ("home", "homepage", "home-page", "front", "path-frontpage", "template-index",
         "home-template", "cms-index-index"), _HOME
    ),
    **dict.fromkeys(
        ("archive", "search-results", "search", "blog", "post-type-archive", "path-taxonomy",
         "page-taxonomy-term", "template-collection", "template-search", "template-blog",
         "template-list-collections", "catalog-category-view", "catalogsearch-result-index",
         "tag-template", "author-template", "tax-product_cat"),
        _LISTING,
    ),
    **dict.fromkeys(("template-product", "catalog-product-view", "single-product"), _PRODUCT),
}  # fmt: skip
_SINGLE = re.compile(
    r"(?:single(?!-product)|postid-|post-template|page-id-|node--?type-)"
    r"|(?:page-type-(?:\w+-)?)?(?:post|article|story)$"
)
# Shorter headlines ("Home", "News") are in titles of pages of any kind.
_MIN_HEADLINE = 12  # characters
_LISTING_TYPES = ("CollectionPage", "ItemList", "SearchResultsPage")
_PRODUCT_TYPES = ("Product", "ProductGroup")
_OPEN_GRAPH = {
    "product": _PRODUCT,
    "product.item": _PRODUCT,
    "og:product": _PRODUCT,
    "product.group": _LISTING,
    "product.category": _LISTING,
}
# What WordPress, WooCommerce, Magento and BigCommerce call a list's own text.
_DESCRIPTIONS = ", ".join(
    f'[class*="{what}-description" i]'
    for what in ("archive", "taxonomy", "term", "category", "collection")
)
# A price that an element begins or consists of: in the page's characters, its bytes or references.
_CURRENCY = (
    r"(?:[$\xa3\xa5\u20ac\u20b9]|\xc2[\xa3\xa5]|\xe2\x82[\xac\xb9]"
    r"|&(?:euro|pound|yen|#8364|#163|#36);)"
)
_PRICE = re.compile(
    rf">\s*+(?:(?:(?:US|CA|AU|NZ|HK)\s?)?{_CURRENCY}\s?\d[\d.,]*\d"
    rf"|\d[\d.,]*\d\s?(?:{_CURRENCY}|z\u0142|z\xc5\x82|kr\b|USD|EUR|GBP)\s*<)"
)
# Prices that make a shelf: above the text, or beside it, where an article may sell a thing or two.
_SHELF_ABOVE, _SHELF_BESIDE = 5, 12
# The first folder of addresses of lists, behind one for the language; of most shops' `/c/`, where
# no date or number is behind it.
_LISTING_FOLDER = re.compile(
    r"(?i)^(?:/[a-z]{2}(?:[-_][a-z]{2})?)?/(?:(?:categor(?:y|ies)|collections|departments|tags?|search)"
    r"(?:/|$)|c/\D*$)"
)
# WordPress' words for what an archive is of.
_ARCHIVES = ("category", "tag", "author", "date", "post-type-archive")
_HOME_PATHS = ("", "/", "/index.html", "/index.php", "/home", "/home/")


def denial_of(
    tree: Document, declared: Declared, root: Element, around: Callable[[], Sequence[str]]
) -> str | None:
    """What the page says it is, if that is no article: "a home page"; None otherwise.

    `root` is the element in which the text flows.
    `around` gives the markup above the text that was found, and then that of all beside it.
    """
    kind = next(iter(declared.named.get("og:type", ())), "").lower()
    if is_article(declared.types):
        return None
    if kind.startswith("article"):
        return _LISTING if _is_archive(tree) else None
    said = _OPEN_GRAPH.get(kind) or _by_class(tree)
    if said is None and not declared.types.isdisjoint(_LISTING_TYPES):
        return _LISTING
    if said is None and not declared.types.isdisjoint(_PRODUCT_TYPES):
        return _PRODUCT
    if said is None and root.closest(_DESCRIPTIONS) is not None:
        return _LISTING
    return said or _by_address(declared.canonical) or _by_prices(declared, around)


def says_article(tree: Document, declared: Declared) -> bool:
    """Whether the page says outright that it is one article."""
    if is_article(declared.types) or "article:published_time" in declared.named:
        return True
    return any(name.startswith(("single-post", "postid-")) for name in _body_classes(tree))


def _body_classes(tree: Document) -> list[str]:
    body = tree.select_one("body[class]")
    return (body.attr("class") or "").lower().split() if body is not None else []


def _by_class(tree: Document) -> str | None:
    names = _body_classes(tree)
    said = next((_BODY_CLASSES[name] for name in names if name in _BODY_CLASSES), None)
    if said is None or any(_SINGLE.match(name) for name in names) or _is_titled_by_article(tree):
        return None
    return said


def _is_archive(tree: Document) -> bool:
    """Whether WordPress says so; plug-ins call its archives articles for Open Graph."""
    names = _body_classes(tree)
    return "archive" in names and any(
        name in _ARCHIVES or name.startswith("tax-") for name in names
    )


def _is_titled_by_article(tree: Document) -> bool:
    """Whether the page has one article, after which it is called.

    Templates are copied: in Pelican's own every page has the home page's class.
    """
    articles, title = tree.select("article"), tree.select_one("head > title")
    headline = articles[0].select_one("h1, h2") if len(articles) == 1 else None
    if headline is None or title is None:
        return False
    name = " ".join(headline.text.split())
    return len(name) >= _MIN_HEADLINE and name in " ".join(title.text.split())


def _by_address(address: str) -> str | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if _LISTING_FOLDER.search(parts.path):
        return _LISTING
    # A template that escapes the whole path makes it a part of the host's name.
    is_home = bool(parts.netloc) and "%" not in parts.netloc and parts.path.lower() in _HOME_PATHS
    return _HOME if is_home and not parts.query and not parts.fragment else None


def _by_prices(declared: Declared, around: Callable[[], Sequence[str]]) -> str | None:
    """Whether the text stands by a shop's shelf, as those for search engines do."""
    if "QAPage" in declared.types:
        return None
    above, *beside = around()
    is_shelf = len(_PRICE.findall(above)) >= _SHELF_ABOVE or any(
        len(_PRICE.findall(part)) >= _SHELF_BESIDE for part in beside
    )
    return _LISTING if is_shelf else None
