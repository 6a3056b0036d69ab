"""`tests/*.toml`: every mistake with its line, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from adweave.placements import load, read_tests

REASONS = {"too-short": "", "no-layout": "", "no-article": ""}


@pytest.fixture
def said(write):
    """Read one test file of a sound folder; gives its problems as text."""

    def of(text: str) -> list[str]:
        folder: Path = write({"tests/a.toml": text, "tests/pages/long.html": "<p>x"})
        site = load(folder).site_or_raise()
        return [str(problem) for problem in read_tests(folder, site, REASONS).problems]

    return of


def test_a_sound_file_is_read_whole(write):
    folder = write(
        {
            "tests/a.toml": '[[expect]]\nname = "one"\npages = ["pages/*.html", "https://x.org/a"]\n'
            'slots = { min = 3, max = 6 }\nplacements = { inline = 2 }\nbelow_heading = "100px"\n'
            'viewport = "mobile"\nat = 2026-03-29T02:30:00Z\nrequest = { Cookie = "a=b" }\n',
            "tests/pages/long.html": "<p>x",
            "tests/pages/short.html": "<p>x",
        }
    )
    read = read_tests(folder, load(folder).site_or_raise(), REASONS)
    assert read.problems == ()
    (each,) = read.expected
    assert [file.name for file in each.files] == ["long.html", "short.html"]
    assert each.urls == ("https://x.org/a",)
    assert str(each.expectation.slots) == "between 3 and 6"
    assert each.expectation.placements["inline"].holds(2)
    assert each.line == 2


START = '[[expect]]\nname = "one"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            START + 'slot = 3\n',
            'tests/a.toml:3:1: expect "one": unknown key "slot"; keys are ',
        ),
        (
            START + 'slots = "three"\n',
            'tests/a.toml:3:9: expect "one": slots = "three" is a text; write a number, or '
            "{ min = 3, max = 6 }",
        ),
        (
            START + "slots = { min = 6, max = 3 }\n",
            'tests/a.toml:3:9: expect "one": slots = { min = 6, max = 3 } cannot hold: min = 6 is '
            "more than max = 3",
        ),
        (
            START + "slots = { least = 6 }\n",
            'tests/a.toml:3:9: expect "one": slots = { least = 6 } has "least" in it; write '
            "{ min = 3, max = 6 }, or one of the two",
        ),
        (
            START + "slots = -1\n",
            'tests/a.toml:3:9: expect "one": slots = -1 is out of bounds; a number of slots is 0 '
            "to 1000",
        ),
        (
            START,
            'tests/a.toml:1:1: expect "one": expects nothing; write slots = { min = 1 }, '
            "reason = ... or another claim",
        ),
        (
            START + "placements = { inlin = 1 }\n",
            'tests/a.toml:3:16: expect "one": "inlin" is no placement; there are "inline"; did you '
            'mean "inline"?',
        ),
        (
            START + 'layout = "articel"\n',
            'tests/a.toml:3:10: expect "one": layout = "articel" is no layout; there are "article" '
            'and "dense"; did you mean "article"?',
        ),
        (
            START + 'reason = "to-short"\n',
            'tests/a.toml:3:10: expect "one": reason = "to-short" is no reason to pass a page; '
            'there are "no-article", "no-layout" and "too-short"; did you mean "too-short"?',
        ),
        (
            START + 'pages = ["gone.html"]\nslots = 1\n',
            'tests/a.toml:3:10: expect "one": pages: "gone.html" is no file in tests/; a page '
            "elsewhere is written as a URL",
        ),
        (
            START + 'pages = ["../x.html"]\nslots = 1\n',
            'tests/a.toml:3:10: expect "one": pages: "../x.html" leads out of tests/; pages lie '
            "beside their test",
        ),
        (
            START + 'path = "live"\nslots = 0\n',
            'tests/a.toml:3:8: expect "one": path = "live" does not begin with "/"; write "/live"',
        ),
        (
            START + 'below_heading = "3 blocks"\n',
            'tests/a.toml:3:17: expect "one": below_heading = "3 blocks" has the unit "blocks"; '
            "only px is allowed here",
        ),
        (
            START + 'slots = 1\nrequest = { "a b" = "c" }\n',
            'tests/a.toml:4:11: expect "one": request = { "a b" = "c" } names the field "a b", '
            "which is no name of one",
        ),
        (
            f"{START}slots = 1\n{START}slots = 2\n",
            'tests/a.toml:5:8: expect "one": name = "one" is the name of another test, in line 2; '
            "names must differ",
        ),
        ("", "tests/a.toml:1:1: has no [[expect]]; write one, with slots = ..."),
        ("[[expect]\n", "tests/a.toml:1:1: "),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(said, text: str, message: str):
    found = said(text)
    assert len(found) == 1
    assert found[0].startswith(message)


def test_all_mistakes_are_told_at_once(said):
    assert len(said(START + 'slots = "x"\nlayout = "y"\nviewport = "z"\n')) == 3


def test_a_folder_without_tests_has_none(write):
    folder = write({})
    assert read_tests(folder, load(folder).site_or_raise(), REASONS).expected == ()
