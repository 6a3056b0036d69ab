"""Pages to look at: what is in the file, and that nothing of the page's own runs in it."""

from __future__ import annotations

import html
import json
import re

from adweave.placements import load
from adweave.review import (
    Comparison,
    Pair,
    Totals,
    comparison_page,
    explanation_of,
    explanation_page,
)
from tests import configurations
from tests.golden import SHIPPED
from tests.unit.review.pages import article, page

BODY = article("8", "<h2>Next</h2>", "6", "<script>alert(1)</script>")


def facts_in(document: str) -> dict:
    found = re.search(r'<script type="application/json" id="facts">(.*?)</script>', document)
    assert found
    return json.loads(found[1])


def markup_in(document: str) -> str:
    found = re.search(r'<textarea id="page-0" hidden>(.*?)</textarea>', document, re.DOTALL)
    assert found
    return html.unescape(found[1])


def explained() -> str:
    return explanation_page(explanation_of(page(BODY), load(SHIPPED).site_or_raise()))


def test_the_file_needs_nothing_else() -> None:
    document = explained()
    outside = re.sub(r"<textarea.*?</textarea>", "", document, flags=re.DOTALL)
    assert not re.search(r"""(?:src|href)\s*=\s*["']?http|@import|url\(""", outside)


def test_the_page_cannot_run_scripts_or_open_frames() -> None:
    document = explained()
    assert '<iframe sandbox="allow-same-origin"' in document
    head = markup_in(document).split("<meta")[1]
    assert "script-src 'none'; frame-src 'none'" in html.unescape(head)


def test_the_page_is_whole_but_for_marks() -> None:
    marked = markup_in(explained())
    marked = re.sub(r'<adweave-gap data-g="\d+"></adweave-gap>| data-adweave-b="\d+"', "", marked)
    marked = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", marked)
    assert marked == BODY.decode()


def test_every_gap_has_its_reasons_and_changes() -> None:
    (only,) = facts_in(explained())["pages"]
    (layout,) = only["sides"][0]["layouts"]
    assert layout["slots"]
    refused = [gap for gap in layout["gaps"].values() if gap["why"]["mobile"]]
    assert refused
    assert any("px below the article's start needed" in gap["why"]["mobile"][0] for gap in refused)
    assert any(gap["changes"] for gap in layout["gaps"].values())


def test_markup_in_a_pages_name_stays_text() -> None:
    explanation = explanation_of(
        page(BODY, "<img src=x onerror=alert(1)>.html"), load(SHIPPED).site_or_raise()
    )
    document = explanation_page(explanation)
    assert "<img src=x" not in document


def test_an_end_of_the_holder_in_the_page_does_not_end_it() -> None:
    nasty = page(article("12", "<textarea></textarea></script>"))
    document = explanation_page(explanation_of(nasty, load(SHIPPED).site_or_raise()))
    assert document.count("</textarea>") == 1
    assert "</textarea></script>" in markup_in(document)


def test_a_page_that_is_passed_is_shown_with_the_reason() -> None:
    document = explanation_page(
        explanation_of(page(b"<!doctype html><p>short"), load(SHIPPED).site_or_raise())
    )
    (only,) = facts_in(document)["pages"]
    assert "no article" in only["total"]


def test_both_sides_of_a_comparison_have_their_slots() -> None:
    sites = [
        configurations.site(configurations.layout(max=most).model_copy(update={"pages": ("/**",)}))
        for most in (4, 1)
    ]
    old, new, change = Comparison(*sites).outcomes(page(BODY))
    assert old is not None
    assert new is not None
    pair = Pair(page(BODY), old, new, change)
    document = comparison_page([pair], Totals.of([change]), "old", "new")
    (only,) = facts_in(document)["pages"]
    before, after = (side["layouts"][0]["slots"] for side in only["sides"])
    assert len(before) > len(after)
    assert {slot["state"] for slot in before} >= {"removed"}
    assert only["entries"]
    assert "1 of 1 pages change" in document
