"""Which differences between two renderings are tokens, and which are something else."""

from __future__ import annotations

import pytest

from adweave.page import is_even, places_in

BEFORE = b"<!doctype html><title>t</title><p>One.</p>"
AFTER = b"<p>Two.</p>"


def found(old: bytes, new: bytes, *inserted: bytes) -> list[int] | None:
    """Where the places before and behind a part are, when one part stands for another."""
    places = [len(BEFORE), len(BEFORE) + len(old), len(BEFORE) + len(old) + len(AFTER)]
    return places_in(BEFORE + new + AFTER, BEFORE + old + AFTER, places, inserted)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'<i data-id="req-1234567"></i>', b'<i data-id="req-8888888888888888888"></i>'),
        (b"<i data-id=req-1234567></i>", b"<i data-id=req-7654321></i>"),
        (b"<img src=http://1.img.example/a.png>", b"<img src=http://12.img.example/a.png>"),
        (b"<input value='YWJjMTIzNDU2Nzg5MA=='>", b"<input value='MTIzNDU2Nzg5MGFiYw+/'>"),
        (b"<!-- served by web-node-01 -->", b"<!-- served by web-node-02 -->"),
        (b"<!-- made in 0.4 seconds, 9 queries -->", b"<!-- made in 1.25 seconds, 21 queries -->"),
        (b"<script>t({time:47});</script>", b"<script>t({time:1203});</script>"),
        (b"<script>var id='abcdef12'</script>", b"<script>var id='99999999'</script>"),
        (b"<p>Ticket ABC-1234567.", b"<p>Ticket ABC-7654321."),
    ],
)  # fmt: skip
def test_a_token_in_another_ones_place_moves_what_follows(old: bytes, new: bytes) -> None:
    begin, end = len(BEFORE), len(BEFORE) + len(new)
    assert found(old, new) == [begin, end, end + len(AFTER)]
    assert found(new, old) is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<p>Eight killed</p>", b"<p>Eighty killed</p>"),
        (b"<p>8 killed</p>", b"<p>9 killed</p>"),  # a number that readers see
        (b"<x-12345678></x-12345678>", b"<x-12345679></x-12345679>"),  # a tag's name
        (b"<p></p12345678>", b"<p></p12345679>"),
        (b"<p>&#12345678;", b"<p>&#12345679;"),  # a character reference
        (b"<a href='?a&copy12345'>", b"<a href='?a&copy54321'>"),
        (b"<meta charset='windows-1251'>", b"<meta charset='windows-1252'>"),
        (b"<meta charset=iso-8859-1>", b"<meta charset=iso-8859-2>"),
        (b"<meta content='text/html; charset=big5-1234'>", b"<meta content='charset=big5-4321'>"),
        (b"<meta content='text/html; charset=x-1234567'>", b"<meta content='charset=x-2'>"),
        (b"<meta content=\"src 'nonce-1234567'\">", b"<meta content=\"src 'nonce-7654321'\">"),
        (b"<meta content=\"src 'sha256-1234567'\">", b"<meta content=\"src 'sha256-7654321'\">"),
        (b"<!--12345678-->", b"<!--12345679-->"),  # too near the comment's ends to be sure
        (b"<svg><path d=12345678/></svg>", b"<svg><path d=1234567a></svg>"),
        (b"<i data-id='req-1234567'></i>", b"<i data-id='req-123456' b='7'></i>"),
        (b"<i id='req-1234567'>", b"<i id='req-1234567'><p>"),
        (b"<i id='req-1234567'>", b"<i id='requests'>"),
        (b"<i id='" + b"a1" * 3_000 + b"'>", b"<i id='" + b"b2" * 3_000 + b"'>"),  # endless
    ],
)  # fmt: skip
def test_anything_else_is_another_page(old: bytes, new: bytes) -> None:
    assert found(old, new) is None
    assert found(new, old) is None


def test_a_page_is_a_rendering_of_itself() -> None:
    assert found(b"", b"") == [len(BEFORE), len(BEFORE), len(BEFORE) + len(AFTER)]


def test_a_token_that_is_inserted_as_well_is_none_that_may_differ() -> None:
    old, new = b"<script nonce='bm9uY2Ux'></script>", b"<script nonce='bm9uY2Uy'></script>"
    assert found(old, new) is not None
    assert found(old, new, b"<script nonce='bm9uY2Ux' async></script>") is None


def test_a_place_within_a_token_is_none() -> None:
    body, other = b"<i id='req-1234567'>", b"<i id='req-7654321'>"
    assert places_in(other, body, [10], []) is None


def test_too_many_differences_are_another_page() -> None:
    few = b"".join(b"<i id=req-1%06d></i>" % number for number in range(60))
    many = b"".join(b"<i id=req-1%06d></i>" % number for number in range(70))
    assert found(few, few.replace(b"req-1", b"req-2")) is not None
    assert found(many, many.replace(b"req-1", b"req-2")) is None


def test_formatting_left_open_is_not_even() -> None:
    assert is_even(b"<p><b>bold</b> and <A href=x>link</A>")
    assert not is_even(b"<p><b>bold and <a href=x>link</a>")
    assert is_even(b"<body><base><abbr>no formatting</abbr><br>")
