"""Testers' links in Chromium, with nginx's cache between the reader and the gateway."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page

from adweave.events import segments
from adweave.experiments import counts_sentence, report_on
from tests.browser.cached import SLOT, VARIANTS, CachedSite
from tests.browser.reading import NewReader

FILES = {
    "site.toml": '[consent]\nvisitor_id = "assumed"\n',
    "layouts/article.toml": f'pages = ["/**"]\n{SLOT}max = 1\n',
    "layouts/dense.toml": f'{SLOT}max = 3\nevery = "500px"\n',
    "experiments/density.toml": f'status = "running"\ntraffic = 0\n{VARIANTS}',
}


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[CachedSite]:
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed: apt-get install nginx")
    with ExitStack() as stack:
        yield CachedSite(tmp_path, stack, FILES)


def slots(page: Page) -> int:
    return page.locator("ad-slot").count()


def test_a_tester_sees_the_variant_while_clicking_on_and_counts_for_nothing(
    stand: CachedSite, somebody: NewReader
) -> None:
    reader = somebody().new_page()
    first = reader.goto(f"{stand.origin}/a")
    assert first is not None
    control = slots(reader)
    assert control > 0
    tester = somebody().new_page()
    shown = tester.goto(stand.link("dense"))
    assert shown is not None
    assert tester.url == f"{stand.origin}/a"
    dense = slots(tester)
    assert dense > control
    # The cache holds one page for both.
    assert shown.headers["x-cache"] == "HIT"
    assert shown.body() == first.body()
    tester.goto(f"{stand.origin}/a/other")
    assert slots(tester) == dense
    assert slots(reader) == control
    stranger = somebody().new_page()
    stranger.goto(f"{stand.origin}/a")
    assert slots(stranger) == control

    for page in (reader, tester, stranger):
        page.goto("about:blank")
    stand.reported(lambda lines: sum('"kind":"view"' in line for line in lines) >= 4, "4 views")
    # The view and the exposure of both pages.
    stand.reported(lambda lines: sum('"qa":true' in line for line in lines) >= 4, "4 of a tester")
    report = report_on(segments(stand.state), stand.site.experiments["density"])
    assert report.sections == ()
    assert report.health.qa >= 4
    assert "by testers with a signed link (QA left out)" in counts_sentence(report.health)


def test_a_tester_may_take_the_other_variant_and_then_be_a_reader_again(
    stand: CachedSite, somebody: NewReader
) -> None:
    page = somebody().new_page()
    page.goto(stand.link("dense"))
    assert page.evaluate("[window.adweave.qa, window.adweave.variant]") == [True, 1]
    dense = slots(page)
    page.goto(stand.link("control"))
    assert 0 < slots(page) < dense
    assert page.evaluate("window.adweave.qa") is True
    page.goto(f"{stand.origin}/_adweave/qa")
    page.goto(f"{stand.origin}/a")
    assert page.evaluate("[window.adweave.qa, window.adweave.variant]") == [False, -1]


def test_a_forged_link_shows_a_sentence_and_leaves_pages_as_they_are(
    stand: CachedSite, somebody: NewReader
) -> None:
    page = somebody().new_page()
    answer = page.goto(stand.link("control").replace(".control.", ".dense."))
    assert answer is not None
    assert answer.status == 403
    assert "not made by this site" in page.content()
    page.goto(f"{stand.origin}/a")
    assert page.evaluate("[window.adweave.qa, window.adweave.variant]") == [False, -1]
