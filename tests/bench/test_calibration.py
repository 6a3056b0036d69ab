"""The calibration's own parts: which gaps are compared, which distances count, what is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.bench.calibration import (
    Distance,
    counted,
    distances_in,
    is_fitted_on,
    main,
    marked,
    missed,
    report,
)

TEXT = "The ferry left before the tide had made up its mind, and nobody on the quay minded. " * 4
PAGE = f"<!doctype html><article><p>{TEXT}</p><h2>Ropes</h2><p>{TEXT}</p><p>{TEXT}</p></article>"


def distance(
    page: str = "a", *, kind: str = "neighbours", width: int = 360, blocks: tuple[str, ...] = (),
    estimated: float = 100.0, actual: float = 100.0,
) -> Distance:  # fmt: skip
    return Distance(page, "english", width, kind, blocks, "", estimated, actual)


def test_gaps_without_a_fault_are_marked_and_nothing_else() -> None:
    made = marked(PAGE.encode(), "text/html; charset=utf-8")
    assert made is not None
    outline, woven, content_type = made
    assert content_type == "text/html; charset=UTF-8"
    for number, gap in enumerate(outline.gaps):
        assert (f"<!--gap {number}-->".encode() in woven) == (gap.fault is None)
        woven = woven.replace(f"<!--gap {number}-->".encode(), b"")
    assert woven == PAGE.encode()


def test_a_page_without_an_article_is_not_marked() -> None:
    assert marked(b"<p>Short", "text/html; charset=utf-8") is None


def test_distances_go_to_the_next_gap_and_to_the_first_500_px_below() -> None:
    made = marked(PAGE.encode(), "text/html; charset=utf-8")
    assert made is not None
    outline = made[0]
    tops = {0: 0.0, 1: 300.0, 3: 700.0, 4: 900.0}
    found = distances_in(outline, tops, 768, page="a", group="english")
    assert [(one.kind, one.actual) for one in found] == [
        ("neighbours", 300.0), ("neighbours", 400.0), ("neighbours", 200.0),
        ("apart", 700.0), ("apart", 600.0),
    ]  # fmt: skip
    assert found[1].blocks == ("heading", "paragraph")
    # A window of 768 px has the desktop's estimates.
    assert found[1].estimated == sum(block.heights_px[1] for block in outline.blocks[1:3])


def test_a_page_counts_with_at_most_24_distances_and_none_that_scripts_fill() -> None:
    many = [distance("long", estimated=float(n)) for n in range(100)]
    filled = [distance("b", blocks=("paragraph", "embed")), distance("b", blocks=("ad",))]
    kept, left_out = counted([*many, *filled, distance("c")])
    assert left_out == 2
    assert len(kept) == 25
    assert max(one.estimated for one in kept) > 90


def test_an_error_is_a_share_of_the_real_distance() -> None:
    assert distance(estimated=150.0).error == pytest.approx(0.5)
    assert distance(estimated=50.0).off == pytest.approx(-0.5)
    assert distance(estimated=20.0, actual=0.0).error == pytest.approx(20.0)


def test_the_same_page_in_other_charsets_is_in_the_same_half() -> None:
    assert is_fitted_on("aeb/x") == is_fitted_on("aeb/x--koi8-r")
    halves = [is_fitted_on(f"page/{n}") for n in range(100)]
    assert 30 < sum(halves) < 70


def test_a_missed_bound_is_told_with_its_width() -> None:
    good = [distance(width=width) for width in (360, 768, 1280)]
    assert missed(good) == []
    bad = [distance(width=768, estimated=130.0)] * 3
    assert missed([*good, *bad]) == ["neighbours at 768 px: median 30.0%, wanted 15%"]


def test_the_report_names_the_largest_errors_with_their_blocks() -> None:
    kept = [distance(f"page/{n}") for n in range(20)]
    worst = distance("page/tall", blocks=("image",), estimated=413.0, actual=900.0)
    text = report([*kept, worst], 7, 10)
    assert "| image | 1 | 1 |" in text
    assert "| page/tall | 360 | image | 413 | 900 |" in text
    assert "7 distances" in text
    assert "page/3 " not in text


def test_without_a_corpus_the_command_says_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADWEAVE_CORPUS", str(tmp_path))
    shown = CliRunner().invoke(main, [])
    assert shown.exit_code == 3
    assert "ADWEAVE_CORPUS" in shown.output
