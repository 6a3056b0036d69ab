"""Articles and other pages of many makes, each in the smallest markup that shows its kind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adweave.page import Block, BlockKind, Outline

Outlined = Callable[..., Outline]
Prose = Callable[..., list[str]]

SHORT = "The crew sleeps on the quay until the bell rings."


def paragraphs(outline: Outline) -> list[Block]:
    return [block for block in outline.blocks if block.kind is BlockKind.PARAGRAPH]


def usable(outline: Outline) -> int:
    """How many gaps between two blocks may take an element."""
    return sum(gap.fault is None for gap in outline.gaps[1:-1])


# -- articles, however they are marked up --------------------------------------------------


@pytest.mark.parametrize(
    ("before", "shape", "after"),
    [
        ("<div>", "<p>{}", "</div>"),
        ("<center>", "<p>{}</p>", "</center>"),
        ("<form id=aspnetForm action=/7><nav>Menu</nav><div>", "<p>{}</p>", "</div></form>"),
        ("<table><tr><td><img src=logo.gif><td>", "<p>{}</p>", "</table>"),
        ("<div>", "<table><tr><td>{}</td></tr></table>", "</div>"),
        ("<div>", "<div class=row><div class=col><p>{}</p></div></div>", "</div>"),
        ("<div>", "<div><div><div><span>{}</span></div></div></div>", "</div>"),
        ("<news-body>", "<news-paragraph>{}</news-paragraph>", "</news-body>"),
        ("<div>", "<amp-layout><p>{}</p></amp-layout>", "</div>"),
        ("<div>", "<section><h2>Chapter</h2><p>{}</p></section>", "</div>"),
        ("<div style='column-count: 2'>", "<p>{}</p>", "</div>"),
        ("<div style='display: grid; grid-template-columns: 1fr 1fr'>", "<p>{}</p>", "</div>"),
        ("<div>", "{}<br><br>", "</div>"),
        ("<div>", "{}<br>\n&nbsp;<br>\n", "</div>"),
        ("<p>", "{}<br><br>", "</p>"),
        ("<div><font face=Verdana>", "{}<br><br>", "</font></div>"),
        ("<article><header><h1>Title</h1></header>", "<div>{}</div>", "</article>"),
        ("<div>", "<p>{}</p><p>&#8203;</p>", "</div>"),
        ("<div>", "<p>{}</p><p>&nbsp;</p>", "</div>"),
    ],
)
def test_the_paragraphs_of_an_article_are_its_blocks(
    outline: Outlined, prose: Prose, before: str, shape: str, after: str
) -> None:
    text = "".join(shape.format(one) for one in prose())
    found = outline(f"{before}{text}{after}")
    assert found.evidence.found
    assert len(paragraphs(found)) == 6
    assert {block.kind for block in found.blocks} <= {BlockKind.PARAGRAPH, BlockKind.HEADING}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<header>", "</header>"),
        ('<section class="newsletter-issue">', "</section>"),
        ('<div class="modal-content">', "</div>"),
        ('<div id="sidebar">', "</div>"),
    ],
)
def test_a_part_that_holds_nearly_the_whole_page_is_the_page(
    outline: Outlined, prose: Prose, before: str, after: str
) -> None:
    found = outline(before + "".join(f"<p>{one}</p>" for one in prose()) + after)
    assert len(paragraphs(found)) == 6
    assert usable(found) == 5


def test_short_paragraphs_make_an_article_together(outline: Outlined) -> None:
    text = "".join(f"<p>{n}. {SHORT} {SHORT}</p>" for n in range(12))
    found = outline(f"<div>{text}</div>")
    assert len(paragraphs(found)) == 12
    assert usable(found) == 11


def test_text_between_breaks_and_pictures_is_an_article(outline: Outlined, prose: Prose) -> None:
    text = "".join(f"{one}<br><br>{one}<br><br><img src={n}.jpg><br><br>"
                   for n, one in enumerate(prose(4)))  # fmt: skip
    found = outline(f"<div>{text}</div>")
    assert len(paragraphs(found)) == 8
    assert [block.kind for block in found.blocks[:3]] == [
        BlockKind.PARAGRAPH, BlockKind.PARAGRAPH, BlockKind.IMAGE,
    ]  # fmt: skip


def test_an_introduction_in_a_box_does_not_outweigh_a_body_of_short_paragraphs(
    outline: Outlined, prose: Prose
) -> None:
    body = "".join(f"<div class=p>{n}. {SHORT} {SHORT}</div>" for n in range(10))
    found = outline(
        f"<article><div class=intro><p>{' '.join(prose(5))}</p></div><div class=body>{body}</div>"
        "</article>"
    )
    assert len(paragraphs(found)) >= 10


SCRIPTS = {
    "ja": "船は市場が開く一時間前の七時に古い港を出て、乗組員は木箱を二度数える。",
    "zh-Hant": "渡輪在早上七點離開舊港口，比市場開門早一個小時，船員會把箱子數兩遍。",
    "ko": "나룻배는 시장이 열리기 전 일곱 시에 옛 항구를 떠나고 선원들은 상자를 두 번 센다. ",
    "th": "เรือข้ามฟากออกจากท่าเรือเก่าตอนเจ็ดโมงเช้าหนึ่งชั่วโมงก่อนตลาดเปิดและลูกเรือนับลังสองครั้ง",
    "hi": "नाव बाज़ार खुलने से एक घंटा पहले पुराने बंदरगाह से निकलती है और दल पेटियाँ दो बार गिनता है। ",
    "bn": "বাজার খোলার এক ঘণ্টা আগে সাতটায় খেয়া নৌকা পুরনো বন্দর ছেড়ে যায় এবং নাবিকেরা বাক্স দুবার গোনে। ",
    "ta": "சந்தை திறப்பதற்கு ஒரு மணி நேரம் முன்பு ஏழு மணிக்கு படகு பழைய துறைமுகத்தை விட்டுச் செல்கிறது. ",
    "ar": "تغادر العبارة المرفأ القديم في السابعة، قبل ساعة من فتح السوق، ويعد الطاقم الصناديق. ",
    "he": "המעבורת יוצאת מהנמל הישן בשבע, שעה לפני פתיחת השוק, והצוות סופר את הארגזים פעמיים. ",
    "am": "ጀልባው ገበያው ከመከፈቱ አንድ ሰዓት በፊት ከአሮጌው ወደብ ይነሳል፤ ሠራተኞቹም ሳጥኖቹን ይቆጥራሉ። ",
}


@pytest.mark.parametrize("shape", ["<p>{}</p>", "<div>{}</div>", "{}<br><br>"])
@pytest.mark.parametrize("language", list(SCRIPTS))
def test_articles_are_found_in_every_script(outline: Outlined, language: str, shape: str) -> None:
    text = "".join(shape.format(f"{n} {SCRIPTS[language] * 2}") for n in range(6))
    found = outline(f"<nav><a href=/>1</a></nav><div>{text}</div>", lang=language)
    assert found.evidence.found
    assert len(paragraphs(found)) == 6
    assert usable(found) >= 5


# -- kinds of articles ---------------------------------------------------------------------


def test_the_entries_of_a_live_blog_are_read_as_one_article(
    outline: Outlined, prose: Prose
) -> None:
    entries = "".join(
        f"<article class=entry><h3>1{n}:20 The bell</h3><time>1{n}:20</time>"
        f"<p>{one}</p><p>{SHORT} {SHORT}</p></article>"
        for n, one in enumerate(prose(6))
    )
    found = outline(f"<main><h1>Live</h1><div class=entries>{entries}</div></main>")
    assert found.evidence.found
    assert sum(block.kind is BlockKind.HEADING for block in found.blocks) >= 5
    assert len(paragraphs(found)) == 12


def test_long_posts_of_a_forum_are_an_article(outline: Outlined, prose: Prose) -> None:
    posts = "".join(
        f"<div class=post><div class=user><img src=u.png width=24><a href=/u/{n}>user{n}</a></div>"
        f"<div class=content><p>{one}</p><p>{one}</p></div><div class=buttons>"
        f"<a href=/q>Quote</a> <a href=/r>Reply</a></div></div>"
        for n, one in enumerate(prose(5))
    )
    found = outline(f"<div id=thread>{posts}</div>")
    assert found.evidence.found
    assert len(paragraphs(found)) >= 9


def test_a_question_and_its_answers_are_an_article(outline: Outlined, prose: Prose) -> None:
    question = f"<div class=question><div class=text><p>{prose()[0]}</p></div></div>"
    answers = "".join(
        f"<div class=answer><div class=text><p>{one}</p><pre>code</pre><p>{one}</p></div></div>"
        for one in prose(3)
    )
    found = outline(f"<main><h1>Why?</h1>{question}<h2>3 Answers</h2>{answers}</main>")
    assert found.evidence.found
    assert len(paragraphs(found)) == 7
    assert BlockKind.CODE in {block.kind for block in found.blocks}


def test_a_recipe_is_an_article_with_lists_in_it(outline: Outlined, prose: Prose) -> None:
    pictures = [f"<p>{one}</p><p><img src={n}.jpg></p>" for n, one in enumerate(prose(5))]
    card = (
        "<div class=recipe-card><h2>Fish soup</h2><ul>"
        + "".join(f"<li>{n} cups of water</li>" for n in range(8))
        + "</ul><ol>"
        + "".join(f"<li>{SHORT} Then stir, and let it rest for a while.</li>" for _ in range(6))
        + "</ol></div>"
    )
    found = outline(f"<article>{''.join(pictures)}{card}</article>")
    assert found.evidence.found
    assert sum(block.kind is BlockKind.LIST for block in found.blocks) >= 1
    assert len(paragraphs(found)) == 5


def test_the_steps_of_a_recipe_alone_leave_the_text_around_them_in_the_article(
    outline: Outlined, prose: Prose
) -> None:
    steps = "".join(f"<li>{one}</li>" for one in prose(6))
    text = "".join(f"<p>{one[:150]}</p>" for one in prose(4))
    found = outline(f"<div>{text}<ol>{steps}</ol></div>")
    assert found.evidence.found
    assert len(paragraphs(found)) == 4
    assert [block.kind for block in found.blocks][-1] is BlockKind.LIST


def test_a_review_with_a_verdict_box_is_an_article(outline: Outlined, prose: Prose) -> None:
    box = (
        '<table class="verdict"><tr><th>Pros<td>Fast<tr><th>Cons<td>Loud</table>'
        '<div class="rating"><b>8</b>/10</div>'
    )
    text = "".join(f"<h3>Part {n}</h3><p>{one}</p>" for n, one in enumerate(prose()))
    found = outline(f'<div itemprop="reviewBody">{text}{box}</div>')
    assert len(paragraphs(found)) == 6


def test_the_pages_of_a_long_article_are_articles(outline: Outlined, prose: Prose) -> None:
    pages = "".join(f'<a href="/long/{n}">{n}</a> ' for n in range(1, 9))
    text = "".join(f"<p>{one}</p>" for one in prose())
    found = outline(f'<article>{text}<div class="pagination">Page 2 of 8 {pages}</div></article>')
    assert len(found.blocks) == 6


def test_a_page_builders_widgets_are_the_paragraphs_that_they_hold(
    outline: Outlined, prose: Prose
) -> None:
    text = "".join(
        f'<div class="element element-{n} elementor-widget widget-text"><p>{one}</p></div>'
        for n, one in enumerate(prose())
    )
    rail = f'<div class="widget-area"><div class="widget"><p>{SHORT} {SHORT}</p></div></div>'
    found = outline(f"<main><div>{text}</div></main>{rail}")
    assert len(paragraphs(found)) == 6


def test_a_list_of_products_is_an_article_where_the_page_says_that_it_is_one(
    outline: Outlined,
) -> None:
    items = "".join(
        f'<h3><a href="https://shop.example/{n}">Bell number {n}</a></h3>'
        f'<a href="https://shop.example/{n}"><img src={n}.jpg></a><p>{SHORT} {SHORT}</p>'
        for n in range(9)
    )
    assert not outline(f"<main>{items}</main>").evidence.found
    head = '<meta property="article:published_time" content="2026-01-02">'
    assert len(paragraphs(outline(f"<main>{items}</main>", head=head))) == 9


def test_what_stands_below_the_last_rule_is_no_part_where_it_is_short(
    outline: Outlined, prose: Prose
) -> None:
    text = "".join(f"<p>{one}</p>" for one in prose())
    found = outline(f"<article>{text}<hr><h3>About us</h3><p>{SHORT} {SHORT}</p></article>")
    assert len(found.blocks) == 6
    halves = outline(f"<article>{text}<hr>{text}</article>")
    assert len(paragraphs(halves)) == 12


def test_text_is_not_spaced_out_by_empty_scripts(outline: Outlined, prose: Prose) -> None:
    plain = outline("".join(f"<p>{one}</p>" for one in prose()))
    found = outline("".join(f"<p>{one}<script src=/a.js></script></p>" for one in prose()))
    assert found.words == plain.words


PAID = (
    '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false,'
    ' "hasPart": {"isAccessibleForFree": false, "cssSelector": "#rest"}}</script>'
)


@pytest.mark.parametrize(
    ("head", "cut"),
    [
        ("", '<div class="paywall"><h3>Read on</h3><p>One month for one coin.</p></div>'),
        ("", '<aside class="article-barrier">Subscribe to read on.</aside>'),
        ("", '<form class="registration-wall"><input name=mail><button>Go</button></form>'),
        (PAID, "<div id=rest></div>"),
    ],
)
def test_a_paid_text_ends_where_it_breaks_off(
    outline: Outlined, prose: Prose, head: str, cut: str
) -> None:
    teaser = "".join(f"<p>{one}</p>" for one in prose(4))
    offers = "".join(f"<p>Offer {n}. {SHORT} {SHORT}</p>" for n in range(3))
    found = outline(f"<article>{teaser}{cut}{offers}</article>", head=head)
    assert [block.excerpt[:9] for block in found.blocks] == ["Paragraph"] * 4


def test_a_text_that_is_there_whole_goes_on_below_an_offer(outline: Outlined, prose: Prose) -> None:
    text = [f"<p>{one}</p>" for one in prose()]
    offer = '<div class="paywall-offer"><h3>Support us</h3></div>'
    found = outline(f"<article>{text[0]}{offer}{''.join(text[1:])}</article>", head=PAID)
    assert len(paragraphs(found)) == 6
    whole = f"<article>{text[0]}<div id=rest>{''.join(text[1:])}</div></article>"
    assert len(paragraphs(outline(whole, head=PAID))) >= 5


def test_what_comes_after_a_row_of_furniture_at_the_end_is_none_of_it(
    outline: Outlined, prose: Prose
) -> None:
    text = "".join(f"<p>{one}</p>" for one in prose(8))
    row = (
        '<div class="social-share"><a href=/s>Share</a> it</div><p>Was anything wrong?</p>'
        '<div class="related-wrap"><img src=a.jpg><a href=/2>Two</a></div>'
        '<div class="tags"><a href=/t>harbour</a></div>'
    )
    feed = f"<h3>Another story</h3><p>{SHORT * 4}</p><p>{SHORT * 4}</p>"
    found = outline(f"<article>{text}{row}{feed}</article>")
    assert [block.excerpt[:9] for block in found.blocks] == ["Paragraph"] * 8


# -- what belongs to a picture -------------------------------------------------------------


@pytest.mark.parametrize(
    "picture",
    [
        "<figure><table><tr><td>1<td>2</table><figcaption>Crates</figcaption></figure>",
        "<figure><blockquote>Nobody counts twice.</blockquote></figure>",
        "<h2><img src=a.jpg alt=''></h2>",
        "<figcaption>A ferry at night</figcaption>",
        '<div class="caption">A ferry at night</div>',
        "<ul><li><img src=a.jpg> A ferry</li><li>A bell</li></ul>",
        "<blockquote><p>Nobody counts twice.</p><img src=a.jpg></blockquote>",
        "<div class=related-stories><figure><ul><li><a href=/2>Two</a></ul></figure></div>",
        "<div><figure><amp-img src=a.jpg></amp-img></figure><p>A ferry at night</p></div>",
        "<p><img src=a.jpg>" + SHORT * 5 + "</p>",
        "<p>" + SHORT * 5 + "<img src=a.jpg></p>",
    ],
)
def test_what_shows_a_picture_or_belongs_to_one_is_a_picture_to_its_neighbours(
    outline: Outlined, prose: Prose, picture: str
) -> None:
    texts = prose(4)
    found = outline(
        f"<article><p>{texts[0]}</p><p>{texts[1]}</p>{picture}<p>{texts[2]}</p><p>{texts[3]}</p>"
        "</article>"
    )
    assert [block.kind for block in found.blocks] == [
        BlockKind.PARAGRAPH, BlockKind.PARAGRAPH, BlockKind.IMAGE, BlockKind.PARAGRAPH,
        BlockKind.PARAGRAPH,
    ]  # fmt: skip


def test_chapters_with_linked_titles_are_no_teasers_where_lists_belong_to_them(
    outline: Outlined,
) -> None:
    chapter = f"<h3><a href=/bells>The bell</a></h3><p>{SHORT} {SHORT}</p><p>What we like:</p>"
    points = "<ul><li>It is heard as far as the island<li>It never rusts</ul>"
    assert len(paragraphs(outline(f"<main>{(chapter + points) * 9}</main>"))) == 17
    assert not outline(f"<main>{chapter * 9}</main>").evidence.found


# -- pages that are no article -------------------------------------------------------------


def teaser(number: int) -> str:
    return (
        f'<h3><a href="/story/{number}">Story number {number} of the harbour</a></h3>'
        "<p>Two lines that want the reader to open the story, and say next to nothing else.</p>"
    )


@pytest.mark.parametrize(
    "body",
    [
        "<main>" + "".join(f"<article>{teaser(n)}</article>" for n in range(12)) + "</main>",
        "<ol class=results>" + "".join(f"<li>{teaser(n)}</li>" for n in range(12)) + "</ol>",
        "<div>"
        + "".join(
            f"<div class=card><a href=/{n}><img src={n}.jpg></a><p>{SHORT} {SHORT}</p></div>"
            for n in range(9)
        )
        + "</div>",
        "<div class=gallery>"
        + "".join(f"<figure><img src={n}.jpg><figcaption>{SHORT}</figcaption></figure>"
                  for n in range(20))
        + "</div>",
        "<form method=post><h1>Sign in</h1><label>Name<input name=n></label>"
        f"<label>Password<input type=password></label><p>{SHORT}</p></form>",
        f"<p>{SHORT}</p><div class=comments>" + f"<p>{SHORT * 8}</p>" * 12 + "</div>",
        "<div>"
        + "".join(f'<article><header><a href="/{n}">A story of the harbour</a></header>'
                  f'<a href="/{n}"><img src={n}.jpg></a><p>{SHORT * 6}</p></article>'
                  for n in range(10))
        + "</div>",
        "<div>"
        + "".join(f'<p class=title><a href="/{n}">A story of the harbour and its bell</a>, by'
                  f" the crew, on a Monday in May</p><p>{SHORT} {SHORT}</p>" for n in range(10))
        + "</div>",
        "<div>"
        + "".join(f"<h4>A story of the harbour</h4><p>{SHORT * 4}</p>"
                  f'<p><a href="https://paper.example/{n}">{n} comments</a></p>'
                  for n in range(10))
        + "</div>",
        "<div>" + f"<div><p>A bell of the harbour</p><img src=a.jpg><p>{SHORT}</p></div>" * 24
        + "</div>",
        "<div class=onetrust-pc>" + f"<p>{SHORT * 8}</p>" * 6 + "</div>",
        "<ul>" + "".join(f"<li><a href=/tag/{n}>Tag number {n}</a></li>" for n in range(80))
        + "</ul>",
        '<table class="standings">' + "<tr><td>Team<td>3<td>2</tr>" * 60 + "</table>",
    ],
    ids=["front", "results", "cards", "gallery", "login", "comments", "headers", "titles", "more",
         "tiles", "consent", "tags", "standings"],
)  # fmt: skip
def test_a_page_that_is_no_article_says_so_and_has_no_gap(outline: Outlined, body: str) -> None:
    found = outline(body)
    assert not found.evidence.found
    assert found.evidence.reason.startswith("no article: ")
    assert (found.blocks, found.gaps) == ((), ())


def test_the_evidence_says_how_much_text_there_is_and_how_much_is_needed(
    outline: Outlined,
) -> None:
    found = outline(f"<article><p>{SHORT} {SHORT} {SHORT}</p><p>{SHORT} {SHORT}</p></article>")
    assert found.evidence.reason == (
        f"no article: the longest run of text has {found.evidence.text_chars:.0f} characters,"
        " 500 are needed"
    )
    assert found.evidence.text_chars == pytest.approx(5 * len(SHORT) + 3, abs=3)


# -- what stands beside an article ---------------------------------------------------------


@pytest.mark.parametrize(
    "beside",
    [
        '<section class="comments"><h2>Comments</h2>{}</section>',
        '<div id="disqus_thread">{}</div>',
        '<ol class="commentlist"><li>{}</li></ol>',
        '<div class="related-articles"><h3>Related</h3>{}</div>',
        "<aside><h3>Also today</h3>{}</aside>",
        "<nav>{}</nav>",
        "<footer>{}</footer>",
        '<div class="author-bio">{}</div>',
        '<div class="newsletter-signup">{}</div>',
        '<div class="cookie-consent">{}</div>',
    ],
)
@pytest.mark.parametrize("times", [1, 3])
def test_what_stands_beside_an_article_is_none_of_it_though_it_be_longer(
    outline: Outlined, prose: Prose, beside: str, times: int
) -> None:
    article = "".join(f"<p>{one}</p>" for one in prose())
    others = "".join(f"<p>Somebody else says: {one}</p>" for one in prose(4) * times)
    if times > 1 and "comment" not in beside and "disqus" not in beside:
        others = f"<ul>{''.join(f'<li><a href=/x>{one}</a></li>' for one in prose(4) * times)}</ul>"
    found = outline(f"<main><article>{article}</article>{beside.format(others)}</main>")
    assert [block.excerpt[:9] for block in found.blocks] == ["Paragraph"] * 6
