from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adweave.slots.markup import element, json_attribute, json_text, marker


class Reader(HTMLParser):
    """The standard library's HTML parser, as somebody else's opinion of what was written."""

    def __init__(self, markup: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.comments: list[str] = []
        self.text = ""
        self.feed(markup.decode("ascii"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_comment(self, comment: str) -> None:
        self.comments.append(comment)

    def handle_data(self, text: str) -> None:
        self.text += text


# A parser takes NUL, carriage returns and lone surrogates for something else in any case, and this
# one leaves out references to what is no character (U+FDD0, U+FFFE and the like).
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn"))).filter(bool)


@given(TEXTS)
def test_an_attribute_reads_back_as_it_was_meant_and_is_ascii(text: str) -> None:
    read = Reader(element("ad-slot", {"data-label": text, "data-nosnippet": ""}))
    assert read.found == [("ad-slot", {"data-label": text, "data-nosnippet": None})]
    assert read.text == ""


@given(st.dictionaries(st.text(), st.text() | st.integers()))
def test_json_reads_back_from_its_attribute(value: dict[str, str | int]) -> None:
    written = f"<script {json_attribute('data-adweave', json_text(value))}></script>".encode(
        "ascii"
    )
    ((_, attributes),) = Reader(written).found
    text = attributes["data-adweave"]
    assert text is not None
    assert json.loads(text) == value


@given(st.text())
def test_json_has_nothing_that_begins_or_ends_a_tag_or_comment(text: str) -> None:
    assert not {"<", ">"} & set(json_text(text))


def test_a_marker_is_a_comment_with_its_number() -> None:
    assert marker(12) == b"<!--adweave:12-->"
    assert Reader(marker(12)).comments == ["adweave:12"]


@pytest.mark.parametrize("text", ["إعلان", "広告", "Реклама", "Anzeige – „neu“", "a\nb"])
def test_labels_of_any_script_become_references(text: str) -> None:
    assert element("ad-slot", {"data-label": text}).isascii()
    assert Reader(element("ad-slot", {"data-label": text})).found[0][1]["data-label"] == text
