"""What the outline says beside blocks and gaps, and what makes the engine doubt."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adweave.page import Outline, PageDoubt, broken_insertions, listing, outline_of, read_page
from adweave.page.lines import collapsed

Outlined = Callable[..., Outline]
Prose = Callable[..., list[str]]
Page = Callable[..., bytes]


@pytest.fixture
def text(prose: Prose) -> str:
    return "<article>" + "".join(f"<p>{text}</p>" for text in prose()) + "</article>"


def test_a_cut_page_is_a_doubt() -> None:
    with pytest.raises(PageDoubt) as doubt:
        read_page(b"<p>half a pa", "text/html", complete=False)
    assert doubt.value.reason == "cut"


@pytest.mark.parametrize("content_type", ["application/xhtml+xml", "text/xml; charset=utf-8"])
def test_a_page_served_as_xml_is_a_doubt(content_type: str) -> None:
    with pytest.raises(PageDoubt) as doubt:
        read_page(b"<html/>", content_type)
    assert doubt.value.reason == "xml"


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 100_000 + "a long enough piece of text to be looked at",
        "".join(f"<font size={n}><p>some text that is in here" for n in range(20_000)),
        "<body>" + "".join(f"<BODY a{n}=b>" for n in range(1_200)),
        "".join(f"<html a{n}=b>" for n in range(1_200)),
        "<p>" + "<br>" * 120_000,
    ],
    ids=["depth", "open formatting", "attributes of body", "attributes of html", "tags"],
)
def test_markup_that_is_too_tangled_is_a_doubt(body: str) -> None:
    with pytest.raises(PageDoubt) as doubt:
        outline_of(read_page(body.encode(), "text/html; charset=utf-8"))
    assert doubt.value.reason == "too-complex"


def test_a_page_may_end_anywhere(page: Page, text: str) -> None:
    body = page(text + "<table><tr><td><!-- x --><script>a</script><svg><p>&amp;</svg>")
    for end in range(0, len(body), 7):
        outline_of(read_page(body[:end], "text/html; charset=utf-8"))


@pytest.mark.parametrize(
    ("page_text", "reason"),
    [
        ('<meta name="AdWeave" content=" OFF ">{}', "opt-out"),
        ("<html amp>{}", "amp"),
        ("<html ⚡>{}", "amp"),
        ('{}<ad-slot data-label="Anzeige"></ad-slot>', "already-woven"),
        ("<style data-adweave></style>{}", "already-woven"),
        ("<p>a<!--adweave:1--></p>{}", "already-woven"),
        ("<title><p data-adweave></title>{}", "already-woven"),
        ("<SCRIPT DATA-ADWEAVE=1></SCRIPT>{}", "already-woven"),
        ("<frameset><frame src=a></frameset>{}", "frameset"),
    ],
)
def test_a_page_that_is_not_to_be_woven_says_so(page_text: str, reason: str, text: str) -> None:
    body = page_text.format(text).encode()
    found = outline_of(read_page(body, "text/html; charset=utf-8"))
    assert found.opt_out == reason
    assert found.gaps == ()


def test_writing_about_adweave_is_no_mark_of_it(outline: Outlined, text: str) -> None:
    about = "<p>adweave puts &lt;style data-adweave&gt; into heads; data-adweave is its mark.</p>"
    assert outline(f"{about}<div data-adweave-off>.</div>{text}").opt_out is None


@pytest.mark.parametrize(
    ("root", "selector"),
    [
        ("<div id=__next>", "#__next"),
        ("<div data-reactroot>", "[data-reactroot]"),
        ("<astro-island>", "astro-island"),
        ("<div id=__docusaurus>", "#__docusaurus"),
        ("<div data-v-app>", "[data-v-app]"),
        ("<div data-hk=s0>", "[data-hk]"),
        ('<div id=app data-page="{}">', "#app[data-page]"),
        ("<div data-sveltekit-preload-data=hover>", "[data-sveltekit-preload-data]"),
        ("<div id=root><!--$-->", "<!--$-->"),
        ("<div id=app><!--[-->", "<!--[-->"),
    ],
)
def test_a_hydrated_root_is_named(outline: Outlined, text: str, root: str, selector: str) -> None:
    assert outline(f"{root}{text}</div><script src=/app.js></script>").hydrated == selector


@pytest.mark.parametrize(
    ("script", "mark"),
    [
        ("<script>window.__remixContext = {}</script>", "__remixContext"),
        ("<script>window.__reactRouterContext = {}</script>", "__reactRouterContext"),
        ("<script>__sveltekit_1a = {}</script>", "__sveltekit"),
        ("<script>window.__VP_HASH_MAP__ = {}</script>", "__VP_HASH_MAP__"),
        ("<script>window._$HY||(e=>{})</script>", "_$HY"),
        (
            "<script src=/a.js></script><script type=application/json data-nuxt-data></script>",
            "[data-nuxt-data]",
        ),
    ],
)
def test_a_framework_that_takes_over_a_whole_document_is_named(
    outline: Outlined, text: str, script: str, mark: str
) -> None:
    assert outline(f"<main>{text}</main>{script}").hydrated == mark
    island = f"<astro-island></astro-island>{script}".replace("data-nuxt-data", "")
    assert outline(f"<main>{text}</main>{island}").hydrated is None


def test_a_closed_boundary_beside_the_text_takes_nothing_over(outline: Outlined, text: str) -> None:
    vote = "<!--$--><p>Vote</p><!--/$-->"
    assert outline(f"<div>{vote}<div>{text}</div></div><script></script>").hydrated is None


def test_writing_about_a_framework_takes_nothing_over(outline: Outlined, text: str) -> None:
    about = "<p>The page calls <code>window._$HY</code> and __remixContext.</p>"
    assert outline(f"{text}{about}<script>go()</script>").hydrated is None


@pytest.mark.parametrize("script", ["", '<script type="application/ld+json">{}</script>'])
def test_without_scripts_nothing_is_hydrated(outline: Outlined, text: str, script: str) -> None:
    assert outline(f"<div id=__next>{text}</div>{script}").hydrated is None


def test_an_island_beside_the_text_is_a_block_and_hinders_nothing(
    outline: Outlined, prose: Callable[..., list[str]]
) -> None:
    paragraphs = [f"<p>{text}</p>" for text in prose()]
    island = "<astro-island><div><p>Vote: which ferry is the best?</p></div></astro-island>"
    found = outline("".join([*paragraphs[:3], island, *paragraphs[3:], "<script></script>"]))
    assert found.hydrated is None
    assert [block.kind.value for block in found.blocks] == [*["paragraph"] * 3, "other"] + [
        "paragraph"
    ] * 3


def test_the_head_takes_elements_after_all_that_it_declares(page: Page, text: str) -> None:
    body = page(text, head='<link rel="stylesheet" href="/a.css">')
    offset = outline_of(read_page(body, "text/html")).head_offset
    assert offset is not None
    assert body[:offset].endswith(b'href="/a.css">')
    spaced = body.replace(b"</head>", b"\n  </head>")
    assert outline_of(read_page(spaced, "text/html")).head_offset == offset


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("<!doctype html><html lang=en>\n  ", ""),
        ("<!doctype html><html lang=en>\n<!-- made by hand -->\n", "<body class=page>\n"),
    ],
)
def test_a_page_without_a_head_takes_elements_before_its_body(
    text: str, before: str, after: str
) -> None:
    body = (before + after + text).encode()
    source = read_page(body, "text/html; charset=utf-8")
    found = outline_of(source)
    assert found.evidence.found
    assert found.head_offset == len(before)
    style = (found.head_offset, b"<style data-adweave>ad-slot{display:block}</style>")
    assert broken_insertions(source, [style]) == frozenset()


@pytest.mark.parametrize(
    "before", ["Read this: ", "<div>1</div><html><head><title>A</title></head>"]
)
def test_where_no_tag_or_the_wrong_one_comes_first_no_place_is_the_heads(
    text: str, before: str
) -> None:
    found = outline_of(read_page((before + text).encode(), "text/html; charset=utf-8"))
    assert found.evidence.found
    assert found.head_offset is None


def test_the_nearest_language_is_that_of_the_article(outline: Outlined, text: str) -> None:
    found = outline(f'<div lang="en-GB">{text}</div>', lang="tr")
    assert (found.article_lang, found.html_lang) == ("en-GB", "tr")
    assert outline(text, lang="tr").article_lang is None


def test_the_sample_is_the_articles_own_text(outline: Outlined, text: str) -> None:
    found = outline(f"<nav>{'menu entry ' * 50}</nav>{text}<footer>{'imprint ' * 50}</footer>")
    assert found.text.startswith("Paragraph 1. The ferry")
    assert "menu" not in found.text
    assert len(found.text) <= 2_000


def test_the_sample_is_real_text_in_a_legacy_encoding() -> None:
    line = "Το πλοίο φεύγει από το παλιό λιμάνι στις επτά, πριν ανοίξει η αγορά. "
    body = "".join(f"<p>{line * 4}</p>" for _ in range(5)).encode("iso8859_7")
    found = outline_of(read_page(body, "text/html; charset=iso-8859-7"))
    assert found.text.startswith("Το πλοίο φεύγει")


def test_policies_in_the_page_are_reported(outline: Outlined, text: str) -> None:
    policy = "<meta http-equiv=Content-Security-Policy content=\"script-src 'self'\">"
    assert outline(text, head=policy).csp == ("script-src 'self'",)


def test_a_selector_overrides_the_search(page: Page, prose: Prose) -> None:
    wanted = "".join(f"<p>Wanted. {text}</p>" for text in prose(4))
    other = "".join(f"<p>Other. {text}</p>" for text in prose(9))
    source = read_page(page(f"<div>{other}</div><div class=story>{wanted}</div>"), "text/html")
    found = outline_of(source, article_selector=".story")
    assert [block.excerpt[:7] for block in found.blocks] == ["Wanted."] * 4
    assert outline_of(source).blocks[0].excerpt.startswith("Other.")


def test_the_same_page_gives_the_same_outline(page: Page, text: str) -> None:
    body = page(text)
    assert outline_of(read_page(body, "text/html")) == outline_of(read_page(body, "text/html"))


@pytest.mark.parametrize(
    "item",
    [
        "<div class=result><h3><a href=/{n}>Ferry {n}</a></h3><cite>/{n}</cite><p>{text}</p></div>",
        "<section><h2><a href=/{n}>Mate</a></h2><p>{text}</p><a href=/a>Apply</a></section>",
        "<article class=post><h2><a href=/{n}>Story</a></h2><p>{text}</p></article>",
        "<article><a href=/{n}><h2>Story</h2></a><div><p>{text}</p></div></article>",
        "<li class=event><time>2 May</time><h3><a href=/{n}>Fair</a></h3><p>{text}</p></li>",
    ],
)
def test_a_listing_of_other_pages_is_no_article(outline: Outlined, prose: Prose, item: str) -> None:
    items = "".join(item.format(n=n, text=text) for n, text in enumerate(prose(8)))
    found = outline(f"<main><h1>All of them</h1><div>{items}</div></main>")
    assert not found.evidence.found
    assert "teasers" in found.evidence.reason


@pytest.mark.parametrize("link", ["", "<a href=#part>#</a>", "<a href=/edit>edit</a>"])
def test_parts_of_one_article_are_no_listing(outline: Outlined, prose: Prose, link: str) -> None:
    parts = "".join(
        f"<section><h2>Part {number} of it {link}</h2><p>{text}</p></section>"
        for number, text in enumerate(prose(8))
    )
    assert outline(f"<article>{parts}</article>").evidence.found


def test_many_lists_in_an_article_are_measured_without_reading_it_for_each(
    outline: Outlined, prose: Prose, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = 0

    def counted(text: str) -> str:
        nonlocal read
        read += len(text)
        return collapsed(text)

    monkeypatch.setattr(listing, "collapsed", counted)
    links = "<div>" + "<h3><a href=/x>Of a ferry</a></h3>" * 4 + "</div>"
    text = links * 50 + "".join(f"<p>{text}</p>" for text in prose(50))
    assert outline(f"<main>{text}</main>").evidence.found
    assert 0 < read < 3 * len(text)


def test_an_article_with_rows_of_products_is_no_listing(outline: Outlined, prose: Prose) -> None:
    product = "<h3><a href=/band>An elastic band</a></h3><p><a href=/cart>Buy now</a></p>"
    body = "".join(
        f"<p>{text}</p>" + product * 4 * (n % 4 == 1) for n, text in enumerate(prose(10))
    )
    assert outline(f"<main><div>{body}</div></main>").evidence.found


@pytest.mark.parametrize(
    ("own", "link", "is_article"),
    [
        ("https://www.tips.example/list", "https://fund{n}.example/", True),
        ("https://www.tips.example/list", "https://tips.example/fund-{n}", False),
        ("https://www.tips.example/list", "https://shop.tips.example/{n}", False),
        ("https://www.tips.example/list", "/fund-{n}", False),
        ("", "https://fund{n}.example/", False),
    ],
)
def test_chapters_that_link_to_other_sites_are_no_listing(
    outline: Outlined, prose: Prose, own: str, link: str, is_article: bool
) -> None:
    chapters = "".join(
        f"<h2><a href='{link.format(n=n)}'>Fund {n}</a></h2><p>{text}</p>"
        for n, text in enumerate(prose(8))
    )
    found = outline(
        f"<main><h1>Eight of them</h1><div>{chapters}</div></main>",
        head=f'<link rel="canonical" href="{own}">',
    )
    assert found.evidence.found is is_article


def test_whole_posts_below_each_other_are_no_listing(outline: Outlined, prose: Prose) -> None:
    post = "".join(f"<p>{text}</p>" for text in prose(5))
    posts = f"<article><h2><a href=/post>A post</a></h2>{post}</article>" * 5
    assert outline(f"<main>{posts}</main>").evidence.found


@pytest.mark.parametrize(("root", "skips"), [("<div id=__next>", True), ("<div id=__nuxt>", False)])
def test_react_alone_is_known_to_pass_over_comments(
    outline: Outlined, text: str, root: str, skips: bool
) -> None:
    found = outline(f"{root}{text}</div><script src=/app.js></script>")
    assert found.skips_comments is skips


@pytest.mark.parametrize(
    ("root", "frameworks"),
    [
        ("<div id=__next>", "react"),
        ("<div id=__nuxt>", "vue"),
        ("<div data-sveltekit-preload-data>", "svelte"),
        ("<div id=app><!--[-->", "vue svelte"),
        ("<astro-island>", "astro"),
        ("<div ng-version=20>", ""),
        ("<div q:container>", ""),
        ("<div data-hk=1>", ""),
    ],
)
def test_frameworks_are_named_where_the_loader_knows_how_they_take_over(
    outline: Outlined, text: str, root: str, frameworks: str
) -> None:
    assert outline(f"{root}{text}</div><script src=/app.js></script>").frameworks == frameworks


def test_a_document_that_next_takes_over_is_named_by_its_scripts(
    outline: Outlined, text: str
) -> None:
    found = outline(f"<main>{text}</main><script>self.__next_f.push([1])</script>")
    assert (found.hydrated, found.skips_comments) == ("self.__next_f", True)
