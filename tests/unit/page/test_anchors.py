"""Places outside the article's gaps: by a selector, at the page's end, in listings."""

from __future__ import annotations

import pytest

from adweave.page import (
    Anchor,
    anchor_at_end,
    anchors_at,
    anchors_in_listing,
    broken_insertions,
    read_page,
    weave,
)

SLOT = b'<ad-slot data-n="1" data-label="Advertisement" aria-hidden="true"></ad-slot>'


def places(body: bytes, selector: str, side: str = "before") -> tuple[Anchor, ...]:
    return anchors_at(read_page(body, "text/html; charset=utf-8"), selector, side)


def woven(body: bytes, *anchors: Anchor) -> str:
    """The page with a `|` at each anchor, after a proof that an element may be put there."""
    source = read_page(body, "text/html; charset=utf-8")
    assert all(anchor.fault is None for anchor in anchors)
    assert not broken_insertions(source, [(anchor.offset, SLOT) for anchor in anchors])
    return weave(body, [(anchor.offset, b"|") for anchor in anchors], source.encoding).decode()


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        ("before", "|<aside id=rail><p>Weather</p></aside>"),
        ("after", "<aside id=rail><p>Weather</p></aside>|"),
        ("first-child", "<aside id=rail>|<p>Weather</p></aside>"),
        ("last-child", "<aside id=rail><p>Weather</p>|</aside>"),
    ],
)
def test_the_four_places_by_an_element(page, side, expected):
    body = page("<main>News</main><aside id=rail><p>Weather</p></aside>")
    (anchor,) = places(body, "#rail", side)
    assert anchor.name == "aside#rail"
    assert expected in woven(body, anchor)


def test_all_matches_in_the_pages_order(page):
    body = page("<div class='box a'></div><p>x</p><div class=box></div>")
    found = places(body, ".box", "after")
    assert [anchor.name for anchor in found] == ["div.box", "div.box"]
    assert woven(body, *found).count("</div>|") == 2


def test_offsets_count_bytes_whatever_comes_before(page):
    body = page("<p>Çay \U0001f375 mı?</p>\r\n<footer>Künye</footer>")
    (anchor,) = places(body, "footer")
    assert body[anchor.offset :].startswith(b"<footer>")


@pytest.mark.parametrize(
    ("markup", "selector", "side", "fault"),
    [
        ("<ul><li class=x>a</li></ul>", ".x", "after", "inside-ul"),
        ("<table><tr><td class=x>a</td></tr></table>", ".x", "before", "inside-tr"),
        ("<table><tr class=x><td>a</td></tr></table>", "tr", "before", "inside-tbody"),
        ("<p>Some <b class=x>bold</b> words</p>", ".x", "before", "inside-p"),
        ("<h2><span class=x>a</span></h2>", ".x", "after", "inside-h2"),
        ("<a href=/><div><i class=x></i></div></a>", ".x", "before", "inside-a"),
        ("<div>Words <div class=x>a</div></div>", ".x", "before", "inside-text"),
        ("<div class=x>Words</div>", ".x", "first-child", "inside-text"),
        ("<div><div class=x>a</div> Words</div>", ".x", "after", "inside-text"),
        ("<p class=x>open<p>other", ".x", "after", "no-tag"),
        ("<div><img class=x></div>", ".x", "last-child", "no-tag"),
        ("<div data-adweave-off><div><p class=x>a</p></div></div>", ".x", "after", "opted-out"),
        ("<div hidden><p class=x>a</p></div>", ".x", "after", "inside-div"),
        ("<div aria-hidden=true><p class=x>a</p></div>", ".x", "after", "inside-hidden"),
        ("<div contenteditable><p class=x>a</p></div>", ".x", "after", "inside-editable"),
        ("<form><input><div class=x>a</div></form>", ".x", "after", "inside-form"),
        ("<figure><img class=x></figure>", ".x", "after", "inside-figure"),
        ("<details><div class=x>a</div></details>", ".x", "after", "inside-details"),
        ("<svg><g class=x></g></svg>", ".x", "after", "inside-svg"),
    ],
)
def test_places_where_nothing_may_stand(page, markup, selector, side, fault):
    (anchor,) = places(page(markup), selector, side)
    assert anchor.fault == fault


def test_nothing_is_put_into_the_head(page):
    (anchor,) = places(page("<p>x</p>"), "title", "after")
    assert anchor.fault == "not-in-body"


def test_what_a_framework_takes_over_is_left_alone_or_gets_comments(page):
    body = page(
        "<div id=__nuxt><aside>a</aside></div><footer>b</footer><script src=/a.js></script>"
    )
    assert [anchor.fault for anchor in places(body, "aside, footer")] == ["hydrated", None]
    react = page("<div id=__next><aside>a</aside></div><script src=/a.js></script>")
    (anchor,) = places(react, "aside")
    assert (anchor.fault, anchor.is_late) == (None, True)


def test_the_end_of_the_page_is_behind_its_last_element(page):
    body = page("<main>a</main><script>x</script> Some words")
    anchor = anchor_at_end(read_page(body, "text/html; charset=utf-8"))
    assert "<script>x</script>| Some words\n</body>" in woven(body, anchor)


def test_the_end_of_a_page_without_end_tags_is_behind_its_last_element():
    body = b"<!doctype html><title>a</title><body><main>a</main><footer>b</footer>\n"
    anchor = anchor_at_end(read_page(body, "text/html; charset=utf-8"))
    assert woven(body, anchor).endswith("</footer>|\n")


def test_what_stands_behind_the_body_is_not_its_end():
    body = (
        b"<!doctype html><title>a</title><body><main>a</main>\n</body>"
        b"<script src=/a.js></script></html><!-- made by hand -->"
    )
    anchor = anchor_at_end(read_page(body, "text/html; charset=utf-8"))
    assert "</main>|\n</body><script" in woven(body, anchor)


def test_a_page_whose_last_element_is_open_ends_with_its_body():
    body = b"<!doctype html><title>a</title><body><p>b</body></html>"
    anchor = anchor_at_end(read_page(body, "text/html; charset=utf-8"))
    assert woven(body, anchor).endswith("<p>b|</body></html>")


def test_a_page_of_text_alone_has_no_such_place():
    source = read_page(b"<!doctype html><title>a</title>text", "text/html; charset=utf-8")
    assert anchor_at_end(source) is None


# -- listings -------------------------------------------------------------------------------


def card(number: int, tag: str = "div", kind: str = "card") -> str:
    return (
        f"<{tag} class='{kind} n{number}'><img src=/{number}.jpg><h3><a href=/story-{number}>"
        f"What happened on day {number} of the fair</a></h3><p>A line about it.</p></{tag}>"
    )


NAV = "<nav><ul>" + "".join(
    f"<li><a href=/s{n}>A section with a name {n}</a></li>" for n in range(20)
) + "</ul></nav>"  # fmt: skip


def listing(body: bytes, selector: str | None = None) -> tuple[Anchor, ...]:
    return anchors_in_listing(read_page(body, "text/html; charset=utf-8"), selector)


def test_a_listings_places_are_behind_its_items(page):
    body = page(NAV + "<main>" + "\n".join(card(n) for n in range(8)) + "</main>")
    found = listing(body)
    assert len(found) == 7
    text = woven(body, *found)
    assert text.count("</div>|\n<div class='card") == 7
    assert "|" not in text.partition("<main>")[0]


def test_items_need_not_all_be_of_one_class(page):
    cards = [card(n, "article", "card" if n % 2 else "teaser") for n in range(8)]
    body = page("<section>" + "".join([*cards, "<div class=more>More</div>"]) + "</section>")
    assert len(listing(body)) == 7


def test_in_a_real_list_the_place_is_in_the_item(page):
    body = page("<ul>" + "".join(card(n, "li") for n in range(6)) + "</ul>")
    found = listing(body)
    assert len(found) == 5
    assert woven(body, *found).count("|</li>") == 5


def test_the_run_with_the_most_text_is_the_listing(page):
    rail = "".join(f"<p><a href=/r{n}>Most read story {n}</a></p>" for n in range(12))
    cards = "".join(card(n) for n in range(9))
    body = page(f"<aside>{rail}</aside><main>{cards}</main>")
    assert all(anchor.name == "div.card" for anchor in listing(body))
    assert len(listing(body)) == 8


def test_navigation_is_no_listing(page):
    footer = "<footer>" + "".join(card(n) for n in range(9)) + "</footer>"
    assert listing(page(NAV + footer)) == ()


def test_fewer_than_four_items_are_no_listing(page):
    assert listing(page("<main>" + "".join(card(n) for n in range(3)) + "</main>")) == ()


def test_paragraphs_with_links_in_them_are_no_listing(page):
    text = "A long paragraph that speaks of this and that. " * 60
    body = page("<main>" + "".join(f"<p>{text}<a href=/x{n}>and links on</a></p>" for n in range(6))
                + "</main>")  # fmt: skip
    assert listing(body) == ()


def test_the_layout_may_name_the_items(page):
    cards = "".join(card(n) for n in range(8))
    tiles = "".join(f"<div class=tile>{n}</div>" for n in range(6))
    body = page(f"<main>{cards}</main><section>{tiles}</section><p class=tile>x</p>")
    assert [anchor.name for anchor in listing(body, ".tile")] == ["div.tile"] * 5
