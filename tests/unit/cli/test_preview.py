"""`adweave preview` as a process: pages, changes, and who may look."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from adweave.cli import main
from tests.golden import HERE, SHIPPED

PROGRAM = Path(sys.executable).with_name("adweave")
PAGE = HERE / "headings-and-a-picture" / "page.html"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[object]:
    """Start the command on a copy of the shipped folder; gives its address and the folder."""
    shutil.copytree(SHIPPED, tmp_path / "placements")
    started: list[subprocess.Popen[str]] = []

    def start_(*options: str) -> tuple[str, Path]:
        process = subprocess.Popen(
            [str(PROGRAM), "preview", str(PAGE), "--no-open", *options,
             "--placements", str(tmp_path / "placements")],
            stdout=subprocess.PIPE, text=True, env={"PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        started.append(process)
        assert process.stdout is not None
        return process.stdout.readline().split()[0], tmp_path / "placements"

    yield start_
    for process in started:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stdout is not None
        process.stdout.close()


def read(address: str, host: str | None = None) -> str:
    request = urllib.request.Request(address, headers={"Host": host} if host else {})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def test_the_page_is_shown_and_anew_after_a_change(start) -> None:
    address, folder = start()
    before, version = read(address), read(f"{address}version")
    assert '<textarea id="page-0"' in before
    assert "/version" in before
    layout = folder / "layouts" / "article.toml"
    layout.write_text(layout.read_text().replace("max = 6", "max = 1"))
    assert read(f"{address}version") != version
    assert read(address) != before


def test_a_mistake_is_shown_instead_of_the_page(start) -> None:
    address, folder = start()
    (folder / "layouts" / "article.toml").write_text('pages = "/**"\n')
    shown = read(address)
    assert "is not valid" in shown
    assert "layouts/article.toml:1:9: pages = &quot;/**&quot; is a text" in shown


def test_two_states_stand_side_by_side(start) -> None:
    address, folder = start("--against", str(SHIPPED))
    layout = folder / "layouts" / "article.toml"
    layout.write_text(layout.read_text().replace("max = 6", "max = 1"))
    assert "After: " in read(address)


def test_another_name_for_this_machine_is_refused(start) -> None:
    address, _ = start()
    with pytest.raises(urllib.error.HTTPError) as caught:
        read(address, host="evil.example")
    assert caught.value.code == 403


def test_a_page_that_is_not_there_ends_it_at_once() -> None:
    done = CliRunner().invoke(main, ["preview", "gone.html"])
    assert done.exit_code == 2
    assert 'there is no file "gone.html"' in done.stderr
