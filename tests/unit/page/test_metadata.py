"""Metadata for targeting."""

from __future__ import annotations

from collections.abc import Callable

from adweave.page import Outline

Outlined = Callable[..., Outline]


def test_linked_data_comes_first(outline: Outlined) -> None:
    found = outline(
        "",
        head=(
            '<script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "x"},'
            ' {"@type": ["NewsArticle"], "headline": "Ships", "articleSection": ["Port"],'
            ' "datePublished": "2026-01-02", "author": [{"name": "A. Writer"}],'
            ' "keywords": "sea, trade", "isAccessibleForFree": false}]}</script>'
            '<meta property="og:title" content="Other">'
        ),
    ).metadata
    assert (found.title, found.section, found.author) == ("Ships", "Port", "A. Writer")
    assert found.published == "2026-01-02"
    assert found.tags == ("sea", "trade")
    assert found.is_paid


def test_open_graph_and_links_fill_what_is_missing(outline: Outlined) -> None:
    found = outline(
        "",
        head=(
            '<meta property="og:title" content="Ships"><link rel="canonical" href="https://x/1">'
            '<meta property="article:section" content="Port">'
            '<meta property="article:tag" content="sea"><meta property="article:tag" content="air">'
        ),
    ).metadata
    assert (found.title, found.section, found.canonical_url) == ("Ships", "Port", "https://x/1")
    assert found.tags == ("sea", "air")
    assert not found.is_paid


def test_malformed_linked_data_counts_as_missing(outline: Outlined) -> None:
    for broken in ("{", "[" * 50_000, "null", '{"@type": 3}'):
        head = f'<script type="application/ld+json">{broken}</script>'
        assert outline("", head=head).metadata.title == "Harbour news"
