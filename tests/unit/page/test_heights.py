"""Estimated heights, worked out by hand.

Type 17 px, lines 25.5 px, margins 17 px, columns 328 px (mobile) and 620 px (desktop).
"""

from __future__ import annotations

import pytest

from adweave.page import BlockKind, Outline, outline_of, read_page
from adweave.page.lines import lines_of
from adweave.page.media import picture_px, player_px, size_of
from adweave.page.tree import Element, parse

LINE, MARGIN = 25.5, 17.0
BELOW = 6.6  # a picture stands on the base of its line
PROSE = "Nobody on the quay minded, and the ferry left before the tide had made up its mind. " * 3


def element(markup: str) -> Element:
    found = parse(markup, located=False).select_one("body > *")
    assert found is not None
    return found


def outline(markup: str, *, paragraphs: int = 3) -> Outline:
    """An article with this behind its first paragraph."""
    rest = f"<p>{PROSE}</p>" * paragraphs
    page = f"<!doctype html><article><p>{PROSE}</p>{markup}{rest}</article>"
    found = outline_of(read_page(page.encode(), "text/html; charset=utf-8"))
    assert found.evidence.found, found.evidence.reason
    return found


def heights(markup: str) -> tuple[float, ...]:
    """The height of the block between the article's first and second paragraph."""
    blocks = outline(markup).blocks
    assert len(blocks) == 5, [block.kind for block in blocks]
    return blocks[1].heights_px


def plus(px: float, *heights_px: float) -> object:
    return pytest.approx(tuple(height + px for height in heights_px))


# -- text ----------------------------------------------------------------------------------


def test_a_short_text_is_one_line_and_a_paragraph_has_a_margin() -> None:
    assert heights("<p>The sea was calm.</p>") == plus(MARGIN, LINE, LINE)


def test_a_text_without_an_element_of_its_own_margin_has_none() -> None:
    # The paragraph above and the one below keep theirs: 17 px lie above the next paragraph.
    assert heights("<div>The sea was calm.</div>") == plus(0, LINE, LINE)
    assert outline("<div>The sea was calm.</div>").blocks[2].heights_px[1] == pytest.approx(
        outline("<p>The sea was calm.</p>").blocks[2].heights_px[1] + MARGIN
    )


@pytest.mark.parametrize(
    ("text", "characters", "mobile", "desktop"),
    [
        # 400 x 0.445 x 17 = 3026 px; lines lose 1.3 em: (3026 - 22.1) / 305.9 = 9.8.
        ("a", 400, 10, 6),
        # Cyrillic, 0.53: 3604 px.
        ("ж", 400, 12, 6),
        # Arabic, 0.48: 3264 px.
        ("ب", 400, 11, 6),
        # Hebrew, 0.53.
        ("ש", 400, 12, 6),
        # Devanagari, 0.44: 2992 px.
        ("क", 400, 10, 5),
        # Thai, 0.43: 2924 px.
        ("ก", 400, 10, 5),
        # Chinese: 19 characters a line in 328 px, 36 in 620, less half an em: 6792 / 319.5.
        ("海", 400, 22, 12),
        # Hangul, 0.92: 6256 px.
        ("한", 400, 20, 11),
    ],
)
def test_lines_are_counted_by_script(text: str, characters: int, mobile: int, desktop: int) -> None:
    assert lines_of(text * characters) == (mobile, desktop)


def test_a_text_of_two_scripts_lies_between_the_two() -> None:
    thai, chinese = lines_of("ก" * 300)[0], lines_of("海" * 300)[0]
    assert thai < lines_of("ก海" * 150)[0] < chinese


def test_white_space_of_the_source_makes_no_lines() -> None:
    words = " ".join(["ferry"] * 40)
    spread = "\n\t\t      ".join(["ferry"] * 40)
    assert heights(f"<p>{spread}</p>") == heights(f"<p>{words}</p>")


def test_breaks_inside_a_paragraph_end_lines() -> None:
    assert heights("<p>One<br>two<br>three</p>") == plus(MARGIN, 3 * LINE, 3 * LINE)


def test_two_breaks_leave_an_empty_line_above_the_paragraph_that_they_begin() -> None:
    page = "<br><br>".join([PROSE] * 5)
    blocks = outline_of(
        read_page(f"<article>{page}</article>".encode(), "text/html; charset=utf-8")
    ).blocks
    first, second = blocks[0].heights_px, blocks[1].heights_px
    assert second == plus(LINE, *first)


def test_type_size_and_column_are_taken_into_account() -> None:
    assert lines_of("a" * 100, (200.0,), type_px=10.0) == (3,)
    assert lines_of("a" * 100, (200.0,), type_px=20.0) == (5,)


# -- blocks --------------------------------------------------------------------------------


@pytest.mark.parametrize(("tag", "type_px"), [("h2", 23.8), ("h3", 20.4), ("h4", 18.7)])
def test_a_heading_has_its_levels_size_and_collapses_with_the_margin_above(
    tag: str, type_px: float
) -> None:
    above = max(0.0, type_px - MARGIN)
    high = 1.25 * type_px + above + 0.75 * type_px
    assert heights(f"<{tag}>Calm</{tag}>") == plus(0, high, high)


def test_a_list_is_as_tall_as_its_items() -> None:
    # Three lines, 8.5 px after each item; the last one's is lost in the list's margin.
    high = 3 * LINE + 2 * 8.5 + MARGIN
    assert heights("<ul><li>Nets<li>Ropes<li>Lamps</ul>") == plus(0, high, high)


def test_an_items_text_wraps_in_the_indented_column() -> None:
    # 80 x 0.445 x 17 = 605 px: one line in 620 px, two in 620 less 34.
    text = "a" * 80
    assert heights(f"<p>{text}</p>")[1] == LINE + MARGIN
    assert heights(f"<ul><li>{text}</ul>")[1] == 2 * LINE + MARGIN


def test_a_table_is_as_tall_as_its_rows() -> None:
    high = 3 * (LINE + 10.2) + MARGIN
    rows = "<tr><td>Port<td>Tide" * 3
    assert heights(f"<table>{rows}</table>") == plus(0, high, high)


def test_a_tables_long_cell_wraps() -> None:
    rows = f"<tr><td>Port<td>{'tide ' * 30}"
    mobile, desktop = heights(f"<table>{rows}</table>")
    assert desktop > 2 * LINE + MARGIN
    assert mobile > desktop


def test_a_quote_has_its_paragraphs_and_its_indent() -> None:
    high = 2 * LINE + MARGIN + MARGIN
    assert heights("<blockquote><p>Calm.</p><p>Very.</p></blockquote>") == plus(0, high, high)


def test_code_has_the_lines_of_the_source() -> None:
    high = 4 * 21 + MARGIN
    assert heights(f"<pre>{chr(10).join('abcd')}\n</pre>") == plus(0, high, high)


def test_a_rule_is_a_pixel_between_its_margins() -> None:
    assert heights("<hr>") == plus(0, *[1 + 25.5 + 8.5] * 2)


def test_what_takes_no_room_is_not_counted() -> None:
    shown = "<ul><li>Nets<li>Ropes</ul>"
    hidden = "<ul><li>Nets<li>Ropes<li hidden>Lamps<li style='display:none'>Oil</ul>"
    assert heights(hidden) == heights(shown)


def test_a_block_of_very_many_elements_has_a_line_for_each() -> None:
    items = "".join(f"<li><b>Net</b> {n}" for n in range(700))
    found = outline(f"<ul>{items}</ul>", paragraphs=90).blocks[1]
    assert found.kind is BlockKind.LIST
    assert found.heights_px[0] == pytest.approx(700 * LINE, rel=0.35)


def test_a_block_of_very_deep_elements_keeps_its_text() -> None:
    deep = f"<figure>{'<div>' * 300}<p>Nets</p>{'</div>' * 300}<img width=600 height=300></figure>"
    assert heights(deep)[1] == pytest.approx(LINE + 300 + BELOW + MARGIN, abs=MARGIN)


# -- pictures and players ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markup", "mobile", "desktop"),
    [
        ("<img width=1200 height=800>", 328 / 1.5, 620 / 1.5),
        ("<img width=300 height=300>", 300, 300),
        ('<img style="width: 600px; height:300px">', 164, 300),
        ("<img data-original-width=1600 data-original-height=900>", 328 * 0.5625, 620 * 0.5625),
        ('<img src="/photo-1024x512.jpg">', 164, 310),
        ('<img data-srcset="/photo-300x150.jpg 300w">', 150, 150),
        ("<img width=400 src=x.jpg>", 328 / 1.5, 400 / 1.5),
        ("<img height=200>", 200, 200),
        ("<img>", 328 / 1.5, 400),
        ("<img width=100% height=auto>", 328 / 1.5, 400),
        ("<img src=/00x00.jpg>", 328 / 1.5, 400),
        ("<img width=99999999 height=9>", 9, 9),  # no size of anything
    ],
)
def test_a_picture_keeps_its_ratio_in_the_column(
    markup: str, mobile: float, desktop: float
) -> None:
    assert picture_px(element(markup), (328.0, 620.0)) == pytest.approx((mobile, desktop))


def test_a_picture_takes_the_size_of_its_sources() -> None:
    picture = element("<picture><source width=900 height=900 srcset=a><img src=b></picture>")
    image = picture.select_one("img")
    assert image is not None
    assert picture_px(image, (328.0, 620.0)) == (328.0, 620.0)


def test_a_figure_has_its_caption_in_small_type() -> None:
    high = 310 + BELOW + 19.5 + MARGIN
    figure = "<figure><img width=1200 height=600><figcaption>The quay</figcaption></figure>"
    assert heights(figure)[1] == pytest.approx(high)


def test_a_gallery_has_all_its_pictures() -> None:
    one = "<figure><img width=1200 height=600></figure>"
    four = f"<figure>{'<img width=1200 height=600>' * 4}</figure>"
    assert heights(four)[1] == pytest.approx(4 * (heights(one)[1] - MARGIN) + MARGIN)


def test_a_picture_for_readers_without_scripts_is_not_counted_twice() -> None:
    image = "<img width=620 height=310>"
    twice = f"<figure><noscript>{image}</noscript>{image}</figure>"
    assert heights(twice) == heights(f"<figure>{image}</figure>")


def test_a_box_that_keeps_a_ratio_free_is_as_tall_as_that() -> None:
    box = "<figure><div style='padding-bottom: 50%'><img src=x.jpg></div></figure>"
    assert heights(box) == plus(MARGIN, 164, 310)


@pytest.mark.parametrize(
    ("markup", "mobile", "desktop"),
    [
        ("<iframe width=560 height=315 src=//x></iframe>", 328 * 0.5625, 315),
        ("<iframe src=https://www.youtube.com/embed/x></iframe>", 184.5, 348.75),
        ("<video src=x></video>", 184.5, 348.75),
        ("<iframe src=https://maps.example/></iframe>", 150, 150),
        ("<iframe height=400 src=https://maps.example/></iframe>", 400, 400),
        ("<iframe src=https://open.spotify.com/embed/x></iframe>", 166, 166),
        ("<audio controls></audio>", 54, 54),
        ("<audio></audio>", 0, 0),
    ],
)
def test_a_player_has_its_own_size_or_that_of_its_kind(
    markup: str, mobile: float, desktop: float
) -> None:
    assert player_px(element(markup), (328.0, 620.0)) == pytest.approx((mobile, desktop))


@pytest.mark.parametrize(
    ("name", "high"), [("twitter-tweet", 480), ("instagram-media", 720), ("tiktok-embed", 720)]
)
def test_a_post_is_as_tall_as_posts_of_its_kind_are(name: str, high: float) -> None:
    post = f"<blockquote class={name}><p>Calm</p></blockquote>"
    assert outline(post).blocks[1].kind is BlockKind.EMBED
    assert heights(post) == plus(MARGIN, high, high)


def test_sizes_in_per_cent_or_without_a_number_are_none() -> None:
    assert size_of(element("<img width=100% height=auto>")) == (None, None)
    assert size_of(element("<img width=0 height=0>")) == (None, None)
