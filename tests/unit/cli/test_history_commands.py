"""`adweave history`, `rollback`, `off`, `on` and what `check` says of them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adweave.cli import main
from adweave.placements import Live, read_switch, switch_file
from tests.golden import SHIPPED

CHANGED = 'default_language = "de"\n'


class Desk:
    """A placements folder, its state directory, and the commands run on them."""

    def __init__(self, folder: Path) -> None:
        self.placements = folder / "placements"
        self.state = folder / "state"

    def run(self, *arguments: str) -> Result:
        options = ["--placements", str(self.placements), "--state", str(self.state)]
        if arguments[0] == "check":
            options = [str(self.placements), *options[2:]]
        return CliRunner().invoke(main, [*arguments, *options])

    def accept(self) -> str:
        """Let the folder be followed for a moment, as `adweave serve` does."""
        with Live(self.placements, state=self.state) as live:
            return live.site.generation


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    shutil.copytree(SHIPPED, tmp_path / "placements")
    return Desk(tmp_path)


def test_without_a_history_there_is_a_sentence_and_exit_code_2(desk: Desk) -> None:
    for command in (["history"], ["rollback", "0123456789ab"]):
        result = desk.run(*command)
        assert result.exit_code == 2
        assert "`adweave serve` begins it" in result.output


def test_the_history_names_states_files_and_what_is_in_force(desk: Desk) -> None:
    first = desk.accept()
    (desk.placements / "site.toml").write_text(CHANGED)
    second = desk.accept()
    result = desk.run("history")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert re.match(rf"\* {second}  \d{{4}}-\d\d-\d\d \d\d:\d\d  \S+", lines[0])
    assert lines[1] == "    site.toml"
    assert lines[2].startswith(f"  {first}  ")
    assert lines[-1] == f"{desk.placements} is the state in force."
    assert max(map(len, lines[:-1])) <= 80
    found = json.loads(desk.run("history", "--json").output)
    assert found["in_force"] == found["folder"] == second
    assert [entry["id"] for entry in found["entries"]] == [second, first]
    assert found["entries"][0]["changed"] == ["site.toml"]


def test_a_rollback_says_what_it_did_and_how_to_undo_it(desk: Desk) -> None:
    first = desk.accept()
    (desk.placements / "site.toml").write_text(CHANGED)
    second = desk.accept()
    result = desk.run("rollback", first[:6])
    assert result.exit_code == 0
    assert f"put back {desk.placements / 'site.toml'}" in result.output
    assert f"`adweave rollback {second}` undoes this." in result.output
    assert desk.accept() == first
    assert desk.run("rollback", second).exit_code == 0
    assert desk.accept() == second


def test_a_rollback_keeps_a_broken_draft(desk: Desk, tmp_path: Path) -> None:
    first = desk.accept()
    (desk.placements / "layouts/article.toml").write_text("nonsense =")
    result = desk.run("rollback", first)
    assert result.exit_code == 0
    kept = re.search(r"`adweave rollback (\w+) --to DIR`", result.output)
    assert kept
    assert desk.accept() == first
    refused = desk.run("rollback", kept[1])
    assert refused.exit_code == 2
    assert "is not valid; --to DIR writes it elsewhere to be mended" in refused.output
    assert desk.run("rollback", kept[1], "--to", str(tmp_path / "draft")).exit_code == 0
    assert (tmp_path / "draft/layouts/article.toml").read_text() == "nonsense ="


def test_an_unknown_state_is_told(desk: Desk) -> None:
    desk.accept()
    result = desk.run("rollback", "0123456789ab")
    assert result.exit_code == 2
    assert 'no state is called "0123456789ab"; `adweave history` lists them' in result.output


def test_off_and_on_say_what_is_off_now(desk: Desk) -> None:
    desk.accept()
    result = desk.run("off", "inline", "/live/**")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].startswith('placement "inline" is off since ')
    assert lines[1].startswith("pages at /live/** are off since ")
    assert desk.run("on", "inline").output.startswith("pages at /live/** are off")
    assert desk.run("on").output == "everything is on\n"
    assert not read_switch(desk.state)


def test_off_without_a_name_is_everything(desk: Desk) -> None:
    desk.accept()
    found = json.loads(desk.run("off", "--json").output)
    assert found["all"] is True
    assert read_switch(desk.state).stops("/any")


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("inlin", 'No placement is named "inlin". Did you mean "inline"?'),
        ("/a/**b", '"**" must be a whole step'),
    ],
)
def test_what_names_nothing_is_refused(desk: Desk, what: str, said: str) -> None:
    result = desk.run("off", what)
    assert result.exit_code == 2
    assert said in result.output
    assert not switch_file(desk.state).exists()


def test_on_for_what_was_not_off_is_refused(desk: Desk) -> None:
    desk.run("off", "inline")
    result = desk.run("on", "notice")
    assert result.exit_code == 2
    assert '"notice" was not off: off are: inline.' in result.output


def test_any_placement_can_be_turned_off_while_the_folder_is_broken(desk: Desk) -> None:
    (desk.placements / "layouts/article.toml").write_text("nonsense =")
    assert desk.run("off", "whatever").exit_code == 0


def test_check_says_what_stays_in_force_and_what_is_off(desk: Desk) -> None:
    first = desk.accept()
    desk.run("off", "/live/**")
    (desk.placements / "layouts/article.toml").write_text("nonsense =")
    result = desk.run("check")
    assert result.exit_code == 2
    assert f"Until then generation {first} of " in result.output
    assert "kill switch: pages at /live/** are off since " in result.output
    found = json.loads(desk.run("check", "--json").output)
    assert found["in_force"] == first
    assert found["switch"]["paths"] == ["/live/**"]
