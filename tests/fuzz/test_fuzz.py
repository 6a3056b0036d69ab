"""The bounded part of the fuzzer, with a fixed seed, and every page that once failed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from adweave.http import PagePassed
from adweave.page import Outline, Source, outline_of
from tests.fuzz import check as checking
from tests.fuzz.cases import case_of
from tests.fuzz.check import check
from tests.fuzz.reducing import reduced
from tests.fuzz.run import pool_of, run

_KEPT = sorted((Path(__file__).parent / "kept").glob("*.html"))
_SEED = 20
_CASES = 3000

SOUND = (
    "<!doctype html><html lang=en><head><meta charset=utf-8><title>Ferry</title></head><body>"
    "<main><h1>Ferry</h1>"
    + "".join(
        f"<p>On day {n} the ferry left before the tide had made up its mind, and the captain, "
        "who had read the tables twice, did not look back at the quay or at the donkey.</p>"
        for n in range(12)
    )
    + "</main></body></html>"
).encode()


@pytest.mark.timeout(600)
def test_thousands_of_broken_pages_give_a_doubt_or_a_page_that_holds() -> None:
    summary = run(_SEED, _CASES)
    assert summary.cases == _CASES
    assert summary.verdicts["woven"] > _CASES // 10, summary.verdicts
    assert not summary.failures, summary.failures[:5]
    # html5lib alone is wrong now and then; a third parser decides in `make fuzz`.
    assert len(summary.disputes) <= _CASES // 200, summary.disputes[:5]


@pytest.mark.parametrize("page", _KEPT, ids=lambda page: page.stem)
def test_pages_that_once_failed_hold(page: Path) -> None:
    # The charset of the Content-Type stands in the file's name: NAME--CHARSET.html.
    charset = page.stem.rpartition("--")[2] if "--" in page.stem else "utf-8"
    content_type = "text/html" if charset == "none" else f"text/html; charset={charset}"
    outcome = check(page.read_bytes(), content_type)
    assert not outcome.fault, outcome.fault


def test_the_same_seed_and_number_give_the_same_page() -> None:
    pool = pool_of(3)
    assert [case_of(3, n, pool) for n in range(50)] == [case_of(3, n, pool) for n in range(50)]
    assert case_of(3, 0, pool) != case_of(4, 0, pool_of(4))


def test_a_sound_page_is_woven_and_holds() -> None:
    outcome = check(SOUND, "text/html; charset=utf-8")
    assert (outcome.verdict, outcome.fault) == ("woven", "")


def test_an_exception_of_the_engine_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise IndexError("out of range")

    monkeypatch.setattr(checking, "outline_of", broken)
    assert "IndexError: out of range" in check(SOUND, "text/html").fault


def test_a_reason_that_is_not_documented_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def doubtful(*_: object) -> None:
        raise PagePassed("because")

    monkeypatch.setattr(checking._planner(), "woven", doubtful)
    assert "because" in check(SOUND, "text/html").fault


def test_a_weave_that_loses_a_byte_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = checking.weave
    monkeypatch.setattr(checking, "weave", lambda *given: sound(*given).replace(b"!", b"", 1))
    assert "own bytes differ" in check(SOUND, "text/html; charset=utf-8").fault


def test_a_self_check_that_lets_a_split_element_stand_is_a_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # An unclosed <b>: a slot between the paragraphs makes a second one.
    page = SOUND.replace(b"<p>On day 3", b"<p><b>On day 3")

    def unproved(source: Source) -> Outline:
        outline = outline_of(source)
        gaps = tuple(dataclasses.replace(gap, fault=None) for gap in outline.gaps)
        return dataclasses.replace(outline, gaps=gaps)

    monkeypatch.setattr(checking, "outline_of", unproved)
    monkeypatch.setattr(checking, "broken_insertions", lambda *_: frozenset())
    assert "scripting" in check(page, "text/html; charset=utf-8").fault


def test_a_bad_page_is_reduced_to_what_makes_it_bad() -> None:
    def is_bad(body: bytes, content_type: str | None) -> bool:
        return b"<xmp>" in body and b"</p>" in body

    small = reduced(SOUND.replace(b"<p>On day 7", b"<xmp><p>On day 7"), None, is_bad)
    assert sorted((small[:5], small[5:])) == sorted((b"<xmp>", b"</p>")) or len(small) == 9
