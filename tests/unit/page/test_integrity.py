"""The splice and the self-check."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree.ElementTree import Element

import html5lib
import pytest

from adweave.page import broken_insertions, outline_of, read_page, weave
from adweave.page.tree import Document, parse

Prose = Callable[..., list[str]]
Page = Callable[..., bytes]
SLOT = b'<ad-slot data-n="1" data-label="Advertisement" aria-hidden="true"></ad-slot>'


def test_the_woven_page_without_its_insertions_is_the_page() -> None:
    body = b"<p>one</p><p>two</p>"
    woven = weave(body, [(10, SLOT), (0, b"<!--adweave:1-->")], "UTF-8")
    assert woven == b"<!--adweave:1--><p>one</p>" + SLOT + b"<p>two</p>"


def test_two_insertions_at_one_offset_keep_their_order() -> None:
    assert weave(b"ab", [(1, b"1"), (1, b"2")], "UTF-8") == b"a12b"


@pytest.mark.parametrize("encoding", ["UTF-16LE", "UTF-16BE"])
def test_insertions_are_encoded_as_the_page_is(encoding: str) -> None:
    codec = {"UTF-16LE": "utf-16-le", "UTF-16BE": "utf-16-be"}[encoding]
    assert weave("é<p>".encode(codec), [(2, SLOT)], encoding).decode(codec) == (
        "é" + SLOT.decode() + "<p>"
    )


@pytest.mark.parametrize(("offset", "inserted"), [(99, b"x"), (-1, b"x"), (0, "é".encode())])
def test_an_impossible_insertion_is_refused(offset: int, inserted: bytes) -> None:
    with pytest.raises(ValueError, match=r"offset|ASCII"):
        weave(b"<p>", [(offset, inserted)], "UTF-8")


def test_a_good_plan_has_nothing_broken(page: Page, prose: Prose) -> None:
    body = page("".join(f"<p>{text}</p>" for text in prose()))
    source = read_page(body, "text/html")
    outline = outline_of(source)
    assert outline.head_offset is not None
    plan = [(gap.offset, SLOT) for gap in outline.gaps]
    plan.append((outline.head_offset, b"<style data-adweave>ad-slot{display:block}</style>"))
    assert broken_insertions(source, plan) == frozenset()


def test_only_the_guilty_insertions_are_named() -> None:
    body = b"<!doctype html><p>one</p><table><tr><td>1</table><p><b>two</p></b><p>three</p>"
    source = read_page(body, "text/html; charset=utf-8")
    good = body.index(b"<table")
    in_text = body.index(b"one") + 1
    after_open = body.index(b"</b>")
    found = broken_insertions(source, [(good, SLOT), (in_text, SLOT), (after_open, SLOT)])
    assert found == {1, 2}


def test_a_comment_marker_is_checked_as_well() -> None:
    body = b"<!doctype html><body><p>one</p><title>x</title>"
    source = read_page(body, "text/html; charset=utf-8")
    marker = b"<!--adweave:1-->"
    assert broken_insertions(source, [(body.index(b"<title"), marker)]) == frozenset()
    assert broken_insertions(source, [(body.index(b"x</title"), marker)]) == {0}


def test_an_insertion_that_only_browsers_would_trip_over_is_found() -> None:
    # With scripting on <noscript> holds text, and the slot becomes a part of that text.
    body = b"<!doctype html><body><noscript><p>a</p><p>b</p></noscript><p>c</p>"
    source = read_page(body, "text/html; charset=utf-8")
    assert broken_insertions(source, [(body.index(b"<p>b"), SLOT)]) == {0}
    assert broken_insertions(source, [(body.index(b"<p>c"), SLOT)]) == frozenset()


_NOSCRIPTS = (
    "<noscript><img src=/pixel.gif></noscript>",
    "<noscript><p>Please turn scripts on.</p><iframe src=/x></iframe></noscript>",
    "<noscript><div>left open</noscript>",
    "<b><noscript><b>again</b></noscript>",
    "<p>open<noscript><p>closes it</p></noscript>",
    "<noscript><!-- </noscript> --><p>x</p></noscript>",
    "<noscript><a href=/>link</a></noscript>",
)


@pytest.mark.parametrize("noscript", _NOSCRIPTS)
def test_trees_hold_with_scripting_and_without_whatever_a_noscript_leaves_open(
    noscript: str, page: Page, prose: Prose
) -> None:
    paragraphs = [f"<p>{text}</p>" for text in prose()]
    body = page("".join([*paragraphs[:3], noscript, *paragraphs[3:]]))
    source = read_page(body, "text/html; charset=utf-8")
    places = [found.start() for found in re.finditer(rb"<", body[body.index(b"<body") + 6 :])]
    places = [place + body.index(b"<body") + 6 for place in places]
    allowed = [p for p in places if not broken_insertions(source, [(p, SLOT)])]
    assert len(allowed) >= 6
    for place in allowed:
        woven = weave(body, [(place, SLOT)], "UTF-8").decode()
        for scripting in (False, True):
            before = html5lib.parse(body.decode(), scripting=scripting)
            after = html5lib.parse(woven, scripting=scripting)
            for slots in [one for one in after.iter() if one.find(f"{_HTML}ad-slot") is not None]:
                _take_out(slots)
            assert _texts(after) == _texts(before), (place, scripting)


_HTML = "{http://www.w3.org/1999/xhtml}"


def _take_out(parent: Element) -> None:
    slot = parent.find(f"{_HTML}ad-slot")
    assert slot is not None
    index = list(parent).index(slot)
    if index:
        parent[index - 1].tail = (parent[index - 1].tail or "") + (slot.tail or "")
    else:
        parent.text = (parent.text or "") + (slot.tail or "")
    parent.remove(slot)


def _texts(tree: Element) -> list[tuple[object, str, str]]:
    return [(one.tag, one.text or "", one.tail or "") for one in tree.iter()]


def test_a_sealed_noscript_spares_the_parses_with_scripting(
    page: Page, prose: Prose, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted: list[bool] = []

    def counted(text: str, *, located: bool, scripting: bool = False) -> Document:
        scripted.append(scripting)
        return parse(text, located=located, scripting=scripting)

    monkeypatch.setattr("adweave.page.integrity.parse", counted)
    for noscript, parses in ((_NOSCRIPTS[0], [False]), (_NOSCRIPTS[2], [False, True, True])):
        body = page(noscript + "".join(f"<p>{text}</p>" for text in prose()))
        source = read_page(body, "text/html; charset=utf-8")
        scripted.clear()
        assert not broken_insertions(source, [(body.index(b"<p>Paragraph 3"), SLOT)])
        assert scripted == parses


def test_nothing_pushes_the_declaration_of_the_charset_out_of_its_place(prose: Prose) -> None:
    first, *rest = prose()
    body = (
        f"<!doctype html><html><head><title>x</title><p>{first}</p>"
        f"<meta charset=windows-1252>{''.join(f'<p>{text}</p>' for text in rest)}"
    ).encode("ascii")
    before, after = body.index(b"<p>"), body.index(b"<p>Paragraph 3")
    told = read_page(body, "text/html; charset=windows-1252")
    untold = read_page(body, "text/html")
    assert untold.encoding == told.encoding == "windows-1252"
    long = SLOT.replace(b'"1"', b'"' + b"1" * 900 + b'"')
    assert broken_insertions(told, [(before, long), (after, long)]) == frozenset()
    assert broken_insertions(untold, [(before, long), (after, long)]) == {0}


def test_the_sites_own_elements_are_not_taken_for_ours(page: Page, prose: Prose) -> None:
    body = page("<ad-slot id=own></ad-slot>" + "".join(f"<p>{text}</p>" for text in prose()))
    source = read_page(body, "text/html")
    outline = outline_of(source)
    assert outline.opt_out is None
    assert broken_insertions(source, [(outline.gaps[2].offset, SLOT)]) == frozenset()


def test_an_empty_plan_is_sound() -> None:
    assert broken_insertions(read_page(b"<p>x", "text/html"), []) == frozenset()
