"""Small pages for the page engine's tests, written for them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adweave.page import Outline, outline_of, read_page

SENTENCE = (
    "The ferry leaves the old harbour at seven, an hour before the market opens,"
    " and the crew counts the crates twice before anybody may come aboard. "
)


def _prose(count: int = 6) -> list[str]:
    return [f"Paragraph {number}. {SENTENCE * 2}".strip() for number in range(1, count + 1)]


@pytest.fixture
def prose() -> Callable[..., list[str]]:
    """Paragraphs of an article, each with its number in front."""
    return _prose


@pytest.fixture
def page() -> Callable[..., bytes]:
    """A whole page around some markup."""

    def build(body: str, *, head: str = "", lang: str = "en") -> bytes:
        return (
            f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
            f"<title>Harbour news</title>{head}</head>\n<body>\n{body}\n</body></html>\n"
        ).encode()

    return build


@pytest.fixture
def outline(page: Callable[..., bytes]) -> Callable[..., Outline]:
    """The outline of some markup in a page."""

    def build(body: str, **around: str) -> Outline:
        return outline_of(read_page(page(body, **around), "text/html; charset=utf-8"))

    return build
