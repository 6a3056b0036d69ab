"""Encodings: found as browsers find them, and places that map back to bytes."""

from __future__ import annotations

import pytest

from adweave.page import PageDoubt
from adweave.page.charset import encoding_of, read, read_as

GREEK = "<p>Το πλοίο <b>φεύγει</b> στις επτά</p>"


def test_a_byte_order_mark_beats_the_header() -> None:
    assert encoding_of(b"\xef\xbb\xbf<p>x", "text/html; charset=koi8-r") == "UTF-8"
    assert encoding_of("\ufeff<p>".encode("utf-16-le"), "text/html") == "UTF-16LE"
    assert encoding_of("\ufeff<p>".encode("utf-16-be"), None) == "UTF-16BE"


def test_the_header_beats_the_meta_element() -> None:
    body = b'<meta charset="windows-1251"><p>x'
    assert encoding_of(body, "text/html;CHARSET=ISO-8859-9") == "windows-1254"


def test_an_unknown_label_in_the_header_is_ignored() -> None:
    assert encoding_of(b'<meta charset="koi8-u"><p>x', "text/html; charset=nonsense") == "KOI8-U"


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("latin1", "windows-1252"),
        ("tis-620", "windows-874"),
        ("gb2312", "GBK"),
        ("ks_c_5601-1987", "EUC-KR"),
        ("x-sjis", "Shift_JIS"),
        ('"utf8"', "UTF-8"),
    ],
)
def test_labels_are_those_of_the_encoding_standard(label: str, name: str) -> None:
    assert encoding_of(b"<p>x", f"text/html; charset={label}") == name


def test_a_meta_element_beyond_the_prescan_still_counts() -> None:
    body = b"<!--" + b" " * 2_000 + b'--><meta charset="shift_jis"><p>\x83\x5c'
    assert encoding_of(body, "text/html") == "Shift_JIS"


def test_undeclared_utf_8_is_taken_when_it_is_valid() -> None:
    assert encoding_of("<p>Zażółć".encode(), "text/html") == "UTF-8"


@pytest.mark.parametrize(
    "body",
    [
        b"<p>caf\xe9 society",
        b"<p>\x1b$B$3$s\x1b(B",
        b"<\x00p\x00>\x00",
    ],
    ids=["not UTF-8", "ISO-2022 escapes", "NULs"],
)
def test_an_undeclared_encoding_that_must_be_guessed_is_a_doubt(body: bytes) -> None:
    with pytest.raises(PageDoubt) as doubt:
        encoding_of(body, "text/html")
    assert doubt.value.reason == "charset"


@pytest.mark.parametrize("label", ["utf-7", "utf-32", "iso-2022-kr", "x-user-defined"])
def test_encodings_in_which_ascii_is_not_ascii_are_a_doubt(label: str) -> None:
    with pytest.raises(PageDoubt):
        read(b"<p>x", f"text/html; charset={label}")


def test_utf_8_in_name_only_is_a_doubt_but_one_broken_character_is_not() -> None:
    cyrillic = ("слово " * 50).encode("cp1251")
    with pytest.raises(PageDoubt):
        read_as(b"<p>" + cyrillic, "UTF-8")
    reading = read_as("<p>слово ".encode() * 9 + b"\xd1<b>", "UTF-8")
    assert reading.text.endswith("<b>")
    assert reading.real(reading.text).startswith("<p>слово")


@pytest.mark.parametrize(
    "encoding",
    ["UTF-8", "windows-1253", "ISO-8859-7", "UTF-16LE", "UTF-16BE"],
)
def test_every_place_maps_to_the_byte_where_its_tag_begins(encoding: str) -> None:
    codec = {"UTF-16LE": "utf-16-le", "UTF-16BE": "utf-16-be", "windows-1253": "cp1253"}.get(
        encoding, encoding
    )
    body = GREEK.replace("</b>", "</b>\r\n").encode(codec)
    reading = read_as(body, encoding)
    places = [place for place, char in enumerate(reading.text) if char == "<"]
    offsets = reading.byte_offsets(places)
    for place in places:
        offset = offsets[place]
        assert offset is not None
        assert body[offset:].startswith("<".encode(codec))


def test_a_byte_order_mark_is_counted() -> None:
    reading = read_as(b"\xef\xbb\xbf" + GREEK.encode(), "UTF-8")
    assert reading.byte_offsets([0]) == {0: 3}


def test_characters_beyond_the_basic_plane_take_two_units_in_utf_16() -> None:
    reading = read_as("😀<b>".encode("utf-16-le"), "UTF-16LE")
    assert reading.byte_offsets([1]) == {1: 4}


def test_a_trail_byte_that_looks_like_ascii_is_no_markup() -> None:
    # 0x83 0x5C is one character whose second byte is a backslash.
    reading = read_as("<p>ソフト</p>".encode("cp932"), "Shift_JIS")
    assert reading.real(reading.text) == "<p>ソフト</p>"
    assert reading.byte_offsets([reading.text.index("</p>")]) == {9: 9}


def test_a_character_reference_stays_what_it_is_in_a_legacy_encoding() -> None:
    reading = read_as("<p>東京".encode("euc_jp"), "EUC-JP")
    assert reading.real(reading.text[3:] + "\u20ac") == "東京\u20ac"


def test_iso_2022_jp_takes_insertions_only_in_its_ascii_state() -> None:
    body = "<p>東京タワー</p><b>x</b>".encode("iso2022_jp")
    reading = read_as(body, "ISO-2022-JP")
    start = reading.text.index("東")
    offsets = reading.byte_offsets([0, start, start + 2, reading.text.index("</p>")])
    assert offsets[0] == 0
    assert offsets[start] == 3  # before the escape sequence, where ASCII is still in force
    assert offsets[start + 2] is None
    after = offsets[reading.text.index("</p>")]
    assert after is not None
    assert body[after:].startswith(b"</p>")


def test_bytes_beyond_ascii_contradict_iso_2022_jp() -> None:
    with pytest.raises(PageDoubt):
        read_as(b"<p>\xe3\x81\x82", "ISO-2022-JP")
