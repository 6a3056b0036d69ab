"""Blocks and the places between them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adweave.page import BlockKind, Outline, outline_of, read_page

Outlined = Callable[..., Outline]
Prose = Callable[..., list[str]]
Page = Callable[..., bytes]


def around(piece: str, prose: list[str]) -> str:
    half = len(prose) // 2
    first = "".join(f"<p>{text}</p>" for text in prose[:half])
    second = "".join(f"<p>{text}</p>" for text in prose[half:])
    return f"<article>{first}{piece}{second}</article>"


@pytest.mark.parametrize(
    ("markup", "kind"),
    [
        ("<h2>A heading</h2>", BlockKind.HEADING),
        ("<p><strong>A heading in disguise</strong></p>", BlockKind.HEADING),
        ("<div class=h><h2>A part</h2><span>[<a href=/e>edit</a>]</span></div>", BlockKind.HEADING),
        ("<header><h2>A part</h2></header>", BlockKind.HEADING),
        ("<div class=post-meta>Ann Lee, <time>2 May</time></div>", BlockKind.HEADING),
        ("<time>2 May</time>", BlockKind.HEADING),
        ("<p class=byline>By Ann Lee</p>", BlockKind.HEADING),
        ("<div>A short line of its own</div>", BlockKind.PARAGRAPH),
        ("<ul><li>one thing<li>another</ul>", BlockKind.LIST),
        ("<ul><li><a href=/a>Read this too</a><li><a href=/b>And this</a></ul>", BlockKind.RELATED),
        ("<table><tr><td>1<td>2</table>", BlockKind.TABLE),
        ("<blockquote>Somebody said so</blockquote>", BlockKind.QUOTE),
        ("<blockquote class=twitter-tweet>Somebody said so</blockquote>", BlockKind.EMBED),
        ("<pre>a = 1</pre>", BlockKind.CODE),
        ("<figure><img src=a.jpg><figcaption>A ship</figcaption></figure>", BlockKind.IMAGE),
        ("<p><img src=a.jpg width=600 height=400></p>", BlockKind.IMAGE),
        ("<div class=picture><a href=/big><img src=a.jpg></a></div>", BlockKind.IMAGE),
        ("<figure><iframe src=//video></iframe></figure>", BlockKind.EMBED),
        ("<div><iframe src=//video></iframe></div>", BlockKind.EMBED),
        ("<form>Your address <input name=mail></form>", BlockKind.FORM),
        ("<div class=ad-slot-top></div>", BlockKind.AD),
        ("<div id=div-gpt-ad-123></div>", BlockKind.AD),
        ("<div><div class=dfp-ad><p>Publicidad</p><div id=a1></div></div></div>", BlockKind.AD),
        ("<div><p>Anzeige</p><ins class=adsbygoogle></ins></div>", BlockKind.AD),
        ("<div><div class=ad></div><p>A short line of its own</p></div>", BlockKind.PARAGRAPH),
        ("<p><a href=/x>Read also: the other harbour</a></p>", BlockKind.RELATED),
        ("<aside>Something beside the point</aside>", BlockKind.RELATED),
        ("<hr>", BlockKind.RULE),
    ],
)
def test_a_block_has_the_kind_that_a_reader_sees(
    outline: Outlined, prose: Prose, markup: str, kind: BlockKind
) -> None:
    found = outline(around(markup, prose()))
    assert [block.kind for block in found.blocks] == [
        *[BlockKind.PARAGRAPH] * 3,
        kind,
        *[BlockKind.PARAGRAPH] * 3,
    ]


@pytest.mark.parametrize(
    ("markup", "kind"),
    [
        ("<div><span>1</span> <h2>Crates</h2></div>", BlockKind.HEADING),
        ("<header><p>Part 1</p> <h2>The crew counts its crates</h2></header>", BlockKind.HEADING),
        ("<p>See <a href=/a>the other harbour, which opens at eight</a></p>", BlockKind.RELATED),
    ],
)
def test_the_white_space_of_indented_markup_is_no_text(
    outline: Outlined, prose: Prose, markup: str, kind: BlockKind
) -> None:
    indented = markup.replace(">", ">\n" + " " * 60).replace("</", "\n" + " " * 60 + "</")
    one, other = (outline(around(each, prose())).blocks[3] for each in (markup, indented))
    assert one.kind is other.kind is kind
    assert one.heights_px == other.heights_px


def test_nothing_may_part_a_picture_from_its_caption(outline: Outlined, prose: Prose) -> None:
    picture = "<p><img src=a.jpg></p><p class=wp-caption-text>The old harbour at seven</p>"
    found = outline(around(picture, prose()))
    assert [block.kind for block in found.blocks[3:5]] == [BlockKind.IMAGE] * 2
    assert [gap.fault for gap in found.gaps[3:6]] == [None, "inside-figure", None]


def test_a_box_of_one_picture_and_a_few_words_is_a_picture(outline: Outlined, prose: Prose) -> None:
    box = "<div class=x><p><img src=a.jpg></p><p>The old harbour, seen from the sea</p></div>"
    assert outline(around(box, prose())).blocks[3].kind is BlockKind.IMAGE


@pytest.mark.parametrize(
    ("markup", "is_picture"),
    [
        ("<div aria-hidden=true><img src=a.jpg></div>", True),
        ("<div aria-hidden=true><noscript><img src=a.jpg></noscript></div>", True),
        ("<div aria-hidden=true style='display:none'><img src=a.jpg></div>", False),
        ("<div aria-hidden=true>Nothing to be read out</div>", False),
        ("<div aria-hidden=true><img src=a.png width=16></div>", False),
    ],
)
def test_a_picture_that_is_not_read_out_is_seen_all_the_same(
    outline: Outlined, prose: Prose, markup: str, is_picture: bool
) -> None:
    kinds = [block.kind for block in outline(around(markup, prose())).blocks]
    assert (
        kinds
        == [BlockKind.PARAGRAPH] * 3 + [BlockKind.IMAGE] * is_picture + [BlockKind.PARAGRAPH] * 3
    )


def test_a_box_with_the_headline_in_it_is_the_articles_head(
    outline: Outlined, prose: Prose
) -> None:
    lines = ("Ships", "Words: Ann Lee", "Filed under: bells", "4 May 2026", "5 minutes to read")
    head = f"<div><h1>A harbour</h1>{''.join(f'<div>{line}</div>' for line in lines)}</div>"
    found = outline(f"<article>{head}{''.join(f'<p>{one}</p>' for one in prose())}</article>")
    assert found.blocks[0].excerpt.startswith("Paragraph 1")


def test_a_rail_with_pictures_is_a_picture_to_a_reader(outline: Outlined, prose: Prose) -> None:
    rail = "<aside><a href=/a><img src=a.jpg>Another story</a></aside>"
    assert outline(around(rail, prose())).blocks[3].kind is BlockKind.IMAGE


@pytest.mark.parametrize(
    "markup",
    [
        "<script>var x = 'text of no reader'</script>",
        "<style>p { color: red }</style>",
        "<template><p>not here</p></template>",
        "<noscript><img src=pixel.gif></noscript>",
        "<!-- a comment -->",
        "<div hidden><p>nobody sees this</p></div>",
        "<p></p>",
        "<p>&nbsp;</p>",
        "<img src=spacer.gif width=1 height=1>",
    ],
)
def test_what_nobody_sees_is_no_block(outline: Outlined, prose: Prose, markup: str) -> None:
    assert len(outline(around(markup, prose())).blocks) == 6


def test_a_gap_stands_directly_before_a_tag_at_the_level_of_the_text(
    page: Page, prose: Prose
) -> None:
    body = page(around("<h2>Chapter</h2>", prose()))
    found = outline_of(read_page(body, "text/html"))
    for gap, block in zip(found.gaps, found.blocks, strict=False):
        assert gap.fault is None
        assert gap.offset == block.start
        assert body[gap.offset : gap.offset + 2] in (b"<p", b"<h")
    assert body[found.gaps[-1].offset :].startswith(b"</article>")


def test_a_paragraph_is_not_parted_from_a_wrapper_of_its_own(page: Page, prose: Prose) -> None:
    body = page("<main>" + "".join(f"<div><p>{text}</p></div>" for text in prose()) + "</main>")
    found = outline_of(read_page(body, "text/html"))
    assert {body[gap.offset : gap.offset + 5] for gap in found.gaps[:-1]} == {b"<div>"}


def test_after_the_last_paragraph_the_gap_leaves_its_own_wrapper(page: Page, prose: Prose) -> None:
    wrapped = "".join(f"<div><p>{text}</p></div>" for text in prose())
    body = page(f"<main>{wrapped}</main>")
    found = outline_of(read_page(body, "text/html"))
    assert body[: found.gaps[-1].offset].endswith(b"</p></div>")


def test_where_breaks_part_paragraphs_the_gap_is_before_them(page: Page, prose: Prose) -> None:
    body = page("<div>" + "<br>\n<br>\n".join(prose()) + "</div>")
    found = outline_of(read_page(body, "text/html"))
    assert len(found.blocks) == 6
    for gap in found.gaps[1:-1]:
        assert gap.fault is None
        assert body[: gap.offset].endswith(b"aboard.")
        assert body[gap.offset :].startswith(b"<br>\n<br>\nParagraph")


def test_one_break_parts_paragraphs_where_the_page_has_nothing_else(
    outline: Outlined, prose: Prose
) -> None:
    assert len(outline("<div>" + "<br>".join(prose(8)) + "</div>").blocks) == 8


def test_breaks_in_a_paragraph_among_others_are_left_alone(outline: Outlined, prose: Prose) -> None:
    found = outline(around("<p>" + "<br><br>".join(prose(3)) + "</p>", prose()))
    assert len(found.blocks) == 7


def test_a_paragraph_that_is_left_open_ends_with_what_stands_before_the_next(
    page: Page, prose: Prose
) -> None:
    body = page("<article>" + "".join(f"<p>{text}" for text in prose()) + "</article>")
    gaps = outline_of(read_page(body, "text/html; charset=utf-8")).gaps
    assert [gap.fault for gap in gaps[1:-1]] == [None] * 5
    assert {body[gap.offset : gap.offset + 3] for gap in gaps[:-1]} == {b"<p>"}


def test_a_paragraph_that_is_left_open_among_closed_ones_is_not_used(
    outline: Outlined, prose: Prose
) -> None:
    texts = prose()
    rest = "".join(f"<p>{text}</p>" for text in texts[1:])
    found = outline(f"<article><p>{texts[0]}{rest}</article>")
    assert [gap.fault for gap in found.gaps[1:-1]] == ["unclosed", None, None, None, None]


def test_no_gap_in_a_list_or_a_table(page: Page, prose: Prose) -> None:
    items = "".join(f"<li><p>{text}</p></li>" for text in prose())
    body = page(around(f"<ul>{items}</ul>", prose()))
    found = outline_of(read_page(body, "text/html"))
    inside = range(body.index(b"<ul>") + 1, body.index(b"</ul>") + 1)
    assert not [gap for gap in found.gaps if gap.offset in inside]


def test_an_article_that_is_a_list_has_only_faulty_gaps(outline: Outlined, prose: Prose) -> None:
    found = outline("<ol>" + "".join(f"<li><p>{text}</p></li>" for text in prose()) + "</ol>")
    assert all(gap.fault is not None for gap in found.gaps)


def test_layout_cells_are_never_parted(page: Page, prose: Prose) -> None:
    half = "".join(f"<p>{text}</p>" for text in prose(3))
    body = page(f"<table><tr><td>{half}</td></tr><tr><td>{half}</td></tr></table>")
    found = outline_of(read_page(body, "text/html"))
    for gap in found.gaps[:-1]:
        assert gap.fault is not None or body[gap.offset : gap.offset + 3] in (b"<p>", b"<ta")


def test_an_element_that_asks_to_be_left_alone_is_one_block(
    outline: Outlined, prose: Prose
) -> None:
    kept = "".join(f"<p>{text}</p>" for text in prose(3))
    found = outline(around(f"<div data-adweave-off>{kept}</div>", prose()))
    assert [block.kind for block in found.blocks].count(BlockKind.OTHER) == 1
    assert len(found.blocks) == 7


@pytest.mark.parametrize("tag", ["blockquote", "nav", "figure", "a", "button"])
def test_an_article_inside_a_forbidden_element_has_no_usable_gap(
    outline: Outlined, prose: Prose, tag: str
) -> None:
    text = "".join(f"<p>{text}</p>" for text in prose())
    assert not [gap for gap in outline(f"<{tag}>{text}</{tag}>").gaps if gap.fault is None]


def test_formatting_that_is_left_open_makes_the_gap_faulty(page: Page, prose: Prose) -> None:
    texts = prose()
    opened = f"<p><b>{texts[2]}</p>\n"
    body = page(
        "<article>"
        + "".join(f"<p>{text}</p>\n" for text in texts[:2])
        + opened
        + "".join(f"<p>{text}</p>\n" for text in texts[3:])
        + "</article>"
    )
    found = outline_of(read_page(body, "text/html"))
    assert [gap.fault for gap in found.gaps[:3]] == [None, None, None]
    assert "would-be-moved" in {gap.fault for gap in found.gaps[3:]}


def test_an_article_in_the_markup_of_a_table_has_no_usable_gap(
    outline: Outlined, prose: Prose
) -> None:
    text = "".join(f"<p>{text}</p>" for text in prose())
    found = outline(f"<font><table><b><th><i>x</tr><main>{text}</main>")
    assert {gap.fault for gap in found.gaps} == {"would-be-moved"}


def test_no_gap_after_a_title_that_a_drawing_leaves_open(outline: Outlined, prose: Prose) -> None:
    drawing = "<svg><foreignObject></foreignObject><title></svg>"
    faults = [gap.fault for gap in outline(around(drawing, prose())).gaps]
    assert faults[:3] == [None] * 3
    assert set(faults[4:]) == {"unclosed-text"}


def test_offsets_rise_and_blocks_do_not_overlap(outline: Outlined, prose: Prose) -> None:
    found = outline(around("<h2>x</h2><figure><img src=a></figure><hr>", prose()))
    offsets = [gap.offset for gap in found.gaps]
    assert offsets == sorted(offsets)
    assert all(
        one.end <= other.start for one, other in zip(found.blocks, found.blocks[1:], strict=False)
    )


@pytest.mark.parametrize("tag", ["ul", "ol"])
@pytest.mark.parametrize("item", ["<p>{0}</p><p>{0}</p>", "<h3>A step</h3><p>{0}</p>", "{0}"])
def test_no_place_is_inside_a_list(outline: Outlined, prose: Prose, tag: str, item: str) -> None:
    items = "".join(f"<li>{item.format(text)}</li>" for text in prose(8))
    found = outline(f"<article><h1>Steps</h1><{tag}>{items}</{tag}></article>")
    assert None not in {gap.fault for gap in found.gaps}


def test_no_place_is_inside_an_item_without_its_list(outline: Outlined, prose: Prose) -> None:
    texts = prose(6)
    lost = "".join(f"<li><p>{text}</p><p>{text}</p></li>" for text in texts[:3])
    found = outline(f"<div>{lost}<p>{texts[3]}</p><p>{texts[4]}</p></div>")
    assert [gap.fault for gap in found.gaps] == [*["inside-list"] * 6, None, None, None]


@pytest.mark.parametrize(
    ("opened", "fault"),
    [
        ("<div contenteditable>", "inside-editable"),
        ("<div contenteditable=false>", None),
        ("<div aria-hidden=true>", "inside-hidden"),
        ("<form><label>Address <input></label>", "inside-form"),
        ("<form><input type=hidden name=a>", None),
        ("<form><nav>Home</nav><input name=search>", None),
    ],
)
def test_no_place_is_in_what_readers_edit_fill_in_or_do_not_see(
    outline: Outlined, prose: Prose, opened: str, fault: str | None
) -> None:
    text = "".join(f"<p>{text}</p>" for text in prose())
    found = outline(f"{opened}{text}</{opened[1:].split()[0].rstrip('>')}>")
    assert {gap.fault for gap in found.gaps} == {fault}


def test_a_part_that_readers_edit_is_one_block(outline: Outlined, prose: Prose) -> None:
    texts = prose()
    edited = "".join(f"<p>{text}</p>" for text in texts[:2])
    found = outline(around(f"<div contenteditable=true>{edited}</div>", texts))
    assert [block.kind for block in found.blocks[3:4]] == [BlockKind.OTHER]
    assert len(found.blocks) == 7


@pytest.mark.parametrize("tag", ["font", "span", "b", "center"])
@pytest.mark.parametrize("around_it", ["<div>{}</div>", "<table><tr><td>{}</td></tr></table>"])
def test_breaks_part_paragraphs_inside_an_inline_wrapper(
    outline: Outlined, prose: Prose, tag: str, around_it: str
) -> None:
    found = outline(around_it.format(f"<{tag}>{'<br><br>'.join(prose())}</{tag}>"))
    assert [block.kind for block in found.blocks] == [BlockKind.PARAGRAPH] * 6
    assert [gap.fault for gap in found.gaps[1:-1]] == [None] * 5


def test_breaks_in_a_short_wrapper_part_nothing(outline: Outlined, prose: Prose) -> None:
    texts = prose()
    texts[2] += " <b>Two<br><br>lines</b> and on it goes."
    found = outline("".join(f"<div>{text}</div>" for text in texts))
    assert len(found.blocks) == 6


@pytest.mark.parametrize(
    "own",
    [
        '<ins class="adsbygoogle" data-ad-slot="1"></ins>',
        '<div><ins class="adsbygoogle"></ins><script>push()</script></div>',
        '<div id="div-gpt-ad-1"></div>',
        '<p><span id="taboola-mid-article"></span></p>',
        '<div id="mid_1"></div><script>googletag.defineSlot("/1/a", [[300, 250], "fluid"], '
        '"mid_1")</script>',
    ],
)
def test_an_ad_of_the_page_s_own_is_known_while_it_is_empty(
    own: str, outline: Callable[..., Outline], prose: Callable[..., list[str]]
) -> None:
    paragraphs = [f"<p>{text}</p>" for text in prose()]
    body = "".join([*paragraphs[:3], own, *paragraphs[3:]])
    kinds = [block.kind for block in outline(f"<article>{body}</article>").blocks]
    assert kinds == [BlockKind.PARAGRAPH] * 3 + [BlockKind.AD] + [BlockKind.PARAGRAPH] * 3


@pytest.mark.parametrize("name", ["sc-ad9mjh-0", "headline2", "sc-1b0qtbq-2 gptad4x"])
def test_a_hash_in_a_class_is_no_ad(
    name: str, outline: Callable[..., Outline], prose: Callable[..., list[str]]
) -> None:
    body = "".join(f'<div class="{name}">{text}</div>' for text in prose())
    kinds = {block.kind for block in outline(f"<article>{body}</article>").blocks}
    assert kinds == {BlockKind.PARAGRAPH}
