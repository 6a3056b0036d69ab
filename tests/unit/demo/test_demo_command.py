"""`adweave demo` as people start it: a process, its words, its pages, its end."""

from __future__ import annotations

import html
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import pytest

from adweave.demo.run import demo_files
from adweave.demo.stories import Story, stories
from adweave.labels import texts_for
from adweave.placements import example_files, load
from adweave.placements.switch import Since, Switch, write_switch

COMMAND = [sys.executable, "-c", "from adweave.cli import main; main()", "demo"]
STARTS_WITHIN_S = 60.0
ENDS_WITHIN_S = 30.0


@dataclass
class Demo:
    """A running demo, what it printed, and where its parts are."""

    process: subprocess.Popen[str]
    printed: str

    @property
    def gateway(self) -> str:
        return self._address("Front page").rstrip("/")

    @property
    def newsroom(self) -> str:
        return self._address("Without adweave").rstrip("/")

    @property
    def placements(self) -> Path:
        found = re.search(r"--placements (\S+)", self.printed)
        assert found
        return Path(found[1])

    def _address(self, title: str) -> str:
        found = re.search(rf"{title} +(http://\S+)", self.printed)
        assert found, self.printed
        return found[1]

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(ENDS_WITHIN_S)


def started(*arguments: str) -> Demo:
    """A demo that has said all that it says when it is up."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    ends, printed = monotonic() + STARTS_WITHIN_S, ""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while "Ctrl-C ends it." not in printed:
            assert selector.select(ends - monotonic()), f"nothing more after: {printed}"
            piece = os.read(process.stdout.fileno(), 65_536).decode("utf-8")
            assert piece, f"it ended: {printed}"
            printed += piece
    return Demo(process, printed)


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """A demo for all tests that only read pages."""
    running = started()
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.end(signal.SIGTERM)
        if running.process.stdout is not None:
            running.process.stdout.close()


def fetched(address: str) -> tuple[str, str]:
    """A page's text and its Adweave-Status."""
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.read().decode("utf-8"), answer.headers.get("Adweave-Status", "")


def is_listening(address: str) -> bool:
    parts = urlsplit(address)
    with socket.socket() as probe:
        return probe.connect_ex((parts.hostname or "", parts.port or 0)) == 0


def labels_in(page: str) -> set[tuple[str, str, str]]:
    """(label, lang, dir) of all slots, those of variants included."""
    page = page.replace("\\u003c", "<")
    slots = re.findall(r"<ad-slot [^>]*>", page)
    found = set()
    for slot in slots:
        values = [re.search(rf' {name}="([^"]*)"', slot) for name in ("data-label", "lang", "dir")]
        found.add(tuple(html.unescape(value[1]) if value else "" for value in values))
    return found  # type: ignore[return-value]


def test_it_prints_the_address_of_each_article(demo: Demo) -> None:
    for story in stories().values():
        assert f"{demo.gateway}{story.path}\n" in demo.printed


@pytest.mark.parametrize("story", stories().values(), ids=lambda story: story.slug)
def test_each_article_has_slots_labelled_in_its_own_language(demo: Demo, story: Story) -> None:
    page, status = fetched(f"{demo.gateway}{story.path}")
    texts = texts_for(story.lang)
    assert status.startswith("woven; ")
    assert labels_in(page) == {(texts.label, texts.lang, texts.dir)}


def test_the_english_article_on_the_turkish_template_has_english_labels(demo: Demo) -> None:
    page, status = fetched(f"{demo.gateway}/tr/library-night")
    assert '<html lang="tr"' in page
    assert 'lang="en"' in status
    assert {label for label, _, _ in labels_in(page)} == {"Advertisement"}
    assert "Reklam" not in page


@pytest.mark.parametrize("story", stories().values(), ids=lambda story: story.slug)
def test_the_notice_after_each_article_is_in_its_language(demo: Demo, story: Story) -> None:
    page, _ = fetched(f"{demo.gateway}{story.path}")
    notice = re.search(r'<ad-notice data-text="([^"]*)"[^>]* lang="([^"]*)"', page)
    assert notice
    assert (html.unescape(notice[1]), notice[2]) == (texts_for(story.lang).notice, story.lang)


def test_an_article_is_the_newsroom_s_page_with_insertions_only(demo: Demo) -> None:
    woven, _ = fetched(f"{demo.gateway}/de/nachtzug")
    plain, _ = fetched(f"{demo.newsroom}/de/nachtzug")
    assert "ad-slot" not in plain
    rest = iter(woven)
    assert all(letter in rest for letter in plain)  # a subsequence


@pytest.mark.parametrize("path", ["/", "/search?q=the", "/search?q=nothing-at-all"])
def test_pages_without_an_article_come_as_they_are(demo: Demo, path: str) -> None:
    page, status = fetched(f"{demo.gateway}{path}")
    assert status == 'passed; reason="no-article"'
    assert page == fetched(f"{demo.newsroom}{path}")[0]


def test_pictures_json_and_redirects_pass_through(demo: Demo) -> None:
    assert fetched(f"{demo.gateway}/static/trees.svg") == fetched(
        f"{demo.newsroom}/static/trees.svg"
    )
    assert "stories" in fetched(f"{demo.gateway}/api/stories.json")[0]
    assert "ad-slot" in fetched(f"{demo.gateway}/latest")[0]


def test_its_placements_are_the_shipped_ones_but_for_four_lines() -> None:
    shipped, changed = example_files(), demo_files()
    assert shipped.keys() == changed.keys()
    lines = [
        line
        for path in shipped
        for before, line in zip(shipped[path].splitlines(), changed[path].splitlines(), strict=True)
        if before != line
    ]
    assert sorted(lines) == [
        b"enabled = true",
        b"enabled = true",
        b'status = "running"',
        b'visitor_id = "assumed"',
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_leaves_nothing_behind(number: signal.Signals) -> None:
    running = started()
    assert is_listening(running.gateway)
    assert running.placements.is_dir()
    fetched(f"{running.gateway}/en/city-trees")
    assert running.end(number) == 0
    assert running.process.stdout is not None
    assert running.process.stdout.read() == ""
    running.process.stdout.close()
    assert not is_listening(running.gateway)
    assert not is_listening(running.newsroom)
    assert not running.placements.parent.exists()


def test_keep_leaves_the_folder_and_goes_on_with_it_and_its_kill_switch(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    first = started("--keep", str(kept))
    assert first.end(signal.SIGINT) == 0
    loaded = load(kept / "placements")
    assert loaded.site is not None
    assert not loaded.problems
    assert loaded.site.experiments["density"].is_running
    assert loaded.site.settings.consent.visitor_id == "assumed"
    (kept / "placements" / "labels" / "de.toml").write_text('label = "Werbung"\n')
    second = started("--keep", str(kept))
    page, _ = fetched(f"{second.gateway}/de/nachtzug")
    write_switch(kept / "state", Switch(all=Since("", "")))
    ends = monotonic() + ENDS_WITHIN_S
    while "switched-off" not in fetched(f"{second.gateway}/de/nachtzug")[1]:
        assert monotonic() < ends, "the kill switch has no effect"
    assert second.end(signal.SIGINT) == 0
    assert {label for label, _, _ in labels_in(page)} == {"Werbung"}
    for running in (first, second):
        assert running.process.stdout is not None
        running.process.stdout.close()


def test_a_taken_port_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [*COMMAND, "--port", str(port)], capture_output=True, text=True, timeout=60, check=False
        )
    assert ended.returncode == 3
    assert ended.stdout == ""
    assert ended.stderr.startswith(f"adweave: can't listen on 127.0.0.1:{port}: ")
    assert ended.stderr.count("\n") == 1
