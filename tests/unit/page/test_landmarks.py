"""Places are named so that a script finds them again in a tree that has changed around them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adweave.page import Landmark, landmarks_of, read_page
from adweave.page.landmarks import fingerprint

Page = Callable[..., bytes]
SAME = "The same sentence stands here more than once."


def named(body: bytes, *places: bytes, charset: str = "utf-8") -> list[Landmark | None]:
    """The names of the places before each of these byte strings."""
    offsets = [body.index(place) for place in places]
    found = landmarks_of(read_page(body, f"text/html; charset={charset}"), offsets)
    return [found.get(offset) for offset in offsets]


# The same values stand in `browser/test/places.test.ts`.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 2166136261),
        ("The ferry leaves\n the\xa0old harbour", 3343008507),
        ("港口的渡轮七点离开", 3007694077),
        ("x" * 100, 3516603077),
        ("\U0001f600" * 40, 1084872261),
    ],
)
def test_a_fingerprint_is_what_the_browser_makes_of_the_text(text: str, expected: int) -> None:
    assert fingerprint(text) == expected


def test_a_place_is_named_by_the_element_below_it(page: Page) -> None:
    body = page(f"<main><p>{SAME}</p> <h2 id=x>Another <b>heading</b> of some length</h2></main>")
    name = fingerprint("Another heading of some length")
    assert named(body, b"<h2") == [Landmark("before", "h2", name, 0)]


def test_elements_with_one_beginning_are_counted(page: Page) -> None:
    body = page(f"<main><p>{SAME}</p><p>{SAME}</p><p id=x>{SAME}</p></main>")
    assert named(body, b"<p id=x") == [Landmark("before", "p", fingerprint(SAME), 2)]


def test_beside_what_has_no_text_the_element_above_names_the_place(page: Page) -> None:
    body = page(f"<main><p>{SAME}</p><!-- x --><img src=a.png></main>")
    assert named(body, b"<img") == [Landmark("after", "p", fingerprint(SAME), 0)]


def test_a_place_beside_nothing_nameable_has_no_name(page: Page) -> None:
    body = page(f"<p>{SAME}</p><main>bare text <img src=a.png> and <hr> more</main>")
    assert named(body, b"<img", b"<hr") == [None, None]


def test_the_end_of_the_body_needs_no_neighbour(page: Page) -> None:
    body = page("<main><img src=a.png></main>")
    assert named(body, b"</body>") == [Landmark("end", "body", 0, 0)]


@pytest.mark.parametrize("charset", ["utf-8", "windows-1254", "shift_jis", "utf-16le"])
def test_names_are_of_the_real_text_whatever_the_encoding(charset: str) -> None:
    text = {"windows-1254": "Gemi sabah yedide eski limandan ayr\u0131l\u0131r"}.get(
        charset, "\u8239\u306f\u4e03\u6642\u306b\u53e4\u3044\u6e2f\u3092\u51fa\u308b" * 3
    )
    body = f"<!doctype html><title>T</title><body><main><p>{text}</p></main>".encode(charset)
    mark = "<p>".encode(charset)
    assert named(body, mark, charset=charset) == [Landmark("before", "p", fingerprint(text), 0)]


def test_text_for_readers_without_scripts_is_read_as_a_browser_reads_it(page: Page) -> None:
    inside = f"<noscript><p>{SAME}</p></noscript>"
    body = page(f"<main>{inside}<p id=x>{SAME}</p></main>")
    assert named(body, b"<p id=x") == [Landmark("before", "p", fingerprint(SAME), 0)]
