"""`adweave diff`: exit codes and what it writes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adweave.cli import main
from tests.golden import SHIPPED
from tests.unit.review.pages import article


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in: old, new (with one slot at most) and a page."""
    shutil.copytree(SHIPPED, tmp_path / "old")
    shutil.copytree(SHIPPED, tmp_path / "new")
    layout = tmp_path / "new/layouts/article.toml"
    layout.write_text(layout.read_text().replace("max = 6", "max = 1"))
    (tmp_path / "page.html").write_bytes(article("20"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def diff(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["diff", *arguments])


def test_states_that_do_the_same_end_with_0(desk: Path) -> None:
    done = diff("old", "old", "page.html")
    assert done.exit_code == 0
    assert "1 page, 0 changed" in done.output


def test_a_change_ends_with_1_and_is_listed_within_80_columns(desk: Path) -> None:
    done = diff("old", "new", "page.html")
    assert done.exit_code == 1
    assert "    - inline from " in done.output
    assert max(map(len, done.output.splitlines())) <= 80


def test_without_pages_the_files_are_compared(desk: Path) -> None:
    done = diff("old", "new")
    assert done.exit_code == 1
    assert "-max = 6\n+max = 1\n" in done.output
    assert diff("old", "old").exit_code == 0


def test_a_broken_state_ends_with_2_and_its_mistakes(desk: Path) -> None:
    (desk / "new/layouts/article.toml").write_text('pages = "/**"\n')
    done = diff("old", "new", "page.html")
    assert done.exit_code == 2
    assert 'layouts/article.toml:1:9: pages = "/**" is a text' in done.stderr
    assert done.stderr.endswith("new is not valid.\n")


def test_pages_that_are_not_there_are_told_and_the_others_compared(desk: Path) -> None:
    done = diff("old", "new", "page.html", "gone.html")
    assert done.exit_code == 1
    assert 'not compared: gone.html: there is no file "gone.html"' in done.stderr
    assert "2 pages, 1 changed, 1 not compared" in done.stdout


def test_nothing_but_pages_that_are_not_there_ends_with_2(desk: Path) -> None:
    done = diff("old", "old", "gone.html", "lost.html")
    assert done.exit_code == 2
    assert 'there is no file "lost.html"' in done.stderr


def test_nothing_but_addresses_that_do_not_answer_ends_with_3(desk: Path) -> None:
    assert diff("old", "new", "http://127.0.0.1:1/").exit_code == 3


def test_json_and_a_page_do_not_share_standard_output(desk: Path) -> None:
    done = diff("old", "new", "page.html", "--json", "--html", "-")
    assert done.exit_code == 2
    assert "--json and --html would both go to standard output" in done.stderr


def test_json_has_totals_and_every_change(desk: Path) -> None:
    found = json.loads(diff("old", "new", "page.html", "--json").stdout)
    totals = found["totals"]
    assert totals["pages"] == totals["changed"] == 1
    (page,) = found["pages"]
    changes = [change["kind"] for change in page["changes"]]
    assert changes.count("removed") == totals["removed"] > 0
    assert page["new"]["slots"]["mobile"] == 1


def test_html_is_written_with_both_sides(desk: Path) -> None:
    done = diff("old", "new", "page.html", "--html", "out.html")
    assert done.exit_code == 1
    text = (desk / "out.html").read_text()
    assert "Before: old" in text
    assert "After: new" in text


def test_no_more_pages_than_wanted_are_compared(desk: Path) -> None:
    (desk / "stored").mkdir()
    for number in range(5):
        (desk / f"stored/{number}.html").write_bytes(article("4"))
    found = json.loads(diff("old", "new", "stored", "--limit", "2", "--json").stdout)
    assert found["totals"]["pages"] == 2


def test_an_empty_folder_of_pages_ends_with_2(desk: Path) -> None:
    (desk / "stored").mkdir()
    assert diff("old", "new", "stored").exit_code == 2
