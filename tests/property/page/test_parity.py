"""Whatever the markup: no exception, no changed byte, no changed tree at any faultless gap."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import turbohtml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adweave.page import PageDoubt, broken_insertions, outline_of, read_page, weave

SLOT = b'<ad-slot data-n="1" data-label="Advertisement" aria-hidden="true"></ad-slot>'
TEXT = (
    "The ferry leaves the old harbour at seven, an hour before the market opens, and the crew"
    " counts the crates twice before anybody may come aboard. "
)
TAGS = [
    *(
        "p",
        "div",
        "span",
        "b",
        "i",
        "a",
        "em",
        "font",
        "nobr",
        "h2",
        "section",
        "article",
        "x-block",
    ),
    *("table", "tbody", "tr", "td", "th", "caption", "colgroup", "ul", "li", "dl", "dt", "details"),
    *("blockquote", "figure", "img", "br", "hr", "pre", "form", "button", "select", "option"),
    *("svg", "math", "template", "noscript", "script", "style", "title", "textarea", "plaintext"),
    *("body", "html", "head", "center", "main", "nav", "x-block"),
]
ATTRIBUTES = ["", "", "", " class=ad", " hidden", " data-adweave-off", " id=a>", " style='x", " /"]

starts = st.builds("<{}{}>".format, st.sampled_from(TAGS), st.sampled_from(ATTRIBUTES))
ends = st.builds("</{}>".format, st.sampled_from(TAGS))
texts = st.sampled_from(
    [TEXT, TEXT * 2, "short", " ", "\r\n", "&nbsp;", "é", "東京", "\x00", "<!--", "-->"]
)
closed = st.builds("<{0}>{1}</{0}>".format, st.sampled_from(["p", "div", "b", "h2", "li"]), texts)
paragraphs = st.just(f"<p>{TEXT * 2}</p>\n")
pieces = st.one_of(paragraphs, paragraphs, paragraphs, starts, ends, texts, closed)
pages = st.builds(
    "<!doctype html><html><head><meta charset=utf-8></head><body>{}".format,
    st.lists(pieces, min_size=4, max_size=40).map("".join),
)
encodings = st.sampled_from([("utf-8", "utf-8"), ("shift_jis", "cp932"), ("utf-16le", "utf-16-le")])


def _same(read: Callable[[bytes], str], woven: bytes, body: bytes, *, scripting: bool) -> bool:
    tree = turbohtml.parse(read(woven), scripting=scripting)
    tree.remove("ad-slot[data-label]")
    return tree.equals(turbohtml.parse(read(body), scripting=scripting))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pages, encodings)
def test_an_element_at_any_faultless_gap_leaves_the_tree_as_it_was(
    page: str, encoding: tuple[str, str]
) -> None:
    label, codec = encoding
    body = page.encode(codec, "replace")
    try:
        source = read_page(body, f"text/html; charset={label}")
        outline = outline_of(source)
    except PageDoubt:
        return

    def read(octets: bytes) -> str:
        return octets.decode(codec, "replace").replace("\r\n", " \n")

    plan = [(gap.offset, SLOT) for gap in outline.gaps if gap.fault is None]
    for insertion in plan:
        woven = weave(body, [insertion], source.encoding)
        assert woven.replace(SLOT.decode().encode(codec), b"") == body
        for scripting in (False, True):
            assert _same(read, woven, body, scripting=scripting)
    assert broken_insertions(source, plan) == frozenset()
    offsets = [gap.offset for gap in outline.gaps]
    assert offsets == sorted(offsets)
    assert len(offsets) == (len(outline.blocks) + 1 if outline.blocks else 0)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([None, "text/html", "text/html; charset=utf-16"]))
def test_no_bytes_raise_anything_but_a_doubt(body: bytes, content_type: str | None) -> None:
    with contextlib.suppress(PageDoubt):
        outline_of(read_page(body, content_type))
