"""The judge itself: every fault that it is there to find is put before it, and found.

A check that cannot fail is a defect: so each test weaves badly on purpose.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup

from tests.bench.baselines import (
    after_paragraphs_three_and_six,
    every_third_paragraph_end,
    lxml_after_paragraphs_three_and_six,
)
from tests.quality.judge import Facts, Verdict, judge
from tests.quality.judge.labels import label_faults

SLOT = b'<ad-slot data-placement="inline" data-label="Advertisement" lang="en" dir="ltr"></ad-slot>'
FERRY = (
    "The morning ferry left the old harbour before seven, and nobody on the quay could say why.",
    "Its captain had read the tide tables twice and found the same quiet error in both of them.",
    "By noon the islanders were counting heads, crates of lemons and one very patient donkey.",
    "The harbour master wrote it all down in green ink, which he keeps for days like this one.",
)
ENGLISH = Facts(language="en", language_sure=True, body_words=300, paragraphs=FERRY)
UNKNOWN = Facts()


def article(*parts: str, before: str = "", around: str = "{}") -> bytes:
    """A page with a heading, the four paragraphs, and `parts` after the second of them."""
    one, two, three, four = (f"<p>{text}</p>" for text in FERRY)
    inner = around.format("".join([one, two, *parts, three, four]))
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>Ferry</title></head>"
        f"<body>{before}<main><h1>The ferry that would not wait</h1>{inner}</main>"
        "</body></html>"
    ).encode()


def woven(page: bytes, mark: bytes = b"@@", slot: bytes = SLOT) -> tuple[bytes, bytes]:
    """The page without its marks, and with a slot at each mark."""
    assert mark in page
    return page.replace(mark, b""), page.replace(mark, slot)


def verdict_on(*parts: str, before: str = "", around: str = "{}") -> Verdict:
    """What the judge says when a slot stands at each @@."""
    original, after = woven(article(*parts, before=before, around=around))
    return judge(original, after, "text/html; charset=utf-8", ENGLISH, voices={})


def faults_of(*parts: str, before: str = "", around: str = "{}") -> tuple[str, ...]:
    """All faults of all slots of such a page."""
    verdict = verdict_on(*parts, before=before, around=around)
    assert verdict.slots, verdict
    return tuple(fault for slot in verdict.slots for fault in slot.faults)


def test_a_slot_between_two_paragraphs_has_no_fault() -> None:
    original, after = woven(article("@@"))
    verdict = judge(original, after, "text/html; charset=utf-8", ENGLISH)
    assert verdict.is_woven
    assert verdict.integrity == ()
    assert verdict.parity == ""
    assert verdict.purity == ()
    assert verdict.labels == ()
    assert [(slot.faults, slot.inside) for slot in verdict.slots] == [((), True)]


@pytest.mark.parametrize(
    ("markup", "fault"),
    [
        ("<table><tr><td>One lemon</td><td>@@</td></tr></table>", "table"),
        ("<ul><li>Lemons@@</li><li>Crates</li></ul>", "list"),
        ("<ol>@@<li>Lemons</li></ol>", "list"),
        ("<dl><dt>Tide</dt><dd>Low@@</dd></dl>", "list"),
        ("<figure><p>A donkey</p>@@<p>on a quay</p></figure>", "figure"),
        ("<figure><figcaption>A donkey@@ on a quay</figcaption></figure>", "caption"),
        ("<blockquote><p>We wait.</p>@@<p>We never wait.</p></blockquote>", "quote"),
        ("<pre>tide = low@@\n</pre>", "code"),
        ("<form>Your name @@<input name=n> please</form>", "form"),
        ("<button>Press@@ me</button>", "button"),
        ("<p>See <a href=/x>the @@tables</a> here.</p>", "link"),
        ("<nav>Home @@ Islands</nav>", "nav"),
        ("<div role=navigation>Home @@ Islands</div>", "nav"),
        ("<aside><p>Elsewhere</p>@@<p>today</p></aside>", "aside"),
        ("<header>Harbour news @@ daily</header>", "header"),
        ("<footer>Printed @@ by hand</footer>", "footer"),
        ("<h2>The @@ tide</h2>", "heading"),
        ("<div hidden>Not @@ shown</div>", "hidden"),
        ("<div style='color:red; display: none'>Not @@ shown</div>", "hidden"),
        ("<div aria-hidden=true>Not @@ read</div>", "hidden"),
        ("<details><summary>More</summary><p>Not</p>@@<p>open</p></details>", "hidden"),
        ("<h2>The tide</h2>@@", "below-heading"),
        ("<div><h3>The tide</h3></div><div>@@<p>It rose.</p></div>", "below-heading"),
        ("<p>Before.</p>@@<img src=q.jpg width=640 height=480>", "above-picture"),
        ("<img src=q.jpg>@@", "below-picture"),
        ("<div><div><img src=q.jpg></div></div>@@", "below-picture"),
        ("@@<p><img src=q.jpg> The quay at noon.</p>", "above-picture"),
        ("<figure><img src=q.jpg><figcaption>The quay</figcaption></figure>@@", "below-picture"),
        ("<p><img src=q.jpg></p><p class=wp-caption-text>The quay</p>@@", "below-picture"),
        ("<div class=image-credit>A. Keeper</div>@@", "below-picture"),
        ("<div><img src=q.jpg><span class=mediaSubtitle>Quay</span></div>@@", "below-picture"),
        ("@@<iframe src=https://video.example/1 width=560 height=315></iframe>", "above-picture"),
        ("@@<blockquote class=twitter-tweet>We wait.</blockquote>", "above-picture"),
        ("@@<div class='x'>@@</div>", "touches-slot"),
    ],
)
def test_each_faulty_place_is_found(markup: str, fault: str) -> None:
    assert fault in faults_of(markup)


@pytest.mark.parametrize(
    "around",
    [
        "<table><tr><td>Menu</td><td>{}</td></tr></table>",
        "<form id=aspnetForm>{}</form>",
        "<article><header>{}</header></article>",
    ],
)
def test_what_holds_the_whole_article_is_no_fault(around: str) -> None:
    assert faults_of("@@", around=around) == ()


@pytest.mark.parametrize(
    "markup",
    [
        "<h2>The tide</h2><p>It rose.</p>@@",
        "@@<h2>The tide</h2><p>It rose.</p>",
        "<img src=q.jpg><p>The quay at noon.</p>@@",
        "@@<img src=pixel.gif width=1 height=1>",
        "<p>It rose <img src=smile.png width=16 height=16></p>@@",
        "@@<div style='display:none'><img src=q.jpg></div>",
        "<p>It rose.</p><script>var tide = 1;</script>@@",
    ],
)
def test_a_clean_place_near_something_is_clean(markup: str) -> None:
    assert faults_of(markup) == ()


def test_a_slot_before_the_first_true_paragraph_is_before_the_article() -> None:
    verdict = verdict_on(before="<p>Sign up for the letter of the islands.</p>@@")
    assert verdict.slots[0].faults == ("before-article",)
    assert verdict.slots[0].inside is False


def test_a_slot_before_the_first_paragraph_is_found_without_truth() -> None:
    page = article().replace(b"</h1>", b"</h1><p>By A. Keeper</p>@@")
    original, after = woven(page)
    verdict = judge(original, after, "text/html", UNKNOWN, voices={})
    assert "before-article" in verdict.slots[0].faults
    assert verdict.slots[0].inside is None


def test_the_first_paragraph_is_the_articles_even_under_a_storm_of_comments() -> None:
    storm = "".join(f"<p>{n}: I have never seen such a donkey in my life.</p>" for n in range(60))
    page = article("@@").replace(b"</main>", f"<div class=comments>{storm}</div></main>".encode())
    original, after = woven(page)
    verdict = judge(original, after, "text/html", UNKNOWN, voices={})
    assert verdict.slots[0].faults == ()


def test_a_slot_after_the_last_true_paragraph_is_outside() -> None:
    page = article().replace(b"</main>", b"@@<p>More from the islands, every week.</p></main>")
    original, after = woven(page)
    verdict = judge(original, after, "text/html", ENGLISH, voices={})
    assert [slot.inside for slot in verdict.slots] == [False]


def test_a_dropped_byte_breaks_integrity() -> None:
    original, after = woven(article("@@"))
    verdict = judge(original, after.replace(b"lemons", b"lemon", 1), "text/html", ENGLISH)
    assert "the page's own bytes differ" in verdict.integrity[0]


def test_a_dropped_byte_without_any_slot_breaks_integrity() -> None:
    original = article()
    assert judge(original, original[:-1], "text/html", ENGLISH, voices={}).integrity


@pytest.mark.parametrize(
    "rewrite", [after_paragraphs_three_and_six, lxml_after_paragraphs_three_and_six]
)
def test_a_weaver_that_serialises_again_breaks_integrity(
    rewrite: Callable[[bytes, str | None], bytes],
) -> None:
    original = article("<p class=a>An attribute without quotes.<p>And no end tag.")
    after = rewrite(original, "utf-8")
    assert after.count(b"<ad-slot") == 2
    assert judge(original, after, "text/html", ENGLISH, voices={}).integrity


def test_html_parser_written_back_breaks_integrity() -> None:
    original = article("<p title=x>Unquoted</p>")
    after = BeautifulSoup(original, "html.parser").encode("utf-8")
    assert judge(original, after, "text/html", ENGLISH, voices={}).integrity


def test_inserted_text_breaks_integrity_tree_and_extraction() -> None:
    text = b"<p>Advertisement is loading, please wait a moment until it is here.</p>"
    original, after = woven(article("@@"), slot=text)
    verdict = judge(original, after, "text/html; charset=utf-8", ENGLISH)
    assert verdict.integrity
    assert verdict.parity
    assert "trafilatura" in verdict.purity
    assert "soup-lxml" in verdict.purity


def test_a_slot_with_text_in_it_is_no_slot() -> None:
    slot = SLOT.replace(b"></", b">Advertisement</")
    original, after = woven(article("@@"), slot=slot)
    assert judge(original, after, "text/html", ENGLISH, voices={}).integrity


def test_an_insertion_that_is_not_ascii_is_found() -> None:
    slot = SLOT.replace(b"Advertisement", "Publicité".encode())
    original, after = woven(article("@@"), slot=slot)
    verdict = judge(original, after, "text/html; charset=utf-8", ENGLISH, voices={})
    assert any("not ASCII" in fault for fault in verdict.integrity)


def test_a_slot_without_a_label_is_not_taken_for_ours() -> None:
    slot = b'<ad-slot lang="en"></ad-slot>'
    original, after = woven(article("@@"), slot=slot)
    verdict = judge(original, after, "text/html", ENGLISH, voices={})
    assert verdict.integrity
    assert verdict.parity


def test_a_publishers_own_ad_slot_is_a_part_of_the_page() -> None:
    page = article('<ad-slot pos="side"></ad-slot><p>It rose.</p>@@')
    original, after = woven(page)
    verdict = judge(original, after, "text/html; charset=utf-8", ENGLISH, voices={})
    assert (verdict.integrity, verdict.parity, len(verdict.slots)) == ((), "", 1)
    dropped = after.replace(b'<ad-slot pos="side"></ad-slot>', b"")
    assert judge(original, dropped, "text/html", ENGLISH, voices={}).integrity


@pytest.mark.parametrize(
    "markup",
    [
        "<p><b>Bold and never closed</p>@@<p>So bold goes on.</p>",  # splits <b>
        "<script>var page = '@@';</script>",
        "<!-- a comment @@ -->",
        "<p title='@@'>In an attribute.</p>",
        "<p>Half a <b@@r> tag.</p>",
        "<p>Half a reference: &am@@p; so.</p>",
    ],
)
def test_what_a_tree_builder_would_not_leave_alone_breaks_parity(markup: str) -> None:
    original, after = woven(article(markup))
    verdict = judge(original, after, "text/html; charset=utf-8", ENGLISH, voices={})
    assert verdict.parity
    assert verdict.parity_second_voice == "agrees"


def test_a_difference_that_only_an_old_html5lib_sees_is_named_so() -> None:
    # html5lib 1.1 does not know <main> as special and opens <strong> a second time.
    original = b"<code><strong><main></code>@@"
    verdict = judge(*woven(original), "text/html", UNKNOWN, voices={})
    assert verdict.parity
    assert verdict.parity_second_voice == "old"


def test_noscript_in_the_head_is_compared_with_scripting_on_and_off() -> None:
    page = article().replace(b"</title>", b"</title><noscript>@@<link rel=x></noscript>")
    original, after = woven(page)
    assert judge(original, after, "text/html", ENGLISH, voices={}).parity


@pytest.mark.parametrize("markup", ["<script>@@</script>", "<select><option>One@@</select>"])
def test_slots_that_no_tree_shows_are_counted(markup: str) -> None:
    original, after = woven(article(markup))
    assert judge(original, after, "text/html", ENGLISH, voices={}).notes


def test_an_insertion_amid_a_character_of_many_bytes_is_found() -> None:
    page = article("<p>広告は読まれる。</p>")
    cut = page.index("広".encode()) + 1
    after = page[:cut] + SLOT + page[cut:]
    assert judge(page, after, "text/html; charset=utf-8", ENGLISH, voices={}).parity


def test_an_insertion_that_pushes_the_charset_out_of_a_browsers_sight_is_found() -> None:
    page = article("<p>広告は読まれる。</p>")
    style = b"<style data-adweave>" + b" " * 2000 + b"</style>"
    after = page.replace(b"<head>", b"<head>" + style)
    verdict = judge(page, after, "text/html", ENGLISH, voices={})
    assert any("would now read the page as" in fault for fault in verdict.integrity)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_judged_by_code_units(encoding: str) -> None:
    original, after = woven(article("@@"))
    texts = [page.decode().replace("utf-8", "utf-16") for page in (original, after)]
    first, good = (("\ufeff" + text).encode(encoding) for text in texts)
    verdict = judge(first, good, "text/html", ENGLISH, voices={})
    assert (verdict.integrity, verdict.parity, len(verdict.slots)) == ((), "", 1)
    plain = first.replace("</p>".encode(encoding), "</p>".encode(encoding) + SLOT, 1)
    assert judge(first, plain, "text/html", ENGLISH, voices={}).integrity


def test_head_elements_and_markers_are_insertions_too() -> None:
    head = (
        b"<style data-adweave>ad-slot{display:block}</style>"
        b'<script data-adweave=\'{"a":"1>0"}\'>window.adweave={}</script>'
        b'<script async src="/_adweave/loader.js" data-adweave="{&quot;v&quot;:1}"></script>'
        b'<link rel=stylesheet href="/_adweave/s.css" data-adweave>'
    )
    page = article("@@").replace(b"</head>", head + b"</head>")
    after = page.replace(b"@@", b"<!--adweave:12-->")
    verdict = judge(article(), after, "text/html; charset=utf-8", ENGLISH)
    assert (verdict.integrity, verdict.parity, verdict.purity) == ((), "", ())
    assert len(verdict.slots) == 1


def test_a_word_about_adweave_in_the_page_itself_is_no_insertion() -> None:
    original, after = woven(article("<p>Write data-adweave there, or &lt;ad-slot&gt;.</p>@@"))
    assert judge(original, after, "text/html; charset=utf-8", ENGLISH).integrity == ()


@pytest.mark.parametrize(
    ("attributes", "language", "is_right"),
    [
        ({"lang": "tr", "data-label": "Reklam", "dir": "ltr"}, "tr", True),
        ({"lang": "en", "data-label": "Advertisement", "dir": "ltr"}, "tr", False),
        ({"lang": "tr", "data-label": "Advertisement", "dir": "ltr"}, "tr", False),
        ({"lang": "en-GB", "data-label": "Advertisement", "dir": "ltr"}, "en", True),
        ({"lang": "nn", "data-label": "Annonse", "dir": "ltr"}, "nb", True),
        ({"lang": "ar", "data-label": "إعلان", "dir": "rtl"}, "ar", True),
        ({"lang": "ar", "data-label": "إعلان", "dir": "ltr"}, "ar", False),
        ({"lang": "de", "data-label": "", "dir": "ltr"}, "de", False),
    ],
)
def test_labels_are_held_against_the_language(
    attributes: dict[str, str], language: str, is_right: bool
) -> None:
    assert (label_faults(attributes, language) == []) is is_right


def test_labels_are_not_judged_where_the_language_is_not_sure() -> None:
    original, after = woven(article("@@"))
    assert judge(original, after, "text/html", Facts(language="tr"), voices={}).labels is None
    sure = Facts(language="tr", language_sure=True)
    assert judge(original, after, "text/html", sure, voices={}).labels


def test_every_third_paragraph_end_lands_in_a_list() -> None:
    original = article("<ul><li><p>Lemons, by the crate.</p></li></ul>")
    after = every_third_paragraph_end(original, "utf-8")
    verdict = judge(original, after, "text/html; charset=utf-8", ENGLISH, voices={})
    assert verdict.integrity == ()
    assert "list" in verdict.slots[0].faults


def test_a_page_that_was_passed_is_judged_as_such() -> None:
    page = article()
    assert judge(page, page, "text/html", ENGLISH) == Verdict()


def test_the_true_body_is_found_past_a_teaser_that_repeats_it() -> None:
    teaser = f"<section><p>{FERRY[0]}</p>@@<p>Weather: fair, wind from the west.</p></section>"
    far = "".join(
        f"<p>Notice number {n} of the harbour office, read by few.</p>" for n in range(40)
    )
    verdict = verdict_on("@@", before=teaser + far)
    assert [slot.inside for slot in verdict.slots] == [False, True]
