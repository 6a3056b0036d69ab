"""Where the article is, and where it is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adweave.page import Block, BlockKind, Outline

Outlined = Callable[..., Outline]
Prose = Callable[..., list[str]]


def paragraphs(outline: Outline) -> list[Block]:
    return [block for block in outline.blocks if block.kind is BlockKind.PARAGRAPH]


def test_plain_paragraphs_are_found(outline: Outlined, prose: Prose) -> None:
    found = outline("<article>" + "".join(f"<p>{text}</p>" for text in prose()) + "</article>")
    assert found.evidence.found
    assert [block.excerpt[:11] for block in found.blocks] == [
        f"Paragraph {number}" for number in range(1, 7)
    ]
    assert len(found.gaps) == 7


@pytest.mark.parametrize(
    "shape",
    [
        "<div><div><p>{}</p></div></div>",
        "<div class=text>{}</div>",
        "<section><h2>Chapter</h2><p>{}</p></section>",
        "<x-paragraph><p>{}</p></x-paragraph>",
        "<span><p>{}</p></span>",
        "{}<br><br>",
        "{}<br />\n<br />\n",
    ],
)
def test_text_is_found_however_it_is_wrapped(outline: Outlined, prose: Prose, shape: str) -> None:
    found = outline("<main>" + "".join(shape.format(text) for text in prose()) + "</main>")
    assert found.evidence.found
    assert len(paragraphs(found)) == 6
    assert sum(gap.fault is None for gap in found.gaps[1:-1]) >= 5


@pytest.mark.parametrize("before", ["<form id=aspnetForm>", "<table><tr><td>Menu<td>"])
def test_a_page_laid_out_in_a_form_or_a_table_is_read(
    outline: Outlined, prose: Prose, before: str
) -> None:
    found = outline(before + "".join(f"<p>{text}</p>" for text in prose()))
    assert len(paragraphs(found)) == 6
    assert all(gap.fault is None for gap in found.gaps[1:-1])


def test_an_introduction_that_outweighs_the_body_is_not_the_body(
    outline: Outlined, prose: Prose
) -> None:
    body = "".join(f"<p>{text[:150]}</p>" for text in prose(8))
    found = outline(f"<div><div class=intro><p>{' '.join(prose(9))}</p></div>{body}</div>")
    assert len(paragraphs(found)) == 9


def test_characters_without_spaces_make_an_article_too(outline: Outlined) -> None:
    text = "船は市場が開く一時間前の七時に古い港を出て、乗組員は木箱を二度数える。" * 3
    found = outline("".join(f"<p>{text}</p>" for _ in range(6)), lang="ja")
    assert found.evidence.found
    assert found.words == pytest.approx(6 * len(text) / 2, rel=0.1)


@pytest.mark.parametrize(
    "rail",
    [
        '<div class="comments">{}</div>',
        '<section id="related">{}</section>',
        "<aside>{}</aside>",
        "<footer>{}</footer>",
        '<div class="newsletter-box">{}</div>',
    ],
)
def test_what_stands_after_the_article_is_none_of_it(
    outline: Outlined, prose: Prose, rail: str
) -> None:
    article = "".join(f"<p>{text}</p>" for text in prose())
    others = "".join(f"<p>Somebody else says this. {text}</p>" for text in prose(4))
    found = outline(f"<div>{article}{rail.format(others)}</div>")
    assert len(found.blocks) == 6


def test_teasers_after_the_article_are_none_of_it(outline: Outlined, prose: Prose) -> None:
    teasers = "".join(
        f"<div><h3><a href=/{n}>Another story {n}</a></h3><img src=a.jpg>"
        "<p>A short line that wants you to read on, and no more than that.</p></div>"
        for n in range(6)
    )
    article = "".join(f"<p>{text}</p>" for text in prose())
    found = outline(f"<main><div>{article}</div><div>{teasers}</div></main>")
    assert len(paragraphs(found)) == 6


def test_a_front_page_has_no_article(outline: Outlined) -> None:
    cards = "".join(
        f"<article><h2><a href=/{n}>Story number {n} of today</a></h2><p>A teaser of a story with"
        " some ninety characters in it, so that it looks like a paragraph.</p></article>"
        for n in range(20)
    )
    found = outline(f"<main>{cards}</main>")
    assert not found.evidence.found
    assert found.blocks == ()
    assert found.gaps == ()


def test_a_short_text_is_no_article_and_the_evidence_says_why(outline: Outlined) -> None:
    found = outline("<p>Only a few words that nobody would call an article, in one line.</p>")
    assert not found.evidence.found
    assert "characters, 500 are needed" in found.evidence.reason


def test_a_page_without_text_has_no_article(outline: Outlined) -> None:
    assert "no running text" in outline("<img src=a.jpg>").evidence.reason


def test_hidden_text_is_no_article(outline: Outlined, prose: Prose) -> None:
    hidden = "".join(f"<p>{text}</p>" for text in prose())
    shown = "".join(f"<p>{text} Shown.</p>" for text in prose(4))
    found = outline(f"<div hidden>{hidden}</div><div>{shown}</div>")
    assert len(found.blocks) == 4


def test_what_a_script_may_copy_is_no_article(outline: Outlined, prose: Prose) -> None:
    """The content of a template is no part of the document, and its place is no reader's."""
    copied = "".join(f"<p>{text}</p>" for text in prose(20))
    shown = "".join(f"<p>{text} Shown.</p>" for text in prose())
    for copy in (copied, f"<article>{copied}</article>", f"<template>{copied}</template>"):
        assert not outline(f"<template>{copy}</template>").evidence.found
        found = outline(f"<template>{copy}</template><article>{shown}</article>")
        assert len(found.blocks) == 6


def test_a_page_that_shows_nothing_before_its_script_runs_is_read_all_the_same(
    outline: Outlined, prose: Prose
) -> None:
    hidden = "".join(f"<p>{text}</p>" for text in prose())
    assert outline(f'<div style="display:none">{hidden}</div>').evidence.found


def test_a_name_that_taints_most_of_the_text_is_ignored(outline: Outlined, prose: Prose) -> None:
    chapters = "".join(f"<div class=sidebar-grid><p>{text}</p></div>" for text in prose())
    assert len(paragraphs(outline(f"<div>{chapters}</div>"))) == 6
