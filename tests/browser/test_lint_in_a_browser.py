"""The linter's `--browser`: real heights, and a clear end where there is no browser.

Apart from the tests that share a browser: the linter starts one of its own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from adweave.cli import main
from adweave.review.lint import NoBrowser, lens, lint_page
from tests.unit.review.pages import RESERVED, article, page

STYLE = "<style>body{margin:0 auto;width:300px;font:16px/20px serif}.ad{display:block}</style>"
pytestmark = pytest.mark.usefixtures("chromium_path")


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


def test_an_ad_without_a_reserve_counts_with_the_height_that_it_will_have() -> None:
    ad = '<div class="ad" data-label="Ad"></div>'
    body = page(article("2", ad, "2", ad, "2", head=STYLE))
    with lens() as found:
        measured = lint_page(body, measure=found.measured)
    assert {share.ads_px for share in measured.shares} == {500}
    assert "no-reserve" in {finding.rule for finding in measured.findings}


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
