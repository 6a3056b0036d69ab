"""Explanations, comparisons and the linter's `--browser`, in Chromium."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from adweave.cli import main
from adweave.placements import load
from adweave.review import explanation_of, explanation_page
from adweave.review.lint import NoBrowser, lens, lint_page
from tests.golden import SHIPPED
from tests.unit.review.pages import RESERVED, article, page

pytestmark = pytest.mark.browser

STYLE = "<style>body{margin:0 auto;width:300px;font:16px/20px serif}.ad{display:block}</style>"
BODY = article("8", "<h2>Next</h2>", "6", head=f"{STYLE}<script>document.title='ran'</script>")


@pytest.fixture
def shown(context, tmp_path: Path):
    """Open an explanation of BODY in a window so wide."""

    def open_(width: int):
        site = load(SHIPPED).site_or_raise()
        file = tmp_path / "page.html"
        file.write_text(explanation_page(explanation_of(page(BODY), site)), encoding="utf-8")
        tab = context.new_page()
        tab.faults = []
        tab.on("pageerror", lambda error: tab.faults.append(str(error)))
        tab.set_viewport_size({"width": width, "height": 800})
        tab.goto(f"file://{file}")
        tab.frame_locator("iframe").locator("adweave-marks .slot").first.wait_for()
        return tab

    return open_


@pytest.mark.parametrize(("width", "viewport"), [(360, "mobile"), (1280, "desktop")])
def test_slots_are_drawn_where_they_take_their_room(shown, width: int, viewport: str) -> None:
    tab = shown(width)
    assert tab.locator("[name=viewport]:checked").input_value() == viewport
    frame = tab.frame_locator("iframe")
    slot = frame.locator("adweave-marks .slot").first.bounding_box()
    below = frame.locator("adweave-gap[style*=block]").first.bounding_box()
    assert slot["y"] == pytest.approx(below["y"], abs=2)
    assert slot["height"] == pytest.approx(below["height"], abs=2)
    assert tab.faults == []


def test_the_pages_own_script_does_not_run(shown) -> None:
    tab = shown(1280)
    assert tab.frames[1].evaluate("document.title") == "News"


def test_a_gap_in_the_list_leads_to_its_place(shown) -> None:
    tab = shown(1280)
    tab.locator("aside button.taken").last.click()
    chosen = tab.frame_locator("iframe").locator("adweave-marks .chosen")
    assert chosen.count() == 1
    chosen.wait_for(state="visible")
    assert tab.locator("aside [aria-current]").count() == 1


def test_nothing_of_the_drawing_is_wider_than_a_phone(shown) -> None:
    tab = shown(360)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360


def test_heights_are_those_of_the_browser() -> None:
    body = page(article("2", RESERVED, "2", head=STYLE))
    with lens() as found:
        measured = lint_page(body, measure=found.measured)
    assert measured.is_measured
    shares = {share.viewport: share for share in measured.shares}
    assert shares["mobile"].ads_px == pytest.approx(274, abs=1)
    # 300 px wide on either: measured heights do not depend on the window here.
    assert shares["mobile"].content_px == pytest.approx(shares["desktop"].content_px, abs=1)
    assert measured.shares != lint_page(body).shares


def test_a_height_in_a_style_that_only_a_browser_reads_is_a_reserve() -> None:
    ad = '<aside><div class="ad" data-label="Ad"></div></aside>'
    body = page(article("9", ad, "9", head="<style>aside>div:first-child{height:250px}</style>"))
    assert [f.rule for f in lint_page(body).findings] == ["no-reserve"]
    with lens() as found:
        assert [f.rule for f in lint_page(body, measure=found.measured).findings] == []


def test_the_command_lays_pages_out(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_bytes(article("9", RESERVED, "9", head=STYLE))
    done = CliRunner().invoke(main, ["lint", "--browser", "--json", str(file)])
    assert json.loads(done.stdout)["measured"] is True


def test_without_playwright_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "page.html"
    file.write_bytes(article("9"))
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    done = CliRunner().invoke(main, ["lint", "--browser", str(file)])
    assert done.exit_code == 3
    assert "pip install 'adweave[browser]'" in done.stderr


def test_without_chromium_the_command_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADWEAVE_CHROMIUM", "/no/such/browser")
    with pytest.raises(NoBrowser, match="can't start Chromium"), lens():
        pass
