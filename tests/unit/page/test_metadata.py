"""Metadata for targeting."""

from __future__ import annotations

from collections.abc import Callable

import pytest

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


def ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


@pytest.mark.parametrize(
    "text",
    [
        '{"@type": "NewsArticle", "headline": "Ships", "author": "A. Writer"}',
        '[{"@type": "Person"}, {"@type": "NewsArticle", "headline": "Ships",'
        ' "author": ["A. Writer", "B. Writer"]}]',
        '[[{"@type": ["Thing", "NewsArticle"], "headline": "Ships",'
        ' "author": [{"name": ["A. Writer"]}]}]]',
        '{"@type": "http://schema.org/NewsArticle", "headline": {"@value": "Ships"},'
        ' "author": {"@type": "Person", "name": "A. Writer"}}',
        '{"@type": "WebPage", "mainEntity": {"@type": "Article", "headline": "Ships",'
        ' "author": {"name": "A. Writer"}}}',
        '{"@graph": [{"@type": "Article", "headline": "Ships", "author": {"@id": "#a"}},'
        ' {"@type": "Person", "@id": "#a", "name": "A. Writer"}]}',
        '<!-- {"@type": "Article", "headline": "Ships", "author": "A. Writer"} -->',
        '//<![CDATA[\n{"@type": "Article", "headline": "Ships", "author": "A. Writer",}\n//]]>',
        '{"@type": "Article", "headline": "Ships",\n"author": "A. Writer",};',
    ],
)
def test_linked_data_is_read_in_every_shape_that_sites_write(outline: Outlined, text: str) -> None:
    found = outline("", head=ld(text)).metadata
    assert (found.title, found.author) == ("Ships", "A. Writer")


def test_linked_data_about_other_pages_says_nothing_of_this_one(outline: Outlined) -> None:
    others = (
        '{"@type": "ItemList", "itemListElement": [{"@type": "NewsArticle", "headline": "Other",'
        ' "author": "Somebody Else", "datePublished": "2020-01-01"}]}'
    )
    found = outline("", head=ld(others)).metadata
    assert (found.title, found.author, found.published) == ("Harbour news", "", "")


@pytest.mark.parametrize(
    ("said", "is_paid"),
    [
        ('"isAccessibleForFree": false', True),
        ('"isAccessibleForFree": "False"', True),
        ('"isAccessibleForFree": "http://schema.org/False"', True),
        ('"isAccessibleForFree": true', False),
        ('"hasPart": {"isAccessibleForFree": "False", "cssSelector": ".paid"}', True),
        ('"isAccessibleForFree": true, "hasPart": {"isAccessibleForFree": true}', False),
        ('"name": "x"', False),
    ],
)
def test_what_is_paid_for_is_known_by_linked_data(
    outline: Outlined, said: str, is_paid: bool
) -> None:
    head = ld(f'{{"@type": "Article", {said}}}')
    assert outline("", head=head).metadata.is_paid is is_paid


def test_what_is_paid_for_is_known_by_meta_and_by_microdata(outline: Outlined) -> None:
    assert outline("", head='<meta name="article:content_tier" content="Metered">').metadata.is_paid
    assert outline('<meta itemprop="isAccessibleForFree" content="false">').metadata.is_paid
    link = '<link itemprop="isAccessibleForFree" href="http://schema.org/False">'
    assert outline(link).metadata.is_paid


def test_times_and_names_come_from_the_metas_of_many_systems(outline: Outlined) -> None:
    found = outline(
        "",
        head=(
            '<meta name="parsely-pub-date" content="2026-02-03T04:05:06Z">'
            '<meta property="og:updated_time" content="2026-02-04">'
            '<meta name="dc.creator" content="A. Writer">'
            '<meta name="parsely-section" content="Sea &amp;amp; Port">'
            '<meta name="news_keywords" content="sea; trade,sea">'
        ),
    ).metadata
    assert (found.published, found.modified) == ("2026-02-03T04:05:06Z", "2026-02-04")
    assert (found.author, found.section) == ("A. Writer", "Sea & Port")
    assert found.tags == ("sea", "trade")


def test_microdata_and_the_articles_own_markup_come_last(outline: Outlined) -> None:
    found = outline(
        '<article itemscope><span itemprop="author"><a itemprop="url" href="/a">Profile</a>'
        ' <b itemprop="name">A. Writer</b></span><time itemprop="datePublished"'
        ' datetime="2026-02-03">yesterday</time></article>'
    ).metadata
    assert (found.author, found.published) == ("A. Writer", "2026-02-03")
    plain = outline(
        '<article><a rel="author" href="/a"> B.  Writer </a>'
        '<time datetime="2026-03-04">today</time></article>'
    ).metadata
    assert (plain.author, plain.published) == ("B. Writer", "2026-03-04")


def test_an_address_is_no_author_and_a_word_is_no_date(outline: Outlined) -> None:
    head = (
        '<meta property="article:author" content="https://social.example/writer">'
        '<meta name="date" content="today">'
    )
    found = outline("", head=head).metadata
    assert (found.author, found.published) == ("", "")


def test_the_section_is_the_first_step_of_the_trail_where_nothing_else_names_it(
    outline: Outlined,
) -> None:
    steps = ", ".join(f'{{"name": "{name}"}}' for name in ("Home", "Port", "Ships"))
    found = outline("", head=ld(f'{{"@type": "BreadcrumbList", "itemListElement": [{steps}]}}'))
    assert found.metadata.section == "Port"


@pytest.mark.parametrize(
    ("head", "language"),
    [
        (ld('{"@type": "Article", "inLanguage": "pt_BR"}'), "pt-BR"),
        (ld('{"@type": "Article", "inLanguage": {"name": "x y", "alternateName": "fr"}}'), "fr"),
        ('<meta property="og:locale" content="zh_Hant_TW">', "zh-Hant-TW"),
        ('<meta http-equiv="Content-Language" content="de">', "de"),
        ('<meta http-equiv="Content-Language" content="de, en">', ""),
        ("", ""),
    ],
)
def test_the_language_is_a_tag(outline: Outlined, head: str, language: str) -> None:
    assert outline("", head=head).metadata.language == language


@pytest.mark.parametrize(
    ("count", "words"),
    [("734", 734), ('"734"', 734), ("0", None), ('"many"', None), ("true", None)],
)
def test_the_pages_own_count_of_words_is_a_number_or_missing(
    outline: Outlined, count: str, words: int | None
) -> None:
    head = ld(f'{{"@type": "Article", "wordCount": {count}}}')
    assert outline("", head=head).metadata.words == words


def test_the_canonical_address_comes_from_the_link_then_from_what_else_names_it(
    outline: Outlined,
) -> None:
    by_data = ld('{"@type": "Article", "mainEntityOfPage": {"@id": "https://x.example/3"}}')
    by_graph = '<meta property="og:url" content="https://x.example/2">'
    by_link = '<link rel="Canonical" href=" https://x.example/1 ">'
    for head, address in (
        (by_data + by_graph + by_link, "https://x.example/1"),
        (by_data + by_graph, "https://x.example/2"),
        (by_data, "https://x.example/3"),
    ):
        assert outline("", head=head).metadata.canonical_url == address
