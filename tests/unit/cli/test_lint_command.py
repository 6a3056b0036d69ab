"""`adweave lint`: exit codes, what it writes, and what it is judged by."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as xml

import pytest
from click.testing import CliRunner, Result

from adweave.cli import main
from adweave.review.lint import RULES
from tests.golden import SHIPPED
from tests.unit.review.pages import RESERVED, article

GOOD = article("9", RESERVED, "9")
BAD = article("6", RESERVED, RESERVED, "8")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, with a good page and a bad one."""
    (tmp_path / "good.html").write_bytes(GOOD)
    (tmp_path / "bad.html").write_bytes(BAD)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ADWEAVE_PLACEMENTS", raising=False)
    return tmp_path


def lint(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["lint", *arguments])


def test_nothing_found_ends_with_0(desk: Path) -> None:
    done = lint("good.html")
    assert done.exit_code == 0
    assert done.output.endswith("1 page, nothing found (heights estimated).\n")


def test_findings_end_with_1_and_lines_are_at_most_80_wide(desk: Path) -> None:
    done = lint("good.html", "bad.html")
    assert done.exit_code == 1
    assert re.search(r"^bad\.html:\d+:1: error: near-ad$", done.output, re.MULTILINE)
    assert max(map(len, done.output.splitlines())) <= 80


def test_rules_that_are_left_out_are_not_found(desk: Path) -> None:
    found = json.loads(lint("bad.html", "--json").stdout)
    rules = {finding["rule"] for finding in found["findings"]}
    done = lint("bad.html", *(part for rule in rules for part in ("--ignore", rule)))
    assert done.exit_code == 0


def test_an_unknown_rule_is_refused(desk: Path) -> None:
    assert lint("bad.html", "--ignore", "nonsense").exit_code == 2


def test_a_page_that_is_not_there_ends_with_2(desk: Path) -> None:
    done = lint("gone.html")
    assert done.exit_code == 2
    assert 'there is no file "gone.html"' in done.stderr


def test_an_address_that_does_not_answer_ends_with_3(desk: Path) -> None:
    assert lint("http://127.0.0.1:1/").exit_code == 3


def test_a_page_that_cannot_be_judged_is_told_and_ends_with_2(desk: Path) -> None:
    (desk / "odd.html").write_bytes(b"<p>\xe4\xf6\xfc no charset " * 40)
    done = lint("odd.html")
    assert done.exit_code == 2
    assert "odd.html: not judged, the page can't be read (charset)" in done.output
    beside = lint("odd.html", "good.html")
    assert beside.exit_code == 0
    assert beside.output.endswith("1 page, nothing found (heights estimated); 1 not judged.\n")


def test_sarif_and_junit_are_written_beside_the_text(desk: Path) -> None:
    done = lint("bad.html", "--sarif", "a.sarif", "--junit", "a.xml")
    assert "near-ad" in done.output
    log = json.loads((desk / "a.sarif").read_text())
    assert log["runs"][0]["results"]
    assert xml.parse(desk / "a.xml").getroot().tag == "testsuites"


def test_sarif_on_standard_output_is_alone_there(desk: Path) -> None:
    assert json.loads(lint("bad.html", "--sarif", "-").stdout)["version"] == "2.1.0"


def test_two_outputs_do_not_share_standard_output(desk: Path) -> None:
    done = lint("bad.html", "--sarif", "-", "--junit", "-")
    assert done.exit_code == 2
    assert "--sarif and --junit would both go to standard output" in done.stderr
    assert done.stdout == ""


def test_a_file_that_cannot_be_written_ends_with_2(desk: Path) -> None:
    done = lint("bad.html", "--sarif", "no/such/folder/a.sarif")
    assert done.exit_code == 2
    assert "can't be written" in done.stderr


def test_the_folders_distances_are_heeded(desk: Path) -> None:
    folder = desk / "strict"
    (folder / "layouts").mkdir(parents=True)
    (folder / "layouts/article.toml").write_text(
        'pages = ["/**"]\nfrom_top = "5000px"\n[[placement]]\nname = "inline"\nkind = "inline"\n'
        "sizes = [[300, 250]]\n"
    )
    done = lint("good.html", "--placements", "strict", "--json")
    assert {finding["rule"] for finding in json.loads(done.stdout)["findings"]} == {"from-top"}


def test_a_page_can_be_woven_first(desk: Path) -> None:
    (desk / "plain.html").write_bytes(article("20"))
    done = lint("plain.html", "--weave", "--placements", str(SHIPPED), "--json")
    found = json.loads(done.stdout)
    assert found["ads"]["adweave"] > 2
    assert found["findings"] == []
    assert done.exit_code == 0


def test_the_rules_are_listed_with_their_sources() -> None:
    done = lint("--rules")
    assert done.exit_code == 0
    for rule in RULES.values():
        assert f"{rule.id} ({rule.level.value})" in done.output
