"""The voices in a node process, where node and npm are."""

from __future__ import annotations

import pytest

from tests.quality import node

SLOT = '<ad-slot data-label="Advertisement"></ad-slot>'


@pytest.fixture(scope="module", autouse=True)
def _needs_node() -> None:
    if trouble := node.trouble():
        pytest.skip(f"Mozilla's Readability and parse5 are not asked: {trouble}")


def test_readability_reads_an_article_and_nothing_of_an_empty_page() -> None:
    sentence = "The ferry left before the tide had made up its mind. "
    page = f"<html><body><article><p>{sentence * 20}</p></article></body></html>"
    read, nothing = node.reader_texts([page, ""])
    assert read is not None
    assert sentence.strip() in read
    assert nothing is None


def test_the_third_parser_tells_same_from_different_trees() -> None:
    answers = node.third_voices(
        [
            ("<p>a<p>b", f"<p>a{SLOT}<p>b"),
            ("<p><b>a</p><p>b", f"<p><b>a</p>{SLOT}<p>b"),
            ("<noscript>a</noscript>", f"<noscript>a{SLOT}</noscript>"),
            ("<p><ad-slot pos=x></ad-slot>", f"<p><ad-slot pos=x></ad-slot>{SLOT}"),
            ("<p><ad-slot pos=x></ad-slot>", f"<p>{SLOT}"),
        ]
    )
    assert answers == [True, False, False, True, False]
