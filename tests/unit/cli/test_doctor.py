"""`adweave doctor`: what it says of answers, and of an upstream as a whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adweave.cli import main
from adweave.cli.doctor import complaints_of
from adweave.review import Page
from tests.unit.http.wire import HTML, SHIPPED, RawUpstream, Wire, article, response

PAGE = article()
GOOD = {b"content-type": b"text/html; charset=utf-8", b"etag": b'"a"'}


def codes(fields: dict[bytes, bytes], again: bytes = PAGE) -> list[str]:
    pairs = tuple(fields.items())
    pages = (Page("/a", "/a", PAGE, pairs), Page("/a", "/a", again, pairs))
    return [complaint.code for complaint in complaints_of(*pages)]


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        (GOOD, []),
        ({**GOOD, b"cache-control": b"no-transform"}, ["no-transform"]),
        ({b"content-type": b"text/html; charset=utf-8"}, ["no-validator"]),
        ({**GOOD, b"set-cookie": b"a=b"}, ["cookie"]),
        ({**GOOD, b"set-cookie": b"a=b", b"cache-control": b"private"}, []),
        ({**GOOD, b"vary": b"Accept-Encoding, Cookie"}, ["vary"]),
        ({**GOOD, b"content-type": b"text/html"}, ["charset"]),
        ({**GOOD, b"connection": b"close"}, ["close"]),
    ],
)
def test_what_hurts_in_fields_is_said(fields: dict[bytes, bytes], wanted: list[str]) -> None:
    assert codes(fields) == wanted


def test_a_page_that_changes_each_time_is_said_with_the_place() -> None:
    other = PAGE.replace(b"Budget agreed</h1>", b"Budget refused</h1>")
    assert codes(GOOD, other) == ["changing", "false-tag"]
    pages = (Page("/a", "/a", PAGE), Page("/a", "/a", other))
    assert "Budget agreed" in next(complaints_of(*pages)).sentence


@pytest.fixture
def cms(tmp_path: Path) -> Iterator[RawUpstream]:
    shutil.copytree(SHIPPED, tmp_path / "placements")
    front = (
        b"<!doctype html><title>Home</title><!-- <a href=/news/taken-out-of-the-page>-->"
        b"<ul><li><a href='http://['>B</a>"
        b"<li><a href='/news/a-&#108;ong-story?from=home#top'>A</a></ul>"
    )

    def script(wire: Wire) -> None:
        while (request := wire.request()) is not None:
            if request.target == b"/":
                wire.send(response(front, HTML, 'ETag: "front"'))
            else:
                wire.send(response(PAGE, HTML, 'ETag: "abc"', "Cache-Control: max-age=60"))

    made = RawUpstream(script)
    yield made
    made.close()


def asked(cms: RawUpstream, folder: Path, *more: str) -> Result:
    url = f"http://127.0.0.1:{cms.port}"
    options = ["doctor", "--upstream", url, "--placements", str(folder / "placements"), *more]
    return CliRunner().invoke(main, options)


def test_the_front_page_and_what_it_links_to_are_tried(cms: RawUpstream, tmp_path: Path) -> None:
    done = asked(cms, tmp_path)
    assert done.exit_code == 0, done.output
    assert "passed (no-article)" in done.output
    assert "/news/a-long-story\n  woven: " in done.output
    assert "taken-out" not in done.output
    assert "1 of 2 pages would be woven." in done.output


def test_given_paths_are_tried_and_told_to_machines(cms: RawUpstream, tmp_path: Path) -> None:
    done = asked(cms, tmp_path, "/one", "/two", "--json")
    entries = [json.loads(line) for line in done.output.splitlines()]
    assert [entry["woven"] for entry in entries] == [True, True]
    assert entries[0]["address"].endswith("/one")


def test_what_is_wrong_or_away_is_said_with_its_code(cms: RawUpstream, tmp_path: Path) -> None:
    placements = ["--placements", str(tmp_path / "placements")]
    wrong = CliRunner().invoke(main, ["doctor", "--upstream", "nonsense", *placements])
    assert (wrong.exit_code, "has no scheme" in wrong.output) == (2, True)
    away = CliRunner().invoke(main, ["doctor", "--upstream", "http://127.0.0.1:1", *placements])
    assert away.exit_code == 3
