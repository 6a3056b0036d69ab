"""The splice and the self-check."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adweave.page import broken_insertions, outline_of, read_page, weave

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


def test_the_sites_own_elements_are_not_taken_for_ours(page: Page, prose: Prose) -> None:
    body = page("<ad-slot id=own></ad-slot>" + "".join(f"<p>{text}</p>" for text in prose()))
    source = read_page(body, "text/html")
    outline = outline_of(source)
    assert outline.opt_out is None
    assert broken_insertions(source, [(outline.gaps[2].offset, SLOT)]) == frozenset()


def test_an_empty_plan_is_sound() -> None:
    assert broken_insertions(read_page(b"<p>x", "text/html"), []) == frozenset()
