"""Testers' links in Chromium, with nginx's cache between the reader and the gateway."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page

from adweave.cli.experiment import experiment as command
from adweave.events import SegmentStore, events_folder, page_key, segments
from adweave.experiments import counts_sentence, report_on
from adweave.placements import load
from tests.deploy.test_shared_cache import RAW, _nginx
from tests.unit.http.wire import always, in_front_of

SLOT = '[[placement]]\nname = "inline"\nkind = "inline"\nsizes = [[300, 250]]\n'
FILES = {
    "site.toml": '[consent]\nvisitor_id = "assumed"\n',
    "layouts/article.toml": f'pages = ["/**"]\n{SLOT}max = 1\n',
    "layouts/dense.toml": f'{SLOT}max = 3\nevery = "500px"\n',
    "experiments/density.toml": """\
status = "running"
traffic = 0
[[variant]]
name = "control"
layout = "article"
weight = 1
[[variant]]
name = "dense"
layout = "dense"
weight = 1
""",
}
PATIENCE_S = 30


class Stand:
    """A site behind nginx: `experiment` is its command, `events` what was reported."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        for name, text in FILES.items():
            (folder / "placements" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "placements" / name).write_text(text)
        self.state = folder / "state"
        self.store = SegmentStore(events_folder(self.state))
        stack.callback(self.store.close)
        self.site = load(folder / "placements").site_or_raise()
        gateway, _ = stack.enter_context(
            in_front_of(
                always(RAW), site=self.site, page_key=page_key(self.state), store=self.store
            )
        )
        self.port = _nginx(stack, folder, gateway.port)
        self.origin = f"http://127.0.0.1:{self.port}"

    def link(self, variant: str, path: str = "/a") -> str:
        asked = ["link", "density", variant, self.origin + path]
        where = ["--placements", str(self._folder / "placements"), "--state", str(self.state)]
        result = CliRunner().invoke(command, [*asked, *where])
        assert result.exit_code == 0, result.output
        return result.stdout.strip()

    def wait_for(self, text: bytes, times: int) -> None:
        ends = time.monotonic() + PATIENCE_S
        while sum(path.read_bytes().count(text) for path in segments(self.state)) < times:
            assert time.monotonic() < ends, f"{text!r} was not reported {times} times"
            time.sleep(0.05)


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed: apt-get install nginx")
    with ExitStack() as stack:
        yield Stand(tmp_path, stack)


@pytest.fixture
def somebody(chromium: Browser) -> Iterator[Callable[[], Page]]:
    contexts = []

    def new() -> Page:
        contexts.append(chromium.new_context())
        return contexts[-1].new_page()

    yield new
    for context in contexts:
        context.close()


def slots(page: Page) -> int:
    return page.locator("ad-slot").count()


def test_a_tester_sees_the_variant_while_clicking_on_and_counts_for_nothing(
    stand: Stand, somebody: Callable[[], Page]
) -> None:
    reader = somebody()
    first = reader.goto(f"{stand.origin}/a")
    assert first is not None
    control = slots(reader)
    assert control > 0
    tester = somebody()
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
    stranger = somebody()
    stranger.goto(f"{stand.origin}/a")
    assert slots(stranger) == control

    for page in (reader, tester, stranger):
        page.goto("about:blank")
    stand.wait_for(b'"kind":"view"', 4)
    stand.wait_for(b'"qa":true', 4)  # the view and the exposure of both pages
    report = report_on(segments(stand.state), stand.site.experiments["density"])
    assert report.sections == ()
    assert report.health.qa >= 4
    assert "by testers with a signed link (QA left out)" in counts_sentence(report.health)


def test_a_tester_may_take_the_other_variant_and_then_be_a_reader_again(
    stand: Stand, somebody: Callable[[], Page]
) -> None:
    page = somebody()
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
    stand: Stand, somebody: Callable[[], Page]
) -> None:
    page = somebody()
    answer = page.goto(stand.link("control").replace(".control.", ".dense."))
    assert answer is not None
    assert answer.status == 403
    assert "not made by this site" in page.content()
    page.goto(f"{stand.origin}/a")
    assert page.evaluate("[window.adweave.qa, window.adweave.variant]") == [False, -1]
