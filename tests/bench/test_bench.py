"""The bench's own parts: that rivals do what they are said to do, and contestants take turns.

No figure is tested here: `make bench` prints them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from click.testing import CliRunner

from tests.bench.__main__ import main
from tests.bench.baselines import (
    after_paragraphs_three_and_six,
    every_third_paragraph_end,
    lxml_after_paragraphs_three_and_six,
)
from tests.bench.pages import samples, usual_page
from tests.bench.serving import Caller, desk_with, woven_app
from tests.bench.timing import side_by_side

PAGE = b"<html><body>" + b"".join(b"<p>Paragraph %d.</p>" % n for n in range(7)) + b"</body></html>"


@pytest.mark.parametrize(
    "insert", [after_paragraphs_three_and_six, lxml_after_paragraphs_three_and_six]
)
def test_the_tree_rivals_insert_after_the_third_and_sixth_paragraph(
    insert: Callable[[bytes, str | None], bytes],
) -> None:
    before, middle, after = insert(PAGE, "utf-8").split(b"</ad-slot>")
    assert before.count(b"</p>") == 3
    assert middle.count(b"</p>") == 3
    assert after.count(b"</p>") == 1


def test_the_regular_expression_inserts_after_every_third_paragraph_end() -> None:
    parts = every_third_paragraph_end(PAGE, "utf-8").split(b"</ad-slot>")
    assert [part.count(b"</p>") for part in parts] == [3, 3, 1]


def test_the_rivals_keep_the_charset() -> None:
    page = "<html><body><p>Günaydın ada</p></body></html>".encode("windows-1254")
    for insert in (after_paragraphs_three_and_six, lxml_after_paragraphs_three_and_six):
        assert "Günaydın ada".encode("windows-1254") in insert(page, "windows-1254")


def test_every_contestant_runs_the_same_number_of_times() -> None:
    ran: list[str] = []
    calls = {name: (lambda name=name: ran.append(name)) for name in ("one", "other")}
    times = side_by_side([calls, calls], rounds=3, inner=2)
    assert ran.count("one") == ran.count("other") == 12
    assert [len(seconds) for seconds in times.of.values()] == [2, 2]
    assert times.ratio("one", "one") == 1.0


def test_the_usual_page_has_the_size_that_the_figures_are_for() -> None:
    assert 110_000 < len(usual_page().body) < 116_000


def test_samples_are_found_with_and_without_the_corpus(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("ADWEAVE_CORPUS", str(tmp_path))
    own, origin = samples(5)
    assert len(own) == 5
    assert "our own" in origin


def test_planning_runs_every_contestant_on_a_page() -> None:
    shown = CliRunner().invoke(main, ["planning", "--pages", "6", "--rounds", "1"])
    assert shown.exit_code == 0, shown.output
    assert "to beautifulsoup4+lxml" in shown.output
    assert "turbohtml: parse with locations" in shown.output


def test_the_usual_page_is_woven_from_the_cache_on_the_second_request() -> None:
    loop = asyncio.new_event_loop()
    page = usual_page()
    caller = Caller(woven_app(desk_with(page)), loop)
    first, status = caller.first()
    second, again = caller.first()
    loop.close()
    assert first == second != page.body
    assert "plan=hit" in again, (status, again)
