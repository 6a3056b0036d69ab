"""Pages with a long text that say themselves that they are no article."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adweave.page import Outline

Outlined = Callable[..., Outline]
Prose = Callable[..., list[str]]


@pytest.fixture
def text(prose: Prose) -> str:
    """A text that is an article anywhere else."""
    return "<main>" + "".join(f"<p>{one}</p>" for one in prose()) + "</main>"


def ld(kind: str) -> str:
    return f'<script type="application/ld+json">{{"@type": {kind}}}</script>'


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ('<link rel="canonical" href="https://paper.example/">', "a home page"),
        ('<meta property="og:url" content="https://paper.example">', "a home page"),
        ('<meta property="og:type" content="product">', "a product for sale"),
        ('<meta property="og:type" content="product.group">', "a list of other pages"),
        (ld('"CollectionPage"'), "a list of other pages"),
        (ld('["WebPage", "SearchResultsPage"]'), "a list of other pages"),
        (ld('"ItemList"'), "a list of other pages"),
        (ld('"https://schema.org/Product"'), "a product for sale"),
        *(
            (f'<link rel="canonical" href="https://shop.example{path}">', "a list of other pages")
            for path in ("/category/lamps/brass", "/en-gb/collections/lamps", "/c/lamps/brass")
        ),
    ],
)
def test_a_page_that_says_what_it_is_is_believed(
    outline: Outlined, text: str, head: str, said: str
) -> None:
    found = outline(text, head=head)
    assert found.evidence.reason == f"no article: the page says that it is {said}"
    assert found.evidence.text_chars > 500
    assert (found.blocks, found.gaps) == ((), ())


@pytest.mark.parametrize(
    ("names", "is_found"),
    [
        ("home blog", False),
        ("featured homepage", False),
        ("archive category category-port", False),
        ("search search-results", False),
        ("template-collection", False),
        ("catalog-product-view", False),
        ("single single-post postid-7 blog", True),
        ("page archive-style", True),
        ("page-node-7 page-type-blog-post blog", True),
        ("archive post-type-archive post-type-archive-story", False),
    ],
)
def test_content_systems_name_the_kind_of_page_in_the_bodys_class(
    outline: Outlined, text: str, names: str, is_found: bool
) -> None:
    # The class of a second <body> tag is put to the first.
    assert outline(f'<body class="{names}">{text}').evidence.found is is_found


@pytest.mark.parametrize(
    ("before", "is_found"),
    [
        ("<article><h1><a href=/7>Harbour  news</a></h1>", True),
        ("<article><header><h2>Harbour news</h2></header>", True),
        ("<article><h1>A harbour that sleeps</h1>", False),
        ("<h1>Harbour news</h1><article>", False),
        ("<article><h1>Harbour news</h1></article><article><h2>Another</h2>", False),
        ("<article><h1>Harbour</h1>", False),
    ],
)
def test_a_page_that_is_called_after_its_one_article_is_not_made_a_home_page_by_a_class(
    outline: Outlined, text: str, before: str, is_found: bool
) -> None:
    """Pelican's own template has `class="home"` on every page. The title is "Harbour news"."""
    assert outline(f'<body class="home">{before}{text}</article>').evidence.found is is_found


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="og:type" content="article"><link rel="canonical" href="https://p.example/">',
        ld('"BlogPosting"') + ld('"CollectionPage"'),
        ld('"Review"') + ld('"Product"'),
        '<link rel="canonical" href="https://paper.example/?p=7">',
        '<link rel="canonical" href="/">',
        '<link rel="canonical" href="https://[broken/">',
        '<link rel="canonical" href="https://paper.example%2F2026%2Fa-harbour">',
        '<link rel="canonical" href="https://paper.example/c/2026-05-02/a-harbour">',
        '<link rel="canonical" href="https://paper.example/harbours/category/a-harbour">',
    ],
)
def test_a_page_that_is_an_article_too_or_says_nothing_sure_is_one(
    outline: Outlined, text: str, head: str
) -> None:
    assert outline(text, head=head).evidence.found


@pytest.mark.parametrize(
    ("names", "is_found"), [("archive tag tag-port", False), ("archive", True), ("tag", True)]
)
def test_an_archive_is_none_though_it_call_itself_an_article_for_open_graph(
    outline: Outlined, text: str, names: str, is_found: bool
) -> None:
    head = '<meta property="og:type" content="article">'
    assert outline(f'<body class="{names}">{text}', head=head).evidence.found is is_found


@pytest.mark.parametrize(
    ("names", "is_found"),
    [("term-description", False), ("page CategoryDescription category-description", False),
     ("description", True)],
)  # fmt: skip
def test_the_text_of_a_list_is_known_by_its_name(
    outline: Outlined, text: str, names: str, is_found: bool
) -> None:
    assert outline(f'<div class="{names}">{text}</div>').evidence.found is is_found


def tiles(count: int, price: str = "$24.90") -> str:
    items = (f"<li><a href=/{n}>Lamp {n}</a> <b> {price}</b></li>" for n in range(count))
    return f"<ul>{''.join(items)}</ul>"


@pytest.mark.parametrize(
    "price", ["$24.90", "US $24", "&euro;24,90", "\u20ac 24,90", "24,90 z\u0142"]
)
def test_a_text_below_a_shops_shelf_is_no_article(outline: Outlined, text: str, price: str) -> None:
    found = outline(tiles(5, price) + text)
    assert found.evidence.reason == "no article: the page says that it is a list of other pages"


@pytest.mark.parametrize(
    ("before", "after", "head"),
    [
        (tiles(4), tiles(11), ""),
        (tiles(5, "$1"), "", ""),  # a script's replacement is written so
        (tiles(20), tiles(20), '<meta property="og:type" content="article">'),
        ("", tiles(20), ld('"QAPage"')),
    ],
)
def test_an_article_may_have_a_few_prices_beside_it(
    outline: Outlined, text: str, before: str, after: str, head: str
) -> None:
    assert outline(before + text + after, head=head).evidence.found


def test_a_shelf_may_stand_in_the_middle_of_the_text(outline: Outlined, text: str) -> None:
    before, _, behind = text.partition("</p><p>Paragraph 3")
    assert behind
    for count, is_found in ((11, True), (12, False)):
        found = outline(f"{before}</p>{tiles(count)}<p>Paragraph 3{behind}")
        assert found.evidence.found is is_found


def test_prices_in_the_text_itself_are_what_it_is_about(outline: Outlined, text: str) -> None:
    assert outline(text.replace("</p>", f"</p>{tiles(3)}")).evidence.found
